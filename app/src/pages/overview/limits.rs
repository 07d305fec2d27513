//! The caps as bars with their resets, and what was slowed or refused today.

use drawdown_domain::format;
use drawdown_domain::limit::{CapAction, LimitOwner};
use drawdown_service::Action;
use drawdown_service::limits::CapView;
use drawdown_service::overview::ThrottledToday;
use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::gauge::{Gauge, percent};
use crate::components::moment::Time;
use crate::components::notice::Tone;
use crate::components::panel::Panel;
use crate::visit::Place;

/// Caps that are shown here; the rest is on `/limits`.
const CAPS_MAX: usize = 5;

/// The fullest caps.
#[component]
pub(super) fn Caps(caps: Vec<CapView>) -> impl IntoView {
    let more = caps.len().saturating_sub(CAPS_MAX);
    let content = if caps.is_empty() {
        view! { <NoCaps/> }.into_any()
    } else {
        let shown = caps
            .into_iter()
            .take(CAPS_MAX)
            .map(|cap| view! { <li><Cap cap=cap/></li> })
            .collect_view();
        let link = if more > 0 {
            format!("All limits ({more} more)")
        } else {
            "All limits".to_owned()
        };
        view! {
            <ul class="gauges" role="list">{shown}</ul>
            <p class="panel-more"><a href=Place::current().link("/limits")>{link}</a></p>
        }
        .into_any()
    };
    view! { <Panel id="caps" title="Caps"><div class="stack" data-live="caps">{content}</div></Panel> }
}

#[component]
fn NoCaps() -> impl IntoView {
    let may = Place::current().may(Action::SetCustomerLimits);
    view! {
        <p class="note">"No caps are set. A cap stops runs, or tells you, at a number of credits a day, week or month."</p>
        {may.then(|| view! { <p><a class="button small" href="/limits">"Set a cap"</a></p> })}
    }
}

#[component]
fn Cap(cap: CapView) -> impl IntoView {
    let fullest = cap.used.into_iter().next();
    let (used, held, hit, each) = fullest.map_or_else(Default::default, |one| {
        (one.used, one.held, one.hit.is_some(), one.each)
    });
    let name = each.map_or_else(
        || cap.scope_words.clone(),
        |each| format!("{}: {each}", cap.scope_words),
    );
    let total = used.checked_add(held).unwrap_or(used);
    let shown = format!(
        "{} / {}",
        format::credits_short(total),
        format::credits_short(cap.limit_credits)
    );
    let exact = format!(
        "{} of {} credits used or held",
        format::credits(total),
        format::credits(cap.limit_credits)
    );
    let share = percent(total, cap.limit_credits);
    let used_share = percent(used, cap.limit_credits);
    let state = match (hit || share >= 100, cap.action) {
        (true, CapAction::Block) => Some(("stops runs", Tone::Danger)),
        (true, CapAction::Notify) => Some(("reached", Tone::Warn)),
        (false, _) => None,
    };
    let owner = match cap.owner {
        LimitOwner::Vendor => "set by the vendor",
        LimitOwner::Customer => "set by you",
    };
    view! {
        <div class="gauge">
            <div class="gauge-line">
                <span class="gauge-name">{name}" "<small>{cap.window_words}</small></span>
                <span class="number" title=exact>{shown}</span>
            </div>
            <Gauge used=used_share held=share - used_share/>
            <div class="gauge-note">
                <span>{match cap.resets {
                    Some(resets) => view! { "resets " <Time moment=resets/> }.into_any(),
                    None => "never resets".into_any(),
                }}", "{owner}</span>
                {state.map(|(word, tone)| view! { <Badge word=word tone=tone/> })}
            </div>
        </div>
    }
}

/// Runs that were slowed or refused today.
#[component]
pub(super) fn Throttled(throttled: Vec<ThrottledToday>) -> impl IntoView {
    let content = if throttled.is_empty() {
        view! { <p class="note">"No run was slowed or refused today."</p> }.into_any()
    } else {
        let rows = throttled.into_iter().map(|row| {
            let told = told(&row);
            view! { <li class="event"><span>{row.name}</span><span class="quiet">{told}</span></li> }
        });
        view! { <ul class="events pairs" role="list">{rows.collect_view()}</ul> }.into_any()
    };
    view! { <Panel id="throttled" title="Slowed or refused today"><div data-live="throttled">{content}</div></Panel> }
}

/// `12 of 1,204 slowed, 3 refused`.
fn told(row: &ThrottledToday) -> String {
    let refused = row.throttled + row.capped;
    let parts: Vec<String> = [(row.degraded, "slowed"), (refused, "refused")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", format::count(count)))
        .collect();
    format!("{} of {}", parts.join(", "), format::count(row.asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_many_of_how_many() {
        let row = ThrottledToday {
            use_case: "search".parse().unwrap(),
            name: "Search".to_owned(),
            asked: 1_204,
            degraded: 12,
            throttled: 2,
            capped: 1,
        };
        assert_eq!(told(&row), "12 slowed, 3 refused of 1,204");
        assert_eq!(told(&ThrottledToday { degraded: 0, ..row }), "3 refused of 1,204");
    }
}
