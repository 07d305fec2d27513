//! The money of a customer's agreements: what is to come and what fell due.

use drawdown_domain::format;
use drawdown_service::contracts::ChargeView;
use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::moment::DayAndTime;
use crate::components::notice::Tone;
use crate::components::panel::Panel;
use crate::components::table::Table;

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
                <Table caption="Money that falls due by agreement, what is to come first">
                    <thead>
                        <tr>
                            <th scope="col">"Due"</th>
                            <th scope="col">"What for"</th>
                            <th scope="col" class="number">"Amount"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Noted"</th>
                        </tr>
                    </thead>
                    <tbody>{charges.into_iter().map(row).collect_view()}</tbody>
                </Table>
            </Panel>
        }
    })
}
