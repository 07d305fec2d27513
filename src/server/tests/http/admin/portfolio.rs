//! `/v1/admin/portfolio`: the figures by month.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn cash_that_is_not_earned_yet_is_deferred() {
    let world = World::sqlite().await;
    let paid = json!({"kind": "purchase", "credits": "5000", "paid": {"amount": "50.00", "currency": "USD"}});
    world.post("/v1/customers/acme/grants", &paid).await.ok();
    world.clock.step_seconds(301);
    world.service.refresh_portfolio_months().await.unwrap();
    let portfolio = world.get("/v1/admin/portfolio?currency=USD").await.ok();
    assert_eq!(portfolio["currency"], "USD");
    let now = portfolio["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|month| month["month"] == "2026-03")
        .unwrap();
    assert_eq!(now["deferred_revenue"], json!({"amount": "50.00", "currency": "USD"}));
    assert_eq!(now["burned_credits"], "0");
    world
        .get("/v1/admin/portfolio?currency=usdollar")
        .await
        .is_problem(400, "invalid_query");
}
