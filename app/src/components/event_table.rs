//! Usage events as a table: what ran, how much of what, and what it cost.

use drawdown_domain::format;
use drawdown_service::usage::EventView;
use leptos::prelude::*;

use crate::components::amount::Amount;
use crate::components::badge::Badge;
use crate::components::moment::Time;
use crate::components::notice::Tone;
use crate::components::table::{Listing, figures, text};

/// The table.
#[component]
pub fn EventTable(
    /// What it shows, for screen readers.
    #[prop(into)]
    caption: String,
    /// The events, in the order in which they are shown.
    events: Vec<EventView>,
) -> impl IntoView {
    let rows = events
        .into_iter()
        .map(|event| view! { <EventRow event=event/> })
        .collect_view();
    view! {
        <Listing
            caption=caption
            heads=[
                text("Use case"), text("Used"), text("Mode, platform"), text("Subject"), text("Quantity"),
                figures("Credits"),
            ]
        >
            {rows}
        </Listing>
    }
}

#[component]
fn EventRow(event: EventView) -> impl IntoView {
    let late = event.recorded.at.micros_since(event.occurred.at) > LATE_MICROS;
    let recorded = format!("Recorded {}", event.recorded.full);
    let owed = event
        .owed
        .is_positive()
        .then(|| format!("{} owed", format::credits(event.owed)));
    let place = format!("{}, {}", event.mode, event.platform);
    let subject = event.subject.map(|subject| subject.to_string());
    let no_subject = subject.is_none().then_some("none");
    view! {
        <tr>
            <th scope="row" title=format!("Event {}", event.key)>{event.use_case_name}</th>
            <td data-label="Used">
                <span class="cell">
                    <Time moment=event.occurred/>
                    {late.then(|| view! { <small class="quiet" title=recorded>"reported late"</small> })}
                </span>
            </td>
            <td data-label="Mode, platform">{place}</td>
            <td data-label="Subject" class=no_subject>
                {match subject {
                    Some(subject) => view! { <span class="clip" title=subject.clone()>{subject.clone()}</span> }.into_any(),
                    None => view! { <span class="quiet" title="No subject was reported">"–"</span> }.into_any(),
                }}
            </td>
            <td data-label="Quantity">{event.quantity_words}</td>
            <td class="number" data-label="Credits">
                <span class="cell">
                    <Amount credits=event.credits/>
                    {owed.map(|words| view! { <Badge word=words tone=Tone::Warn/> })}
                </span>
            </td>
        </tr>
    }
}

/// An event that came in more than an hour after it happened was late.
const LATE_MICROS: i64 = 3_600_000_000;
