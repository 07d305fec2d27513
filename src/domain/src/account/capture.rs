//! Capture: a run ends with what it really used. Less than held returns at once; more draws what the limits and the
//! credits still allow, and the rest is overage under the plan's policy.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::fair_use::is_fair_use;
use super::{Account, record};
use crate::catalogue::{Price, PriceError};
use crate::credits::Credits;
use crate::hold::{Hold, HoldState, Share};
use crate::id::RateCardVersionId;
use crate::key::Key;
use crate::outcome::{Captured, Outcome, RequestError};
use crate::quantity::Quantity;
use crate::request::Capture;
use crate::timestamp::Timestamp;
use crate::usage::UsageEvent;

/// How a capture beyond its hold was paid.
#[derive(Clone, Copy, Debug, Default)]
struct Beyond {
    drawn: Credits,
    owed: Credits,
    forgiven: Credits,
}

impl Account {
    /// Ends a hold with what was used.
    pub(super) fn capture(&mut self, now: Timestamp, request: &Capture) -> Result<Outcome, RequestError> {
        let mut hold = self.open_hold(request.hold)?;
        let (version, list) = self.price_of(&hold, &request.quantities)?;
        // What was authorised as included is included, whatever the plan says by now.
        let included = hold.counters.iter().any(is_fair_use);
        let credits = if included {
            Credits::ZERO
        } else {
            self.charge(&hold.run, list).credits
        };
        let mut charges = Vec::new();
        self.divide(&hold, credits.min(hold.credits), now, &mut charges)?;
        let beyond = self.draw_beyond(&hold, credits, now, &mut charges)?;
        self.uncount(&hold, credits)?;
        self.uncount_fair_use(&hold, list.credits)?;
        self.roll_up(&hold.run, hold.authorized_at, |delta| {
            hold.count(delta);
            delta.credits = credits;
            delta.events = 1;
        })?;
        hold.state = HoldState::Captured;
        hold.ended_at = Some(now);
        hold.captured = Some(credits);
        hold.end_reason.clone_from(&request.reason);
        self.set_hold(hold.clone());
        self.add_event(UsageEvent {
            id: request.event,
            key: hold.id.to_string(),
            content_hash: record::content_hash(&hold.run, &request.quantities, hold.authorized_at),
            run: hold.run.clone(),
            quantities: request.quantities.clone(),
            occurred_at: hold.authorized_at,
            recorded_at: now,
            rate_card_version: version,
            exact: list.exact,
            credits,
            charges,
            owed: beyond.owed,
            forgiven: beyond.forgiven,
            hold: Some(hold.id),
        });
        self.settle_owed(now)?;
        let returned = hold.credits.saturating_sub(credits);
        Ok(Outcome::Captured(Box::new(Captured {
            event: request.event,
            credits,
            returned,
            drawn: beyond.drawn,
            owed: beyond.owed,
            forgiven: beyond.forgiven,
            hold,
        })))
    }

    /// The price of what was used, by the rate card that the run was authorised by. Nothing used costs nothing.
    fn price_of(
        &self,
        hold: &Hold,
        quantities: &BTreeMap<Key, Quantity>,
    ) -> Result<(RateCardVersionId, Price), RequestError> {
        let kept = hold.rate_card_version.and_then(|id| self.catalogue.version(id));
        let card = kept.or_else(|| self.catalogue.at(hold.authorized_at));
        let card = card.ok_or(RequestError::Price(PriceError::NoRateCard))?;
        let price = if quantities.is_empty() {
            Price {
                exact: Decimal::ZERO,
                credits: Credits::ZERO,
            }
        } else {
            card.rates.price(&hold.run, quantities).map_err(RequestError::Price)?
        };
        Ok((card.id, price))
    }

    /// Pays what was used beyond the hold.
    fn draw_beyond(
        &mut self,
        hold: &Hold,
        price: Credits,
        now: Timestamp,
        charges: &mut Vec<Share>,
    ) -> Result<Beyond, RequestError> {
        let more = price.saturating_sub(hold.credits);
        if more.is_zero() {
            return Ok(Beyond::default());
        }
        let room = self.room_beside(hold).unwrap_or(i128::MAX);
        let allowed = i64::try_from(room.max(0)).map_or(more, |room| more.min(Credits::from_micros(room)));
        self.order_grants();
        let missing = self.draw(&hold.run.use_case, allowed, now, charges)?;
        let drawn = allowed.saturating_sub(missing);
        let (owed, forgiven) = self.overage(more.saturating_sub(drawn))?;
        Ok(Beyond { drawn, owed, forgiven })
    }
}
