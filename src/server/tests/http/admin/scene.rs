//! What the examples of `/v1/admin` are about: what has to be there before each, and the values of its address.

use drawdown_domain::staff::StaffRole;
use drawdown_service::Actor;
use drawdown_service::staff::StaffInput;
use serde_json::{Value, json};

use crate::world::World;

const OPERATOR: Actor = Actor::System("tests");

/// Prepares the world for an operation. Gives the values of parameters of its address that have no example.
pub(crate) async fn values(world: &World, operation: &str) -> Vec<(&'static str, String)> {
    let id = match operation {
        "admin_get_adjustment" => Some(adjustment(world).await),
        "admin_withdraw_plan_change" => Some(plan_change(world).await),
        "admin_get_contract" | "admin_amend_contract" | "admin_end_contract" | "admin_withdraw_contract" => {
            Some(contract(world).await)
        }
        "admin_withdraw_amendment" => Some(amended_contract(world).await),
        "admin_put_account_manager" => {
            account_manager(world).await;
            None
        }
        "admin_put_parent" => {
            world.customer("acme-group").await;
            None
        }
        "admin_get_family" | "admin_preview_transfer" | "admin_transfer_credits" => {
            family(world).await;
            None
        }
        "admin_remove_cap" | "admin_remove_throttle" => {
            ceilings(world).await;
            None
        }
        "admin_end_plan" | "admin_list_charges" => {
            let body = json!({"plan": "team", "when": "now"});
            world.put("/v1/admin/customers/acme/plan", &body).await.ok();
            None
        }
        "admin_get_plan_draft" | "admin_delete_plan_draft" | "admin_publish_plan" => {
            plan_draft(world, "Team").await;
            None
        }
        "admin_move_customers" | "admin_withdraw_moves" => {
            new_version(world).await;
            None
        }
        "admin_get_rates_draft"
        | "admin_delete_rates_draft"
        | "admin_check_rates"
        | "admin_publish_rates"
        | "admin_simulate_rates"
        | "admin_get_simulation" => {
            rates_draft(world, "9").await;
            None
        }
        "admin_withdraw_rates" => {
            scheduled_rates(world).await;
            None
        }
        _ => None,
    };
    id.map(|id| ("id", id)).into_iter().collect()
}

/// Puts `acme` beside nobody under `acme-group`.
pub(super) async fn family(world: &World) {
    world.customer("acme-group").await;
    let body = json!({"parent": "acme-group", "reason": "Bought by Acme Group"});
    world.put("/v1/admin/customers/acme/parent", &body).await.ok();
}

/// A ceiling of each kind on `acme`.
pub(super) async fn ceilings(world: &World) {
    let body = json!({"window": "day", "credits": "5", "reason": "Card under review"});
    world.put("/v1/admin/customers/acme/caps/house", &body).await.ok();
    let body = json!({"requests": 1, "per": "hour", "reason": "Runs in a loop"});
    world
        .put("/v1/admin/customers/acme/throttles/house-rate", &body)
        .await
        .ok();
}

async fn account_manager(world: &World) {
    let input = StaffInput {
        email: "ines@vendor.example".to_owned(),
        name: "Ines".to_owned(),
        roles: vec![StaffRole::AccountManager],
        all_customers: false,
        password: "correct horse".to_owned().into(),
    };
    world.service.add_staff(&OPERATOR, input).await.unwrap();
}

/// Asks for more than one word is enough for; gives the request's identifier.
pub(super) async fn adjustment(world: &World) -> String {
    let body = json!({"kind": "adjustment", "credits": "25000", "reason": "Double charge"});
    let asked = world.post("/v1/admin/customers/acme/grants", &body).await;
    assert_eq!(asked.status, 202, "{:#}", asked.body);
    asked.body["id"].as_str().unwrap().to_owned()
}

async fn plan_change(world: &World) -> String {
    let body = json!({"plan": "team", "when": "renewal"});
    let put = world.put("/v1/admin/customers/acme/plan", &body).await.ok();
    put["change"].as_str().unwrap().to_owned()
}

async fn contract(world: &World) -> String {
    let terms = json!({
        "plan": "team", "committed": {"amount": "12000", "currency": "USD"}, "conversion_rate": "125",
        "starts": "2027-01-01", "months": 12
    });
    let signed = world
        .post("/v1/admin/customers/acme/contracts", &json!({ "terms": terms }))
        .await;
    signed.ok()["id"].as_str().unwrap().to_owned()
}

/// A contract with a second version that is yet to take effect.
async fn amended_contract(world: &World) -> String {
    let id = contract(world).await;
    let one = format!("/v1/admin/customers/acme/contracts/{id}");
    let mut terms = world.get(&one).await.ok()["terms"].clone();
    terms["renewal_months"] = json!(12);
    let body = json!({"effective": "2027-04-01", "terms": terms});
    world.post(&format!("{one}/amend"), &body).await.ok();
    id
}

/// Terms of a plan with a seat more than is in force.
pub(super) fn plan_terms(name: &str) -> Value {
    json!({"name": name, "kind": "tier", "currency": "USD", "conversion_rate": "100", "overage": "owe", "seats": 3})
}

/// A draft of the plan `team` at revision 2: it began as the version in force.
async fn plan_draft(world: &World, name: &str) -> i64 {
    let body = json!({ "terms": plan_terms(name) });
    let draft = world.put("/v1/admin/plans/team/draft", &body).await.ok();
    draft["revision"].as_i64().unwrap()
}

/// Rates that take so much for a thousand generated tokens.
pub(super) fn rates(generated: &str) -> Value {
    json!({
        "modes": {"fast": "1", "relaxed": "0.25"},
        "platforms": {"web": "1", "ios": "1.3", "api": "1"},
        "use_cases": {
            "code": {"name": "Coding assistant", "ladder": ["fast", "relaxed"], "meters": {
                "context_tokens": {"per": 1000, "credits": "2"}, "generated_tokens": {"per": 1000, "credits": generated}
            }},
            "image": {"name": "Image render", "ladder": ["fast", "relaxed"], "meters": {"images": {"credits": "1"}}}
        }
    })
}

/// A draft of the rate card at revision 2: it began as the version in force.
pub(super) async fn rates_draft(world: &World, generated: &str) -> i64 {
    let body = json!({ "rates": rates(generated) });
    let draft = world.put("/v1/admin/rates/draft", &body).await.ok();
    draft["revision"].as_i64().unwrap()
}

/// A second version of the rate card, which is to come.
async fn scheduled_rates(world: &World) {
    let revision = rates_draft(world, "9").await;
    let body = json!({"revision": revision, "effective_at": "2027-06-01T00:00:00Z"});
    world.post("/v1/admin/rates/draft/publish", &body).await.ok();
}

/// A second version of the plan `team`, and `acme` on the first.
async fn new_version(world: &World) {
    let body = json!({"plan": "team", "when": "now"});
    world.put("/v1/admin/customers/acme/plan", &body).await.ok();
    let revision = plan_draft(world, "Team").await;
    let body = json!({"revision": revision, "moves": [{"version": 1, "when": "renewal"}]});
    world.post("/v1/admin/plans/team/draft/publish", &body).await.ok();
}
