//! Which terms a contract can have otherwise than its plan, their fields, and how what is filled in becomes the terms of an
//! amendment.

use drawdown_domain::contract::ContractTerms;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::plan::PlanTerms;
use drawdown_domain::{Key, Timestamp};
use drawdown_service::ServiceError;
use drawdown_service::contracts::{ContractState, ContractView};
use drawdown_service::plans::PlanEdit;
use leptos::prelude::*;

use crate::error::PageError;
use crate::pages::manage::filled::Filled;
use crate::pages::manage::plans::choices::Choices;
use crate::pages::manage::plans::part::choices_of;
use crate::pages::manage::plans::{limits, parts};
use crate::visit::Visit;

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
            _ if what.starts_with("refunds of ") => Some((Self::Refunds, "")),
            _ => None,
        }
    }

    /// Whether there are several, each with a name.
    pub(super) const fn is_named(self) -> bool {
        matches!(self, Self::Cap | Self::Throttle)
    }

    pub(super) fn fields(self, now: &PlanTerms, name: &str, choices: Choices) -> AnyView {
        match self {
            Self::Cap => limits::cap(now.caps.get(name), now.currency, choices),
            Self::Throttle => limits::throttle(now.throttles.get(name), choices),
            Self::Overage => parts::overage(now.overage).into_any(),
            Self::LowBalance => parts::low_balance(now.low_balance_percent, "Left empty, as the plan says.").into_any(),
            Self::Refunds => parts::refunds(now, choices),
        }
    }
}

/// A contract that is not over, and whose it is.
pub(super) struct Agreed {
    pub(super) contract: ContractView,
    pub(super) customer: String,
    pub(super) choices: Choices,
}

/// The contract that a form or an address names, for whoever may amend it.
pub(super) async fn agreed(visit: &Visit, customer: OrganizationId, id: &str) -> Result<Agreed, PageError> {
    let (actor, service) = (visit.actor()?, visit.service());
    let name = service.contract_choices(&actor, customer).await?.customer;
    let contracts = service.contracts(&actor, customer).await?;
    let is_meant = |one: &ContractView| one.id.to_string() == id && one.state != ContractState::Ended;
    let contract = contracts.into_iter().find(is_meant);
    Ok(Agreed {
        contract: contract.ok_or(PageError::NotFound("contract"))?,
        customer: name,
        choices: choices_of(visit).await?,
    })
}

impl Agreed {
    /// From when an amendment holds: from now, or with the last version where that is yet to take effect.
    pub(super) fn effective(&self, now: Timestamp) -> Timestamp {
        now.max(self.contract.effective.at)
    }

    /// What the customer has now: the plan's terms with what differs.
    pub(super) fn now(&self) -> PlanTerms {
        self.contract.terms.applied_to(&self.contract.base_terms)
    }

    /// The terms that a form asks for.
    pub(super) fn asked(&self, form: &Filled) -> Result<ContractTerms, PageError> {
        let part = Own::of(form.get("part"))?;
        let mut terms = self.contract.terms.clone();
        if form.get("act") == "remove" {
            self.remove(part, form, &mut terms)?;
        } else {
            self.put(part, form, &mut terms)?;
        }
        Ok(terms)
    }

    fn put(&self, part: Own, form: &Filled, terms: &mut ContractTerms) -> Result<(), ServiceError> {
        let (own, now) = (&mut terms.overrides, self.now());
        let taken = |is_taken: bool| {
            let message = "there is one of that name already: change that one";
            let free = (!is_taken).then_some(());
            free.ok_or_else(|| ServiceError::field("name", "exists", message))
        };
        let mut reader = form.reader();
        match part {
            Own::Cap => {
                if let PlanEdit::PutCap { name, cap, is_new } = limits::read_cap(form, &now)? {
                    taken(is_new && now.caps.contains_key(&name))?;
                    own.caps.insert(name, Some(cap));
                }
            }
            Own::Throttle => {
                if let PlanEdit::PutThrottle { name, throttle, is_new } = limits::read_throttle(form)? {
                    taken(is_new && now.throttles.contains_key(&name))?;
                    own.throttles.insert(name, Some(throttle));
                }
            }
            Own::Overage => {
                let overage = parts::read_overage(form, &mut reader);
                own.overage = Some(reader.finish(overage)?);
            }
            Own::LowBalance => {
                let percent = parts::read_low_balance(&mut reader);
                own.low_balance_percent = reader.finish(Some(percent))?;
            }
            Own::Refunds => {
                if let PlanEdit::Refunds(said) = parts::read_refunds(form, &self.choices)? {
                    let of_plan = &self.contract.base_terms.refunds;
                    own.refunds = said
                        .iter()
                        .filter(|(key, words)| of_plan.get(*key) != Some(*words))
                        .map(|(key, words)| (key.clone(), Some(words.clone())))
                        .collect();
                    let silent = of_plan.keys().filter(|key| !said.contains_key(*key));
                    own.refunds.extend(silent.map(|key| (key.clone(), None)));
                }
            }
        }
        Ok(())
    }

    /// Back to what the plan says; and of what only the plan says, nothing.
    fn remove(&self, part: Own, form: &Filled, terms: &mut ContractTerms) -> Result<(), PageError> {
        let (own, plan) = (&mut terms.overrides, &self.contract.base_terms);
        match part {
            Own::Overage => own.overage = None,
            Own::LowBalance => own.low_balance_percent = None,
            Own::Refunds => own.refunds.clear(),
            Own::Cap | Own::Throttle => {
                let name: Key = form.get("name").parse().map_err(|_| PageError::NotFound("ceiling"))?;
                let known = if part == Own::Cap {
                    own.caps.remove(&name).is_some()
                        || (plan.caps.contains_key(&name) && own.caps.insert(name, None).is_none())
                } else {
                    own.throttles.remove(&name).is_some()
                        || (plan.throttles.contains_key(&name) && own.throttles.insert(name, None).is_none())
                };
                if !known {
                    return Err(PageError::NotFound("ceiling"));
                }
            }
        }
        Ok(())
    }
}
