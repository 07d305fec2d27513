//! Moving many customers: asked for at once, carried out in rounds, once, whoever works and wherever a process ends.

use drawdown_domain::Key;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::plan::Allotment;
use drawdown_domain::staff::StaffRole;
use drawdown_store::PlanMoveState;

use super::world::{World, key, staff, whole};
use crate::actor::Actor;
use crate::plans::{MoveChoice, Moved, PlanEdit, PlanMoveAct};
use crate::schedule::PlanWhen;
use crate::staff::Reach;

/// More than two rounds.
const MANY: i64 = 130;
/// Customers of the round that is done before the answer.
const FIRST: i64 = 50;

fn editor() -> Actor {
    staff(&[StaffRole::CatalogueEditor], Reach::All)
}

fn choice(when: PlanWhen) -> MoveChoice {
    MoveChoice {
        version: 1,
        contract: false,
        when,
    }
}

async fn customers(world: &World, count: i64) -> Vec<OrganizationId> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(world.customer(&format!("c{number:03}"), "monthly", 0).await);
    }
    ids
}

/// Publishes another allotment and has the customers of version 1 moved.
async fn publish(world: &World, plan: &Key, when: PlanWhen) -> Moved {
    let (service, editor) = (&world.service, editor());
    service.start_plan_draft(&editor, plan).await.unwrap();
    let edit = PlanEdit::PutAllotment {
        name: key("credits"),
        allotment: Allotment::plain(whole(600)),
        is_new: false,
    };
    service.edit_plan(&editor, plan, edit).await.unwrap();
    let revision = service.plan_draft(&editor, plan).await.unwrap().unwrap().revision;
    let published = service
        .publish_plan_draft(&editor, plan, revision, &[choice(when)])
        .await;
    published.unwrap().1
}

/// How often the log says that a customer's plan was set, or that its change was scheduled or withdrawn.
async fn lines(world: &World, customer: OrganizationId, action: &str) -> usize {
    let log = world.service.audit(&world.vendor, Some(customer), None, 200).await;
    let lines = log.unwrap().items.into_iter();
    lines
        .filter(|line| line.noun == "plan" && line.action == action && line.actor == "Grace")
        .count()
}

#[tokio::test]
async fn many_are_moved_in_rounds_by_two_processes_and_each_once() {
    for world in World::all().await {
        let plan = key("monthly");
        let all = customers(&world, MANY).await;
        let asked = publish(&world, &plan, PlanWhen::Now).await;
        assert_eq!(
            (asked.now, asked.under_way, asked.refused_count),
            (FIRST, MANY - FIRST, 0)
        );
        let page = world.service.plan_page(&editor(), &plan).await.unwrap();
        let group = &page.moves[0];
        assert_eq!(
            (
                group.act,
                group.from,
                group.done,
                group.under_way,
                group.asked_by.as_str()
            ),
            (PlanMoveAct::Now, Some(1), FIRST, MANY - FIRST, "Grace")
        );
        // The same asked for again concerns nobody who waits already.
        let again = world
            .service
            .move_groups(&editor(), &plan, &[choice(PlanWhen::Now)])
            .await;
        assert_eq!(again.unwrap(), Moved::default());

        let other = world.other_process().await;
        let (one, two) = tokio::join!(world.service.run_plan_moves(), other.run_plan_moves());
        let done = i64::try_from(one.unwrap() + two.unwrap()).unwrap();
        assert_eq!(done, MANY - FIRST);
        assert_eq!(world.service.run_plan_moves().await.unwrap(), 0);
        let page = world.service.plan_page(&editor(), &plan).await.unwrap();
        let group = page.moves.last().unwrap();
        assert_eq!((group.done, group.under_way), (MANY, 0));
        assert!(page.groups.is_empty());
        for customer in all {
            assert_eq!(lines(&world, customer, "set").await, 1);
        }
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn a_round_that_is_cut_off_is_done_again_and_moves_nobody_twice() {
    for world in World::all().await {
        let plan = key("monthly");
        let all = customers(&world, 60).await;
        publish(&world, &plan, PlanWhen::AtRenewal).await;
        let store = world.service.store();
        // A process has claimed the rest, has moved one of them, and is gone.
        let claimed = store
            .claim_plan_moves(world.service.instant(), None, 100)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 10);
        let to = store.plan_version(claimed[0].to).await.unwrap().unwrap();
        let (actor, first) = (editor(), claimed[0].organization);
        let moved = world.service.change_plan_of(&actor, first, &to, PlanWhen::AtRenewal);
        moved.await.unwrap();
        assert_eq!(world.service.run_plan_moves().await.unwrap(), 0, "they are claimed");
        world.step_seconds(61);
        assert_eq!(world.service.run_plan_moves().await.unwrap(), 10);
        let page = world.service.plan_page(&editor(), &plan).await.unwrap();
        assert_eq!((page.waiting, page.moves[0].at_renewal), (60, 60));
        for customer in all {
            assert_eq!(lines(&world, customer, "schedule").await, 1);
        }
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn what_has_not_taken_effect_is_taken_back_in_rounds_too() {
    for world in World::all().await {
        let (service, plan) = (&world.service, key("monthly"));
        customers(&world, MANY).await;
        let asked = publish(&world, &plan, PlanWhen::AtRenewal).await;
        assert_eq!((asked.at_renewal, asked.under_way), (FIRST, MANY - FIRST));
        // Some wait for their renewal, the others for their turn; a process is at one of these.
        let store = service.store();
        let late = store.claim_plan_moves(service.instant(), None, 1).await.unwrap();
        assert_eq!(service.withdraw_moves(&editor(), &plan).await.unwrap(), MANY);
        // One that a process was at schedules it after all, and takes it back as it hears of it.
        let to = store.plan_version(late[0].to).await.unwrap().unwrap();
        let at = late[0].organization;
        let actor = editor();
        let scheduled = service.change_plan_of(&actor, at, &to, PlanWhen::AtRenewal);
        scheduled.await.unwrap();
        service
            .end_move(&editor(), &late[0], PlanMoveState::Scheduled, None)
            .await
            .unwrap();
        while service.run_plan_moves().await.unwrap() > 0 {}
        let page = service.plan_page(&editor(), &plan).await.unwrap();
        assert_eq!(page.waiting, 0);
        let (back, group) = (&page.moves[0], &page.moves[1]);
        assert_eq!((back.act, back.done), (PlanMoveAct::Withdraw, FIRST));
        assert_eq!((group.at_renewal, group.withdrawn), (FIRST, MANY - FIRST));
        world.step_seconds(40 * 86_400);
        service.run_schedule().await.unwrap();
        let groups = service.plan_page(&editor(), &plan).await.unwrap().groups;
        assert_eq!((groups.len(), groups[0].customers), (1, MANY));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn later_moves_of_a_customer_wait_for_earlier_ones() {
    let world = World::sqlite().await;
    let (service, plan) = (&world.service, key("monthly"));
    customers(&world, 60).await;
    publish(&world, &plan, PlanWhen::AtRenewal).await;
    // Ten wait for their turn; now all are to be moved at once.
    let now = service
        .move_groups(&editor(), &plan, &[choice(PlanWhen::Now)])
        .await
        .unwrap();
    assert_eq!((now.now, now.under_way), (50, 10));
    while service.run_plan_moves().await.unwrap() > 0 {}
    let page = service.plan_page(&editor(), &plan).await.unwrap();
    assert_eq!(
        (page.moves[0].done, page.moves[1].at_renewal, page.waiting),
        (60, 60, 0)
    );
    assert!(page.groups.is_empty());
}
