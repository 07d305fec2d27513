//! Plans that follow each other: what is charged and given with each change, by hand.

use crate::money::{Currency, Money};
use crate::plan::{Allotment, Every, Interval, PlanKind, PlanTerms, Validity};
use crate::schedule::tests::{credits, due, midnight, noon, tier, zone};
use crate::schedule::{Phase, Schedule};
use crate::timestamp::Timestamp;

/// The steps until an instant, where plans follow each other as they do for a customer whose own day is the first change's.
fn story(changes: &[(Timestamp, Option<&PlanTerms>)], until: Timestamp) -> String {
    let (zone, own) = (zone(), changes[0].0);
    let mut phases: Vec<Phase<'_>> = Vec::new();
    for (from, terms) in changes {
        let known = Schedule {
            zone: &zone,
            phases: &phases,
            contracts: &[],
        };
        let kept = phases.last().map_or(own, |last| last.anchor);
        phases.push(Phase {
            from: *from,
            anchor: terms.map_or(kept, |terms| known.anchor_of(terms, *from, kept)),
            terms: *terms,
        });
    }
    due(&phases, &[], until)
}

/// Fourteen days with 30 credits, of the name that the tier's have.
fn trial() -> PlanTerms {
    let mut terms = PlanTerms::new("Trial", PlanKind::Trial, Currency::USD, rust_decimal::Decimal::TEN);
    terms.lasts = Some(Validity::Days(14));
    terms
        .allotments
        .insert("fast".parse().unwrap(), Allotment::plain(credits(30)));
    terms
}

fn free() -> PlanTerms {
    let mut terms = plain();
    terms.price = None;
    terms
}

/// A tier that carries nothing over.
fn plain() -> PlanTerms {
    let mut terms = tier();
    terms.allotments = [("fast".parse().unwrap(), Allotment::plain(credits(100)))].into();
    terms
}

fn yearly() -> PlanTerms {
    let mut terms = plain();
    terms.interval = Interval::Year;
    terms.price = Some(Money::new(90_000, Currency::USD));
    terms.allotments.values_mut().for_each(|one| one.every = Every::Month);
    terms
}

#[test]
fn a_trial_that_becomes_a_tier_is_charged_and_given_at_once_and_a_month_later() {
    let expected = "\
2027-01-10 12h grant 30 until 2027-01-25
2027-01-15 12h charge 9499 until 2027-02-15
2027-01-15 12h grant 100 until 2027-02-15
2027-01-25 expire 0
2027-02-15 expire 0
2027-02-15 renewal
2027-02-15 charge 9499 until 2027-03-15
2027-02-15 grant 100 until 2027-03-15
";
    let (trial, paid) = (trial(), plain());
    let changes = [(noon(2027, 1, 10), Some(&trial)), (noon(2027, 1, 15), Some(&paid))];
    assert_eq!(story(&changes, noon(2027, 2, 20)), expected);
    // On the very first day, and when the trial ends by itself.
    let at_once = story(
        &[(midnight(2027, 1, 10), Some(&trial)), (noon(2027, 1, 10), Some(&paid))],
        noon(2027, 1, 11),
    );
    assert!(
        at_once.ends_with("charge 9499 until 2027-02-10\n2027-01-10 12h grant 100 until 2027-02-10\n"),
        "{at_once}"
    );
    let ends = midnight(2027, 1, 25);
    let at_its_end = story(
        &[(noon(2027, 1, 10), Some(&trial)), (ends, Some(&paid))],
        noon(2027, 2, 24),
    );
    assert!(
        at_its_end.ends_with("charge 9499 until 2027-02-25\n2027-01-25 grant 100 until 2027-02-25\n"),
        "{at_its_end}"
    );
}

#[test]
fn what_a_trial_gave_keeps_nothing_from_a_plan_without_a_price_that_goes_on() {
    let (trial, free) = (trial(), free());
    let begins = noon(2027, 1, 10);
    let told = story(
        &[(begins, Some(&trial)), (noon(2027, 1, 15), Some(&free))],
        noon(2027, 2, 14),
    );
    assert_eq!(told.matches("grant 100 until 2027-02-15").count(), 1, "{told}");
    // A trial in place of a trial gives nothing more.
    let told = story(
        &[(begins, Some(&trial)), (noon(2027, 1, 28), Some(&trial))],
        noon(2027, 2, 9),
    );
    assert_eq!(told.matches("grant").count(), 1, "{told}");
}

#[test]
fn a_price_that_first_falls_due_brings_its_allotment_with_it() {
    let (free, paid) = (free(), plain());
    let told = story(
        &[(noon(2027, 1, 10), Some(&free)), (noon(2027, 1, 20), Some(&paid))],
        noon(2027, 2, 19),
    );
    let expected = "\
2027-01-10 12h grant 100 until 2027-02-10
2027-01-20 12h charge 9499 until 2027-02-20
2027-01-20 12h grant 100 until 2027-02-20
2027-02-10 expire 0
";
    assert_eq!(told, expected);
}

#[test]
fn between_plans_that_cost_as_often_intervals_stay() {
    let (small, mut large) = (plain(), plain());
    large.price = Some(Money::new(19_900, Currency::USD));
    let begins = noon(2027, 1, 31);
    let steps = |changes: &[(Timestamp, Option<&PlanTerms>)]| story(changes, noon(2027, 3, 1));
    let (first, charged) = (
        "2027-01-31 12h charge 9499 until 2027-02-28\n",
        "2027-02-28 charge 19900 until 2027-03-31\n",
    );
    for at in [noon(2027, 2, 5), midnight(2027, 2, 28)] {
        let told = steps(&[(begins, Some(&small)), (at, Some(&large))]);
        assert!(told.contains(first) && told.contains(charged), "{told}");
        assert_eq!(
            (told.matches("charge").count(), told.matches("grant").count()),
            (2, 2),
            "{told}"
        );
    }
}

#[test]
fn what_is_paid_for_is_not_paid_for_again_whatever_came_between() {
    let (paid, free, yearly) = (plain(), free(), yearly());
    let begins = noon(2027, 1, 10);
    for between in [None, Some(&free), Some(&yearly)] {
        let changes = [
            (begins, Some(&paid)),
            (noon(2027, 1, 12), between),
            (noon(2027, 1, 14), Some(&paid)),
        ];
        let told = story(&changes, noon(2027, 2, 11));
        assert_eq!(told.matches("charge 9499").count(), 2, "{told}");
        assert!(told.contains("2027-02-10 charge 9499 until 2027-03-10"), "{told}");
    }
    // Once the interval is over there is nothing left of it.
    let changes = [
        (begins, Some(&paid)),
        (midnight(2027, 2, 10), None),
        (noon(2027, 2, 14), Some(&paid)),
    ];
    let told = story(&changes, noon(2027, 2, 15));
    assert!(
        told.ends_with("2027-02-14 12h charge 9499 until 2027-03-14\n2027-02-14 12h grant 100 until 2027-03-14\n"),
        "{told}"
    );
}

#[test]
fn another_rhythm_begins_with_the_change() {
    let (monthly, yearly) = (plain(), yearly());
    let begins = noon(2027, 1, 10);
    let told = story(
        &[(begins, Some(&monthly)), (noon(2027, 1, 20), Some(&yearly))],
        noon(2027, 2, 21),
    );
    let expected = "\
2027-01-10 12h charge 9499 until 2027-02-10
2027-01-10 12h grant 100 until 2027-02-10
2027-01-20 12h charge 90000 until 2028-01-20
2027-01-20 12h grant 100 until 2027-02-20
2027-02-10 expire 0
2027-02-20 expire 0
2027-02-20 grant 100 until 2027-03-20
";
    assert_eq!(told, expected);
    let told = story(
        &[(begins, Some(&yearly)), (noon(2027, 5, 3), Some(&monthly))],
        noon(2027, 6, 1),
    );
    let last = "\
2027-05-03 12h charge 9499 until 2027-06-03
2027-05-03 12h grant 100 until 2027-06-03
2027-05-10 expire 3
";
    assert!(told.ends_with(last), "{told}");
    // Where the years meet, the day stays.
    let told = story(
        &[(begins, Some(&yearly)), (midnight(2028, 1, 10), Some(&monthly))],
        noon(2028, 1, 11),
    );
    assert!(
        told.ends_with("charge 9499 until 2028-02-10\n2028-01-10 grant 100 until 2028-02-10\n"),
        "{told}"
    );
}
