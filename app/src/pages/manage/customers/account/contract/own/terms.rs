//! Which terms a contract can have otherwise than its plan, their fields, and how what is filled in becomes the terms of an
//! amendment.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::contract::{ContractTerms, Overrides};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::plan::PlanTerms;
use drawdown_domain::{Key, Timestamp};
use drawdown_service::ServiceError;
use drawdown_service::contracts::{ContractState, ContractView};
use leptos::prelude::*;

use crate::error::PageError;
use crate::pages::manage::customers::account::contract::contract_to_change;
use crate::pages::manage::filled::Filled;
use crate::pages::manage::plans::choices::Choices;
use crate::pages::manage::plans::limits::Ceiling;
use crate::pages::manage::plans::part::choices_of;
use crate::pages::manage::plans::{limits, parts};
use crate::visit::Visit;

/// What is done with a term instead of filling in its form: the values of `act`.
pub(super) const AS_THE_PLAN_SAYS: &str = "plan";
pub(super) const TAKE_AWAY: &str = "none";

/// What a contract can say otherwise, each with its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Cap,
    Throttle,
    Overage,
    LowBalance,
    Refunds,
}

impl Own {
    pub(super) const ALL: [Self; 5] = [
        Self::Cap,
        Self::Throttle,
        Self::Overage,
        Self::LowBalance,
        Self::Refunds,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Cap => "cap",
            Self::Throttle => "throttle",
            Self::Overage => "overage",
            Self::LowBalance => "low-balance",
            Self::Refunds => "refunds",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Cap => "Ceiling on credits",
            Self::Throttle => "Ceiling on the rate",
            Self::Overage => "Beyond the credits",
            Self::LowBalance => "Low balance",
            Self::Refunds => "Failed runs",
        }
    }

    pub(super) fn of(word: &str) -> Result<Self, PageError> {
        let found = Self::ALL.into_iter().find(|one| one.word() == word);
        found.ok_or(PageError::NotFound("page"))
    }

    /// The form that changes a line of terms, and the name that it has there.
    pub(super) fn of_line(what: &str) -> Option<(Self, &str)> {
        match what.split_once(' ') {
            Some(("cap", name)) => Some((Self::Cap, name)),
            Some(("throttle", name)) => Some((Self::Throttle, name)),
            _ if what == "beyond the credits" => Some((Self::Overage, "")),
            _ if what == "low balance is told below" => Some((Self::LowBalance, "")),
            _ => Some((Self::Refunds, what.strip_prefix("refunds of ")?)),
        }
    }

    /// Whether a line that no form here changes is among the fields of the contract's own form.
    pub(super) fn is_of_contract(what: &str) -> bool {
        matches!(what, "price" | "seats" | "price of one more seat")
    }

    /// Whether there are several, each with a name that is chosen here.
    pub(super) const fn is_named(self) -> bool {
        matches!(self, Self::Cap | Self::Throttle)
    }

    /// Whether a contract can do without what the plan says of it.
    pub(super) const fn can_be_taken_away(self) -> bool {
        self.is_named() || matches!(self, Self::LowBalance)
    }

    /// Whether the terms have one of that name.
    pub(super) fn is_known(self, terms: &PlanTerms, name: &str) -> bool {
        match self {
            Self::Cap => terms.caps.contains_key(name),
            Self::Throttle => terms.throttles.contains_key(name),
            Self::Overage | Self::LowBalance | Self::Refunds => false,
        }
    }

    pub(super) fn fields(self, terms: &PlanTerms, name: &str, choices: Choices) -> AnyView {
        match self {
            Self::Cap => limits::cap(terms.caps.get(name), terms.currency, choices),
            Self::Throttle => limits::throttle(terms.throttles.get(name), choices),
            Self::Overage => parts::overage(terms.overage).into_any(),
            Self::LowBalance => {
                parts::low_balance(terms.low_balance_percent, "Left empty, as the plan says.").into_any()
            }
            Self::Refunds => parts::refunds(terms, choices),
        }
    }
}

/// A contract that is not over.
pub(super) struct Agreed {
    pub(super) contract: ContractView,
    pub(super) choices: Choices,
}

/// The contract that a form or an address names, for whoever may amend it.
pub(super) async fn agreed(visit: &Visit, customer: OrganizationId, id: &str) -> Result<Agreed, PageError> {
    let contract = contract_to_change(visit, customer, id).await?;
    if contract.state == ContractState::Ended {
        return Err(PageError::NotFound("contract"));
    }
    let choices = choices_of(visit).await?;
    Ok(Agreed { contract, choices })
}

impl Agreed {
    /// From when an amendment holds: from now, or with the last version where that is yet to take effect.
    pub(super) fn effective(&self, now: Timestamp) -> Timestamp {
        now.max(self.contract.effective.at)
    }

    /// The same in words: `from now`.
    pub(super) fn effective_words(&self, now: Timestamp) -> String {
        if self.contract.effective.at > now {
            format!("from {}", self.contract.effective.full)
        } else {
            "from now".to_owned()
        }
    }

    /// What its newest version says, be it in force or yet to take effect: the plan's terms with what differs.
    pub(super) fn terms(&self) -> PlanTerms {
        self.contract.terms.applied_to(&self.contract.base_terms)
    }

    /// What terms change of those of the newest version.
    pub(super) fn changes_to(&self, terms: &ContractTerms) -> Vec<Change> {
        self.terms().changes_to(&terms.applied_to(&self.contract.base_terms))
    }

    /// The terms that a form asks for. The same form again asks for the same.
    pub(super) fn asked(&self, form: &Filled) -> Result<ContractTerms, PageError> {
        let part = Own::of(form.get("part"))?;
        let mut terms = self.contract.terms.clone();
        match form.get("act") {
            "" => self.put(part, form, &mut terms.overrides)?,
            AS_THE_PLAN_SAYS => as_the_plan_says(part, form, &mut terms.overrides)?,
            TAKE_AWAY => self.take_away(part, form, &mut terms.overrides)?,
            _ => return Err(PageError::NotFound("page")),
        }
        Ok(terms)
    }

    /// Writes what a form says over what is agreed. What is as the plan says is no term of the contract's own.
    fn put(&self, part: Own, form: &Filled, own: &mut Overrides) -> Result<(), ServiceError> {
        let (terms, plan) = (self.terms(), &self.contract.base_terms);
        let mut reader = form.reader();
        match part {
            Own::Cap => {
                let cap = limits::read_cap(form, terms.currency)?;
                free(&cap, &terms.caps)?;
                differ(&mut own.caps, &plan.caps, cap.name, Some(cap.terms));
            }
            Own::Throttle => {
                let throttle = limits::read_throttle(form)?;
                free(&throttle, &terms.throttles)?;
                differ(&mut own.throttles, &plan.throttles, throttle.name, Some(throttle.terms));
            }
            Own::Overage => {
                let overage = parts::read_overage(form, &mut reader);
                let overage = reader.finish(overage)?;
                own.overage = (overage != plan.overage).then_some(overage);
            }
            Own::LowBalance => {
                let percent = parts::read_low_balance(&mut reader);
                let percent = reader.finish(Some(percent))?;
                own.low_balance_percent = percent.filter(|_| percent != plan.low_balance_percent);
            }
            Own::Refunds => {
                let told = parts::read_refunds(form, &terms.refunds);
                for use_case in told.keys().chain(terms.refunds.keys()) {
                    differ(
                        &mut own.refunds,
                        &plan.refunds,
                        use_case.clone(),
                        told.get(use_case).cloned(),
                    );
                }
            }
        }
        Ok(())
    }

    /// This customer has no ceiling of that name, or is not told of a low balance, whatever the plan says.
    fn take_away(&self, part: Own, form: &Filled, own: &mut Overrides) -> Result<(), PageError> {
        let plan = &self.contract.base_terms;
        match part {
            Own::Cap => differ(&mut own.caps, &plan.caps, named(form)?, None),
            Own::Throttle => differ(&mut own.throttles, &plan.throttles, named(form)?, None),
            Own::LowBalance => own.low_balance_percent = plan.low_balance_percent.map(|_| 0),
            Own::Overage | Own::Refunds => return Err(PageError::NotFound("ceiling")),
        }
        Ok(())
    }
}

/// Refuses a new ceiling by the name of another one that is there.
fn free<T: PartialEq>(ceiling: &Ceiling<T>, known: &BTreeMap<Key, T>) -> Result<(), ServiceError> {
    let known = known.get(&ceiling.name);
    if ceiling.is_new && known.is_some_and(|known| *known != ceiling.terms) {
        let message = "there is one of that name already: change that one";
        return Err(ServiceError::field("name", "exists", message));
    }
    Ok(())
}

/// Agrees on a term by its name (`None`: on none), where it differs from what the plan says by that name.
fn differ<T: PartialEq>(own: &mut BTreeMap<Key, Option<T>>, plan: &BTreeMap<Key, T>, name: Key, agreed: Option<T>) {
    if agreed.as_ref() == plan.get(&name) {
        own.remove(&name);
    } else {
        own.insert(name, agreed);
    }
}

/// Takes back what is agreed of a term, so that it is as the plan says, if the plan says anything.
fn as_the_plan_says(part: Own, form: &Filled, own: &mut Overrides) -> Result<(), PageError> {
    match part {
        Own::Overage => own.overage = None,
        Own::LowBalance => own.low_balance_percent = None,
        Own::Refunds => {
            own.refunds.remove(&named(form)?);
        }
        Own::Cap => {
            own.caps.remove(&named(form)?);
        }
        Own::Throttle => {
            own.throttles.remove(&named(form)?);
        }
    }
    Ok(())
}

/// The ceiling, or the use case of refund words, that an address names.
fn named(form: &Filled) -> Result<Key, PageError> {
    form.get("name").parse().map_err(|_| PageError::NotFound("term"))
}

#[cfg(test)]
mod tests {
    use drawdown_domain::contract::{Renewal, Spread};
    use drawdown_domain::{Currency, Money};

    use super::*;

    #[test]
    fn each_line_leads_to_the_form_that_changes_it() {
        let said = serde_json::json!({
            "price": { "minor": 5000, "currency": "USD" },
            "seats": 250,
            "extra_seat_price": { "minor": 500, "currency": "USD" },
            "modes": ["fast"],
            "overage": "owe",
            "low_balance_percent": 10,
            "refunds": { "code": "Free", "render": null },
            "caps": {
                "daily": { "window": "day", "limit": { "credits": "5" }, "action": "block" },
                "monthly": null,
            },
            "throttles": {
                "burst": { "limit": { "requests": 5 }, "per": "minute", "then": "reject" },
                "steady": null,
            },
        });
        let terms = ContractTerms {
            plan: "plan_00000000000000000000000000000007".parse().unwrap(),
            overrides: serde_json::from_value(said).unwrap(),
            committed: Money::new(0, Currency::USD),
            conversion_rate: 100.into(),
            starts_at: Timestamp::from_seconds(0),
            months: 12,
            release: Spread::AtOnce,
            payments: Spread::AtOnce,
            renewal: Renewal::None,
            note: None,
        };
        let lines = terms.differences();
        let (of_contract, others): (Vec<_>, Vec<_>) = lines.iter().partition(|line| Own::is_of_contract(&line.what));
        assert_eq!(of_contract.len(), 3);
        let led: Vec<_> = others.iter().map(|line| Own::of_line(&line.what)).collect();
        let expected = [
            // The modes have no form.
            None,
            Some((Own::Overage, "")),
            Some((Own::LowBalance, "")),
            Some((Own::Refunds, "code")),
            Some((Own::Cap, "daily")),
            Some((Own::Throttle, "burst")),
            Some((Own::Refunds, "render")),
            Some((Own::Cap, "monthly")),
            Some((Own::Throttle, "steady")),
        ];
        assert_eq!(led, expected);
    }
}
