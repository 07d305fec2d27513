//! Payments: credits exist once they are paid, once. Forged, old, unknown and contradicting events credit nothing.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use drawdown_domain::{Credits, Currency, Money};

use super::world::{World, member, settings, whole};
use crate::error::ServiceError;
use crate::payments::{PaymentState, SANDBOX_PATH, SandboxAct, SandboxProvider, StartedTopUp};
use crate::randomness::Randomness;

fn dollars(units: i64) -> Money {
    Money::new(units * 100, Currency::USD)
}

fn sandbox(secret: &str) -> SandboxProvider {
    SandboxProvider::new(secret.to_owned().into(), String::new(), Randomness::seeded(5))
}

fn real() -> SandboxProvider {
    SandboxProvider::new(settings().sandbox_secret.unwrap(), String::new(), Randomness::seeded(5))
}

async fn start(world: &World, organization: OrganizationId, money: Money) -> (StartedTopUp, String) {
    let billing = member(organization, Role::Billing);
    let id = world.service.new_payment_id();
    let started = world
        .service
        .start_top_up(&billing, organization, id, money)
        .await
        .unwrap();
    let reference = started.redirect.rsplit(SANDBOX_PATH).next().unwrap().to_owned();
    (started, reference)
}

async fn deliver(world: &World, body: &[u8], signature: &str) -> Result<PaymentState, ServiceError> {
    world.service.receive_payment_event("sandbox", body, signature).await
}

#[tokio::test]
async fn credits_come_with_the_payment_and_only_once() {
    for world in World::all().await {
        let organization = world.customer("a", "tier", 0).await;
        let (started, reference) = start(&world, organization, dollars(25)).await;
        assert_eq!(started.payment.credits, whole(2_500));
        assert_eq!(started.payment.state, PaymentState::Pending);
        assert_eq!(world.left("a").await, Credits::ZERO);

        let (body, signature) = real().event(world.service.now(), &reference, SandboxAct::Pay, dollars(25));
        for _ in 0..3 {
            assert_eq!(deliver(&world, &body, &signature).await.unwrap(), PaymentState::Paid);
            assert_eq!(world.left("a").await, whole(2_500));
        }
        let owner = member(organization, Role::Owner);
        let paid = world.service.payment(&owner, started.payment.id).await.unwrap();
        assert_eq!((paid.state, paid.started_by.as_str()), (PaymentState::Paid, "Ada"));
        assert_eq!(paid.checkout, None);
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn parallel_deliveries_credit_once() {
    for world in World::all().await {
        let organization = world.customer("a", "tier", 0).await;
        let (_, reference) = start(&world, organization, dollars(10)).await;
        let (body, signature) = real().event(world.service.now(), &reference, SandboxAct::Pay, dollars(10));
        let mut deliveries = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (service, body, signature) = (world.service.clone(), body.clone(), signature.clone());
            deliveries.spawn(async move { service.receive_payment_event("sandbox", &body, &signature).await });
        }
        for state in deliveries.join_all().await {
            assert_eq!(state.unwrap(), PaymentState::Paid);
        }
        assert_eq!(world.left("a").await, whole(1_000));
    }
}

#[tokio::test]
async fn what_is_not_the_providers_word_credits_nothing() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 0).await;
    let (_, reference) = start(&world, organization, dollars(25)).await;
    let now = world.service.now();

    let (body, signature) = sandbox("guessed").event(now, &reference, SandboxAct::Pay, dollars(25));
    let forged = deliver(&world, &body, &signature).await.unwrap_err();
    assert_eq!(forged.code(), "event_refused");

    let (body, signature) = real().event(now.plus_seconds(-301), &reference, SandboxAct::Pay, dollars(25));
    let old = deliver(&world, &body, &signature).await.unwrap_err();
    assert_eq!(old.code(), "event_refused");

    let (body, signature) = real().event(now, "elsewhere", SandboxAct::Pay, dollars(25));
    let unknown = deliver(&world, &body, &signature).await.unwrap_err();
    assert_eq!(unknown.code(), "not_found");

    let (body, signature) = real().event(now, &reference, SandboxAct::Pay, dollars(24));
    let cheaper = deliver(&world, &body, &signature).await.unwrap_err();
    assert_eq!(cheaper.code(), "payment_amount_differs");

    let (body, signature) = real().event(now, &reference, SandboxAct::Pay, dollars(25));
    let elsewhere = world.service.receive_payment_event("stripe", &body, &signature).await;
    assert_eq!(elsewhere.unwrap_err().code(), "not_found");

    assert_eq!(world.left("a").await, Credits::ZERO);
    deliver(&world, &body, &signature).await.unwrap();
    assert_eq!(world.left("a").await, whole(2_500));
}

#[tokio::test]
async fn a_declined_payment_stays_declined_and_a_new_one_can_be_made() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 0).await;
    let (started, reference) = start(&world, organization, dollars(25)).await;
    let back = world
        .service
        .sandbox_act(&reference, SandboxAct::Decline)
        .await
        .unwrap();
    assert_eq!(back, format!("/credits/top-up?payment={}", started.payment.id));

    let late = world
        .service
        .sandbox_act(&reference, SandboxAct::Pay)
        .await
        .unwrap_err();
    assert_eq!(late.code(), "payment_ended");
    assert_eq!(world.left("a").await, Credits::ZERO);

    let (_, reference) = start(&world, organization, dollars(25)).await;
    world.service.sandbox_act(&reference, SandboxAct::Pay).await.unwrap();
    assert_eq!(world.left("a").await, whole(2_500));
    let owner = member(organization, Role::Owner);
    let states: Vec<PaymentState> = world
        .service
        .payments(&owner, organization)
        .await
        .unwrap()
        .into_iter()
        .map(|payment| payment.state)
        .collect();
    assert_eq!(states, [PaymentState::Paid, PaymentState::Declined]);
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn one_form_starts_one_payment() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 0).await;
    let stranger = world.customer("b", "tier", 0).await;
    let billing = member(organization, Role::Billing);
    let id = world.service.new_payment_id();
    let service = &world.service;
    let first = service
        .start_top_up(&billing, organization, id, dollars(10))
        .await
        .unwrap();
    let again = service
        .start_top_up(&billing, organization, id, dollars(10))
        .await
        .unwrap();
    assert_eq!(first, again);
    let other = service
        .start_top_up(&billing, organization, id, dollars(11))
        .await
        .unwrap_err();
    assert_eq!(other.code(), "payment_amount_differs");
    let theirs = service
        .start_top_up(&member(stranger, Role::Owner), stranger, id, dollars(10))
        .await
        .unwrap_err();
    assert_eq!(theirs.code(), "not_found");
    assert_eq!(service.payments(&billing, organization).await.unwrap().len(), 1);
}

#[tokio::test]
async fn only_who_may_and_only_sensible_amounts() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 0).await;
    let service = &world.service;
    let viewer = member(organization, Role::Viewer);
    let id = service.new_payment_id();
    let refused = service
        .start_top_up(&viewer, organization, id, dollars(10))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let owner = member(organization, Role::Owner);
    for money in [dollars(4), dollars(10_001), Money::new(1_000, "EUR".parse().unwrap())] {
        let refused = service.start_top_up(&owner, organization, id, money).await.unwrap_err();
        assert_eq!(refused.code(), "invalid", "{money}");
    }
    let offers = service.offers(&owner, organization).await.unwrap();
    assert_eq!((offers.least, offers.most), (dollars(5), dollars(10_000)));
    assert_eq!(offers.offers[1].credits, whole(2_500));
}
