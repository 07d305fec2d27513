//! The figures at the head of the overview, and the burn-down's table.

use drawdown_domain::Credits;
use drawdown_domain::format;
use drawdown_service::overview::{BurnDown, DepletionView, Overview};
use leptos::prelude::*;

use crate::components::amount::Amount;
use crate::components::figure::{Figure, Figures};
use crate::components::table::{Listing, figures, text};

/// Credits left, burn today against the usual day, and when they run out.
#[component]
pub(super) fn OverviewFigures(overview: Overview) -> impl IntoView {
    let (runs_out, runs_out_note) = runs_out(&overview);
    view! {
        <Figures live="figures">
            <Figure
                label="Credits left" first=true
                value=format::credits(overview.left) exact=exact(overview.left)
                unit=overview.worth.map(format::money).unwrap_or_default()
                note=left_note(&overview)
            />
            <Figure
                label="Burned today"
                value=format::credits(overview.burn_today) exact=exact(overview.burn_today) unit="credits"
                note=usual_note(overview.usual_day)
            />
            <Figure label="Runs out" value=runs_out note=runs_out_note/>
            {overview.owed.is_positive().then(|| view! {
                <Figure
                    label="Owed" value=format::credits(overview.owed) exact=exact(overview.owed) unit="credits"
                    note="used beyond your credits; the next top-up settles it"
                />
            })}
        </Figures>
    }
}

fn exact(credits: Credits) -> String {
    format!("{} credits", format::credits_exact(credits))
}

fn left_note(overview: &Overview) -> String {
    let granted = format!("of {} granted", format::credits(overview.granted));
    if overview.held.is_positive() {
        format!(
            "{granted}, and {} held by runs in progress",
            format::credits(overview.held)
        )
    } else {
        granted
    }
}

fn usual_note(usual: Option<Credits>) -> String {
    usual.map_or_else(
        || "no usual day yet: it needs one whole day of usage".to_owned(),
        |usual| format!("a usual day burns {}", format::credits(usual)),
    )
}

fn runs_out(overview: &Overview) -> (String, String) {
    let Some(DepletionView {
        at,
        earliest,
        latest,
        days,
    }) = &overview.depletion
    else {
        let reason = if overview.left.is_positive() {
            "not in sight at the usual burn"
        } else {
            "no credits are left"
        };
        return ("–".to_owned(), reason.to_owned());
    };
    let until = match latest {
        Some(latest) if latest.day == earliest.day => return (at.day.clone(), in_days(*days)),
        Some(latest) => format!("{} to {}", earliest.day, latest.day),
        None => format!("{} at the earliest", earliest.day),
    };
    (at.day.clone(), format!("{}; {until}", in_days(*days)))
}

fn in_days(days: i64) -> String {
    match days {
        ..=0 => "today".to_owned(),
        1 => "in about a day".to_owned(),
        days => format!("in about {} days", format::count(days)),
    }
}

/// The burn-down's table: the same data, to the micro-credit.
#[component]
pub(super) fn BurnDownTable(burn_down: BurnDown) -> impl IntoView {
    // What was is exact; what is planned or expected is not, and a year of exact titles would weigh more than the page.
    let cell = |credits: Option<Credits>| credits.map(format::credits).unwrap_or_default();
    let rows = burn_down
        .days
        .into_iter()
        .map(|day| {
            let marks: Vec<String> = burn_down
                .marks
                .iter()
                .filter(|mark| mark.at.date == day.day.date)
                .map(|mark| mark.label.clone())
                .collect();
            let range = day.forecast_low.zip(day.forecast_high);
            let range = range.map(|(low, high)| format!("{} to {}", format::credits(low), format::credits(high)));
            view! {
                <tr>
                    <th scope="row">{day.day.day}</th>
                    <td class="number" data-label="Left">{day.actual.map(|credits| view! { <Amount credits=credits/> })}</td>
                    <td class="number" data-label="Even pace">{cell(day.pace)}</td>
                    <td class="number" data-label="Forecast">{cell(day.forecast)}</td>
                    <td class="number" data-label="Range">{range}</td>
                    <td data-label="What happened">{marks.join(", ")}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Listing
            caption="Credits left at the end of each day"
            heads=[
                text("Day"), figures("Left"), figures("Even pace"), figures("Forecast"), figures("Range"),
                text("What happened"),
            ]
        >
            {rows}
        </Listing>
    }
}
