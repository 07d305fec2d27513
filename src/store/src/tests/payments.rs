//! Payments: opened with a pending grant, settled once with its activation, whatever the provider repeats.

use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::id::{OrganizationId, PaymentId};
use drawdown_domain::money::Money;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Currency};
use serde_json::json;

use super::on_both_engines;
use super::world::{World, credits, id, new_grant};
use crate::{Attachments, LedgerError, Payment, PaymentChange, PaymentState};

on_both_engines!(a_top_up_is_paid_once);

async fn a_top_up_is_paid_once(world: World) {
    let organization = world.organization("acme").await;
    let (grant, payment) = open_payment(&world, organization).await;
    settle_often(&world, &grant, &payment).await;
    let store = &world.store;
    let reference = &payment.provider_reference;
    let found = store.payment_by_reference("sandbox", reference).await.unwrap().unwrap();
    assert_eq!((found.id, found.state), (payment.id, PaymentState::Paid));
    assert_eq!(store.payment(payment.id).await.unwrap().as_ref(), Some(&found));
    let payments = store.payments(organization, None, 10).await.unwrap();
    assert_eq!((payments.rows, payments.next), (vec![found], None));
    let kept = store.grant(organization, grant.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.remaining), (GrantState::Active, credits("100")));
    assert_eq!(kept.paid, Some(Money::new(100, Currency::USD)));
    let log = store.audit(Some(organization), None, 10).await.unwrap();
    let actions: Vec<&str> = log.rows.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["settle", "start"], "what changed nothing is not logged");
    assert_eq!(log.rows[0].after, Some(json!({"why": "test"})));
    world.assert_clean().await;
}

/// A pending grant and its payment, in one transaction.
async fn open_payment(world: &World, organization: OrganizationId) -> (Grant, Payment) {
    let ledger = world.store.ledger();
    let mut grant = new_grant("100", world.clock.now());
    grant.state = GrantState::Pending;
    grant.paid = Some(Money::new(100, Currency::USD));
    let payment = Payment {
        id: PaymentId::from_uuid(id()),
        organization,
        state: PaymentState::Pending,
        money: Money::new(100, Currency::USD),
        credits: credits("100"),
        grant: grant.id,
        provider: "sandbox".to_owned(),
        provider_reference: format!("ref-{}", grant.id),
        created_at: world.clock.now(),
        settled_at: None,
    };
    let opened = Attachments {
        audit: vec![world.line(organization, "start", "payment")],
        payment: Some(PaymentChange::Open(payment.clone())),
        ..Attachments::default()
    };
    let request = Request::AddGrant(Box::new(grant.clone()));
    let first = ledger.submit_with(organization, request.clone(), None, opened.clone());
    first.await.unwrap();
    let again = ledger.submit_with(organization, request, None, opened).await;
    assert_eq!(again, Err(LedgerError::PaymentExists));
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!((balance.available, balance.pending), (Credits::ZERO, credits("100")));
    (grant, payment)
}

/// The provider tells twice that it was paid, and once that it was not.
async fn settle_often(world: &World, grant: &Grant, payment: &Payment) {
    let organization = payment.organization;
    let settled = |state| Attachments {
        audit: vec![world.line(organization, "settle", "payment")],
        payment: Some(PaymentChange::Settle {
            payment: payment.id,
            state,
            at: world.clock.now(),
        }),
        ..Attachments::default()
    };
    let ledger = world.store.ledger();
    let activate = Request::ActivateGrant { grant: grant.id };
    for _ in 0..2 {
        let paid = settled(PaymentState::Paid);
        let outcome = ledger.submit_with(organization, activate.clone(), None, paid).await;
        assert!(matches!(outcome, Ok(Outcome::Grant(grant)) if grant.remaining == credits("100")));
    }
    let declined = settled(PaymentState::Declined);
    let declined = ledger.submit_with(organization, activate.clone(), None, declined).await;
    assert_eq!(declined, Err(LedgerError::PaymentSettled(PaymentState::Paid)));
    let elsewhere = world.organization("globex").await;
    let stolen = ledger
        .submit_with(elsewhere, Request::Sweep, None, settled(PaymentState::Refunded))
        .await;
    assert_eq!(stolen, Err(LedgerError::UnknownPayment));
    let now = world.clock.now();
    let late = world
        .store
        .settle_payment(payment.id, PaymentState::Abandoned, now, &[])
        .await;
    assert_eq!(late.unwrap(), Some(PaymentState::Paid));
}
