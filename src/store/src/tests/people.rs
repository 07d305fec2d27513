//! The installation, its organizations, members, their sessions, and API keys.

use drawdown_domain::Currency;
use drawdown_domain::id::{ApiKeyId, MemberId, OrganizationId, SessionId};
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::request::{OrganizationChange, Request};

use super::on_both_engines;
use super::world::{START, World, id, key};
use crate::{ApiKey, ApiKeyScope, Installation, Member, NewApiKey, NewMember, Session, StoreError};

on_both_engines!(the_installation_and_its_people);

async fn the_installation_and_its_people(world: World) {
    let store = &world.store;
    assert_eq!(store.installation().await.unwrap(), None);
    let installation = Installation {
        vendor_name: "Initech".to_owned(),
        demo: true,
        created_at: START,
    };
    store.set_up(&installation).await.unwrap();
    assert!(matches!(
        store.set_up(&installation).await,
        Err(StoreError::AlreadyExists("installation"))
    ));
    assert_eq!(store.installation().await.unwrap(), Some(installation));

    let organization = world.organization("acme").await;
    let found = store.organization_by_key(&key("acme")).await.unwrap().unwrap();
    assert_eq!((found.state.id, found.currency), (organization, Currency::USD));
    assert_eq!(store.organization_by_key(&key("nobody")).await.unwrap(), None);
    let suspend = OrganizationChange::Status(OrganizationStatus::Suspended);
    world.submit(organization, Request::Organization(suspend)).await;
    let suspended = store.organization(organization).await.unwrap().unwrap();
    assert_eq!(suspended.state.status, OrganizationStatus::Suspended);
    assert!(suspended.state.version > found.state.version);
    assert_eq!(
        store.versions(&[organization]).await.unwrap(),
        [(organization, suspended.state.version)]
    );

    let mut member = Member {
        id: MemberId::from_uuid(id()),
        organization,
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Owner,
        disabled: false,
        created_at: START,
    };
    let new = NewMember {
        member: member.clone(),
        password_hash: "$argon2id$1".to_owned(),
    };
    store
        .create_member(&new, &[world.line(organization, "create", "member")])
        .await
        .unwrap();
    assert!(matches!(
        store.create_member(&new, &[]).await,
        Err(StoreError::AlreadyExists("member"))
    ));
    assert_eq!(store.member_by_email("Ada@Example.com").await.unwrap(), Some(new));
    member.role = Role::Viewer;
    member.disabled = true;
    store.change_member(&member, &[]).await.unwrap();
    store.set_password(member.id, "$argon2id$2", &[]).await.unwrap();
    assert_eq!(
        store.members(organization).await.unwrap(),
        std::slice::from_ref(&member)
    );
    assert_eq!(store.member(member.id).await.unwrap(), Some(member.clone()));
    sessions(&world, member.id).await;
    api_keys(&world, organization).await;
}

async fn sessions(world: &World, member: MemberId) {
    let session = |seen: i64| Session {
        id: SessionId::from_uuid(id()),
        member,
        created_at: START,
        last_seen_at: START.plus_seconds(seen),
    };
    let (first, second) = (session(1), session(2));
    for session in [first, second] {
        world.store.create_session(&session, &[]).await.unwrap();
    }
    world
        .store
        .touch_session(first.id, START.plus_seconds(3))
        .await
        .unwrap();
    let ids = |sessions: Vec<Session>| sessions.into_iter().map(|session| session.id).collect::<Vec<_>>();
    assert_eq!(ids(world.store.sessions(member).await.unwrap()), [first.id, second.id]);
    assert_eq!(
        world.store.revoke_sessions(member, Some(second.id), &[]).await.unwrap(),
        1
    );
    assert_eq!(world.store.session(first.id).await.unwrap(), None);
    world.store.revoke_session(second.id, &[]).await.unwrap();
    assert_eq!(world.store.sessions(member).await.unwrap(), []);
}

async fn api_keys(world: &World, organization: OrganizationId) {
    for owner in [None, Some(organization)] {
        let new = NewApiKey {
            key: ApiKey {
                id: ApiKeyId::from_uuid(id()),
                organization: owner,
                name: "product".to_owned(),
                scope: ApiKeyScope::Metering,
                shown_prefix: "dd_sk_abcd".to_owned(),
                created_at: START,
                revoked_at: None,
            },
            secret_hash: [u8::from(owner.is_some()); 32],
        };
        world.store.create_api_key(&new, &[]).await.unwrap();
        assert_eq!(
            world.store.api_key_by_secret(&new.secret_hash).await.unwrap(),
            Some(new.key.clone())
        );
        assert_eq!(
            world.store.api_keys(owner).await.unwrap(),
            std::slice::from_ref(&new.key)
        );
        for second in [5, 6] {
            world
                .store
                .revoke_api_key(new.key.id, START.plus_seconds(second), &[])
                .await
                .unwrap();
        }
        let revoked = world.store.api_key_by_secret(&new.secret_hash).await.unwrap().unwrap();
        assert_eq!(revoked.revoked_at, Some(START.plus_seconds(5)));
    }
    assert_eq!(world.store.api_key_by_secret(&[9; 32]).await.unwrap(), None);
    let nobody = world.store.revoke_api_key(ApiKeyId::from_uuid(id()), START, &[]).await;
    assert!(matches!(nobody, Err(StoreError::NotFound("API key"))));
}
