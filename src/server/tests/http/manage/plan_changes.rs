//! A change of plan that waits for a customer's renewal, taken back on its account.

use drawdown_domain::staff::StaffRole;
use drawdown_service::audit::AuditInput;
use drawdown_service::schedule::{PlanChanged, PlanWhen};

use super::post;
use super::scene::{Customer, OPERATOR, get, staff};
use crate::world::World;

const WITHDRAW: &str = "/actions/manage-withdraw-plan-change";

#[tokio::test]
async fn a_waiting_change_of_plan_is_taken_back_where_it_is_told() {
    let world = World::with_pages().await;
    let manager = staff(&world, StaffRole::AccountManager).await;
    let finance = staff(&world, StaffRole::Finance).await;
    let customer = Customer::of(&world).await;
    let ended = world
        .service
        .end_plan(&OPERATOR, customer.id, PlanWhen::AtRenewal)
        .await;
    let PlanChanged::Scheduled(change) = ended.unwrap() else {
        panic!("it ends with its present interval");
    };
    let account = async |path: &str, cookie: &str| {
        let answer = get(&world, path, cookie).await;
        assert_eq!(answer.status, 200, "{path}");
        answer.body.as_str().unwrap().to_owned()
    };
    let address = format!("/manage/customers/{}", customer.id);
    let told = "Its plan ends, at the next renewal.";
    let page = account(&address, &manager).await;
    assert!(page.contains(told) && page.contains(&format!("name=\"change\" value=\"{change}\"")));
    // Of the contract that is yet to begin there is no such line, and finance reads without a button.
    assert_eq!(page.matches(WITHDRAW).count(), 1);
    let page = account(&address, &finance).await;
    assert!(page.contains(told) && !page.contains(">Take it back<"));

    let form = format!("customer={}&change={change}", customer.id);
    let answer = post(&world, WITHDRAW, &form, &manager).await;
    let page = account(answer.header("location"), &manager).await;
    assert!(page.contains("Taken back: the customer stays on its plan.") && !page.contains(told));
    let log = world
        .service
        .audit_log(&OPERATOR, &AuditInput::default(), None, 5)
        .await;
    let newest = log
        .unwrap()
        .items
        .into_iter()
        .find(|entry| entry.line.action != "look")
        .unwrap();
    assert_eq!(
        (newest.line.action.as_str(), newest.line.noun.as_str()),
        ("withdraw", "plan")
    );
    assert_eq!(newest.line.actor, StaffRole::AccountManager.word());

    let answer = post(&world, WITHDRAW, &form, &manager).await;
    let page = account(answer.header("location"), &manager).await;
    assert!(page.contains("It has taken effect, or somebody else took it back."));
}

#[tokio::test]
async fn what_a_contract_changes_is_not_taken_back_by_itself() {
    let world = World::with_pages().await;
    let manager = staff(&world, StaffRole::AccountManager).await;
    let customer = Customer::of(&world).await;
    let changes = world.service.plan_changes(&OPERATOR, customer.id).await.unwrap();
    let of_contract = changes.iter().find(|change| change.of_contract).unwrap();
    let form = format!("customer={}&change={}", customer.id, of_contract.id);
    post(&world, WITHDRAW, &form, &manager).await;
    assert_eq!(
        world.service.plan_changes(&OPERATOR, customer.id).await.unwrap(),
        changes
    );
}
