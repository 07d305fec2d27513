//! One change of a draft of a plan. What does not make sense in itself is refused; what only the whole can tell is told when
//! it is published.

use std::collections::BTreeMap;

use drawdown_domain::plan::{
    Allotment, CapTerms, ConversionTier, Interval, OveragePolicy, PlanError, PlanKind, PlanTerms, ThrottleTerms,
    TopUps, Unlimited, Validity,
};
use drawdown_domain::{Key, Money};
use rust_decimal::Decimal;

use crate::error::ServiceError;

/// The most allotments, ceilings or throttles of a plan.
const ENTRIES_MAX: usize = 50;
/// The longest name, in characters.
const NAME_CHARACTERS_MAX: usize = 80;

/// One change of a plan's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanEdit {
    /// Name, kind, price and length.
    Basics {
        /// Its name, for people.
        name: String,
        /// Its kind.
        kind: PlanKind,
        /// Price of an interval.
        price: Option<Money>,
        /// How often it renews.
        interval: Interval,
        /// How long it lasts, where it ends by itself.
        lasts: Option<Validity>,
        /// Members included.
        seats: Option<u32>,
        /// Price of one more.
        extra_seat_price: Option<Money>,
    },
    /// What money buys.
    Conversion {
        /// Credits for one unit of money.
        rate: Decimal,
        /// Better rates for larger purchases.
        tiers: Vec<ConversionTier>,
        /// Percent below which somebody is told.
        low_balance_percent: Option<u8>,
    },
    /// Credits bought beside the plan.
    TopUps {
        /// Whether, and when they burn.
        top_ups: TopUps,
        /// How long they live.
        valid: Option<Validity>,
        /// What they pay for.
        use_cases: Option<Vec<Key>>,
    },
    /// What may be used, and what happens beyond the credits.
    Included {
        /// Use cases; all where absent.
        use_cases: Option<Vec<Key>>,
        /// Modes; all where absent.
        modes: Option<Vec<Key>>,
        /// Platforms; all where absent.
        platforms: Option<Vec<Key>>,
        /// Beyond the credits.
        overage: OveragePolicy,
        /// Whether runs that lack credits may degrade.
        degrade_without_credits: bool,
    },
    /// What customers are told about failed runs, by use case.
    Refunds(BTreeMap<Key, String>),
    /// Credits given again and again.
    PutAllotment {
        /// Its name.
        name: Key,
        /// What is given.
        allotment: Allotment,
        /// Whether there must be none of that name yet.
        is_new: bool,
    },
    /// An allotment goes.
    RemoveAllotment(Key),
    /// Runs that cost nothing: those at a place of the list, or (`None`) at its end.
    PutUnlimited(Option<usize>, Unlimited),
    /// Those at a place of the list cost credits again.
    RemoveUnlimited(usize),
    /// A ceiling on credits.
    PutCap {
        /// Its name.
        name: Key,
        /// The ceiling.
        cap: CapTerms,
        /// Whether there must be none of that name yet.
        is_new: bool,
    },
    /// A ceiling goes.
    RemoveCap(Key),
    /// A ceiling on the rate.
    PutThrottle {
        /// Its name.
        name: Key,
        /// The ceiling.
        throttle: ThrottleTerms,
        /// Whether there must be none of that name yet.
        is_new: bool,
    },
    /// A throttle goes.
    RemoveThrottle(Key),
}

fn put<T>(entries: &mut BTreeMap<Key, T>, name: Key, entry: T, is_new: bool) -> Result<(), ServiceError> {
    if is_new && entries.contains_key(&name) {
        let message = format!("there is {name} already; change that one, or take another name");
        return Err(ServiceError::field("name", "exists", message));
    }
    if entries.len() >= ENTRIES_MAX && !entries.contains_key(&name) {
        return Err(ServiceError::field(
            "name",
            "too_many",
            format!("at most {ENTRIES_MAX}"),
        ));
    }
    entries.insert(name, entry);
    Ok(())
}

fn remove<T>(entries: &mut BTreeMap<Key, T>, name: &Key, noun: &'static str) -> Result<(), ServiceError> {
    entries.remove(name).map(|_| ()).ok_or(ServiceError::NotFound(noun))
}

/// A plan's name as it is kept.
pub(super) fn check_name(name: &str) -> Result<String, ServiceError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        let message = format!("a name of 1 to {NAME_CHARACTERS_MAX} characters, as customers read it");
        return Err(ServiceError::field("name", "required", message));
    }
    Ok(name.to_owned())
}

impl PlanEdit {
    /// Changes `terms`; nothing of it where it is refused.
    pub(super) fn apply(self, terms: &mut PlanTerms) -> Result<(), ServiceError> {
        let mut changed = terms.clone();
        self.change(&mut changed)?;
        if let Err(fault) = changed.validate()
            && fault != PlanError::NothingUnlimited
            && terms.validate() != Err(fault.clone())
        {
            return Err(ServiceError::field("", "not_valid", fault.to_string()));
        }
        *terms = changed;
        Ok(())
    }

    fn change(self, terms: &mut PlanTerms) -> Result<(), ServiceError> {
        match self {
            Self::Basics {
                name,
                kind,
                price,
                interval,
                lasts,
                seats,
                extra_seat_price,
            } => {
                terms.name = check_name(&name)?;
                (terms.kind, terms.price, terms.interval) = (kind, price, interval);
                (terms.lasts, terms.seats, terms.extra_seat_price) = (lasts, seats, extra_seat_price);
            }
            Self::Conversion {
                rate,
                tiers,
                low_balance_percent,
            } => {
                (terms.conversion_rate, terms.conversion_tiers) = (rate, tiers);
                terms.low_balance_percent = low_balance_percent;
            }
            Self::TopUps {
                top_ups,
                valid,
                use_cases,
            } => (terms.top_ups, terms.top_up_valid, terms.top_up_use_cases) = (top_ups, valid, use_cases),
            Self::Included {
                use_cases,
                modes,
                platforms,
                overage,
                degrade_without_credits,
            } => {
                (terms.use_cases, terms.modes, terms.platforms) = (use_cases, modes, platforms);
                (terms.overage, terms.degrade_without_credits) = (overage, degrade_without_credits);
            }
            Self::Refunds(refunds) => terms.refunds = refunds,
            Self::PutAllotment {
                name,
                allotment,
                is_new,
            } => put(&mut terms.allotments, name, allotment, is_new)?,
            Self::RemoveAllotment(name) => remove(&mut terms.allotments, &name, "allotment")?,
            Self::PutUnlimited(None, unlimited) if terms.unlimited.len() < ENTRIES_MAX => {
                terms.unlimited.push(unlimited);
            }

            Self::PutUnlimited(place, unlimited) => {
                let there = place.and_then(|place| terms.unlimited.get_mut(place));
                *there.ok_or(ServiceError::NotFound("entry"))? = unlimited;
            }
            Self::RemoveUnlimited(place) if place < terms.unlimited.len() => {
                terms.unlimited.remove(place);
            }
            Self::RemoveUnlimited(_) => return Err(ServiceError::NotFound("entry")),
            Self::PutCap { name, cap, is_new } => put(&mut terms.caps, name, cap, is_new)?,
            Self::RemoveCap(name) => remove(&mut terms.caps, &name, "ceiling")?,
            Self::PutThrottle { name, throttle, is_new } => put(&mut terms.throttles, name, throttle, is_new)?,
            Self::RemoveThrottle(name) => remove(&mut terms.throttles, &name, "throttle")?,
        }
        Ok(())
    }
}
