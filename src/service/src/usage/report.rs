//! The usage report: credits by bucket and group, without gaps, from the roll-ups.

use std::collections::{BTreeMap, HashMap};

use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::UsageRow;

use super::{Bucket, GroupBy, UsageQuery, UsageReport, UsageSeries, UsageTotals};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::service::{Service, zone_of};
use crate::words;

/// Days back where no start is given, today included.
const DAYS_DEFAULT: i32 = 30;
/// The longest report by the day, in days.
pub(super) const DAYS_MAX: usize = 400;
/// The longest report by the hour, in days.
const HOURLY_DAYS_MAX: usize = 31;
/// Subjects that are shown on their own.
const SUBJECTS_MAX: usize = 12;

impl Service {
    /// Usage by bucket and group. At most 400 days, or 31 days by the hour.
    pub async fn usage(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        query: UsageQuery,
    ) -> Result<UsageReport, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        if query.bucket == Bucket::Hour && query.group_by == GroupBy::Subject {
            return Err(ServiceError::field(
                "bucket",
                "not_kept",
                "usage by subject is kept by day, not by hour",
            ));
        }
        let found = self.load(organization).await?;
        let moments = self.moments(&found.state);
        let zone = zone_of(&found.state);
        let today = zone.local_day_start(moments.now());
        let from = query
            .from
            .unwrap_or_else(|| moments.day_start_after(today, 1 - DAYS_DEFAULT));
        let to = query.to.unwrap_or_else(|| moments.now().plus_micros(1));
        let buckets = spans(&zone, query.bucket, from, to)?;
        let (Some(&(from, _)), Some(&(_, to))) = (buckets.first(), buckets.last()) else {
            return Err(ServiceError::field("to", "before_from", "it must lie after from"));
        };
        let asked = drawdown_store::UsageQuery {
            from,
            until: to,
            group_by: query.group_by.into(),
            bucket: query.bucket.into(),
        };
        let (rows, catalogue) = tokio::join!(self.store().usage(organization, asked), self.store().catalogue());
        let catalogue = catalogue?;
        let rates = catalogue.at(moments.now()).map(|card| &card.rates);
        let starts: Vec<Timestamp> = buckets.into_iter().map(|(start, _)| start).collect();
        let (series, totals) = group(&rows?, &starts, query.group_by, rates);
        Ok(UsageReport {
            from: moments.at(from),
            to: moments.at(to),
            group_by: query.group_by,
            bucket: query.bucket,
            buckets: starts.into_iter().map(|start| moments.at(start)).collect(),
            series,
            totals,
        })
    }
}

/// The buckets that touch the span, each with its end.
fn spans(
    zone: &Zone,
    bucket: Bucket,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>, ServiceError> {
    let most = match bucket {
        Bucket::Hour => HOURLY_DAYS_MAX * 25,
        Bucket::Day => DAYS_MAX,
    };
    let mut spans = Vec::new();
    let mut at = from;
    while at < to {
        let (start, end) = match bucket {
            Bucket::Hour => {
                let hour = zone.local_hour(at).hour;
                (hour.start, hour.end.unwrap_or(Timestamp::MAX))
            }
            Bucket::Day => (zone.local_day_start(at), zone.next_day_start(at)),
        };
        if spans.len() == most {
            let message = "ask for at most 400 days, or 31 days by the hour";
            return Err(ServiceError::field("from", "too_long", message));
        }
        spans.push((start, end));
        at = end;
    }
    Ok(spans)
}

/// Rows as series without gaps, the largest first, and the sums of all.
fn group(
    rows: &[UsageRow],
    starts: &[Timestamp],
    group_by: GroupBy,
    rates: Option<&Rates>,
) -> (Vec<UsageSeries>, UsageTotals) {
    let places: HashMap<Timestamp, usize> = starts
        .iter()
        .enumerate()
        .map(|(place, start)| (*start, place))
        .collect();
    let mut totals = UsageTotals::default();
    let mut groups: BTreeMap<&str, UsageSeries> = BTreeMap::new();
    for row in rows {
        totals.add(&row.sums.into());
        let series = groups
            .entry(&row.group)
            .or_insert_with(|| empty_series(&row.group, group_by, rates, starts.len()));
        add_row(series, &places, row);
    }
    let mut series: Vec<UsageSeries> = groups.into_values().collect();
    series.sort_by(|a, b| b.totals.credits.cmp(&a.totals.credits).then_with(|| a.key.cmp(&b.key)));
    if group_by == GroupBy::Subject && series.len() > SUBJECTS_MAX {
        let others = series.split_off(SUBJECTS_MAX);
        series.push(together(&others, starts.len()));
    }
    (series, totals)
}

fn empty_series(key: &str, group_by: GroupBy, rates: Option<&Rates>, buckets: usize) -> UsageSeries {
    let name = match (group_by, rates) {
        (GroupBy::UseCase, Some(rates)) => words::use_case_name(rates, key),
        (GroupBy::Subject, _) if key.is_empty() => "No subject".to_owned(),
        _ => key.to_owned(),
    };
    UsageSeries {
        key: key.to_owned(),
        name,
        credits: vec![Credits::ZERO; buckets],
        totals: UsageTotals::default(),
    }
}

fn add_row(series: &mut UsageSeries, places: &HashMap<Timestamp, usize>, row: &UsageRow) {
    series.totals.add(&row.sums.into());
    if let Some(credits) = places.get(&row.start).and_then(|place| series.credits.get_mut(*place)) {
        *credits = credits.checked_add(row.sums.credits).unwrap_or(Credits::MAX);
    }
}

/// Many series as one, `other`.
fn together(others: &[UsageSeries], buckets: usize) -> UsageSeries {
    let mut sum = UsageSeries {
        key: "other".to_owned(),
        name: format!("{} others", others.len()),
        credits: vec![Credits::ZERO; buckets],
        totals: UsageTotals::default(),
    };
    for series in others {
        for (total, part) in sum.credits.iter_mut().zip(&series.credits) {
            *total = total.checked_add(*part).unwrap_or(Credits::MAX);
        }
        sum.totals.add(&series.totals);
    }
    sum
}

#[cfg(test)]
mod tests {
    use drawdown_domain::account::RollupDelta;

    use super::*;

    fn row(start: Timestamp, group: &str, credits: i64) -> UsageRow {
        UsageRow {
            start,
            group: group.to_owned(),
            sums: RollupDelta {
                credits: Credits::from_micros(credits),
                events: 1,
                ..RollupDelta::default()
            },
        }
    }

    #[test]
    fn series_have_no_gaps_and_sum_to_the_totals() {
        let zone = Zone::parse("Asia/Tokyo").unwrap();
        let from = Timestamp::from_seconds(1_800_000_000);
        let starts: Vec<Timestamp> = spans(&zone, Bucket::Day, from, from.plus_seconds(3 * 86_400))
            .unwrap()
            .into_iter()
            .map(|(start, _)| start)
            .collect();
        assert_eq!(starts.len(), 4);
        let rows = [row(starts[0], "a", 5), row(starts[2], "a", 7), row(starts[2], "b", 20)];
        let (series, totals) = group(&rows, &starts, GroupBy::Mode, None);
        let credits = |place: usize| {
            series[place]
                .credits
                .iter()
                .map(|part| part.micros())
                .collect::<Vec<_>>()
        };
        assert_eq!((series[0].key.as_str(), credits(0)), ("b", vec![0, 0, 20, 0]));
        assert_eq!((series[1].key.as_str(), credits(1)), ("a", vec![5, 0, 7, 0]));
        assert_eq!((totals.credits.micros(), totals.events), (32, 3));
    }

    #[test]
    fn small_subjects_are_put_together() {
        let start = Timestamp::EPOCH;
        let rows: Vec<UsageRow> = (0..15).map(|n| row(start, &format!("s{n:02}"), 100 - n)).collect();
        let (series, _) = group(&rows, &[start], GroupBy::Subject, None);
        assert_eq!(series.len(), SUBJECTS_MAX + 1);
        assert_eq!(series[12].totals.credits.micros(), 88 + 87 + 86);
        assert_eq!(series[12].key, "other");
    }

    #[test]
    fn a_report_has_an_end() {
        let long = spans(&Zone::utc(), Bucket::Hour, Timestamp::EPOCH, Timestamp::MAX);
        assert!(long.is_err());
    }
}
