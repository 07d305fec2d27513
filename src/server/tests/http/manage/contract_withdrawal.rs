//! A contract that has not begun and the last amendment are taken back on the customer's account, once it is confirmed.

use drawdown_domain::staff::StaffRole;

use super::post;
use super::scene::{Customer, OPERATOR, get, staff};
use crate::world::World;

const WITHDRAW: &str = "/actions/manage-withdraw-contract";

#[tokio::test]
async fn the_last_step_says_what_is_taken_back() {
    let world = World::with_pages().await;
    let manager = staff(&world, StaffRole::AccountManager).await;
    let finance = staff(&world, StaffRole::Finance).await;
    let customer = Customer::of(&world).await;
    let page = async |path: &str, cookie: &str| {
        let answer = get(&world, path, cookie).await;
        assert_eq!(answer.status, 200, "{path}");
        answer.body.as_str().unwrap().to_owned()
    };
    let account = format!("/manage/customers/{}", customer.id);
    let step = format!("{account}/contract/withdraw?contract={}", customer.contract);
    // The scene's contract is amended from its first day on.
    let told = page(&account, &manager).await;
    assert!(told.contains(">Take it back</a>") && told.contains(">Take version 2 back</a>"));
    let told = page(&account, &finance).await;
    assert!(!told.contains(">Take it back</a>") && !told.contains(">Take version 2 back</a>"));

    let told = page(&format!("{step}&version=2"), &manager).await;
    assert!(told.contains("Version 2 of the contract with") && told.contains("and version 1 goes on."));
    assert!(
        told.contains("renewed for 12 months at a time"),
        "what it would have changed"
    );
    let form = format!("customer={}&contract={}&version=2", customer.id, customer.contract);
    let answer = post(&world, WITHDRAW, &form, &manager).await;
    let told = page(answer.header("location"), &manager).await;
    assert!(told.contains("Taken back: the version before goes on.") && !told.contains(">Take version 2 back</a>"));
    assert_eq!(get(&world, &format!("{step}&version=2"), &manager).await.status, 404);

    let told = page(&step, &manager).await;
    assert!(told.contains("It never begins: no credits are released and nothing is due by it."));
    let form = format!("customer={}&contract={}&version=", customer.id, customer.contract);
    let answer = post(&world, WITHDRAW, &form, &manager).await;
    let told = page(answer.header("location"), &manager).await;
    assert!(told.contains("Taken back: the contract never begins.") && told.contains("No contract"));
    let contracts = world.service.contracts(&OPERATOR, customer.id).await;
    assert!(contracts.unwrap().is_empty());
}

#[tokio::test]
async fn what_has_begun_meanwhile_is_told_on_the_account() {
    let world = World::with_pages().await;
    let manager = staff(&world, StaffRole::AccountManager).await;
    let customer = Customer::of(&world).await;
    let form = format!("customer={}&contract={}&version=", customer.id, customer.contract);
    let begins = world
        .service
        .contract(&OPERATOR, customer.id, customer.contract)
        .await
        .unwrap()
        .begins;
    let seconds = begins.at.micros_since(world.service.instant()) / 1_000_000 + 1;
    world.clock.step_seconds(seconds);
    // The session is over by then.
    drop(manager);
    let manager = super::scene::cookie_of(&world, "account_manager@vendor.example").await;
    let answer = post(&world, WITHDRAW, &form, &manager).await;
    let answer = get(&world, answer.header("location"), &manager).await;
    let told = answer.body.as_str().unwrap();
    assert!(told.contains("The contract began on"), "{told}");
    assert!(!told.contains(">Take it back</a>"));
}
