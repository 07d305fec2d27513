//! Contracts: signed, previewed, amended and ended, with what comes of them.

use drawdown_domain::contract::{ContractTerms, Overrides, Part, Renewal, Spread};
use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::{CapAction, CapLimit, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window};
use drawdown_domain::plan::{CapTerms, Interval, OveragePolicy, PlanKind, PlanTerms, ThrottleTerms};
use drawdown_domain::{Currency, Money, Timestamp};
use drawdown_store::Published;
use rust_decimal::Decimal;

use super::world::{START, World, key, whole};
use crate::ServiceError;
use crate::audit::AuditInput;
use crate::contracts::ContractState;
use crate::customers::PutCustomer;
use crate::schedule::PlanWhen;

const DAY: i64 = 86_400;

async fn committed_plan(world: &World) -> drawdown_domain::id::PlanVersionId {
    let terms = PlanTerms::new("Scale", PlanKind::Commitment, Currency::USD, Decimal::from(78));
    let published = world
        .service
        .store()
        .publish_plan(&key("scale"), &terms, START, &[])
        .await;
    let (Published::New(version) | Published::Same(version)) = published.unwrap();
    version.id
}

async fn customer(world: &World) -> OrganizationId {
    let put = PutCustomer {
        name: Some("Acme".to_owned()),
        time_zone: Some("Asia/Tokyo".to_owned()),
        plan: Some(key("monthly")),
        ..PutCustomer::default()
    };
    world
        .service
        .put_customer(&world.vendor, &key("acme"), put)
        .await
        .unwrap()
        .id
}

/// 1,200,000 a year, paid half-yearly, released by a ramp of quarters, 22 % less per credit.
fn terms(plan: drawdown_domain::id::PlanVersionId, starts_at: Timestamp) -> ContractTerms {
    let part = |month, percent: i64| Part {
        month,
        percent: Decimal::from(percent),
    };
    ContractTerms {
        plan,
        overrides: Overrides {
            seats: Some(250),
            ..Overrides::default()
        },
        committed: Money::new(120_000_000, Currency::USD),
        conversion_rate: Decimal::ONE_HUNDRED,
        starts_at,
        months: 12,
        release: Spread::Table(vec![part(0, 10), part(3, 20), part(6, 30), part(9, 40)]),
        payments: Spread::Every(Interval::HalfYear),
        renewal: Renewal::None,
        note: Some("Signed by mail".to_owned()),
    }
}

#[tokio::test]
async fn the_audit_log_says_what_a_contract_and_its_amendment_say() {
    let world = World::sqlite().await;
    let (plan, organization) = (committed_plan(&world).await, customer(&world).await);
    let service = &world.service;
    let (id, signed) = (service.new_contract_id(), terms(plan, START));
    let sign = service.sign_contract(&world.vendor, organization, id, signed.clone());
    sign.await.unwrap();
    let mut amended = signed;
    amended.renewal = Renewal::SameTerms;
    amended.overrides.seats = Some(300);
    let effective = START.plus_seconds(DAY);
    let amend = service.amend_contract(&world.vendor, organization, id, amended, effective);
    amend.await.unwrap();
    service.end_contract(&world.vendor, organization, id).await.unwrap();

    let log = service.audit_log(&world.vendor, &AuditInput::default(), None, 50).await;
    let log: Vec<_> = log.unwrap().items.into_iter().map(|entry| entry.line).collect();
    let lines: Vec<_> = log.iter().filter(|line| line.noun == "contract").collect();
    let told = |place: usize| lines[place].told.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        told(0)[1..],
        ["after the term: renewed for the same length each time -> ends with its term"]
    );
    let amendment = told(1);
    assert!(amendment[1].starts_with("in force from: new, "), "{amendment:?}");
    assert_eq!(
        amendment[2..],
        [
            "after the term: ends with its term -> renewed for 12 months at a time",
            "seats: 250 -> 300"
        ]
    );
    let first = told(2);
    for line in [
        "begins: new, Mon 2 Mar 2026, 00:00 Tokyo",
        "plan: new, Scale, version 1",
        "committed: new, $1,200,000.00 for 12 months",
        "paid: new, every half-year",
        "note: new, Signed by mail",
    ] {
        assert!(first.contains(&line.to_owned()), "{line} in {first:?}");
    }
    let looked = log.iter().find(|line| line.noun == "customer").unwrap();
    assert!(looked.told.is_empty());
}

#[tokio::test]
async fn a_commitment_is_released_paid_and_ends_as_it_was_previewed() {
    for world in World::all().await {
        let (plan, organization) = (committed_plan(&world).await, customer(&world).await);
        let service = &world.service;
        let starts_at = START.plus_seconds(10 * DAY);
        let terms = terms(plan, starts_at);
        let preview = service
            .preview_contract(&world.vendor, organization, terms.clone(), None)
            .await
            .unwrap();
        assert_eq!(preview.credits, whole(120_000_000));
        assert_eq!(preview.discount, Some(Decimal::from(22)));
        let told: Vec<_> = preview
            .steps
            .iter()
            .map(|step| (step.at.at, step.credits, step.money.map(|money| money.minor)))
            .collect();
        let id = service.new_contract_id();
        for _ in 0..2 {
            service
                .sign_contract(&world.vendor, organization, id, terms.clone())
                .await
                .unwrap();
        }
        let contracts = service.contracts(&world.vendor, organization).await.unwrap();
        assert_eq!((contracts.len(), contracts[0].state), (1, ContractState::Upcoming));
        let view = service.customer(&world.vendor, &key("acme")).await.unwrap();
        assert_eq!(view.plan.unwrap().key, key("monthly"), "until it begins");
        let next = contracts[0].next.iter().map(|step| (step.at.at, step.credits));
        assert!(next.collect::<Vec<_>>().contains(&(told[0].0, told[0].1)), "{told:?}");

        world.step_seconds(11 * DAY);
        service.run_schedule().await.unwrap();
        let view = service.customer(&world.vendor, &key("acme")).await.unwrap();
        assert_eq!(
            view.plan.as_ref().map(|plan| (plan.key.clone(), plan.seats)),
            Some((key("scale"), Some(250)))
        );
        // The month's 500 besides.
        assert_eq!(view.balance, whole(12_000_500));
        let refused = service
            .change_plan(&world.vendor, organization, plan, PlanWhen::Now)
            .await;
        assert!(matches!(
            refused,
            Err(ServiceError::Conflict {
                code: "under_contract",
                ..
            })
        ));
        let other = service
            .sign_contract(&world.vendor, organization, service.new_contract_id(), terms.clone())
            .await;
        assert!(matches!(other, Err(ServiceError::Invalid(_))), "it begins in the past");

        let told: Vec<Timestamp> = told.iter().map(|step| step.0).collect();
        happens(&world, organization, &told).await;
    }
}

/// A year later everything has happened on the days that were told before.
async fn happens(world: &World, organization: OrganizationId, previewed: &[Timestamp]) {
    let service = &world.service;
    world.step_seconds(366 * DAY);
    service.run_schedule().await.unwrap();
    service.sweep().await.unwrap();
    let done = service
        .store()
        .done_steps(organization, Timestamp::MAX, 1_000)
        .await
        .unwrap();
    let mut of_contract: Vec<_> = done
        .iter()
        .filter(|step| ["payment", "release", "contract_end"].contains(&step.kind))
        .map(|step| (step.at, step.kind, step.money.map(|money| money.minor)))
        .collect();
    of_contract.sort();
    let payments: Vec<_> = of_contract.iter().filter_map(|step| step.2).collect();
    assert_eq!(payments, [60_000_000, 60_000_000]);
    let happened: Vec<Timestamp> = of_contract.iter().map(|step| step.0).collect();
    assert_eq!(happened, previewed);
    let grants = service.grants(&world.vendor, organization).await.unwrap();
    let mut released: Vec<_> = grants
        .iter()
        .filter(|grant| grant.kind == GrantKind::Commitment)
        .map(|grant| (grant.amount, grant.paid.unwrap().minor, grant.expired))
        .collect();
    released.reverse();
    let quarter = |millions: i64| {
        (
            whole(millions * 1_000_000),
            millions * 1_000_000,
            whole(millions * 1_000_000),
        )
    };
    assert_eq!(released, [12, 24, 36, 48].map(quarter));
    let view = service.customer(&world.vendor, &key("acme")).await.unwrap();
    assert_eq!((view.plan, view.balance), (None, whole(0)));
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn an_amendment_of_today_holds_from_now_on_and_one_of_yesterday_is_refused() {
    let world = World::sqlite().await;
    let (plan, organization) = (committed_plan(&world).await, customer(&world).await);
    let service = &world.service;
    let mut agreed = terms(plan, START);
    let id = service.new_contract_id();
    service
        .sign_contract(&world.vendor, organization, id, agreed.clone())
        .await
        .unwrap();
    world.step_seconds(2 * DAY);
    agreed.overrides.seats = Some(300);
    // Whoever fills in a form has read the clock before.
    let read = service.now();
    world.step_seconds(1);
    let yesterday = read.plus_seconds(-DAY);
    let refused = service
        .amend_contract(&world.vendor, organization, id, agreed.clone(), yesterday)
        .await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    service
        .amend_contract(&world.vendor, organization, id, agreed, read)
        .await
        .unwrap();
    let view = service.customer(&world.vendor, &key("acme")).await.unwrap();
    assert_eq!(view.plan.unwrap().seats, Some(300));
}

#[tokio::test]
async fn an_amendment_holds_from_its_day_and_an_ended_contract_is_not_renewed() {
    let world = World::sqlite().await;
    let (plan, organization) = (committed_plan(&world).await, customer(&world).await);
    let service = &world.service;
    let mut agreed = ContractTerms {
        release: Spread::Every(Interval::Quarter),
        renewal: Renewal::SameTerms,
        ..terms(plan, START)
    };
    let id = service.new_contract_id();
    service
        .sign_contract(&world.vendor, organization, id, agreed.clone())
        .await
        .unwrap();
    // 30,000,000 a quarter, and the month's 500 besides.
    assert_eq!(world.left("acme").await, whole(30_000_500));
    agreed.committed = Money::new(180_000_000, Currency::USD);
    agreed.overrides.seats = Some(300);
    let from = START.plus_seconds(20 * DAY);
    service
        .amend_contract(&world.vendor, organization, id, agreed.clone(), from)
        .await
        .unwrap();
    let longer = ContractTerms {
        months: 24,
        ..agreed.clone()
    };
    let refused = service
        .amend_contract(&world.vendor, organization, id, longer, from)
        .await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))));
    world.step_seconds(100 * DAY);
    service.run_schedule().await.unwrap();
    let view = service.customer(&world.vendor, &key("acme")).await.unwrap();
    assert_eq!(view.plan.unwrap().seats, Some(300));
    // A quarter of before, and a third of the 150,000,000 that are left of the new commitment.
    assert_eq!(world.left("acme").await, whole(80_000_000));
    let contract = &service.contracts(&world.vendor, organization).await.unwrap()[0];
    assert_eq!((contract.version, contract.ends.clone()), (2, None));
    service.end_contract(&world.vendor, organization, id).await.unwrap();
    service.end_contract(&world.vendor, organization, id).await.unwrap();
    let contract = &service.contracts(&world.vendor, organization).await.unwrap()[0];
    assert_eq!((contract.version, contract.state), (3, ContractState::Running));
    assert!(contract.ends.is_some());
    // What follows it is chosen before it ends.
    let monthly = service.store().current_plan(&key("monthly")).await.unwrap().unwrap();
    service
        .change_plan(&world.vendor, organization, monthly.id, PlanWhen::AtRenewal)
        .await
        .unwrap();
    world.step_seconds(270 * DAY);
    service.run_schedule().await.unwrap();
    service.sweep().await.unwrap();
    let view = service.customer(&world.vendor, &key("acme")).await.unwrap();
    assert_eq!((view.plan.unwrap().key, view.balance), (key("monthly"), whole(500)));
    assert_eq!(world.findings().await, [""; 0]);
}

/// Its caps and throttles, by name.
async fn ceilings(world: &World, organization: OrganizationId) -> Vec<String> {
    let limits = world.service.limits(&world.vendor, organization).await.unwrap();
    let caps = limits.caps.into_iter().map(|cap| cap.name);
    let throttles = limits.throttles.into_iter().map(|throttle| throttle.name);
    let mut names: Vec<String> = caps.chain(throttles).map(|name| name.to_string()).collect();
    names.sort_unstable();
    names
}

/// Another daily ceiling, a throttle, and all that is told otherwise.
fn overrides() -> Overrides {
    let hourly = CapTerms {
        scope: LimitScope::default(),
        window: Window::RollingHours(1),
        limit: CapLimit::Credits(whole(300)),
        action: CapAction::Block,
    };
    let steady = ThrottleTerms {
        scope: LimitScope::default(),
        limit: ThrottleLimit::Requests(5),
        per: ThrottlePeriod::Minute,
        burst: None,
        then: ThrottleThen::Reject,
    };
    Overrides {
        overage: Some(OveragePolicy::Block),
        low_balance_percent: Some(99),
        refunds: [(key("render"), Some("A failed render costs nothing".to_owned()))].into(),
        caps: [(key("daily"), None), (key("hourly"), Some(hourly))].into(),
        throttles: [(key("steady"), Some(steady))].into(),
        ..Overrides::default()
    }
}

#[tokio::test]
async fn what_differs_from_the_plan_holds_as_long_as_the_contract() {
    for world in World::all().await {
        let (service, organization) = (&world.service, customer(&world).await);
        let tier = service.store().current_plan(&key("tier")).await.unwrap().unwrap();
        let agreed = ContractTerms {
            overrides: overrides(),
            committed: Money::new(10_000, Currency::USD),
            months: 1,
            release: Spread::AtOnce,
            payments: Spread::AtOnce,
            ..terms(tier.id, START)
        };
        let gone = ContractTerms {
            overrides: Overrides {
                refunds: [(key("gone"), Some("x".to_owned()))].into(),
                ..Overrides::default()
            },
            ..agreed.clone()
        };
        let id = service.new_contract_id();
        let refused = service.sign_contract(&world.vendor, organization, id, gone).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
        let signed = service.sign_contract(&world.vendor, organization, id, agreed.clone());
        signed.await.unwrap();

        let state = service.load(organization).await.unwrap().state;
        let plan = service.plan_of(&state).await.unwrap().unwrap();
        assert_eq!(plan.terms, agreed.applied_to(&tier.terms));
        assert_eq!(plan.terms.overage, OveragePolicy::Block);
        assert_eq!(plan.terms.refunds[&key("render")], "A failed render costs nothing");
        assert_eq!(ceilings(&world, organization).await, ["hourly", "steady"]);
        // 10,000 of the commitment and the month's 500; 200 of them are burned.
        world.burn("acme", 50).await;
        let overview = service.overview(&world.vendor, organization).await.unwrap();
        assert_eq!(
            overview.low_balance.as_deref(),
            Some("Less than 99 % is left of the 10,500 credits that can be burned now.")
        );

        let after = service.change_plan(&world.vendor, organization, tier.id, PlanWhen::AtRenewal);
        after.await.unwrap();
        world.step_seconds(40 * DAY);
        service.run_schedule().await.unwrap();
        service.sweep().await.unwrap();
        let state = service.load(organization).await.unwrap().state;
        let plan = service.plan_of(&state).await.unwrap().unwrap();
        assert_eq!(plan.terms, tier.terms);
        assert_eq!(ceilings(&world, organization).await, ["daily"]);
        assert_eq!(world.findings().await, [""; 0]);
    }
}
