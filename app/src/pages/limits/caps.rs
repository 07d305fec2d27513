//! Caps: what each allows, what is used and held of it, when it resets.

use drawdown_domain::limit::{CapAction, LimitOwner, Window};
use drawdown_domain::{Credits, format};
use drawdown_service::limits::{CapUse, CapView};
use leptos::prelude::*;

use super::cap::words::{limit_words, percents};
use crate::address::with_query;
use crate::components::badge::Badge;
use crate::components::empty::Empty;
use crate::components::gauge::{Gauge, percent};
use crate::components::moment::Time;
use crate::components::notice::Tone;
use crate::components::panel::Panel;

/// The customer's own caps.
#[component]
pub(super) fn Caps(caps: Vec<CapView>, may_set: bool) -> impl IntoView {
    let content = if caps.is_empty() {
        let words = if may_set {
            "A cap stops runs, or shows them, at a number of credits or an amount of money: for everything, a use case, a mode, a \
             platform or a subject."
        } else {
            "Owners and billing members can set caps that stop runs at a number of credits."
        };
        view! { <Empty title="No caps of your own yet" words=words/> }.into_any()
    } else {
        let caps = caps
            .into_iter()
            .map(|cap| view! { <Cap cap=cap may_set=may_set/> })
            .collect_view();
        view! { <div class="limit-list">{caps}</div> }.into_any()
    };
    view! {
        <Panel id="caps" title="Your caps" class="wide" words="A cap counts credits in a window and stops runs, or only shows it, when they are reached.">
            <div data-live="caps">{content}</div>
        </Panel>
    }
}

/// One cap, with its counters.
#[component]
pub(super) fn Cap(cap: CapView, may_set: bool) -> impl IntoView {
    let full = is_full(&cap);
    let limit = format!("{} {}", limit_words(cap.limit, cap.limit_credits), cap.window_words);
    let marked = marked_words(&cap);
    let hit = cap.used.iter().find_map(|used| used.hit.clone());
    let editable = may_set && cap.editable && cap.owner == LimitOwner::Customer;
    let links = editable.then(
        || view! { <EditLinks kind="cap" name=cap.name.to_string() what=format!("the cap on {}", cap.scope_words)/> },
    );
    let (action, past) = (cap.action, passed(&cap));
    let each = cap.scope.each.is_some();
    let empty = cap.used.is_empty();
    let counters = cap
        .used
        .into_iter()
        .map(|used| view! { <Counter used=used limit=cap.limit_credits/> })
        .collect_view();
    view! {
        <article class="limit" id=format!("cap-{}", cap.name)>
            <div class="limit-head">
                <div class="limit-words">
                    <h3>{cap.scope_words}</h3>
                    <p>{limit}</p>
                </div>
                <div class="limit-side">
                    <State action=action full=full nostrip:past=past/>
                    {links}
                </div>
            </div>
            <div class="counters">
                {counters}
                {(each && empty).then(|| view! { <p class="quiet">"Nothing counted in this window yet."</p> })}
            </div>
            <p class="limit-note">
                {match (cap.window, cap.resets) {
                    (Window::RollingHours(_), _) => "Room comes back little by little".into_any(),
                    (_, Some(resets)) => view! { "Resets " <Time moment=resets both=true/> }.into_any(),
                    (_, None) => "Never resets".into_any(),
                }}
                {hit.map(|hit| view! { ". Stopped a run first " <Time moment=hit both=true/> })}
                {marked}
                "."
            </p>
        </article>
    }
}

/// Change and remove.
#[component]
pub(super) fn EditLinks(kind: &'static str, name: String, what: String) -> impl IntoView {
    let change = with_query(&format!("/limits/{kind}"), &[("name", &name)]);
    let remove = with_query(&format!("/limits/{kind}/remove"), &[("name", &name)]);
    view! {
        <span class="limit-links">
            <a class="button small" href=change aria-label=format!("Change {what}")>"Change"</a>
            <a class="button small quiet" href=remove aria-label=format!("Remove {what}")>"Remove"</a>
        </span>
    }
}

#[component]
fn State(action: CapAction, full: bool, #[prop(optional)] past: Option<u8>) -> impl IntoView {
    let (word, tone) = match (action, full, past) {
        (CapAction::Block, true, _) => ("stops runs now".to_owned(), Tone::Danger),
        (CapAction::Notify, true, _) => ("passed, stops nothing".to_owned(), Tone::Warn),
        (_, false, Some(percent)) => (format!("past {percent} %"), Tone::Warn),
        (CapAction::Block, false, None) => ("has room".to_owned(), Tone::Ok),
        (CapAction::Notify, false, None) => ("only shows".to_owned(), Tone::Plain),
    };
    view! { <Badge word=word tone=tone/> }
}

#[component]
fn Counter(used: CapUse, limit: Credits) -> impl IntoView {
    let total = used.used.checked_add(used.held).unwrap_or(Credits::MAX);
    let room = limit.saturating_sub(total);
    let (used_share, share) = (percent(used.used, limit), percent(total, limit));
    let held = used
        .held
        .is_positive()
        .then(|| format!(", {} held", format::credits(used.held)));
    let exact = format!(
        "{} used and {} held of {} credits",
        format::credits_exact(used.used),
        format::credits_exact(used.held),
        format::credits_exact(limit)
    );
    view! {
        <div class="gauge">
            {used.each.map(|each| view! { <span class="gauge-name counted">{each}</span> })}
            <div class="gauge-line" title=exact>
                <span>
                    <span class="number">{format::credits(used.used)}</span>" used"{held}
                </span>
                <span class="quiet number">{format!("{} left", format::credits(room))}</span>
            </div>
            <Gauge used=used_share held=share - used_share/>
        </div>
    }
}

/// Whether one of its counters has no room left.
pub(crate) fn is_full(cap: &CapView) -> bool {
    let total = |used: &CapUse| used.used.checked_add(used.held).unwrap_or(Credits::MAX);
    cap.used
        .iter()
        .any(|used| used.hit.is_some() || total(used) >= cap.limit_credits)
}

/// The highest threshold that its fullest counter has passed.
fn passed(cap: &CapView) -> Option<u8> {
    let fullest = cap.used.iter().map(|used| used.percent).max()?;
    cap.thresholds
        .iter()
        .copied()
        .filter(|percent| u32::from(*percent) <= fullest)
        .max()
}

/// `. Marked at 80 % and 100 %`.
fn marked_words(cap: &CapView) -> String {
    if cap.thresholds.is_empty() {
        String::new()
    } else {
        format!(". Marked at {}", percents(&cap.thresholds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::data::credits;
    use crate::gallery::limits::cap;

    #[test]
    fn a_cap_is_full_when_used_and_held_reach_it() {
        let mut cap = cap("one", LimitOwner::Customer);
        assert!(!is_full(&cap));
        (cap.used[0].used, cap.used[0].held) = (credits("493.5"), credits("6.5"));
        assert!(is_full(&cap));
        cap.used.clear();
        assert!(!is_full(&cap));
    }

    #[test]
    fn the_highest_threshold_passed_is_told() {
        let mut cap = cap("one", LimitOwner::Customer);
        for (percent, told) in [
            (79, None),
            (80, Some(80)),
            (99, Some(80)),
            (100, Some(100)),
            (140, Some(100)),
        ] {
            cap.used[0].percent = percent;
            assert_eq!(passed(&cap), told, "{percent}");
        }
        cap.thresholds.clear();
        assert_eq!(passed(&cap), None);
        assert_eq!(marked_words(&cap), "");
    }
}
