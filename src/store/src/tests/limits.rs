//! Caps and throttles: set, counted from what was before them, met, raised and removed.

use drawdown_domain::Credits;
use drawdown_domain::limit::{LimitOwner, ThrottlePeriod, Window};
use drawdown_domain::outcome::{Outcome, ReasonCode};
use drawdown_domain::request::Request;
use drawdown_domain::window::Zone;

use super::on_both_engines;
use super::world::{START, World, cap, credits, event, key, throttle};
use crate::{CapWindow, Limits};

on_both_engines!(limits_come_and_go, a_cap_counts_what_was_before_it);

async fn limits_come_and_go(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    for window in [
        Window::Week,
        Window::BillingPeriod,
        Window::RollingHours(24),
        Window::Lifetime,
    ] {
        let outcome = world
            .submit(organization, Request::PutCap(Box::new(cap("mine", window, "20"))))
            .await;
        let Outcome::Cap(kept) = outcome else {
            panic!("the cap is valid: {outcome:?}")
        };
        assert_eq!(world.store.limits(organization).await.unwrap().caps, [*kept]);
        // The four holds so far count in each of them, backfilled.
        assert!(world.authorize(organization, 5).await.allowed, "{window:?}");
        world.assert_clean().await;
    }
    assert!(!world.authorize(organization, 1).await.allowed);
    let per_minute = throttle("often", 2, ThrottlePeriod::Minute);
    world
        .submit(organization, Request::PutThrottle(Box::new(per_minute.clone())))
        .await;
    let name = key("mine");
    let owner = LimitOwner::Customer;
    world.submit(organization, Request::DeleteCap { name, owner }).await;
    let allowed: Vec<bool> = [
        world.authorize(organization, 1).await,
        world.authorize(organization, 1).await,
    ]
    .iter()
    .map(|decision| decision.allowed)
    .collect();
    assert_eq!(allowed, [true, true]);
    let throttled = world.authorize(organization, 1).await;
    assert_eq!(throttled.reasons[0].code, ReasonCode::ThrottleExceeded);
    let states = world.store.throttle_states(organization).await.unwrap();
    assert_eq!(
        states.keys().map(|(throttle, _)| *throttle).collect::<Vec<_>>(),
        [per_minute.id]
    );
    let name = key("often");
    world
        .submit(organization, Request::DeleteThrottle { name, owner })
        .await;
    assert_eq!(world.store.limits(organization).await.unwrap(), Limits::default());
    assert_eq!(world.store.throttle_states(organization).await.unwrap().len(), 0);
    assert!(world.authorize(organization, 1).await.allowed);
    world.assert_clean().await;
}

async fn a_cap_counts_what_was_before_it(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    let now = world.clock.now();
    let before = vec![event("a", 8, now), event("b", 2, now.plus_seconds(-7_200))];
    world.submit(organization, Request::Record(before)).await;
    let daily = cap("daily", Window::Day, "15");
    let Outcome::Cap(kept) = world
        .submit(organization, Request::PutCap(Box::new(daily.clone())))
        .await
    else {
        panic!("the cap is valid");
    };
    let refused = world.authorize(organization, 6).await;
    assert_eq!(refused.reasons[0].code, ReasonCode::CapExceeded);
    let met = refused.limits.iter().find(|limit| limit.name == key("daily")).unwrap();
    assert_eq!((met.used, met.limit), (credits("10"), credits("15")));
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let day = zone.window(Window::Day, world.clock.now(), START);
    let window = CapWindow {
        cap: kept.id,
        from: day.start,
        until: day.end.unwrap(),
    };
    let uses = world.store.cap_uses(organization, &[window]).await.unwrap();
    assert_eq!(uses.len(), 1);
    assert_eq!(
        (uses[0].used, uses[0].held, uses[0].hit_at),
        (credits("10"), Credits::ZERO, Some(world.clock.now()))
    );
    let hits = world
        .store
        .cap_hits(organization, day.start, day.end.unwrap())
        .await
        .unwrap();
    assert_eq!((hits.len(), hits[0].cap), (1, kept.id));

    let mut raised = daily;
    raised.limit = cap("daily", Window::Day, "16").limit;
    world.submit(organization, Request::PutCap(Box::new(raised))).await;
    assert!(world.authorize(organization, 6).await.allowed);
    let limits = world.store.limits(organization).await.unwrap();
    assert_eq!((limits.caps.len(), limits.caps[0].id), (1, kept.id));
}
