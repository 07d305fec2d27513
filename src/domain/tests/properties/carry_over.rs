//! Carrying over: what is left at a boundary, up to the most, is there once afterwards and never twice, whatever was used
//! and however late that was reported. Compared with a model of three plain numbers.

use drawdown_domain::Credits;
use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::id::GrantId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use proptest::prelude::*;

use crate::bench::*;

/// What is left, in micro-credits.
#[derive(Debug, Default)]
struct Model {
    /// Of what was carried over into this period; it burns first.
    carried: i64,
    /// Of this period's allotment.
    allotment: i64,
    /// Of the period before, and not carried over: only usage of that time may burn it.
    ended: i64,
}

impl Model {
    /// Begins a period.
    fn begin(&mut self, given: i64, most: Option<i64>) {
        let left = self.carried + self.allotment;
        self.carried = most.map_or(left, |most| left.min(most));
        self.allotment = given;
        self.ended = left - self.carried;
    }

    /// Usage of this period, or of the one before; gives how much of it there were credits for.
    fn burn(&mut self, mut asked: i64, is_late: bool) -> i64 {
        let mut burned = 0;
        for (pot, is_open) in [
            (&mut self.ended, is_late),
            (&mut self.carried, true),
            (&mut self.allotment, true),
        ] {
            let part = if is_open { asked.min(*pot) } else { 0 };
            *pot -= part;
            asked -= part;
            burned += part;
        }
        burned
    }

    fn room(&self, is_late: bool) -> i64 {
        self.carried + self.allotment + if is_late { self.ended } else { 0 }
    }
}

/// The grants of a period: what was carried over, and the allotment.
#[derive(Default)]
struct Period {
    carried: Option<GrantId>,
    allotment: Option<GrantId>,
}

fn begin(bench: &mut Bench, before: &Period, given: i64, most: Option<i64>, period: i64) -> Period {
    let ends = NOW.plus_seconds((period + 1) * DAY);
    let mut carried = None;
    if let Some(allotment) = before.allotment {
        let mut grant = bench.grant_of("1");
        (grant.kind, grant.expires_at) = (GrantKind::Rollover, Some(ends));
        let roll_over = Request::RollOver {
            from: before.carried.into_iter().chain([allotment]).collect(),
            most: most.map(Credits::from_micros),
            grant: Box::new(grant),
        };
        carried = match bench.decide(&roll_over) {
            Outcome::Grant(grant) => Some(grant.id),
            Outcome::Done => None,
            other => panic!("carrying over is never refused: {other:?}"),
        };
        bench.now = bench.now.plus_micros(1);
    }
    let mut grant = bench.grant_of(&Credits::from_micros(given).to_string());
    (grant.kind, grant.expires_at) = (GrantKind::Allotment, Some(ends));
    let allotment = Some(bench.add(grant));
    Period { carried, allotment }
}

fn sum(bench: &Bench, part: fn(&drawdown_domain::grant::Grant) -> Credits) -> i64 {
    bench.account.grants.iter().map(|grant| part(grant).micros()).sum()
}

proptest! {
    #[test]
    fn what_is_left_is_carried_over_up_to_the_most_and_burned_once(
        given in 1_i64..5_000_000,
        most in prop::option::of(0_i64..12_000_000),
        uses in prop::collection::vec((0_i64..9_000_000, 0_i64..3_000_000), 1..7),
    ) {
        let (mut bench, mut model, mut period) = (Bench::new(), Model::default(), Period::default());
        let mut used = 0;
        for (number, (now, late)) in (0_i64..).zip(uses) {
            bench.now = NOW.plus_seconds(number * DAY);
            period = begin(&mut bench, &period, given, most, number);
            model.begin(given, most);
            for (name, asked, is_late) in [("late", late, number > 0), ("now", now, false)] {
                // Beyond the credits there are debts, which are another matter.
                let micros = asked.min(model.room(is_late));
                let mut event = bench.event_of(&format!("{name}-{number}"), &Credits::from_micros(micros).to_string());
                if is_late {
                    event.occurred_at = NOW.plus_seconds(number * DAY - 1);
                }
                bench.record(vec![event]);
                used += model.burn(micros, is_late);
            }
            prop_assert_eq!(sum(&bench, |grant| grant.remaining), model.carried + model.allotment);
            let of = |id: Option<GrantId>| id.map_or(0, |id| bench.grant(id).remaining.micros());
            prop_assert_eq!((of(period.carried), of(period.allotment)), (model.carried, model.allotment));
            // What was carried over is void where it came from: nothing was made and nothing lost.
            prop_assert_eq!(sum(&bench, |grant| grant.amount) - sum(&bench, |grant| grant.voided), (number + 1) * given);
            prop_assert_eq!(sum(&bench, |grant| grant.burned), used);
            prop_assert!(bench.account.grants.iter().all(|grant| grant.is_balanced() && grant.state != GrantState::Void));
        }
    }
}
