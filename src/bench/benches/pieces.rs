//! The pieces of a request that cost processor time and nothing else, each by itself: deciding, collecting what changed,
//! and the JSON of an outcome as it is kept for retries. `cargo bench --bench pieces` compares with the last run.
#![allow(missing_docs, reason = "criterion's macros make functions without")]
#![allow(clippy::unwrap_used, reason = "the bench of the domain's tests is one of tests")]

#[path = "../../domain/tests/bench/mod.rs"]
mod bench;

use std::hint::black_box;

use bench::Bench;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use drawdown_domain::limit::{ThrottlePeriod, Window};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;

/// An organization with credits, two caps and a throttle.
fn organization() -> Bench {
    let mut bench = Bench::new();
    bench.give("1000000000");
    bench.cap("monthly", Window::Month, "100000000");
    bench.cap("daily", Window::Day, "100000000");
    let throttle = bench.throttle_of("steady", 1_000_000, ThrottlePeriod::Second);
    bench.put_throttle(throttle);
    bench.finish();
    bench
}

fn authorize(criterion: &mut Criterion) {
    let mut fresh = organization();
    let request = Request::Authorize(fresh.authorize_of("3"));
    let make = || fresh.account.clone();
    let now = fresh.now;
    criterion.bench_function("decide authorize", |bencher| {
        let decide = |mut account: drawdown_domain::account::Account| {
            let outcome = account.decide(now, black_box(&request));
            (account, outcome)
        };
        bencher.iter_batched(make, decide, BatchSize::SmallInput);
    });
    criterion.bench_function("decide authorize and finish", |bencher| {
        let decide = |mut account: drawdown_domain::account::Account| {
            let outcome = account.decide(now, black_box(&request));
            (account.finish(now), outcome)
        };
        bencher.iter_batched(make, decide, BatchSize::SmallInput);
    });
}

fn record(criterion: &mut Criterion) {
    let mut fresh = organization();
    let events: Vec<_> = (0..50)
        .map(|number| fresh.event_of(&format!("call-{number}"), "3"))
        .collect();
    let request = Request::Record(events);
    let now = fresh.now;
    criterion.bench_function("record 50 events and finish", |bencher| {
        let decide = |mut account: drawdown_domain::account::Account| {
            let outcome = account.decide(now, black_box(&request));
            (account.finish(now), outcome)
        };
        bencher.iter_batched(|| fresh.account.clone(), decide, BatchSize::SmallInput);
    });
}

fn json(criterion: &mut Criterion) {
    let outcome = Outcome::Decision(Box::new(organization().authorize("3")));
    let text = serde_json::to_vec(&outcome).expect("an outcome is JSON");
    criterion.bench_function("outcome to JSON", |bencher| {
        bencher.iter(|| serde_json::to_vec(black_box(&outcome)));
    });
    criterion.bench_function("outcome from JSON", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Outcome>(black_box(&text)));
    });
}

criterion_group!(pieces, authorize, record, json);
criterion_main!(pieces);
