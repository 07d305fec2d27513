//! Usage per day or hour, stacked by use case, mode, platform or subject.

use charming::Chart;
use charming::datatype::CompositeValue;
use charming::element::{AxisPointerType, ItemStyle};
use charming::series::Bar;
use drawdown_domain::{Credits, format};
use drawdown_service::Moment;
use drawdown_service::usage::{Bucket, UsageReport};
use serde_json::json;

use super::{Drawing, Legend, axes, number, with_ours};

/// Colours of series: more than these are drawn together.
pub const SERIES_MAX: usize = 8;

/// The chart of a usage report. Of more than eight groups the smallest are drawn as one.
pub fn drawing(id: &'static str, report: &UsageReport) -> Drawing {
    let labels: Vec<String> = report
        .buckets
        .iter()
        .map(|at| bucket_label(at, report.bucket))
        .collect();
    let groups = groups(report);
    let mut chart = Chart::new()
        .grid(axes::grid())
        .tooltip(axes::tooltip(AxisPointerType::Shadow))
        .x_axis(axes::time_axis(labels, true))
        .y_axis(axes::credits_axis());
    for (at, (name, credits)) in groups.iter().enumerate() {
        let values: Vec<CompositeValue> = credits.iter().map(|credits| number(*credits).into()).collect();
        let colour = format!("var(--series-{})", at + 1);
        let bar = Bar::new()
            .name(name.as_str())
            .stack("usage")
            .bar_width("70%")
            .item_style(ItemStyle::new().color(colour.as_str()))
            .data(values);
        chart = chart.series(bar);
    }
    let legend = groups
        .iter()
        .enumerate()
        .map(|(at, (name, _))| Legend::new(name.clone(), format!("series-{}", at + 1)))
        .collect();
    Drawing {
        id,
        finding: finding(report),
        option: with_ours(&chart, json!({ "unit": "credits", "sum": true })),
        legend,
    }
}

/// How a bucket is called: a day by its date, an hour by its time, midnight by its date.
pub fn bucket_label(at: &Moment, bucket: Bucket) -> String {
    match bucket {
        Bucket::Hour if at.time != "00:00" => at.time.clone(),
        Bucket::Hour | Bucket::Day => at.day.clone(),
    }
}

/// Names and credits by bucket, at most as many as there are colours.
fn groups(report: &UsageReport) -> Vec<(String, Vec<Credits>)> {
    let named = |series: &drawdown_service::usage::UsageSeries| (series.name.clone(), series.credits.clone());
    if report.series.len() <= SERIES_MAX {
        return report.series.iter().map(named).collect();
    }
    let (shown, rest) = report.series.split_at(SERIES_MAX - 1);
    let sum_at = |at: usize| {
        let all = rest.iter().filter_map(|series| series.credits.get(at).copied());
        Credits::checked_sum(all).unwrap_or(Credits::MAX)
    };
    let together = (0..report.buckets.len()).map(sum_at).collect();
    let mut groups: Vec<_> = shown.iter().map(named).collect();
    groups.push((format!("{} others", rest.len()), together));
    groups
}

/// What the chart shows, in a sentence.
fn finding(report: &UsageReport) -> String {
    let last = report.buckets.last().unwrap_or(&report.to);
    let span = if report.from.day == last.day {
        format!("on {}", last.day)
    } else {
        format!("from {} to {}", report.from.day, last.day)
    };
    let total = report.totals.credits;
    let Some(largest) = report.series.first().filter(|_| total.is_positive()) else {
        return format!("No usage {span}.");
    };
    let share = crate::components::gauge::share_words(largest.totals.credits, total);
    format!(
        "{} credits {span}; {} used most, {share}.",
        format::credits(total),
        largest.name
    )
}
