//! Which days a usage page shows: presets, the plan's period, or dates as they were typed, in the organization's zone.

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::Window;
use drawdown_domain::window::Zone;

use super::report::DAYS_MAX;
use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::moment::Moment;
use crate::service::{Service, zone_of};

/// As much of a typed date as a message repeats.
const TYPED_CHARS_MAX: usize = 24;

/// The days that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageSpan {
    /// The last so many days, today included: 1 is today.
    LastDays(u16),
    /// The plan's period that holds the present.
    Period,
    /// Local days as they were typed (`2026-11-22`), the last one included.
    Dates {
        /// The first day.
        from: String,
        /// The last day.
        to: String,
    },
}

/// The days as instants of the organization's zone, ready for [`super::UsageQuery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSpanView {
    /// The first day's start.
    pub from: Timestamp,
    /// The start of the day after the last (exclusive); never in the future by more than today.
    pub to: Timestamp,
    /// The first day.
    pub first: Moment,
    /// The last day (its start).
    pub last: Moment,
    /// How many days.
    pub days: i64,
}

impl Service {
    /// The instants of a span. Dates that are none, or the wrong way round, or more than 400 days are told by field
    /// (`from`, `to`).
    pub async fn usage_span(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        span: &UsageSpan,
    ) -> Result<UsageSpanView, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let found = self.load(organization).await?;
        let (zone, moments) = (zone_of(&found.state), self.moments(&found.state));
        let now = moments.now();
        let tomorrow = zone.next_day_start(now);
        let (from, to) = match span {
            UsageSpan::LastDays(days) => {
                let back = i32::from((*days).max(1)) - 1;
                (moments.day_start_after(now, -back), tomorrow)
            }
            UsageSpan::Period => {
                let period = zone.window(Window::BillingPeriod, now, found.state.period_anchor);
                (period.start, period.end.unwrap_or(tomorrow).min(tomorrow))
            }
            UsageSpan::Dates { from, to } => dates(&zone, from, to, tomorrow)?,
        };
        let days = zone.day_starts(from, to);
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Err(ServiceError::field(
                "to",
                "before_from",
                "the last day lies before the first",
            ));
        };
        if days.len() > DAYS_MAX {
            return Err(ServiceError::field("from", "too_long", "ask for at most 400 days"));
        }
        Ok(UsageSpanView {
            from,
            to,
            first: moments.at(*first),
            last: moments.at(*last),
            days: i64::try_from(days.len()).unwrap_or(i64::MAX),
        })
    }
}

/// The span of two typed dates; what lies after today is cut.
fn dates(zone: &Zone, from: &str, to: &str, tomorrow: Timestamp) -> Result<(Timestamp, Timestamp), ServiceError> {
    let mut errors = FieldErrors::default();
    let mut start = |field: &str, text: &str| {
        let at = date_start(zone, text);
        if at.is_none() {
            let typed: String = text.chars().take(TYPED_CHARS_MAX).collect();
            let message = format!("“{typed}” is no date; one such as 2026-11-22 is expected");
            errors.add(field, "not_a_date", message);
        }
        at
    };
    let (first, last) = (start("from", from), start("to", to));
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        errors.add("to", "before_from", "the last day lies before the first");
    }
    if first.is_some_and(|first| first >= tomorrow) {
        errors.add("from", "in_future", "that day has not come yet");
    }
    errors.finish()?;
    let (first, last) = (first.unwrap_or(tomorrow), last.unwrap_or(tomorrow));
    Ok((first, zone.next_day_start(last).min(tomorrow)))
}

/// The start of the local day of a date as it was typed: `2026-11-22`.
pub(crate) fn date_start(zone: &Zone, text: &str) -> Option<Timestamp> {
    let mut parts = text.trim().splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    zone.date_start(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_dates_are_whole_local_days() {
        let zone = Zone::parse("Asia/Tokyo").unwrap();
        let tomorrow = zone.date_start(2026, 11, 23).unwrap();
        let (from, to) = dates(&zone, "2026-11-20", "2026-12-31", tomorrow).unwrap();
        assert_eq!((from, to), (zone.date_start(2026, 11, 20).unwrap(), tomorrow));
        for (from, to) in [
            ("2026-02-30", "2026-11-20"),
            ("2026-11-21", "2026-11-20"),
            ("soon", "2026-11-20"),
            ("2026-11-23", "2026-11-24"),
        ] {
            assert!(dates(&zone, from, to, tomorrow).is_err(), "{from} {to}");
        }
    }
}
