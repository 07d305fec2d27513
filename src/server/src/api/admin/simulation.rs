//! `/v1/admin/rates/draft/simulation`: what the draft would have cost every customer in the last days, with how far it is.

use axum::Json;
use axum::extract::State;
use drawdown_service::Actor;
use drawdown_service::simulation::{RunOut, Simulated, SimulatedCustomer, SimulationState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Admin;
use crate::api::ApiState;
use crate::api::body::Query;
use crate::api::problem::{Problem, Problems};
use crate::api::write::Write;

/// Which simulation.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SimulationQuery {
    /// The revision of the draft.
    #[param(example = "2")]
    revision: i64,
    /// Days of usage: 30 or 90.
    #[param(example = "30")]
    days: i64,
}

/// What is simulated.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Simulate)]
#[serde(deny_unknown_fields)]
pub(super) struct SimulateWire {
    /// The revision of the draft that was seen.
    revision: i64,
    /// Days of usage: 30 or 90.
    days: i64,
}

/// An allotment that ends on another day by the draft.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunOut)]
pub(super) struct RunOutWire {
    /// How many credits it is.
    credits: String,
    /// The day from which it holds, for people.
    from: String,
    /// The day on which it ran out by the version in force; null where it lasted.
    before: Option<String>,
    /// The same by the draft.
    after: Option<String>,
}

/// A customer's part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedCustomer)]
pub(super) struct SimulatedCustomerWire {
    /// Its key.
    customer: String,
    /// Its name.
    name: String,
    /// Its plan's name.
    plan: Option<String>,
    /// Runs that were counted.
    runs: i64,
    /// Credits by the version in force.
    before: String,
    /// Credits by the draft.
    after: String,
    /// Credits that the draft takes more; less, where negative.
    difference: String,
    /// Runs that the draft has no price for.
    refused: i64,
    /// Allotments that end on another day.
    run_outs: Vec<RunOutWire>,
}

/// The result.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Simulated)]
pub(super) struct SimulatedWire {
    /// Runs of all customers.
    runs: i64,
    /// Their credits by the version in force.
    before: String,
    /// Their credits by the draft.
    after: String,
    /// Runs that the draft has no price for.
    refused: i64,
    /// Customers with usage, those who pay most more first.
    customers: Vec<SimulatedCustomerWire>,
}

/// How a simulation stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Simulation)]
pub(super) struct SimulationWire {
    /// `running`: ask again; or `done`.
    #[schema(example = "done")]
    state: &'static str,
    /// Customers done, while it runs.
    done: Option<i64>,
    /// Customers in all, while it runs.
    total: Option<i64>,
    /// The result, once it is done.
    result: Option<SimulatedWire>,
}

impl From<&RunOut> for RunOutWire {
    fn from(run_out: &RunOut) -> Self {
        Self {
            credits: run_out.amount.to_string(),
            from: run_out.from.clone(),
            before: run_out.before.clone(),
            after: run_out.after.clone(),
        }
    }
}

impl From<&SimulatedCustomer> for SimulatedCustomerWire {
    fn from(customer: &SimulatedCustomer) -> Self {
        Self {
            customer: customer.key.to_string(),
            name: customer.name.clone(),
            plan: customer.plan.clone(),
            runs: customer.runs,
            before: customer.before.to_string(),
            after: customer.after.to_string(),
            difference: customer.difference().to_string(),
            refused: customer.refused,
            run_outs: customer.run_outs.iter().map(RunOutWire::from).collect(),
        }
    }
}

impl From<&Simulated> for SimulatedWire {
    fn from(simulated: &Simulated) -> Self {
        Self {
            runs: simulated.runs,
            before: simulated.before.to_string(),
            after: simulated.after.to_string(),
            refused: simulated.refused,
            customers: simulated.customers.iter().map(SimulatedCustomerWire::from).collect(),
        }
    }
}

async fn standing(state: &ApiState, actor: &Actor, revision: i64, days: i64) -> Result<Json<SimulationWire>, Problem> {
    Ok(Json(match state.service.simulation(actor, revision, days).await? {
        SimulationState::Running { done, total } => SimulationWire {
            state: "running",
            done: Some(done),
            total: Some(total),
            result: None,
        },
        SimulationState::Done(result) => SimulationWire {
            state: "done",
            done: None,
            total: None,
            result: Some(SimulatedWire::from(&*result)),
        },
    }))
}

/// Prices the real usage of the last days by the draft, anew, and tells how far it is.
#[utoipa::path(
    post, path = "/v1/admin/rates/draft/simulation", tag = "admin: catalogue", operation_id = "admin_simulate_rates",
    request_body(content = SimulateWire, example = json!({"revision": 2, "days": 30})),
    responses((status = 200, description = "How it stands", body = SimulationWire), Problems),
)]
pub(super) async fn simulate(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    write: Write<SimulateWire>,
) -> Result<Json<SimulationWire>, Problem> {
    let SimulateWire { revision, days } = write.body;
    state.service.simulate_rates(&actor, revision, days).await?;
    standing(&state, &actor, revision, days).await
}

/// How a simulation stands; it is begun where this process has none.
#[utoipa::path(
    get, path = "/v1/admin/rates/draft/simulation", tag = "admin: catalogue", operation_id = "admin_get_simulation",
    params(SimulationQuery),
    responses((status = 200, description = "How it stands", body = SimulationWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Query(query): Query<SimulationQuery>,
) -> Result<Json<SimulationWire>, Problem> {
    standing(&state, &actor, query.revision, query.days).await
}
