//! Throttles: how fast runs may come, what happens beyond, and how often it happened today.

use drawdown_domain::format;
use drawdown_domain::limit::LimitOwner;
use drawdown_service::limits::ThrottleView;
use leptos::prelude::*;

use super::caps::EditLinks;
use crate::components::badge::Badge;
use crate::components::empty::Empty;
use crate::components::notice::Tone;
use crate::components::panel::Panel;

/// The customer's own throttles.
#[component]
pub(super) fn Throttles(throttles: Vec<ThrottleView>, may_set: bool) -> impl IntoView {
    let content = if throttles.is_empty() {
        let words = if may_set {
            "A throttle keeps one use case or subject from taking everything at once: so many runs a minute, then slower or not at \
             all."
        } else {
            "Owners and billing members can set throttles that slow or refuse runs which come too fast."
        };
        view! { <Empty title="No throttles of your own yet" words=words/> }.into_any()
    } else {
        let throttles = throttles
            .into_iter()
            .map(|throttle| view! { <Throttle throttle=throttle may_set=may_set/> })
            .collect_view();
        view! { <div class="limit-list">{throttles}</div> }.into_any()
    };
    view! {
        <Panel id="throttles" title="Your throttles" class="narrow" words="A throttle limits how fast runs come; beyond it they run slower or are refused.">
            <div data-live="throttles">{content}</div>
        </Panel>
    }
}

/// One throttle.
#[component]
pub(super) fn Throttle(throttle: ThrottleView, may_set: bool) -> impl IntoView {
    let editable = may_set && throttle.editable && throttle.owner == LimitOwner::Customer;
    let links = editable.then(|| {
        let what = format!("the throttle of {}", throttle.scope_words);
        view! { <EditLinks kind="throttle" name=throttle.name.to_string() what=what/> }
    });
    let busy = throttle.throttled_today > 0;
    let (word, tone) = if busy {
        ("in use today", Tone::Warn)
    } else {
        ("quiet today", Tone::Ok)
    };
    let today = today_words(&throttle);
    view! {
        <article class="limit" id=format!("throttle-{}", throttle.name)>
            <div class="limit-head">
                <div class="limit-words">
                    <h3>{throttle.scope_words}</h3>
                    <p>{throttle.rule_words}</p>
                </div>
                <div class="limit-side"><Badge word=word tone=tone/>{links}</div>
            </div>
            <p class="limit-note">{today}</p>
        </article>
    }
}

/// What throttles did today to runs of the same use case.
fn today_words(throttle: &ThrottleView) -> String {
    let refused = throttle.throttled_today - throttle.degraded_today;
    match (throttle.degraded_today, refused) {
        (0, 0) => "No run of it was slowed or refused by a throttle today.".to_owned(),
        (slowed, 0) => format!("Throttles slowed {} of its runs today.", format::count(slowed)),
        (0, refused) => format!("Throttles refused {} of its runs today.", format::count(refused)),
        (slowed, refused) => format!(
            "Throttles slowed {} and refused {} of its runs today.",
            format::count(slowed),
            format::count(refused)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::limits::throttle;

    #[test]
    fn says_what_throttles_did_today() {
        let mut view = throttle("one", LimitOwner::Customer);
        (view.throttled_today, view.degraded_today) = (0, 0);
        assert_eq!(
            today_words(&view),
            "No run of it was slowed or refused by a throttle today."
        );
        (view.throttled_today, view.degraded_today) = (1_207, 1_204);
        assert_eq!(
            today_words(&view),
            "Throttles slowed 1,204 and refused 3 of its runs today."
        );
        view.throttled_today = 1_204;
        assert_eq!(today_words(&view), "Throttles slowed 1,204 of its runs today.");
    }
}
