//! The newest usage events, live.

use drawdown_domain::format;
use drawdown_service::Moment;
use drawdown_service::usage::EventView;
use leptos::prelude::*;

use crate::components::panel::Panel;

/// The newest events; `today` is the local date.
#[component]
pub(super) fn Newest(events: Vec<EventView>, today: String) -> impl IntoView {
    let rows = events
        .into_iter()
        .map(|event| {
            let when = when(&event.recorded, &today);
            let what = format!("{} · {}", event.mode, event.platform);
            let exact = format!("{} credits: {}", format::credits_exact(event.credits), event.quantity_words);
            view! {
                <li class="event">
                    <time datetime=event.recorded.iso title=event.recorded.full>{when}</time>
                    <span title=event.use_case_name.clone()>{event.use_case_name.clone()}" "<small class="quiet">{what}</small></span>
                    <span class="number" title=exact>{format!("−{}", format::credits(event.credits))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel id="newest" title="Newest events" class="narrow">
            <ul class="events" role="list" data-live="newest">{rows}</ul>
            <p class="panel-more"><a href="/usage">"All usage"</a></p>
        </Panel>
    }
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
