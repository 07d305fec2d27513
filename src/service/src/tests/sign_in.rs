//! Keys, passwords and sessions.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use secrecy::{ExposeSecret as _, SecretString};

use super::world::World;
use crate::actor::{Actor, KeyScope, Member};
use crate::error::ServiceError;
use crate::members::MemberInput;
use crate::sessions::SESSION_SECONDS;

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

async fn sign_in(world: &World, email: &str, password: &str) -> Result<Member, ServiceError> {
    let address = Some("192.0.2.1".parse().unwrap());
    world.service.sign_in(email, password.to_owned().into(), address).await
}

#[tokio::test]
async fn the_right_password_signs_in_whatever_the_case_of_the_address() {
    let world = World::sqlite().await;
    let organization = ada(&world).await;
    let member = sign_in(&world, " ADA@example.com", "correct horse").await.unwrap();
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
    let service = &world.service;
    let first = service.start_session(&member).await.unwrap();
    let second = service.start_session(&member).await.unwrap();
    assert_eq!(service.member_of_session(first).await.unwrap(), Some(member.clone()));
    service.revoke_session(&member, first).await.unwrap();
    assert_eq!(service.member_of_session(first).await.unwrap(), None);
    world.step_seconds(600);
    assert!(service.member_of_session(second).await.unwrap().is_some());
    let seen = &service.sessions(&member).await.unwrap()[0];
    assert_eq!(seen.seen.at, service.now());
    world.step_seconds(SESSION_SECONDS);
    assert_eq!(service.member_of_session(second).await.unwrap(), None);
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
