//! Terms that make no sense, what money buys, what is carried over, and fair use, by hand.

use super::*;
use crate::catalogue::Price;
use crate::hold::Run;

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn credits(text: &str) -> Credits {
    text.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn dollars(dollars: i64) -> Money {
    Money::new(dollars * 100, Currency::USD)
}

fn terms() -> PlanTerms {
    PlanTerms {
        conversion_tiers: vec![
            ConversionTier {
                from: dollars(1_000),
                rate: decimal("12.5"),
            },
            ConversionTier {
                from: dollars(10_000),
                rate: decimal("20"),
            },
        ],
        price: Some(dollars(95)),
        allotments: BTreeMap::from([(key("fast"), Allotment::plain(credits("10000")))]),
        extra_seat_price: Some(dollars(9)),
        low_balance_percent: Some(20),
        unlimited: vec![Unlimited {
            mode: Some(key("relaxed")),
            fair_use: Some(fair_use()),
            ..Unlimited::default()
        }],
        ..PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, decimal("10"))
    }
}

fn fair_use() -> FairUse {
    let step = |above: &str, requests, per| FairStep {
        above: credits(above),
        rate: FairRate { requests, per },
    };
    FairUse {
        window: Window::Day,
        steps: vec![
            step("100", 60, ThrottlePeriod::Minute),
            step("200", 600, ThrottlePeriod::Hour),
        ],
    }
}

#[test]
fn a_purchase_has_one_rate_the_best_that_its_amount_reaches() {
    let buys = |money| terms().buys(money).unwrap().to_string();
    // 0.10 a credit, 0.08 from 1 000, 0.05 from 10 000.
    assert_eq!(buys(dollars(999)), "9990");
    assert_eq!(buys(dollars(1_000)), "12500");
    assert_eq!(buys(dollars(10_000)), "200000");
    assert_eq!(discount_percent(decimal("78"), decimal("100")), Some(decimal("22")));
    assert_eq!(discount_percent(decimal("78"), decimal("78")), Some(Decimal::ZERO));
    assert_eq!(discount_percent(Decimal::ZERO, decimal("78")), None);
}

#[test]
fn an_interval_costs_its_price_and_the_seats_beside() {
    let mut terms = terms();
    assert_eq!(terms.interval_price(0), Some(dollars(95)));
    assert_eq!(terms.interval_price(3), Some(dollars(95 + 27)));
    assert_eq!(terms.interval_price(u32::MAX), Some(dollars(95 + 9 * 4_294_967_295)));
    terms.extra_seat_price = None;
    assert_eq!(terms.interval_price(3), None);
    terms.price = None;
    assert_eq!(terms.interval_price(0), None);
}

#[test]
fn low_is_below_the_percentage_of_what_was_given() {
    let terms = terms();
    assert!(!terms.is_low(credits("20"), credits("100")));
    assert!(terms.is_low(credits("19.999999"), credits("100")));
    assert!(!terms.is_low(Credits::ZERO, Credits::ZERO));
    assert!(!PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, Decimal::ONE).is_low(Credits::ZERO, credits("1")));
}

#[test]
fn what_is_carried_over_is_capped_by_the_multiple() {
    let allotment = |rollover| Allotment {
        rollover,
        ..Allotment::plain(credits("500"))
    };
    let carried = |rollover, left: &str| allotment(rollover).carried(credits(left), credits("500")).to_string();
    assert_eq!(carried(Rollover::None, "300"), "0");
    assert_eq!(carried(Rollover::All, "3000"), "3000");
    assert_eq!(carried(Rollover::UpTo(decimal("2")), "999.5"), "999.5");
    assert_eq!(carried(Rollover::UpTo(decimal("2")), "1000.000001"), "1000");
    let seats = Allotment {
        per_extra_seat: credits("50"),
        ..allotment(Rollover::None)
    };
    assert_eq!(seats.credits_with(3), Some(credits("650")));
}

#[test]
fn unlimited_runs_cost_nothing_and_keep_their_list_price() {
    let terms = terms();
    let run = |mode: &str| Run {
        use_case: key("render"),
        mode: key(mode),
        platform: key("web"),
        subject: None,
        api_key: None,
    };
    let price = Price {
        exact: decimal("4.0000001"),
        credits: credits("4"),
    };
    let relaxed = terms.charge(&run("relaxed"), price);
    assert_eq!((relaxed.credits, relaxed.list), (Credits::ZERO, price));
    assert_eq!(relaxed.unlimited, Some((0, &terms.unlimited[0])));
    let fast = terms.charge(&run("fast"), price);
    assert_eq!((fast.credits, fast.unlimited), (credits("4"), None));
}

#[test]
fn fair_use_slows_down_step_by_step() {
    let standing = |used: &str| fair_use().standing(credits(used));
    let within = standing("100");
    assert_eq!(
        (within.step, within.rate, within.next_above),
        (0, None, Some(credits("100")))
    );
    let first = standing("100.000001");
    assert_eq!(first.step, 1);
    assert_eq!(first.rate.unwrap().requests, 60);
    assert_eq!(first.next_rate.unwrap().per, ThrottlePeriod::Hour);
    let last = standing("1000000");
    assert_eq!(
        (last.step, last.next_above, last.rate.unwrap().requests),
        (2, None, 600)
    );
}

fn fast(terms: &mut PlanTerms) -> &mut Allotment {
    terms.allotments.get_mut("fast").unwrap()
}

fn fair(terms: &mut PlanTerms) -> &mut FairUse {
    terms.unlimited[0].fair_use.as_mut().unwrap()
}

#[test]
fn terms_that_make_no_sense_are_told() {
    let told = |change: fn(&mut PlanTerms)| {
        let mut terms = terms();
        change(&mut terms);
        terms
            .validate()
            .map_or_else(|error| error.to_string(), |()| "nothing".to_owned())
    };
    let rising = "rates for larger purchases rise: each from a larger amount, each better than the one before";
    assert_eq!(told(|_| ()), "nothing");
    assert_eq!(
        told(|t| t.conversion_rate = Decimal::ZERO),
        "the conversion rate is above zero"
    );
    assert_eq!(told(|t| t.conversion_tiers[0].rate = t.conversion_rate), rising);
    assert_eq!(told(|t| t.conversion_tiers.swap(0, 1)), rising);
    assert_eq!(
        told(|t| t.conversion_tiers[0].from.currency = "EUR".parse().unwrap()),
        "the amount of a better rate is in another currency than the plan"
    );
    assert_eq!(told(|t| t.price = Some(dollars(-1))), "a price is never negative");
    assert_eq!(
        told(|t| t.extra_seat_price = Some(Money::new(1, "EUR".parse().unwrap()))),
        "the price of a seat is in another currency than the plan"
    );
    assert_eq!(
        told(|t| fast(t).lasts = 0),
        "allotment fast: it lives 1 to 120 intervals"
    );
    assert_eq!(
        told(|t| (fast(t).lasts, fast(t).rollover) = (2, Rollover::All)),
        "allotment fast: what is carried over ends with each interval: give it a rollover or several intervals, not both"
    );
    assert_eq!(
        told(|t| (fast(t).every, fast(t).rollover) = (Every::Once, Rollover::All)),
        "allotment fast: what is given once lives as long as the plan, and carries nothing over"
    );
    assert_eq!(
        told(|t| t.lasts = Some(Validity::Days(0))),
        "a plan that ends by itself is at least a day"
    );
    assert_eq!(
        told(|t| t.low_balance_percent = Some(100)),
        "low balance is told at 1 to 99 percent"
    );
    assert_eq!(
        told(|t| (t.kind, t.unlimited) = (PlanKind::Unlimited, Vec::new())),
        "an unlimited plan says which runs cost nothing"
    );
    assert_eq!(
        told(|t| (t.top_ups, t.top_up_valid) = (TopUps::Never, Some(Validity::Months(12)))),
        "credits that may not be bought have no validity and no use cases"
    );
    assert_eq!(
        told(|t| fair(t).steps[0].rate.requests = 0),
        "fair use: each step still admits a run: use slows down, it never stops"
    );
    assert_eq!(
        told(|t| fair(t).steps[1].rate.requests = 3_600),
        "fair use: each step is slower than the one before"
    );
    assert_eq!(told(|t| fair(t).steps.clear()), "fair use: it has at least one step");
}

#[test]
fn a_ceiling_or_a_soft_allowance_of_nothing_is_none() {
    let cap = |limit| CapTerms {
        scope: LimitScope::default(),
        window: Window::Day,
        limit,
        action: CapAction::Block,
    };
    for limit in [CapLimit::Credits(Credits::ZERO), CapLimit::Money(dollars(0))] {
        let mut terms = terms();
        terms.caps.insert(key("daily"), cap(limit));
        let told = terms.validate().unwrap_err().to_string();
        assert!(told.starts_with("daily: a ceiling allows more than zero"), "{told}");
        let least = CapLimit::Credits(Credits::from_micros(1));
        terms.caps.insert(key("daily"), cap(least));
        assert_eq!(terms.validate(), Ok(()));
    }
    let mut terms = terms();
    fair(&mut terms).steps[0].above = Credits::ZERO;
    let told = terms.validate().unwrap_err().to_string();
    assert!(
        told.starts_with("fair use: the first step begins above zero credits"),
        "{told}"
    );
}

#[test]
fn what_a_version_changes_is_told_line_by_line() {
    let (old, mut new) = (terms(), terms());
    new.price = Some(dollars(99));
    new.allotments.get_mut("fast").unwrap().rollover = Rollover::UpTo(decimal("2"));
    new.unlimited.clear();
    new.top_up_valid = Some(Validity::Months(12));
    let lines: Vec<String> = old.changes_to(&new).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "price: $95.00 -> $99.00",
            "allotment fast: 10,000 credits each interval -> 10,000 credits each interval, carried over up to 2 times \
             the allotment",
            "top-ups last: new, 12 months",
            "without limit, 1: removed, was mode relaxed; in a day: above 100 credits 60 runs a minute, above 200 credits \
             600 runs an hour",
        ]
    );
    assert_eq!(new.changes_to(&new), []);
}

#[cfg(feature = "engine")]
#[test]
fn validity_ends_at_a_local_midnight_after_whole_days_or_months() {
    use crate::timestamp::Timestamp;
    use crate::window::Zone;

    let berlin = Zone::parse("Europe/Berlin").unwrap();
    let midnight = |year, month, day| berlin.date_start(year, month, day).unwrap();
    let noon = |at: Timestamp| at.plus_seconds(43_200);
    // Bought on 31 January: through 28 February, also over a change of the clock.
    assert_eq!(
        Validity::Months(1).ends(noon(midnight(2026, 1, 31)), &berlin),
        midnight(2026, 3, 1)
    );
    assert_eq!(
        Validity::Months(12).ends(noon(midnight(2026, 11, 22)), &berlin),
        midnight(2027, 11, 23)
    );
    // From a midnight on it is exactly so many days.
    assert_eq!(
        Validity::Days(14).ends(midnight(2026, 3, 20), &berlin),
        midnight(2026, 4, 3)
    );
    assert_eq!(
        Validity::Days(14).ends(noon(midnight(2026, 3, 20)), &berlin),
        midnight(2026, 4, 4)
    );
}
