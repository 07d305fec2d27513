//! The demo: quick, the same every time, clean books, and never in a real database.

use drawdown_domain::Timestamp;
use drawdown_domain::organization::Role;
use drawdown_store::{Clock, Partitions, Store, StoreOptions};

use super::world::{databases, key, member, settings, whole};
use crate::actor::{Actor, KeyScope};
use crate::customers::Standing;
use crate::demo::{self, PASSWORD};
use crate::overview::MarkKind;
use crate::payments::PaymentState;
use crate::randomness::Randomness;
use crate::service::Service;

/// 2026-11-22T10:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_795_341_600);

async fn open(url: &str) -> Service {
    let clock = Clock::new(|| NOW);
    let options = StoreOptions {
        clock: clock.clone(),
        ..StoreOptions::default()
    };
    let store = Store::connect(url, options).await.unwrap();
    Service::new(store, settings(), clock, Randomness::seeded(9))
}

#[tokio::test]
async fn the_books_of_the_demo_are_clean_and_its_story_is_told() {
    for (url, _folder) in databases().await {
        let made = demo::seed(&url, settings(), NOW).await.unwrap();
        assert!(made.made);
        let again = demo::seed(&url, settings(), NOW).await.unwrap();
        assert_eq!((again.made, &again.logins), (false, &made.logins));

        let service = open(&url).await;
        let verification = service.store().verify().await.unwrap();
        assert_eq!(verification.findings, []);
        assert!(verification.events > 5_000, "{}", verification.events);
        let partitions = service.store().make_partitions(NOW).await.unwrap();
        assert_eq!(partitions, Partitions::default(), "the demo's past has its months");
        tells_its_story(&service).await;
        let owner = made.logins[0].clone();
        let signed_in = service
            .sign_in(&owner.email, PASSWORD.to_owned().into(), None)
            .await
            .unwrap();
        assert_eq!(signed_in.member().map(|member| member.role), Some(Role::Owner));
        let staff = made.logins.last().unwrap();
        assert_eq!(
            (staff.role, staff.organization.as_str()),
            ("administrator", demo::VENDOR)
        );
        let signed_in = service.sign_in(&staff.email, PASSWORD.to_owned().into(), None).await;
        assert!(signed_in.unwrap().staff().is_some());
        service.store().close().await;
    }
}

async fn tells_its_story(service: &Service) {
    let vendor = Actor::System("tests");
    let customer = |name: &'static str| {
        let (service, vendor) = (service.clone(), vendor.clone());
        async move { service.customer(&vendor, &key(name)).await.unwrap() }
    };
    let trial = customer("lumen").await;
    assert_eq!(trial.standing, Standing::Low, "{trial:?}");
    let commitment = customer("meridian").await;
    let left = commitment.balance;
    assert!(whole(3_000_000) < left && left < whole(4_500_000), "{left}");
    let studio = customer("hanami").await;
    assert_eq!(studio.time_zone, "Asia/Tokyo");
    let owner = member(studio.id, Role::Owner);
    let overview = service.overview(&owner, studio.id).await.unwrap();
    let marked = |kind: MarkKind| overview.burn_down.marks.iter().any(|mark| mark.kind == kind);
    assert!(marked(MarkKind::TopUp) && marked(MarkKind::Allotment) && marked(MarkKind::CapHit));
    assert!(overview.throttled_today.iter().any(|row| row.degraded > 0));
    let payments = service.payments(&owner, studio.id).await.unwrap();
    let states: Vec<PaymentState> = payments.iter().map(|payment| payment.state).collect();
    assert_eq!(states, [PaymentState::Paid, PaymentState::Paid, PaymentState::Declined]);
}

#[tokio::test]
async fn the_same_day_gives_the_same_data() {
    let mut hashes = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("demo.db").display());
        demo::seed(&url, settings(), NOW).await.unwrap();
        let service = open(&url).await;
        let organization = service
            .organization_of(&Actor::System("tests"), &key("hanami"))
            .await
            .unwrap();
        let state = service.store().organization(organization).await.unwrap().unwrap().state;
        // The store makes the identifiers of plan versions; the hash of the last posting stands for everything else.
        hashes.push((state.id, state.posting_sequence, state.posting_hash, state.owed));
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[tokio::test]
async fn a_real_database_is_refused_and_left_alone() {
    let (url, _folder) = databases().await.remove(0);
    let service = open(&url).await;
    service.store().migrate().await.unwrap();
    let vendor = Actor::System("tests");
    service.create_key(&vendor, "real", KeyScope::Admin).await.unwrap();
    service.store().close().await;
    drop(service);
    let refused = demo::seed(&url, settings(), NOW).await.unwrap_err();
    assert_eq!(refused.code(), "not_a_demo");
    let service = open(&url).await;
    assert_eq!(service.store().installation().await.unwrap(), None);
}
