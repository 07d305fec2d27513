//! What must be loaded before a batch can be decided, and what a new cap must count of the time before it was set.

use std::collections::BTreeSet;

use super::calendar::Calendar;
use super::caps::{counter_key, steps_ahead};
use super::limits_change::same_cap;
use super::{Account, Backfill, Counter, Needs, UsageLine, fair_use, throttles};
use crate::credits::Credits;
use crate::hold::{CounterKey, HoldState, Run};
use crate::id::HoldId;
use crate::key::Key;
use crate::limit::{Cap, LimitOwner, Window};
use crate::request::{OrganizationChange, Request};
use crate::timestamp::Timestamp;
use crate::window::{ROLLING_STEPS, rolling_step_micros};

/// Collects what the requests of a batch need.
struct Collector<'a> {
    account: &'a Account,
    now: Timestamp,
    needs: Needs,
    counters: Vec<CounterKey>,
    /// The organization's calendar, and those of the zones that the batch moves it to.
    calendars: Vec<Calendar>,
    /// Names of caps that an earlier request of the batch touches.
    touched: BTreeSet<(LimitOwner, Key)>,
    /// Rolling windows that are asked for already, with their number of later steps.
    rolling: BTreeSet<(CounterKey, i64)>,
}

impl Account {
    /// What must be loaded before these requests can be decided at `now` (see [`Needs`]). Its holds must be there.
    pub fn needs(&self, now: Timestamp, requests: &[&Request]) -> Needs {
        let anchor = self.organization.period_anchor;
        let known = &self.journal.calendar;
        let calendar = if known.is_of(&self.organization.time_zone, anchor) {
            known.clone()
        } else {
            Calendar::new(&self.organization.time_zone, anchor)
        };
        let mut collector = Collector {
            account: self,
            now,
            needs: Needs::default(),
            counters: Vec::new(),
            calendars: vec![calendar],
            touched: BTreeSet::new(),
            rolling: BTreeSet::new(),
        };
        for request in requests {
            if let Request::Organization(OrganizationChange::Profile { time_zone, .. }) = request {
                collector.calendars.push(Calendar::new(time_zone, anchor));
            }
        }
        for hold in self.holds.values().filter(|hold| hold.state == HoldState::Open) {
            collector.counters.extend(hold.counters.iter().cloned());
        }
        for request in requests {
            collector.request(request);
        }
        // Sorted at once: one by one would cost rolling windows, of many steps each, a multiple.
        collector.counters.sort_unstable();
        Needs {
            counters: collector.counters.into_iter().collect(),
            ..collector.needs
        }
    }

    /// Takes what the window of a cap to be set already holds: usage since [`Backfill::since`]. Open holds must all be
    /// in `holds` then.
    pub fn backfill(&mut self, backfill: &Backfill, usage: &[UsageLine]) {
        let mut calendar = Calendar::new(&backfill.time_zone, self.organization.period_anchor);
        let cap = &backfill.cap;
        let mut key_of = |run: &Run, at| {
            let key = counter_key(cap, run, calendar.counter_start(cap.window, at));
            (cap.scope.matches(run) && key.window_start >= backfill.since).then_some(key)
        };
        let mut filled: Vec<(CounterKey, Credits, Credits)> = Vec::new();
        for line in usage {
            if let Some(key) = key_of(&line.run, line.at) {
                filled.push((key, line.credits, Credits::ZERO));
            }
        }
        for hold in self.holds.values_mut().filter(|hold| hold.state == HoldState::Open) {
            let Some(key) = key_of(&hold.run, hold.authorized_at) else {
                continue;
            };
            filled.push((key.clone(), Credits::ZERO, hold.credits));
            if !hold.counters.contains(&key) {
                hold.counters.push(key);
                self.journal.holds.insert(hold.id);
            }
        }
        for (key, _, _) in &filled {
            self.counters.insert(key.clone(), Counter::default());
            self.journal.counters.insert(key.clone());
        }
        for (key, used, held) in filled {
            let counter = self.counters.entry(key).or_default();
            counter.used = counter.used.checked_add(used).unwrap_or(Credits::MAX);
            counter.held = counter.held.checked_add(held).unwrap_or(Credits::MAX);
        }
        self.journal.awaiting.push((cap.clone(), calendar));
    }
}

impl Collector<'_> {
    fn request(&mut self, request: &Request) {
        match request {
            Request::Authorize(authorize) => self.run(&authorize.run),
            Request::Capture(capture) => self.capture(capture.hold),
            Request::Record(events) => {
                for event in events {
                    self.counters(&event.run, event.occurred_at, false);
                }
            }
            Request::PutCap(cap) => self.put(cap),
            Request::DeleteCap { name, owner } => {
                self.touched.insert((*owner, name.clone()));
            }
            Request::Organization(OrganizationChange::Plan { caps, .. }) => self.plan(caps),
            Request::Organization(OrganizationChange::Profile { .. }) => self.moved(),
            _ => {}
        }
    }

    /// A capture beyond its hold looks at every rolling window that holds it.
    fn capture(&mut self, id: HoldId) {
        let Some(hold) = self.account.holds.get(&id).filter(|hold| hold.state == HoldState::Open) else {
            return;
        };
        for key in &hold.counters {
            let cap = self.account.caps.iter().find(|cap| cap.id == key.cap && cap.blocks());
            if let Some(Window::RollingHours(hours)) = cap.map(|cap| cap.window) {
                self.rolling(hours, key, ROLLING_STEPS);
            }
        }
    }

    /// A run that asks to start, in any mode that it may degrade to.
    fn run(&mut self, asked: &Run) {
        let mut run = asked.clone();
        loop {
            self.counters(&run, self.now, true);
            self.throttles(&run);
            let card = self.account.catalogue.at(self.now);
            let use_case = card.and_then(|card| card.rates.use_cases.get(&run.use_case));
            match use_case.and_then(|use_case| use_case.next_mode(&run.mode)) {
                Some(mode) => run.mode = mode.clone(),
                None => return,
            }
        }
    }

    fn throttles(&mut self, run: &Run) {
        self.needs.throttles.extend(self.account.fair_use_rates(run));
        for throttle in &self.account.throttles {
            if throttles::applies(throttle, run, &[]) {
                let key = (throttle.id, throttle.scope.each_value(run));
                self.needs.throttles.insert(key);
            }
        }
    }

    /// The counters of a run at `at`, and with them, where it `asks`, all that the rolling ones among them sum.
    fn counters(&mut self, run: &Run, at: Timestamp, asks: bool) {
        if let Some((cap, window)) = fair_use::window_of(self.account, run) {
            for place in 0..self.calendars.len() {
                let key = CounterKey {
                    cap,
                    each: String::new(),
                    window_start: self.calendars[place].counter_start(window, at),
                };
                match window {
                    Window::RollingHours(hours) if asks => self.rolling(hours, &key, steps_ahead(hours)),
                    _ => self.counters.push(key),
                }
            }
        }
        for cap in self.account.caps.iter().filter(|cap| cap.scope.matches(run)) {
            for place in 0..self.calendars.len() {
                let start = self.calendars[place].counter_start(cap.window, at);
                let key = counter_key(cap, run, start);
                match cap.window {
                    Window::RollingHours(hours) if asks => self.rolling(hours, &key, steps_ahead(hours)),
                    _ => self.counters.push(key),
                }
            }
        }
    }

    /// The steps of the rolling window that ends with the step of `key`, and so many later ones.
    fn rolling(&mut self, hours: u16, key: &CounterKey, later: i64) {
        if !self.rolling.insert((key.clone(), later)) {
            return;
        }
        let step = rolling_step_micros(hours);
        for number in -ROLLING_STEPS..=later {
            self.counters.push(CounterKey {
                window_start: key.window_start.plus_micros(number * step),
                ..key.clone()
            });
        }
    }

    /// A cap to be set. It goes on counting where it surely is the same; else it must count what was before it.
    fn put(&mut self, cap: &Cap) {
        let name = (cap.owner, cap.name.clone());
        let is_same = self.account.caps.iter().any(|old| same_cap(old, cap));
        if !is_same || self.touched.contains(&name) {
            for place in 0..self.calendars.len() {
                self.backfill(cap, place);
            }
        }
        self.touched.insert(name);
    }

    fn plan(&mut self, caps: &[Cap]) {
        let vendors = |cap: &&Cap| cap.owner == LimitOwner::Vendor;
        let before = self.account.caps.iter().filter(vendors);
        let names: Vec<_> = before.map(|cap| (cap.owner, cap.name.clone())).collect();
        for cap in caps {
            self.put(&Cap {
                owner: LimitOwner::Vendor,
                ..cap.clone()
            });
        }
        self.touched.extend(names);
    }

    /// The organization moves to another zone: its caps go on in windows that begin at other instants. Where a batch
    /// moves it more than once, the first zone may be the last as well.
    fn moved(&mut self) {
        for cap in &self.account.caps {
            let here = self.since(cap, 0);
            if (1..self.calendars.len()).any(|place| self.since(cap, place) != here) {
                for place in 1..self.calendars.len() {
                    self.backfill(cap, place);
                }
            }
        }
    }

    fn since(&mut self, cap: &Cap, place: usize) -> Timestamp {
        self.calendars[place].span(cap.window, self.now).start
    }

    fn backfill(&mut self, cap: &Cap, place: usize) {
        let since = self.since(cap, place);
        let asked = |known: &Backfill| known.cap.id == cap.id && known.since == since;
        if !self.needs.backfills.iter().any(asked) {
            self.needs.backfills.push(Backfill {
                cap: cap.clone(),
                since,
                time_zone: self.calendars[place].name().to_owned(),
            });
        }
    }
}
