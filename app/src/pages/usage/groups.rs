//! Sums by group: credits with their share, events, and what became of the runs that were asked for.

use drawdown_domain::{Credits, format};
use drawdown_service::usage::{UsageReport, UsageTotals};
use leptos::prelude::*;

use crate::components::amount::Amount;
use crate::components::gauge::{Gauge, percent, share_words};
use crate::components::table::Table;

/// The table; `heading` is what it is grouped by.
#[component]
pub(super) fn GroupTable(report: UsageReport, heading: &'static str) -> impl IntoView {
    let all = report.totals;
    let rows = report
        .series
        .into_iter()
        .map(|series| {
            let name = if series.name.is_empty() {
                "None given".to_owned()
            } else {
                series.name
            };
            view! {
                <tr>
                    <th scope="row" title=series.key>{name}</th>
                    <Sums sums=series.totals of=all.credits/>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=format!("Usage by {}", heading.to_lowercase())>
            <thead>
                <tr>
                    <th scope="col">{heading}</th>
                    <th scope="col" class="number">"Credits"</th>
                    <th scope="col">"Share"</th>
                    <th scope="col" class="number">"Events"</th>
                    <th scope="col" class="number">"Authorised"</th>
                    <th scope="col" class="number">"Slowed"</th>
                    <th scope="col" class="number">"Refused"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
            <tfoot>
                <tr><th scope="row">"All"</th><Sums sums=all of=all.credits/></tr>
            </tfoot>
        </Table>
    }
}

#[component]
fn Sums(sums: UsageTotals, of: Credits) -> impl IntoView {
    let share = share_words(sums.credits, of);
    view! {
        <td class="number" data-label="Credits"><Amount credits=sums.credits/></td>
        <td data-label="Share">
            <span class="share"><Gauge used=percent(sums.credits, of) plain=true/><span class="number">{share}</span></span>
        </td>
        <td class="number" data-label="Events">{format::count(sums.events)}</td>
        <td class="number" data-label="Authorised">{format::count(sums.authorized)}</td>
        <td class="number" data-label="Slowed">{format::count(sums.degraded)}</td>
        <td class="number" data-label="Refused" title=refused_words(&sums)>{format::count(refused(&sums))}</td>
    }
}

/// Runs that were refused, whatever for.
pub(super) fn refused(sums: &UsageTotals) -> i64 {
    sums.throttled + sums.capped + sums.refused
}

/// `12 by throttles, 3 by caps, 1 otherwise`; empty where none was.
pub(super) fn refused_words(sums: &UsageTotals) -> String {
    let parts: Vec<String> = [
        (sums.throttled, "by throttles"),
        (sums.capped, "by caps"),
        (sums.refused, "otherwise"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, why)| format!("{} {why}", format::count(count)))
    .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_refused() {
        let sums = UsageTotals {
            throttled: 1_200,
            capped: 3,
            ..UsageTotals::default()
        };
        assert_eq!(refused(&sums), 1_203);
        assert_eq!(refused_words(&sums), "1,200 by throttles, 3 by caps");
        assert_eq!(refused_words(&UsageTotals::default()), "");
    }
}
