//! `/sandbox/pay/{reference}`: the sandbox payment provider's own page, where a payer pays, is declined or leaves.
//!
//! It stands for a page of somebody else: nobody needs to be signed in, there are no scripts, and it looks like nothing
//! else here. What the payer does reaches us by the provider's signed event, not by coming back.

mod server_fns;

use drawdown_domain::format;
use drawdown_service::payments::{PaymentState, SANDBOX_PATH, SandboxCheckout};
use leptos::prelude::*;

use crate::components::amount::credits_words;
use crate::error::PageError;
use crate::pages::top_up::own_address;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name in messages.
const FORM: &str = "sandbox";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let reference = visit.path().strip_prefix(SANDBOX_PATH).unwrap_or_default();
    let mut checkout = visit.service().sandbox_checkout(reference).await?;
    checkout.back = own_address(visit.service(), &checkout.back);
    Ok(Page::new("Pay", move || view! { <SandboxPage checkout=checkout/> }))
}

#[component]
pub(crate) fn SandboxPage(checkout: SandboxCheckout) -> impl IntoView {
    let pending = checkout.state == PaymentState::Pending;
    let money = format::money(checkout.money);
    let errors = Place::current().flash.errors_of(FORM);
    view! {
        <div class="provider">
            <header class="provider-head"><strong>"Sandbox Pay"</strong><span>"Test mode: no money moves"</span></header>
            <main class="provider-card" id="main">
                <p class="provider-to">{format!("Payment to {}", checkout.vendor)}</p>
                <h1 class="number">{money.clone()}</h1>
                <dl class="facts">
                    <div><dt>"For"</dt><dd>{checkout.organization}</dd></div>
                    <div><dt>"Buys"</dt><dd>{credits_words(checkout.credits)}</dd></div>
                    <div><dt>"Reference"</dt><dd><code class="hash">{checkout.reference.clone()}</code></dd></div>
                </dl>
                {(!errors.is_empty()).then(|| view! {
                    <p class="provider-error" role="alert">{errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join(" ")}</p>
                })}
                {if pending {
                    view! { <Acts reference=checkout.reference money=money/> }.into_any()
                } else {
                    view! { <Ended state=checkout.state vendor=checkout.vendor back=checkout.back/> }.into_any()
                }}
            </main>
        </div>
    }
}

/// Three plain forms of one button each.
#[component]
fn Acts(reference: String, money: String) -> impl IntoView {
    let acts = [
        ("pay", format!("Pay {money}"), "provider-button main"),
        ("decline", "Use a card that is declined".to_owned(), "provider-button"),
        ("abandon", "Leave without paying".to_owned(), "provider-button plain"),
    ];
    acts.into_iter()
        .map(|(act, word, class)| {
            view! {
                <form method="post" action="/actions/sandbox-act">
                    <input type="hidden" name="reference" value=reference.clone()/>
                    <button class=class type="submit" name="act" value=act>{word}</button>
                </form>
            }
        })
        .collect_view()
}

#[component]
fn Ended(state: PaymentState, vendor: String, back: String) -> impl IntoView {
    let words = match state {
        PaymentState::Paid => "This payment is paid. There is nothing more to do.",
        PaymentState::Refunded => "This payment was paid back.",
        PaymentState::Declined => "The card was declined. Nothing was charged.",
        _ => "This payment has ended. Nothing was charged.",
    };
    view! {
        <p>{words}</p>
        <p><a class="provider-button main" href=back>{format!("Back to {vendor}")}</a></p>
    }
}
