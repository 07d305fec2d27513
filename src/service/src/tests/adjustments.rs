//! Adjustments above the limit: asked for by one, approved by another, booked once.

use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::id::{AdjustmentId, OrganizationId};
use drawdown_domain::staff::StaffRole;
use drawdown_store::AdjustmentDecision;
use secrecy::SecretString;

use super::world::{World, whole};
use crate::ServiceError;
use crate::actor::Actor;
use crate::adjustments::{AdjustmentState, AdjustmentView, Booked, GiveInput};
use crate::service::Service;
use crate::staff::StaffInput;

const MUCH: i64 = 10_001;

/// A person of the staff who is in the database.
pub(super) async fn person(world: &World, name: &str, role: StaffRole) -> Actor {
    let email = format!("{name}@vendor.example");
    let password = || SecretString::from("correct horse".to_owned());
    let input = StaffInput {
        email: email.clone(),
        name: name.to_owned(),
        roles: vec![role],
        all_customers: true,
        password: password(),
    };
    world.service.add_staff(&world.vendor, input).await.unwrap();
    let person = world.service.sign_in(&email, password(), None).await.unwrap();
    person.actor()
}

/// Some of the staff.
pub(super) struct People {
    pub(super) manager: Actor,
    pub(super) finance: Actor,
    pub(super) other_finance: Actor,
}

pub(super) async fn people(world: &World) -> People {
    People {
        manager: person(world, "grace", StaffRole::AccountManager).await,
        finance: person(world, "joan", StaffRole::Finance).await,
        other_finance: person(world, "mary", StaffRole::Finance).await,
    }
}

pub(super) fn give(credits: i64) -> GiveInput {
    GiveInput {
        kind: GrantKind::Adjustment,
        credits: whole(credits),
        valid_days: Some(30),
        scope: None,
        reason: "two days of wrong answers".to_owned(),
    }
}

pub(super) fn asked(booked: Booked) -> AdjustmentView {
    match booked {
        Booked::Asked(view) => *view,
        Booked::AtOnce(grant) => panic!("booked at once: {grant:?}"),
    }
}

async fn ask(service: &Service, actor: &Actor, customer: OrganizationId, once: &str) -> AdjustmentView {
    asked(service.give_credits(actor, customer, give(MUCH), once).await.unwrap())
}

/// The customer's lines about adjustments and grants, the oldest first: who did what, and from which state to which.
async fn log(world: &World, customer: OrganizationId) -> Vec<String> {
    let page = world.service.audit(&world.vendor, Some(customer), None, 200).await;
    let state = |value: &Option<serde_json::Value>| {
        let state = value.as_ref().and_then(|value| value["state"].as_str());
        state.unwrap_or("-").to_owned()
    };
    let lines = page.unwrap().items.into_iter().rev();
    lines
        .filter(|line| line.noun == "adjustment" || line.noun == "grant")
        .map(|line| {
            let (before, after) = (state(&line.before), state(&line.after));
            format!("{} {} {}: {before} > {after}", line.actor, line.action, line.noun)
        })
        .collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> &'static str {
    result.unwrap_err().code()
}

/// Neither who asked, nor who lacks the role, nor what is no person; and only who asked withdraws.
async fn only_another_decides(world: &World, people: &People, customer: OrganizationId, request: AdjustmentId) {
    let service = &world.service;
    for nobody in [&people.finance, &people.manager, &world.vendor] {
        assert_eq!(
            code(service.approve_adjustment(nobody, customer, request).await),
            "forbidden"
        );
        assert_eq!(
            code(service.refuse_adjustment(nobody, customer, request, "no").await),
            "forbidden"
        );
    }
    assert_eq!(
        code(
            service
                .withdraw_adjustment(&people.other_finance, customer, request)
                .await
        ),
        "forbidden"
    );
}

#[tokio::test]
async fn above_the_limit_one_asks_and_another_approves() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", 0).await;
        let (service, people) = (&world.service, people(&world).await);
        let at_limit = service
            .give_credits(&people.manager, customer, give(MUCH - 1), "l")
            .await;
        assert!(
            matches!(at_limit, Ok(Booked::AtOnce(_))),
            "the limit itself is one person's"
        );
        let request = ask(service, &people.finance, customer, "x").await;
        assert_eq!(ask(service, &people.finance, customer, "x").await.id, request.id);
        let other = service
            .give_credits(&people.finance, customer, give(MUCH + 1), "x")
            .await;
        assert_eq!(code(other), "idempotency_key_reused");
        assert_eq!(world.left("a").await, whole(MUCH - 1), "nothing is booked");
        assert_eq!(
            (request.asked_by.as_str(), request.may_withdraw, request.may_decide),
            ("joan", true, false)
        );

        only_another_decides(&world, &people, customer, request.id).await;
        let open = service
            .account(&people.other_finance, customer)
            .await
            .unwrap()
            .adjustments;
        assert_eq!((open.len(), open[0].may_decide, open[0].may_withdraw), (1, true, false));

        for _ in 0..2 {
            let booked = service
                .approve_adjustment(&people.other_finance, customer, request.id)
                .await
                .unwrap();
            assert_eq!(booked.state, AdjustmentState::Booked);
        }
        assert_eq!(world.left("a").await, whole(2 * MUCH - 1));
        assert_eq!(
            code(service.withdraw_adjustment(&people.finance, customer, request.id).await),
            "already_decided"
        );
        assert!(
            service
                .open_adjustments(&people.manager, customer)
                .await
                .unwrap()
                .is_empty()
        );
        let log = log(&world, customer).await;
        assert_eq!(
            log[1..],
            [
                "joan ask adjustment: - > pending",
                "mary approve adjustment: pending > approved",
                "mary add grant: - > -",
                "mary book adjustment: approved > booked",
            ]
        );
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn what_is_refused_or_withdrawn_is_never_booked() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", 0).await;
        let other = world.customer("b", "tier", 0).await;
        let (service, people) = (&world.service, people(&world).await);
        let request = ask(service, &people.manager, customer, "x").await;
        let silent = service
            .refuse_adjustment(&people.finance, customer, request.id, " ")
            .await;
        assert_eq!(code(silent), "invalid");
        let elsewhere = service.approve_adjustment(&people.finance, other, request.id).await;
        assert_eq!(code(elsewhere), "not_found");
        let refused = service
            .refuse_adjustment(&people.finance, customer, request.id, "too much")
            .await
            .unwrap();
        assert_eq!(
            (refused.state, refused.outcome.as_deref()),
            (AdjustmentState::Refused, Some("too much"))
        );
        let late = service
            .approve_adjustment(&people.other_finance, customer, request.id)
            .await;
        assert_eq!(code(late), "already_decided");
        let request = ask(service, &people.manager, customer, "y").await;
        service
            .withdraw_adjustment(&people.manager, customer, request.id)
            .await
            .unwrap();
        assert_eq!(
            code(service.approve_adjustment(&people.finance, customer, request.id).await),
            "already_decided"
        );
        world.step_seconds(3_600);
        assert_eq!(service.book_adjustments().await.unwrap(), 0);
        assert_eq!(world.left("a").await, whole(0));
        let log = log(&world, customer).await;
        assert_eq!(
            log,
            [
                "grace ask adjustment: - > pending",
                "joan refuse adjustment: pending > refused",
                "grace ask adjustment: - > pending",
                "grace withdraw adjustment: pending > withdrawn",
            ]
        );
    }
}

#[tokio::test]
async fn of_many_who_decide_at_once_one_does_and_it_is_booked_once() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", 0).await;
        let (service, people) = (&world.service, people(&world).await);
        let third = person(&world, "ida", StaffRole::Administrator).await;
        for round in 0..5_i64 {
            let request = ask(service, &people.finance, customer, &round.to_string()).await.id;
            let (a, b, c) = tokio::join!(
                service.approve_adjustment(&people.other_finance, customer, request),
                service.approve_adjustment(&third, customer, request),
                service.withdraw_adjustment(&people.finance, customer, request),
            );
            let ended = service.adjustment(&third, customer, request).await.unwrap().state;
            let approved = ended == AdjustmentState::Booked;
            assert_eq!(c.is_err(), approved, "{a:?} {b:?} {c:?}");
            assert!(approved || ended == AdjustmentState::Withdrawn, "{ended:?}");
            let booked = log(&world, customer)
                .await
                .iter()
                .filter(|line| line.contains("add grant"))
                .count();
            let credits = i64::try_from(booked).unwrap() * MUCH;
            assert_eq!(world.left("a").await, whole(credits));
            assert_eq!((a.is_ok() || b.is_ok()), approved);
        }
        assert_eq!(world.findings().await, [""; 0]);
    }
}

/// Brings a request to where a process that approves it is between two steps.
async fn approve_only(world: &World, customer: OrganizationId, id: AdjustmentId, by: &Actor) {
    let Actor::Staff(staff) = by else { panic!("a person") };
    let store = world.service.store();
    let mut request = store.adjustment(customer, id).await.unwrap().unwrap();
    request.state = AdjustmentState::Approved;
    request.decided = Some(AdjustmentDecision {
        by: staff.id,
        name: staff.name.clone(),
        at: world.service.instant(),
    });
    assert!(
        store
            .move_adjustment(AdjustmentState::Pending, &request, &[])
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_process_that_ends_in_the_middle_leaves_it_to_the_job_once() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", 0).await;
        let (service, people) = (&world.service, people(&world).await);
        let before_booking = ask(service, &people.manager, customer, "x").await.id;
        let after_booking = ask(service, &people.manager, customer, "y").await.id;
        for id in [before_booking, after_booking] {
            approve_only(&world, customer, id, &people.finance).await;
        }
        let store = service.store();
        let entered = store.adjustment(customer, after_booking).await.unwrap().unwrap();
        service.enter(&people.finance, &entered).await.unwrap();
        assert_eq!(service.book_adjustments().await.unwrap(), 0, "left to whoever approved");
        world.step_seconds(11);
        assert_eq!(service.book_adjustments().await.unwrap(), 2);
        assert_eq!(service.book_adjustments().await.unwrap(), 0);
        assert_eq!(world.left("a").await, whole(2 * MUCH));
        let again = service
            .approve_adjustment(&people.other_finance, customer, before_booking)
            .await
            .unwrap();
        assert_eq!(again.state, AdjustmentState::Booked);
        assert_eq!(world.left("a").await, whole(2 * MUCH));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn much_is_taken_back_by_two_as_well_and_what_the_ledger_refuses_is_told() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", MUCH).await;
        let (service, people) = (&world.service, people(&world).await);
        let grant = service.grants(&people.manager, customer).await.unwrap()[0].id;
        let why = || "given by mistake".to_owned();
        let request = asked(
            service
                .take_back(&people.manager, customer, grant, why())
                .await
                .unwrap(),
        );
        let twice = service.take_back(&people.finance, customer, grant, why()).await;
        assert_eq!(code(twice), "already_asked");
        assert_eq!(world.left("a").await, whole(MUCH));
        let booked = service
            .approve_adjustment(&people.finance, customer, request.id)
            .await
            .unwrap();
        assert_eq!(booked.state, AdjustmentState::Booked);
        let taken = &service.grants(&people.manager, customer).await.unwrap()[0];
        assert_eq!((taken.state, taken.voided), (GrantState::Void, whole(MUCH)));

        // What has expired meanwhile cannot be taken back any more.
        let request = ask(service, &people.manager, customer, "x").await.id;
        service
            .approve_adjustment(&people.finance, customer, request)
            .await
            .unwrap();
        let grant = service.grants(&people.manager, customer).await.unwrap()[0].id;
        let request = asked(
            service
                .take_back(&people.manager, customer, grant, why())
                .await
                .unwrap(),
        );
        world.step_seconds(31 * 86_400);
        service.sweep().await.unwrap();
        let failed = service
            .approve_adjustment(&people.finance, customer, request.id)
            .await
            .unwrap();
        assert_eq!(failed.state, AdjustmentState::Failed);
        assert!(failed.outcome.is_some());
        let last = log(&world, customer).await.pop().unwrap();
        assert_eq!(last, "joan fail adjustment: approved > not booked");
        assert_eq!(world.findings().await, [""; 0]);
    }
}
