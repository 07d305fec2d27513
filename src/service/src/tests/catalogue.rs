//! Applying a catalogue twice is once; a change is a new version; customers stay on theirs until they are moved.

use drawdown_domain::limit::{
    CapAction, CapLimit, Each, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::plan::{
    Allotment, CapTerms, ConversionTier, Every, FairRate, FairStep, FairUse, Interval, OveragePolicy, PlanKind,
    Rollover, ThrottleTerms, TopUps, Unlimited, Validity,
};
use drawdown_domain::{Credits, Currency, Key, Money};
use rust_decimal::Decimal;

use super::world::{CATALOGUE, World, key, whole};
use crate::ServiceError;
use crate::catalogue::Version;
use crate::customers::PutCustomer;
use crate::plans::{NewPlan, PlanEdit};

#[tokio::test]
async fn twice_is_once_and_a_change_is_a_new_version() {
    for world in World::all().await {
        let again = world.service.apply_catalogue(&world.vendor, CATALOGUE).await.unwrap();
        assert_eq!(again.rate_card, Version::Same(1));
        let plans = [(key("monthly"), Version::Same(1)), (key("tier"), Version::Same(1))];
        assert_eq!(again.plans, plans);

        let dearer = CATALOGUE.replace("credits = \"4\"", "credits = \"5\"");
        let changed = world.service.apply_catalogue(&world.vendor, &dearer).await.unwrap();
        assert_eq!((changed.rate_card, changed.plans), (Version::New(2), plans.to_vec()));
    }
}

#[tokio::test]
async fn customers_stay_on_their_version_until_they_are_put_on_the_current_one() {
    let world = World::sqlite().await;
    world.customer("a", "tier", 0).await;
    let tighter = CATALOGUE.replace("credits = \"1000\"", "credits = \"900\"");
    world.service.apply_catalogue(&world.vendor, &tighter).await.unwrap();
    let a = key("a");
    let customer = || world.service.customer(&world.vendor, &a);
    assert_eq!(customer().await.unwrap().plan.unwrap().version, 1);
    let put = PutCustomer {
        plan: Some(key("tier")),
        ..PutCustomer::default()
    };
    world.service.put_customer(&world.vendor, &key("a"), put).await.unwrap();
    assert_eq!(customer().await.unwrap().plan.unwrap().version, 2);
}

#[tokio::test]
async fn a_bad_file_publishes_nothing() {
    let world = World::sqlite().await;
    let bad = CATALOGUE
        .replace("credits = \"4\"", "credits = \"5\"")
        .replace("window = \"day\"", "window = \"hour\"");
    let error = world.service.apply_catalogue(&world.vendor, &bad).await.unwrap_err();
    assert_eq!(error.code(), "invalid");
    let again = world.service.apply_catalogue(&world.vendor, CATALOGUE).await.unwrap();
    assert_eq!(again.rate_card, Version::Same(1));
}

#[tokio::test]
async fn what_is_exported_says_what_is_in_force() {
    for world in World::all().await {
        let (service, vendor) = (&world.service, &world.vendor);
        let exported = exported_the_same(&world, 1).await;
        let dearer = exported
            .replace("credits = \"4\"", "credits = \"5\"")
            .replace("Monthly", "Each month");
        let planned = service.plan_catalogue(vendor, &dearer).await.unwrap();
        let lines: Vec<String> = planned
            .iter()
            .flat_map(|one| &one.changes)
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                "use case render, meter images: 4 credits per unit -> 5 credits per unit",
                "name: Monthly -> Each month",
            ]
        );
        assert_eq!(
            service.apply_catalogue(vendor, CATALOGUE).await.unwrap().rate_card,
            Version::Same(1)
        );
    }
}

/// Every form of a plan's draft, each with the least and the oddest that it takes.
fn edits() -> Vec<PlanEdit> {
    [terms_edits(), credits_edits(), ceiling_edits()].concat()
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn terms_edits() -> Vec<PlanEdit> {
    vec![
        PlanEdit::Basics {
            name: "All \"of\" it \\ at once".to_owned(),
            kind: PlanKind::Unlimited,
            price: Some(usd(0)),
            interval: Interval::HalfYear,
            lasts: Some(Validity::Days(1)),
            seats: Some(1),
            extra_seat_price: Some(usd(0)),
        },
        PlanEdit::Conversion {
            rate: "100.500".parse().unwrap(),
            tiers: vec![ConversionTier {
                from: usd(1),
                rate: "100.51".parse().unwrap(),
            }],
            low_balance_percent: Some(99),
        },
        PlanEdit::TopUps {
            top_ups: TopUps::WithPlan,
            valid: Some(Validity::Months(1)),
            use_cases: Some(vec![key("render"), key("code")]),
        },
        PlanEdit::Included {
            use_cases: Some(vec![key("code"), key("render")]),
            modes: Some(vec![key("relaxed"), key("fast")]),
            platforms: None,
            overage: OveragePolicy::Forgive(Credits::ZERO),
            degrade_without_credits: true,
        },
        PlanEdit::Refunds([(key("code"), "nothing,\tor \u{2013} all".to_owned())].into()),
    ]
}

fn credits_edits() -> Vec<PlanEdit> {
    let given = |credits, per_extra_seat, rollover| Allotment {
        per_extra_seat,
        rollover,
        use_cases: Some(vec![key("code")]),
        ..Allotment::plain(credits)
    };
    let put = |name: &str, allotment| PlanEdit::PutAllotment {
        name: key(name),
        allotment,
        is_new: true,
    };
    let step = |above, requests| FairStep {
        above: whole(above),
        rate: FairRate {
            requests,
            per: ThrottlePeriod::Minute,
        },
    };
    let once = Allotment {
        every: Every::Once,
        ..Allotment::plain(Credits::from_micros(1))
    };
    let slower = Unlimited {
        mode: Some(key("relaxed")),
        fair_use: Some(FairUse {
            window: Window::RollingHours(1),
            steps: vec![step(1, 2), step(2, 1)],
        }),
        ..Unlimited::default()
    };
    let some = Rollover::UpTo("1.50".parse().unwrap());
    vec![
        put("members", given(Credits::ZERO, whole(5), some)),
        put("nothing", given(Credits::ZERO, Credits::ZERO, Rollover::All)),
        put("one.time", once),
        PlanEdit::PutUnlimited(None, Unlimited::default()),
        PlanEdit::PutUnlimited(None, slower),
    ]
}

fn ceiling_edits() -> Vec<PlanEdit> {
    let scope = LimitScope {
        use_case: Some(key("code")),
        mode: Some(key("fast")),
        platform: Some(key("ios")),
        each: Some(Each::Subject),
        ..LimitScope::default()
    };
    vec![
        PlanEdit::PutCap {
            name: key("least"),
            cap: CapTerms {
                scope: scope.clone(),
                window: Window::RollingHours(720),
                limit: CapLimit::Money(usd(1)),
                action: CapAction::Notify,
            },
            is_new: true,
        },
        PlanEdit::PutThrottle {
            name: key("slow"),
            throttle: ThrottleTerms {
                scope,
                limit: ThrottleLimit::Credits(Credits::from_micros(1)),
                per: ThrottlePeriod::Day,
                burst: None,
                then: ThrottleThen::Degrade,
            },
            is_new: true,
        },
    ]
}

/// Publishes a plan by every form of its draft.
async fn publish_every_form(world: &World, plan: &Key) {
    let (service, vendor) = (&world.service, &world.vendor);
    let new = NewPlan {
        key: plan.clone(),
        name: "All".to_owned(),
        kind: PlanKind::Tier,
        currency: Currency::USD,
    };
    service.begin_plan(vendor, new).await.unwrap();
    for edit in edits() {
        service.edit_plan(vendor, plan, None, edit).await.unwrap();
    }
    let draft = service.plan_draft(vendor, plan).await.unwrap().unwrap();
    service
        .publish_plan_draft(vendor, plan, draft.revision, &[])
        .await
        .unwrap();
}

/// What is exported, once it was planned and applied without a difference.
async fn exported_the_same(world: &World, rate_card: i64) -> String {
    let (service, vendor) = (&world.service, &world.vendor);
    let exported = service.export_catalogue(vendor).await.unwrap();
    let planned = service.plan_catalogue(vendor, &exported).await;
    let planned = planned.unwrap_or_else(|error| panic!("{error}\n{exported}"));
    assert!(
        planned.iter().all(|one| one.changes.is_empty()),
        "{planned:?}\n{exported}"
    );
    let applied = service.apply_catalogue(vendor, &exported).await.unwrap();
    assert_eq!(applied.rate_card, Version::Same(rate_card));
    assert!(
        applied.plans.iter().all(|(_, version)| *version == Version::Same(1)),
        "{exported}"
    );
    exported
}

#[tokio::test]
async fn what_the_pages_publish_is_exported_and_read_back_without_a_difference() {
    for world in World::all().await {
        let plan = key("all:of@it");
        publish_every_form(&world, &plan).await;
        let published = world.service.store().current_plan(&plan).await.unwrap().unwrap();
        assert_eq!(published.terms.overage, OveragePolicy::Forgive(Credits::ZERO));
        assert_eq!(published.terms.conversion_rate, Decimal::new(1005, 1));
        exported_the_same(&world, 1).await;
    }
}

#[tokio::test]
async fn a_plan_that_names_what_a_later_card_dropped_is_left_as_it_is_and_nothing_else() {
    for world in World::all().await {
        publish_every_form(&world, &key("all:of@it")).await;
        let (service, vendor) = (&world.service, &world.vendor);
        let mut rates = service.rates().await.unwrap();
        rates.use_cases.remove("code");
        world.step_seconds(1);
        let now = service.now();
        service.store().publish_rates(&rates, now, now, &[]).await.unwrap();
        let exported = exported_the_same(&world, 2).await;

        let refused = async |file: String| match service.plan_catalogue(vendor, &file).await {
            Err(ServiceError::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect::<Vec<_>>(),
            other => panic!("{other:?}\n{file}"),
        };
        let of_plan = |field: &str| format!("plans.all:of@it.{field}");
        let changed = exported.replace("low_balance_percent = 99", "low_balance_percent = 98");
        let expected = [
            "refunds.code",
            "caps.least.scope.use_case",
            "throttles.slow.scope.use_case",
            "use_cases",
            "top_up_use_cases",
            "allotments.members.use_cases",
            "allotments.nothing.use_cases",
        ];
        assert_eq!(refused(changed).await, expected.map(of_plan));
        let new = format!(
            "{exported}\n[plans.new]\nname = \"New\"\nkind = \"tier\"\ncurrency = \"USD\"\nconversion_rate = \"1\"\n\
             overage = \"owe\"\nuse_cases = [\"code\"]\n"
        );
        assert_eq!(refused(new).await, ["plans.new.use_cases"]);
        // A file that drops one more has to say what becomes of the plan.
        let dropped = exported.replace("[use_cases.render", "[use_cases.draw");
        assert!(refused(dropped).await.contains(&of_plan("top_up_use_cases")));
    }
}
