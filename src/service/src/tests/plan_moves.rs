//! Moving many customers: asked for at once, carried out in rounds, once, whoever works and wherever a process ends.

use drawdown_domain::Key;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::plan::Allotment;
use drawdown_domain::staff::StaffRole;
use drawdown_store::ClaimedMove;

use super::world::{World, key, staff, whole};
use crate::actor::Actor;
use crate::plans::{MoveChoice, Moved, PlanEdit, PlanMoveAct};
use crate::schedule::{PlanChanged, PlanWhen};
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
    publish_with(world, plan, 600, &[choice(when)]).await
}

/// Publishes a version with so many credits, and moves groups to it.
async fn publish_with(world: &World, plan: &Key, credits: i64, moves: &[MoveChoice]) -> Moved {
    let (service, editor) = (&world.service, editor());
    service.start_plan_draft(&editor, plan).await.unwrap();
    let edit = PlanEdit::PutAllotment {
        name: key("credits"),
        allotment: Allotment::plain(whole(credits)),
        is_new: false,
    };
    service.edit_plan(&editor, plan, None, edit).await.unwrap();
    let revision = service.plan_draft(&editor, plan).await.unwrap().unwrap().revision;
    let published = service.publish_plan_draft(&editor, plan, revision, moves).await;
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
        assert_eq!(
            other.run_plan_moves().await.unwrap(),
            0,
            "whoever asked has it alone at first"
        );
        world.step_seconds(5);
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
        world.step_seconds(5);
        let claimed = store
            .claim_plan_moves(world.service.instant(), None, 100)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 10);
        let to = store.plan_version(claimed[0].to).await.unwrap().unwrap();
        let (actor, first) = (editor(), claimed[0].organization);
        let when = PlanWhen::AtRenewal;
        let moved = world
            .service
            .change_plan_of(&actor, first, &to, when, Some(&claimed[0]));
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
        // Some wait for their renewal, the others for their turn; a process is at one of these, and another has it done later.
        world.step_seconds(5);
        let store = service.store();
        let late = store.claim_plan_moves(service.instant(), None, 1).await.unwrap();
        assert_eq!(service.withdraw_moves(&editor(), &plan).await.unwrap(), MANY);
        service.carry_out_move(&late[0]).await.unwrap();
        let page = service.plan_page(&editor(), &plan).await.unwrap();
        assert_eq!(
            (page.waiting, page.moves[0].under_way),
            (0, 1),
            "none of them is counted twice"
        );
        world.step_seconds(5);
        while service.run_plan_moves().await.unwrap() > 0 {}
        let page = service.plan_page(&editor(), &plan).await.unwrap();
        assert_eq!(page.waiting, 0);
        let (back, group) = (&page.moves[0], &page.moves[1]);
        assert_eq!((back.act, back.done), (PlanMoveAct::Withdraw, MANY));
        assert_eq!((group.at_renewal, group.withdrawn), (FIRST + 1, MANY - FIRST - 1));
        assert_eq!(service.withdraw_moves(&editor(), &plan).await.unwrap(), 0);
        assert_eq!(service.plan_page(&editor(), &plan).await.unwrap().moves.len(), 2);
        world.step_seconds(40 * 86_400);
        service.run_schedule().await.unwrap();
        let groups = service.plan_page(&editor(), &plan).await.unwrap().groups;
        assert_eq!((groups.len(), groups[0].customers), (1, MANY));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn later_moves_of_a_customer_wait_for_earlier_ones() {
    for world in World::all().await {
        later_wait_for_earlier(&world).await;
    }
}

async fn later_wait_for_earlier(world: &World) {
    let (service, plan) = (&world.service, key("monthly"));
    customers(world, 60).await;
    publish(world, &plan, PlanWhen::AtRenewal).await;
    // Ten wait for their turn; now all are to be moved at once.
    let now = service
        .move_groups(&editor(), &plan, &[choice(PlanWhen::Now)])
        .await
        .unwrap();
    assert_eq!((now.now, now.under_way), (50, 10));
    world.step_seconds(5);
    while service.run_plan_moves().await.unwrap() > 0 {}
    let page = service.plan_page(&editor(), &plan).await.unwrap();
    assert_eq!(
        (page.moves[0].done, page.moves[1].at_renewal, page.waiting),
        (60, 60, 0)
    );
    assert!(page.groups.is_empty());
}

/// Asks for the move of sixty at their renewal, of whom fifty are done at once, and claims the others as a process does that
/// then hangs or is gone.
async fn ten_are_claimed(world: &World) -> Vec<ClaimedMove> {
    customers(world, 60).await;
    publish(world, &key("monthly"), PlanWhen::AtRenewal).await;
    world.step_seconds(5);
    let store = world.service.store();
    let claimed = store
        .claim_plan_moves(world.service.instant(), None, 100)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 10);
    claimed
}

/// Nobody is moved, however long one waits.
async fn assert_all_stay(world: &World) {
    let (service, plan) = (&world.service, key("monthly"));
    world.step_seconds(61);
    while service.run_plan_moves().await.unwrap() > 0 {}
    let page = service.plan_page(&editor(), &plan).await.unwrap();
    assert_eq!(
        (page.waiting, page.moves.iter().map(|group| group.under_way).sum()),
        (0, 0_i64)
    );
    world.step_seconds(40 * 86_400);
    service.run_schedule().await.unwrap();
    let groups = service.plan_page(&editor(), &plan).await.unwrap().groups;
    assert_eq!((groups.len(), groups[0].customers), (1, 60));
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn what_a_process_that_is_gone_was_at_is_taken_back_too() {
    for world in World::all().await {
        let claimed = ten_are_claimed(&world).await;
        let (service, actor) = (&world.service, editor());
        let concerned = service.withdraw_moves(&actor, &key("monthly")).await.unwrap();
        assert_eq!(concerned, 60);
        // It schedules one after that, and is gone before it has said so.
        let to = service.store().plan_version(claimed[0].to).await.unwrap().unwrap();
        let (first, when) = (claimed[0].organization, PlanWhen::AtRenewal);
        let moved = service.change_plan_of(&actor, first, &to, when, Some(&claimed[0]));
        moved.await.unwrap();
        assert_all_stay(&world).await;
    }
}

#[tokio::test]
async fn a_process_that_has_lost_its_claim_moves_nobody() {
    for world in World::all().await {
        let claimed = ten_are_claimed(&world).await;
        let (service, plan) = (&world.service, key("monthly"));
        // Another takes over what hangs, and all of it is taken back.
        world.step_seconds(61);
        assert_eq!(service.run_plan_moves().await.unwrap(), 10);
        assert_eq!(service.withdraw_moves(&editor(), &plan).await.unwrap(), 60);
        while service.run_plan_moves().await.unwrap() > 0 {}
        for claim in &claimed {
            service.carry_out_move(claim).await.unwrap();
        }
        let page = service.plan_page(&editor(), &plan).await.unwrap();
        assert_eq!((page.waiting, page.moves[1].refused), (0, 0));
        assert_all_stay(&world).await;
    }
}

#[tokio::test]
async fn who_has_agreed_on_something_else_meanwhile_is_not_moved() {
    for world in World::all().await {
        let claimed = ten_are_claimed(&world).await;
        let (service, plan) = (&world.service, key("monthly"));
        let other = service.store().current_plan(&key("tier")).await.unwrap().unwrap();
        let [on_another, will_be, ended] = [0, 1, 2].map(|place: usize| claimed[place].organization);
        let manager = staff(&[StaffRole::AccountManager], Reach::All);
        let now = service.change_plan(&manager, on_another, other.id, PlanWhen::Now);
        now.await.unwrap();
        let later = service.change_plan(&manager, will_be, other.id, PlanWhen::AtRenewal);
        later.await.unwrap();
        service.end_plan(&manager, ended, PlanWhen::Now).await.unwrap();
        world.step_seconds(61);
        while service.run_plan_moves().await.unwrap() > 0 {}
        let page = service.plan_page(&editor(), &plan).await.unwrap();
        let group = &page.moves[0];
        assert_eq!((group.at_renewal, group.refused, page.waiting), (57, 3, 57));
        let mut reasons: Vec<&str> = group.refusals.iter().map(|(_, why)| why.as_str()).collect();
        reasons.sort_unstable();
        let expected = [
            "another change of its plan is scheduled",
            "it is on another plan now",
            "it is on another plan now",
        ];
        assert_eq!(reasons, expected);
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn moves_to_a_version_that_another_has_followed_are_told_and_taken_back() {
    let world = World::sqlite().await;
    let (service, plan) = (&world.service, key("monthly"));
    customers(&world, 60).await;
    publish(&world, &plan, PlanWhen::AtRenewal).await;
    publish_with(&world, &plan, 700, &[]).await;
    let page = service.plan_page(&editor(), &plan).await.unwrap();
    let group = &page.moves[0];
    assert_eq!(
        (page.waiting, group.to, group.from, group.under_way),
        (50, 2, Some(1), 10)
    );
    assert_eq!(service.withdraw_moves(&editor(), &plan).await.unwrap(), 60);
    assert_all_stay(&world).await;
}

#[tokio::test]
async fn what_was_agreed_with_one_customer_is_not_taken_back_with_a_group() {
    for world in World::all().await {
        let (service, plan) = (&world.service, key("monthly"));
        let all = customers(&world, 3).await;
        let [first, second, third] = [all[0], all[1], all[2]];
        let upgraded = world.customer("upgraded", "tier", 0).await;
        publish_with(&world, &plan, 600, &[]).await;
        let new = service.store().current_plan(&plan).await.unwrap().unwrap().id;
        let manager = staff(&[StaffRole::AccountManager], Reach::All);
        let agree = async |customer| {
            let agreed = service.change_plan(&manager, customer, new, PlanWhen::AtRenewal).await;
            assert!(matches!(agreed.unwrap(), PlanChanged::Scheduled(_)));
        };
        // With one before its group is moved, and with one after that.
        agree(upgraded).await;
        agree(first).await;
        let group = choice(PlanWhen::AtRenewal);
        let moved = service.move_groups(&editor(), &plan, &[group]).await.unwrap();
        assert_eq!((moved.at_renewal, moved.under_way), (3, 0));
        agree(second).await;
        assert_eq!(service.plan_page(&editor(), &plan).await.unwrap().waiting, 1);

        let to_come = async |customer| service.plan_changes(&manager, customer).await.unwrap().len();
        assert_eq!(service.withdraw_moves(&editor(), &plan).await.unwrap(), 1);
        for (customer, count) in [(upgraded, 1), (first, 1), (second, 1), (third, 0)] {
            assert_eq!(to_come(customer).await, count, "{customer}");
        }
        // Who was taken back with its group is sold the same after that.
        agree(third).await;
        assert_eq!(service.withdraw_moves(&editor(), &plan).await.unwrap(), 0);
        assert_eq!((to_come(third).await, lines(&world, third, "withdraw").await), (1, 1));
        assert_eq!(service.plan_page(&editor(), &plan).await.unwrap().waiting, 0);
        world.step_seconds(40 * 86_400);
        service.run_schedule().await.unwrap();
        assert!(service.plan_page(&editor(), &plan).await.unwrap().groups.is_empty());
        assert_eq!(world.findings().await, [""; 0]);
    }
}
