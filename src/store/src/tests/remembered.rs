//! What a process remembers of organizations is never believed where another process has written meanwhile: two processes
//! that take turns, or come at once, decide as one would.

use drawdown_domain::Credits;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::{LimitOwner, ThrottlePeriod, Window};
use drawdown_domain::outcome::{Decision, EventStatus, Outcome, ReasonCode};
use drawdown_domain::request::Request;
use tokio::task::JoinSet;

use super::on_both_engines;
use super::world::{World, authorize, cap, capture, credits, decision, event, key, new_grant, throttle};
use crate::Store;

on_both_engines!(
    two_processes_take_turns,
    two_processes_come_at_once,
    limits_count_what_either_process_let_in,
    changes_by_hand_are_seen_at_once,
    what_is_due_is_seen_by_whoever_comes_next,
);

/// Two processes on one PostgreSQL; on SQLite, which has one, the same twice.
async fn two(world: &World) -> [Store; 2] {
    let other = if world.is_sqlite() {
        world.store.clone()
    } else {
        world.another_store().await
    };
    [world.store.clone(), other]
}

async fn ask(store: &Store, organization: OrganizationId, images: u32) -> Decision {
    decision(
        store
            .ledger()
            .submit(organization, authorize(images), None)
            .await
            .unwrap(),
    )
}

async fn two_processes_take_turns(world: World) {
    let stores = two(&world).await;
    let organization = world.organization("acme").await;
    world.grant(organization, "1000").await;
    let mut left = 1000;
    for turn in 0_u32..40 {
        // Turns of one, two and three, so that each finds what it remembers both fresh and outdated.
        let store = &stores[(turn / (1 + turn % 3) % 2) as usize];
        let other = &stores[(turn % 2) as usize];
        let decided = ask(store, organization, 3).await;
        assert_eq!(decided.available, credits(&left.to_string()), "turn {turn}");
        let hold = decided.hold.unwrap().id;
        let captured = other
            .ledger()
            .submit(organization, capture(hold, 2), None)
            .await
            .unwrap();
        assert!(matches!(captured, Outcome::Captured(_)), "{captured:?}");
        let recorded = Request::Record(vec![event(&format!("turn-{turn}"), 1, world.clock.now())]);
        for (store, status) in [(store, EventStatus::Recorded), (other, EventStatus::Duplicate)] {
            let answer = store
                .ledger()
                .submit(organization, recorded.clone(), None)
                .await
                .unwrap();
            assert!(
                matches!(&answer, Outcome::Recorded(results) if results[0].status == status),
                "{answer:?}"
            );
        }
        left -= 3;
    }
    world.assert_clean().await;
}

/// Alone for long enough that each process trusts what it remembers again, then both at once.
async fn two_processes_come_at_once(world: World) {
    let stores = two(&world).await;
    let mut organizations = Vec::new();
    for number in 0..5 {
        let organization = world.organization(&format!("customer-{number}")).await;
        world.grant(organization, "100").await;
        let cap = cap("daily", Window::Day, "90");
        world.submit(organization, Request::PutCap(Box::new(cap))).await;
        organizations.push(organization);
    }
    for store in &stores {
        for turn in 0..70 {
            assert!(ask(store, organizations[turn % 5], 1).await.allowed);
        }
    }
    let mut callers = JoinSet::new();
    for number in 0..400 {
        let (store, organization) = (stores[number % 2].clone(), organizations[number / 2 % 5]);
        callers.spawn(async move { (organization, ask(&store, organization, 1).await) });
    }
    let mut allowed = 0;
    for (_, decision) in callers.join_all().await {
        allowed += usize::from(decision.allowed);
        assert!(decision.allowed || decision.reasons[0].code == ReasonCode::CapExceeded);
    }
    assert_eq!(allowed, 5 * (90 - 28), "what the caps leave, to the last credit");
    for organization in organizations {
        let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
        assert_eq!((balance.available, balance.held), (credits("10"), credits("90")));
    }
    world.assert_clean().await;
}

/// Nobody touches the settings meanwhile, so each process keeps the limits that it knows and reads only their use again.
async fn limits_count_what_either_process_let_in(world: World) {
    let stores = two(&world).await;
    let limits: [(&str, Request, ReasonCode); 2] = [
        (
            "capped",
            Request::PutCap(Box::new(cap("daily", Window::Day, "7"))),
            ReasonCode::CapExceeded,
        ),
        (
            "throttled",
            Request::PutThrottle(Box::new(throttle("hourly", 7, ThrottlePeriod::Hour))),
            ReasonCode::ThrottleExceeded,
        ),
    ];
    for (name, limit, reason) in limits {
        let organization = world.organization(name).await;
        world.grant(organization, "100").await;
        world.submit(organization, limit).await;
        for turn in 0..7 {
            assert!(
                ask(&stores[turn % 2], organization, 1).await.allowed,
                "{name}, turn {turn}"
            );
        }
        for store in &stores {
            let refused = ask(store, organization, 1).await;
            assert_eq!(refused.reasons[0].code, reason);
            assert_eq!(refused.available, credits("93"));
        }
    }
    world.assert_clean().await;
}

async fn changes_by_hand_are_seen_at_once(world: World) {
    let [first, second] = two(&world).await;
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    assert!(ask(&first, organization, 10).await.allowed);
    let by = async |request: Request| second.ledger().submit(organization, request, None).await.unwrap();

    by(Request::PutCap(Box::new(cap("daily", Window::Day, "15")))).await;
    let refused = ask(&first, organization, 10).await;
    assert_eq!(refused.reasons[0].code, ReasonCode::CapExceeded);
    by(Request::DeleteCap {
        name: key("daily"),
        owner: LimitOwner::Customer,
    })
    .await;
    assert!(ask(&first, organization, 10).await.allowed);

    by(Request::PutThrottle(Box::new(throttle(
        "hourly",
        1,
        ThrottlePeriod::Hour,
    ))))
    .await;
    assert!(ask(&second, organization, 1).await.allowed);
    let refused = ask(&first, organization, 1).await;
    assert_eq!(refused.reasons[0].code, ReasonCode::ThrottleExceeded);
    by(Request::DeleteThrottle {
        name: key("hourly"),
        owner: LimitOwner::Customer,
    })
    .await;

    assert_eq!(ask(&first, organization, 1).await.available, credits("79"));
    by(Request::AddGrant(Box::new(new_grant("50", world.clock.now())))).await;
    assert_eq!(ask(&first, organization, 1).await.available, credits("128"));

    let catalogue = second.catalogue().await.unwrap();
    let mut rates: Rates = catalogue.versions[0].rates.clone();
    let image = rates.use_cases.get_mut("image").unwrap();
    image.meters.get_mut("images").unwrap().credits = 7.into();
    let now = world.clock.now();
    second.publish_rates(&rates, now, now, &[]).await.unwrap();
    assert_eq!(ask(&first, organization, 1).await.credits, credits("7"));
    // An answer that changes nothing is as fresh as one that does.
    let mut only_asked = authorize(1);
    if let Request::Authorize(authorize) = &mut only_asked {
        authorize.dry_run = true;
    }
    assert!(ask(&second, organization, 2).await.allowed);
    let told = decision(first.ledger().submit(organization, only_asked, None).await.unwrap());
    assert_eq!(told.available, credits("106"));
    world.assert_clean().await;
}

async fn what_is_due_is_seen_by_whoever_comes_next(world: World) {
    let [first, second] = two(&world).await;
    let organization = world.organization("acme").await;
    let mut grant = new_grant("10", world.clock.now());
    grant.expires_at = Some(world.clock.now().plus_seconds(1_000));
    world.submit(organization, Request::AddGrant(Box::new(grant))).await;
    assert!(ask(&first, organization, 4).await.allowed);
    world.clock.step_seconds(100);
    assert!(ask(&second, organization, 6).await.allowed);
    assert!(!ask(&first, organization, 1).await.allowed);
    world.clock.step_seconds(500);
    assert_eq!(ask(&second, organization, 3).await.available, credits("4"));
    world.clock.step_seconds(100);
    assert_eq!(ask(&first, organization, 1).await.available, credits("7"));
    world.clock.step_seconds(400);
    assert_eq!(ask(&second, organization, 1).await.available, Credits::ZERO);
    assert_eq!(ask(&first, organization, 1).await.available, Credits::ZERO);
    world.assert_clean().await;
}
