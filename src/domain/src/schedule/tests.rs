//! Steps by hand: what a tier brings each month, a trial, a change of plans, a contract.

use std::fmt::Write as _;

use super::*;
use crate::contract::{ContractTerms, ContractVersion, Overrides, Renewal, Spread};
use crate::id::PlanVersionId;
use crate::money::Currency;
use crate::plan::{Every, Interval, PlanKind, Rollover, Validity};

pub(super) fn zone() -> Zone {
    Zone::parse("Europe/Berlin").unwrap()
}

pub(super) fn midnight(year: i16, month: i8, day: i8) -> Timestamp {
    zone().date_start(year, month, day).unwrap()
}

pub(super) fn noon(year: i16, month: i8, day: i8) -> Timestamp {
    midnight(year, month, day).plus_seconds(43_200)
}

pub(super) fn credits(whole: i64) -> Credits {
    Credits::from_whole(whole).unwrap()
}

pub(super) fn tier() -> PlanTerms {
    let mut terms = PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, rust_decimal::Decimal::ONE_HUNDRED);
    terms.price = Some(Money::new(9_499, Currency::USD));
    let fast = Allotment {
        rollover: Rollover::UpTo(2.into()),
        ..Allotment::plain(credits(100))
    };
    terms.allotments.insert("fast".parse().unwrap(), fast);
    terms
}

fn phase(from: Timestamp, anchor: Timestamp, terms: &PlanTerms) -> Phase<'_> {
    Phase {
        from,
        anchor,
        terms: Some(terms),
    }
}

/// The steps as lines: local date and hour, what, until when.
fn told(steps: &[Step]) -> String {
    let zone = zone();
    let date = |at: Timestamp| {
        let parts = zone.parts(at);
        let hour = if parts.hour > 0 {
            format!(" {}h", parts.hour)
        } else {
            String::new()
        };
        format!("{}-{:02}-{:02}{hour}", parts.year, parts.month, parts.day)
    };
    let mut text = String::new();
    for step in steps {
        let what = match &step.due {
            Due::Expire { grants } => format!("expire {}", grants[0].number),
            Due::PlanEnd => "plan ends".to_owned(),
            Due::ContractEnd { .. } => "contract ends".to_owned(),
            Due::ContractRenewal { until, .. } => format!("contract until {}", date(*until)),
            Due::Renewal => "renewal".to_owned(),
            Due::Charge { price, until, .. } => format!("charge {} until {}", price.unwrap().minor, date(*until)),
            Due::Payment { amount, .. } => format!("payment {}", amount.minor),
            Due::RollOver { from, expires_at, .. } => {
                format!("roll over {} until {}", from[0].number, date(*expires_at))
            }
            Due::Grant {
                allotment, expires_at, ..
            } => {
                let until = expires_at.map_or_else(|| "ever".to_owned(), date);
                format!("grant {} until {until}", allotment.credits)
            }
            Due::Release { credits, paid, .. } => format!("release {credits} for {}", paid.minor),
        };
        writeln!(text, "{} {what}", date(step.at)).unwrap();
    }
    text
}

pub(super) fn due(phases: &[Phase<'_>], contracts: &[Contract], now: Timestamp) -> String {
    let zone = zone();
    let schedule = Schedule {
        zone: &zone,
        phases,
        contracts,
    };
    told(&schedule.due(&Progress::default(), now))
}

#[test]
fn a_tier_brings_the_same_every_month_and_keeps_its_day() {
    let from = noon(2027, 1, 31);
    let terms = tier();
    let steps = due(&[phase(from, from, &terms)], &[], noon(2027, 4, 1));
    let expected = "\
2027-01-31 12h charge 9499 until 2027-02-28
2027-01-31 12h grant 100 until 2027-02-28
2027-02-28 expire 0
2027-02-28 renewal
2027-02-28 charge 9499 until 2027-03-31
2027-02-28 roll over 0 until 2027-03-31
2027-02-28 grant 100 until 2027-03-31
2027-03-31 expire 1
2027-03-31 renewal
2027-03-31 charge 9499 until 2027-04-30
2027-03-31 roll over 1 until 2027-04-30
2027-03-31 grant 100 until 2027-04-30
";
    assert_eq!(steps, expected);
}

#[test]
fn a_trial_gives_once_and_ends_by_itself() {
    let mut trial = PlanTerms::new("Trial", PlanKind::Trial, Currency::USD, rust_decimal::Decimal::TEN);
    trial.lasts = Some(Validity::Days(14));
    let once = Allotment {
        every: Every::Once,
        ..Allotment::plain(credits(100))
    };
    trial.allotments.insert("trial".parse().unwrap(), once);
    let from = noon(2027, 3, 20);
    let expected = "\
2027-03-20 12h grant 100 until 2027-04-04
2027-04-04 expire 0
2027-04-04 plan ends
";
    let phases = [phase(from, from, &trial)];
    assert_eq!(due(&phases, &[], noon(2028, 1, 1)), expected);
    // Again on a trial, under other terms: nothing is given twice.
    let again = [phase(from, from, &trial), phase(noon(2027, 3, 25), from, &trial)];
    let steps = due(&again, &[], noon(2028, 1, 1));
    assert_eq!(steps.matches("grant").count(), 1, "{steps}");
}

#[test]
fn a_change_of_plan_gives_and_charges_no_second_time_in_an_interval() {
    let from = noon(2027, 1, 10);
    let (small, mut large) = (tier(), tier());
    large.allotments.get_mut("fast").unwrap().credits = credits(900);
    large.price = Some(Money::new(19_900, Currency::USD));
    let bonus = Allotment {
        lasts: 2,
        ..Allotment::plain(credits(5))
    };
    large.allotments.insert("bonus".parse().unwrap(), bonus);
    let phases = [phase(from, from, &small), phase(noon(2027, 1, 20), from, &large)];
    let expected = "\
2027-01-10 12h charge 9499 until 2027-02-10
2027-01-10 12h grant 100 until 2027-02-10
2027-01-20 12h grant 5 until 2027-03-10
2027-02-10 expire 0
2027-02-10 renewal
2027-02-10 charge 19900 until 2027-03-10
2027-02-10 roll over 0 until 2027-03-10
2027-02-10 grant 5 until 2027-04-10
2027-02-10 grant 900 until 2027-03-10
";
    assert_eq!(due(&phases, &[], noon(2027, 2, 11)), expected);
}

#[test]
fn without_a_plan_nothing_comes_and_what_was_given_ends() {
    let from = noon(2027, 1, 10);
    let terms = tier();
    let none = Phase {
        from: noon(2027, 1, 20),
        anchor: from,
        terms: None,
    };
    let steps = due(&[phase(from, from, &terms), none], &[], noon(2028, 1, 1));
    assert!(
        steps.ends_with("grant 100 until 2027-02-10\n2027-02-10 expire 0\n"),
        "{steps}"
    );
}

fn contract(renewal: Renewal) -> Contract {
    let terms = ContractTerms {
        plan: PlanVersionId::from_uuid(uuid::Uuid::from_u128(1)),
        overrides: Overrides::default(),
        committed: Money::new(1_000, Currency::USD),
        conversion_rate: rust_decimal::Decimal::ONE_HUNDRED,
        starts_at: noon(2027, 1, 31),
        months: 3,
        release: Spread::Every(Interval::Month),
        payments: Spread::AtOnce,
        renewal,
        note: None,
    };
    Contract {
        id: ContractId::from_uuid(uuid::Uuid::from_u128(7)),
        versions: vec![ContractVersion {
            number: 1,
            effective_at: terms.starts_at,
            terms,
        }],
    }
}

#[test]
fn a_contract_is_released_paid_and_ends() {
    let steps = due(&[], &[contract(Renewal::None)], noon(2028, 1, 1));
    let expected = "\
2027-01-31 payment 1000
2027-01-31 release 333.333333 for 333
2027-02-28 release 333.333333 for 333
2027-03-31 release 333.333334 for 334
2027-04-30 contract ends
";
    assert_eq!(steps, expected);
    let steps = due(&[], &[contract(Renewal::SameTerms)], noon(2027, 5, 1));
    let renewed = "\
2027-04-30 contract until 2027-07-31
2027-04-30 payment 1000
2027-04-30 release 333.333333 for 333
";
    assert!(steps.ends_with(renewed), "{steps}");
}

#[test]
fn the_next_step_is_known_and_what_was_done_before_is_not_due() {
    let from = noon(2027, 1, 31);
    let (terms, zone) = (tier(), zone());
    let phases = [phase(from, from, &terms)];
    let schedule = Schedule {
        zone: &zone,
        phases: &phases,
        contracts: &[],
    };
    assert_eq!(schedule.outlook(&Progress::default(), from).step_at, Some(from));
    let now = noon(2027, 2, 3);
    let done = schedule.done_by(now);
    assert_eq!(schedule.due(&done, now), []);
    assert_eq!(schedule.outlook(&done, now).step_at, Some(midnight(2027, 2, 28)));
    let keys: Vec<String> = schedule
        .due(&done, midnight(2027, 2, 28))
        .iter()
        .map(|step| step.key.to_string())
        .collect();
    let anchor = from.micros();
    assert_eq!(keys[4], format!("allotment/fast/month/{anchor}/1"));
    let text = serde_json::to_string(&done).unwrap();
    assert_eq!(
        text,
        format!("{{\"allotment/fast/month/{anchor}\":1,\"charge/month/{anchor}\":1}}")
    );
    assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), done);
}

#[test]
fn what_comes_next_is_told_by_kind() {
    let (terms, zone) = (tier(), zone());
    let from = noon(2027, 1, 31);
    let outlook = |phases: &[Phase<'_>], contracts: &[Contract], now| {
        let schedule = Schedule {
            zone: &zone,
            phases,
            contracts,
        };
        schedule.outlook(&schedule.done_by(now), now)
    };
    // A month's plan.
    let next = midnight(2027, 2, 28);
    let of_plan = outlook(&[phase(from, from, &terms)], &[], noon(2027, 2, 3));
    assert_eq!((of_plan.credits_at, of_plan.renews_at), (Some(next), Some(next)));
    // A year's plan with a month's credits.
    let mut year = terms.clone();
    year.interval = Interval::Year;
    let allotment = year.allotments.values_mut().next().unwrap();
    allotment.every = Every::Month;
    let of_year = outlook(&[phase(from, from, &year)], &[], noon(2027, 2, 3));
    assert_eq!(of_year.credits_at, Some(next));
    assert_eq!(of_year.renews_at, Some(midnight(2028, 1, 31)));
    // A trial ends, and brings nothing more.
    let mut trial = terms.clone();
    trial.kind = PlanKind::Trial;
    trial.lasts = Some(Validity::Days(14));
    let of_trial = outlook(&[phase(from, from, &trial)], &[], noon(2027, 2, 3));
    assert_eq!(of_trial.credits_at, None);
    assert_eq!(of_trial.renews_at, Some(midnight(2027, 2, 15)));
    // The contract's term goes before the plan's interval.
    let contract = contract(Renewal::SameTerms);
    let now = noon(2027, 2, 3);
    let of_contract = outlook(&[phase(from, from, &terms)], std::slice::from_ref(&contract), now);
    assert_eq!(of_contract.renews_at, contract.term_ends(&zone, now));
    assert_eq!(of_contract.renews_at, Some(midnight(2027, 4, 30)));
}
