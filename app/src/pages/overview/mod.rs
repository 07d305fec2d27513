//! `/overview`: what is left, how fast it burns, what stops the customer next, and what just happened.
//!
//! Everything comes from one call of the service; `?group=mode` asks for the usage chart by something else.

mod figures;
mod first_steps;
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
use crate::components::notice::Tone;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::overview::figures::{BurnDownTable, OverviewFigures};
use crate::pages::overview::first_steps::FirstSteps;
use crate::pages::overview::limits::{Caps, Throttled};
use crate::pages::overview::newest::Newest;
use crate::pages::overview::usage::{Group, UsagePanel};
use crate::shell::Page;
use crate::visit::Visit;

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    group: Group,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { group } = visit.query();
    let (actor, organization) = (visit.actor()?, visit.member()?.organization);
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
    let public_url = visit.service().settings().public_url.clone();
    Ok(Page::new(
        "Overview",
        move || view! { <OverviewPage overview=overview report=report group=group public_url=public_url/> },
    ))
}

#[component]
pub(crate) fn OverviewPage(overview: Overview, report: UsageReport, group: Group, public_url: String) -> impl IntoView {
    let shape = if overview.is_new { "new" } else { "used" };
    let may_top_up = overview.may_top_up;
    let figures = overview.clone();
    let rest = if overview.is_new {
        let (customer, vendor) = (
            overview.organization.key.to_string(),
            overview.organization.vendor.clone(),
        );
        view! { <FirstSteps customer=customer vendor=vendor public_url=public_url/> }.into_any()
    } else {
        view! { <Panels overview=overview.clone() report=report group=group/> }.into_any()
    };
    view! {
        <PageHeader title="Overview" sentence=overview.sentence actions=move || view! { <TopUpButton may=may_top_up/> }/>
        <OverviewFigures overview=figures/>
        <StopsNextLine stops=overview.stops_next/>
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
    let (tone, sign) = match (stops.kind, stops.now) {
        (_, true) => (Tone::Danger, Sign::Stop),
        (StopKind::Nothing, _) => (Tone::Ok, Sign::Ok),
        _ => (Tone::Warn, Sign::Limits),
    };
    let lead = if stops.now {
        "Stopped now"
    } else {
        "What stops you next"
    };
    let button = stops.button.zip(stops.link);
    view! {
        <section class=format!("notice next {}", tone.class()) data-live="stops-next" aria-label=lead>
            <div class="notice-words">
                <Icon sign=sign/>
                <p><strong>{format!("{lead}: ")}</strong>{stops.sentence}</p>
            </div>
            <div class="buttons">
                {button.map(|(word, link)| view! { <a class="button small" href=link>{word}</a> })}
                <a class="button small quiet" href="/limits">"See limits"</a>
            </div>
        </section>
    }
}
