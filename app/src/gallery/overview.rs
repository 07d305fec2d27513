//! The overview in its states: an ordinary day, a hard stop, a new organization, long names and huge numbers.

use std::collections::BTreeMap;

use drawdown_domain::id::UsageEventId;
use drawdown_domain::limit::{CapAction, CapLimit, LimitOwner, LimitScope, Window};
use drawdown_domain::organization::Role;
use drawdown_domain::{Credits, Currency, Money};
use drawdown_service::limits::{CapUse, CapView};
use drawdown_service::overview::{
    BurnDay, BurnDown, DepletionView, Mark, MarkKind, Overview, StopKind, StopsNext, ThrottledToday,
};
use drawdown_service::usage::{Bucket, EventView, GroupBy, UsageReport, UsageSeries, UsageTotals};
use leptos::prelude::*;

use super::data::{credits, in_days, in_minutes, member, organization};
use super::shown;
use crate::pages::overview::OverviewPage;
use crate::pages::overview::first_steps::FirstRun;
use crate::pages::overview::usage::Group;
use crate::shell::Frame;

fn whole(amount: i64) -> Credits {
    Credits::from_whole(amount).unwrap()
}

/// Fifty days, the last fourteen of them forecast; a top-up on day 20.
pub(crate) fn example_burn_down() -> BurnDown {
    let mut left = 9_800;
    let days = (-35..=14_i64)
        .map(|day| {
            let burned =
                150 + (day * day * 37 + day * 91).rem_euclid(120) - if day.rem_euclid(7) > 4 { 110 } else { 0 };
            left += if day == -15 { 2_500 } else { 0 };
            let actual = (day <= 0).then(|| {
                left -= burned;
                left
            });
            let ahead = (day >= 0).then_some(left - 180 * day);
            BurnDay {
                day: in_days(day),
                actual: actual.map(whole),
                pace: Some(whole(10_000 - 165 * (day + 35))),
                forecast: ahead.map(whole),
                forecast_low: ahead.map(|left| whole((left - 55 * day).max(0))),
                forecast_high: ahead.map(|left| whole(left + 40 * day)),
            }
        })
        .collect();
    let mark = |kind, day, label: &str| Mark {
        kind,
        at: in_days(day),
        label: label.to_owned(),
        credits: None,
    };
    BurnDown {
        days,
        marks: vec![
            mark(MarkKind::Allotment, -34, "Allotment of 10,000"),
            mark(MarkKind::TopUp, -15, "Top-up of 2,500"),
            mark(MarkKind::CapHit, -13, "Cap hit: Renders"),
            mark(MarkKind::CapHit, -3, "Cap hit: Renders"),
            mark(MarkKind::Allotment, 10, "Allotment of 10,000"),
        ],
        finding:
            "6,412 credits are left. Burned at the usual 180 a day they last until 15 Dec, a little longer than the \
                  even pace."
                .to_owned(),
    }
}

/// Thirty days of usage in as many groups as names.
pub(crate) fn example_usage(names: &[&str]) -> UsageReport {
    let buckets: Vec<_> = (-29..=0).map(in_days).collect();
    let series: Vec<UsageSeries> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let size = 90 / i64::try_from(at + 1).unwrap();
            let used = |day: usize| {
                let day = i64::try_from(day).unwrap();
                let weekend = if day % 7 > 4 { 3 } else { 1 };
                whole((size + (day * 37 + size * 3) % (size + 1)) / weekend)
            };
            let credits: Vec<Credits> = (0..buckets.len()).map(used).collect();
            let sum = Credits::checked_sum(credits.iter().copied()).unwrap();
            UsageSeries {
                key: format!("case-{at}"),
                name: (*name).to_owned(),
                credits,
                totals: UsageTotals {
                    credits: sum,
                    events: 100,
                    ..UsageTotals::default()
                },
            }
        })
        .collect();
    let total = Credits::checked_sum(series.iter().map(|one| one.totals.credits)).unwrap();
    UsageReport {
        from: in_days(-29),
        to: in_days(1),
        group_by: GroupBy::UseCase,
        bucket: Bucket::Day,
        buckets,
        series,
        totals: UsageTotals {
            credits: total,
            events: 300,
            ..UsageTotals::default()
        },
    }
}

fn cap(scope: &str, window: (Window, &str), limit: i64, used: &str, held: &str, owner: LimitOwner) -> CapView {
    let (used, held, limit) = (credits(used), credits(held), whole(limit));
    CapView {
        name: "cap".parse().unwrap(),
        owner,
        scope: LimitScope::default(),
        scope_words: scope.to_owned(),
        window: window.0,
        window_words: window.1.to_owned(),
        limit: CapLimit::Credits(limit),
        limit_credits: limit,
        action: CapAction::Block,
        thresholds: vec![80, 100],
        resets: Some(in_days(if window.0 == Window::Day { 1 } else { 9 })),
        used: vec![CapUse {
            each: None,
            used,
            held,
            percent: 0,
            hit: (used >= limit).then(|| in_minutes(-30)),
        }],
        editable: owner == LimitOwner::Customer,
    }
}

fn event(number: u32, name: &str, mode: &str, platform: &str, cost: &str) -> EventView {
    EventView {
        id: UsageEventId::from_uuid(uuid::Uuid::from_u128(number.into())),
        key: format!("run-{number}"),
        use_case: "render".parse().unwrap(),
        use_case_name: name.to_owned(),
        mode: mode.parse().unwrap(),
        platform: platform.parse().unwrap(),
        subject: None,
        quantities: BTreeMap::new(),
        quantity_words: "1 image".to_owned(),
        credits: credits(cost),
        owed: Credits::ZERO,
        occurred: in_minutes(-i64::from(number)),
        recorded: in_minutes(-i64::from(number)),
        hold: None,
    }
}

/// An ordinary day.
pub(crate) fn example() -> Overview {
    let day = (Window::Day, "a day");
    Overview {
        organization: organization("Acme Robotics", "6412.34", "12500"),
        now: in_minutes(0),
        left: credits("6412.345678"),
        worth: Some(Money::new(6_412, Currency::USD)),
        held: credits("12.5"),
        owed: Credits::ZERO,
        granted: credits("12500"),
        low_balance: None,
        burn_today: credits("212.0625"),
        usual_day: Some(credits("180")),
        depletion: Some(DepletionView {
            at: in_days(23),
            earliest: in_days(19),
            latest: Some(in_days(30)),
            days: 23,
        }),
        sentence: "6,412 credits left, about 23 days at your usual pace.".to_owned(),
        stops_next: StopsNext {
            kind: StopKind::Cap,
            sentence: "Image render reaches its daily cap of 500 at about 16:40.".to_owned(),
            at: Some(in_minutes(158)),
            now: false,
            limit: Some("renders".parse().unwrap()),
            button: Some("Raise"),
            link: Some("/limits#cap-renders".to_owned()),
        },
        burn_down: example_burn_down(),
        by_day: example_usage(&["Coding assistant", "Image render", "Meeting notes", "Web search"]),
        caps: vec![
            cap("Image render", day, 500, "412", "6.5", LimitOwner::Customer),
            cap(
                "Everything",
                (Window::Month, "a month"),
                10_000,
                "3120",
                "12.5",
                LimitOwner::Vendor,
            ),
            cap("Coding assistant, fast", day, 200, "31", "0", LimitOwner::Customer),
        ],
        throttled_today: vec![ThrottledToday {
            use_case: "search".parse().unwrap(),
            name: "Web search".to_owned(),
            asked: 1_204,
            degraded: 12,
            throttled: 0,
            capped: 3,
        }],
        newest: vec![
            event(0, "Image render", "fast", "ios", "1.3"),
            event(1, "Coding assistant", "relaxed", "api", "0.0042"),
            event(2, "Web search", "fast", "web", "0.25"),
            event(3, "Coding assistant", "fast", "api", "12.7504"),
            event(5, "Meeting notes", "relaxed", "web", "3"),
            event(9, "Coding assistant", "fast", "api", "2.1"),
            event(12, "Image render", "fast", "web", "1"),
            event(900, "Web search", "fast", "web", "0.25"),
        ],
        is_new: false,
        may_top_up: true,
    }
}

async fn page(name: &str, overview: Overview, role: Role) -> String {
    let frame = Frame {
        organization: overview.organization.clone(),
    };
    let member = member(&overview.organization, role);
    let report = overview.by_day.clone();
    let first_run = overview.is_new.then(|| FirstRun {
        public_url: "https://credits.example".to_owned(),
        customer: overview.organization.key.clone(),
        run: serde_json::from_str(
            r#"{"use_case":"render","mode":"fast","platform":"web","quantities":{"images":"1"}}"#,
        )
        .unwrap(),
    });
    shown(name, "/overview", member, frame, || {
        view! { <OverviewPage overview=overview report=report group=Group::UseCase first_run=first_run/> }
    })
    .await
}

#[tokio::test]
async fn an_ordinary_day_shows_every_part() {
    let html = page("overview", example(), Role::Owner).await;
    for part in [
        "6,412.35",
        "$64.12",
        "a usual day burns 180",
        "15 Dec",
        "19 Dec",
        "reaches its daily cap",
        "/limits#cap-renders",
    ] {
        let part = if part == "19 Dec" { "11 Dec to 22 Dec" } else { part };
        assert!(html.contains(part), "{part} is missing");
    }
    assert_eq!(html.matches("button primary").count(), 1);
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(!html.contains(" style="), "the policy forbids style attributes");
}

#[tokio::test]
async fn a_viewer_is_told_why_there_is_no_top_up() {
    let html = page(
        "overview-viewer",
        Overview {
            may_top_up: false,
            ..example()
        },
        Role::Viewer,
    )
    .await;
    assert!(
        !html.contains("href=\"/credits/top-up\"") && html.contains("needs the role owner or billing"),
        "{html}"
    );
}

#[tokio::test]
async fn a_stop_is_said_first() {
    let mut overview = example();
    overview.left = Credits::ZERO;
    overview.owed = credits("41.5");
    overview.held = Credits::ZERO;
    overview.worth = Some(Money::new(0, Currency::USD));
    overview.depletion = None;
    overview.organization.left = Credits::ZERO;
    overview.sentence = "No credits left; 41.5 credits are owed.".to_owned();
    overview.stops_next = StopsNext {
        kind: StopKind::Credits,
        sentence: "No credits are left: every run is refused until you top up.".to_owned(),
        at: None,
        now: true,
        limit: None,
        button: Some("Top up"),
        link: Some("/credits/top-up".to_owned()),
    };
    overview.caps = vec![cap(
        "Image render",
        (Window::Day, "a day"),
        500,
        "500",
        "0",
        LimitOwner::Customer,
    )];
    overview.throttled_today.clear();
    let html = page("overview-stopped", overview, Role::Owner).await;
    assert!(
        html.contains("Stopped now") && html.contains("stops runs") && html.contains("no credits are left"),
        "{html}"
    );
}

#[tokio::test]
async fn a_new_organization_is_taught_the_first_step() {
    let mut overview = example();
    overview.organization = organization("Acme Robotics", "100", "100");
    overview.left = credits("100");
    overview.granted = credits("100");
    overview.worth = None;
    overview.held = Credits::ZERO;
    overview.burn_today = Credits::ZERO;
    overview.usual_day = None;
    overview.depletion = None;
    overview.is_new = true;
    overview.sentence = "100 credits left, none used yet.".to_owned();
    overview.stops_next = StopsNext {
        kind: StopKind::Nothing,
        sentence: "Nothing in sight.".to_owned(),
        at: None,
        now: false,
        limit: None,
        button: None,
        link: None,
    };
    let html = page("overview-new", overview, Role::Owner).await;
    assert!(
        html.contains("https://credits.example/v1/usage") && !html.contains("burn-down-panel"),
        "{html}"
    );
}

#[tokio::test]
async fn long_names_and_huge_numbers_fit() {
    let long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente und Söhne International Holding GmbH & Co. KGaA";
    let mut overview = example();
    overview.organization = organization(long, "9223372036854.775807", "9223372036854.775807");
    overview.left = Credits::MAX;
    overview.granted = Credits::MAX;
    overview.worth = Some(Money::new(i64::MAX, "KWD".parse().unwrap()));
    overview.burn_today = credits("0.000001");
    overview.usual_day = Some(credits("123456789012.345678"));
    overview.caps[0].scope_words = format!("{long}, relaxed, each subject");
    overview.newest[0].use_case_name = long.to_owned();
    overview.newest[1].credits = credits("1234567890123.123456");
    overview.by_day.series[0].name = long.to_owned();
    let html = page("overview-long", overview, Role::Billing).await;
    assert!(
        html.contains("9,223,372,036,854.78") && html.contains("0.000001"),
        "{html}"
    );
}
