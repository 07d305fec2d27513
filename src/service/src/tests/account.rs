//! What staff do to a customer's account, on both engines: who may, what it changes, and what is written down.

use std::sync::Arc;

use drawdown_domain::Money;
use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::staff::StaffRole;

use secrecy::SecretString;

use super::world::{World, key, member, staff, whole};
use crate::actor::Actor;
use crate::adjustments::{Booked, GiveInput};
use crate::grants::{GrantInput, GrantView};
use crate::portfolio::Health;
use crate::staff::{Reach, StaffInput};

fn manager_of(customer: OrganizationId) -> Actor {
    staff(&[StaffRole::AccountManager], Reach::Own(Arc::new([customer].into())))
}

/// What one person's word was enough for.
fn at_once(booked: Result<Booked, crate::ServiceError>) -> GrantView {
    match booked.unwrap() {
        Booked::AtOnce(grant) => *grant,
        Booked::Asked(request) => panic!("asked for: {request:?}"),
    }
}

fn finance() -> Actor {
    staff(&[StaffRole::Finance], Reach::All)
}

fn give(credits: i64) -> GiveInput {
    GiveInput {
        kind: GrantKind::Promotional,
        credits: whole(credits),
        valid_days: Some(30),
        scope: None,
        reason: "late delivery".to_owned(),
    }
}

/// One who is in the database, because notes refer to their writers.
async fn signed_in_manager(world: &World, customer: OrganizationId) -> Actor {
    let (service, email) = (&world.service, "grace@vendor.example");
    let password = || SecretString::from("correct horse".to_owned());
    let input = StaffInput {
        email: email.to_owned(),
        name: "Grace".to_owned(),
        roles: vec![StaffRole::AccountManager],
        all_customers: false,
        password: password(),
    };
    service.add_staff(&world.vendor, input).await.unwrap();
    service.assign_customer(&world.vendor, customer, email).await.unwrap();
    service.sign_in(email, password(), None).await.unwrap().actor()
}

/// The customer's audit log, the newest last: who did what to what.
async fn log(world: &World, customer: OrganizationId) -> Vec<String> {
    let page = world
        .service
        .audit(&world.vendor, Some(customer), None, 200)
        .await
        .unwrap();
    let told = page.items.iter().rev();
    told.map(|line| format!("{} {} {}", line.actor, line.action, line.noun))
        .collect()
}

#[tokio::test]
async fn credits_are_given_once_and_taken_back_with_their_reasons() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", 0).await;
        let manager = manager_of(customer);
        let service = &world.service;
        let first = at_once(service.give_credits(&manager, customer, give(100), "x").await);
        let again = at_once(service.give_credits(&manager, customer, give(100), "x").await);
        assert_eq!((first.id, world.left("a").await), (again.id, whole(100)));
        assert_eq!(first.note.as_deref(), Some("late delivery"));
        assert_eq!(first.expires.unwrap().relative, "in 30 days");
        // The same form with another amount is another form.
        let other = service.give_credits(&manager, customer, give(101), "x").await;
        assert_eq!(other.unwrap_err().code(), "idempotency_key_reused");

        let silent = service.take_back(&manager, customer, first.id, " ".to_owned()).await;
        assert_eq!(silent.unwrap_err().code(), "invalid");
        let taken = at_once(
            service
                .take_back(&manager, customer, first.id, "a mistake".to_owned())
                .await,
        );
        assert_eq!((taken.state, taken.voided), (GrantState::Void, whole(100)));
        assert_eq!(world.left("a").await, whole(0));
        let twice = service
            .take_back(&manager, customer, first.id, "again".to_owned())
            .await;
        assert_eq!(twice.unwrap_err().code(), "nothing_unspent");
        let log = log(&world, customer).await;
        assert_eq!(log[log.len() - 2..], ["Grace add grant", "Grace void grant"]);
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn what_was_paid_for_is_for_finance() {
    let world = World::sqlite().await;
    let customer = world.customer("a", "tier", 0).await;
    let (manager, service) = (manager_of(customer), &world.service);
    let paid = GrantInput {
        kind: GrantKind::Purchase,
        credits: whole(5),
        priority: None,
        effective_at: None,
        expires_at: None,
        paid: Some(Money::new(500, drawdown_domain::Currency::USD)),
        scope: None,
        note: None,
    };
    let paid = service.add_grant(&world.vendor, customer, paid, None).await.unwrap();
    let why = || "closing the account".to_owned();
    let refused = service.take_back(&manager, customer, paid.id, why()).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    service.take_back(&finance(), customer, paid.id, why()).await.unwrap();
    assert_eq!(world.left("a").await, whole(0));
    let mut wrong = give(5);
    wrong.kind = GrantKind::Purchase;
    wrong.scope = Some(vec![key("nothing")]);
    let refused = service.check_giving(&finance(), customer, &wrong).await.unwrap_err();
    let crate::ServiceError::Invalid(fields) = refused else {
        panic!("told by field")
    };
    let fields: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["kind", "scope"]);
}

#[tokio::test]
async fn a_suspended_customer_is_blocked_until_it_is_resumed() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", 50).await;
        let (manager, service) = (manager_of(customer), &world.service);
        let set = async |status, why: &str| service.set_customer_status(&manager, customer, status, why).await;
        assert_eq!(
            set(OrganizationStatus::Suspended, "").await.unwrap_err().code(),
            "invalid"
        );
        set(OrganizationStatus::Suspended, "unpaid").await.unwrap();
        set(OrganizationStatus::Suspended, "unpaid").await.unwrap();
        let account = service.account(&manager, customer).await.unwrap();
        assert_eq!(
            (account.customer.status, account.row.health),
            (OrganizationStatus::Suspended, Health::Blocked)
        );
        set(OrganizationStatus::Active, "paid").await.unwrap();
        let account = service.account(&manager, customer).await.unwrap();
        assert_eq!(account.row.health, Health::OnPace);
        let log = log(&world, customer).await;
        assert_eq!(
            log[log.len() - 2..],
            ["Grace suspend customer", "Grace resume customer"]
        );
        let before = &service.audit(&manager, Some(customer), None, 1).await.unwrap().items[0];
        assert_eq!(before.before.as_ref().unwrap()["status"], "suspended");
        let refused = service
            .set_customer_status(&finance(), customer, OrganizationStatus::Suspended, "x")
            .await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
    }
}

#[tokio::test]
async fn notes_and_looks_are_written_down_and_are_the_vendors_alone() {
    for world in World::all().await {
        let (customer, other) = (
            world.customer("a", "tier", 0).await,
            world.customer("b", "tier", 0).await,
        );
        let (manager, service) = (signed_in_manager(&world, customer).await, &world.service);
        let note = service.new_note_id();
        for _ in 0..2 {
            service
                .add_note(&manager, customer, note, " wants a bigger plan ")
                .await
                .unwrap();
        }
        let account = service.account(&manager, customer).await.unwrap();
        let told: Vec<_> = account
            .notes
            .iter()
            .map(|note| (note.author.as_str(), note.text.as_str()))
            .collect();
        assert_eq!(told, [("Grace", "wants a bigger plan")]);
        let empty = service.add_note(&manager, customer, service.new_note_id(), "  ").await;
        assert_eq!(empty.unwrap_err().code(), "invalid");
        service.look(&manager, customer, "overview").await.unwrap();
        let log = log(&world, customer).await;
        assert_eq!(log[log.len() - 2..], ["Grace add note", "Grace look customer"]);

        // Somebody else's customer does not exist; a member has no account page.
        for refused in [
            service.account(&manager, other).await.unwrap_err(),
            service
                .account(&member(customer, Role::Owner), customer)
                .await
                .unwrap_err(),
            service.look(&manager, other, "overview").await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), "not_found");
        }
        let refused = service
            .look(&staff(&[StaffRole::CatalogueEditor], Reach::All), customer, "x")
            .await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
    }
}
