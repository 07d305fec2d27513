//! `GET /v1/customers/{key}/usage`: what was used, by bucket and group, exact to the last acknowledged event.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_service::usage::{UsageQuery, UsageReport, UsageTotals};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::body::Query;
use super::caller::Caller;
use super::code::Code;
use super::customers::customer_key;
use super::fields::Fields;
use super::problem::{Problem, Problems};
use super::time;
use super::words::Word;

/// Which usage, and how it is cut.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReportQuery {
    /// From this instant on, rounded down to the bucket; 30 days back where absent.
    #[param(example = "2026-11-01T00:00:00Z")]
    from: Option<String>,
    /// Up to this instant, rounded up to the bucket; now, where absent.
    to: Option<String>,
    /// `use_case`, `mode`, `platform` or `subject`; `use_case` where absent.
    #[param(example = "use_case")]
    group_by: Option<String>,
    /// `hour` or `day`, in the customer's zone; `day` where absent.
    #[param(example = "day")]
    bucket: Option<String>,
}

/// Usage between two instants.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageReport)]
pub(super) struct ReportWire {
    /// The first bucket's start.
    from: String,
    /// The last bucket's end (exclusive).
    to: String,
    /// By what it is grouped.
    #[schema(example = "use_case")]
    group_by: &'static str,
    /// How wide a bucket is.
    #[schema(example = "day")]
    bucket: &'static str,
    /// The buckets' starts, without gaps.
    buckets: Vec<String>,
    /// The groups, the largest first.
    groups: Vec<GroupWire>,
    /// Sums of all.
    total: TotalsWire,
}

/// One group over the buckets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageGroup)]
pub(super) struct GroupWire {
    /// Its key; empty for usage without a subject, `other` for the rest.
    #[schema(example = "code")]
    key: String,
    /// Its name.
    #[schema(example = "Coding assistant")]
    name: String,
    /// Credits by bucket: as many as there are buckets.
    credits: Vec<String>,
    /// Its sums.
    total: TotalsWire,
}

/// Sums of usage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageTotals)]
pub(super) struct TotalsWire {
    /// Credits used.
    #[schema(example = "9.616")]
    credits: String,
    /// Usage events.
    events: i64,
    /// Runs authorised, counted when they end: captured, released or expired.
    authorized: i64,
    /// Of those, in a lower mode than asked for.
    degraded: i64,
    /// Runs that a throttle refused.
    throttled: i64,
    /// Runs that a cap refused.
    capped: i64,
    /// Runs refused for another reason.
    refused: i64,
}

impl ReportQuery {
    fn check(&self) -> Result<UsageQuery, Problem> {
        let mut fields = Fields::new();
        let query = UsageQuery {
            from: fields.optional_instant("from", self.from.as_deref()),
            to: fields.optional_instant("to", self.to.as_deref()),
            group_by: word_or_default(&mut fields, "group_by", self.group_by.as_deref()),
            bucket: word_or_default(&mut fields, "bucket", self.bucket.as_deref()),
        };
        fields.finish().map_err(|problem| Problem {
            code: Code::InvalidQuery,
            ..problem
        })?;
        Ok(query)
    }
}

fn word_or_default<T: Word + Default>(fields: &mut Fields, field: &str, text: Option<&str>) -> T {
    text.and_then(|text| fields.word(field, text, T::WORDS))
        .unwrap_or_default()
}

impl From<&UsageTotals> for TotalsWire {
    fn from(totals: &UsageTotals) -> Self {
        Self {
            credits: totals.credits.to_string(),
            events: totals.events,
            authorized: totals.authorized,
            degraded: totals.degraded,
            throttled: totals.throttled,
            capped: totals.capped,
            refused: totals.refused,
        }
    }
}

impl From<&UsageReport> for ReportWire {
    fn from(report: &UsageReport) -> Self {
        let groups = report.series.iter().map(|series| GroupWire {
            key: series.key.clone(),
            name: series.name.clone(),
            credits: series.credits.iter().map(ToString::to_string).collect(),
            total: TotalsWire::from(&series.totals),
        });
        Self {
            from: time::format(report.from.at),
            to: time::format(report.to.at),
            group_by: report.group_by.word(),
            bucket: report.bucket.word(),
            buckets: report.buckets.iter().map(|bucket| time::format(bucket.at)).collect(),
            groups: groups.collect(),
            total: TotalsWire::from(&report.totals),
        }
    }
}

/// Usage of a customer by bucket and group: at most 400 days, or 31 days by the hour.
#[utoipa::path(
    get, path = "/v1/customers/{key}/usage", tag = "customers",
    params(("key" = String, Path, description = "The customer", example = "acme"), ReportQuery),
    responses((status = 200, description = "The report", body = ReportWire), Problems),
)]
pub(super) async fn report(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(key): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<ReportWire>, Problem> {
    let query = query.check()?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let report = state.service.usage(&actor, organization, query).await?;
    Ok(Json(ReportWire::from(&report)))
}
