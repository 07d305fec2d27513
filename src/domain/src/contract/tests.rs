//! Contracts by hand: a ramp, payments, renewals and amendments.

use super::*;
use crate::key::Key;
use crate::limit::{CapAction, CapLimit, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window as CapWindow};
use crate::money::Currency;
use crate::plan::{CapTerms, Interval, OveragePolicy, PlanKind, ThrottleTerms};
use crate::window::Zone;

const USD: Currency = Currency::USD;

fn zone() -> Zone {
    Zone::parse("America/New_York").unwrap()
}

fn midnight(year: i16, month: i8, day: i8) -> Timestamp {
    zone().date_start(year, month, day).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn plan() -> PlanTerms {
    let mut plan = PlanTerms::new("Enterprise", PlanKind::Commitment, USD, decimal("78"));
    let cap = CapTerms {
        scope: LimitScope::default(),
        window: CapWindow::Day,
        limit: CapLimit::Credits(Credits::from_micros(1)),
        action: CapAction::Block,
    };
    plan.caps.insert("daily".parse().unwrap(), cap);
    plan.seats = Some(10);
    plan
}

fn table(parts: &[(u32, &str)]) -> Spread {
    let part = |(month, percent): &(u32, &str)| Part {
        month: *month,
        percent: decimal(percent),
    };
    Spread::Table(parts.iter().map(part).collect())
}

/// 1 200 000 a year from 31 January 2027, ramped by quarter, paid half-yearly.
fn terms() -> ContractTerms {
    ContractTerms {
        plan: PlanVersionId::from_uuid(uuid::Uuid::from_u128(1)),
        overrides: Overrides {
            seats: Some(250),
            caps: [("daily".parse().unwrap(), None)].into(),
            ..Overrides::default()
        },
        committed: Money::new(120_000_000, USD),
        conversion_rate: decimal("100"),
        starts_at: midnight(2027, 1, 31),
        months: 12,
        release: table(&[(0, "10"), (3, "20"), (6, "30"), (9, "40")]),
        payments: Spread::Every(Interval::HalfYear),
        renewal: Renewal::None,
        note: None,
    }
}

fn contract(terms: ContractTerms) -> Contract {
    Contract {
        id: ContractId::from_uuid(uuid::Uuid::from_u128(7)),
        versions: vec![ContractVersion {
            number: 1,
            effective_at: terms.starts_at,
            terms,
        }],
    }
}

/// Instant, whole credits, whole money.
fn rows(instalments: &[Instalment]) -> Vec<(Timestamp, i64, i64)> {
    let row = |part: &Instalment| (part.at, part.credits.micros() / 1_000_000, part.money.minor / 100);
    instalments.iter().map(row).collect()
}

#[test]
fn a_ramp_by_quarter_paid_half_yearly() {
    let contract = contract(terms());
    let (zone, mut terms) = (zone(), Vec::new());
    terms.extend(contract.terms(&zone));
    assert_eq!(terms.len(), 1);
    // 1 200 000 × 100 = 120 000 000 credits: 10, 20, 30 and 40 percent. The 31st is the 30th in April.
    assert_eq!(
        rows(&terms[0].releases),
        [
            (midnight(2027, 1, 31), 12_000_000, 120_000),
            (midnight(2027, 4, 30), 24_000_000, 240_000),
            (midnight(2027, 7, 31), 36_000_000, 360_000),
            (midnight(2027, 10, 31), 48_000_000, 480_000),
        ]
    );
    assert_eq!(
        rows(&terms[0].payments),
        [(midnight(2027, 1, 31), 0, 600_000), (midnight(2027, 7, 31), 0, 600_000)]
    );
    assert_eq!((terms[0].end, terms[0].renews), (midnight(2028, 1, 31), false));
}

#[test]
fn the_agreed_rate_and_what_differs_stand_in_place_of_the_plans() {
    let applied = terms().applied_to(&plan());
    assert_eq!(applied.conversion_rate, decimal("100"));
    assert_eq!((applied.seats, applied.caps.len()), (Some(250), 0));
    assert_eq!(applied.name, "Enterprise");
    let discount = crate::plan::discount_percent(plan().conversion_rate, applied.conversion_rate);
    assert_eq!(discount, Some(decimal("22")));
}

#[test]
fn each_override_changes_its_own_term_and_nothing_else() {
    let key = |text: &str| -> Key { text.parse().unwrap() };
    let mut plan = plan();
    plan.refunds = [(key("code"), "none".to_owned()), (key("image"), "half".to_owned())].into();
    plan.low_balance_percent = Some(20);
    let weekly = CapTerms {
        window: CapWindow::Week,
        ..plan.caps[&key("daily")].clone()
    };
    let rate = ThrottleTerms {
        scope: LimitScope::default(),
        limit: ThrottleLimit::Requests(5),
        per: ThrottlePeriod::Second,
        burst: None,
        then: ThrottleThen::Reject,
    };
    let own = Overrides {
        overage: Some(OveragePolicy::Forgive(Credits::from_whole(7).unwrap())),
        low_balance_percent: Some(5),
        refunds: [
            (key("code"), Some("all".to_owned())),
            (key("image"), None),
            (key("voice"), None),
        ]
        .into(),
        caps: [(key("weekly"), Some(weekly.clone()))].into(),
        throttles: [(key("steady"), Some(rate.clone()))].into(),
        ..Overrides::default()
    };
    let mut expected = plan.clone();
    expected.overage = OveragePolicy::Forgive(Credits::from_whole(7).unwrap());
    expected.low_balance_percent = Some(5);
    expected.refunds = [(key("code"), "all".to_owned())].into();
    expected.caps.insert(key("weekly"), weekly);
    expected.throttles.insert(key("steady"), rate);
    let mut applied = plan;
    own.apply(&mut applied);
    assert_eq!(applied, expected);
    let stored = serde_json::to_string(&own).unwrap();
    assert_eq!(serde_json::from_str::<Overrides>(&stored).unwrap(), own);
}

#[test]
fn a_renewal_by_months_commits_in_proportion() {
    let mut terms = terms();
    terms.release = Spread::Every(Interval::Month);
    terms.renewal = Renewal::Months(3);
    let (zone, contract) = (zone(), contract(terms));
    let terms: Vec<_> = contract.terms(&zone).take(3).collect();
    assert_eq!(terms[0].releases.len(), 12);
    // 1 200 000 × 3 / 12, in three parts.
    let months = [
        (midnight(2028, 1, 31), 10_000_000, 100_000),
        (midnight(2028, 2, 29), 10_000_000, 100_000),
        (midnight(2028, 3, 31), 10_000_000, 100_000),
    ];
    assert_eq!(rows(&terms[1].releases), months);
    assert_eq!(
        (terms[1].end, terms[2].end),
        (midnight(2028, 4, 30), midnight(2028, 7, 31))
    );
}

#[test]
fn an_amendment_spreads_what_is_left_of_the_new_commitment() {
    let (zone, mut contract) = (zone(), contract(terms()));
    let mut more = terms();
    more.committed = Money::new(180_000_000, USD);
    let noon = |at: Timestamp| at.plus_seconds(43_200);
    let (effective, now) = (noon(midnight(2027, 5, 20)), noon(midnight(2027, 5, 19)));
    let version = contract.amended(more.clone(), &plan(), effective, now, &zone).unwrap();
    assert_eq!(version.number, 2);
    contract.versions.push(version);
    let term = contract.terms(&zone).next().unwrap();
    // 36 of 180 million were released; 144 are left, 3 parts to 4.
    let rest: Vec<i64> = rows(&term.releases).iter().map(|(_, credits, _)| *credits).collect();
    assert_eq!(rest, [12_000_000, 24_000_000, 61_714_285, 82_285_714]);
    let sum = Credits::checked_sum(term.releases.iter().map(|part| part.credits)).unwrap();
    assert_eq!(sum.to_string(), "180000000");
    // Paid 600 000; 1 200 000 are left, all in the second half.
    assert_eq!(rows(&term.payments)[1], (midnight(2027, 7, 31), 0, 1_200_000));

    // More than that after the last part: due at once.
    more.committed = Money::new(190_000_000, USD);
    let late = noon(midnight(2027, 11, 5));
    contract
        .versions
        .push(contract.amended(more.clone(), &plan(), late, late, &zone).unwrap());
    let term = contract.terms(&zone).next().unwrap();
    assert_eq!(rows(&term.releases)[4], (midnight(2027, 11, 5), 10_000_000, 100_000));

    // Less than was released takes nothing back.
    more.committed = Money::new(100, USD);
    let later = noon(midnight(2027, 12, 1));
    contract
        .versions
        .push(contract.amended(more, &plan(), later, later, &zone).unwrap());
    let again = contract.terms(&zone).next().unwrap();
    assert_eq!(rows(&again.releases), rows(&term.releases));
}

#[test]
fn what_cannot_be_signed_is_told() {
    let told = |change: fn(&mut ContractTerms)| {
        let mut terms = terms();
        change(&mut terms);
        terms
            .validate(&plan())
            .map_or_else(|error| error.to_string(), |()| String::new())
    };
    assert_eq!(told(|_| ()), "");
    assert_eq!(
        told(|t| t.committed.minor = -1),
        "the committed amount is never negative"
    );
    assert_eq!(
        told(|t| t.conversion_rate = Decimal::ZERO),
        "the conversion rate is above zero"
    );
    assert_eq!(told(|t| t.months = 0), "a term lasts 1 to 120 months");
    assert_eq!(
        told(|t| t.committed.currency = "EUR".parse().unwrap()),
        "the contract is in another currency than the plan"
    );
    assert_eq!(
        told(|t| t.release = table(&[(0, "10"), (3, "80")])),
        "the table of releases adds up to 100 percent"
    );
    assert_eq!(
        told(|t| t.payments = table(&[(3, "50"), (3, "50")])),
        "the table of payments has its months in order, each once"
    );
    assert_eq!(
        told(|t| t.renewal = Renewal::Months(6)),
        "the table of releases ends within the term"
    );
    assert_eq!(
        told(|t| t.overrides.low_balance_percent = Some(100)),
        "low balance is told at 1 to 99 percent"
    );
    assert_eq!(
        told(|t| t.committed.minor = i64::MAX),
        "the committed credits are too many"
    );
}

#[test]
fn an_amendment_reaches_neither_into_the_past_nor_beyond_the_end() {
    let (zone, contract) = (zone(), contract(terms()));
    let told = |terms: ContractTerms, effective: Timestamp, now: Timestamp| {
        let amended = contract.amended(terms, &plan(), effective, now, &zone);
        amended.unwrap_err()
    };
    let may = midnight(2027, 5, 20);
    assert_eq!(told(terms(), may, may.plus_seconds(1)), ContractError::Past);
    let (before, begins) = (midnight(2026, 12, 1), contract.versions[0].effective_at);
    let not_begun = ContractError::BeforeLast { effective_at: begins };
    assert_eq!(told(terms(), begins.plus_seconds(-1), before), not_begun);
    let moved = ContractTerms {
        starts_at: midnight(2027, 2, 1),
        ..terms()
    };
    assert_eq!(told(moved, may, may), ContractError::Start);
    let after = midnight(2028, 2, 1);
    assert_eq!(told(terms(), after, may), ContractError::Ended);
    let cut = ContractTerms {
        months: 3,
        release: Spread::AtOnce,
        payments: Spread::AtOnce,
        ..terms()
    };
    assert_eq!(told(cut, may, may), ContractError::Ended);
    assert_eq!(contract.version_at(may).map(|version| version.number), Some(1));
}

#[test]
fn a_commitment_holds_from_term_to_term() {
    let zone = zone();
    let told = |contract: &Contract, until: Timestamp| -> Vec<(Timestamp, i64)> {
        let all = contract.commitments(&zone, until);
        all.into_iter().map(|(at, money)| (at, money.minor)).collect()
    };
    let mut once = contract(terms());
    let (start, end) = (midnight(2027, 1, 31), midnight(2028, 1, 31));
    assert!(told(&once, start.plus_seconds(-1)).is_empty());
    assert_eq!(told(&once, midnight(2027, 12, 1)), [(start, 120_000_000)]);
    assert_eq!(told(&once, midnight(2030, 1, 1)), [(start, 120_000_000), (end, 0)]);
    // From May on half as much again, and then half a year at a time.
    let more = ContractTerms {
        committed: Money::new(180_000_000, USD),
        release: Spread::AtOnce,
        payments: Spread::AtOnce,
        renewal: Renewal::Months(6),
        ..terms()
    };
    let may = midnight(2027, 5, 20);
    once.versions
        .push(once.amended(more, &plan(), may, may, &zone).unwrap());
    let expected = [(start, 120_000_000), (may, 180_000_000), (end, 90_000_000)];
    assert_eq!(told(&once, midnight(2028, 7, 1)), expected);
}

#[test]
fn a_renewal_keeps_the_length_with_which_it_began() {
    let zone = zone();
    let monthly = |renewal| ContractTerms {
        release: Spread::Every(Interval::Month),
        renewal,
        ..terms()
    };
    let begun = contract(monthly(Renewal::Months(6)));
    let (second, within) = (midnight(2028, 1, 31), midnight(2028, 3, 10));
    let (end, next) = (
        midnight(2028, 7, 31),
        [None, Some(midnight(2028, 10, 31)), Some(midnight(2029, 7, 31))],
    );
    for (renewal, next) in [Renewal::None, Renewal::Months(3), Renewal::SameTerms]
        .into_iter()
        .zip(next)
    {
        let mut contract = begun.clone();
        let amended = contract.amended(monthly(renewal), &plan(), within, within, &zone);
        contract.versions.push(amended.unwrap());
        let terms: Vec<_> = contract.terms(&zone).skip(1).take(2).collect();
        assert_eq!((terms[0].start, terms[0].end), (second, end), "{renewal:?}");
        // 600 000 in six parts, whatever comes after them.
        assert_eq!(rows(&terms[0].releases)[5].2, 100_000, "{renewal:?}");
        assert_eq!(terms.get(1).map(|term| term.end), next, "{renewal:?}");
        assert_eq!(
            contract.term_at(&zone, within).map(|term| term.renews),
            Some(next.is_some())
        );
    }
    // What takes effect as a term begins is agreed by then.
    let mut contract = begun.clone();
    let amended = contract.amended(monthly(Renewal::Months(3)), &plan(), second, second, &zone);
    contract.versions.push(amended.unwrap());
    assert_eq!(contract.term_ends(&zone, second), Some(midnight(2028, 4, 30)));
    // A table that does not fit into the half-year that runs cannot be agreed on in it.
    let late = ContractTerms {
        release: table(&[(0, "50"), (9, "50")]),
        ..monthly(Renewal::None)
    };
    let refused = begun.amended(late, &plan(), within, within, &zone).unwrap_err();
    assert_eq!(refused.to_string(), "the table of releases ends within the term");
}
