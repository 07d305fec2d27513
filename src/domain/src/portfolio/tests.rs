//! Figures by hand.

use super::*;
use crate::money::Currency;

const DAY: i64 = 86_400;

fn credits(whole: i64) -> Credits {
    Credits::from_whole(whole).unwrap()
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// `available` for `days`, after `burned` in thirty days.
fn health(available: i64, days: i64, burned: i64) -> Health {
    let figures = Figures {
        is_stopped: false,
        runs_for_nothing: false,
        available: credits(available),
        paced: credits(available),
        burn: Burn {
            credits: credits(burned),
            seconds: 30 * DAY,
        },
        ends_in_seconds: Some(days * DAY),
    };
    figures.health()
}

#[test]
fn health_is_the_burn_against_the_pace() {
    // The pace of 1 000 for 100 days is 300 in thirty days.
    assert_eq!(health(1_000, 100, 300), Health::OnPace);
    assert_eq!(health(1_000, 100, 225), Health::OnPace);
    assert_eq!(health(1_000, 100, 224), Health::Behind);
    assert_eq!(health(1_000, 100, 347), Health::OnPace);
    assert_eq!(health(1_000, 100, 349), Health::Ahead);
    assert_eq!(health(1_000, 100, 74), Health::AtRisk(Risk::Unused));
    // 5 000 in thirty days: 1 000 last six days.
    assert_eq!(health(1_000, 100, 5_000), Health::AtRisk(Risk::RunsOut));
    // They end in four days, when new ones come: that is no risk, only fast.
    assert_eq!(health(1_000, 4, 7_000), Health::OnPace);
    assert_eq!(health(0, 4, 7_000), Health::Blocked);
}

#[test]
fn without_an_end_only_running_out_counts() {
    let figures = |is_stopped, available, burned| Figures {
        is_stopped,
        runs_for_nothing: false,
        available: credits(available),
        paced: Credits::ZERO,
        burn: Burn {
            credits: credits(burned),
            seconds: 30 * DAY,
        },
        ends_in_seconds: None,
    };
    assert_eq!(figures(false, 1_000, 1).health(), Health::OnPace);
    assert_eq!(figures(false, 1_000, 0).depletes_in_seconds(), None);
    assert_eq!(figures(false, 100, 300).depletes_in_seconds(), Some(10 * DAY));
    assert_eq!(figures(false, 60, 300).health(), Health::AtRisk(Risk::RunsOut));
    assert_eq!(figures(true, 60, 300).health(), Health::Blocked);
}

#[test]
fn what_was_bought_beside_the_plan_sets_no_pace() {
    // 3 000 of a plan for ten days, used at 9 000 in thirty, and 200 000 that were bought for a year.
    let mut figures = Figures {
        is_stopped: false,
        runs_for_nothing: false,
        available: credits(203_000),
        paced: credits(3_000),
        burn: Burn {
            credits: credits(9_000),
            seconds: 30 * DAY,
        },
        ends_in_seconds: Some(10 * DAY),
    };
    assert_eq!(
        (figures.pace(), figures.health()),
        (Some(credits(9_000)), Health::OnPace)
    );
    // What the plan brought is used up early: the rest runs out before new credits come, or does not.
    (figures.available, figures.paced) = (credits(200_000), Credits::ZERO);
    assert_eq!((figures.pace(), figures.health()), (None, Health::OnPace));
    figures.available = credits(1_000);
    assert_eq!(figures.health(), Health::AtRisk(Risk::RunsOut));
    figures.ends_in_seconds = Some(3 * DAY);
    assert_eq!(figures.health(), Health::OnPace);
}

#[test]
fn without_credits_only_runs_that_cost_nothing_go_on() {
    let figures = |is_stopped, runs_for_nothing| Figures {
        is_stopped,
        runs_for_nothing,
        available: Credits::ZERO,
        paced: Credits::ZERO,
        burn: Burn {
            credits: credits(9_000),
            seconds: 30 * DAY,
        },
        ends_in_seconds: Some(10 * DAY),
    };
    assert_eq!(figures(false, false).health(), Health::Blocked);
    assert_eq!(figures(false, true).health(), Health::OnPace);
    assert_eq!(figures(true, true).health(), Health::Blocked);
}

#[test]
fn breakage_is_what_expires_before_it_can_be_burned() {
    let lot = |whole, days: Option<i64>| Lot {
        credits: credits(whole),
        ends_in_seconds: days.map(|days| days * DAY),
    };
    let burn = Burn {
        credits: credits(300),
        seconds: 30 * DAY,
    };
    // Ten a day: 50 of 200 by day five, then 150 more of the next 400 by day twenty.
    let lots = [lot(200, Some(5)), lot(400, Some(20)), lot(1_000, None)];
    assert_eq!(expected_breakage(&lots, burn), credits(150 + 250));
    assert_eq!(expected_breakage(&[lot(40, Some(5))], burn), Credits::ZERO);
}

#[test]
fn revenue_is_earned_with_the_credits() {
    // 100 dollars for 3 credits: a third is 33.33, two are 66.67.
    let split = |burned, broken| {
        let revenue = revenue(usd(10_000), credits(3), credits(burned), credits(broken));
        (revenue.burned.minor, revenue.broken.minor, revenue.deferred.minor)
    };
    assert_eq!(split(0, 0), (0, 0, 10_000));
    assert_eq!(split(1, 0), (3_333, 0, 6_667));
    assert_eq!(split(1, 1), (3_333, 3_334, 3_333));
    assert_eq!(split(2, 1), (6_667, 3_333, 0));
    // A half goes to the even neighbour.
    assert_eq!(cost_basis(usd(1), credits(1), credits(2)), usd(0));
    assert_eq!(cost_basis(usd(3), credits(1), credits(2)), usd(2));
    assert_eq!(cost_basis(usd(i64::MAX), Credits::MAX, Credits::MAX), usd(i64::MAX));
    assert_eq!(cost_basis(usd(5), credits(1), Credits::ZERO), usd(0));
}

#[test]
fn what_moved_takes_its_share_along() {
    // Of 100 dollars for 3 credits one moved to another grant with 33.33; of the others one is burned, one expired.
    let rest = revenue_after_moving(usd(10_000), credits(3), credits(1), credits(1), credits(1));
    assert_eq!(
        (rest.burned.minor, rest.broken.minor, rest.deferred.minor),
        (3_334, 3_333, 0)
    );
    let gone = revenue_after_moving(usd(10_000), credits(3), credits(3), credits(0), credits(0));
    assert_eq!((gone.burned.minor, gone.broken.minor, gone.deferred.minor), (0, 0, 0));
}
