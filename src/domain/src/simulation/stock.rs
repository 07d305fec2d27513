//! When blocks of credits would have run out, had usage burned other numbers of credits.

use std::collections::BTreeMap;

use crate::credits::Credits;
use crate::key::Key;
use crate::timestamp::Timestamp;

/// Credits that burn together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// The day from which they burn.
    pub from: Timestamp,
    /// Until when (exclusive); `None` for never.
    pub until: Option<Timestamp>,
    /// The use cases that they pay for; `None` for all.
    pub scope: Option<Vec<Key>>,
    /// How many there are when the first day begins, or when they do.
    pub credits: Credits,
}

impl Stock {
    fn pays(&self, day: Timestamp, use_case: &Key) -> bool {
        let lasts = self.from <= day && self.until.is_none_or(|end| day < end);
        lasts && self.scope.as_ref().is_none_or(|scope| scope.contains(use_case))
    }
}

/// The day on which each of the stocks would have run out: the first that asked for more than was left of it. They burn in the
/// order in which they are given; of a day's burn the use cases are taken in the order of their keys. `days` ascend.
pub fn run_out_days<'a>(
    stocks: &[Stock],
    days: impl IntoIterator<Item = (Timestamp, &'a BTreeMap<Key, Credits>)>,
) -> Vec<Option<Timestamp>> {
    let mut left: Vec<Credits> = stocks.iter().map(|stock| stock.credits).collect();
    let mut ends = vec![None; stocks.len()];
    for (day, burn) in days {
        for (use_case, credits) in burn {
            let mut asked = *credits;
            for (index, stock) in stocks.iter().enumerate() {
                if asked.is_zero() {
                    break;
                }
                if !stock.pays(day, use_case) {
                    continue;
                }
                let paid = asked.min(left[index]);
                left[index] = left[index].saturating_sub(paid);
                asked = asked.saturating_sub(paid);
                if !asked.is_zero() {
                    ends[index] = ends[index].or(Some(day));
                }
            }
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_seconds(number)
    }

    fn stock(from: i64, until: Option<i64>, credits: i64) -> Stock {
        Stock {
            from: day(from),
            until: until.map(day),
            scope: None,
            credits: Credits::from_whole(credits).unwrap(),
        }
    }

    /// The days on which the stocks run out, of burns by day and use case.
    fn ends(stocks: &[Stock], burns: &[(i64, &str, i64)]) -> Vec<Option<i64>> {
        let burns: Vec<(Timestamp, BTreeMap<Key, Credits>)> = burns
            .iter()
            .map(|(number, use_case, credits)| {
                let burn = BTreeMap::from([(key(use_case), Credits::from_whole(*credits).unwrap())]);
                (day(*number), burn)
            })
            .collect();
        let days = run_out_days(stocks, burns.iter().map(|(day, burn)| (*day, burn)));
        days.into_iter()
            .map(|day| day.map(|day| day.micros() / 1_000_000))
            .collect()
    }

    #[test]
    fn credits_run_out_on_the_day_that_goes_beyond_them() {
        let ten = [stock(0, None, 10)];
        assert_eq!(ends(&ten, &[(1, "code", 4), (2, "code", 6), (3, "code", 0)]), [None]);
        assert_eq!(
            ends(&ten, &[(1, "code", 4), (2, "code", 6), (3, "code", 1), (4, "code", 1)]),
            [Some(3)]
        );
        assert_eq!(ends(&[stock(0, None, 0)], &[]), [None]);
    }

    #[test]
    fn the_next_stock_pays_what_the_first_does_not() {
        let stocks = [stock(0, Some(3), 5), stock(0, None, 10)];
        let burns = [(1, "code", 4), (2, "code", 4), (3, "code", 4), (4, "code", 4)];
        // 4, then 1 and 3 of the second; then the first is over, and 7 − 4 − 4 is below zero on the fourth day.
        assert_eq!(ends(&stocks, &burns), [Some(2), Some(4)]);
    }

    #[test]
    fn a_stock_pays_within_its_days_and_for_its_use_cases_alone() {
        let mut render = stock(2, Some(4), 5);
        render.scope = Some(vec![key("render")]);
        let all = stock(0, None, 100);
        let stocks = [render, all];
        assert_eq!(
            ends(&stocks, &[(1, "render", 9), (2, "code", 9), (4, "render", 9)]),
            [None, None]
        );
        assert_eq!(ends(&stocks, &[(2, "render", 5), (3, "render", 1)]), [Some(3), None]);
    }
}
