//! What is agreed and has not begun is taken back, with all that belongs to it; what has begun is not.

use drawdown_domain::contract::Renewal;
use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_domain::organization::Role;
use drawdown_domain::{Currency, Money, Timestamp};

use super::contract_terms::{agreed, sign};
use super::world::{START, World, key, member, whole};
use crate::ServiceError;
use crate::audit::AuditInput;
use crate::contracts::ContractView;

const DAY: i64 = 86_400;

async fn contracts(world: &World, organization: OrganizationId) -> Vec<ContractView> {
    world.service.contracts(&world.vendor, organization).await.unwrap()
}

/// What the audit log tells of contracts, the newest first: who did what, and its lines.
async fn log(world: &World) -> Vec<(String, Vec<String>)> {
    let log = world
        .service
        .audit_log(&world.vendor, &AuditInput::default(), None, 50)
        .await;
    let lines = log.unwrap().items.into_iter().map(|entry| entry.line);
    let of_contracts = lines.filter(|line| line.noun == "contract");
    of_contracts
        .map(|line| (line.action, line.told.iter().map(ToString::to_string).collect()))
        .collect()
}

fn code(error: &ServiceError) -> &'static str {
    error.code()
}

#[tokio::test]
async fn a_contract_that_has_not_begun_is_taken_back_whole() {
    for world in World::all().await {
        let organization = world.customer("a", "monthly", 0).await;
        let service = &world.service;
        let mut terms = agreed(&world).await;
        terms.starts_at = START.plus_seconds(10 * DAY);
        let id = sign(&world, organization, &terms).await;
        let mut more = terms.clone();
        more.committed = Money::new(240_000, Currency::USD);
        let amended = service.amend_contract(&world.vendor, organization, id, more, START.plus_seconds(50 * DAY));
        amended.await.unwrap();
        assert!(
            contracts(&world, organization).await[0]
                .versions
                .iter()
                .all(|version| version.waits)
        );
        let foreign = service
            .withdraw_contract(&member(organization, Role::Owner), organization, id)
            .await;
        assert_eq!(code(&foreign.unwrap_err()), "forbidden");
        service
            .withdraw_contract(&world.vendor, organization, id)
            .await
            .unwrap();
        assert!(contracts(&world, organization).await.is_empty());
        assert!(
            service
                .plan_changes(&world.vendor, organization)
                .await
                .unwrap()
                .is_empty()
        );
        let again = service
            .withdraw_contract(&world.vendor, organization, id)
            .await
            .unwrap_err();
        assert_eq!(code(&again), "not_found");
        // The form that signed it signs nothing more; another contract may begin on the same day.
        let repeated = service
            .sign_contract(&world.vendor, organization, id, terms.clone())
            .await;
        assert_eq!(code(&repeated.unwrap_err()), "contract_withdrawn");
        let (action, told) = log(&world).await.remove(0);
        assert_eq!(action, "withdraw");
        assert!(
            told.iter()
                .any(|line| line == "committed: removed, was $2,400.00 for 12 months"),
            "{told:?}"
        );

        world.step_seconds(60 * DAY);
        service.run_schedule().await.unwrap();
        let done = service
            .store()
            .done_steps(organization, Timestamp::MAX, 100)
            .await
            .unwrap();
        assert!(
            done.iter().all(|step| !["payment", "release"].contains(&step.kind)),
            "{done:?}"
        );
        let view = service.customer(&world.vendor, &key("a")).await.unwrap();
        assert_eq!((view.plan.unwrap().key, view.balance), (key("monthly"), whole(500)));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn what_has_begun_is_not_taken_back_and_says_since_when() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "monthly", 0).await;
    let (service, mut terms) = (&world.service, agreed(&world).await);
    let id = sign(&world, organization, &terms).await;
    let refused = service
        .withdraw_contract(&world.vendor, organization, id)
        .await
        .unwrap_err();
    assert_eq!(code(&refused), "contract_begun");
    assert_eq!(
        refused.to_string(),
        "the contract began on Mon 2 Mar 2026, 00:00 UTC; amend it, or end it with its term"
    );
    let first = service
        .withdraw_amendment(&world.vendor, organization, id, 1)
        .await
        .unwrap_err();
    assert_eq!(code(&first), "not_found", "the first version is the contract itself");
    terms.renewal = Renewal::None;
    let from = START.plus_seconds(5 * DAY);
    let amended = service.amend_contract(&world.vendor, organization, id, terms, from);
    amended.await.unwrap();
    world.step_seconds(6 * DAY);
    let refused = service
        .withdraw_amendment(&world.vendor, organization, id, 2)
        .await
        .unwrap_err();
    let words = "version 2 took effect on Sat 7 Mar 2026, 00:00 UTC; amend the contract again";
    assert_eq!(
        (code(&refused), refused.to_string().as_str()),
        ("contract_begun", words)
    );
}

#[tokio::test]
async fn the_last_amendment_is_taken_back_until_it_takes_effect() {
    for world in World::all().await {
        let organization = world.customer("a", "tier", 0).await;
        let (service, vendor, terms) = (&world.service, &world.vendor, agreed(&world).await);
        let id = sign(&world, organization, &terms).await;
        let mut more = terms.clone();
        for (days, minor) in [(40, 240_000), (70, 360_000)] {
            more.committed = Money::new(minor, Currency::USD);
            let from = START.plus_seconds(days * DAY);
            let amended = service.amend_contract(vendor, organization, id, more.clone(), from);
            amended.await.unwrap();
        }
        let not_the_last = service
            .withdraw_amendment(vendor, organization, id, 2)
            .await
            .unwrap_err();
        assert_eq!(code(&not_the_last), "not_the_last");
        for number in [3, 2] {
            service
                .withdraw_amendment(vendor, organization, id, number)
                .await
                .unwrap();
        }
        let (action, told) = log(&world).await.remove(0);
        assert_eq!(action, "withdraw");
        assert!(
            told.contains(&"committed: $2,400.00 for 12 months -> $1,200.00 for 12 months".to_owned()),
            "{told:?}"
        );
        // A number is given once.
        more.committed = Money::new(480_000, Currency::USD);
        more.overrides.seats = Some(9);
        let from = START.plus_seconds(300 * DAY);
        service
            .amend_contract(vendor, organization, id, more, from)
            .await
            .unwrap();
        let contract = &contracts(&world, organization).await[0];
        let versions: Vec<_> = contract
            .versions
            .iter()
            .map(|version| (version.number, version.waits))
            .collect();
        assert_eq!(versions, [(4, true), (1, false)]);
        service.withdraw_amendment(vendor, organization, id, 4).await.unwrap();
        world.step_seconds(364 * DAY);
        service.run_schedule().await.unwrap();
        let grants = service.grants(vendor, organization).await.unwrap();
        let released: Vec<_> = grants
            .iter()
            .filter(|grant| grant.kind == GrantKind::Commitment)
            .map(|grant| grant.amount)
            .collect();
        assert_eq!(released, vec![whole(10_000); 12], "as it was signed");
        let plan = service.customer(vendor, &key("a")).await.unwrap().plan.unwrap();
        assert_eq!(plan.seats, None);
        assert_eq!(world.findings().await, [""; 0]);
    }
}

/// What became of the contract while somebody took it back in the moment in which it begins.
async fn race(world: &World, organization: OrganizationId, id: ContractId) -> bool {
    let (service, other) = (&world.service, world.other_process().await);
    let (ran, taken, again) = tokio::join!(
        other.run_schedule(),
        service.withdraw_contract(&world.vendor, organization, id),
        other.withdraw_contract(&world.vendor, organization, id),
    );
    ran.unwrap();
    service.run_schedule().await.unwrap();
    let took = [&taken, &again].iter().filter(|taken| taken.is_ok()).count();
    assert!(took <= 1, "{taken:?} {again:?}");
    took == 1
}

#[tokio::test]
async fn taking_back_and_beginning_do_not_both_happen() {
    for world in World::all().await {
        let mut terms = agreed(&world).await;
        terms.starts_at = START.plus_seconds(DAY);
        let mut signed = Vec::new();
        for number in 0..6 {
            let organization = world.customer(&format!("a{number}"), "tier", 0).await;
            signed.push((organization, sign(&world, organization, &terms).await));
        }
        // 09:00 on the first; the contracts begin at midnight.
        for (number, (organization, id)) in signed.into_iter().enumerate() {
            if number == 3 {
                world.step_seconds(15 * 3_600);
            }
            let taken = race(&world, organization, id).await;
            assert_eq!(taken, number < 3, "until midnight it is taken back, once");
            let released = world.left(&format!("a{number}")).await;
            assert_eq!(released, whole(if taken { 0 } else { 10_000 }));
            assert_eq!(contracts(&world, organization).await.len(), usize::from(!taken));
        }
        assert_eq!(world.findings().await, [""; 0]);
    }
}
