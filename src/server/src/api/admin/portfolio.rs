//! `/v1/admin/portfolio`: what customers have committed to, burned and paid, month by month.

use axum::Json;
use axum::extract::State;
use drawdown_service::portfolio::{PortfolioMonth, PortfolioMonths};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Admin, in_query};
use crate::api::ApiState;
use crate::api::body::Query;
use crate::api::customers::MoneyWire;
use crate::api::fields::Fields;
use crate::api::problem::{Problem, Problems};

/// In which currency.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PortfolioQuery {
    /// ISO 4217; the first one that there are figures in where absent.
    #[param(example = "USD")]
    currency: Option<String>,
}

/// A month of UTC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PortfolioMonth)]
pub(super) struct MonthWire {
    /// Which.
    #[schema(example = "2026-11")]
    month: String,
    /// True where it is to come: only what is expected of it is known.
    is_to_come: bool,
    /// What contracts commit to for their present terms, at its end.
    committed: MoneyWire,
    /// Credits burned.
    burned_credits: String,
    /// What was paid for them: revenue earned by burning.
    burned: MoneyWire,
    /// Cash received: for credits, and what agreements made due.
    cash_received: MoneyWire,
    /// The part of it that agreements made due, which is taken as received on its day.
    cash_received_by_agreement: MoneyWire,
    /// Credits that expired or were voided unburned.
    broken_credits: String,
    /// What was paid for them: revenue earned without burning.
    broken: MoneyWire,
    /// Paid for and not burned yet, at its end.
    deferred_revenue: MoneyWire,
    /// Credits that are expected to expire unburned in it.
    expected_breakage_credits: String,
    /// What was paid for them.
    expected_breakage: MoneyWire,
}

/// The portfolio in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PortfolioMonths)]
pub(super) struct PortfolioMonthsWire {
    /// The currency.
    #[schema(example = "USD")]
    currency: String,
    /// All currencies that there are figures in.
    currencies: Vec<String>,
    /// Credits that are expected to expire unburned, ever.
    expected_breakage_credits: String,
    /// What was paid for them.
    expected_breakage: MoneyWire,
    /// The oldest first: a year up to this one, and those to come in which credits are expected to expire.
    items: Vec<MonthWire>,
}

impl From<&PortfolioMonth> for MonthWire {
    fn from(month: &PortfolioMonth) -> Self {
        Self {
            month: month.key.clone(),
            is_to_come: month.is_to_come,
            committed: month.committed.into(),
            burned_credits: month.burned.to_string(),
            burned: month.earned.into(),
            cash_received: month.received.into(),
            cash_received_by_agreement: month.fell_due.into(),
            broken_credits: month.broken.to_string(),
            broken: month.broken_worth.into(),
            deferred_revenue: month.deferred.into(),
            expected_breakage_credits: month.expected.to_string(),
            expected_breakage: month.expected_worth.into(),
        }
    }
}

impl From<&PortfolioMonths> for PortfolioMonthsWire {
    fn from(months: &PortfolioMonths) -> Self {
        Self {
            currency: months.currency.to_string(),
            currencies: months.currencies.iter().map(ToString::to_string).collect(),
            expected_breakage_credits: months.expected.to_string(),
            expected_breakage: months.expected_worth.into(),
            items: months.months.iter().map(MonthWire::from).collect(),
        }
    }
}

/// The portfolio by month: committed, burned, broken, received, and revenue that is not earned yet.
#[utoipa::path(
    get, path = "/v1/admin/portfolio", tag = "admin: customers", operation_id = "admin_get_portfolio",
    params(PortfolioQuery),
    responses((status = 200, description = "The months", body = PortfolioMonthsWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Query(query): Query<PortfolioQuery>,
) -> Result<Json<PortfolioMonthsWire>, Problem> {
    let mut fields = Fields::new();
    let currency = query
        .currency
        .and_then(|currency| fields.currency("currency", &currency));
    fields.finish().map_err(in_query)?;
    let months = state.service.portfolio_months(&actor, currency).await?;
    Ok(Json(PortfolioMonthsWire::from(&months)))
}
