//! `POST /v1/quote`: the price of a run before it runs.

use axum::Json;
use axum::extract::State;
use drawdown_domain::catalogue::Factor;
use drawdown_service::metering::{Quote, QuoteInput};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::caller::Caller;
use super::customers::MoneyWire;
use super::fields::Fields;
use super::number::{Number, Quantities};
use super::problem::{Problem, Problems};
use super::run::{RunWire, metered};
use super::write::Write;

/// A run to be priced.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Quote)]
#[serde(deny_unknown_fields)]
pub(super) struct QuoteWire {
    /// The customer, where the price in money is wanted too.
    customer: Option<String>,
    /// The use case.
    #[schema(example = "code")]
    use_case: String,
    /// The mode; the first of the use case's ladder where absent.
    mode: Option<String>,
    /// The platform; `api`, or the only one, where absent.
    platform: Option<String>,
    /// What it would use, by meter.
    quantities: Option<Quantities>,
    /// The same for a use case with a single meter.
    quantity: Option<Number>,
    /// When it would run; now, where absent.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The number of another version of the rate card than the one in force.
    version: Option<i64>,
}

/// The price of a run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Price)]
pub(super) struct PriceWire {
    /// Rounded half-even at the micro-credit, once.
    #[schema(example = "12.8")]
    credits: String,
    /// Before rounding.
    #[schema(example = "12.8")]
    exact: String,
    /// In money, where the customer is given and has a plan.
    money: Option<MoneyWire>,
    /// The mode that was priced.
    mode: String,
    /// Its multiplier.
    #[schema(example = "1")]
    mode_multiplier: String,
    /// The platform that was priced.
    platform: String,
    /// Its multiplier.
    #[schema(example = "1")]
    platform_multiplier: String,
    /// What each meter adds, tier by tier: together they are `exact`, unless `minimum` lifts it.
    lines: Vec<LineWire>,
    /// The least that a run costs, where it lifted the price.
    #[schema(example = "0.5")]
    minimum: Option<String>,
    /// The version of the rate card.
    version: i64,
}

/// What the units of one meter in one volume tier add.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceLine)]
pub(super) struct LineWire {
    /// The meter.
    #[schema(example = "context_tokens")]
    meter: String,
    /// The units of the run beyond which this tier holds; zero for the first.
    #[schema(example = "0")]
    above: String,
    /// Units in this tier.
    #[schema(example = "4000")]
    quantity: String,
    /// Units that `rate` credits buy.
    #[schema(example = "1000")]
    per: String,
    /// Credits for `per` units.
    #[schema(example = "2")]
    rate: String,
    /// Whether the combination has a price of its own: the multipliers do not apply to it.
    own_price: bool,
    /// What these units add, in credits, exact: units × rate ÷ per, times both multipliers.
    #[schema(example = "8")]
    credits: String,
}

impl QuoteWire {
    fn check(&self) -> Result<QuoteInput, Problem> {
        let mut fields = Fields::new();
        let customer = fields.optional_key("customer", self.customer.as_deref());
        let run = RunWire {
            use_case: &self.use_case,
            mode: self.mode.as_deref(),
            platform: self.platform.as_deref(),
            subject: None,
        };
        let run = run.check(&mut fields, "");
        let quantities = metered(&mut fields, "", self.quantity.as_ref(), self.quantities.as_ref());
        let at = fields.optional_instant("at", self.at.as_deref());
        let version = self
            .version
            .and_then(|version| fields.within("version", version, 1, i64::from(u32::MAX)));
        let input = run.zip(quantities).map(|(run, quantities)| QuoteInput {
            customer,
            run,
            quantities,
            at,
            version,
        });
        fields.finish_with(input)
    }
}

impl From<&Quote> for PriceWire {
    fn from(quote: &Quote) -> Self {
        let lines = quote.lines.iter().map(|line| LineWire {
            meter: line.meter.to_string(),
            above: line.above.normalize().to_string(),
            quantity: line.quantity.normalize().to_string(),
            per: line.per.normalize().to_string(),
            rate: line.credits.normalize().to_string(),
            own_price: line.factor == Factor::Exception,
            credits: line.exact.normalize().to_string(),
        });
        Self {
            credits: quote.credits.to_string(),
            exact: quote.exact.normalize().to_string(),
            money: quote.money.map(MoneyWire::from),
            mode: quote.mode.to_string(),
            mode_multiplier: quote.mode_multiplier.normalize().to_string(),
            platform: quote.platform.to_string(),
            platform_multiplier: quote.platform_multiplier.normalize().to_string(),
            lines: lines.collect(),
            minimum: quote.minimum.map(|minimum| minimum.normalize().to_string()),
            version: quote.rate_card_version,
        }
    }
}

/// The price of a run before it runs. Reserves nothing and counts nothing.
#[utoipa::path(
    post, path = "/v1/quote", tag = "metering",
    request_body(content = QuoteWire, example = json!({
        "customer": "acme", "use_case": "code", "mode": "relaxed", "platform": "ios",
        "quantities": {"context_tokens": "4000", "generated_tokens": "600"}
    })),
    responses((status = 200, description = "The price", body = PriceWire), Problems),
)]
pub(super) async fn quote(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    write: Write<QuoteWire>,
) -> Result<Json<PriceWire>, Problem> {
    let quote = state.service.quote(&actor, write.body.check()?).await?;
    Ok(Json(PriceWire::from(&quote)))
}
