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
    service.edit_plan(&editor, plan, allotment(credits)).await.unwrap();
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
        service.edit_plan(&editor, &plan, edit).await.unwrap();
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
        service.edit_plan(&editor, &plan, wrong).await.unwrap_err().code(),
        "invalid"
    );
    let (number, _) = service.publish_plan_draft(&editor, &plan, 4, &[]).await.unwrap();
    assert_eq!(number, 1);
    assert_eq!(
        service.plan_page(&editor, &plan).await.unwrap().versions[0].terms.seats,
        Some(3)
    );
    let manager = staff(&[StaffRole::AccountManager], Reach::All);
    assert!(matches!(
        service.plan_rows(&manager).await,
        Err(ServiceError::Forbidden(_))
    ));
}
