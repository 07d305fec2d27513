//! `/overview`: what is left, how fast it burns, what stops the customer next, and what just happened.
//!
//! Everything comes from one call of the service; `?group=mode` asks for the usage chart by something else.

mod figures;
pub(crate) mod first_steps;
mod limits;
mod newest;
pub(crate) mod usage;

use drawdown_service::overview::{Overview, StopKind, StopsNext};
use drawdown_service::usage::{UsageQuery, UsageReport};
use leptos::prelude::*;
use serde::Deserialize;

use crate::charts::burn_down;
use crate::components::chart::Chart;
use crate::components::icon::{Icon, Sign};
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::overview::figures::{BurnDownTable, OverviewFigures};
use crate::pages::overview::first_steps::{FirstRun, FirstSteps};
use crate::pages::overview::limits::{Caps, Throttled};
use crate::pages::overview::newest::Newest;
use crate::pages::overview::usage::{Group, UsagePanel};
use crate::shell::Page;
use crate::visit::{Place, Visit};

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    group: Group,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { group } = visit.query();
    let (actor, organization) = (visit.actor()?, visit.customer()?);
    let overview = visit.service().overview(&actor, organization).await?;
    let report = match group {
        Group::UseCase => overview.by_day.clone(),
        other => {
            let query = UsageQuery {
                group_by: other.group_by(),
                ..UsageQuery::default()
            };
            visit.service().usage(&actor, organization, query).await?
        }
    };
    let first_run = if overview.is_new {
        let rates = visit.service().rates().await?;
        Some(FirstRun::new(
            &visit.service().settings().public_url,
            &overview.organization.key,
            &rates,
        ))
    } else {
        None
    };
    Ok(Page::new(
        "Overview",
        move || view! { <OverviewPage overview=overview report=report group=group first_run=first_run/> },
    ))
}

#[component]
pub(crate) fn OverviewPage(
    overview: Overview,
    report: UsageReport,
    group: Group,
    first_run: Option<FirstRun>,
) -> impl IntoView {
    let may_top_up = overview.may_top_up;
    let figures = overview.clone();
    let sentence = overview.sentence.clone();
    let stops_next = overview.stops_next.clone();
    let low = overview
        .low_balance
        .clone()
        .map(|words| view! { <Notice tone=Tone::Warn>{words}</Notice> });
    let (shape, rest) = match first_run {
        Some(first_run) => {
            let vendor = overview.organization.vendor.clone();
            (
                "new",
                view! { <FirstSteps first_run=first_run vendor=vendor/> }.into_any(),
            )
        }
        None => (
            "used",
            view! { <Panels overview=overview report=report group=group/> }.into_any(),
        ),
    };
    view! {
        <PageHeader title="Overview" sentence=sentence actions=move || view! { <TopUpButton may=may_top_up/> }/>
        {low}
        <OverviewFigures overview=figures/>
        <StopsNextLine stops=stops_next/>
        <div data-shape=shape>{rest}</div>
    }
}

#[component]
fn Panels(overview: Overview, report: UsageReport, group: Group) -> impl IntoView {
    let Overview {
        burn_down,
        caps,
        throttled_today,
        newest,
        now,
        ..
    } = overview;
    let drawing = burn_down::drawing(&burn_down);
    let finding = burn_down.finding.clone();
    view! {
        <div class="columns">
            <Panel id="burn-down-panel" title="Burn-down" class="wide">
                <p class="note" data-live="burn-down-finding">{finding}</p>
                <Chart drawing=drawing><BurnDownTable burn_down=burn_down/></Chart>
            </Panel>
            <div class="stack narrow">
                <Caps caps=caps/>
                <Throttled throttled=throttled_today/>
            </div>
            <UsagePanel report=report group=group/>
            <Newest events=newest today=now.date/>
        </div>
    }
}

/// The one primary action; a role that may not is told so.
#[component]
fn TopUpButton(may: bool) -> impl IntoView {
    if may {
        view! { <a class="button primary" href="/credits/top-up">"Top up"</a> }.into_any()
    } else {
        view! {
            <span class="button" role="link" aria-disabled="true" title="Topping up needs the role owner or billing">"Top up"</span>
        }
        .into_any()
    }
}

/// What stops the customer next, when, and the button that moves it.
#[component]
fn StopsNextLine(stops: StopsNext) -> impl IntoView {
    let (class, sign) = match (stops.kind, stops.now) {
        (_, true) => ("danger", Sign::Stop),
        (StopKind::Nothing, _) => ("ok line", Sign::Ok),
        _ => ("warn line", Sign::Limits),
    };
    let lead = if stops.now {
        "Stopped now"
    } else {
        "What stops you next"
    };
    let place = Place::current();
    let button = stops.button.zip(stops.link.map(|link| place.link(&link)));
    view! {
        <section class=format!("notice {class}") data-live="stops-next" aria-label=lead>
            <div class="notice-words">
                <Icon sign=sign/>
                <p><strong>{format!("{lead}: ")}</strong>{stops.sentence}</p>
            </div>
            <div class="buttons">
                {button.map(|(word, link)| view! { <a class="button small" href=link>{word}</a> })}
                <a class="button small quiet" href=place.link("/limits")>"See limits"</a>
            </div>
        </section>
    }
}
