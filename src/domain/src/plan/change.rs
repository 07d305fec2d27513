//! What a new version of a plan changes, line by line (see `catalogue::change`).

use super::{Allotment, CapTerms, FairUse, OveragePolicy, PlanTerms, Rollover, ThrottleTerms, TopUps, Unlimited};
use crate::catalogue::change::{Change, Lines, changes, listed};
use crate::format;
use crate::key::Key;
use crate::limit::{CapAction, CapLimit, Each, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window};

/// What the line about low balances is called.
pub(crate) const LOW_BALANCE: &str = "low balance is told below";

impl PlanTerms {
    /// What `new` changes, line by line; empty where both say the same.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        changes(&self.lines(), &new.lines())
    }

    /// All of it, line by line, as if it were new.
    pub fn written(&self) -> Vec<Change> {
        changes(&Lines::new(), &self.lines())
    }

    pub(crate) fn lines(&self) -> Lines {
        let mut lines = Writer::default();
        lines.say("name", &self.name);
        lines.say("kind", self.kind.name());
        lines.say("currency", &self.currency);
        lines.say("conversion rate", &self.conversion_rate.normalize());
        for tier in &self.conversion_tiers {
            let what = format!("conversion rate from {}", format::money(tier.from));
            lines.say(&what, &tier.rate.normalize());
        }
        lines.maybe("price", self.price.map(format::money).as_ref());
        lines.say("interval", self.interval.name());
        lines.maybe("lasts", self.lasts.as_ref());
        for (name, allotment) in &self.allotments {
            lines.say(&format!("allotment {name}"), &allotment_words(allotment));
        }
        lines.maybe("seats", self.seats.as_ref());
        lines.maybe(
            "price of one more seat",
            self.extra_seat_price.map(format::money).as_ref(),
        );
        lines.maybe("use cases", self.use_cases.as_deref().map(listed).as_ref());
        lines.maybe("modes", self.modes.as_deref().map(listed).as_ref());
        lines.maybe("platforms", self.platforms.as_deref().map(listed).as_ref());
        for (place, unlimited) in self.unlimited.iter().enumerate() {
            lines.say(&format!("without limit, {}", place + 1), &unlimited_words(unlimited));
        }
        lines.say("beyond the credits", &overage_words(self.overage));
        let degrades = if self.degrade_without_credits { "yes" } else { "no" };
        lines.say("lower modes without credits", degrades);
        let top_ups = match self.top_ups {
            TopUps::Allowed => "allowed",
            TopUps::WithPlan => "allowed, burn only while the plan is active",
            TopUps::Never => "none",
        };
        lines.say("top-ups", top_ups);
        lines.maybe("top-ups last", self.top_up_valid.as_ref());
        lines.maybe("top-ups pay for", self.top_up_use_cases.as_deref().map(listed).as_ref());
        let percent = self.low_balance_percent.map(|percent| format!("{percent} %"));
        lines.maybe(LOW_BALANCE, percent.as_ref());
        for (use_case, words) in &self.refunds {
            lines.say(&format!("refunds of {use_case}"), words);
        }
        for (name, cap) in &self.caps {
            lines.say(&format!("cap {name}"), &cap_words(cap));
        }
        for (name, throttle) in &self.throttles {
            lines.say(&format!("throttle {name}"), &throttle_words(throttle));
        }
        lines.0
    }
}

#[derive(Default)]
struct Writer(Lines);

impl Writer {
    fn say(&mut self, what: &str, value: &(impl ToString + ?Sized)) {
        self.0.push((what.to_owned(), value.to_string()));
    }

    fn maybe<T: ToString>(&mut self, what: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.say(what, value);
        }
    }
}

fn allotment_words(allotment: &Allotment) -> String {
    let every = match allotment.every.interval(super::Interval::Month) {
        None => "once".to_owned(),
        Some(_) if allotment.every == super::Every::Interval => "each interval".to_owned(),
        Some(interval) => format!("each {}", interval.name()),
    };
    let mut words = vec![format!("{} credits {every}", format::credits_exact(allotment.credits))];
    if allotment.per_extra_seat.is_positive() {
        let more = format::credits_exact(allotment.per_extra_seat);
        words.push(format!("{more} more for each extra seat"));
    }
    if allotment.lasts > 1 {
        words.push(format!("for {} intervals", allotment.lasts));
    }
    match allotment.rollover {
        Rollover::None => {}
        Rollover::All => words.push("all carried over".to_owned()),
        Rollover::UpTo(multiple) => {
            words.push(format!(
                "carried over up to {} times the allotment",
                multiple.normalize()
            ));
        }
    }
    if let Some(use_cases) = &allotment.use_cases {
        words.push(format!("for {}", listed(use_cases)));
    }
    words.join(", ")
}

fn overage_words(overage: OveragePolicy) -> String {
    match overage {
        OveragePolicy::Forgive(most) => format!("forgiven up to {} credits a run", format::credits_exact(most)),
        OveragePolicy::Owe => "owed".to_owned(),
        OveragePolicy::Block => "owed, and no run until it is settled".to_owned(),
    }
}

fn dimensions(use_case: Option<&Key>, mode: Option<&Key>, platform: Option<&Key>) -> String {
    let named = [("use case", use_case), ("mode", mode), ("platform", platform)];
    let words: Vec<String> = named
        .into_iter()
        .filter_map(|(what, key)| key.map(|key| format!("{what} {key}")))
        .collect();
    if words.is_empty() {
        "every run".to_owned()
    } else {
        words.join(", ")
    }
}

fn unlimited_words(unlimited: &Unlimited) -> String {
    let runs = dimensions(
        unlimited.use_case.as_ref(),
        unlimited.mode.as_ref(),
        unlimited.platform.as_ref(),
    );
    match &unlimited.fair_use {
        None => runs,
        Some(fair_use) => format!("{runs}; {}", fair_words(fair_use)),
    }
}

fn fair_words(fair_use: &FairUse) -> String {
    let steps = fair_use.steps.iter().map(|step| {
        let (above, per) = (format::credits_exact(step.above), period_name(step.rate.per));
        format!("above {above} credits {} runs {per}", step.rate.requests)
    });
    let steps: Vec<String> = steps.collect();
    format!("in {}: {}", window_name(fair_use.window), steps.join(", "))
}

fn window_name(window: Window) -> String {
    match window {
        Window::Day => "a day".to_owned(),
        Window::Week => "a week".to_owned(),
        Window::Month => "a month".to_owned(),
        Window::BillingPeriod => "a billing period".to_owned(),
        Window::RollingHours(hours) => format!("any {hours} hours"),
        Window::Lifetime => "all time".to_owned(),
    }
}

/// With its article: `a minute`.
const fn period_name(period: ThrottlePeriod) -> &'static str {
    match period {
        ThrottlePeriod::Second => "a second",
        ThrottlePeriod::Minute => "a minute",
        ThrottlePeriod::Hour => "an hour",
        ThrottlePeriod::Day => "a day",
    }
}

fn scope_words(scope: &LimitScope) -> String {
    let mut words = vec![dimensions(
        scope.use_case.as_ref(),
        scope.mode.as_ref(),
        scope.platform.as_ref(),
    )];
    if let Some(subject) = &scope.subject {
        words.push(format!("subject {subject}"));
    }
    if let Some(key) = scope.key {
        words.push(key.to_string());
    }
    match scope.each {
        None => {}
        Some(Each::Subject) => words.push("for each subject".to_owned()),
        Some(Each::Key) => words.push("for each key".to_owned()),
    }
    words.join(", ")
}

fn cap_words(cap: &CapTerms) -> String {
    let limit = match cap.limit {
        CapLimit::Credits(credits) => format!("{} credits", format::credits_exact(credits)),
        CapLimit::Money(money) => format::money(money),
    };
    let then = match cap.action {
        CapAction::Block => "",
        CapAction::Notify => ", only told",
    };
    format!(
        "{limit} in {}, {}{then}",
        window_name(cap.window),
        scope_words(&cap.scope)
    )
}

fn throttle_words(throttle: &ThrottleTerms) -> String {
    let limit = match throttle.limit {
        ThrottleLimit::Requests(runs) => format!("{runs} runs"),
        ThrottleLimit::Credits(credits) => format!("{} credits", format::credits_exact(credits)),
    };
    let burst = throttle
        .burst
        .map_or_else(String::new, |burst| format!(", {burst} at once"));
    let then = match throttle.then {
        ThrottleThen::Reject => "",
        ThrottleThen::Degrade => ", then the next mode",
    };
    format!(
        "{limit} {}{burst}, {}{then}",
        period_name(throttle.per),
        scope_words(&throttle.scope)
    )
}
