//! Which prices make sense: everything that is published passes here first, and what does not is told by name.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Exception, Rates, Tier, UseCase};
use crate::key::Key;

/// Why prices are not valid in themselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RatesError {
    /// There is no mode, platform or use case.
    #[error("name at least one {0}")]
    Nothing(&'static str),
    /// A multiplier or rate below zero.
    #[error("{0} is below zero")]
    Negative(String),
    /// `per` is zero or less.
    #[error("per of {0} is not above zero")]
    Per(String),
    /// Tiers out of order.
    #[error("the tiers of {0} begin above zero, each above the one before")]
    Tiers(String),
    /// A use case without meters.
    #[error("use case {0} counts nothing: give it a meter")]
    NoMeter(Key),
    /// A ladder names a mode that there is not, or names one twice.
    #[error("the ladder of use case {use_case} names {mode}, which is no mode or stands there already")]
    Ladder {
        /// The use case.
        use_case: Key,
        /// The mode.
        mode: Key,
    },
    /// An exception that prices nothing, twice, or what there is not.
    #[error("the exception of use case {use_case} for {mode} on {platform} {fault}")]
    Exception {
        /// The use case.
        use_case: Key,
        /// The mode.
        mode: Key,
        /// The platform.
        platform: Key,
        /// What is wrong, after the words above.
        fault: String,
    },
}

impl Rates {
    /// Checks that everything can be priced: multipliers, rates and minimums of zero or more, `per` above zero, tiers in
    /// order, at least one meter a use case, ladders and exceptions of what there is.
    ///
    /// # Errors
    /// The first [`RatesError`] found.
    pub fn validate(&self) -> Result<(), RatesError> {
        for (what, is_empty) in [
            ("mode", self.modes.is_empty()),
            ("platform", self.platforms.is_empty()),
            ("use case", self.use_cases.is_empty()),
        ] {
            if is_empty {
                return Err(RatesError::Nothing(what));
            }
        }
        for (what, multipliers) in [("mode", &self.modes), ("platform", &self.platforms)] {
            for (key, multiplier) in multipliers {
                not_negative(*multiplier, || format!("the multiplier of {what} {key}"))?;
            }
        }
        self.use_cases.iter().try_for_each(|(key, use_case)| {
            use_case.validate(key, &self.modes)?;
            use_case.validate_exceptions(key, self)
        })
    }
}

impl UseCase {
    fn validate(&self, key: &Key, modes: &BTreeMap<Key, Decimal>) -> Result<(), RatesError> {
        if self.meters.is_empty() {
            return Err(RatesError::NoMeter(key.clone()));
        }
        for (place, mode) in self.ladder.iter().enumerate() {
            if !modes.contains_key(mode) || self.ladder[..place].contains(mode) {
                return Err(RatesError::Ladder {
                    use_case: key.clone(),
                    mode: mode.clone(),
                });
            }
        }
        for (meter, rate) in &self.meters {
            if rate.per <= Decimal::ZERO {
                return Err(RatesError::Per(format!("{key}.{meter}")));
            }
            not_negative(rate.credits, || format!("the rate of {key}.{meter}"))?;
            validate_tiers(&rate.tiers, || format!("{key}.{meter}"))?;
        }
        not_negative(self.minimum.unwrap_or_default(), || format!("the minimum of {key}"))
    }

    fn validate_exceptions(&self, key: &Key, rates: &Rates) -> Result<(), RatesError> {
        for (place, exception) in self.exceptions.iter().enumerate() {
            let wrong = |fault: String| RatesError::Exception {
                use_case: key.clone(),
                mode: exception.mode.clone(),
                platform: exception.platform.clone(),
                fault,
            };
            if let Some(fault) = self.fault_of(exception, &self.exceptions[..place], rates) {
                return Err(wrong(fault));
            }
            for (meter, own) in &exception.meters {
                let name = || format!("{key}.{meter} for {} on {}", exception.mode, exception.platform);
                not_negative(own.credits, || format!("the rate of {}", name()))?;
                validate_tiers(&own.tiers, name)?;
            }
        }
        Ok(())
    }

    fn fault_of(&self, exception: &Exception, before: &[Exception], rates: &Rates) -> Option<String> {
        let same = |other: &Exception| other.mode == exception.mode && other.platform == exception.platform;
        if !rates.modes.contains_key(&exception.mode) || !self.offers(&exception.mode) {
            return Some("names a mode that the use case does not offer".to_owned());
        }
        if !rates.platforms.contains_key(&exception.platform) {
            return Some("names a platform that there is not".to_owned());
        }
        if before.iter().any(same) {
            return Some("stands there twice".to_owned());
        }
        if exception.meters.is_empty() {
            return Some("prices no meter".to_owned());
        }
        let unknown = exception.meters.keys().find(|meter| !self.meters.contains_key(*meter));
        unknown.map(|meter| format!("prices {meter}, which the use case does not count"))
    }
}

fn not_negative(number: Decimal, name: impl FnOnce() -> String) -> Result<(), RatesError> {
    if number < Decimal::ZERO {
        return Err(RatesError::Negative(name()));
    }
    Ok(())
}

fn validate_tiers(tiers: &[Tier], name: impl Fn() -> String) -> Result<(), RatesError> {
    let mut last = Decimal::ZERO;
    for tier in tiers {
        if tier.above <= last {
            return Err(RatesError::Tiers(name()));
        }
        not_negative(tier.credits, || {
            format!("the rate of {} above {}", name(), tier.above.normalize())
        })?;
        last = tier.above;
    }
    Ok(())
}
