//! Publishing a version of a plan and moving its customers: what is said of those under contracts, who stay.

use drawdown_domain::Key;
use drawdown_domain::staff::StaffRole;
use drawdown_service::customers::PutCustomer;

use super::post;
use super::scene::{OPERATOR, contract_terms, get, staff};
use crate::catalogue_pages;
use crate::world::World;

/// Two customers on the first version of the plan, one of them under a contract that runs.
async fn two_customers(world: &World) {
    let (service, team): (_, Key) = (&world.service, "team".parse().unwrap());
    for key in ["mover", "bound"] {
        let put = PutCustomer {
            name: Some(key.to_owned()),
            plan: Some(team.clone()),
            ..PutCustomer::default()
        };
        service
            .put_customer(&OPERATOR, &key.parse().unwrap(), put)
            .await
            .unwrap();
    }
    let bound = service.organization_of(&OPERATOR, &"bound".parse().unwrap()).await;
    let plan = service.store().current_plan(&team).await.unwrap().unwrap().id;
    let terms = contract_terms(world, plan, 1);
    let signed = service.sign_contract(&OPERATOR, bound.unwrap(), service.new_contract_id(), terms);
    signed.await.unwrap();
    world.clock.step_seconds(2 * 86_400);
    service.run_schedule().await.unwrap();
}

async fn version_of(world: &World, customer: &str) -> i64 {
    let view = world.service.customer(&OPERATOR, &customer.parse().unwrap()).await;
    view.unwrap().plan.unwrap().version
}

#[tokio::test]
async fn what_becomes_of_customers_under_contract_is_said_before_and_after() {
    let world = World::with_pages().await;
    two_customers(&world).await;
    let cookie = staff(&world, StaffRole::CatalogueEditor).await;
    catalogue_pages::set_up(&world).await;
    let page = async |address: &str| {
        let answer = get(&world, address, &cookie).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.body);
        answer.body.as_str().unwrap().to_owned()
    };
    let before = page("/manage/plans/team/draft/publish").await;
    for words in [
        "1 customer is under contracts of this plan, and none of them moves now",
        "Contracts of version 1: 1 customer",
        "Never: they keep this version until their contract is amended or ends",
    ] {
        assert!(before.contains(words), "{words}: {before}");
    }
    let revision = world.service.plan_draft(&OPERATOR, &"team".parse().unwrap()).await;
    let revision = revision.unwrap().unwrap().revision;
    let form = format!("plan=team&revision={revision}&group-1-plan=now");
    let answer = post(&world, "/actions/manage-publish-plan", &form, &cookie).await;
    let after = page(answer.header("location")).await;
    let kept = "1 customer under contract keeps its version until its contract is amended or ends.";
    assert!(
        after.contains("Version 2 is published.") && after.contains(kept),
        "{after}"
    );
    assert!(after.contains(", 1 under contracts of it"), "{after}");
    assert_eq!(
        (version_of(&world, "mover").await, version_of(&world, "bound").await),
        (2, 1)
    );

    // Who is put down for the end of its contract is not told to stay, nor to move at a renewal.
    let form = "plan=team&group-1-contracts=renewal";
    let answer = post(&world, "/actions/manage-move-customers", form, &cookie).await;
    let after = page(answer.header("location")).await;
    assert!(
        after.contains("1 customer will move when their contract ends."),
        "{after}"
    );
    assert!(
        !after.contains(kept) && !after.contains("1 customer will move at their renewal."),
        "{after}"
    );
}
