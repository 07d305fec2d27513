//! Usage per day of the last thirty, stacked, with a switch by link and its table.

use drawdown_domain::Credits;
use drawdown_service::usage::{GroupBy, UsageReport};
use leptos::prelude::*;
use serde::Deserialize;

use crate::address::changed;
use crate::charts::usage::{bucket_label, drawing};
use crate::components::amount::Amount;
use crate::components::chart::Chart;
use crate::components::panel::Panel;
use crate::components::switch::{Choice, Switch};
use crate::components::table::{Listing, figures, text};
use crate::visit::Place;

/// By what the usage chart of the overview is stacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    /// By mode.
    Mode,
    /// By platform.
    Platform,
    /// By use case; whatever else the address says means this, too.
    #[default]
    #[serde(other)]
    UseCase,
}

impl Group {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::UseCase, "", "Use case"),
        (Self::Mode, "mode", "Mode"),
        (Self::Platform, "platform", "Platform"),
    ];

    /// As the service takes it.
    pub(super) const fn group_by(self) -> GroupBy {
        match self {
            Self::UseCase => GroupBy::UseCase,
            Self::Mode => GroupBy::Mode,
            Self::Platform => GroupBy::Platform,
        }
    }
}

/// The panel.
#[component]
pub(super) fn UsagePanel(report: UsageReport, group: Group) -> impl IntoView {
    let drawing = drawing("usage", &report);
    let finding = drawing.finding.clone();
    let word = Group::ALL
        .iter()
        .find(|(choice, ..)| *choice == group)
        .map_or("", |(_, _, word)| *word);
    let switch = move || {
        let place = Place::current();
        let choices = Group::ALL
            .into_iter()
            .map(|(choice, value, word)| Choice {
                word: word.to_owned(),
                href: changed(&place.path, &place.query, "group", value) + "#usage-panel",
                current: choice == group,
            })
            .collect();
        view! { <Switch label="Stack usage by" choices=choices/> }
    };
    view! {
        <Panel id="usage-panel" title=format!("Usage per day by {}", word.to_lowercase()) class="wide" aside=switch>
            <p class="note" data-live="usage-finding">{finding}</p>
            <Chart drawing=drawing><UsageTable report=report/></Chart>
        </Panel>
    }
}

/// The table of a usage report: a row a bucket, a column a group, the newest first.
#[component]
pub(crate) fn UsageTable(report: UsageReport) -> impl IntoView {
    let UsageReport {
        buckets,
        bucket,
        series,
        ..
    } = report;
    let mut heads = vec![text("Day")];
    heads.extend(series.iter().map(|one| figures(one.name.clone())));
    heads.push(figures("All"));
    let rows = buckets
        .iter()
        .enumerate()
        .rev()
        .map(|(at, moment)| {
            let of_bucket: Vec<Credits> = series.iter().map(|one| one.credits.get(at).copied().unwrap_or_default()).collect();
            let sum = Credits::checked_sum(of_bucket.iter().copied()).unwrap_or(Credits::MAX);
            let cells = series
                .iter()
                .zip(of_bucket)
                .map(|(one, credits)| view! { <td class="number" data-label=one.name.clone()><Amount credits=credits/></td> })
                .collect_view();
            view! {
                <tr>
                    <th scope="row" title=moment.full.clone()>{bucket_label(moment, bucket)}</th>
                    {cells}
                    <td class="number" data-label="All"><Amount credits=sum/></td>
                </tr>
            }
        })
        .collect_view();
    view! { <Listing caption="Credits used" heads=heads>{rows}</Listing> }
}
