//! Limits: caps on credits per window and throttles on rates, each with a scope.
//!
//! These are the definitions; how they are counted and decided is `account`, where windows begin and end is `window`.

use serde::{Deserialize, Serialize};

use crate::credits::{Credits, MICROS_PER_CREDIT};
use crate::hold::Run;
use crate::id::{ApiKeyId, CapId, ThrottleId};
use crate::key::Key;
use crate::money::Money;

/// The longest that a throttle's burst may take to refill, in seconds: 1 000 days.
pub const BURST_SECONDS_MAX: i64 = 86_400_000;

/// Who set a limit: the vendor's ceilings cannot be changed by the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOwner {
    /// From the plan or by the vendor's staff.
    Vendor,
    /// By the customer.
    Customer,
}

/// The dimension for which a limit keeps one counter a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// One counter a subject.
    Subject,
    /// One counter an API key.
    Key,
}

/// Which runs a limit counts: those that match every given dimension; none given means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitScope {
    /// Only this use case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_case: Option<Key>,
    /// Only this mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Key>,
    /// Only this platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Key>,
    /// Only this subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Key>,
    /// Only runs by this API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ApiKeyId>,
    /// A counter of its own for each value of a dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
}

impl LimitScope {
    /// True where the limit counts `run`.
    pub fn matches(&self, run: &Run) -> bool {
        run.has(self.use_case.as_ref(), self.mode.as_ref(), self.platform.as_ref())
            && (self.subject.is_none() || self.subject == run.subject)
            && (self.key.is_none() || self.key == run.api_key)
    }

    /// The counter's `each` value for `run`: empty where all count together; runs without a subject or key share one.
    pub fn each_value(&self, run: &Run) -> String {
        match self.each {
            None => String::new(),
            Some(Each::Subject) => run.subject.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            Some(Each::Key) => run.api_key.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
        }
    }
}

/// The span of time over which a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// A calendar day in the organization's zone.
    Day,
    /// Monday to Sunday in the organization's zone (ISO 8601).
    Week,
    /// A calendar month in the organization's zone.
    Month,
    /// The plan's period, counted from its anchor day.
    BillingPeriod,
    /// The last N hours, 1 to 720, kept in 60 steps; errs on the strict side by up to one step.
    RollingHours(u16),
    /// From the beginning, for ever.
    Lifetime,
}

/// The most hours of a rolling window.
pub const ROLLING_HOURS_MAX: u16 = 720;

/// How much a cap allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapLimit {
    /// In credits.
    Credits(Credits),
    /// In money, at the plan's conversion rate.
    Money(Money),
}

/// What a cap does when it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapAction {
    /// Refuses the run.
    Block,
    /// Only tells.
    Notify,
}

/// A cap: `used + held + requested <= limit` in every window, for every authorised run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// Its identifier.
    pub id: CapId,
    /// Its name, unique among the organization's limits of that owner.
    pub name: Key,
    /// Who set it.
    pub owner: LimitOwner,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// Over which span.
    pub window: Window,
    /// How much it allows.
    pub limit: CapLimit,
    /// What it does when reached.
    pub action: CapAction,
    /// Percentages of the limit at which somebody is told, ascending.
    pub thresholds: Vec<u8>,
}

impl Cap {
    /// True where the cap refuses runs; one that only notifies does not.
    pub fn blocks(&self) -> bool {
        self.action == CapAction::Block
    }
}

/// What a throttle counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThrottleLimit {
    /// Runs.
    Requests(u32),
    /// Credits.
    Credits(Credits),
}

/// The period of a throttle's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThrottlePeriod {
    /// Per second.
    Second,
    /// Per minute.
    Minute,
    /// Per hour.
    Hour,
    /// Per day of 24 hours.
    Day,
}

impl ThrottlePeriod {
    /// Its length.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// What happens to a run that a throttle does not admit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThrottleThen {
    /// Refused, with the time to retry.
    Reject,
    /// Tried in the next mode of the use case's ladder; refused below the last.
    Degrade,
}

/// A throttle: a rate with a burst, by the generic cell rate algorithm (ITU-T I.371, virtual scheduling).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Its identifier.
    pub id: ThrottleId,
    /// Its name, unique among the organization's throttles.
    pub name: Key,
    /// Who set it.
    pub owner: LimitOwner,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// How many, or how much, per period.
    pub limit: ThrottleLimit,
    /// Per what.
    pub per: ThrottlePeriod,
    /// How much may come at once, in the unit of `limit` (runs, or whole credits); the limit itself where absent.
    pub burst: Option<u32>,
    /// What happens beyond.
    pub then: ThrottleThen,
}

/// Why a limit is not valid in itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The limit is below zero.
    #[error("a limit is never negative")]
    Negative,
    /// A throttle that admits nothing.
    #[error("a throttle admits more than nothing: to stop runs altogether set a cap of 0")]
    Nothing,
    /// A rolling window out of range.
    #[error("a rolling window has 1 to 720 hours")]
    RollingHours,
    /// Thresholds out of range or order.
    #[error("thresholds are percentages from 1 to 100, each larger than the one before")]
    Thresholds,
    /// `each` beside a fixed value of the same dimension.
    #[error("a scope names one subject or key, or counts each of them, not both")]
    EachAndOne,
    /// A burst that takes too long to refill.
    #[error("at this rate the burst takes more than 1000 days to refill")]
    SlowBurst,
}

impl LimitScope {
    /// Checks that `each` does not stand beside a fixed value of its own dimension.
    ///
    /// # Errors
    /// [`LimitError::EachAndOne`].
    pub fn validate(&self) -> Result<(), LimitError> {
        let doubled = match self.each {
            Some(Each::Subject) => self.subject.is_some(),
            Some(Each::Key) => self.key.is_some(),
            None => false,
        };
        if doubled { Err(LimitError::EachAndOne) } else { Ok(()) }
    }
}

impl Window {
    /// Checks the hours of a rolling window.
    ///
    /// # Errors
    /// [`LimitError::RollingHours`].
    pub fn validate(self) -> Result<(), LimitError> {
        match self {
            Self::RollingHours(hours) if !(1..=ROLLING_HOURS_MAX).contains(&hours) => Err(LimitError::RollingHours),
            _ => Ok(()),
        }
    }
}

impl CapLimit {
    /// True where it allows nothing.
    pub const fn is_zero(self) -> bool {
        match self {
            Self::Credits(credits) => credits.is_zero(),
            Self::Money(money) => money.minor == 0,
        }
    }

    /// Checks that it is not negative.
    ///
    /// # Errors
    /// [`LimitError::Negative`].
    pub fn validate(self) -> Result<(), LimitError> {
        let is_negative = match self {
            Self::Credits(credits) => credits.is_negative(),
            Self::Money(money) => money.minor < 0,
        };
        if is_negative { Err(LimitError::Negative) } else { Ok(()) }
    }
}

impl Cap {
    /// Checks everything that can be checked without knowing the organization.
    ///
    /// # Errors
    /// The first [`LimitError`] found.
    pub fn validate(&self) -> Result<(), LimitError> {
        self.scope.validate()?;
        self.window.validate()?;
        self.limit.validate()?;
        let in_range = self.thresholds.iter().all(|percent| (1..=100).contains(percent));
        let ascending = self.thresholds.windows(2).all(|pair| pair[0] < pair[1]);
        if in_range && ascending {
            Ok(())
        } else {
            Err(LimitError::Thresholds)
        }
    }
}

/// Checks a throttle's figures.
///
/// # Errors
/// [`LimitError::Negative`], [`LimitError::Nothing`] or [`LimitError::SlowBurst`].
pub fn validate_rate(limit: ThrottleLimit, per: ThrottlePeriod, burst: Option<u32>) -> Result<(), LimitError> {
    let (rate, unit) = match limit {
        ThrottleLimit::Requests(runs) => (i128::from(runs), 1),
        ThrottleLimit::Credits(credits) if credits.is_negative() => return Err(LimitError::Negative),
        ThrottleLimit::Credits(credits) => (i128::from(credits.micros()), i128::from(MICROS_PER_CREDIT)),
    };
    let burst = burst.map_or(rate, |burst| i128::from(burst) * unit);
    if rate == 0 || burst == 0 {
        return Err(LimitError::Nothing);
    }
    if burst * i128::from(per.seconds()) > rate * i128::from(BURST_SECONDS_MAX) {
        return Err(LimitError::SlowBurst);
    }
    Ok(())
}

impl Throttle {
    /// Checks everything that can be checked without knowing the organization.
    ///
    /// # Errors
    /// The first [`LimitError`] found.
    pub fn validate(&self) -> Result<(), LimitError> {
        self.scope.validate()?;
        validate_rate(self.limit, self.per, self.burst)
    }
}
