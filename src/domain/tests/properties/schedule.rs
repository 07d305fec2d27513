//! The schedule: however time passes, the same steps, each once, at the customer's midnight; and contracts that release what
//! they commit, to the micro-credit.

use std::collections::BTreeSet;

use drawdown_domain::contract::{Contract, ContractTerms, ContractVersion, Overrides, Part, Renewal, Spread};
use drawdown_domain::id::{ContractId, PlanVersionId};
use drawdown_domain::plan::{Allotment, Every, Interval, PlanKind, PlanTerms, Rollover, Validity};
use drawdown_domain::schedule::{Due, Phase, Progress, Schedule, Step};
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Currency, Money, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::bench::*;

const ZONES: [&str; 5] = [
    "America/New_York",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
];
const DAYS: i64 = 400;

fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(ZONES.to_vec()).prop_map(|name| Zone::parse(name).unwrap())
}

fn interval() -> impl Strategy<Value = Interval> {
    prop::sample::select(vec![
        Interval::Month,
        Interval::Month,
        Interval::Quarter,
        Interval::HalfYear,
        Interval::Year,
    ])
}

/// Years around the turn of 2027, by the second.
fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..500 * DAY).prop_map(|seconds| NOW.plus_seconds(seconds))
}

fn allotment() -> impl Strategy<Value = Allotment> {
    let every = prop::sample::select(vec![Every::Interval, Every::Once, Every::Month, Every::Quarter]);
    (every, 1_u32..4, any::<bool>()).prop_map(|(every, lasts, carries)| Allotment {
        every,
        lasts: if every == Every::Once || carries { 1 } else { lasts },
        rollover: if every == Every::Once || !carries {
            Rollover::None
        } else {
            Rollover::All
        },
        ..Allotment::plain(credits("100"))
    })
}

fn plan() -> impl Strategy<Value = Option<PlanTerms>> {
    let allotments = prop::collection::btree_map(prop::sample::select(vec!["fast", "slow"]), allotment(), 0..3);
    let lasts = proptest::option::weighted(0.2, (1_u32..60).prop_map(Validity::Days));
    let terms = (interval(), allotments, lasts, any::<bool>()).prop_map(|(interval, allotments, lasts, priced)| {
        let mut terms = PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, Decimal::ONE_HUNDRED);
        terms.interval = interval;
        terms.allotments = allotments
            .into_iter()
            .map(|(name, allotment)| (key(name), allotment))
            .collect();
        terms.lasts = lasts;
        terms.price = priced.then(|| Money::new(9_499, Currency::USD));
        assert_eq!(terms.validate(), Ok(()));
        terms
    });
    proptest::option::weighted(0.85, terms)
}

/// Phases a while apart, from the anchor on.
fn phases() -> impl Strategy<Value = (Timestamp, Vec<(Timestamp, Option<PlanTerms>)>)> {
    let changes = prop::collection::vec((0_i64..120 * DAY, plan()), 1..5);
    (instant(), changes).prop_map(|(anchor, changes)| {
        let mut from = anchor;
        let phases = changes.into_iter().map(|(seconds, terms)| {
            let phase = (from, terms);
            from = from.plus_seconds(seconds);
            phase
        });
        let phases = phases.collect();
        (anchor, phases)
    })
}

/// Percentages that are 100 together, at rising months.
fn table(months: u32) -> impl Strategy<Value = Spread> {
    let most = usize::try_from(months.min(5)).unwrap();
    let months: Vec<u32> = (0..months).collect();
    let cuts = prop::sample::subsequence(months, 1..=most);
    (cuts, prop::collection::vec(1_i64..1_000, 5)).prop_map(|(months, weights)| {
        let last = months.len() - 1;
        let mut left = Decimal::ONE_HUNDRED;
        let parts = months.into_iter().enumerate().map(|(place, month)| {
            let percent = if place == last {
                left
            } else {
                Decimal::new(weights[place], 2)
            };
            left -= percent;
            Part { month, percent }
        });
        Spread::Table(parts.collect())
    })
}

fn spread(months: u32) -> impl Strategy<Value = Spread> {
    prop_oneof![Just(Spread::AtOnce), interval().prop_map(Spread::Every), table(months)]
}

fn agreed() -> impl Strategy<Value = ContractTerms> {
    (1_u32..25).prop_flat_map(|months| {
        let renewal = prop::sample::select(vec![Renewal::None, Renewal::SameTerms, Renewal::Months(months + 1)]);
        let spreads = (spread(months), spread(months));
        (1_i64..10_000_000_000, 1_i64..100_000, instant(), spreads, renewal).prop_map(
            move |(minor, rate, starts_at, (release, payments), renewal)| ContractTerms {
                plan: PlanVersionId::from_uuid(Uuid::from_u128(1)),
                overrides: Overrides::default(),
                committed: Money::new(minor, Currency::USD),
                conversion_rate: Decimal::new(rate, 3),
                starts_at,
                months,
                release,
                payments,
                renewal,
                note: None,
            },
        )
    })
}

fn first_version(terms: &ContractTerms) -> Contract {
    Contract {
        id: ContractId::from_uuid(Uuid::from_u128(7)),
        versions: vec![ContractVersion {
            number: 1,
            effective_at: terms.starts_at,
            terms: terms.clone(),
        }],
    }
}

/// What is released and billed in the first term.
fn sums(steps: &[Step], end: Timestamp) -> (Credits, i64, i64) {
    let (mut released, mut basis, mut billed) = (Credits::ZERO, 0, 0);
    for step in steps.iter().filter(|step| step.at < end) {
        match &step.due {
            Due::Release { credits, paid, .. } => {
                released = released.checked_add(*credits).unwrap();
                basis += paid.minor;
            }
            Due::Payment { amount, .. } => billed += amount.minor,
            _ => {}
        }
    }
    (released, basis, billed)
}

/// A plan whose price and credits come together, a free one, one that ends by itself, or none.
fn sold() -> impl Strategy<Value = Option<PlanTerms>> {
    let lasts = proptest::option::weighted(0.2, (1_u32..60).prop_map(Validity::Days));
    let terms = (interval(), lasts, any::<bool>()).prop_map(|(interval, lasts, priced)| {
        let mut terms = terms();
        terms.interval = interval;
        terms.allotments.insert(key("fast"), Allotment::plain(credits("100")));
        terms.lasts = lasts;
        terms.price = priced.then(|| Money::new(9_499, Currency::USD));
        terms
    });
    proptest::option::weighted(0.9, terms)
}

proptest! {
    #[test]
    fn a_price_comes_with_its_credits_and_no_month_is_paid_for_twice(
        zone in zone(), own in instant(), changes in prop::collection::vec((0_i64..50 * DAY, sold()), 1..8),
    ) {
        let mut phases: Vec<Phase<'_>> = Vec::new();
        let mut from = own;
        for (seconds, terms) in &changes {
            let known = Schedule { zone: &zone, phases: &phases, contracts: &[] };
            let kept = phases.last().map_or(own, |last| last.anchor);
            let anchor = terms.as_ref().map_or(kept, |terms| known.anchor_of(terms, from, kept));
            phases.push(Phase { from, anchor, terms: terms.as_ref() });
            from = from.plus_seconds(seconds + 1);
        }
        let schedule = Schedule { zone: &zone, phases: &phases, contracts: &[] };
        let steps = schedule.due(&Progress::default(), own.plus_seconds(DAYS * DAY));
        let given: BTreeSet<Timestamp> =
            steps.iter().filter(|step| matches!(step.due, Due::Grant { .. })).map(|step| step.at).collect();
        let mut paid: Vec<(&str, Timestamp, Timestamp)> = Vec::new();
        for step in &steps {
            let Due::Charge { until, .. } = &step.due else { continue };
            prop_assert!(given.contains(&step.at), "{step:?} brings nothing");
            let series = step.key.series.split('/').nth(1).unwrap();
            let goes_on = |at| phases.iter().rfind(|phase| phase.from <= at).and_then(|phase| phase.terms);
            if goes_on(step.at).is_some_and(|terms| terms.lasts.is_none()) {
                paid.push((series, step.at, *until));
            }
        }
        for (place, (series, _, until)) in paid.iter().enumerate() {
            let twice = paid[place + 1..].iter().find(|later| later.0 == *series && later.1 < *until);
            prop_assert!(twice.is_none(), "{twice:?} is paid for twice");
        }
    }

    #[test]
    fn time_may_pass_in_any_steps(
        zone in zone(), (anchor, phases) in phases(), terms in agreed(), cuts in prop::collection::vec(0_i64..DAYS * DAY, 0..20),
    ) {
        let phases: Vec<Phase<'_>> = phases
            .iter()
            .map(|(from, terms)| Phase { from: *from, anchor, terms: terms.as_ref() })
            .collect();
        let contracts = [first_version(&terms)];
        let schedule = Schedule { zone: &zone, phases: &phases, contracts: &contracts };
        let end = anchor.plus_seconds(DAYS * DAY);
        let at_once = schedule.due(&Progress::default(), end);
        let mut cuts: Vec<Timestamp> = cuts.into_iter().map(|seconds| anchor.plus_seconds(seconds)).collect();
        cuts.push(end);
        cuts.sort_unstable();
        let (mut progress, mut stepped) = (Progress::default(), Vec::new());
        for now in cuts {
            for step in schedule.due(&progress, now) {
                prop_assert!(step.at <= now);
                progress.note(&step.key);
                stepped.push(step);
            }
        }
        prop_assert_eq!(&stepped, &at_once);
        prop_assert_eq!(&progress, &schedule.done_by(end));
        let keys: BTreeSet<_> = at_once.iter().map(|step| step.key.clone()).collect();
        prop_assert_eq!(keys.len(), at_once.len(), "every key once");
        let begins: BTreeSet<Timestamp> = phases.iter().map(|phase| phase.from).collect();
        for step in &at_once {
            prop_assert!(zone.local_day_start(step.at) == step.at || begins.contains(&step.at), "{step:?}");
        }
        prop_assert!(at_once.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }

    #[test]
    fn an_allotment_follows_the_other_without_a_gap(zone in zone(), anchor in instant(), interval in interval()) {
        let mut terms = terms();
        terms.interval = interval;
        terms.allotments.insert(key("fast"), Allotment::plain(credits("100")));
        let phases = [Phase { from: anchor, anchor, terms: Some(&terms) }];
        let schedule = Schedule { zone: &zone, phases: &phases, contracts: &[] };
        let steps = schedule.due(&Progress::default(), anchor.plus_seconds(DAYS * DAY));
        let grants: Vec<(Timestamp, Timestamp)> = steps
            .iter()
            .filter_map(|step| match &step.due {
                Due::Grant { expires_at, .. } => Some((step.at, expires_at.unwrap())),
                _ => None,
            })
            .collect();
        prop_assert_eq!(grants[0].0, anchor);
        prop_assert!(grants.windows(2).all(|pair| pair[0].1 == pair[1].0));
        // 400 days are 13 whole months, and so many intervals have begun.
        prop_assert_eq!(grants.len(), usize::try_from(13 / interval.months() + 1).unwrap());
        let day = zone.parts(anchor).day;
        for (_, end) in grants {
            let parts = zone.parts(end);
            let next = zone.parts(zone.next_day_start(end));
            prop_assert!(parts.day == day || (parts.day < day && next.day == 1), "{parts:?} for day {day}");
        }
    }

    #[test]
    fn a_contract_releases_and_bills_what_it_commits(zone in zone(), terms in agreed()) {
        let contracts = [first_version(&terms)];
        let schedule = Schedule { zone: &zone, phases: &[], contracts: &contracts };
        let end = zone.midnight_after(terms.starts_at, terms.months, 0);
        let steps = schedule.due(&Progress::default(), end.plus_micros(-1));
        let committed = terms.committed.minor;
        prop_assert_eq!(sums(&steps, end), (terms.credits().unwrap(), committed, committed));
    }

    #[test]
    fn an_amendment_ends_at_its_own_commitment_or_at_what_was_released(
        zone in zone(), old in agreed(), new in agreed(), later in 0_i64..100,
    ) {
        let mut contract = first_version(&old);
        let length = zone.midnight_after(old.starts_at, old.months, 0).micros_since(old.starts_at);
        let effective = old.starts_at.plus_micros(length / 100 * later);
        let new = ContractTerms { starts_at: old.starts_at, months: old.months, release: old.release.clone(), ..new };
        let plan = terms();
        let amended = contract.amended(new.clone(), &plan, effective, effective, &zone);
        prop_assume!(amended.is_ok());
        let before = [contract.clone()];
        contract.versions.push(amended.unwrap());
        let after = [contract];
        let end = zone.midnight_after(old.starts_at, old.months, 0);
        let steps = |contracts: &[Contract], now| {
            let schedule = Schedule { zone: &zone, phases: &[], contracts };
            schedule.due(&Progress::default(), now)
        };
        let holds_from = zone.local_day_start(effective);
        let done = steps(&before, holds_from.plus_micros(-1));
        let done_after = steps(&after, holds_from.plus_micros(-1));
        prop_assert_eq!(&done, &done_after, "what was done stays done");
        let (released, _, billed) = sums(&done, end);
        let (all, _, bills) = sums(&steps(&after, end.plus_micros(-1)), end);
        prop_assert_eq!(all, released.max(new.credits().unwrap()));
        prop_assert_eq!(bills, billed.max(new.committed.minor));
    }
}
