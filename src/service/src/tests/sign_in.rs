//! Keys, passwords and sessions.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;
use secrecy::{ExposeSecret as _, SecretString};

use super::world::World;
use crate::actor::{Actor, KeyScope};
use crate::error::ServiceError;
use crate::members::MemberInput;
use crate::person::Person;
use crate::portfolio::PortfolioInput;
use crate::sessions::SESSION_SECONDS;
use crate::staff::{Reach, StaffInput};

async fn ada(world: &World) -> OrganizationId {
    let organization = world.customer("a", "tier", 0).await;
    let input = MemberInput {
        email: "Ada@Example.com".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Owner,
        password: "correct horse".to_owned().into(),
    };
    world
        .service
        .add_member(&world.vendor, organization, input)
        .await
        .unwrap();
    organization
}

async fn sign_in(world: &World, email: &str, password: &str) -> Result<Person, ServiceError> {
    let address = Some("192.0.2.1".parse().unwrap());
    world.service.sign_in(email, password.to_owned().into(), address).await
}

#[tokio::test]
async fn the_right_password_signs_in_whatever_the_case_of_the_address() {
    let world = World::sqlite().await;
    let organization = ada(&world).await;
    let person = sign_in(&world, " ADA@example.com", "correct horse").await.unwrap();
    let member = person.member().unwrap();
    assert_eq!((member.organization, member.role), (organization, Role::Owner));
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_are_told_alike() {
    let world = World::sqlite().await;
    ada(&world).await;
    let wrong = sign_in(&world, "ada@example.com", "wrong horse").await.unwrap_err();
    let unknown = sign_in(&world, "eve@example.com", "wrong horse").await.unwrap_err();
    assert_eq!((wrong.code(), wrong.to_string()), (unknown.code(), unknown.to_string()));
    assert_eq!(wrong.code(), "unauthenticated");
}

#[tokio::test]
async fn who_tries_too_often_waits_and_nobody_else_does() {
    let world = World::sqlite().await;
    ada(&world).await;
    for _ in 0..5 {
        let wrong = sign_in(&world, "ada@example.com", "wrong horse").await.unwrap_err();
        assert_eq!(wrong.code(), "unauthenticated");
    }
    let waiting = sign_in(&world, "ada@example.com", "correct horse").await.unwrap_err();
    let ServiceError::TooManyAttempts { retry_after_s } = waiting else {
        panic!("expected to wait, got {waiting:?}");
    };
    assert!((1..=31).contains(&retry_after_s), "{retry_after_s}");
    let elsewhere = Some("192.0.2.2".parse().unwrap());
    let password: SecretString = "correct horse".to_owned().into();
    assert!(
        world
            .service
            .sign_in("ada@example.com", password, elsewhere)
            .await
            .is_ok()
    );
    world.step_seconds(retry_after_s);
    assert!(sign_in(&world, "ada@example.com", "correct horse").await.is_ok());
}

#[tokio::test]
async fn a_session_lasts_until_it_is_revoked_or_over() {
    let world = World::sqlite().await;
    ada(&world).await;
    let member = sign_in(&world, "ada@example.com", "correct horse").await.unwrap();
    lasts_until_revoked_or_over(&world, member).await;
}

async fn grace(world: &World, all_customers: bool) -> Person {
    let input = StaffInput {
        email: "Grace@Vendor.example".to_owned(),
        name: "Grace".to_owned(),
        roles: vec![StaffRole::AccountManager],
        all_customers,
        password: "correct horse".to_owned().into(),
    };
    world.service.add_staff(&world.vendor, input).await.unwrap();
    sign_in(world, "grace@vendor.example", "correct horse").await.unwrap()
}

#[tokio::test]
async fn a_session_of_staff_lasts_as_one_of_members_does() {
    let world = World::sqlite().await;
    let grace = grace(&world, true).await;
    lasts_until_revoked_or_over(&world, grace).await;
}

#[tokio::test]
async fn an_account_manager_knows_the_customers_in_its_hands() {
    let world = World::sqlite().await;
    let (own, other) = (
        world.customer("own", "tier", 0).await,
        world.customer("other", "tier", 0).await,
    );
    let service = &world.service;
    let grace = grace(&world, false).await;
    service
        .assign_customer(&world.vendor, own, "grace@vendor.example")
        .await
        .unwrap();
    let session = service.start_session(&grace).await.unwrap();
    let Some(Person::Staff(staff)) = service.person_of_session(session).await.unwrap() else {
        panic!("a person of the staff");
    };
    assert_eq!(staff.reach, Reach::Own(std::sync::Arc::new([own].into())));
    let actor = Actor::Staff(staff);
    assert!(service.grants(&actor, own).await.is_ok());
    let refused = service.grants(&actor, other).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    let shown = service.portfolio(&actor, PortfolioInput::default(), 10).await.unwrap();
    assert_eq!(
        shown.customers.items.iter().map(|view| view.id).collect::<Vec<_>>(),
        [own]
    );
    let log = service.audit(&world.vendor, Some(own), None, 1).await.unwrap();
    assert_eq!(
        (log.items[0].action.as_str(), log.items[0].before.is_some()),
        ("assign", true)
    );
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once() {
    let world = World::sqlite().await;
    let grace = grace(&world, true).await;
    let session = world.service.start_session(&grace).await.unwrap();
    world
        .service
        .disable_staff(&world.vendor, "grace@vendor.example")
        .await
        .unwrap();
    assert_eq!(world.service.person_of_session(session).await.unwrap(), None);
    let refused = sign_in(&world, "grace@vendor.example", "correct horse")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "unauthenticated");
}

#[tokio::test]
async fn an_address_signs_in_one_person_only() {
    let world = World::sqlite().await;
    ada(&world).await;
    let input = StaffInput {
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        roles: vec![StaffRole::Administrator],
        all_customers: true,
        password: "another horse".to_owned().into(),
    };
    let refused = world.service.add_staff(&world.vendor, input).await.unwrap_err();
    assert_eq!(refused.code(), "already_exists");
}

async fn lasts_until_revoked_or_over(world: &World, member: Person) {
    let service = &world.service;
    let first = service.start_session(&member).await.unwrap();
    let second = service.start_session(&member).await.unwrap();
    assert_eq!(service.person_of_session(first).await.unwrap(), Some(member.clone()));
    service.revoke_session(&member, first).await.unwrap();
    assert_eq!(service.person_of_session(first).await.unwrap(), None);
    world.step_seconds(600);
    assert!(service.person_of_session(second).await.unwrap().is_some());
    let seen = &service.sessions(&member).await.unwrap()[0];
    assert_eq!(seen.seen.at, service.now());
    world.step_seconds(SESSION_SECONDS);
    assert_eq!(service.person_of_session(second).await.unwrap(), None);
}

#[tokio::test]
async fn a_secret_opens_until_its_key_is_revoked() {
    let world = World::sqlite().await;
    let service = &world.service;
    let created = service
        .create_key(&world.vendor, "backend", KeyScope::Metering)
        .await
        .unwrap();
    assert!(created.secret.expose_secret().starts_with("dd_sk_"));
    let actor = service.authenticate_api_key(&created.secret).await.unwrap();
    assert!(matches!(
        actor,
        Actor::ApiKey {
            scope: KeyScope::Metering,
            organization: None,
            ..
        }
    ));
    let listed = service.keys(&world.vendor).await.unwrap();
    assert_eq!(
        (listed[0].name.as_str(), listed[0].revoked.is_some()),
        ("backend", false)
    );
    service.revoke_key(&world.vendor, created.id).await.unwrap();
    let revoked = service.authenticate_api_key(&created.secret).await.unwrap_err();
    let unknown = service
        .authenticate_api_key(&"dd_sk_0".to_owned().into())
        .await
        .unwrap_err();
    assert_eq!(revoked.to_string(), unknown.to_string());
}
