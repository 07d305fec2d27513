//! Transfers between customers of one parent: who may, what is told before, what is written down, and revenue that follows.

use std::sync::Arc;

use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Money};

use super::world::{World, key, member, staff, whole};
use crate::ServiceError;
use crate::actor::Actor;
use crate::audit::AuditInput;
use crate::grants::GrantInput;
use crate::staff::Reach;
use crate::transfers::TransferInput;

async fn pair(world: &World) -> (OrganizationId, OrganizationId) {
    let (one, other) = (
        world.customer("one", "tier", 0).await,
        world.customer("other", "tier", 0).await,
    );
    let set = world
        .service
        .set_parent(&world.vendor, one, Some(&key("other")), "one house")
        .await;
    set.unwrap();
    (one, other)
}

/// Of 3 000 credits that were 100 dollars, a thousand.
async fn a_third(world: &World, (one, other): (OrganizationId, OrganizationId)) -> TransferInput {
    let grant = GrantInput {
        kind: GrantKind::Purchase,
        credits: whole(3_000),
        priority: None,
        effective_at: None,
        expires_at: None,
        paid: Some(Money::new(10_000, Currency::USD)),
        scope: None,
        note: None,
    };
    let grant = world.service.add_grant(&world.vendor, one, grant, None).await.unwrap();
    TransferInput {
        grant: grant.id,
        to: other,
        credits: whole(1_000),
        reason: "they share a budget".to_owned(),
    }
}

fn fields(error: ServiceError) -> Vec<String> {
    match error {
        ServiceError::Invalid(errors) => errors.into_iter().map(|error| error.field).collect(),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_transfer_is_told_made_once_and_written_down_on_both_sides() {
    for world in World::all().await {
        let (one, other) = pair(&world).await;
        let input = a_third(&world, (one, other)).await;
        let service = &world.service;
        let told = service.check_transfer(&world.vendor, one, &input).await.unwrap();
        assert_eq!((told.from.as_str(), told.to.as_str()), ("one", "other"));
        assert_eq!(told.paid, Some(Money::new(3_333, Currency::USD)));
        for _ in 0..2 {
            let made = service
                .transfer_credits(&world.vendor, one, input.clone(), "once")
                .await;
            assert_eq!(made.unwrap().paid, told.paid);
        }
        assert_eq!(
            (world.left("one").await, world.left("other").await),
            (whole(2_000), whole(1_000))
        );
        for (side, verb) in [(one, "transfer"), (other, "receive")] {
            let log = service.audit(&world.vendor, Some(side), None, 50).await.unwrap();
            let lines = log.items.iter().filter(|line| line.action == verb).count();
            assert_eq!(lines, 1, "{verb}");
            let family = service.family(&world.vendor, side).await.unwrap();
            assert_eq!(family.transfers.len(), 1);
            assert_eq!(family.transfers[0].given, side == one);
        }
        let too_many = TransferInput {
            credits: whole(2_001),
            ..input
        };
        let refused = service.check_transfer(&world.vendor, one, &too_many).await;
        assert_eq!(fields(refused.unwrap_err()), ["credits"]);
        let refused = service.transfer_credits(&world.vendor, one, too_many, "more").await;
        assert!(matches!(refused, Err(ServiceError::Refused(_))));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn the_giving_customer_reads_that_it_was_transferred_and_staff_to_whom() {
    for world in World::all().await {
        let (one, other) = pair(&world).await;
        let input = a_third(&world, (one, other)).await;
        let service = &world.service;
        let made = service
            .transfer_credits(&world.vendor, one, input.clone(), "once")
            .await;
        made.unwrap();
        // A void in a batch of its own stays one.
        let voided = service
            .void_grant(&world.vendor, one, input.grant, "ended".to_owned(), None)
            .await;
        voided.unwrap();
        let owner = member(one, Role::Owner);
        for (actor, to) in [(&owner, "another organization of other"), (&world.vendor, "other")] {
            let postings = service.postings(actor, one, None, 10).await.unwrap().items;
            let words: Vec<&str> = postings.iter().map(|posting| posting.words.as_str()).collect();
            let transferred = format!("Transferred to {to}");
            assert_eq!(words, ["Voided", transferred.as_str(), "Granted"]);
            let sequence = postings[1].sequence;
            let detail = service.posting(actor, one, sequence, None, 1).await.unwrap();
            assert_eq!(detail.posting.words, transferred);
            let grants = service.grants(actor, one).await.unwrap();
            let given: Vec<_> = grants[0]
                .given
                .iter()
                .map(|given| (given.to.as_str(), given.credits))
                .collect();
            assert_eq!((grants[0].voided, given), (whole(3_000), vec![(to, whole(1_000))]));
        }
        // The one that got them has nothing given away.
        let got = service.grants(&world.vendor, other).await.unwrap();
        assert!(got[0].given.is_empty() && got[0].voided.is_zero());
    }
}

#[tokio::test]
async fn the_audit_log_names_the_other_side_and_the_grant() {
    for world in World::all().await {
        let (one, other) = pair(&world).await;
        let input = a_third(&world, (one, other)).await;
        let service = &world.service;
        service
            .transfer_credits(&world.vendor, one, input, "once")
            .await
            .unwrap();
        let all = service.audit_log(&world.vendor, &AuditInput::default(), None, 50).await;
        let all = all.unwrap().items;
        for (side, verb, whom) in [
            (one, "transfer", "to: new, other"),
            (other, "receive", "from: new, one"),
        ] {
            let own = service.audit(&world.vendor, Some(side), None, 50).await.unwrap();
            let lines = own.items.iter().chain(all.iter().map(|entry| &entry.line));
            let told: Vec<_> = lines
                .filter(|line| line.action == verb)
                .map(|line| &line.told)
                .collect();
            assert_eq!((told.len(), told[0]), (2, told[1]));
            let words: Vec<String> = told[0].iter().map(ToString::to_string).collect();
            let grant = "of: new, Top-up, 3,000 credits";
            assert_eq!(
                words,
                [whom, "credits: new, 1,000", grant, "reason: new, they share a budget"]
            );
        }
    }
}

#[tokio::test]
async fn what_was_paid_goes_along_and_is_received_once() {
    for world in World::all().await {
        let (one, other) = pair(&world).await;
        let input = a_third(&world, (one, other)).await;
        let service = &world.service;
        service
            .transfer_credits(&world.vendor, one, input, "once")
            .await
            .unwrap();
        world.step_seconds(301);
        service.refresh_portfolio_months().await.unwrap();
        let all = service.portfolio_months(&world.vendor, None).await.unwrap();
        let this = all.this().unwrap();
        assert_eq!((this.received.minor, this.deferred.minor), (10_000, 10_000));
        assert_eq!((this.broken, this.broken_worth.minor), (whole(0), 0));
        for (side, received, deferred) in [(one, 10_000, 6_667), (other, 0, 3_333)] {
            let manager = staff(&[StaffRole::AccountManager], Reach::Own(Arc::new([side].into())));
            let own = service.portfolio_months(&manager, None).await.unwrap();
            let this = own.this().unwrap();
            assert_eq!((this.received.minor, this.deferred.minor), (received, deferred));
        }
    }
}

#[tokio::test]
async fn only_whoever_looks_after_both_transfers_between_them() {
    for world in World::all().await {
        let (one, other) = pair(&world).await;
        let input = a_third(&world, (one, other)).await;
        let manager = |of: &[OrganizationId]| {
            staff(
                &[StaffRole::AccountManager],
                Reach::Own(Arc::new(of.iter().copied().collect())),
            )
        };
        let service = &world.service;
        let of_one = manager(&[one]);
        assert!(service.family(&of_one, one).await.unwrap().relatives.is_empty());
        let refused = service.transfer_credits(&of_one, one, input.clone(), "a").await;
        assert_eq!(fields(refused.unwrap_err()), ["to"]);
        let of_other: Actor = manager(&[other]);
        let refused = service.transfer_credits(&of_other, one, input.clone(), "a").await;
        assert!(matches!(refused, Err(ServiceError::NotFound(_))));
        for actor in [
            member(one, Role::Owner),
            staff(&[StaffRole::CatalogueEditor], Reach::All),
        ] {
            assert!(service.transfer_credits(&actor, one, input.clone(), "a").await.is_err());
            assert!(service.set_parent(&actor, one, None, "x").await.is_err());
            assert!(service.family(&actor, one).await.is_err());
        }
        let stranger = TransferInput {
            to: world.customer("stranger", "tier", 0).await,
            ..input.clone()
        };
        let refused = service.transfer_credits(&world.vendor, one, stranger, "a").await;
        assert_eq!(fields(refused.unwrap_err()), ["to"]);
        let made = service.transfer_credits(&manager(&[one, other]), one, input, "a").await;
        assert_eq!(made.unwrap().amount, whole(1_000));
    }
}

#[tokio::test]
async fn a_parent_is_named_by_its_key_and_for_a_reason() {
    let world = World::sqlite().await;
    let (one, other) = pair(&world).await;
    let service = &world.service;
    for (parent, field) in [("nobody", "parent"), ("one", "parent")] {
        let refused = service.set_parent(&world.vendor, one, Some(&key(parent)), "x").await;
        assert_eq!(fields(refused.unwrap_err()), [field], "{parent}");
    }
    let refused = service.set_parent(&world.vendor, one, None, " ").await;
    assert_eq!(fields(refused.unwrap_err()), ["reason"]);
    let refused = service.set_parent(&world.vendor, other, Some(&key("one")), "x").await;
    assert_eq!(fields(refused.unwrap_err()), ["parent"]);
    service.set_parent(&world.vendor, one, None, "sold").await.unwrap();
    let log = service.audit(&world.vendor, Some(one), None, 50).await.unwrap();
    assert_eq!(log.items.iter().filter(|line| line.noun == "parent").count(), 2);
}
