//! The terms of a contract on the wire: what is sent to sign or amend one is what is answered for it.

use std::collections::BTreeMap;

use drawdown_domain::contract::{ContractTerms, Overrides, Part, Renewal, Spread};
use drawdown_domain::id::PlanVersionId;
use drawdown_domain::plan::Interval;
use drawdown_domain::{Key, Money, Timestamp};
use drawdown_service::catalogue::overrides_json;
use drawdown_service::contracts::ContractView;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, Schema};

use super::plan_terms::{OverageWire, PlanCapWire, PlanThrottleWire};
use crate::api::fields::Fields;
use crate::api::number::Number;
use crate::api::problem::Problem;
use crate::api::words::Word;

/// The longest note, in characters.
const NOTE_CHARS_MAX: usize = 2_000;
/// The most parts of a table.
const PARTS_MAX: usize = 240;

/// An amount of money that is agreed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Amount)]
#[serde(deny_unknown_fields)]
pub(super) struct AmountWire {
    /// In major units, at most as fine as the currency's minor unit.
    amount: Number,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

/// A part of a sum.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Part)]
#[serde(deny_unknown_fields)]
pub(super) struct PartWire {
    /// Months after the first day of the term; 0 for that day itself.
    month: i64,
    /// How much of the sum, in percent; all parts are 100 together.
    percent: Number,
}

/// A sum over a term: in equal parts, or by a table. Neither: all on the first day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[schema(as = Spread)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SpreadWire {
    /// In equal parts at the beginning of each `month`, `quarter`, `half_year` or `year`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "quarter")]
    every: Option<String>,
    /// By a table, ascending.
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<Vec<PartWire>>,
}

/// What this customer has otherwise than the plan says; what is absent is as in the plan.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[schema(as = Overrides)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OverridesWire {
    /// Price of an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<AmountWire>,
    /// Members included.
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<i64>,
    /// Price of one more member an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_seat_price: Option<AmountWire>,
    /// Use cases included, in place of the plan's.
    #[serde(skip_serializing_if = "Option::is_none")]
    use_cases: Option<Vec<String>>,
    /// Modes included, in place of the plan's.
    #[serde(skip_serializing_if = "Option::is_none")]
    modes: Option<Vec<String>>,
    /// Platforms included, in place of the plan's.
    #[serde(skip_serializing_if = "Option::is_none")]
    platforms: Option<Vec<String>>,
    /// What happens to usage that credits cannot cover.
    #[serde(skip_serializing_if = "Option::is_none")]
    overage: Option<OverageWire>,
    /// Percent of the credits given below which somebody is told; 1 to 99, or 0 for nobody, whatever the plan says.
    #[serde(skip_serializing_if = "Option::is_none")]
    low_balance_percent: Option<i64>,
    /// What the customer is told about failed runs, by use case: beside the plan's words or in place of them; null takes the
    /// plan's away.
    #[serde(skip_serializing_if = "Option::is_none")]
    refunds: Option<BTreeMap<String, Option<String>>>,
    /// Ceilings on credits, by name: beside the plan's or in place of one of that name; null takes the plan's away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = caps_or_null)]
    caps: Option<BTreeMap<String, Option<PlanCapWire>>>,
    /// Ceilings on the rate, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = throttles_or_null)]
    throttles: Option<BTreeMap<String, Option<PlanThrottleWire>>>,
}

/// What is agreed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = ContractTerms)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractTermsWire {
    /// The plan that it builds on, by its key.
    #[schema(example = "team")]
    pub plan: String,
    /// The plan's version; the current one where absent.
    pub plan_version: Option<i64>,
    /// What is committed for a term.
    committed: AmountWire,
    /// Credits for one major unit of money: the discount lives here.
    conversion_rate: Number,
    /// Its first day, by the customer's calendar. An amendment keeps it, and may leave it out.
    #[schema(example = "2027-01-01")]
    pub starts: Option<String>,
    /// The length of its first term; 1 to 120.
    #[schema(example = 12)]
    months: i64,
    /// When the credits are released; all on the first day where absent.
    release: Option<SpreadWire>,
    /// When the money is due; all on the first day where absent.
    payments: Option<SpreadWire>,
    /// For how many months at a time it is renewed, with the commitment in proportion; it ends with its term where absent.
    renewal_months: Option<i64>,
    /// What differs from the plan.
    overrides: Option<OverridesWire>,
    /// A note for the vendor's staff.
    note: Option<String>,
}

/// By name: what has that schema, or null.
fn named_or_null(schema: &str) -> ObjectBuilder {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    let either = OneOfBuilder::new()
        .item(null)
        .item(Ref::from_schema_name(schema))
        .build();
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .additional_properties(Some(Schema::OneOf(either)))
}

fn caps_or_null() -> ObjectBuilder {
    let about =
        "Ceilings on credits, by name: beside the plan's or in place of one of that name; null takes the plan's away.";
    named_or_null("PlanCap").description(Some(about))
}

fn throttles_or_null() -> ObjectBuilder {
    named_or_null("PlanThrottle").description(Some("Ceilings on the rate, likewise."))
}

fn keys(fields: &mut Fields, place: &str, keys: Option<&Vec<String>>) -> Option<Vec<Key>> {
    let keys = keys?.iter().enumerate();
    Some(
        keys.filter_map(|(at, key)| fields.key(&format!("{place}[{at}]"), key))
            .collect(),
    )
}

fn count(fields: &mut Fields, place: &str, number: i64) -> Option<u32> {
    let number = fields.within(place, number, 0, i64::from(u32::MAX))?;
    u32::try_from(number).ok()
}

impl AmountWire {
    fn check(&self, fields: &mut Fields, place: &str) -> Option<Money> {
        fields.money(place, &self.amount, &self.currency)
    }
}

impl From<Money> for AmountWire {
    fn from(money: Money) -> Self {
        Self {
            amount: Number(money.to_decimal().to_string()),
            currency: money.currency.to_string(),
        }
    }
}

impl SpreadWire {
    fn check(&self, fields: &mut Fields, place: &str) -> Option<Spread> {
        match (&self.every, &self.table) {
            (None, None) => Some(Spread::AtOnce),
            (Some(every), None) => fields
                .word(&format!("{place}.every"), every, Interval::WORDS)
                .map(Spread::Every),
            (None, Some(table)) if table.len() <= PARTS_MAX => {
                let parts = table.iter().enumerate().map(|(at, part)| {
                    let place = format!("{place}.table[{at}]");
                    Some(Part {
                        month: count(fields, &format!("{place}.month"), part.month)?,
                        percent: fields
                            .quantity(&format!("{place}.percent"), &part.percent)?
                            .to_decimal()
                            .normalize(),
                    })
                });
                parts.collect::<Option<Vec<_>>>().map(Spread::Table)
            }
            (None, Some(_)) => {
                fields.refuse(place, "too_many", format!("has at most {PARTS_MAX} parts"));
                None
            }
            (Some(_), Some(_)) => {
                fields.refuse(place, "ambiguous", "give every or table, not both");
                None
            }
        }
    }
}

impl From<&Spread> for SpreadWire {
    fn from(spread: &Spread) -> Self {
        match spread {
            Spread::AtOnce => Self::default(),
            Spread::Every(interval) => Self {
                every: Some(Word::word(*interval).to_owned()),
                table: None,
            },
            Spread::Table(parts) => Self {
                every: None,
                table: Some(
                    parts
                        .iter()
                        .map(|part| PartWire {
                            month: i64::from(part.month),
                            percent: Number(part.percent.normalize().to_string()),
                        })
                        .collect(),
                ),
            },
        }
    }
}

impl OverridesWire {
    fn said(&self) -> Value {
        json!({
            "overage": self.overage, "low_balance_percent": self.low_balance_percent, "refunds": self.refunds,
            "caps": self.caps, "throttles": self.throttles,
        })
    }

    /// `own` is what of them has the form of the catalogue file, as the service has read it.
    fn check(&self, fields: &mut Fields, own: Overrides) -> Overrides {
        let amount = |fields: &mut Fields, place: &str, amount: Option<&AmountWire>| {
            amount.and_then(|amount| amount.check(fields, place))
        };
        Overrides {
            price: amount(fields, "overrides.price", self.price.as_ref()),
            seats: self.seats.and_then(|seats| count(fields, "overrides.seats", seats)),
            extra_seat_price: amount(fields, "overrides.extra_seat_price", self.extra_seat_price.as_ref()),
            use_cases: keys(fields, "overrides.use_cases", self.use_cases.as_ref()),
            modes: keys(fields, "overrides.modes", self.modes.as_ref()),
            platforms: keys(fields, "overrides.platforms", self.platforms.as_ref()),
            ..own
        }
    }

    /// As they are answered.
    fn of(own: &Overrides) -> Result<Self, Problem> {
        let read: Self = serde_json::from_value(overrides_json(own)?).map_err(|error| Problem::internal(&error))?;
        let texts = |keys: &Option<Vec<Key>>| keys.as_ref().map(|keys| keys.iter().map(ToString::to_string).collect());
        Ok(Self {
            price: own.price.map(AmountWire::from),
            seats: own.seats.map(i64::from),
            extra_seat_price: own.extra_seat_price.map(AmountWire::from),
            use_cases: texts(&own.use_cases),
            modes: texts(&own.modes),
            platforms: texts(&own.platforms),
            ..read
        })
    }
}

impl ContractTermsWire {
    /// What of the overrides has the form of the catalogue file, for the service to read; nothing where it is what is agreed,
    /// which stays though a later rate card may have dropped what it names.
    pub(super) fn said(&self, agreed: &Overrides) -> Result<Option<Value>, Problem> {
        let said = self.overrides.clone().unwrap_or_default().said();
        let is_agreed = said == OverridesWire::of(agreed)?.said();
        Ok((!is_agreed).then_some(said))
    }

    /// Checks everything that needs no look at the customer. `own` is what the service has read of [`Self::said`].
    pub(super) fn check(
        &self,
        plan: PlanVersionId,
        starts_at: Timestamp,
        own: Overrides,
    ) -> Result<ContractTerms, Problem> {
        let mut fields = Fields::new();
        let committed = self.committed.check(&mut fields, "committed");
        let rate = fields.quantity("conversion_rate", &self.conversion_rate);
        let rate: Option<Decimal> = rate.map(|rate| rate.to_decimal().normalize());
        let months = count(&mut fields, "months", self.months);
        let at_once = SpreadWire::default();
        let release = self.release.as_ref().unwrap_or(&at_once).check(&mut fields, "release");
        let payments = self
            .payments
            .as_ref()
            .unwrap_or(&at_once)
            .check(&mut fields, "payments");
        let renewal = match self.renewal_months {
            None => Some(Renewal::None),
            Some(same) if same == self.months => Some(Renewal::SameTerms),
            Some(other) => count(&mut fields, "renewal_months", other).map(Renewal::Months),
        };
        let overrides = self.overrides.clone().unwrap_or_default().check(&mut fields, own);
        let note = self.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        let note = note.and_then(|note| fields.text("note", note, NOTE_CHARS_MAX));
        let read = (|| {
            Some(ContractTerms {
                plan,
                overrides,
                committed: committed?,
                conversion_rate: rate?,
                starts_at,
                months: months?,
                release: release?,
                payments: payments?,
                renewal: renewal?,
                note,
            })
        })();
        fields.finish_with(read)
    }
}

impl ContractTermsWire {
    /// As they are answered.
    pub(super) fn of(contract: &ContractView) -> Result<Self, Problem> {
        let terms = &contract.terms;
        Ok(Self {
            plan: contract.base.0.to_string(),
            plan_version: Some(contract.base.1),
            committed: AmountWire::from(terms.committed),
            conversion_rate: Number(terms.conversion_rate.normalize().to_string()),
            starts: Some(contract.begins.date.clone()),
            months: i64::from(terms.months),
            release: Some(SpreadWire::from(&terms.release)),
            payments: Some(SpreadWire::from(&terms.payments)),
            renewal_months: match terms.renewal {
                Renewal::None => None,
                Renewal::SameTerms => Some(i64::from(terms.months)),
                Renewal::Months(months) => Some(i64::from(months)),
            },
            overrides: Some(OverridesWire::of(&terms.overrides)?),
            note: terms.note.clone(),
        })
    }
}
