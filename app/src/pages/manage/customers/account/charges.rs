//! The money of a customer's agreements: what is to come and what fell due.

use drawdown_domain::format;
use drawdown_service::contracts::ChargeView;
use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::moment::DayAndTime;
use crate::components::notice::Tone;
use crate::components::panel::Panel;
use crate::components::table::{Listing, figures, text};

/// The panel; nothing where agreements make nothing due.
#[component]
pub(super) fn Charges(charges: Vec<ChargeView>) -> impl IntoView {
    let row = |charge: ChargeView| {
        let (tone, word) = if charge.noted.is_some() {
            (Tone::Ok, "fell due")
        } else {
            (Tone::Plain, "to come")
        };
        let noted = match charge.noted {
            Some(noted) => view! { <DayAndTime moment=noted/> }.into_any(),
            None => view! { <span class="quiet" title="Its day has not come">"–"</span> }.into_any(),
        };
        view! {
            <tr>
                <th scope="row"><DayAndTime moment=charge.due/></th>
                <td data-label="What for">{charge.words}</td>
                <td class="number" data-label="Amount">{format::money(charge.amount)}</td>
                <td data-label="State"><Badge tone=tone word=word/></td>
                <td data-label="Noted">{noted}</td>
            </tr>
        }
    };
    (!charges.is_empty()).then(|| {
        view! {
            <Panel
                id="charges" title="Charges"
                words="What the plan and contracts make due. It is noted on its day, once; collecting it is done elsewhere."
            >
                <Listing
                    caption="Money that falls due by agreement, what is to come first"
                    heads=[text("Due"), text("What for"), figures("Amount"), text("State"), text("Noted")]
                >
                    {charges.into_iter().map(row).collect_view()}
                </Listing>
            </Panel>
        }
    })
}
