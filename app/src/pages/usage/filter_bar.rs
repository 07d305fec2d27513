//! The filters under the usage page's head: days by links or typed, grouping by links.

use drawdown_service::FieldError;
use drawdown_service::usage::span::UsageSpanView;
use leptos::prelude::*;

use super::filters::{Filters, GROUPS, Range};
use crate::components::icon::{Icon, Sign};
use crate::components::switch::{Choice, Switch};
use crate::visit::Place;

/// The bar.
#[component]
pub(super) fn FilterBar(filters: Filters, span: UsageSpanView, refused: Vec<FieldError>) -> impl IntoView {
    let ranges = Range::PRESETS
        .into_iter()
        .map(|(range, word)| Choice {
            word: word.to_owned(),
            current: range == filters.range,
            href: filters.with_range(range).address(&Place::current().link("/usage")),
        })
        .collect();
    let groups = GROUPS
        .into_iter()
        .map(|(group, _, word)| Choice {
            word: word.to_owned(),
            current: group == filters.group,
            href: filters.with_group(group).address(&Place::current().link("/usage")),
        })
        .collect();
    view! {
        <Labelled word="Days"><Switch label="Days" choices=ranges/></Labelled>
        <Labelled word="Group by"><Switch label="Group by" choices=groups/></Labelled>
        <Dates filters=filters span=span refused=refused/>
    }
}

#[component]
fn Labelled(word: &'static str, children: Children) -> impl IntoView {
    view! { <div class="filter"><span class="filter-word" aria-hidden="true">{word}</span>{children()}</div> }
}

/// From and to: what was typed, or the days that are shown.
#[component]
fn Dates(filters: Filters, span: UsageSpanView, refused: Vec<FieldError>) -> impl IntoView {
    let (from, to) = match &filters.range {
        Range::Dates { from, to } => (from.clone(), to.clone()),
        _ => (span.first.date.clone(), span.last.date.clone()),
    };
    let chosen = matches!(filters.range, Range::Dates { .. });
    let error = |field: &str| refused.iter().any(|error| error.field == field).then_some("true");
    // A date field cannot hold what is no date; the message tells what was typed.
    let no_date = |field: &str| {
        refused
            .iter()
            .any(|error| error.field == field && error.code == "not_a_date")
    };
    let kept = |field: &str, typed: String| if no_date(field) { String::new() } else { typed };
    let (from, to) = (kept("from", from), kept("to", to));
    let told = refused
        .iter()
        .map(|error| {
            let what = if error.field == "to" { "To" } else { "From" };
            format!("{what}: {}.", error.message)
        })
        .collect::<Vec<_>>()
        .join(" ");
    let told = (!told.is_empty()).then(|| format!("{told} The last 30 days are shown instead."));
    let described = told.is_some().then_some("dates-error");
    view! {
        <form class="dates" method="get" action=Place::current().link("/usage") aria-label="Choose days">
            {(!filters.group_value().is_empty())
                .then(|| view! { <input type="hidden" name="group" value=filters.group_value()/> })}
            <div class="field">
                <label for="dates-from">"From"</label>
                <input
                    class="input" type="date" id="dates-from" name="from" value=from required
                    aria-invalid=error("from") aria-describedby=described
                />
            </div>
            <div class="field">
                <label for="dates-to">"To"</label>
                <input
                    class="input" type="date" id="dates-to" name="to" value=to required
                    aria-invalid=error("to") aria-describedby=described
                />
            </div>
            <button class=if chosen { "button chosen" } else { "button" } type="submit">"Show"</button>
            {told.map(|told| {
                view! { <p class="field-error" id="dates-error" role="alert"><Icon sign=Sign::Stop/>{told}</p> }
            })}
        </form>
    }
}
