//! `/v1/admin/audit`: who changed what, when, by filter.

use axum::Json;
use axum::extract::State;
use drawdown_service::audit::{AuditEntry, AuditInput};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{Admin, in_query};
use crate::api::ApiState;
use crate::api::body::Query;
use crate::api::paging::{self, PageQuery};
use crate::api::problem::{Problem, Problems};
use crate::api::time;

/// Which lines; nothing is everything.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// Only of this customer, by its key.
    #[param(example = "acme")]
    customer: Option<String>,
    /// Only by this person or key, by name.
    actor: Option<String>,
    /// Only what was done to what, such as `add grant`.
    #[param(example = "add grant")]
    what: Option<String>,
    /// From this day on, by the customer's calendar, or by UTC.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// To this day, included.
    to: Option<String>,
    /// `next_cursor` of the page before; the first page where absent.
    cursor: Option<String>,
    /// Items of the page: 1 to 200, 50 where absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLine)]
pub(super) struct AuditLineWire {
    /// Its identifier.
    id: String,
    /// When.
    at: String,
    /// The customer, by its key; null for the installation as a whole.
    customer: Option<String>,
    /// Who, by name: a person, a key, or a part of the system.
    actor: String,
    /// What was done.
    #[schema(example = "add")]
    action: String,
    /// To what.
    #[schema(example = "grant")]
    noun: String,
    /// What it was before.
    before: Option<Value>,
    /// What it is after.
    after: Option<Value>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLog)]
pub(super) struct AuditLogWire {
    /// The newest first.
    items: Vec<AuditLineWire>,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

impl From<AuditEntry> for AuditLineWire {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { line, customer } = entry;
        Self {
            id: line.id.to_string(),
            at: time::format(line.at.at),
            customer: customer.map(|customer| customer.key.to_string()),
            actor: line.actor,
            action: line.action,
            noun: line.noun,
            before: line.before,
            after: line.after,
        }
    }
}

/// The audit log: who changed what, with what it was before and after, the newest first.
#[utoipa::path(
    get, path = "/v1/admin/audit", tag = "admin: customers", operation_id = "admin_list_audit",
    params(AuditQuery),
    responses((status = 200, description = "A page of the log", body = AuditLogWire), Problems),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditLogWire>, Problem> {
    let page = PageQuery::new(query.cursor, query.limit).check()?;
    let input = AuditInput {
        organization: None,
        customer: query.customer.unwrap_or_default(),
        person: query.actor.unwrap_or_default(),
        what: query.what.unwrap_or_default(),
        from: query.from.unwrap_or_default(),
        to: query.to.unwrap_or_default(),
    };
    if page.after.as_ref().is_some_and(|after| !after.starts_with("audit_")) {
        return Err(paging::invalid_cursor());
    }
    let found = state
        .service
        .audit_log(&actor, &input, page.after.as_deref(), page.limit)
        .await;
    let found = found.map_err(|error| match Problem::from(error) {
        problem if problem.errors.is_empty() => problem,
        problem => in_query(problem),
    })?;
    Ok(Json(AuditLogWire {
        items: found.items.into_iter().map(AuditLineWire::from).collect(),
        next_cursor: found.next.as_deref().map(paging::encode),
    }))
}
