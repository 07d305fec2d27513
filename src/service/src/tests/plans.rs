//! Plans on the pages: begun, written by small changes, published, and customers moved by group: now, at renewal or never.

use drawdown_domain::plan::{Allotment, PlanKind, Unlimited};
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Key};

use super::world::{World, key, staff, whole};
use crate::Actor;
use crate::error::ServiceError;
use crate::plans::{MoveChoice, NewPlan, PlanEdit};
use crate::schedule::PlanWhen;
use crate::staff::Reach;

fn editor() -> Actor {
    staff(&[StaffRole::CatalogueEditor], Reach::All)
}

fn allotment(credits: i64) -> PlanEdit {
    PlanEdit::PutAllotment {
        name: key("credits"),
        allotment: Allotment::plain(whole(credits)),
        is_new: false,
    }
}

async fn version_of(world: &World, customer: &str) -> i64 {
    let view = world.service.customer(&world.vendor, &key(customer)).await.unwrap();
    view.plan.unwrap().version
}

/// Publishes another allotment of the plan, and does with each group of version 1 or later what is said.
async fn publish(world: &World, plan: &Key, credits: i64, moves: &[MoveChoice]) -> (i64, crate::plans::Moved) {
    let (service, editor) = (&world.service, editor());
    service.start_plan_draft(&editor, plan).await.unwrap();
    service
        .edit_plan(&editor, plan, None, allotment(credits))
        .await
        .unwrap();
    let revision = service.plan_draft(&editor, plan).await.unwrap().unwrap().revision;
    service
        .publish_plan_draft(&editor, plan, revision, moves)
        .await
        .unwrap()
}

#[tokio::test]
async fn customers_move_by_group_now_at_renewal_or_never() {
    for world in World::all().await {
        let (service, editor, plan) = (&world.service, editor(), key("monthly"));
        for name in ["a", "b"] {
            world.customer(name, "monthly", 0).await;
        }
        let choice = |version: i64, when| MoveChoice {
            version,
            contract: false,
            when,
        };
        let (number, moved) = publish(&world, &plan, 600, &[]).await;
        assert_eq!((number, moved), (2, crate::plans::Moved::default()));
        assert_eq!(version_of(&world, "a").await, 1, "never");

        let (number, moved) = publish(&world, &plan, 700, &[choice(1, PlanWhen::AtRenewal)]).await;
        assert_eq!((number, moved.at_renewal, moved.now), (3, 2, 0));
        assert_eq!(version_of(&world, "a").await, 1);
        let page = service.plan_page(&editor, &plan).await.unwrap();
        assert_eq!((page.waiting, page.groups.len(), page.groups[0].customers), (2, 1, 2));
        let change = page.groups[0].changes[0].to_string();
        assert_eq!(
            change,
            "allotment credits: 500 credits each interval -> 700 credits each interval"
        );
        assert_eq!(service.withdraw_moves(&editor, &plan).await.unwrap(), 2);
        assert_eq!(service.plan_page(&editor, &plan).await.unwrap().waiting, 0);

        let moved = service
            .move_groups(&editor, &plan, &[choice(1, PlanWhen::Now)])
            .await
            .unwrap();
        assert_eq!((moved.now, moved.refused_count), (2, 0));
        assert_eq!((version_of(&world, "a").await, version_of(&world, "b").await), (3, 3));
        assert!(service.plan_page(&editor, &plan).await.unwrap().groups.is_empty());
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_new_plan_is_written_and_published_once_it_is_whole() {
    let world = World::sqlite().await;
    let (service, editor, plan) = (&world.service, editor(), key("all"));
    let new = |key: &Key| NewPlan {
        key: key.clone(),
        name: " All of it ".to_owned(),
        kind: PlanKind::Unlimited,
        currency: Currency::USD,
    };
    let taken = service.begin_plan(&editor, new(&key("tier"))).await.unwrap_err();
    assert_eq!(taken.code(), "invalid");
    service.begin_plan(&editor, new(&plan)).await.unwrap();
    let draft = service.plan_draft(&editor, &plan).await.unwrap().unwrap();
    assert_eq!((draft.terms.name.as_str(), draft.based_on), ("All of it", 0));
    assert!(draft.fault.unwrap().contains("says which runs cost nothing"));
    let refused = service.publish_plan_draft(&editor, &plan, 1, &[]).await.unwrap_err();
    assert_eq!(refused.code(), "draft_not_valid");
    let rows = service.plan_rows(&editor).await.unwrap();
    assert!(
        rows.iter()
            .any(|row| row.key == plan && row.current.is_none() && row.has_draft)
    );

    let edits = [
        PlanEdit::PutUnlimited(None, Unlimited::default()),
        PlanEdit::RemoveUnlimited(0),
        PlanEdit::Basics {
            name: "Some of it".to_owned(),
            kind: PlanKind::Tier,
            price: None,
            interval: draft.terms.interval,
            lasts: None,
            seats: Some(3),
            extra_seat_price: None,
        },
    ];
    for edit in edits {
        service.edit_plan(&editor, &plan, None, edit).await.unwrap();
    }
    let twice = Allotment {
        lasts: 0,
        ..Allotment::plain(whole(5))
    };
    let wrong = PlanEdit::PutAllotment {
        name: key("credits"),
        allotment: twice,
        is_new: true,
    };
    assert_eq!(
        service.edit_plan(&editor, &plan, None, wrong).await.unwrap_err().code(),
        "invalid"
    );
    let (number, _) = service.publish_plan_draft(&editor, &plan, 4, &[]).await.unwrap();
    assert_eq!(number, 1);
    assert_eq!(
        service.plan_page(&editor, &plan).await.unwrap().versions[0].terms.seats,
        Some(3)
    );
}

#[tokio::test]
async fn an_account_manager_reads_what_is_published_and_nothing_else() {
    let world = World::sqlite().await;
    let (service, editor, plan) = (&world.service, editor(), key("monthly"));
    let manager = staff(&[StaffRole::AccountManager], Reach::All);
    let finance = staff(&[StaffRole::Finance], Reach::All);
    let refused = service.plan_rows(&finance).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Forbidden(_)));
    let next = NewPlan {
        key: key("next"),
        name: "Next".to_owned(),
        kind: PlanKind::Tier,
        currency: Currency::USD,
    };
    service.begin_plan(&editor, next).await.unwrap();
    service.start_plan_draft(&editor, &plan).await.unwrap();
    let rows = service.plan_rows(&manager).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.current.is_some() && !row.has_draft));
    let page = service.plan_page(&manager, &plan).await.unwrap();
    assert_eq!((page.draft, page.versions.len()), (None, 1));
    let unpublished = service.plan_page(&manager, &key("next")).await.unwrap_err();
    assert!(matches!(unpublished, ServiceError::NotFound("plan")));
    let draft = service.plan_draft(&manager, &plan).await.unwrap_err();
    assert!(matches!(draft, ServiceError::Forbidden(_)));
}

#[tokio::test]
async fn two_editors_never_undo_each_others_work_unseen() {
    for world in World::all().await {
        let (service, editor, plan) = (&world.service, editor(), key("monthly"));
        service.start_plan_draft(&editor, &plan).await.unwrap();
        let edit = |seen, credits| service.edit_plan(&editor, &plan, Some(seen), allotment(credits));
        let (one, other) = tokio::join!(edit(1, 600), edit(1, 700));
        let late = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(late.len(), 1, "one of the two wins");
        assert_eq!(late[0].code(), "draft_changed");
        assert!(
            late[0].to_string().starts_with("Grace has changed the draft"),
            "{}",
            late[0]
        );
        let draft = service.plan_draft(&editor, &plan).await.unwrap().unwrap();
        assert_eq!(draft.revision, 2);
        // The same sent twice is once, whatever it saw; and so is what removes what is gone already.
        let said = draft.terms.allotments["credits"].credits;
        let again = Allotment::plain(said);
        let again = PlanEdit::PutAllotment {
            name: key("credits"),
            allotment: again,
            is_new: false,
        };
        service.edit_plan(&editor, &plan, Some(1), again).await.unwrap();
        let gone = PlanEdit::RemoveAllotment(key("nothing"));
        let refused = service.edit_plan(&editor, &plan, Some(1), gone).await.unwrap_err();
        assert_eq!(refused.code(), "draft_changed");
        edit(2, 800).await.unwrap();
        let draft = service.plan_draft(&editor, &plan).await.unwrap().unwrap();
        assert_eq!(
            (draft.revision, draft.terms.allotments["credits"].credits),
            (3, whole(800))
        );
    }
}

#[tokio::test]
async fn a_draft_does_not_undo_a_version_that_was_published_meanwhile() {
    for world in World::all().await {
        let (service, editor, plan) = (&world.service, editor(), key("monthly"));
        service.start_plan_draft(&editor, &plan).await.unwrap();
        service.edit_plan(&editor, &plan, None, allotment(600)).await.unwrap();
        let file = super::world::CATALOGUE.replace("allotment = \"500\"", "allotment = \"500\"\nseats = 4");
        service.apply_catalogue(&world.vendor, &file).await.unwrap();
        let refused = service.publish_plan_draft(&editor, &plan, 2, &[]).await.unwrap_err();
        assert_eq!(refused.code(), "draft_behind");
        let draft = service.plan_draft(&editor, &plan).await.unwrap().unwrap();
        assert_eq!((draft.revision, draft.based_on, draft.newer), (2, 1, Some(2)));
        let changes: Vec<&str> = draft.changes.iter().map(|change| change.what.as_str()).collect();
        assert_eq!(changes, ["allotment credits", "seats"], "what it would undo is told");
        let seen_before = service.carry_plan_draft(&editor, &plan, 1).await.unwrap_err();
        assert_eq!(seen_before.code(), "draft_changed");
        service.carry_plan_draft(&editor, &plan, 2).await.unwrap();
        let log = service.audit(&world.vendor, None, None, 1).await.unwrap().items;
        assert_eq!((log[0].action.as_str(), log[0].noun.as_str()), ("carry", "plan_draft"));
        assert_eq!(
            log[0].before,
            Some(serde_json::json!({"plan": "monthly", "based_on": 1}))
        );
        assert_eq!(
            log[0].after,
            Some(serde_json::json!({"plan": "monthly", "based_on": 2}))
        );
        let (number, _) = service.publish_plan_draft(&editor, &plan, 3, &[]).await.unwrap();
        assert_eq!(number, 3);
    }
}
