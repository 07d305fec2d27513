//! One story, from an empty database to a customer's month: every noun of the store, on both engines.

use super::on_both_engines;
use super::world::World;

on_both_engines!(a_customers_month);

async fn a_customers_month(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "50").await;
    let decision = world.authorize(organization, 3).await;
    assert!(decision.allowed);
}
