//! A rate card on the wire: what stands in the catalogue file under `[modes]`, `[platforms]` and `[use_cases]`, and the changes
//! between two versions of rates or plans.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::catalogue::change::Change;
use drawdown_service::catalogue::rates_json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::number::Number;
use crate::api::problem::Problem;

/// Another price for the units of one run beyond some number.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = RateTier)]
#[serde(deny_unknown_fields)]
pub(super) struct TierWire {
    /// Beyond so many units; above zero.
    above: Number,
    /// Credits for `per` units then.
    credits: Number,
}

/// What a metered quantity costs.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Rate)]
#[serde(deny_unknown_fields)]
pub(super) struct RateWire {
    /// Units that `credits` buy; 1 where absent.
    per: Option<Number>,
    /// Credits for `per` units.
    credits: Number,
    /// What one unit is called, for people.
    unit: Option<String>,
    /// Prices of larger runs, ascending.
    tiers: Option<Vec<TierWire>>,
}

/// The price of a metered quantity in one combination.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = OwnRate)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnRateWire {
    /// Credits for `per` units of the meter's rate.
    credits: Number,
    /// Prices of larger runs, ascending.
    tiers: Option<Vec<TierWire>>,
}

/// Prices of its own for one mode and platform, in place of rate and multipliers.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = RateException)]
#[serde(deny_unknown_fields)]
pub(super) struct ExceptionWire {
    /// The mode.
    mode: String,
    /// The platform.
    platform: String,
    /// The meters that have a price of their own.
    meters: BTreeMap<String, OwnRateWire>,
}

/// Something that is metered and sold.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = UseCase)]
#[serde(deny_unknown_fields)]
pub(super) struct UseCaseWire {
    /// Its name, for people.
    #[schema(example = "Coding assistant")]
    name: String,
    /// The modes it offers, in the order in which a run degrades; all, never degraded, where absent.
    ladder: Option<Vec<String>>,
    /// The least that a run costs, in credits.
    minimum: Option<Number>,
    /// What is metered, and its rates.
    meters: BTreeMap<String, RateWire>,
    /// Combinations with prices of their own.
    exceptions: Option<Vec<ExceptionWire>>,
}

/// The prices: what multiplies every rate, and what is sold.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Rates)]
#[serde(deny_unknown_fields)]
pub(super) struct RatesWire {
    /// Modes and their multipliers.
    pub modes: BTreeMap<String, Number>,
    /// Platforms and their multipliers.
    pub platforms: BTreeMap<String, Number>,
    /// Use cases by key.
    pub use_cases: BTreeMap<String, UseCaseWire>,
}

/// One line that differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CatalogueChange)]
pub(super) struct ChangeWire {
    /// What differs.
    #[schema(example = "mode fast")]
    what: String,
    /// What it was; null where it is new.
    #[schema(example = "1")]
    from: Option<String>,
    /// What it is; null where it goes.
    #[schema(example = "1.25")]
    to: Option<String>,
}

impl RatesWire {
    /// As the service takes them.
    pub(super) fn value(&self) -> Result<Value, Problem> {
        serde_json::to_value(self).map_err(|error| Problem::internal(&error))
    }

    /// Prices as they are answered.
    pub(super) fn of(rates: &Rates) -> Result<Self, Problem> {
        let mut value = rates_json(rates)?;
        // A card that nobody has begun to fill says nothing of use cases.
        if value["use_cases"].is_null() {
            value["use_cases"] = Value::Object(serde_json::Map::new());
        }
        serde_json::from_value(value).map_err(|error| Problem::internal(&error))
    }
}

/// Changes as they are answered.
pub(super) fn changes(changes: &[Change]) -> Vec<ChangeWire> {
    let line = |change: &Change| ChangeWire {
        what: change.what.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
    };
    changes.iter().map(line).collect()
}
