//! `POST /v1/quote`.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_quote_is_exact_and_reserves_nothing() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let before = world.state("acme").await;
    let quote = json!({"customer": "acme", "use_case": "code", "mode": "relaxed", "platform": "ios",
        "quantities": {"context_tokens": 4000, "generated_tokens": "600"}});
    let price = world.post("/v1/quote", &quote).await.ok();
    // (4 * 2 + 0.6 * 8) * 0.25 * 1.3
    assert_eq!(price["credits"], "4.16");
    assert_eq!(price["money"], json!({"amount": "0.04", "currency": "USD"}));
    // The lines have the multipliers in them, and together they are the price.
    assert_eq!(price["lines"][0]["credits"], "2.6");
    assert_eq!(price["lines"][1]["credits"], "1.56");
    assert_eq!(price["lines"][1]["own_price"], false);
    assert!(price["minimum"].is_null());
    assert_eq!(
        (price["mode_multiplier"].as_str(), price["platform_multiplier"].as_str()),
        (Some("0.25"), Some("1.3"))
    );
    assert_eq!(price["version"], 1);
    assert_eq!(world.state("acme").await, before);
}

#[tokio::test]
async fn what_is_left_out_is_what_a_run_would_get() {
    let world = World::sqlite().await;
    let price = world
        .post("/v1/quote", &json!({"use_case": "image", "quantity": 3}))
        .await
        .ok();
    assert_eq!(
        (price["mode"].as_str(), price["platform"].as_str()),
        (Some("fast"), Some("api"))
    );
    assert_eq!((price["credits"].as_str(), price["money"].is_null()), (Some("3"), true));
}
