//! The last step: how the payment stands, after the provider's page or at any time later.

use drawdown_domain::{Credits, format};
use drawdown_service::payments::{PaymentState, PaymentView};
use leptos::prelude::*;

use super::PATH;
use crate::components::amount::credits_words;
use crate::components::badge::Badge;
use crate::components::icon::{Icon, Sign};
use crate::components::moment::Time;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::posting_words::short_grant;
use crate::pages::credits::state_badge;
use crate::shell::Frame;
use crate::visit::Place;
use drawdown_service::Action;

/// The step; `checkout` is where a pending payment goes on.
#[component]
pub(crate) fn OutcomePage(payment: PaymentView, #[prop(optional)] checkout: Option<String>) -> impl IntoView {
    let left = use_context::<Frame>().map_or(Credits::ZERO, |frame| frame.organization.left);
    let (title, told) = words(&payment, left);
    let (_, tone) = state_badge(payment.state);
    let state = payment.state;
    let sign = match state {
        PaymentState::Paid => Sign::Ok,
        PaymentState::Declined => Sign::Stop,
        _ => Sign::Info,
    };
    let again = crate::address::with_query(PATH, &[("amount", &payment.money.minor.to_string())]);
    let here = format!("{PATH}?payment={}", payment.id);
    let may = Place::current().may(Action::TopUp);
    view! {
        <PageHeader title="Top up" sentence=sentence(&payment)/>
        <section class=format!("notice outcome {}", tone.class()) data-live="outcome" data-state=format!("{state:?}").to_lowercase()>
            <div class="notice-words">
                <Icon sign=sign/>
                <div class="outcome-words"><h2>{title}</h2><p>{told}</p></div>
            </div>
            <div class="buttons">
                {match state {
                    PaymentState::Pending => view! {
                        {checkout.map(|to| view! { <a class="button primary" href=to>"Go to the payment page"</a> })}
                        <a class="button" href=here>"Look again"</a>
                    }.into_any(),
                    PaymentState::Paid | PaymentState::Refunded => view! {
                        <a class="button primary" href="/credits">"See your credits"</a>
                        <a class="button" href="/overview">"Overview"</a>
                    }.into_any(),
                    _ => view! {
                        {may.then(|| view! { <a class="button primary" href=again>"Try again"</a> })}
                        <a class="button" href="/credits">"Back to credits"</a>
                    }.into_any(),
                }}
            </div>
        </section>
        <Facts payment=payment/>
    }
}

/// `$50.00 for 5,000 credits.`
fn sentence(payment: &PaymentView) -> String {
    format!(
        "{} for {}.",
        format::money(payment.money),
        credits_words(payment.credits)
    )
}

/// What happened, and what that means.
fn words(payment: &PaymentView, left: Credits) -> (&'static str, String) {
    let (money, credits) = (format::money(payment.money), credits_words(payment.credits));
    match payment.state {
        PaymentState::Pending => (
            "Waiting for the payment",
            format!(
                "The provider has not said yet that {money} are paid. The {credits} are pending and are yours once it does; \
                 this page follows by itself."
            ),
        ),
        PaymentState::Paid => (
            "Paid, and the credits are there",
            format!(
                "{money} were paid and {credits} were added. You have {} to burn now.",
                credits_words(left)
            ),
        ),
        PaymentState::Declined => (
            "The payment was declined",
            format!("Nothing was charged and no credits were added. Another card may work for the {money}."),
        ),
        PaymentState::Abandoned => (
            "The payment was left",
            format!(
                "Nothing was charged and no credits were added. You can start again with {money} or another amount."
            ),
        ),
        PaymentState::Refunded => (
            "The payment was paid back",
            format!("{money} went back to you. What was unspent of the {credits} is gone with it."),
        ),
    }
}

#[component]
fn Facts(payment: PaymentView) -> impl IntoView {
    let (word, tone) = state_badge(payment.state);
    let grant = payment.grant.to_string();
    view! {
        <Panel id="payment" title="Payment">
            <dl class="facts" data-live="payment-facts">
                <div><dt>"State"</dt><dd><Badge word=word tone=tone/></dd></div>
                <div><dt>"Started"</dt><dd><Time moment=payment.created both=true/></dd></div>
                {payment.ended.map(|at| view! { <div><dt>"Ended"</dt><dd><Time moment=at both=true/></dd></div> })}
                <div><dt>"Amount"</dt><dd>{format::money(payment.money)}</dd></div>
                <div>
                    <dt>"Credits"</dt>
                    <dd>
                        {format::credits_exact(payment.credits)}", as grant "
                        <a href=format!("/credits#{grant}") title=grant><code>{short_grant(payment.grant)}</code></a>
                    </dd>
                </div>
                <div>
                    <dt>"Provider and reference"</dt>
                    <dd>{payment.provider}" "<code class="hash">{payment.reference}</code></dd>
                </div>
            </dl>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::credits::payment;
    use crate::gallery::data::credits;

    #[test]
    fn whatever_happened_it_is_said_whether_money_was_taken() {
        let told = |state| words(&payment(state), credits("11412.5")).1;
        assert_eq!(
            told(PaymentState::Paid),
            "$50.00 were paid and 5,000 credits were added. You have 11,412.5 credits to burn now."
        );
        for state in [PaymentState::Declined, PaymentState::Abandoned] {
            assert!(
                told(state).starts_with("Nothing was charged and no credits were added."),
                "{state:?}"
            );
        }
        assert!(told(PaymentState::Pending).contains("pending"));
    }
}
