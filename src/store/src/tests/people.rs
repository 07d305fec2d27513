//! The installation, its organizations, members, their sessions, and API keys.

use drawdown_domain::Currency;
use std::collections::BTreeSet;

use drawdown_domain::id::{ApiKeyId, MemberId, OrganizationId, SessionId, StaffId};
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::staff::StaffRole;

use super::on_both_engines;
use super::world::{START, World, id, key};
use crate::{
    ApiKey, ApiKeyScope, Installation, Member, NewApiKey, NewMember, NewStaff, Session, SessionOf, Staff, StoreError,
};

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
    sessions(&world, SessionOf::Member(member.id)).await;
    let staff = staff(&world, organization, &member.email).await;
    sessions(&world, SessionOf::Staff(staff)).await;
    api_keys(&world, organization).await;
}

async fn staff(world: &World, organization: OrganizationId, taken: &str) -> StaffId {
    let store = &world.store;
    let new = |email: &str| NewStaff {
        staff: Staff {
            id: StaffId::from_uuid(id()),
            email: email.to_owned(),
            name: "Grace".to_owned(),
            roles: vec![StaffRole::AccountManager, StaffRole::Finance],
            all_customers: false,
            disabled: false,
            created_at: START,
        },
        password_hash: "$argon2id$3".to_owned(),
    };
    let grace = new("grace@vendor.example");
    store.create_staff(&grace, &[]).await.unwrap();
    for email in [taken, "grace@vendor.example"] {
        let refused = store.create_staff(&new(email), &[]).await;
        assert!(
            matches!(refused, Err(StoreError::AlreadyExists("sign-in"))),
            "{refused:?}"
        );
    }
    let member = NewMember {
        member: Member {
            id: MemberId::from_uuid(id()),
            organization,
            email: grace.staff.email.clone(),
            name: "Mallory".to_owned(),
            role: Role::Owner,
            disabled: false,
            created_at: START,
        },
        password_hash: String::new(),
    };
    let refused = store.create_member(&member, &[]).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists("member"))),
        "{refused:?}"
    );
    let found = store.staff_by_email("Grace@Vendor.example").await.unwrap();
    assert_eq!(found.as_ref(), Some(&grace));
    let NewStaff { staff: mut grace, .. } = grace;
    grace.roles = vec![StaffRole::Administrator];
    grace.disabled = true;
    store.change_staff(&grace, &[]).await.unwrap();
    assert_eq!(store.staff(grace.id).await.unwrap().as_ref(), Some(&grace));
    assert_eq!(store.all_staff().await.unwrap(), std::slice::from_ref(&grace));

    assert_eq!(store.looked_after(grace.id).await.unwrap(), BTreeSet::new());
    store
        .set_account_manager(organization, Some(grace.id), &[])
        .await
        .unwrap();
    assert_eq!(store.account_manager(organization).await.unwrap(), Some(grace.id));
    assert_eq!(
        store.looked_after(grace.id).await.unwrap(),
        BTreeSet::from([organization])
    );
    store.set_account_manager(organization, None, &[]).await.unwrap();
    assert_eq!(store.account_manager(organization).await.unwrap(), None);
    grace.id
}

async fn sessions(world: &World, of: SessionOf) {
    let session = |seen: i64| Session {
        id: SessionId::from_uuid(id()),
        of,
        created_at: START,
        last_seen_at: START.plus_seconds(seen),
    };
    let (first, second) = (session(1), session(2));
    for session in [first, second] {
        world.store.create_session(&session, &[]).await.unwrap();
    }
    world.store.touch_session(&first, START.plus_seconds(3)).await.unwrap();
    let ids = |sessions: Vec<Session>| sessions.into_iter().map(|session| session.id).collect::<Vec<_>>();
    assert_eq!(ids(world.store.sessions(of).await.unwrap()), [first.id, second.id]);
    assert_eq!(world.store.revoke_sessions(of, Some(second.id), &[]).await.unwrap(), 1);
    assert_eq!(world.store.session(first.id).await.unwrap(), None);
    let strangers = [
        SessionOf::Member(MemberId::from_uuid(id())),
        SessionOf::Staff(StaffId::from_uuid(id())),
    ];
    for stranger in strangers {
        assert!(!world.store.revoke_session(stranger, second.id, &[]).await.unwrap());
    }
    assert_eq!(world.store.session(second.id).await.unwrap(), Some(second));
    assert!(world.store.revoke_session(of, second.id, &[]).await.unwrap());
    assert_eq!(world.store.sessions(of).await.unwrap(), []);
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
