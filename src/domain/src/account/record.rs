//! Record: usage without a hold. A valid event is never refused, whatever limits and credits say: what credits cannot
//! cover is owed, visibly.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Account, credits::charge};
use crate::catalogue::{Catalogue, Price, PriceError};
use crate::credits::Credits;
use crate::grant::GrantState;
use crate::hold::{Run, Share};
use crate::id::{HoldId, RateCardVersionId};
use crate::key::Key;
use crate::outcome::{EventResult, EventStatus, Outcome, RequestError};
use crate::posting::LedgerAccount;
use crate::quantity::Quantity;
use crate::request::{EVENTS_MAX, FUTURE_SECONDS_MAX};
use crate::timestamp::Timestamp;
use crate::usage::{NewEvent, UsageEvent};

/// Late events burn grants that expired within so many days.
pub const LATE_DAYS: i64 = 35;
const SECONDS_PER_DAY: i64 = 86_400;

/// The longest identifier of an event, in bytes.
pub const EVENT_KEY_BYTES_MAX: usize = 255;

/// What tells a repeat of an event from another event under the same identifier: SHA-256 of its run, quantities and
/// time, cut to 16 bytes. The API key that reported it is no part of it: a retry may use another one.
pub fn content_hash(run: &Run, quantities: &BTreeMap<Key, Quantity>, occurred_at: Timestamp) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update(b"drawdown usage event 1\0");
    let mut text = |text: &str| {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    text(run.use_case.as_str());
    text(run.mode.as_str());
    text(run.platform.as_str());
    // A key is never empty, so empty stands for none.
    text(run.subject.as_ref().map_or("", Key::as_str));
    for (meter, quantity) in quantities {
        text(meter.as_str());
        text(&quantity.to_string());
    }
    hasher.update(occurred_at.micros().to_be_bytes());
    let mut cut = [0; 16];
    cut.copy_from_slice(&hasher.finalize()[..16]);
    cut
}

impl Account {
    /// Takes in events, each by itself, in order.
    pub(super) fn record(&mut self, now: Timestamp, events: &[NewEvent]) -> Result<Outcome, RequestError> {
        if !(1..=EVENTS_MAX).contains(&events.len()) {
            return Err(RequestError::OutOfRange(format!(
                "a request records 1 to {EVENTS_MAX} events"
            )));
        }
        self.order_grants();
        let catalogue = self.catalogue.clone();
        let results = events.iter().map(|event| {
            let mark = self.mark();
            self.record_one(now, event, &catalogue).unwrap_or_else(|error| {
                self.roll_back(mark);
                EventResult {
                    key: event.key.clone(),
                    status: EventStatus::Rejected,
                    credits: None,
                    owed: None,
                    error: Some(error),
                }
            })
        });
        Ok(Outcome::Recorded(results.collect()))
    }

    fn record_one(
        &mut self,
        now: Timestamp,
        event: &NewEvent,
        catalogue: &Catalogue,
    ) -> Result<EventResult, RequestError> {
        check_key(&event.key)?;
        let content_hash = content_hash(&event.run, &event.quantities, event.occurred_at);
        if let Some((known, credits)) = self.known_events.get(&event.key) {
            if *known != content_hash {
                return Err(RequestError::EventReused);
            }
            return Ok(EventResult {
                key: event.key.clone(),
                status: EventStatus::Duplicate,
                credits: Some(*credits),
                owed: None,
                error: None,
            });
        }
        if event.occurred_at > now.plus_seconds(FUTURE_SECONDS_MAX) {
            return Err(RequestError::InFuture);
        }
        let (version, list) = price(catalogue, event)?;
        let charge = self.charge(&event.run, list);
        let credits = charge.credits;
        let mut charges = Vec::new();
        let missing = self.burn_late(event, credits, now, &mut charges)?;
        let missing = self.draw(&event.run.use_case, missing, now, &mut charges)?;
        let (owed, forgiven) = self.overage(missing)?;
        for key in self.counter_keys(&event.run, event.occurred_at) {
            self.count(&key, credits, 0)?;
        }
        if charge.place.is_some()
            && let Some(key) = self.fair_use_key(&event.run, event.occurred_at)
        {
            self.count(&key, list.credits, 0)?;
        }
        self.roll_up(&event.run, event.occurred_at, |delta| {
            delta.credits = credits;
            delta.events = 1;
        })?;
        self.add_event(UsageEvent {
            id: event.id,
            key: event.key.clone(),
            content_hash,
            run: event.run.clone(),
            quantities: event.quantities.clone(),
            occurred_at: event.occurred_at,
            recorded_at: now,
            rate_card_version: version,
            exact: list.exact,
            credits,
            charges,
            owed,
            forgiven,
            hold: None,
        });
        self.settle_owed(now)?;
        Ok(EventResult {
            key: event.key.clone(),
            status: EventStatus::Recorded,
            credits: Some(credits),
            owed: Some(owed),
            error: None,
        })
    }

    /// Burns grants that were valid when the event happened, in burn order, also those that have expired within the last
    /// [`LATE_DAYS`]; adds to `charges` and gives what is still missing.
    fn burn_late(
        &mut self,
        event: &NewEvent,
        credits: Credits,
        now: Timestamp,
        charges: &mut Vec<Share>,
    ) -> Result<Credits, RequestError> {
        let late = now.plus_seconds(-LATE_DAYS * SECONDS_PER_DAY);
        let mut missing = credits;
        for place in 0..self.journal.burn_order.len() {
            if missing.is_zero() {
                break;
            }
            let (index, _) = self.journal.burn_order[place];
            let grant = &self.grants[index];
            if !grant.is_valid_at(event.occurred_at) || !grant.covers(&event.run.use_case) || self.rests(grant) {
                continue;
            }
            let (from, there) = match grant.state {
                GrantState::Active => (LedgerAccount::Available, grant.remaining),
                // What is loaded must not matter: older ones may be there for another request's sake.
                GrantState::Expired if grant.expires_at.is_some_and(|end| end > late) => {
                    (LedgerAccount::Expired, grant.expired)
                }
                GrantState::Expired | GrantState::Pending | GrantState::Void => continue,
            };
            let burned = there.min(missing);
            if burned.is_positive() {
                let share = Share {
                    grant: grant.id,
                    credits: burned,
                };
                self.transfer(index, from, LedgerAccount::Burned, burned)?;
                missing = missing.saturating_sub(burned);
                charge(charges, share);
            }
        }
        Ok(missing)
    }
}

/// An event is priced by the rate card in force when it happened.
fn price(catalogue: &Catalogue, event: &NewEvent) -> Result<(RateCardVersionId, Price), RequestError> {
    let card = catalogue.at(event.occurred_at);
    let card = card.ok_or(RequestError::Price(PriceError::NoRateCard))?;
    let price = card.rates.price(&event.run, &event.quantities);
    Ok((card.id, price.map_err(RequestError::Price)?))
}

/// An identifier is short, and never looks like a hold's: those name the events of captures.
fn check_key(key: &str) -> Result<(), RequestError> {
    if key.is_empty() || key.len() > EVENT_KEY_BYTES_MAX {
        return Err(RequestError::OutOfRange(format!(
            "an event's id has 1 to {EVENT_KEY_BYTES_MAX} bytes"
        )));
    }
    if key.parse::<HoldId>().is_ok() {
        return Err(RequestError::OutOfRange(
            "an event's id must not have the form of a hold's: capture the hold instead".to_owned(),
        ));
    }
    Ok(())
}
