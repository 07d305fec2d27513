//! The usage page in its states: an ordinary month, one day by the hour, quiet days, before the first run.

use std::collections::BTreeMap;

use drawdown_domain::Credits;
use drawdown_domain::id::UsageEventId;
use drawdown_domain::organization::Role;
use drawdown_service::FieldError;
use drawdown_service::customers::Page;
use drawdown_service::usage::span::UsageSpanView;
use drawdown_service::usage::{Bucket, EventView, GroupBy, UsageReport, UsageSeries, UsageTotals};
use leptos::prelude::*;
use uuid::Uuid;

use super::data::{credits, in_days, in_minutes, member, organization};
use super::shown;
use crate::pages::overview::first_steps::FirstRun;
use crate::pages::usage::filters::{Filters, Range};
use crate::pages::usage::{Shown, UsagePage};
use crate::shell::Frame;

/// A usage event.
pub(crate) fn event(number: u32) -> EventView {
    let long = number % 4 == 3;
    EventView {
        id: UsageEventId::from_uuid(Uuid::from_u128(number.into())),
        key: format!("run-{number}"),
        use_case: "code".parse().unwrap(),
        use_case_name: if long {
            "Kundenkorrespondenz mit Anlagenprüfung"
        } else {
            "Coding assistant"
        }
        .to_owned(),
        mode: "fast".parse().unwrap(),
        platform: "api".parse().unwrap(),
        subject: long.then(|| "agent:correspondence@eu-central-1.production.acme".parse().unwrap()),
        quantities: BTreeMap::new(),
        quantity_words: "12,400 context tokens, 310 generated tokens".to_owned(),
        credits: credits("27.28"),
        owed: if number == 5 { credits("3.25") } else { Credits::ZERO },
        occurred: in_minutes(-i64::from(number) * if number == 4 { 700 } else { 7 }),
        recorded: in_minutes(-i64::from(number) * 7),
        hold: None,
    }
}

fn totals(credits: Credits, scale: i64) -> UsageTotals {
    UsageTotals {
        credits,
        events: 12 * scale,
        authorized: 13 * scale,
        degraded: scale,
        throttled: scale / 2,
        capped: scale / 9,
        refused: 0,
    }
}

fn report(names: &[&str], bucket: Bucket, buckets: Vec<drawdown_service::Moment>) -> UsageReport {
    let series: Vec<UsageSeries> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let size = 90_000_000 / i64::try_from(at + 1).unwrap();
            let used = |day: usize| {
                let day = i64::try_from(day).unwrap();
                Credits::from_micros(
                    (size + (day * 37_000_000 + size * 3) % (size + 1)) / if day % 7 > 4 { 3 } else { 1 },
                )
            };
            let of_buckets: Vec<Credits> = (0..buckets.len()).map(used).collect();
            let sum = Credits::checked_sum(of_buckets.iter().copied()).unwrap();
            UsageSeries {
                key: format!("case-{at}"),
                name: (*name).to_owned(),
                credits: of_buckets,
                totals: totals(sum, 100 / i64::try_from(at + 1).unwrap()),
            }
        })
        .collect();
    let sum = Credits::checked_sum(series.iter().map(|one| one.totals.credits)).unwrap_or_default();
    UsageReport {
        from: buckets.first().cloned().unwrap_or_else(|| in_days(-29)),
        to: in_days(1),
        group_by: GroupBy::UseCase,
        bucket,
        totals: if series.is_empty() {
            UsageTotals::default()
        } else {
            totals(sum, 208)
        },
        buckets,
        series,
    }
}

fn span(days: i64) -> UsageSpanView {
    UsageSpanView {
        from: in_days(1 - days).at,
        to: in_days(1).at,
        first: in_days(1 - days),
        last: in_days(0),
        days,
    }
}

fn month(names: &[&str]) -> Shown {
    Shown {
        filters: Filters::default(),
        span: span(30),
        refused: Vec::new(),
        report: report(names, Bucket::Day, (-29..=0).map(in_days).collect()),
        events: Page {
            items: (1..=8).map(event).collect(),
            next: Some("12:event_1".to_owned()),
        },
        older: false,
        first_run: None,
    }
}

async fn page(name: &str, organization_name: &str, what: Shown) -> String {
    let frame = Frame {
        organization: organization(organization_name, "6412.34", "12500"),
    };
    let member = member(&frame.organization, Role::Owner);
    shown(name, "/usage", member, frame, || view! { <UsagePage shown=what/> }).await
}

#[tokio::test]
async fn a_month_shows_its_chart_its_sums_and_its_events() {
    let html = page(
        "usage",
        "Acme Robotics",
        month(&["Coding assistant", "Image render", "Meeting notes", "Web search"]),
    )
    .await;
    for told in [
        "30 days in Asia/Tokyo",
        "href=\"/usage.csv\"",
        "Totals by use case",
        "Older events",
        "3.25 owed",
        "reported late",
    ] {
        assert!(html.contains(told), "{told}");
    }
    assert!(html.contains("href=\"/usage?range=7\"") && html.contains("href=\"/usage?group=subject\""));
}

#[tokio::test]
async fn a_day_is_shown_by_the_hour_and_refused_dates_are_told() {
    let hours = (0..15).map(|hour| in_minutes((hour - 14) * 60 - 2)).collect();
    let long = "Automatische Bearbeitung eingehender Kundenkorrespondenz einschließlich Anlagen";
    let names = [long, "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let mut what = month(&names);
    what.report = report(&names, Bucket::Hour, hours);
    what.span = span(1);
    what.filters.range = Range::Dates {
        from: "2026-11-23".to_owned(),
        to: "2026-11-22".to_owned(),
    };
    what.refused = vec![FieldError {
        field: "from".to_owned(),
        code: "reversed",
        message: "the first day is after the last".to_owned(),
    }];
    what.older = true;
    let html = page(
        "usage-hours-long",
        "Gesellschaft für außerordentlich lange Firmennamen mbH & Co. KG",
        what,
    )
    .await;
    assert!(
        html.contains("Credits per hour by use case") && html.contains("Newest events"),
        "{html}"
    );
    assert!(html.contains("From: the first day is after the last. The last 30 days are shown instead."));
    assert!(html.contains("value=\"2026-11-23\""));
}

#[tokio::test]
async fn quiet_days_and_a_new_organization_are_taught_the_next_step() {
    let quiet = month(&[]);
    let html = page("usage-quiet", "Acme Robotics", quiet).await;
    assert!(
        html.contains("No usage from 24 Oct to 22 Nov") && html.contains("Show 90 days"),
        "{html}"
    );
    let mut new = month(&[]);
    new.first_run = Some(FirstRun {
        public_url: "https://credits.example".to_owned(),
        customer: "acme".parse().unwrap(),
        run: serde_json::Map::new(),
    });
    new.events = Page {
        items: Vec::new(),
        next: None,
    };
    let html = page("usage-empty", "Neu", new).await;
    assert!(
        html.contains("https://credits.example/v1/usage") && html.contains("dd_sk_"),
        "{html}"
    );
    assert!(!html.contains("/usage.csv"));
}
