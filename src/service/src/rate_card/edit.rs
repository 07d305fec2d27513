//! One change of a draft of the rate card: what it does, what goes with it, and why it is refused.
//!
//! A draft may be incomplete while it is written, so only what the change itself touches is checked; the whole is checked
//! when it is published.

use std::collections::BTreeMap;

use drawdown_domain::Key;
use drawdown_domain::catalogue::{Exception, OwnRate, Rate, Rates, Tier, UseCase};
use rust_decimal::Decimal;

use crate::error::ServiceError;

/// The most use cases, and the most modes, platforms or meters of one use case.
const ENTRIES_MAX: usize = 200;
/// The longest name of a use case or a unit, in characters.
const NAME_CHARACTERS_MAX: usize = 80;

/// What multiplies every rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lever {
    /// How fast or well it runs.
    Mode,
    /// Where it runs.
    Platform,
}

impl Lever {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mode, Self::Platform];

    /// As it is written in addresses, forms and sentences.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::Platform => "platform",
        }
    }

    /// Its multipliers.
    pub const fn of(self, rates: &Rates) -> &BTreeMap<Key, Decimal> {
        match self {
            Self::Mode => &rates.modes,
            Self::Platform => &rates.platforms,
        }
    }

    const fn of_mut(self, rates: &mut Rates) -> &mut BTreeMap<Key, Decimal> {
        match self {
            Self::Mode => &mut rates.modes,
            Self::Platform => &mut rates.platforms,
        }
    }
}

/// One change. Where something is put, `is_new` says that there must be none of that key yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RatesEdit {
    /// A mode or platform and its multiplier on every rate.
    PutLever {
        /// Which of the two.
        lever: Lever,
        /// Its key.
        key: Key,
        /// Zero or more.
        multiplier: Decimal,
        /// See [`RatesEdit`].
        is_new: bool,
    },
    /// A mode or platform goes, out of ladders and with its exceptions too.
    RemoveLever {
        /// Which of the two.
        lever: Lever,
        /// Its key.
        key: Key,
    },
    /// A use case without its meters and exceptions, which stay as they are.
    PutUseCase {
        /// Its key.
        key: Key,
        /// Its name, for people.
        name: String,
        /// The modes it offers, in the order in which a run degrades; all where empty. Exceptions for others go.
        ladder: Vec<Key>,
        /// The least that a run costs.
        minimum: Option<Decimal>,
        /// See [`RatesEdit`].
        is_new: bool,
    },
    /// A use case goes with all that it has.
    RemoveUseCase(Key),
    /// A metered quantity and its rate.
    PutMeter {
        /// The use case.
        use_case: Key,
        /// The meter.
        key: Key,
        /// Its rate.
        rate: Rate,
        /// See [`RatesEdit`].
        is_new: bool,
    },
    /// A meter goes, out of the exceptions too.
    RemoveMeter {
        /// The use case.
        use_case: Key,
        /// The meter.
        key: Key,
    },
    /// Prices of its own for one combination.
    PutException {
        /// The use case.
        use_case: Key,
        /// The combination and its prices; at least one.
        exception: Exception,
        /// See [`RatesEdit`].
        is_new: bool,
    },
    /// An exception goes: rate and multipliers hold again.
    RemoveException {
        /// The use case.
        use_case: Key,
        /// The mode.
        mode: Key,
        /// The platform.
        platform: Key,
    },
}

fn refused(field: &str, code: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError::field(field, code, message)
}

fn taken(key: &Key) -> ServiceError {
    refused(
        "key",
        "exists",
        format!("there is {key} already; change that one, or take another key"),
    )
}

fn full(noun: &str) -> ServiceError {
    refused(
        "key",
        "too_many",
        format!("there are {ENTRIES_MAX} {noun} already, and that is the most"),
    )
}

/// Puts an entry, where its key may be taken or must be free.
fn put<T>(entries: &mut BTreeMap<Key, T>, key: Key, entry: T, is_new: bool, noun: &str) -> Result<(), ServiceError> {
    let is_there = entries.contains_key(&key);
    if is_there && is_new {
        return Err(taken(&key));
    }
    if !is_there && entries.len() >= ENTRIES_MAX {
        return Err(full(noun));
    }
    entries.insert(key, entry);
    Ok(())
}

impl RatesEdit {
    /// Changes `rates`; nothing of it where it is refused.
    pub(super) fn apply(self, rates: &mut Rates) -> Result<(), ServiceError> {
        match self {
            Self::PutLever {
                lever,
                key,
                multiplier,
                is_new,
            } => {
                not_negative("multiplier", multiplier)?;
                let noun = format!("{}s", lever.word());
                put(lever.of_mut(rates), key, multiplier.normalize(), is_new, &noun)
            }
            Self::RemoveLever { lever, key } => remove_lever(rates, lever, &key),
            Self::PutUseCase {
                key,
                name,
                ladder,
                minimum,
                is_new,
            } => put_use_case(rates, key, &name, ladder, minimum, is_new),
            Self::RemoveUseCase(key) => {
                let removed = rates.use_cases.remove(&key);
                removed.map(|_| ()).ok_or(ServiceError::NotFound("use case"))
            }
            Self::PutMeter {
                use_case,
                key,
                rate,
                is_new,
            } => {
                check_rate(&rate)?;
                put(
                    &mut use_case_of(rates, &use_case)?.meters,
                    key,
                    rate,
                    is_new,
                    "quantities",
                )
            }
            Self::RemoveMeter { use_case, key } => {
                let use_case = use_case_of(rates, &use_case)?;
                let removed = use_case.meters.remove(&key);
                removed.ok_or(ServiceError::NotFound("metered quantity"))?;
                for exception in &mut use_case.exceptions {
                    exception.meters.remove(&key);
                }
                use_case.exceptions.retain(|exception| !exception.meters.is_empty());
                Ok(())
            }
            Self::PutException {
                use_case,
                exception,
                is_new,
            } => put_exception(rates, &use_case, exception, is_new),
            Self::RemoveException {
                use_case,
                mode,
                platform,
            } => {
                let exceptions = &mut use_case_of(rates, &use_case)?.exceptions;
                let before = exceptions.len();
                exceptions.retain(|one| one.mode != mode || one.platform != platform);
                let removed = exceptions.len() < before;
                removed.then_some(()).ok_or(ServiceError::NotFound("exception"))
            }
        }
    }
}

fn remove_lever(rates: &mut Rates, lever: Lever, key: &Key) -> Result<(), ServiceError> {
    if lever.of_mut(rates).remove(key).is_none() {
        return Err(ServiceError::NotFound(lever.word()));
    }
    for use_case in rates.use_cases.values_mut() {
        if lever == Lever::Mode {
            use_case.ladder.retain(|mode| mode != key);
        }
        use_case.exceptions.retain(|exception| match lever {
            Lever::Mode => exception.mode != *key,
            Lever::Platform => exception.platform != *key,
        });
    }
    Ok(())
}

fn use_case_of<'a>(rates: &'a mut Rates, key: &Key) -> Result<&'a mut UseCase, ServiceError> {
    rates.use_cases.get_mut(key).ok_or(ServiceError::NotFound("use case"))
}

fn put_use_case(
    rates: &mut Rates,
    key: Key,
    name: &str,
    ladder: Vec<Key>,
    minimum: Option<Decimal>,
    is_new: bool,
) -> Result<(), ServiceError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        let message = format!("a name of 1 to {NAME_CHARACTERS_MAX} characters, as customers read it");
        return Err(refused("name", "required", message));
    }
    not_negative("minimum", minimum.unwrap_or_default())?;
    for (place, mode) in ladder.iter().enumerate() {
        if !rates.modes.contains_key(mode) {
            return Err(refused(
                "ladder",
                "unknown_mode",
                format!("there is no mode {mode}; add it first"),
            ));
        }
        if ladder[..place].contains(mode) {
            return Err(refused("ladder", "twice", format!("{mode} stands there twice")));
        }
    }
    let mut use_case = rates.use_cases.get(&key).cloned().unwrap_or_default();
    name.clone_into(&mut use_case.name);
    use_case.ladder = ladder;
    use_case.minimum = minimum
        .filter(|minimum| !minimum.is_zero())
        .map(|minimum| minimum.normalize());
    let offered = use_case.clone();
    use_case.exceptions.retain(|exception| offered.offers(&exception.mode));
    put(&mut rates.use_cases, key, use_case, is_new, "use cases")
}

fn put_exception(rates: &mut Rates, use_case: &Key, exception: Exception, is_new: bool) -> Result<(), ServiceError> {
    let has_platform = rates.platforms.contains_key(&exception.platform);
    let has_mode = rates.modes.contains_key(&exception.mode);
    let use_case = use_case_of(rates, use_case)?;
    if !has_mode || !use_case.offers(&exception.mode) {
        return Err(refused("mode", "unknown_mode", "the use case does not offer this mode"));
    }
    if !has_platform {
        return Err(refused("platform", "unknown_platform", "there is no such platform"));
    }
    if exception.meters.is_empty() {
        let message = "give at least one quantity a price of its own; the others keep rate and multipliers";
        return Err(refused("", "empty", message));
    }
    for (meter, OwnRate { credits, tiers }) in &exception.meters {
        if !use_case.meters.contains_key(meter) {
            return Err(ServiceError::NotFound("metered quantity"));
        }
        not_negative("credits", *credits)?;
        check_tiers(tiers)?;
    }
    let same = |one: &Exception| one.mode == exception.mode && one.platform == exception.platform;
    match use_case.exceptions.iter_mut().find(|one| same(one)) {
        Some(_) if is_new => Err(refused(
            "mode",
            "exists",
            "this combination has prices of its own already; change those",
        )),
        Some(old) => {
            *old = exception;
            Ok(())
        }
        None => {
            use_case.exceptions.push(exception);
            Ok(())
        }
    }
}

fn check_rate(rate: &Rate) -> Result<(), ServiceError> {
    if rate.per <= Decimal::ZERO {
        return Err(refused("per", "not_positive", "more than zero units"));
    }
    if rate
        .unit
        .as_ref()
        .is_some_and(|unit| unit.chars().count() > NAME_CHARACTERS_MAX)
    {
        return Err(refused(
            "unit",
            "too_long",
            format!("at most {NAME_CHARACTERS_MAX} characters"),
        ));
    }
    not_negative("credits", rate.credits)?;
    check_tiers(&rate.tiers)
}

fn check_tiers(tiers: &[Tier]) -> Result<(), ServiceError> {
    let mut last = Decimal::ZERO;
    for tier in tiers {
        if tier.above <= last {
            let message = "each begins above the one before, the first above zero";
            return Err(refused("tiers", "order", message));
        }
        not_negative("tiers", tier.credits)?;
        last = tier.above;
    }
    Ok(())
}

fn not_negative(field: &str, number: Decimal) -> Result<(), ServiceError> {
    if number.is_sign_negative() && !number.is_zero() {
        return Err(refused(field, "negative", "zero or more"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
