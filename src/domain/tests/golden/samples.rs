//! One of each kind, made by the engine itself where it can.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::{Exception, OwnRate, PriceError, Rates, Tier};
use drawdown_domain::contract::{ContractTerms, ContractVersion, Overrides, Part, Renewal, Spread};
use drawdown_domain::grant::GrantState;
use drawdown_domain::hold::HoldState;
use drawdown_domain::id::{ApiKeyId, GrantId, UsageEventId};
use drawdown_domain::limit::{
    CapAction, CapLimit, Each, LimitOwner, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::outcome::{Outcome, RequestError};
use drawdown_domain::plan::{
    Allotment, CapTerms, ConversionTier, Every, FairRate, FairStep, FairUse, Interval, OveragePolicy, PlanKind,
    PlanTerms, Rollover, ThrottleTerms, TopUps, Unlimited, Validity,
};
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::{Currency, Key, Money};
use uuid::Uuid;

use crate::bench::*;

pub(crate) fn plan_terms() -> PlanTerms {
    PlanTerms {
        kind: PlanKind::Commitment,
        price: Some(Money::new(4_900, Currency::USD)),
        interval: Interval::Quarter,
        lasts: Some(Validity::Months(24)),
        conversion_tiers: vec![ConversionTier {
            from: Money::new(100_000, Currency::USD),
            rate: "125".parse().unwrap(),
        }],
        allotments: allotments(),
        extra_seat_price: Some(Money::new(900, Currency::USD)),
        unlimited: vec![unlimited()],
        seats: Some(5),
        use_cases: Some(vec![key("render")]),
        modes: Some(vec![key("fast"), key("relaxed")]),
        platforms: Some(vec![key("web")]),
        overage: OveragePolicy::Forgive(credits("0.5")),
        degrade_without_credits: true,
        top_ups: TopUps::WithPlan,
        top_up_valid: Some(Validity::Days(365)),
        top_up_use_cases: Some(vec![key("render")]),
        low_balance_percent: Some(20),
        refunds: BTreeMap::from([(key("render"), "Failed renders cost nothing.".to_owned())]),
        caps: BTreeMap::from([(
            key("daily"),
            CapTerms {
                scope: scope(),
                window: Window::RollingHours(24),
                limit: CapLimit::Money(Money::new(1_000, Currency::USD)),
                action: CapAction::Block,
            },
        )]),
        throttles: BTreeMap::from([(
            key("fair"),
            ThrottleTerms {
                scope: LimitScope::default(),
                limit: ThrottleLimit::Credits(credits("10")),
                per: ThrottlePeriod::Minute,
                burst: Some(20),
                then: ThrottleThen::Degrade,
            },
        )]),
        ..terms()
    }
}

fn allotments() -> BTreeMap<Key, Allotment> {
    let slow = Allotment {
        per_extra_seat: credits("100"),
        every: Every::Month,
        rollover: Rollover::UpTo("2".parse().unwrap()),
        use_cases: Some(vec![key("code")]),
        ..Allotment::plain(credits("500"))
    };
    let lasting = Allotment {
        lasts: 3,
        ..Allotment::plain(credits("4900"))
    };
    BTreeMap::from([(key("lasting"), lasting), (key("slow"), slow)])
}

fn unlimited() -> Unlimited {
    let step = |above: &str, requests, per| FairStep {
        above: credits(above),
        rate: FairRate { requests, per },
    };
    Unlimited {
        mode: Some(key("relaxed")),
        fair_use: Some(FairUse {
            window: Window::Day,
            steps: vec![
                step("1000", 10, ThrottlePeriod::Minute),
                step("2000", 30, ThrottlePeriod::Hour),
            ],
        }),
        ..Unlimited::default()
    }
}

/// A first version that spreads evenly, and an amendment with tables and everything that may differ from the plan.
pub(crate) fn contract_versions() -> Vec<ContractVersion> {
    let part = |month, percent: &str| Part {
        month,
        percent: percent.parse().unwrap(),
    };
    let first = ContractTerms {
        plan: plan_version(1, terms()).id,
        overrides: Overrides::default(),
        committed: Money::new(120_000_000, Currency::USD),
        conversion_rate: "100".parse().unwrap(),
        starts_at: NOW,
        months: 12,
        release: Spread::AtOnce,
        payments: Spread::Every(Interval::HalfYear),
        renewal: Renewal::SameTerms,
        note: None,
    };
    let plan = plan_terms();
    let caps = plan.caps.into_iter().map(|(name, cap)| (name, Some(cap)));
    let throttles = plan.throttles.into_keys().map(|name| (name, None));
    let amended = ContractTerms {
        overrides: Overrides {
            price: plan.price,
            seats: Some(250),
            extra_seat_price: plan.extra_seat_price,
            use_cases: plan.use_cases,
            modes: plan.modes,
            platforms: plan.platforms,
            overage: Some(OveragePolicy::Block),
            low_balance_percent: Some(10),
            refunds: [
                ("code".parse().unwrap(), None),
                ("render".parse().unwrap(), Some("All of it.".to_owned())),
            ]
            .into(),
            caps: caps.collect(),
            throttles: throttles.collect(),
        },
        release: Spread::Table(vec![part(0, "12.5"), part(6, "87.5")]),
        renewal: Renewal::Months(9),
        note: Some("Ramps with the second team.".to_owned()),
        ..first.clone()
    };
    let version = |number, seconds, terms| ContractVersion {
        number,
        effective_at: NOW.plus_seconds(seconds),
        terms,
    };
    vec![version(1, 0, first), version(2, 40 * DAY, amended)]
}

/// A rate card with everything that one can have.
pub(crate) fn rates() -> Rates {
    let decimal = |text: &str| text.parse().unwrap();
    let tier = |above: &str, credits: &str| Tier {
        above: decimal(above),
        credits: decimal(credits),
    };
    let mut rates = crate::bench::rates();
    let render = rates.use_cases.get_mut("render").unwrap();
    render.minimum = Some(decimal("0.5"));
    render.meters.get_mut("images").unwrap().tiers = vec![tier("100", "0.9"), tier("1000", "0.75")];
    let own = OwnRate {
        credits: decimal("2"),
        tiers: vec![tier("10", "1.5")],
    };
    render.exceptions = vec![Exception {
        mode: key("fast"),
        platform: key("ios"),
        meters: BTreeMap::from([(key("images"), own)]),
    }];
    rates
}

/// Terms as they were stored before plans had intervals, several allotments and validity in months.
pub(crate) fn plan_terms_of_one_allotment() -> PlanTerms {
    PlanTerms {
        interval: Interval::Month,
        lasts: None,
        conversion_tiers: Vec::new(),
        allotments: BTreeMap::from([(key("credits"), Allotment::plain(credits("4900")))]),
        extra_seat_price: None,
        unlimited: Vec::new(),
        top_ups: TopUps::Allowed,
        top_up_use_cases: None,
        low_balance_percent: None,
        ..plan_terms()
    }
}

fn scope() -> LimitScope {
    LimitScope {
        use_case: Some(key("render")),
        mode: Some(key("fast")),
        platform: Some(key("web")),
        subject: None,
        key: Some(ApiKeyId::from_uuid(Uuid::from_u128(77))),
        each: Some(Each::Subject),
    }
}

/// A bench with credits, a cap and a throttle.
fn bench() -> Bench {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("10");
    grant.paid = Some(Money::new(1_000, Currency::USD));
    grant.expires_at = Some(NOW.plus_seconds(30 * DAY));
    grant.note = Some("Top-up".to_owned());
    bench.add(grant);
    bench.cap("day", Window::Day, "6");
    let throttle = bench.throttle_of("rate", 3, ThrottlePeriod::Minute);
    bench.put_throttle(throttle);
    bench
}

pub(crate) fn outcomes() -> Vec<Outcome> {
    let mut bench = bench();
    let allowed = bench.authorize("2.5");
    let hold = allowed.hold.as_ref().unwrap().id;
    let refused = bench.authorize("400");
    let captured = bench.capture_of(hold, "3.25");
    let captured = bench.decide(&captured);
    let second = bench.hold("1");
    let released = bench.decide(&Request::Release {
        hold: second,
        reason: Some("cancelled".to_owned()),
    });
    let good = bench.event_of("e1", "2");
    let mut bad = bench.event_of("e2", "2");
    bad.run.use_case = key("dance");
    let recorded = bench.decide(&Request::Record(vec![good.clone(), good, bad]));
    let grant = bench.grant_of("5");
    let grant = bench.decide(&Request::AddGrant(Box::new(grant)));
    let cap = bench.account.caps[0].clone();
    let throttle = bench.account.throttles[0].clone();
    let mut outcomes = vec![
        Outcome::Decision(Box::new(allowed)),
        Outcome::Decision(Box::new(refused)),
        captured,
        released,
        recorded,
        grant,
        Outcome::Cap(Box::new(cap)),
        Outcome::Throttle(Box::new(throttle)),
        Outcome::Done,
    ];
    outcomes.extend(errors().into_iter().map(Outcome::Refused));
    outcomes
}

fn errors() -> Vec<RequestError> {
    vec![
        RequestError::Price(PriceError::UnknownMeter(key("smiles"))),
        RequestError::Price(PriceError::NoRateCard),
        RequestError::UnknownHold,
        RequestError::HoldEnded {
            state: HoldState::Expired,
        },
        RequestError::UnknownGrant,
        RequestError::GrantEnded,
        RequestError::InvalidGrant("a grant has more than zero credits".to_owned()),
        RequestError::UnknownLimit,
        RequestError::VendorLimit,
        RequestError::AboveCeiling {
            ceiling: key("daily"),
            limit: credits("1000"),
        },
        RequestError::InvalidLimit("a limit is never negative".to_owned()),
        RequestError::EventReused,
        RequestError::InFuture,
        RequestError::OutOfRange("a hold lives 1 to 86400 seconds".to_owned()),
        RequestError::Overflow,
        RequestError::NoPlan,
    ]
}

pub(crate) fn requests() -> Vec<Request> {
    let mut bench = Bench::new();
    let mut authorize = bench.authorize_of("2.5");
    authorize.run.subject = Some(key("ann"));
    authorize.run.api_key = Some(ApiKeyId::from_uuid(Uuid::from_u128(77)));
    let hold = authorize.hold;
    let mut grant = bench.grant_of("5");
    grant.state = GrantState::Pending;
    grant.scope = Some(vec![key("render")]);
    let id = GrantId::from_uuid(Uuid::from_u128(5));
    let mut cap = bench.cap_of("money", Window::BillingPeriod, "0");
    cap.limit = CapLimit::Money(Money::new(1_000, Currency::USD));
    cap.scope = scope();
    cap.thresholds = vec![50, 80, 100];
    let throttle = bench.throttle_of("rate", 3, ThrottlePeriod::Second);
    let mut event = bench.event_of("e1", "2");
    event.id = UsageEventId::from_uuid(Uuid::from_u128(9));
    let owner = LimitOwner::Customer;
    vec![
        Request::Authorize(authorize),
        bench.capture_of(hold, "2"),
        Request::Release { hold, reason: None },
        Request::Extend { hold, ttl_seconds: 60 },
        Request::Record(vec![event]),
        Request::AddGrant(Box::new(grant)),
        Request::ActivateGrant { grant: id },
        Request::VoidGrant {
            grant: id,
            reason: "refunded".to_owned(),
        },
        Request::PutCap(Box::new(cap.clone())),
        Request::DeleteCap {
            name: key("day"),
            owner,
        },
        Request::PutThrottle(Box::new(throttle.clone())),
        Request::DeleteThrottle {
            name: key("rate"),
            owner,
        },
        Request::Organization(OrganizationChange::Status(OrganizationStatus::Suspended)),
        Request::Organization(OrganizationChange::Plan {
            version: plan_version(2, terms()).id,
            caps: vec![cap],
            throttles: vec![throttle],
        }),
        Request::Organization(OrganizationChange::Profile {
            name: "Kumo".to_owned(),
            time_zone: "Asia/Tokyo".to_owned(),
        }),
        Request::Sweep,
    ]
}
