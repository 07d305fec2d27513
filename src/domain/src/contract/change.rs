//! What a contract says, line by line, and what an amendment changes of it (see `catalogue::change`).

use std::fmt;

use super::{ContractTerms, Overrides, Part, Renewal, Spread};
use crate::catalogue::change::{Change, Lines, changes};
use crate::format;
use crate::plan::{LOW_BALANCE, PlanKind, PlanTerms};

/// The line of a plan that is always there, and so is a contract's own only where it says it.
const OVERAGE: &str = "beyond the credits";

impl ContractTerms {
    /// What `new` changes, line by line; empty where both say the same.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        changes(&self.lines(), &new.lines())
    }

    /// All of it, line by line, as if it were new.
    pub fn written(&self) -> Vec<Change> {
        changes(&Lines::new(), &self.lines())
    }

    /// What is said of a term of the plan that this customer has not.
    pub const TAKEN_AWAY: &str = "none, other than the plan";

    /// What differs from the plan, in the words of plans.
    pub fn differences(&self) -> Vec<Change> {
        changes(&Lines::new(), &self.own_lines())
    }

    /// How it goes on after its term: `ends with its term`.
    pub fn renewal_words(&self) -> String {
        match self.renewal {
            Renewal::SameTerms => Renewal::Months(self.months).to_string(),
            other => other.to_string(),
        }
    }

    /// The plan version is told by its identifier, for those who know its name to put it there.
    fn lines(&self) -> Lines {
        let mut lines = Lines::new();
        let mut say = |what: &str, value: String| lines.push((what.to_owned(), value));
        say("plan", self.plan.to_string());
        let months = format!("{} months", self.months);
        say("committed", format!("{} for {months}", format::money(self.committed)));
        let (rate, currency) = (self.conversion_rate.normalize(), self.committed.currency);
        say("conversion rate", format!("{rate} credits for 1 {currency}"));
        if let Ok(credits) = self.credits() {
            say("buys", format!("{} credits", format::credits(credits)));
        }
        say("released", self.release.to_string());
        say("paid", self.payments.to_string());
        say("after the term", self.renewal_words());
        lines.extend(self.own_lines());
        lines.extend(self.note.iter().map(|note| ("note".to_owned(), note.clone())));
        lines
    }

    /// What differs from the plan, in the words of plans.
    fn own_lines(&self) -> Lines {
        let (currency, rate) = (self.committed.currency, self.conversion_rate);
        let bare = PlanTerms::new("", PlanKind::Commitment, currency, rate);
        let mut own = bare.clone();
        self.overrides.apply(&mut own);
        let of_every_plan: Vec<String> = bare.lines().into_iter().map(|(what, _)| what).collect();
        let says_overage = self.overrides.overage.is_some();
        let mut lines = own.lines();
        lines.retain(|(what, _)| !of_every_plan.contains(what) || (says_overage && what == OVERAGE));
        lines.extend(self.overrides.taken_away());
        lines
    }
}

impl Overrides {
    /// What the plan has and this customer has not.
    fn taken_away(&self) -> Lines {
        let caps = self.caps.iter().filter(|(_, own)| own.is_none());
        let caps = caps.map(|(name, _)| format!("cap {name}"));
        let throttles = self.throttles.iter().filter(|(_, own)| own.is_none());
        let throttles = throttles.map(|(name, _)| format!("throttle {name}"));
        let refunds = self.refunds.iter().filter(|(_, own)| own.is_none());
        let refunds = refunds.map(|(use_case, _)| format!("refunds of {use_case}"));
        let none = |what: String| (what, ContractTerms::TAKEN_AWAY.to_owned());
        let nobody_is_told = (self.low_balance_percent == Some(0)).then(|| LOW_BALANCE.to_owned());
        let all = nobody_is_told.into_iter().chain(refunds).chain(caps);
        all.chain(throttles).map(none).collect()
    }
}

impl fmt::Display for Spread {
    /// `every half-year`; a table with each of its parts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOnce => f.write_str("at once"),
            Self::Every(interval) => write!(f, "every {}", interval.name().replace('_', "-")),
            Self::Table(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(f, "in parts: {}", parts.join(", "))
            }
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.percent.normalize();
        match self.month {
            0 => write!(f, "{percent} % at the start"),
            1 => write!(f, "{percent} % after 1 month"),
            months => write!(f, "{percent} % after {months} months"),
        }
    }
}

impl fmt::Display for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("ends with its term"),
            Self::SameTerms => f.write_str("renewed for the same length each time"),
            Self::Months(1) => f.write_str("renewed for 1 month at a time"),
            Self::Months(months) => write!(f, "renewed for {months} months at a time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::money::{Currency, Money};
    use crate::plan::{Interval, OveragePolicy};
    use crate::timestamp::Timestamp;

    fn terms() -> ContractTerms {
        let part = |month, percent: i64| Part {
            month,
            percent: percent.into(),
        };
        ContractTerms {
            plan: "plan_00000000000000000000000000000007".parse().unwrap(),
            overrides: Overrides {
                seats: Some(250),
                ..Overrides::default()
            },
            committed: Money::new(120_000_000, Currency::USD),
            conversion_rate: 100.into(),
            starts_at: Timestamp::from_seconds(0),
            months: 12,
            release: Spread::Table(vec![part(0, 10), part(3, 90)]),
            payments: Spread::Every(Interval::HalfYear),
            renewal: Renewal::SameTerms,
            note: None,
        }
    }

    fn said(changes: &[Change]) -> Vec<String> {
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_contract_is_told_in_words() {
        let told = said(&terms().written());
        let expected = [
            "plan: new, plan_00000000000000000000000000000007",
            "committed: new, $1,200,000.00 for 12 months",
            "conversion rate: new, 100 credits for 1 USD",
            "buys: new, 120,000,000 credits",
            "released: new, in parts: 10 % at the start, 90 % after 3 months",
            "paid: new, every half-year",
            "after the term: new, renewed for 12 months at a time",
            "seats: new, 250",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_plans_low_balance_line_can_be_taken_away() {
        let mut agreed = terms();
        agreed.overrides = Overrides {
            low_balance_percent: Some(0),
            ..Overrides::default()
        };
        let told = said(&agreed.differences());
        assert_eq!(told, ["low balance is told below: new, none, other than the plan"]);
        let mut plan = PlanTerms::new("Scale", PlanKind::Commitment, Currency::USD, 78.into());
        plan.low_balance_percent = Some(20);
        assert_eq!(agreed.applied_to(&plan).low_balance_percent, None);
        agreed.overrides.low_balance_percent = None;
        assert_eq!(agreed.applied_to(&plan).low_balance_percent, Some(20));
    }

    #[test]
    fn an_amendment_is_told_by_what_it_changes() {
        let mut new = terms();
        new.renewal = Renewal::None;
        new.overrides.overage = Some(OveragePolicy::Owe);
        new.overrides.caps = BTreeMap::from([("daily".parse().unwrap(), None)]);
        new.overrides.seats = None;
        let told = said(&terms().changes_to(&new));
        let expected = [
            "after the term: renewed for 12 months at a time -> ends with its term",
            "beyond the credits: new, owed",
            "cap daily: new, none, other than the plan",
            "seats: removed, was 250",
        ];
        assert_eq!(told, expected);
        assert!(terms().changes_to(&terms()).is_empty());
    }
}
