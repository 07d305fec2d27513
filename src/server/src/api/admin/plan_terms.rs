//! The terms of a plan on the wire: what stands in the catalogue file under `[plans.KEY]`. What they mean and whether they make
//! sense is read by the file's own reader, in the service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::number::Number;
use crate::api::problem::Problem;
use crate::api::scope::Scope;

/// A better rate for larger purchases.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = ConversionTier)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversionTierWire {
    /// From which amount of money, in major units.
    from: Number,
    /// Credits for one major unit of money then.
    rate: Number,
}

/// What of an allotment is carried over when it ends: `"none"`, `"all"`, or `{"up_to": "2"}` times the allotment.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Rollover)]
#[serde(untagged)]
pub(super) enum RolloverWire {
    /// `none` or `all`.
    Word(String),
    /// At most so many times the allotment.
    UpTo(UpToWire),
}

/// A multiple of an allotment.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = UpTo)]
#[serde(deny_unknown_fields)]
pub(super) struct UpToWire {
    /// How many times.
    #[schema(example = "2")]
    up_to: String,
}

/// Credits given again and again.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Allotment)]
#[serde(deny_unknown_fields)]
pub(super) struct AllotmentWire {
    /// Credits each time.
    credits: Number,
    /// More of them for every member beyond those included.
    per_extra_seat: Option<Number>,
    /// `interval` (where absent), `once`, `month`, `quarter`, `half_year` or `year`.
    every: Option<String>,
    /// How many intervals they live; 1 where absent.
    lasts: Option<i64>,
    /// What is carried over; nothing where absent.
    rollover: Option<RolloverWire>,
    /// The use cases they pay for; all where absent.
    use_cases: Option<Vec<String>>,
}

/// A step of fair use: above so many credits in a window, so many runs a period.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = FairStep)]
#[serde(deny_unknown_fields)]
pub(super) struct FairStepWire {
    /// Above how many credits of list price; above zero.
    above: Number,
    /// How many runs.
    requests: i64,
    /// `second`, `minute`, `hour` or `day`.
    per: String,
}

/// Fair use: free up to the first step, then slower.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = FairUseTerms)]
#[serde(deny_unknown_fields)]
pub(super) struct FairUseWire {
    /// `day`, `week`, `month`, `billing_period`, `lifetime` or `N hours`.
    window: String,
    /// The steps, ascending, each slower than the one before.
    steps: Vec<FairStepWire>,
}

/// Runs that cost nothing: those that match every dimension given.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Unlimited)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlimitedWire {
    /// Only of this use case.
    use_case: Option<String>,
    /// Only in this mode.
    mode: Option<String>,
    /// Only on this platform.
    platform: Option<String>,
    /// What is fair.
    fair_use: Option<FairUseWire>,
}

/// What happens to usage that credits cannot cover: `"owe"`, `"block"`, or `{"forgive": "5"}` credits a run.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Overage)]
#[serde(untagged)]
pub(super) enum OverageWire {
    /// `owe` or `block`.
    Word(String),
    /// Forgiven up to so many credits a run.
    Forgive(ForgiveWire),
}

/// What is forgiven.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Forgive)]
#[serde(deny_unknown_fields)]
pub(super) struct ForgiveWire {
    /// Credits a run.
    #[schema(example = "5")]
    forgive: String,
}

/// A ceiling on credits or money.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = PlanCap)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanCapWire {
    /// Which runs; all where absent. A plan knows no keys.
    scope: Option<Scope>,
    /// `day`, `week`, `month`, `billing_period`, `lifetime` or `N hours`.
    window: String,
    /// How many credits; or `money`.
    credits: Option<Number>,
    /// How much money, in major units of the plan's currency; or `credits`.
    money: Option<Number>,
    /// `block` (where absent) or `notify`.
    action: Option<String>,
}

/// A ceiling on the rate.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = PlanThrottle)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanThrottleWire {
    /// Which runs; all where absent. A plan knows no keys.
    scope: Option<Scope>,
    /// How many requests; or `credits`.
    requests: Option<i64>,
    /// How many credits; or `requests`.
    credits: Option<Number>,
    /// `second`, `minute`, `hour` or `day`.
    per: String,
    /// How much at once.
    burst: Option<i64>,
    /// `reject` (where absent) or `degrade`.
    then: Option<String>,
}

/// The terms of a plan, as they stand in the catalogue file.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = PlanTerms)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanTermsWire {
    /// Its name, for people.
    #[schema(example = "Team")]
    name: String,
    /// `trial`, `tier`, `commitment` or `unlimited`.
    #[schema(example = "tier")]
    kind: String,
    /// The currency of its prices (ISO 4217), for ever.
    #[schema(example = "USD")]
    currency: String,
    /// Credits for one major unit of money: the only place of a discount.
    conversion_rate: Number,
    /// Better rates for larger purchases, ascending.
    conversion_tiers: Option<Vec<ConversionTierWire>>,
    /// Price of an interval, in major units.
    price: Option<Number>,
    /// `month` (where absent), `quarter`, `half_year` or `year`.
    interval: Option<String>,
    /// How long the plan lasts, where it ends by itself: `14 days`, `3 months`.
    lasts: Option<String>,
    /// Credits given again and again, by name.
    allotments: Option<BTreeMap<String, AllotmentWire>>,
    /// Members included.
    seats: Option<i64>,
    /// Price of one more member an interval, in major units.
    extra_seat_price: Option<Number>,
    /// Use cases included; all where absent.
    use_cases: Option<Vec<String>>,
    /// Modes included; all where absent.
    modes: Option<Vec<String>>,
    /// Platforms included; all where absent.
    platforms: Option<Vec<String>>,
    /// Runs that cost nothing; the first that matches counts.
    unlimited: Option<Vec<UnlimitedWire>>,
    /// What happens beyond the credits.
    overage: OverageWire,
    /// True where a run that lacks credits may degrade down the use case's ladder.
    degrade_without_credits: Option<bool>,
    /// `allowed` (where absent), `with_plan` or `never`.
    top_ups: Option<String>,
    /// How long bought credits live: `12 months`; for ever where absent.
    top_up_valid: Option<String>,
    /// The use cases that bought credits may pay for; all where absent.
    top_up_use_cases: Option<Vec<String>>,
    /// Percent of the credits given below which somebody is told.
    low_balance_percent: Option<i64>,
    /// What customers are told about failed runs, by use case.
    refunds: Option<BTreeMap<String, String>>,
    /// Ceilings on credits, by name.
    caps: Option<BTreeMap<String, PlanCapWire>>,
    /// Ceilings on the rate, by name.
    throttles: Option<BTreeMap<String, PlanThrottleWire>>,
}

impl PlanTermsWire {
    /// As the service takes them.
    pub(super) fn value(&self) -> Result<Value, Problem> {
        serde_json::to_value(self).map_err(|error| Problem::internal(&error))
    }

    /// As the service gives them.
    pub(super) fn of(value: Value) -> Result<Self, Problem> {
        serde_json::from_value(value).map_err(|error| Problem::internal(&error))
    }
}
