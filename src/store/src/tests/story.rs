//! One story, from an empty database to a customer's month: every noun of the store, on both engines.

use drawdown_domain::grant::GrantState;
use drawdown_domain::hold::{Hold, HoldState};
use drawdown_domain::id::{ApiKeyId, AuditId, GrantId, MemberId, OrganizationId, PaymentId, PlanVersionId, SessionId};
use drawdown_domain::limit::{LimitOwner, ThrottlePeriod, Window};
use drawdown_domain::money::Money;
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::outcome::{EventStatus, Outcome, ReasonCode, RequestError};
use drawdown_domain::posting::LedgerAccount;
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Currency, Timestamp};
use serde_json::json;

use super::on_both_engines;
use super::world::{START, World, authorize, cap, capture, credits, decision, event, id, key, new_grant, throttle};
use crate::{
    ActorKind, ApiKey, ApiKeyScope, Attachments, AuditLine, Bucket, CapWindow, Dimension, Installation, LedgerError,
    Member, NewApiKey, NewMember, Payment, PaymentChange, PaymentState, Published, Session, StoreError, UsageQuery,
};

on_both_engines!(
    a_customers_month,
    the_installation_and_its_people,
    what_is_published_stays,
    limits_come_and_go,
    lists_come_in_pages,
    what_is_due_is_swept_up,
);

fn line(world: &World, organization: OrganizationId, action: &str, noun: &str) -> AuditLine {
    AuditLine {
        id: AuditId::from_uuid(id()),
        at: world.clock.now(),
        actor_kind: ActorKind::Member,
        actor_id: Some(id()),
        actor_name: "Ada".to_owned(),
        organization: Some(organization),
        action: action.to_owned(),
        noun: noun.to_owned(),
        before: None,
        after: Some(json!({"why": "test"})),
    }
}

async fn assert_clean(world: &World) {
    let verification = world.store.verify().await.unwrap();
    assert_eq!(verification.findings, []);
}

/// A top-up that is paid, a run that is captured, a run that is released, usage that comes by itself and late, and a
/// cap that stops the next run until it is raised.
async fn a_customers_month(world: World) {
    let organization = world.organization("acme").await;
    top_up(&world, organization).await;
    let hold = a_run(&world, organization).await;
    some_usage(&world, organization, hold).await;
    a_cap(&world, organization).await;
    the_figures(&world, organization).await;
    assert_clean(&world).await;
}

async fn top_up(world: &World, organization: OrganizationId) {
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
        audit: vec![line(world, organization, "start", "payment")],
        payment: Some(PaymentChange::Open(payment.clone())),
    };
    let request = Request::AddGrant(Box::new(grant.clone()));
    ledger
        .submit_with(organization, request.clone(), None, opened.clone())
        .await
        .unwrap();
    let again = ledger.submit_with(organization, request, None, opened).await;
    assert_eq!(again, Err(LedgerError::PaymentExists));
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!((balance.available, balance.pending), (Credits::ZERO, credits("100")));

    let settled = |state| Attachments {
        audit: vec![line(world, organization, "settle", "payment")],
        payment: Some(PaymentChange::Settle {
            payment: payment.id,
            state,
            at: world.clock.now(),
        }),
    };
    let activate = Request::ActivateGrant { grant: grant.id };
    for _ in 0..2 {
        let paid = settled(PaymentState::Paid);
        let outcome = ledger
            .submit_with(organization, activate.clone(), None, paid)
            .await
            .unwrap();
        assert!(matches!(outcome, Outcome::Grant(grant) if grant.remaining == credits("100")));
    }
    let declined = ledger
        .submit_with(organization, activate, None, settled(PaymentState::Declined))
        .await;
    assert_eq!(declined, Err(LedgerError::PaymentSettled(PaymentState::Paid)));
    let late = world
        .store
        .settle_payment(payment.id, PaymentState::Abandoned, world.clock.now(), &[])
        .await
        .unwrap();
    assert_eq!(late, Some(PaymentState::Paid));

    let found = world
        .store
        .payment_by_reference("sandbox", &payment.provider_reference)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.state), (payment.id, PaymentState::Paid));
    let payments = world.store.payments(organization, None, 10).await.unwrap();
    assert_eq!((payments.rows, payments.next), (vec![found], None));
    let kept = world.store.grant(organization, grant.id).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.paid),
        (GrantState::Active, Some(Money::new(100, Currency::USD)))
    );
    let log = world.store.audit(Some(organization), None, 10).await.unwrap();
    let actions: Vec<&str> = log.rows.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["settle", "settle", "start"]);
    assert_eq!(log.rows[0].after, Some(json!({"why": "test"})));
}

async fn a_run(world: &World, organization: OrganizationId) -> Hold {
    let allowed = world.authorize(organization, 10).await;
    let hold = allowed.hold.unwrap().id;
    let (owner, open) = world.store.hold(hold).await.unwrap().unwrap();
    assert_eq!(
        (owner, open.state, open.credits),
        (organization, HoldState::Open, credits("10"))
    );
    world.clock.step_seconds(60);
    let Outcome::Captured(captured) = world.submit(organization, capture(hold, 7)).await else {
        panic!("the hold was open");
    };
    assert_eq!((captured.credits, captured.returned), (credits("7"), credits("3")));
    let twice = world.submit(organization, capture(hold, 7)).await;
    let ended = RequestError::HoldEnded {
        state: HoldState::Captured,
    };
    assert_eq!(twice, Outcome::Refused(ended));
    let (_, kept) = world.store.hold(hold).await.unwrap().unwrap();
    assert_eq!(kept, captured.hold);

    let other = world.authorize(organization, 5).await.hold.unwrap().id;
    let released = Request::Release {
        hold: other,
        reason: Some("the agent crashed".to_owned()),
    };
    world.submit(organization, released).await;
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(
        (balance.available, balance.held, balance.burned),
        (credits("93"), Credits::ZERO, credits("7"))
    );
    captured.hold
}

async fn some_usage(world: &World, organization: OrganizationId, hold: Hold) {
    let now = world.clock.now();
    let events = vec![
        event("a", 1, now),
        event("b", 2, now.plus_seconds(-7_200)),
        event("a", 1, now),
    ];
    let Outcome::Recorded(results) = world.submit(organization, Request::Record(events.clone())).await else {
        panic!("usage is always taken in");
    };
    let statuses: Vec<EventStatus> = results.iter().map(|result| result.status).collect();
    assert_eq!(
        statuses,
        [EventStatus::Recorded, EventStatus::Recorded, EventStatus::Duplicate]
    );
    let Outcome::Recorded(again) = world.submit(organization, Request::Record(events)).await else {
        panic!("usage is always taken in");
    };
    assert!(again.iter().all(|result| result.status == EventStatus::Duplicate));
    assert_eq!(again[1].credits, Some(credits("2")));

    let page = world.store.events(organization, None, 2).await.unwrap();
    assert_eq!(page.rows.len(), 2);
    let rest = world.store.events(organization, page.next, 2).await.unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
    let first = &rest.rows[0].event;
    assert_eq!((first.hold, first.occurred_at), (Some(hold.id), hold.authorized_at));
    assert_eq!((first.key.clone(), first.credits), (hold.id.to_string(), credits("7")));
    let batch = page.rows[0].batch;
    let behind = world.store.batch_events(organization, batch, None, 10).await.unwrap();
    assert_eq!(behind.rows.len(), 2);
}

async fn a_cap(world: &World, organization: OrganizationId) {
    let daily = cap("daily", Window::Day, "15");
    let Outcome::Cap(kept) = world
        .submit(organization, Request::PutCap(Box::new(daily.clone())))
        .await
    else {
        panic!("the cap is valid");
    };
    // It counts what the day has used before it was set: 7 + 1 + 2.
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

async fn the_figures(world: &World, organization: OrganizationId) {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let day = zone.window(Window::Day, world.clock.now(), START);
    let today = world.store.day(organization, day.start).await.unwrap();
    assert_eq!((today.credits, today.events), (credits("10"), 3));
    assert_eq!((today.authorized, today.capped, today.refused), (3, 1, 0));
    let query = |group_by, bucket| UsageQuery {
        from: day.start,
        until: day.end.unwrap(),
        group_by,
        bucket,
    };
    for dimension in [
        Dimension::UseCase,
        Dimension::Mode,
        Dimension::Platform,
        Dimension::Subject,
    ] {
        let rows = world
            .store
            .usage(organization, query(dimension, Bucket::Day))
            .await
            .unwrap();
        assert_eq!((rows.len(), rows[0].sums), (1, today), "{dimension:?}");
    }
    // One event came two hours late.
    let hours = world
        .store
        .usage(organization, query(Dimension::UseCase, Bucket::Hour))
        .await
        .unwrap();
    let used: Vec<Credits> = hours.iter().map(|row| row.sums.credits).collect();
    assert_eq!(used, [credits("2"), credits("8")]);
    let subjects = world
        .store
        .usage(organization, query(Dimension::Subject, Bucket::Hour))
        .await;
    assert!(matches!(subjects, Err(StoreError::NotKept(_))));
    let totals = world
        .store
        .daily_totals(organization, day.start, day.end.unwrap())
        .await
        .unwrap();
    assert_eq!(totals, [(day.start, today)]);

    let newest = world.store.postings(organization, None, 1).await.unwrap();
    let oldest = world.store.postings(organization, Some(2), 10).await.unwrap();
    assert_eq!(
        (oldest.rows[0].from, oldest.rows[0].to),
        (LedgerAccount::Issued, LedgerAccount::Available)
    );
    let kept = world.store.organization(organization).await.unwrap().unwrap();
    assert_eq!(kept.state.posting_hash, newest.rows[0].hash);
    let listed = world.store.organizations(None, 10).await.unwrap();
    assert_eq!(
        (listed.rows[0].available, listed.rows[0].held),
        (credits("84"), credits("6"))
    );
    assert_eq!(listed.rows[0].organization, kept);
}

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
        .create_member(&new, &[line(&world, organization, "create", "member")])
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
    assert_eq!(store.members(organization).await.unwrap(), [member.clone()]);
    assert_eq!(store.member(member.id).await.unwrap(), Some(member.clone()));
    sessions(&world, member.id).await;
    api_keys(&world, organization).await;
}

async fn sessions(world: &World, member: MemberId) {
    let session = |seen: i64| Session {
        id: SessionId::from_uuid(id()),
        member,
        created_at: START,
        last_seen_at: START.plus_seconds(seen),
    };
    let (first, second) = (session(1), session(2));
    for session in [first, second] {
        world.store.create_session(&session, &[]).await.unwrap();
    }
    world
        .store
        .touch_session(first.id, START.plus_seconds(3))
        .await
        .unwrap();
    let ids = |sessions: Vec<Session>| sessions.into_iter().map(|session| session.id).collect::<Vec<_>>();
    assert_eq!(ids(world.store.sessions(member).await.unwrap()), [first.id, second.id]);
    assert_eq!(
        world.store.revoke_sessions(member, Some(second.id), &[]).await.unwrap(),
        1
    );
    assert_eq!(world.store.session(first.id).await.unwrap(), None);
    world.store.revoke_session(second.id, &[]).await.unwrap();
    assert_eq!(world.store.sessions(member).await.unwrap(), []);
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
        assert_eq!(world.store.api_keys(owner).await.unwrap(), [new.key.clone()]);
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

async fn what_is_published_stays(world: World) {
    let store = &world.store;
    let catalogue = store.catalogue().await.unwrap();
    let card = &catalogue.versions[0];
    let same = store
        .publish_rates(&card.rates, START.plus_seconds(9), START, &[])
        .await
        .unwrap();
    assert_eq!(same, Published::Same(card.clone()));
    let mut dearer = card.rates.clone();
    dearer.modes.insert(key("fast"), 2.into());
    let later = START.plus_seconds(3_600);
    let Published::New(second) = store.publish_rates(&dearer, later, START, &[]).await.unwrap() else {
        panic!("the rates differ");
    };
    assert_eq!(second.number, 2);
    assert_eq!(store.catalogue().await.unwrap().versions, [card.clone(), second]);
    // The ledger prices by it from its time on.
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    assert_eq!(world.authorize(organization, 1).await.credits, credits("1"));
    world.clock.step_seconds(3_600);
    assert_eq!(world.authorize(organization, 1).await.credits, credits("2"));

    let mut terms = world.plan.terms.clone();
    let same = store.publish_plan(&key("tier"), &terms, START, &[]).await.unwrap();
    assert_eq!(same, Published::Same(world.plan.clone()));
    terms.seats = Some(5);
    let Published::New(second) = store.publish_plan(&key("tier"), &terms, START, &[]).await.unwrap() else {
        panic!("the terms differ");
    };
    assert_eq!(
        (second.number, store.plan_version(second.id).await.unwrap().as_deref()),
        (2, Some(&second))
    );
    assert_eq!(
        store.current_plan(&key("tier")).await.unwrap().as_deref(),
        Some(&second)
    );
    assert_eq!(store.current_plan(&key("other")).await.unwrap(), None);
    let plans = store.plans().await.unwrap();
    assert_eq!(
        (plans.len(), plans[0].organizations, plans[0].current.number),
        (1, 1, 2)
    );
    let unknown = Request::Organization(OrganizationChange::Plan {
        version: PlanVersionId::from_uuid(id()),
        caps: Vec::new(),
        throttles: Vec::new(),
    });
    let refused = store.ledger().submit(organization, unknown, None).await;
    assert_eq!(refused, Err(LedgerError::UnknownPlanVersion));
}

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
        assert_clean(&world).await;
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
    assert_eq!(
        world.store.limits(organization).await.unwrap(),
        crate::Limits::default()
    );
    assert_eq!(world.store.throttle_states(organization).await.unwrap().len(), 0);
    assert!(world.authorize(organization, 1).await.allowed);
    assert_clean(&world).await;
}

async fn lists_come_in_pages(world: World) {
    let organization = world.organization("m").await;
    for name in ["a", "z"] {
        world.organization(name).await;
    }
    let first = world.store.organizations(None, 2).await.unwrap();
    assert_eq!(first.next, Some(key("m")));
    let second = world.store.organizations(first.next.as_ref(), 2).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (1, None));
    let mut made = Vec::new();
    for _ in 0..5 {
        // All in the same instant: identifiers break the tie.
        made.push(world.grant(organization, "1").await.id);
    }
    let mut seen: Vec<GrantId> = Vec::new();
    let mut cursor = None;
    loop {
        let page = world.store.grants(organization, cursor, 2).await.unwrap();
        seen.extend(page.rows.iter().map(|grant| grant.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    made.reverse();
    assert_eq!(seen, made);
    let open = world.store.open_grants(organization).await.unwrap();
    assert_eq!(open.len(), 5);
    assert_eq!(open[0].id, made[4], "the oldest burns first");
    let postings = world.store.postings(organization, None, 2).await.unwrap();
    assert_eq!((postings.rows[0].sequence, postings.next), (5, Some(4)));
}

async fn what_is_due_is_swept_up(world: World) {
    let organization = world.organization("acme").await;
    let now = world.clock.now();
    let mut grant = new_grant("10", now);
    grant.expires_at = Some(now.plus_seconds(3_600));
    world
        .submit(organization, Request::AddGrant(Box::new(grant.clone())))
        .await;
    let hold = decision(world.submit(organization, authorize(4)).await)
        .hold
        .unwrap()
        .id;
    let due = async || world.store.due_organizations(world.clock.now(), 10).await.unwrap();
    assert_eq!(due().await, []);
    world.clock.step_seconds(600);
    assert_eq!(due().await, [organization]);
    assert_eq!(world.submit(organization, Request::Sweep).await, Outcome::Done);
    assert_eq!(due().await, []);
    let (_, ended) = world.store.hold(hold).await.unwrap().unwrap();
    assert_eq!(
        (ended.state, ended.ended_at),
        (HoldState::Expired, Some(world.clock.now()))
    );
    world.clock.step_seconds(3_000);
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(
        balance.available,
        Credits::ZERO,
        "expired by the clock, before it is swept up"
    );
    assert_eq!(due().await, [organization]);
    world.submit(organization, Request::Sweep).await;
    let swept = world.store.grant(organization, grant.id).await.unwrap().unwrap();
    assert_eq!((swept.state, swept.expired), (GrantState::Expired, credits("10")));
    // Usage from before the expiry burns the expired grant, late; what it cannot cover is owed.
    let late = vec![event("late", 12, now.plus_seconds(10))];
    world.submit(organization, Request::Record(late)).await;
    let burned = world.store.grant(organization, grant.id).await.unwrap().unwrap();
    assert_eq!((burned.burned, burned.expired), (credits("10"), Credits::ZERO));
    let owing = world.store.organization(organization).await.unwrap().unwrap();
    assert_eq!(owing.state.owed, credits("2"));
    // The next credits settle it.
    world.grant(organization, "5").await;
    let settled = world.store.organization(organization).await.unwrap().unwrap();
    assert_eq!(settled.state.owed, Credits::ZERO);
    assert_clean(&world).await;
    let nobody = OrganizationId::from_uuid(id());
    let unknown = world.store.ledger().submit(nobody, Request::Sweep, None).await;
    assert_eq!(unknown, Err(LedgerError::UnknownOrganization));
    let pruned = world.store.prune(Timestamp::MAX).await.unwrap();
    assert!(!pruned.more());
}
