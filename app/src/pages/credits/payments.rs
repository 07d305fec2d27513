//! Payments: what was paid, what it bought, and how the provider calls it.

use drawdown_domain::format;
use drawdown_service::payments::{PaymentState, PaymentView};
use leptos::prelude::*;

use crate::components::amount::Amount;
use crate::components::badge::Badge;
use crate::components::empty::Empty;
use crate::components::moment::Time;
use crate::components::notice::Tone;
use crate::components::panel::Panel;
use crate::components::posting_words::short_grant;
use crate::components::table::{Listing, figures, text};
use crate::visit::Place;

/// The panel; `None` where whoever looks may not see payments.
#[component]
pub(super) fn Payments(payments: Option<Vec<PaymentView>>, may_top_up: bool) -> impl IntoView {
    let content = match payments {
        None => {
            view! { <p class="note">"Payments are shown to members with the role owner or billing."</p> }.into_any()
        }
        Some(payments) if payments.is_empty() => {
            let words = if may_top_up {
                "What you pay for appears here with its receipt's reference and the credits that it bought."
            } else {
                "What is paid for appears here."
            };
            view! { <Empty title="No payments yet" words=words/> }.into_any()
        }
        Some(payments) => {
            let rows = payments
                .into_iter()
                .map(|payment| view! { <PaymentRow payment=payment/> })
                .collect_view();
            view! {
                <Listing
                    caption="Payments, the newest first"
                    heads=[
                        text("Started"), text("State"), figures("Amount"), figures("Credits"), text("Grant"),
                        text("Provider and reference"), text("By"),
                    ]
                >
                    {rows}
                </Listing>
            }
            .into_any()
        }
    };
    view! { <Panel id="payments" title="Payments"><div class="stack" data-live="payments">{content}</div></Panel> }
}

#[component]
fn PaymentRow(payment: PaymentView) -> impl IntoView {
    let (word, tone) = state_badge(payment.state);
    // Only members have a page of each payment.
    let href = (Place::current().customer.is_none()).then(|| format!("/credits/top-up?payment={}", payment.id));
    let ended = payment.ended.map(|at| format!("{word} {}", at.full));
    let pending = payment.state == PaymentState::Pending;
    let grant = payment.grant.to_string();
    let created = match href.clone() {
        Some(href) => view! { <a href=href><Time moment=payment.created/></a> }.into_any(),
        None => view! { <Time moment=payment.created/> }.into_any(),
    };
    view! {
        <tr id=payment.id.to_string()>
            <th scope="row">{created}</th>
            <td data-label="State">
                <span class="cell">
                    <span title=ended><Badge word=word tone=tone/></span>
                    {href.filter(|_| pending).map(|href| view! { <a href=href>"See how it stands"</a> })}
                </span>
            </td>
            <td class="number" data-label="Amount">{format::money(payment.money)}</td>
            <td class="number" data-label="Credits"><Amount credits=payment.credits/></td>
            <td data-label="Grant"><a href=format!("#{grant}") title=grant><code>{short_grant(payment.grant)}</code></a></td>
            <td data-label="Provider and reference">
                {payment.provider}" "<code class="clip quiet" title=payment.reference.clone()>{payment.reference.clone()}</code>
            </td>
            <td data-label="By"><span class="clip" title=payment.started_by.clone()>{payment.started_by.clone()}</span></td>
        </tr>
    }
}

/// A payment's state in a word.
pub(crate) const fn state_badge(state: PaymentState) -> (&'static str, Tone) {
    match state {
        PaymentState::Pending => ("pending", Tone::Warn),
        PaymentState::Paid => ("paid", Tone::Ok),
        PaymentState::Declined => ("declined", Tone::Danger),
        PaymentState::Abandoned => ("abandoned", Tone::Plain),
        PaymentState::Refunded => ("refunded", Tone::Plain),
    }
}
