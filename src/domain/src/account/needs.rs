//! What must be loaded before a batch can be decided, and what a new cap must count of the time before it was set.

use std::collections::BTreeSet;

use super::calendar::Calendar;
use super::caps::counter_key;
use super::limits_change::same_cap;
use super::{Account, Backfill, Counter, Needs, UsageLine, throttles};
use crate::credits::Credits;
use crate::hold::{CounterKey, Hold, HoldState, Run};
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
    /// The organization's calendar, and those of the zones that the batch moves it to.
    calendars: Vec<Calendar>,
    /// Names of caps that an earlier request of the batch touches.
    touched: BTreeSet<(LimitOwner, Key)>,
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
            calendars: vec![calendar],
            touched: BTreeSet::new(),
        };
        for request in requests {
            if let Request::Organization(OrganizationChange::Profile { time_zone, .. }) = request {
                collector.calendars.push(Calendar::new(time_zone, anchor));
            }
        }
        for hold in self.holds.values().filter(|hold| hold.state == HoldState::Open) {
            collector.hold(hold);
        }
        for request in requests {
            collector.request(request);
        }
        collector.needs
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
            Request::Record(events) => {
                for event in events {
                    self.counters(&event.run, event.occurred_at);
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

    /// An open hold counts in its counters until it ends; a capture beyond it looks at every rolling window that holds it.
    fn hold(&mut self, hold: &Hold) {
        for key in &hold.counters {
            let cap = self.account.caps.iter().find(|cap| cap.id == key.cap);
            match cap.map(|cap| cap.window) {
                Some(Window::RollingHours(hours)) => self.rolling(hours, key, ROLLING_STEPS),
                _ => {
                    self.needs.counters.insert(key.clone());
                }
            }
        }
    }

    /// A run that asks to start, in any mode that it may degrade to.
    fn run(&mut self, asked: &Run) {
        let mut run = asked.clone();
        loop {
            self.counters(&run, self.now);
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
        for throttle in &self.account.throttles {
            if throttles::applies(throttle, run, &[]) {
                let key = (throttle.id, throttle.scope.each_value(run));
                self.needs.throttles.insert(key);
            }
        }
    }

    fn counters(&mut self, run: &Run, at: Timestamp) {
        for cap in self.account.caps.iter().filter(|cap| cap.scope.matches(run)) {
            for place in 0..self.calendars.len() {
                let start = self.calendars[place].counter_start(cap.window, at);
                let key = counter_key(cap, run, start);
                match cap.window {
                    Window::RollingHours(hours) => self.rolling(hours, &key, 0),
                    _ => {
                        self.needs.counters.insert(key);
                    }
                }
            }
        }
    }

    /// The steps of the rolling window that ends with the step of `key`, and so many later ones.
    fn rolling(&mut self, hours: u16, key: &CounterKey, later: i64) {
        let step = rolling_step_micros(hours);
        for number in -ROLLING_STEPS..=later {
            self.needs.counters.insert(CounterKey {
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

    /// The organization moves to another zone: its caps go on in windows that begin at other instants.
    fn moved(&mut self) {
        for cap in &self.account.caps {
            for place in 1..self.calendars.len() {
                if self.since(cap, place) != self.since(cap, 0) {
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
