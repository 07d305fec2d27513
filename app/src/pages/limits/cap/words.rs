//! What a cap will do, in words, before it does.

use drawdown_domain::limit::{CapAction, CapLimit, LimitOwner, Window};
use drawdown_domain::{Credits, format};
use drawdown_service::customers::PlanView;
use drawdown_service::limits::{CapInput, CapView, ScopeChoices};

use super::form::in_credits;
use crate::components::amount::credits_words;
use crate::pages::limits::scope::{each, runs};

/// `Stop fast Image render at 500 credits a day, from now.`
pub(crate) fn sentence(input: &CapInput, choices: &ScopeChoices, plan: Option<&PlanView>) -> String {
    let runs = runs(&input.scope, choices);
    let limit = limit_words(input.limit, in_credits(input.limit, plan));
    let window = window_words(input.window);
    let each = each(&input.scope);
    match input.action {
        CapAction::Block => format!("Stop {runs} at {limit} {window}{each}, from now."),
        CapAction::Notify => format!("Show when {runs} passes {limit} {window}{each}, from now. Nothing is stopped."),
    }
}

/// `500 credits`, or `$5.00 (500 credits)`.
pub(crate) fn limit_words(limit: CapLimit, in_credits: Credits) -> String {
    match limit {
        CapLimit::Credits(credits) => credits_words(credits),
        CapLimit::Money(money) => format!("{} ({})", format::money(money), credits_words(in_credits)),
    }
}

pub(crate) fn window_words(window: Window) -> String {
    match window {
        Window::Day => "a day".to_owned(),
        Window::Week => "a week".to_owned(),
        Window::Month => "a month".to_owned(),
        Window::BillingPeriod => "a billing period".to_owned(),
        Window::RollingHours(1) => "in any hour".to_owned(),
        Window::RollingHours(hours) if hours % 24 == 0 && hours > 24 => format!("in any {} days", hours / 24),
        Window::RollingHours(hours) => format!("in any {hours} hours"),
        Window::Lifetime => "in all".to_owned(),
    }
}

/// What follows from it, told to its owner: how it is now, what happens to runs, and when it lets them run again.
pub(crate) fn consequence(
    owner: LimitOwner,
    input: &CapInput,
    existing: Option<&CapView>,
    plan: Option<&PlanView>,
    zone: &str,
) -> String {
    let mut sentences = Vec::new();
    if let Some(cap) = existing {
        let now = limit_words(cap.limit, cap.limit_credits);
        sentences.push(format!("The limit is {now} now."));
    }
    match input.action {
        CapAction::Block => {
            sentences.push(stops_at_once(input, existing, plan).unwrap_or_else(|| {
                "A run that would go beyond it is refused; runs in progress are not cut off.".to_owned()
            }));
            sentences.push(ends_words(input.window, zone));
        }
        CapAction::Notify => sentences.push("Runs go on as before.".to_owned()),
    }
    if !input.thresholds.is_empty() {
        let pages = match owner {
            LimitOwner::Customer => "your pages",
            LimitOwner::Vendor => "the customer's pages",
        };
        let marks = percents(&input.thresholds);
        sentences.push(format!("It is marked on {pages} at {marks}."));
    }
    sentences.join(" ")
}

/// Where the window is full already, a cap stops runs the moment it is set.
fn stops_at_once(input: &CapInput, existing: Option<&CapView>, plan: Option<&PlanView>) -> Option<String> {
    let fullest = existing?.used.first()?;
    let used = fullest.used.checked_add(fullest.held)?;
    (used >= in_credits(input.limit, plan)).then(|| {
        format!(
            "{} are used or held already, so it stops runs at once; runs in progress are not cut off.",
            credits_words(used)
        )
    })
}

fn ends_words(window: Window, zone: &str) -> String {
    let zone = zone.replace('_', " ");
    match window {
        Window::Day => format!("It resets each day at midnight in {zone}."),
        Window::Week => format!("It resets each Monday at midnight in {zone}."),
        Window::Month => format!("It resets on the first of each month at midnight in {zone}."),
        Window::BillingPeriod => format!("It resets with each billing period at midnight in {zone}."),
        Window::RollingHours(_) => "Room comes back little by little as usage falls out of that time.".to_owned(),
        Window::Lifetime => "It never resets: runs go on only once you raise or remove it.".to_owned(),
    }
}

/// `80 % and 100 %`.
pub(crate) fn percents(thresholds: &[u8]) -> String {
    let all: Vec<String> = thresholds.iter().map(|percent| format!("{percent} %")).collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

/// `Remove the cap of 500 credits a day on Image render, from now.`
pub(crate) fn removal(cap: &CapView, choices: &ScopeChoices) -> String {
    let noun = match cap.owner {
        LimitOwner::Customer => "cap",
        LimitOwner::Vendor => "ceiling",
    };
    format!(
        "Remove the {noun} of {} {}{} on {}, from now.",
        limit_words(cap.limit, cap.limit_credits),
        cap.window_words,
        each(&cap.scope),
        runs(&cap.scope, choices)
    )
}

/// What is lost with it; `still` says what stops its runs then, where it stops any.
pub(crate) fn loss(cap: &CapView, still: &str) -> String {
    let stops = match cap.action {
        CapAction::Block => still,
        CapAction::Notify => "It stops nothing, so no run changes; it is only not shown any more.",
    };
    format!("{stops} What was used stays on record; the limit itself has to be set anew if you want it back.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::data::{credits, organization};
    use crate::gallery::limits::{cap, choices};
    use drawdown_domain::limit::{Each, LimitScope};
    use drawdown_domain::{Currency, Money};

    fn input() -> CapInput {
        CapInput {
            owner: None,
            scope: LimitScope {
                use_case: Some("render".parse().unwrap()),
                mode: Some("fast".parse().unwrap()),
                ..LimitScope::default()
            },
            window: Window::Day,
            limit: CapLimit::Credits(credits("500")),
            action: CapAction::Block,
            thresholds: vec![80, 100],
        }
    }

    #[test]
    fn the_sentence_says_which_runs_stop_where_and_when() {
        let plan = organization("Acme", "0", "0").plan;
        let told = |input: &CapInput| sentence(input, &choices(), plan.as_ref());
        let mut cap = input();
        assert_eq!(told(&cap), "Stop fast Image render at 500 credits a day, from now.");
        cap.scope = LimitScope {
            each: Some(Each::Subject),
            ..LimitScope::default()
        };
        cap.limit = CapLimit::Money(Money::new(500, Currency::USD));
        cap.window = Window::RollingHours(168);
        assert_eq!(
            told(&cap),
            "Stop everything at $5.00 (500 credits) in any 7 days for each subject on its own, from now."
        );
        cap.action = CapAction::Notify;
        cap.scope.each = None;
        assert_eq!(
            told(&cap),
            "Show when everything passes $5.00 (500 credits) in any 7 days, from now. Nothing is stopped."
        );
    }

    #[test]
    fn a_cap_that_is_full_already_says_that_it_stops_at_once() {
        let mut existing = cap("mine", LimitOwner::Customer);
        existing.used[0].used = credits("412");
        existing.used[0].held = credits("6.5");
        let mut lower = input();
        lower.limit = CapLimit::Credits(credits("400"));
        let own = LimitOwner::Customer;
        let told = consequence(own, &lower, Some(&existing), None, "Asia/Tokyo");
        assert_eq!(
            told,
            "The limit is 500 credits now. 418.5 credits are used or held already, so it stops runs at once; runs in progress \
             are not cut off. It resets each day at midnight in Asia/Tokyo. It is marked on your pages at 80 % and 100 %."
        );
        let told = consequence(LimitOwner::Vendor, &lower, Some(&existing), None, "Asia/Tokyo");
        assert!(told.contains("so it stops runs at once;"), "{told}");
        assert!(
            told.ends_with("It is marked on the customer's pages at 80 % and 100 %."),
            "{told}"
        );
        let told = consequence(own, &input(), None, None, "America/New_York");
        assert!(told.starts_with("A run that would go beyond it is refused;"), "{told}");
        assert!(told.contains("midnight in America/New York"), "{told}");
    }

    #[test]
    fn a_removal_names_what_is_lost() {
        let told = |owner: LimitOwner| removal(&cap("mine", owner), &choices());
        assert_eq!(
            told(LimitOwner::Customer),
            "Remove the cap of 500 credits a day on Image render, from now."
        );
        assert_eq!(
            told(LimitOwner::Vendor),
            "Remove the ceiling of 500 credits a day on Image render, from now."
        );
        let mut cap = cap("mine", LimitOwner::Vendor);
        assert!(loss(&cap, "Only its credits do.").starts_with("Only its credits do. What was used"));
        cap.action = CapAction::Notify;
        assert!(loss(&cap, "Only its credits do.").starts_with("It stops nothing,"));
    }

    #[test]
    fn percentages_are_listed() {
        assert_eq!(percents(&[50, 80, 100]), "50 %, 80 % and 100 %");
        assert_eq!(percents(&[80]), "80 %");
    }
}
