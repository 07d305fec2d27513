//! What each step of the schedule does.

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::id::GrantId;
use drawdown_domain::key::Key;
use drawdown_domain::plan::{Allotment, PlanKind, PlanTerms, Rollover};
use drawdown_domain::portfolio::cost_basis;
use drawdown_domain::request::Request;
use drawdown_domain::schedule::{Due, Step, StepKey};
use drawdown_domain::{Credits, Money, Timestamp};
use serde_json::json;

use super::book::Book;
use super::deed::Deed;
use super::identity::identity;
use crate::error::ServiceError;
use crate::grants::PRIORITY_DEFAULT;
use crate::service::Service;

/// The priority of an allotment, and of what was carried over: it burns before what was bought.
const ALLOTMENT_PRIORITY: i32 = 50;

/// A grant that a step makes.
struct Made {
    kind: GrantKind,
    amount: Credits,
    priority: i32,
    expires_at: Option<Timestamp>,
    paid: Option<Money>,
    scope: Option<Vec<Key>>,
    note: String,
}

/// What is carried over: see [`Due::RollOver`].
struct Carried {
    name: Key,
    allotment: Allotment,
    from: [StepKey; 2],
    expires_at: Timestamp,
}

impl Book {
    /// A step as a deed.
    pub(super) async fn deed_of_step(
        &self,
        service: &Service,
        step: Step,
        now: Timestamp,
    ) -> Result<Deed, ServiceError> {
        let (at, key, due) = (step.at, step.key.clone(), step.due.clone());
        let mut deed = Self::noting(step, now);
        match due {
            Due::Expire { .. } | Due::ContractRenewal { .. } => {}
            Due::PlanEnd => self.follow(service, &mut deed, at, now),
            Due::ContractEnd { contract } => {
                if self.is_under(contract) {
                    self.follow(service, &mut deed, at, now);
                }
            }
            Due::Renewal => {
                let is_free = self.phase().is_some_and(|phase| phase.contract.is_none());
                if is_free && self.at_renewal().is_some() {
                    self.follow(service, &mut deed, at, now);
                }
            }
            Due::Charge {
                price,
                extra_seat_price,
                ..
            } => {
                let seats = match extra_seat_price {
                    Some(_) => self.extra_seats(service, at).await?,
                    None => 0,
                };
                owes(&mut deed, charge(price, extra_seat_price, seats));
            }
            Due::Payment { amount, .. } => owes(&mut deed, Some(amount)),
            Due::Grant {
                name,
                allotment,
                expires_at,
            } => {
                let made = self.allotted(service, &name, &allotment, expires_at, at).await?;
                self.give(service, &mut deed, &key, made, at, now);
            }
            Due::RollOver {
                name,
                allotment,
                from,
                expires_at,
            } => {
                let carried = Carried {
                    name,
                    allotment,
                    from,
                    expires_at,
                };
                self.carry(service, &mut deed, &key, carried, at, now).await?;
            }
            Due::Release {
                credits,
                paid,
                expires_at,
                ..
            } => {
                self.give(service, &mut deed, &key, released(credits, paid, expires_at), at, now);
            }
        }
        Ok(deed)
    }

    /// Members beyond those included.
    async fn extra_seats(&self, service: &Service, at: Timestamp) -> Result<u32, ServiceError> {
        let Some(seats) = self.plan_at(at).and_then(|plan| plan.terms.seats) else {
            return Ok(0);
        };
        let members = service.store().members(self.id()).await?;
        let members = members.iter().filter(|member| !member.disabled).count();
        Ok(u32::try_from(members).unwrap_or(u32::MAX).saturating_sub(seats))
    }

    /// What an allotment gives now.
    async fn given(&self, service: &Service, allotment: &Allotment, at: Timestamp) -> Result<Credits, ServiceError> {
        if allotment.per_extra_seat.is_zero() {
            return Ok(allotment.credits);
        }
        let seats = self.extra_seats(service, at).await?;
        Ok(allotment.credits_with(seats).unwrap_or(Credits::MAX))
    }

    async fn allotted(
        &self,
        service: &Service,
        name: &Key,
        allotment: &Allotment,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<Made, ServiceError> {
        let terms = self.plan_at(at).map(|plan| &plan.terms);
        let is_trial = terms.is_some_and(|terms| terms.kind == PlanKind::Trial);
        let several = terms.is_some_and(|terms| terms.allotments.len() > 1);
        let what = if several { name.as_str() } else { "allotment" };
        Ok(Made {
            kind: if is_trial {
                GrantKind::Trial
            } else {
                GrantKind::Allotment
            },
            amount: self.given(service, allotment, at).await?,
            priority: ALLOTMENT_PRIORITY,
            expires_at,
            paid: terms.and_then(|terms| cost(terms, name)),
            scope: allotment.use_cases.clone(),
            note: self.note(at, &format!("this period's {what}")),
        })
    }

    fn note(&self, at: Timestamp, what: &str) -> String {
        match self.plan_at(at) {
            Some(plan) => format!("{}, {what}", plan.terms.name),
            None => what.to_owned(),
        }
    }

    fn grant(&self, key: &StepKey, made: Made, at: Timestamp, now: Timestamp) -> Grant {
        Grant {
            id: GrantId::from_uuid(identity(self.id(), &key.to_string(), "grant", at)),
            kind: made.kind,
            state: GrantState::Active,
            amount: made.amount,
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            priority: made.priority,
            effective_at: at,
            expires_at: made.expires_at,
            paid: made.paid,
            scope: made.scope,
            created_at: now,
            note: Some(made.note),
        }
    }

    /// Gives a grant; nothing where it is of nothing.
    fn give(&self, service: &Service, deed: &mut Deed, key: &StepKey, made: Made, at: Timestamp, now: Timestamp) {
        if !made.amount.is_positive() {
            return;
        }
        let grant = self.grant(key, made, at, now);
        let after = json!({ "id": grant.id, "kind": grant.kind, "credits": grant.amount });
        deed.audit
            .push(self.line(service, &key.to_string(), "add", "grant", Some(after), now));
        deed.key = Some(key.clone());
        if let Some(step) = &mut deed.step {
            step.done.grant = Some(grant.id);
        }
        deed.request = Request::AddDueGrant(Box::new(grant));
    }

    /// Carries over what grants had left; nothing where there were none.
    async fn carry(
        &self,
        service: &Service,
        deed: &mut Deed,
        key: &StepKey,
        carried: Carried,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let Carried {
            name,
            allotment,
            from,
            expires_at,
        } = carried;
        let most = match allotment.rollover {
            Rollover::UpTo(_) => {
                let given = self.given(service, &allotment, at).await?;
                Some(allotment.carried(Credits::MAX, given))
            }
            Rollover::None | Rollover::All => None,
        };
        let grants = service.store().grants_of_steps(self.id(), &from).await?;
        // What was carried over before goes on first, then the allotment's rest.
        let from: Vec<GrantId> = grants.into_iter().rev().map(|(_, grant)| grant).collect();
        if from.is_empty() {
            return Ok(());
        }
        let made = Made {
            kind: GrantKind::Rollover,
            amount: Credits::ZERO,
            priority: ALLOTMENT_PRIORITY,
            expires_at: Some(expires_at),
            paid: None,
            scope: allotment.use_cases,
            note: self.note(at, &format!("carried over of {name}")),
        };
        let grant = self.grant(key, made, at, now);
        let after = json!({ "id": grant.id, "from": from });
        deed.audit
            .push(self.line(service, &key.to_string(), "carry_over", "grant", Some(after), now));
        deed.key = Some(key.clone());
        if let Some(step) = &mut deed.step {
            step.done.grant = Some(grant.id);
        }
        deed.request = Request::RollOver {
            from,
            most,
            grant: Box::new(grant),
        };
        Ok(())
    }
}

fn released(credits: Credits, paid: Money, expires_at: Timestamp) -> Made {
    Made {
        kind: GrantKind::Commitment,
        amount: credits,
        priority: PRIORITY_DEFAULT,
        expires_at: Some(expires_at),
        paid: (paid.minor > 0).then_some(paid),
        scope: None,
        note: "Released by the contract".to_owned(),
    }
}

fn owes(deed: &mut Deed, money: Option<Money>) {
    if let Some(step) = &mut deed.step {
        step.done.money = money;
    }
}

/// The price of an interval with so many further members.
fn charge(price: Option<Money>, extra_seat_price: Option<Money>, extra_seats: u32) -> Option<Money> {
    let currency = price.or(extra_seat_price)?.currency;
    let seats = extra_seat_price.map_or(0, |price| price.minor.saturating_mul(i64::from(extra_seats)));
    let minor = price.map_or(0, |price| price.minor).saturating_add(seats);
    (minor > 0).then(|| Money::new(minor, currency))
}

/// What of the plan's price is paid for an allotment: that of an interval is for what the interval gives, shared by
/// credits; together exactly the price.
fn cost(terms: &PlanTerms, name: &Key) -> Option<Money> {
    let price = terms.price?;
    let paid_for = |allotment: &&Allotment| allotment.every.interval(terms.interval) == Some(terms.interval);
    terms.allotments.get(name).filter(paid_for)?;
    let whole = Credits::checked_sum(terms.allotments.values().filter(paid_for).map(|one| one.credits))?;
    let mut before = Credits::ZERO;
    for (other, allotment) in terms.allotments.iter().filter(|(_, one)| paid_for(one)) {
        let until = before.checked_add(allotment.credits)?;
        if other == name {
            let minor = cost_basis(price, until, whole).minor - cost_basis(price, before, whole).minor;
            return (minor > 0).then(|| Money::new(minor, price.currency));
        }
        before = until;
    }
    None
}
