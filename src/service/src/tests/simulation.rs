//! A simulation says to the micro-credit what charging by the draft then comes to, and when allotments run out by it; on both
//! engines, with events that come late and in parts.

use drawdown_domain::catalogue::{Rate, Tier};
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Credits, Timestamp};
use rust_decimal::Decimal;

use super::world::{START, World, key, staff, whole};
use crate::Actor;
use crate::metering::{EventInput, Quantities, RunInput};
use crate::rate_card::{Lever, RatesEdit};
use crate::simulation::{Simulated, SimulationState};
use crate::staff::Reach;

const DAY: i64 = 86_400;

fn editor() -> Actor {
    staff(&[StaffRole::CatalogueEditor], Reach::All)
}

/// Runs with quantities of all kinds: alike, different, fine. Deterministic.
fn events(name: &str, customer: &str, at: impl Fn(u64) -> Timestamp) -> Vec<EventInput> {
    let event = |n: u64| {
        let (use_case, meter) = if n.is_multiple_of(3) {
            ("render", "images")
        } else {
            ("code", "context_tokens")
        };
        let quantity = match n % 4 {
            0 => "12".to_owned(),
            1 => format!("{}", n * 37 % 5_000),
            _ => format!("{}.{:03}", n * 13 % 400, n * 7 % 1_000),
        };
        EventInput {
            id: format!("{name}-{n}"),
            customer: key(customer),
            run: RunInput {
                use_case: key(use_case),
                mode: Some(key(if n.is_multiple_of(2) { "fast" } else { "relaxed" })),
                platform: Some(key(if n.is_multiple_of(5) { "ios" } else { "api" })),
                subject: None,
            },
            quantities: Quantities::ByMeter([(key(meter), quantity.parse().unwrap())].into()),
            occurred_at: Some(at(n)),
        }
    };
    (0..200).map(event).collect()
}

async fn record(world: &World, events: Vec<EventInput>) -> Credits {
    let answers = world.service.record(&world.vendor, events, None).await.unwrap();
    let credits = answers
        .into_iter()
        .map(|answer| answer.result.credits.unwrap().micros());
    Credits::from_micros(credits.sum())
}

/// Tiers, a minimum, an odd divisor and another multiplier.
async fn write_draft(world: &World) -> i64 {
    let (service, editor) = (&world.service, editor());
    service.start_rates_draft(&editor).await.unwrap();
    let rate = |per: i64, credits: &str| Rate {
        tiers: vec![Tier {
            above: 40.into(),
            credits: Decimal::new(35, 1),
        }],
        ..Rate::flat(credits.parse().unwrap(), per.into())
    };
    let meter = |use_case: &str, meter: &str, rate: Rate| RatesEdit::PutMeter {
        use_case: key(use_case),
        key: key(meter),
        rate,
        is_new: false,
    };
    let edits = [
        meter("code", "context_tokens", rate(7, "4.1")),
        meter("render", "images", rate(3, "9")),
        RatesEdit::PutUseCase {
            key: key("code"),
            name: "Coding assistant".to_owned(),
            ladder: vec![key("fast"), key("relaxed")],
            minimum: Some(Decimal::new(333_333, 6)),
            is_new: false,
        },
        RatesEdit::PutLever {
            lever: Lever::Platform,
            key: key("ios"),
            multiplier: Decimal::new(1_377, 3),
            is_new: false,
        },
    ];
    for edit in edits {
        service.edit_rates(&editor, None, edit).await.unwrap();
    }
    service.rates_draft(&editor).await.unwrap().unwrap().revision
}

async fn simulated(world: &World, revision: i64, days: i64) -> Simulated {
    let (service, editor) = (&world.service, editor());
    service.simulate_rates(&editor, revision, days).await.unwrap();
    loop {
        match service.simulation(&editor, revision, days).await.unwrap() {
            SimulationState::Done(result) => return (*result).clone(),
            SimulationState::Running { .. } => {}
        }
    }
}

#[tokio::test]
async fn the_figure_is_what_is_charged_by_the_published_version() {
    for world in World::all().await {
        world.customer("a", "tier", 0).await;
        world.customer("b", "tier", 0).await;
        let day_of = |n: u64| START.plus_seconds(-DAY * i64::try_from(n % 25).unwrap());
        let before = record(&world, events("old", "a", day_of)).await;
        let revision = write_draft(&world).await;
        let first = simulated(&world, revision, 30).await;
        assert_eq!((first.before, first.runs, first.customers.len()), (before, 200, 1));

        // The same runs, charged by the draft once it is published.
        let editor = editor();
        let number = world.service.publish_rates_draft(&editor, revision, "").await.unwrap();
        assert_eq!(number, 2);
        world.step_seconds(DAY);
        let now = world.service.now();
        let charged = record(&world, events("new", "b", |_| now)).await;
        assert_eq!(charged, first.after, "to the micro-credit");
        assert_ne!(first.after, first.before);

        // What comes after is counted once, late or not; what is older than the span is not.
        let revision = write_draft(&world).await;
        let second = simulated(&world, revision, 30).await;
        assert_eq!(second.runs, 400);
        record(
            &world,
            events("late", "a", |n| {
                START.plus_seconds(-DAY * i64::try_from(n % 60).unwrap())
            }),
        )
        .await;
        let third = simulated(&world, revision, 90).await;
        assert_eq!(third.runs, 600);
        assert!(simulated(&world, revision, 30).await.runs < 600);
        assert_eq!(
            third
                .customers
                .iter()
                .map(|customer| customer.after.micros())
                .sum::<i64>(),
            third.after.micros()
        );
    }
}

#[tokio::test]
async fn what_a_job_has_folded_is_simulated_once() {
    for world in World::all().await {
        for customer in ["a", "b", "c"] {
            world.customer(customer, "tier", 0).await;
            record(&world, events(customer, customer, |_| START)).await;
        }
        let revision = write_draft(&world).await;
        let service = &world.service;
        // A round folds whole customers until it has enough, and the next goes on behind them.
        assert_eq!(service.fold_some(2, 300).await.unwrap(), 400);
        assert_eq!(simulated(&world, revision, 30).await.runs, 600);
        record(&world, events("more", "c", |_| START)).await;
        assert_eq!(service.fold_some(2, 300).await.unwrap(), 200);
        assert_eq!(service.fold_some(2, 300).await.unwrap(), 0, "through");
        record(&world, events("most", "a", |_| START)).await;
        assert_eq!(service.fold_some(2, 300).await.unwrap(), 0, "it rests");
        assert_eq!(simulated(&world, revision, 30).await.runs, 1_000);
        world.step_seconds(3_601);
        record(&world, events("last", "b", |_| START)).await;
        assert_eq!(service.fold_usage().await.unwrap(), 200);
        assert_eq!(simulated(&world, revision, 30).await.runs, 1_200);
    }
}

#[tokio::test]
async fn what_the_draft_does_not_price_is_told() {
    let world = World::sqlite().await;
    world.customer("a", "tier", 0).await;
    record(&world, events("old", "a", |_| START)).await;
    write_draft(&world).await;
    let editor = editor();
    let edit = RatesEdit::RemoveUseCase(key("render"));
    world.service.edit_rates(&editor, None, edit).await.unwrap();
    let revision = world.service.rates_draft(&editor).await.unwrap().unwrap().revision;
    let result = simulated(&world, revision, 30).await;
    assert_eq!((result.refused, result.customers[0].refused), (67, 67));
    let other = world.service.simulation(&editor, revision - 1, 30).await.unwrap_err();
    assert_eq!(other.code(), "draft_changed");
}

#[tokio::test]
async fn an_allotment_ends_on_the_day_on_which_the_draft_would_have_used_it_up() {
    for world in World::all().await {
        // 500 credits from 2 March; 100 are burned before the 30 days of 1 April.
        let customer = world.customer("a", "monthly", 0).await;
        world.burn("a", 25).await;
        for (days, images) in [(10, 50), (5, 10), (5, 30)] {
            world.step_seconds(days * DAY);
            world.burn("a", images).await;
        }
        world.step_seconds(10 * DAY);
        let editor = editor();
        world.service.start_rates_draft(&editor).await.unwrap();
        let dearer = RatesEdit::PutMeter {
            use_case: key("render"),
            key: key("images"),
            rate: Rate::flat(8.into(), 1.into()),
            is_new: false,
        };
        world.service.edit_rates(&editor, None, dearer).await.unwrap();
        let revision = world.service.rates_draft(&editor).await.unwrap().unwrap().revision;
        // 400, 80 and 240 by the draft, of the 400 that were left.
        let told = simulated(&world, revision, 30).await.customers[0].run_outs.clone();
        let [run_out] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((run_out.amount, run_out.from.as_str()), (whole(500), "2 Mar"));
        assert_eq!(
            (run_out.before.as_deref(), run_out.after.as_deref()),
            (None, Some("17 Mar"))
        );
        assert!(run_out.is_sooner);

        // It is told when it is over, too: 200 on its first day and 400 on 12 March go beyond it.
        world.step_seconds(10 * DAY);
        world.service.carry_out(customer).await.unwrap();
        let told = simulated(&world, revision, 90).await.customers[0].run_outs.clone();
        let ends: Vec<_> = told
            .iter()
            .map(|one| (one.from.as_str(), one.after.as_deref()))
            .collect();
        assert_eq!(ends, [("2 Mar", Some("12 Mar"))]);
    }
}
