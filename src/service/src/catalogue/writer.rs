//! A rate card and plans written as a catalogue file: what is read back says the same, and two versions differ line by line.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use drawdown_domain::Key;
use drawdown_domain::catalogue::{Rate, Rates, Tier, UseCase};
use drawdown_domain::contract::Overrides;
use drawdown_domain::limit::{
    CapAction, CapLimit, Each, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::plan::{
    Allotment, CapTerms, Every, FairUse, Interval, OveragePolicy, PlanTerms, Rollover, ThrottleTerms, TopUps, Unlimited,
};
use rust_decimal::Decimal;

/// The file.
pub(super) fn write(rates: &Rates, plans: &BTreeMap<Key, PlanTerms>) -> String {
    let mut file = File::default();
    for (table, multipliers) in [("modes", &rates.modes), ("platforms", &rates.platforms)] {
        file.table(table);
        for (key, multiplier) in multipliers {
            file.line(&name(key), decimal(*multiplier));
        }
    }
    for (key, use_case) in &rates.use_cases {
        write_use_case(&mut file, key, use_case);
    }
    for (key, terms) in plans {
        write_plan(&mut file, &name(key), terms);
    }
    file.0
}

#[derive(Default)]
struct File(String);

impl File {
    fn table(&mut self, path: &str) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        // Writing into a text cannot fail.
        let _ = writeln!(self.0, "{gap}[{path}]");
    }

    fn line(&mut self, key: &str, value: impl Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn maybe(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.line(key, value);
        }
    }
}

/// A text in quotes.
fn text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A key as the name of an entry: bare where TOML allows it.
fn name(key: &Key) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if key.as_str().bytes().all(bare) {
        key.to_string()
    } else {
        text(key.as_str())
    }
}

fn decimal(number: Decimal) -> String {
    text(&number.normalize().to_string())
}

fn list(keys: &[Key]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| text(key.as_str())).collect();
    format!("[{}]", keys.join(", "))
}

fn tiers(tiers: &[Tier]) -> Option<String> {
    let parts: Vec<String> = tiers
        .iter()
        .map(|tier| {
            format!(
                "{{ above = {}, credits = {} }}",
                decimal(tier.above),
                decimal(tier.credits)
            )
        })
        .collect();
    (!parts.is_empty()).then(|| format!("[{}]", parts.join(", ")))
}

fn write_use_case(file: &mut File, key: &Key, use_case: &UseCase) {
    let path = format!("use_cases.{}", name(key));
    file.table(&path);
    file.line("name", text(&use_case.name));
    if !use_case.ladder.is_empty() {
        file.line("ladder", list(&use_case.ladder));
    }
    file.maybe("minimum", use_case.minimum.map(decimal));
    for (meter, rate) in &use_case.meters {
        write_rate(file, &format!("{path}.meters.{}", name(meter)), rate);
    }
    for exception in &use_case.exceptions {
        file.table(&format!("[{path}.exceptions]"));
        file.line("mode", text(exception.mode.as_str()));
        file.line("platform", text(exception.platform.as_str()));
        let meters = exception.meters.iter().map(|(meter, own)| {
            let tiers = tiers(&own.tiers).map_or_else(String::new, |tiers| format!(", tiers = {tiers}"));
            format!("{} = {{ credits = {}{tiers} }}", name(meter), decimal(own.credits))
        });
        let meters: Vec<String> = meters.collect();
        file.line("meters", format!("{{ {} }}", meters.join(", ")));
    }
}

fn write_rate(file: &mut File, path: &str, rate: &Rate) {
    file.table(path);
    if rate.per != Decimal::ONE {
        file.line("per", decimal(rate.per));
    }
    file.line("credits", decimal(rate.credits));
    file.maybe("unit", rate.unit.as_deref().map(text));
    file.maybe("tiers", tiers(&rate.tiers));
}

fn write_plan(file: &mut File, key: &str, terms: &PlanTerms) {
    let path = format!("plans.{key}");
    file.table(&path);
    file.line("name", text(&terms.name));
    file.line("kind", text(terms.kind.name()));
    file.line("currency", text(terms.currency.as_str()));
    file.line("conversion_rate", decimal(terms.conversion_rate));
    if !terms.conversion_tiers.is_empty() {
        let parts = terms.conversion_tiers.iter().map(|tier| {
            format!(
                "{{ from = {}, rate = {} }}",
                decimal(tier.from.to_decimal()),
                decimal(tier.rate)
            )
        });
        file.line(
            "conversion_tiers",
            format!("[{}]", parts.collect::<Vec<_>>().join(", ")),
        );
    }
    file.maybe("price", terms.price.map(|price| decimal(price.to_decimal())));
    if terms.interval != Interval::Month {
        file.line("interval", text(terms.interval.name()));
    }
    file.maybe("lasts", terms.lasts.map(|lasts| text(&lasts.to_string())));
    file.maybe("seats", terms.seats);
    file.maybe(
        "extra_seat_price",
        terms.extra_seat_price.map(|price| decimal(price.to_decimal())),
    );
    file.maybe("use_cases", terms.use_cases.as_deref().map(list));
    file.maybe("modes", terms.modes.as_deref().map(list));
    file.maybe("platforms", terms.platforms.as_deref().map(list));
    if !terms.unlimited.is_empty() {
        let parts: Vec<String> = terms.unlimited.iter().map(unlimited).collect();
        file.line("unlimited", format!("[{}]", parts.join(", ")));
    }
    file.line("overage", overage(terms.overage));
    if terms.degrade_without_credits {
        file.line("degrade_without_credits", true);
    }
    match terms.top_ups {
        TopUps::Allowed => {}
        TopUps::WithPlan => file.line("top_ups", text("with_plan")),
        TopUps::Never => file.line("top_ups", text("never")),
    }
    file.maybe("top_up_valid", terms.top_up_valid.map(|valid| text(&valid.to_string())));
    file.maybe("top_up_use_cases", terms.top_up_use_cases.as_deref().map(list));
    file.maybe("low_balance_percent", terms.low_balance_percent);
    if !terms.refunds.is_empty() {
        file.table(&format!("{path}.refunds"));
        for (use_case, words) in &terms.refunds {
            file.line(&name(use_case), text(words));
        }
    }
    for (allotment, given) in &terms.allotments {
        write_allotment(file, &format!("{path}.allotments.{}", name(allotment)), given);
    }
    for (cap, ceiling) in &terms.caps {
        write_cap(file, &format!("{path}.caps.{}", name(cap)), ceiling);
    }
    for (throttle, ceiling) in &terms.throttles {
        write_throttle(file, &format!("{path}.throttles.{}", name(throttle)), ceiling);
    }
}

/// What a contract says otherwise than its plan, but for what it takes away.
pub(super) fn write_own(own: &Overrides) -> String {
    let mut file = File::default();
    file.maybe("overage", own.overage.map(overage));
    file.maybe("low_balance_percent", own.low_balance_percent);
    let refunds: Vec<_> = own
        .refunds
        .iter()
        .filter_map(|(key, own)| Some((key, own.as_ref()?)))
        .collect();
    if !refunds.is_empty() {
        file.table("refunds");
    }
    for (use_case, words) in refunds {
        file.line(&name(use_case), text(words));
    }
    for (cap, ceiling) in &own.caps {
        if let Some(ceiling) = ceiling {
            write_cap(&mut file, &format!("caps.{}", name(cap)), ceiling);
        }
    }
    for (throttle, ceiling) in &own.throttles {
        if let Some(ceiling) = ceiling {
            write_throttle(&mut file, &format!("throttles.{}", name(throttle)), ceiling);
        }
    }
    file.0
}

fn overage(policy: OveragePolicy) -> String {
    match policy {
        OveragePolicy::Owe => text("owe"),
        OveragePolicy::Block => text("block"),
        OveragePolicy::Forgive(most) => format!("{{ forgive = {} }}", text(&most.to_string())),
    }
}

fn write_allotment(file: &mut File, path: &str, given: &Allotment) {
    file.table(path);
    file.line("credits", text(&given.credits.to_string()));
    if given.per_extra_seat.is_positive() {
        file.line("per_extra_seat", text(&given.per_extra_seat.to_string()));
    }
    let every = match given.every {
        Every::Interval => None,
        Every::Once => Some("once"),
        Every::Month => Some("month"),
        Every::Quarter => Some("quarter"),
        Every::HalfYear => Some("half_year"),
        Every::Year => Some("year"),
    };
    file.maybe("every", every.map(text));
    if given.lasts != 1 {
        file.line("lasts", given.lasts);
    }
    match given.rollover {
        Rollover::None => {}
        Rollover::All => file.line("rollover", text("all")),
        Rollover::UpTo(multiple) => file.line("rollover", format!("{{ up_to = {} }}", decimal(multiple))),
    }
    file.maybe("use_cases", given.use_cases.as_deref().map(list));
}

const fn period(period: ThrottlePeriod) -> &'static str {
    match period {
        ThrottlePeriod::Second => "second",
        ThrottlePeriod::Minute => "minute",
        ThrottlePeriod::Hour => "hour",
        ThrottlePeriod::Day => "day",
    }
}

fn window(window: Window) -> String {
    match window {
        Window::Day => text("day"),
        Window::Week => text("week"),
        Window::Month => text("month"),
        Window::BillingPeriod => text("billing_period"),
        Window::Lifetime => text("lifetime"),
        Window::RollingHours(hours) => text(&format!("{hours} hours")),
    }
}

/// Entries of an inline table; nothing where all are absent.
fn inline(entries: &[(&str, Option<String>)]) -> Option<String> {
    let given = entries
        .iter()
        .filter_map(|(key, value)| Some(format!("{key} = {}", value.as_ref()?)));
    let given: Vec<String> = given.collect();
    (!given.is_empty()).then(|| format!("{{ {} }}", given.join(", ")))
}

fn quoted(key: Option<&Key>) -> Option<String> {
    key.map(|key| text(key.as_str()))
}

fn unlimited(runs: &Unlimited) -> String {
    let entries = [
        ("use_case", quoted(runs.use_case.as_ref())),
        ("mode", quoted(runs.mode.as_ref())),
        ("platform", quoted(runs.platform.as_ref())),
        ("fair_use", runs.fair_use.as_ref().map(fair_use)),
    ];
    inline(&entries).unwrap_or_else(|| "{}".to_owned())
}

fn fair_use(fair: &FairUse) -> String {
    let steps = fair.steps.iter().map(|step| {
        let (above, per) = (text(&step.above.to_string()), text(period(step.rate.per)));
        format!("{{ above = {above}, requests = {}, per = {per} }}", step.rate.requests)
    });
    let steps = steps.collect::<Vec<_>>().join(", ");
    format!("{{ window = {}, steps = [{steps}] }}", window(fair.window))
}

fn scope(scope: &LimitScope) -> Option<String> {
    let each = match scope.each {
        None => None,
        Some(Each::Subject) => Some(text("subject")),
        Some(Each::Key) => Some(text("key")),
    };
    inline(&[
        ("use_case", quoted(scope.use_case.as_ref())),
        ("mode", quoted(scope.mode.as_ref())),
        ("platform", quoted(scope.platform.as_ref())),
        ("subject", quoted(scope.subject.as_ref())),
        ("each", each),
    ])
}

fn write_cap(file: &mut File, path: &str, ceiling: &CapTerms) {
    file.table(path);
    match ceiling.limit {
        CapLimit::Credits(credits) => file.line("credits", text(&credits.to_string())),
        CapLimit::Money(money) => file.line("money", decimal(money.to_decimal())),
    }
    file.line("window", window(ceiling.window));
    if ceiling.action == CapAction::Notify {
        file.line("action", text("notify"));
    }
    file.maybe("scope", scope(&ceiling.scope));
}

fn write_throttle(file: &mut File, path: &str, ceiling: &ThrottleTerms) {
    file.table(path);
    match ceiling.limit {
        ThrottleLimit::Requests(runs) => file.line("requests", runs),
        ThrottleLimit::Credits(credits) => file.line("credits", text(&credits.to_string())),
    }
    file.line("per", text(period(ceiling.per)));
    file.maybe("burst", ceiling.burst);
    if ceiling.then == ThrottleThen::Degrade {
        file.line("then", text("degrade"));
    }
    file.maybe("scope", scope(&ceiling.scope));
}

#[cfg(test)]
mod tests {
    use super::super::file::read_first;
    use super::*;

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let files = [
            crate::demo::CATALOGUE,
            include_str!("schemes/fast_and_relaxed.toml"),
            include_str!("schemes/two_meters.toml"),
            include_str!("schemes/actions_by_volume.toml"),
            include_str!("schemes/annual_commitment.toml"),
            include_str!("schemes/trial.toml"),
        ];
        for file in files {
            let said = read_first(file).unwrap();
            let written = write(&said.rates, &said.plans);
            let again = read_first(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(again, said, "{written}");
            assert_eq!(write(&again.rates, &again.plans), written);
        }
    }

    #[test]
    fn names_that_toml_would_take_apart_are_quoted() {
        let key: Key = "a.b:c@d".parse().unwrap();
        assert_eq!(name(&key), "\"a.b:c@d\"");
        assert_eq!(text("say \"no\" \\ \n"), "\"say \\\"no\\\" \\\\ \\u000A\"");
    }
}
