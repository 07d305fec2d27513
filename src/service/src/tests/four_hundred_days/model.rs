//! What should happen, by other means than the program's: the days of a zone are found by walking through the hours, months
//! are counted on fingers, and what is left is one number.

use std::sync::Arc;

use drawdown_domain::Timestamp;
use drawdown_domain::grant::GrantKind;
use jiff::tz::TimeZone;

const QUARTER_HOUR_MICROS: i64 = 900_000_000;

/// Year, month, day.
type Day = (i16, i8, i8);

/// The days of a zone with the instants at which they begin.
pub(super) struct Calendar {
    days: Vec<(Day, Timestamp)>,
    /// The place of the first day that counts.
    first: usize,
}

impl Calendar {
    pub(super) fn new(zone: &str, start: Timestamp, days: i64) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let day_of = |micros: i64| -> Day {
            let instant = jiff::Timestamp::from_microsecond(micros).unwrap();
            let date = zone.to_datetime(instant).date();
            (date.year(), date.month(), date.day())
        };
        // Two days ahead, so that the first day found is a whole one before the start.
        let mut micros = start.micros() - 2 * 86_400_000_000;
        micros -= micros % QUARTER_HOUR_MICROS;
        let mut last = day_of(micros);
        let mut found: Vec<(Day, Timestamp)> = Vec::new();
        for _ in 0..(days + 2) * 96 {
            micros += QUARTER_HOUR_MICROS;
            let day = day_of(micros);
            // A day that is lived through twice at its seam began the first time.
            if day != last && found.iter().all(|(known, _)| *known != day) {
                found.push((day, Timestamp::from_micros(micros)));
            }
            last = day;
        }
        let first = found.iter().rposition(|(_, begins)| *begins <= start).unwrap();
        Self { days: found, first }
    }

    fn begins(&self, day: Day) -> Timestamp {
        self.days.iter().find(|(known, _)| *known == day).unwrap().1
    }

    /// The midnight so many months after the first day; the last day of a month that is too short.
    pub(super) fn month(&self, number: usize) -> Timestamp {
        let (mut year, mut month, day) = self.days[self.first].0;
        for _ in 0..number {
            month += 1;
            if month > 12 {
                month = 1;
                year += 1;
            }
        }
        let length = match month {
            2 if year % 4 == 0 => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        self.begins((year, month, day.min(length)))
    }

    /// The midnight so many days after the first day.
    pub(super) fn day(&self, number: usize) -> Timestamp {
        self.days[self.first + number].1
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    TwoMeters,
    Rolling,
    TrialThenPaid,
    Committed,
}

/// A grant: from when, its kind, whole credits, until when.
pub(super) type ExpectedGrant = (Timestamp, GrantKind, i64, Option<Timestamp>);

/// What a customer should have.
pub(super) struct Expected {
    plan: Plan,
    calendar: Arc<Calendar>,
    began: Timestamp,
    /// Of the customer that rolls over: what it has left, the next month's number, what was carried over so far.
    left: i64,
    next: usize,
    carried: Vec<(usize, i64)>,
}

impl Expected {
    pub(super) fn new(plan: Plan, calendar: Arc<Calendar>, began: Timestamp) -> Self {
        Self {
            plan,
            calendar,
            began,
            left: 100,
            next: 1,
            carried: Vec::new(),
        }
    }

    /// The months that have begun by then, from the first.
    fn months(&self, now: Timestamp) -> Vec<usize> {
        (0..20).take_while(|month| self.calendar.month(*month) <= now).collect()
    }

    /// What a customer that rolls over has left; `None` for others.
    pub(super) fn left_at(&mut self, now: Timestamp) -> Option<i64> {
        if self.plan != Plan::Rolling {
            return None;
        }
        while self.calendar.month(self.next) <= now {
            let carried = self.left.min(200);
            if carried > 0 {
                self.carried.push((self.next, carried));
            }
            self.left = carried + 100;
            self.next += 1;
        }
        Some(self.left)
    }

    /// What the books should show as left; `None` where usage is not modelled or there is none.
    pub(super) fn balance(&mut self, now: Timestamp) -> Option<i64> {
        if self.plan != Plan::Committed {
            return self.left_at(now);
        }
        let grants = self.grants(now);
        let live = grants.iter().filter(|grant| grant.3.is_none_or(|end| now < end));
        Some(live.map(|grant| grant.2).sum())
    }

    pub(super) fn burn(&mut self, credits: i64) {
        self.left -= credits;
    }

    /// Every grant by then, in the order of beginning, kind and credits.
    pub(super) fn grants(&mut self, now: Timestamp) -> Vec<ExpectedGrant> {
        self.left_at(now);
        let calendar = &self.calendar;
        let starts = |month: usize| if month == 0 { self.began } else { calendar.month(month) };
        let monthly = |month: usize| {
            (
                starts(month),
                GrantKind::Allotment,
                100,
                Some(calendar.month(month + 1)),
            )
        };
        let months = self.months(now);
        let mut grants: Vec<ExpectedGrant> = Vec::new();
        match self.plan {
            Plan::TwoMeters => {
                grants.extend(months.iter().map(|month| monthly(*month)));
                let quarters = months.iter().filter(|month| **month % 3 == 0);
                grants.extend(quarters.map(|month| {
                    let end = calendar.month(month + 6);
                    (starts(*month), GrantKind::Allotment, 30, Some(end))
                }));
            }
            Plan::Rolling => {
                grants.extend(months.iter().map(|month| monthly(*month)));
                grants.extend(self.carried.iter().map(|(month, credits)| {
                    let end = calendar.month(month + 1);
                    (calendar.month(*month), GrantKind::Rollover, *credits, Some(end))
                }));
            }
            Plan::Committed => {}
            Plan::TrialThenPaid => {
                // Fourteen whole days beside the one on which it began.
                let ends = calendar.day(15);
                grants.push((self.began, GrantKind::Trial, 40, Some(ends)));
                grants.extend(months.iter().map(|month| match month {
                    0 => (ends, GrantKind::Allotment, 100, Some(calendar.month(1))),
                    month => monthly(*month),
                }));
            }
        }
        if self.plan == Plan::Committed {
            // A term has twelve releases, which end with it.
            grants.extend(months.iter().map(|month| {
                let end = calendar.month((month / 12 + 1) * 12);
                (calendar.month(*month), GrantKind::Commitment, 1_000, Some(end))
            }));
        }
        grants.sort_by_key(|grant| (grant.0, format!("{:?}", grant.1), grant.2));
        grants
    }

    /// Every beginning of an interval by then, but the first.
    pub(super) fn renewals(&self, now: Timestamp) -> Vec<Timestamp> {
        let months = self.months(now);
        months
            .into_iter()
            .skip(1)
            .map(|month| self.calendar.month(month))
            .collect()
    }

    /// Every term of a contract that has begun by then, but the first.
    pub(super) fn contract_renewals(&self, now: Timestamp) -> Vec<Timestamp> {
        self.months_of(Plan::Committed, 12, now).into_iter().skip(1).collect()
    }

    /// Every payment of a contract.
    pub(super) fn payments(&self, now: Timestamp) -> Vec<Timestamp> {
        self.months_of(Plan::Committed, 6, now)
    }

    /// Every price of a month: of the first when it begins.
    pub(super) fn charges(&self, now: Timestamp) -> Vec<Timestamp> {
        let mut charges = self.months_of(Plan::Rolling, 1, now);
        if let Some(first) = charges.first_mut() {
            *first = self.began;
        }
        charges
    }

    /// Where every so many months begin of a customer on that plan; nothing for others.
    fn months_of(&self, plan: Plan, every: usize, now: Timestamp) -> Vec<Timestamp> {
        let months = self.months(now).into_iter().step_by(every);
        let of_plan = months.filter(|_| self.plan == plan);
        of_plan.map(|month| self.calendar.month(month)).collect()
    }

    /// How many grants that the plan gave have ended by then; what was carried over ends with the allotment,
    /// and releases of a contract end by their own time.
    pub(super) fn expiries(&mut self, now: Timestamp) -> usize {
        let grants = self.grants(now);
        let given = grants
            .iter()
            .filter(|grant| matches!(grant.1, GrantKind::Allotment | GrantKind::Trial));
        given.filter(|grant| grant.3.is_some_and(|end| end <= now)).count()
    }
}
