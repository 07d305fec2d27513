//! What must not happen is refused by the database itself; and what somebody changes behind its back, `verify` finds.

use drawdown_domain::Currency;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::{ThrottlePeriod, Window};
use drawdown_domain::plan::{FairRate, FairStep, FairUse, PlanKind, PlanTerms, Unlimited};
use drawdown_domain::request::{OrganizationChange, Request};
use rust_decimal::Decimal;

use super::on_both_engines;
use super::world::{World, cap, capture, credits, event, key};
use crate::Published;
use crate::database::on;

on_both_engines!(
    postings_are_append_only,
    impossible_rows_are_refused,
    verify_finds_what_was_changed,
    verify_finds_what_was_changed_of_fair_use
);

/// A change, how it is taken back, and what is found of it.
const CHANGES: [(&str, &str, &str); 20] = [
    (
        "UPDATE posting SET credits = credits + 1 WHERE sequence = 2",
        "UPDATE posting SET credits = credits - 1 WHERE sequence = 2",
        "posting 2: its hash",
    ),
    (
        "UPDATE posting SET sequence = 1000 WHERE sequence = 3",
        "UPDATE posting SET sequence = 3 WHERE sequence = 1000",
        "posting 4: its sequence",
    ),
    (
        "UPDATE credit_grant SET remaining = remaining - 1, burned = burned + 1 WHERE remaining > 0",
        "UPDATE credit_grant SET remaining = remaining + 1, burned = burned - 1 WHERE remaining > 0",
        "available, in micro-credits",
    ),
    (
        "UPDATE organization SET owed = owed + 1",
        "UPDATE organization SET owed = owed - 1",
        "owed, in micro-credits",
    ),
    (
        "UPDATE usage_event SET credits = credits + 1, exact = '2.000001' WHERE event_key = 'a'",
        "UPDATE usage_event SET credits = credits - 1, exact = '2' WHERE event_key = 'a'",
        "event a: what was charged, owed and forgiven",
    ),
    (
        "UPDATE usage_event SET quantities = '{\"images\":\"1\"}' WHERE event_key = 'a'",
        "UPDATE usage_event SET quantities = '{\"images\":\"2\"}' WHERE event_key = 'a'",
        "event a: the hash of its content",
    ),
    (
        "UPDATE usage_event SET batch = batch + 1000 WHERE event_key = 'b'",
        "UPDATE usage_event SET batch = batch - 1000 WHERE event_key = 'b'",
        "the digest of its events",
    ),
    (
        "UPDATE usage_event SET batch = batch + 1000 WHERE event_key = 'b'",
        "UPDATE usage_event SET batch = batch - 1000 WHERE event_key = 'b'",
        "event b: its posting",
    ),
    (
        "UPDATE usage_event_key SET credits = credits + 1 WHERE credits = 2000000",
        "UPDATE usage_event_key SET credits = credits - 1 WHERE credits = 2000001",
        "event a: the price that its key tells",
    ),
    (
        "UPDATE usage_event SET event_key = 'd' WHERE event_key = 'c'",
        "UPDATE usage_event SET event_key = 'c' WHERE event_key = 'd'",
        "event d: its key",
    ),
    (
        "UPDATE usage_event_key SET recorded_at = recorded_at + 1",
        "UPDATE usage_event_key SET recorded_at = recorded_at - 1",
        "event b: the instant that its key tells",
    ),
    (
        "UPDATE rollup_day SET credits = credits + 1",
        "UPDATE rollup_day SET credits = credits - 1",
        "rollup_day, image fast api",
    ),
    (
        "UPDATE rollup_hour SET hour = hour - 172800000000",
        "UPDATE rollup_hour SET hour = hour + 172800000000",
        "rollup_hour of day",
    ),
    (
        "UPDATE rollup_subject_day SET authorized = authorized + 1",
        "UPDATE rollup_subject_day SET authorized = authorized - 1",
        "decisions by subject",
    ),
    (
        "UPDATE cap_counter SET used = used + 1",
        "UPDATE cap_counter SET used = used - 1",
        "used, in micro-credits",
    ),
    (
        "UPDATE cap_counter SET held = held + 1",
        "UPDATE cap_counter SET held = held - 1",
        "held, in micro-credits",
    ),
    (
        "UPDATE hold SET credits = credits + 1 WHERE state = 'open'",
        "UPDATE hold SET credits = credits - 1 WHERE state = 'open'",
        "what it reserves of grants",
    ),
    (
        "UPDATE hold SET state = 'released', ended_at = 1 WHERE state = 'open'",
        "UPDATE hold SET state = 'open', ended_at = NULL WHERE ended_at = 1",
        "reserved by open holds",
    ),
    (
        "UPDATE hold SET captured = captured + 1 WHERE state = 'captured'",
        "UPDATE hold SET captured = captured - 1 WHERE state = 'captured'",
        "captured holds, against their events",
    ),
    (
        "UPDATE organization SET status = 'suspended', posting_sequence = posting_sequence + 1",
        "UPDATE organization SET status = 'active', posting_sequence = posting_sequence - 1",
        "the sequence of the last posting",
    ),
];

async fn execute(world: &World, sql: &str) -> Result<u64, sqlx::Error> {
    on!(pool: &world.store.db().write, |c| sqlx::query(sql).execute(c).await.map(|done| done.rows_affected()))
}

/// An organization with a little of everything: postings, events, an open hold, a cap, a debt that was settled.
async fn used_organization(world: &World) -> OrganizationId {
    let organization = world.organization("acme").await;
    world.grant(organization, "20").await;
    world
        .submit(
            organization,
            Request::PutCap(Box::new(cap("monthly", Window::Month, "1000"))),
        )
        .await;
    let hold = world.authorize(organization, 5).await.hold.unwrap().id;
    world.submit(organization, capture(hold, 4)).await;
    world.authorize(organization, 3).await;
    let now = world.clock.now();
    let events = vec![event("a", 2, now), event("b", 12, now), event("c", 0, now)];
    world.submit(organization, Request::Record(events)).await;
    world.grant(organization, "100").await;
    let verification = world.store.verify().await.unwrap();
    assert_eq!(verification.findings, []);
    assert_eq!((verification.organizations, verification.events), (1, 4));
    assert!(verification.postings >= 7, "{verification:?}");
    organization
}

async fn postings_are_append_only(world: World) {
    used_organization(&world).await;
    for sql in [
        "UPDATE posting SET credits = credits + 1",
        "DELETE FROM posting",
        "UPDATE plan_version SET number = 7",
        "DELETE FROM rate_card_version",
    ] {
        let refused = execute(&world, sql).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    if !world.is_sqlite() {
        execute(&world, "TRUNCATE posting").await.unwrap_err();
    }
}

async fn impossible_rows_are_refused(world: World) {
    used_organization(&world).await;
    for sql in [
        "UPDATE credit_grant SET remaining = remaining - 1, burned = burned + 2",
        "UPDATE credit_grant SET remaining = -1, burned = amount + 1, held = 0, expired = 0, voided = 0",
        "UPDATE organization SET owed = -1",
        "UPDATE cap_counter SET held = -1",
        "UPDATE hold SET state = 'captured' WHERE state = 'open'",
        "UPDATE hold SET state = 'lost'",
        "UPDATE usage_event SET credits = -1",
    ] {
        execute(&world, sql).await.expect_err(sql);
    }
    assert!(world.store.verify().await.unwrap().is_clean());
}

/// Each change alone is found, and taken back again leaves the books clean.
async fn verify_finds_what_was_changed(world: World) {
    used_organization(&world).await;
    if world.is_sqlite() {
        execute(&world, "DROP TRIGGER posting_no_update").await.unwrap();
    } else {
        execute(&world, "DROP TRIGGER posting_append_only ON posting")
            .await
            .unwrap();
    }
    for (change, back, what) in CHANGES {
        assert!(execute(&world, change).await.unwrap() > 0, "{change}");
        let findings = world.store.verify().await.unwrap().findings;
        assert!(
            findings.iter().any(|finding| finding.what.contains(what)),
            "{change}: {findings:#?}"
        );
        assert!(execute(&world, back).await.unwrap() > 0, "{back}");
        assert_eq!(world.store.verify().await.unwrap().findings, [], "{back}");
    }
}

/// An organization whose runs all cost nothing and are counted by fair use: one captured, one open, one reported.
async fn unlimited_organization(world: &World) {
    let steps = vec![FairStep {
        above: credits("1000"),
        rate: FairRate {
            requests: 1,
            per: ThrottlePeriod::Hour,
        },
    }];
    let window = Window::Day;
    let unlimited = Unlimited {
        fair_use: Some(FairUse { window, steps }),
        ..Unlimited::default()
    };
    let mut terms = PlanTerms::new("Relaxed", PlanKind::Tier, Currency::USD, Decimal::from(100));
    terms.unlimited.push(unlimited);
    let now = world.clock.now();
    let published = world.store.publish_plan(&key("relaxed"), &terms, now, &[]).await;
    let Published::New(plan) = published.unwrap() else {
        panic!("a plan of that key is new");
    };
    let organization = world.organization("acme").await;
    let change = OrganizationChange::Plan {
        version: plan.id,
        caps: Vec::new(),
        throttles: Vec::new(),
    };
    world.submit(organization, Request::Organization(change)).await;
    let hold = world.authorize(organization, 5).await.hold.unwrap().id;
    world.submit(organization, capture(hold, 4)).await;
    world.authorize(organization, 3).await;
    let events = vec![event("a", 2, now)];
    world.submit(organization, Request::Record(events)).await;
}

async fn verify_finds_what_was_changed_of_fair_use(world: World) {
    unlimited_organization(&world).await;
    assert_eq!(world.store.verify().await.unwrap().findings, []);
    let counters: (i64, i64) = on!(pool: &world.store.db().read, |c| sqlx::query_as(
        "SELECT used, held FROM cap_counter",
    )
    .fetch_one(c)
    .await)
    .unwrap();
    assert_eq!(
        counters,
        (6_000_000, 3_000_000),
        "4 and 2 images were used, 3 are expected"
    );
    for (change, back, what) in [
        (
            "UPDATE cap_counter SET used = used + 1",
            "UPDATE cap_counter SET used = used - 1",
            "fair use of entry 1 of the plan",
        ),
        (
            "UPDATE cap_counter SET held = held - 1",
            "UPDATE cap_counter SET held = held + 1",
            "held, in micro-credits",
        ),
        (
            "UPDATE cap_counter SET window_start = window_start - 86400000000",
            "UPDATE cap_counter SET window_start = window_start + 86400000000",
            "its counter",
        ),
    ] {
        assert!(execute(&world, change).await.unwrap() > 0, "{change}");
        let findings = world.store.verify().await.unwrap().findings;
        let found = findings.iter().any(|finding| finding.what.contains(what));
        assert!(found, "{change}: {findings:#?}");
        assert!(execute(&world, back).await.unwrap() > 0, "{back}");
        assert_eq!(world.store.verify().await.unwrap().findings, [], "{back}");
    }
}
