//! Transfers between organizations of one parent: both books or none, never more than is unspent, whatever happens at once.

use drawdown_domain::grant::Grant;
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::outcome::{Outcome, RequestError};
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Currency, Money};
use tokio::task::JoinSet;

use super::on_both_engines;
use super::world::{World, authorize, capture, credits, decision, id, new_grant};
use crate::{Attachments, Idempotency, Ledger, LedgerError, ParentRefusal, TransferTo};

const ROUNDS: usize = 60;

on_both_engines!(
    a_transfer_moves_credits_with_their_basis,
    a_retry_moves_nothing_more,
    strangers_give_each_other_nothing,
    a_parent_has_no_parent,
    nothing_is_lost_or_made_in_a_storm
);

async fn family(world: &World) -> (OrganizationId, OrganizationId) {
    let (one, other) = (world.organization("one").await, world.organization("other").await);
    world.store.set_parent(one, Some(other), &[]).await.unwrap().unwrap();
    (one, other)
}

/// 3 000 credits for 100 dollars.
async fn paid(world: &World, organization: OrganizationId) -> Grant {
    let grant = Grant {
        paid: Some(Money::new(10_000, Currency::USD)),
        expires_at: Some(world.clock.now().plus_seconds(86_400)),
        ..new_grant("3000", world.clock.now())
    };
    match world.submit(organization, Request::AddGrant(Box::new(grant))).await {
        Outcome::Grant(grant) => *grant,
        other => panic!("a grant was to be added: {other:?}"),
    }
}

fn out(grant: GrantId, amount: &str) -> Request {
    Request::TransferOut {
        grant,
        credits: credits(amount),
        to: GrantId::from_uuid(id()),
        note: "moved".to_owned(),
    }
}

async fn give(
    ledger: &Ledger,
    (from, to): (OrganizationId, OrganizationId),
    request: Request,
    idempotency: Option<Idempotency>,
) -> Result<Outcome, LedgerError> {
    let transfer = TransferTo {
        organization: to,
        made_by: "Ada".to_owned(),
        reason: "moved".to_owned(),
    };
    let attachments = Attachments {
        transfer: Some(Box::new(transfer)),
        ..Attachments::default()
    };
    ledger.submit_with(from, request, idempotency, attachments).await
}

async fn left(world: &World, organization: OrganizationId) -> Credits {
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    balance.available.checked_add(balance.held).unwrap()
}

async fn a_transfer_moves_credits_with_their_basis(world: World) {
    let (one, other) = family(&world).await;
    let ledger = world.store.ledger();
    let grant = paid(&world, one).await;
    let mut shares = Vec::new();
    for _ in 0..3 {
        let Outcome::Grant(given) = give(&ledger, (one, other), out(grant.id, "1000"), None).await.unwrap() else {
            panic!("a grant");
        };
        assert_eq!((given.kind, given.expires_at), (grant.kind, grant.expires_at));
        let arrived = world.store.grant(other, given.id).await.unwrap().unwrap();
        assert_eq!((arrived.amount, arrived.remaining), (credits("1000"), credits("1000")));
        shares.push(arrived.paid.unwrap().minor);
    }
    assert_eq!(shares, [3_333, 3_334, 3_333], "the shares sum to what was paid");
    assert_eq!(
        (left(&world, one).await, left(&world, other).await),
        (credits("0"), credits("3000"))
    );
    let refused = give(&ledger, (one, other), out(grant.id, "0.000001"), None)
        .await
        .unwrap();
    assert!(
        matches!(refused, Outcome::Refused(RequestError::OutOfRange(_))),
        "{refused:?}"
    );
    assert_eq!(world.store.credit_transfers(one, 10).await.unwrap().len(), 3);
    world.assert_clean().await;
}

async fn a_retry_moves_nothing_more(world: World) {
    let (one, other) = family(&world).await;
    let grant = world.grant(one, "10").await;
    let request = out(grant.id, "4");
    let keyed = || {
        Some(Idempotency {
            key: "once".to_owned(),
            request_hash: [7; 32],
        })
    };
    let ledger = world.store.ledger();
    let first = give(&ledger, (one, other), request.clone(), keyed()).await.unwrap();
    let again = give(&ledger, (one, other), request, keyed()).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(
        (left(&world, one).await, left(&world, other).await),
        (credits("6"), credits("4"))
    );
    world.assert_clean().await;
}

async fn strangers_give_each_other_nothing(world: World) {
    let (one, other) = (world.organization("one").await, world.organization("other").await);
    let grant = world.grant(one, "10").await;
    let ledger = world.store.ledger();
    let refused = give(&ledger, (one, other), out(grant.id, "4"), None).await;
    assert!(matches!(refused, Err(LedgerError::Internal(_))), "{refused:?}");
    let nobody = OrganizationId::from_uuid(id());
    for to in [nobody, one] {
        let refused = give(&ledger, (one, to), out(grant.id, "4"), None).await;
        assert!(matches!(refused, Err(LedgerError::UnknownOrganization)), "{refused:?}");
    }
    assert_eq!(
        (left(&world, one).await, left(&world, other).await),
        (credits("10"), credits("0"))
    );
    world.assert_clean().await;
}

async fn a_parent_has_no_parent(world: World) {
    let (one, other) = family(&world).await;
    let third = world.organization("third").await;
    let set = world.store.set_parent(third, Some(one), &[]).await.unwrap();
    assert_eq!(set, Err(ParentRefusal::ParentHasParent));
    let set = world.store.set_parent(other, Some(third), &[]).await.unwrap();
    assert_eq!(set, Err(ParentRefusal::IsParent));
    world.store.set_parent(third, Some(other), &[]).await.unwrap().unwrap();
    let (parent, others) = world.store.family(third).await.unwrap();
    assert_eq!((parent, others), (Some(other), [one, other].into()));
    world.store.set_parent(third, None, &[]).await.unwrap().unwrap();
    assert_eq!(world.store.family(third).await.unwrap(), (None, [].into()));
}

/// Transfers both ways and runs of both at once, on PostgreSQL by two processes: what is burned, held and left sums to what
/// there was, and nobody waits for anybody in a circle.
async fn nothing_is_lost_or_made_in_a_storm(world: World) {
    let (one, other) = family(&world).await;
    let (first, second) = (world.grant(one, "50").await, world.grant(other, "50").await);
    let mut ledgers = vec![world.store.ledger()];
    if !world.is_sqlite() {
        ledgers.push(world.another_store().await.ledger());
    }
    let mut callers = JoinSet::new();
    for number in 0..ROUNDS {
        let ledger = ledgers[number % ledgers.len()].clone();
        let (pair, grant) = if number % 3 == 0 {
            ((one, other), first.id)
        } else {
            ((other, one), second.id)
        };
        callers.spawn(async move {
            let moved = give(&ledger, pair, out(grant, "1.5"), None).await.unwrap();
            let held = decision(ledger.submit(pair.1, authorize(1), None).await.unwrap());
            let mut burned = 0;
            if let Some(hold) = held.hold {
                ledger.submit(pair.1, capture(hold.id, 1), None).await.unwrap();
                burned = 1;
            }
            (matches!(moved, Outcome::Grant(_)), burned)
        });
    }
    let answers = callers.join_all().await;
    let burned: i64 = answers.iter().map(|(_, burned)| burned).sum();
    let rest = left(&world, one).await.checked_add(left(&world, other).await).unwrap();
    assert_eq!(rest, Credits::from_whole(100 - burned).unwrap());
    assert!(answers.iter().any(|(moved, _)| *moved));
    world.assert_clean().await;
}
