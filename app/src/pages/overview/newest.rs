//! The newest usage events, live.

use drawdown_domain::credits::MICROS_PER_CREDIT;
use drawdown_domain::{Credits, format};
use drawdown_service::Moment;
use drawdown_service::usage::EventView;
use leptos::prelude::*;

use crate::components::panel::Panel;
use crate::visit::Place;

/// As many as stand beside a chart.
const EVENTS_MAX: usize = 8;

/// The newest events; `today` is the local date.
#[component]
pub(super) fn Newest(events: Vec<EventView>, today: String) -> impl IntoView {
    let rows = events
        .into_iter()
        .take(EVENTS_MAX)
        .map(|event| {
            let when = when(&event.recorded, &today);
            let what = format!("{} · {} · {}", event.mode, event.platform, event.quantity_words);
            let exact = format!("{} credits", format::credits_exact(event.credits));
            view! {
                <li class="event">
                    <time datetime=event.recorded.iso title=event.recorded.full>{when}</time>
                    <span class="event-what"><span>{event.use_case_name}</span><small class="quiet">{what}</small></span>
                    <span class="number" title=exact>{cost(event.credits)}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel id="newest" title="Newest events" class="narrow">
            <ul class="events" role="list" data-live="newest">{rows}</ul>
            <p class="panel-more"><a href=Place::current().link("/usage")>"All usage"</a></p>
        </Panel>
    }
}

/// `−1.3`; of a million and more only three digits, the rest is in the title.
fn cost(credits: Credits) -> String {
    const LONG: Credits = Credits::from_micros(1_000_000 * MICROS_PER_CREDIT);
    let shown = if credits < LONG {
        format::credits(credits)
    } else {
        format::credits_short(credits)
    };
    format!("−{shown}")
}

/// `14:02:11` for events of today, `22 Nov` for others. Seconds are those of UTC: zones differ by whole minutes.
fn when(moment: &Moment, today: &str) -> String {
    if moment.date != today {
        return moment.day.clone();
    }
    match moment.iso.get(17..19) {
        Some(seconds) => format!("{}:{seconds}", moment.time),
        None => moment.time.clone(),
    }
}
