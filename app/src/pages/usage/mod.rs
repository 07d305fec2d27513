//! `/usage`: what was used in which days, by use case, mode, platform or subject; what became of the runs that were
//! asked for; the newest events; and the same as a file.
//!
//! Every view has its address: filters are links and one form by GET.

mod empty;
mod filter_bar;
pub(crate) mod filters;
mod groups;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Money, format};
use drawdown_service::customers;
use drawdown_service::overview::OrganizationView;
use drawdown_service::usage::span::{UsageSpan, UsageSpanView};
use drawdown_service::usage::{Bucket, EventView, UsageQuery, UsageReport, UsageTotals};
use drawdown_service::{Actor, FieldError, ServiceError};
use futures_util::future::try_join;
use leptos::prelude::*;

use crate::address::changed;
use crate::charts::usage::drawing;
use crate::components::chart::Chart;
use crate::components::event_table::EventTable;
use crate::components::figure::{Figure, Figures};
use crate::components::icon::{Icon, Sign};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::Pager;
use crate::error::PageError;
use crate::pages::overview::first_steps::FirstRun;
use crate::pages::overview::usage::UsageTable;
use crate::shell::{Frame, Page};
use crate::visit::{Place, Visit};
use empty::{NothingInRange, NothingYet};
use filter_bar::FilterBar;
use filters::{Filters, Query};
use groups::{GroupTable, refused, refused_words};

/// Events of one page.
const EVENTS_A_PAGE: u32 = 25;

/// All that the page shows.
pub(crate) struct Shown {
    pub(crate) filters: Filters,
    pub(crate) span: UsageSpanView,
    /// Dates that the service could not take.
    pub(crate) refused: Vec<FieldError>,
    pub(crate) report: UsageReport,
    pub(crate) events: customers::Page<EventView>,
    /// Whether the events are not the newest ones.
    pub(crate) older: bool,
    /// The next step of a customer that has never used anything.
    pub(crate) first_run: Option<FirstRun>,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (actor, organization) = (visit.actor()?, visit.customer()?);
    let query: Query = visit.query();
    let filters = Filters::of(&query);
    let (span, refused) = match days(&visit, &actor, organization, &filters.span()).await {
        Ok(span) => (span, Vec::new()),
        Err(ServiceError::Invalid(fields)) => {
            let usual = Filters::default().span();
            (days(&visit, &actor, organization, &usual).await?, fields)
        }
        Err(error) => return Err(error.into()),
    };
    let before = Some(query.before.as_str()).filter(|before| !before.is_empty());
    let (report, events) = try_join(
        visit.service().usage(&actor, organization, asked(&filters, &span)),
        visit
            .service()
            .newest_events(&actor, organization, before, EVENTS_A_PAGE),
    )
    .await?;
    let older = before.is_some();
    let is_new = report.totals == UsageTotals::default() && events.items.is_empty() && !older;
    let shown = Shown {
        older,
        first_run: if is_new { Some(first_run(&visit).await?) } else { None },
        filters,
        span,
        refused,
        report,
        events,
    };
    Ok(Page::new("Usage", move || view! { <UsagePage shown=shown/> }))
}

async fn first_run(visit: &Visit) -> Result<FirstRun, PageError> {
    let rates = visit.service().rates().await?;
    let customer = visit
        .service()
        .organization(&visit.actor()?, visit.customer()?)
        .await?
        .key;
    Ok(FirstRun::new(&visit.service().settings().public_url, &customer, &rates))
}

/// `/usage.csv`: the same days and groups as a file.
pub async fn csv(visit: Visit) -> Response {
    match csv_of(&visit).await {
        Ok(response) => response,
        Err(error) => error.answer(visit.assets(), visit.path_and_query()),
    }
}

async fn csv_of(visit: &Visit) -> Result<Response, PageError> {
    let (actor, organization) = (visit.actor()?, visit.customer()?);
    let key = visit.service().organization(&actor, organization).await?.key;
    let filters = Filters::of(&visit.query());
    let span = days(visit, &actor, organization, &filters.span()).await?;
    let query = asked(&filters, &span);
    let text = visit.service().usage_csv(&actor, organization, query).await?;
    let name = file_name(key.as_str(), &filters, &span);
    let disposition =
        HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(PageError::internal)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, text).into_response())
}

async fn days(
    visit: &Visit,
    actor: &Actor,
    organization: OrganizationId,
    span: &UsageSpan,
) -> Result<UsageSpanView, ServiceError> {
    visit.service().usage_span(actor, organization, span).await
}

fn asked(filters: &Filters, span: &UsageSpanView) -> UsageQuery {
    UsageQuery {
        from: Some(span.from),
        to: Some(span.to),
        group_by: filters.group,
        bucket: filters.bucket(span.days),
    }
}

/// `usage-acme-2026-10-24-to-2026-11-22-by-mode.csv`; characters that file systems dislike become `-`.
fn file_name(customer: &str, filters: &Filters, span: &UsageSpanView) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let customer: String = customer.chars().map(plain).collect();
    let group = filters.group_word().to_lowercase().replace(' ', "-");
    format!(
        "usage-{customer}-{}-to-{}-by-{group}.csv",
        span.first.date, span.last.date
    )
}

#[component]
pub(crate) fn UsagePage(shown: Shown) -> impl IntoView {
    let Shown {
        filters,
        span,
        refused,
        report,
        events,
        older,
        first_run,
    } = shown;
    let nothing = report.totals == UsageTotals::default();
    let csv = filters.address(&Place::current().link("/usage.csv"));
    let download = move || {
        (!nothing).then(|| {
            view! { <a class="button" href=csv.clone() download rel="nofollow"><Icon sign=Sign::Download/>"Download CSV"</a> }
        })
    };
    let bar = {
        let (filters, span) = (filters.clone(), span.clone());
        move || view! { <FilterBar filters=filters.clone() span=span.clone() refused=refused.clone()/> }
    };
    let zone = use_context::<Frame>().map_or_else(|| "UTC".to_owned(), |frame| frame.organization.time_zone);
    let sentence = sentence(&span, nothing, &zone);
    let new = first_run.is_some();
    let content = if let Some(first_run) = first_run {
        view! { <NothingYet first_run=first_run/> }.into_any()
    } else if nothing {
        view! { <NothingInRange filters=filters span=span/> <Events events=events older=older/> }.into_any()
    } else {
        view! {
            <UsageFigures report=report.clone() days=span.days/>
            <ByTime report=report.clone() filters=filters.clone()/>
            <Panel id="groups" title=format!("Totals by {}", filters.group_word().to_lowercase())>
                <div data-live="groups"><GroupTable report=report heading=filters.group_word()/></div>
            </Panel>
            <Events events=events older=older/>
        }
        .into_any()
    };
    let shape = if new {
        "new"
    } else if nothing {
        "quiet"
    } else {
        "used"
    };
    view! {
        <PageHeader title="Usage" sentence=sentence actions=download filters=bar/>
        <div class="stack" data-shape=shape>{content}</div>
    }
}

/// `24 Oct to 22 Nov, 30 days in Asia/Tokyo. Exact to the last recorded event.`
fn sentence(span: &UsageSpanView, nothing: bool, zone: &str) -> String {
    let zone = zone.replace('_', " ");
    let (first, last) = (&span.first.day, &span.last.day);
    match (nothing, span.days) {
        (true, 1) => format!("Nothing was used on {first} in {zone}."),
        (true, _) => format!("Nothing was used from {first} to {last} in {zone}."),
        (false, 1) => format!("{first} in {zone}. Exact to the last recorded event."),
        (false, days) => {
            let days = format::count(days);
            format!("{first} to {last}, {days} days in {zone}. Exact to the last recorded event.")
        }
    }
}

#[component]
fn UsageFigures(report: UsageReport, days: i64) -> impl IntoView {
    let sums = report.totals;
    let frame = use_context::<Frame>();
    let worth = frame.and_then(|frame| worth(&frame.organization, &report));
    let asked = sums.authorized + refused(&sums);
    let slowed = if sums.degraded > 0 {
        format!("{} of them in a slower mode", format::count(sums.degraded))
    } else {
        "none in a slower mode".to_owned()
    };
    let stopped = match refused_words(&sums) {
        words if words.is_empty() => "nothing was stopped".to_owned(),
        words => words,
    };
    let a_day = per_day(&report, days);
    view! {
        <Figures live="usage-figures">
            <Figure
                label="Used" first=true
                value=format::credits(sums.credits)
                exact=format!("{} credits", format::credits_exact(sums.credits))
                unit="credits" note=worth.map_or_else(|| a_day.clone(), |worth| format!("{}, {a_day}", format::money(worth)))
            />
            <Figure label="Events" value=format::count(sums.events) note="usage recorded"/>
            <Figure label="Runs authorised" value=format::count(sums.authorized) note=slowed/>
            <Figure
                label="Runs refused" value=format::count(refused(&sums))
                nostrip:unit=(asked > 0).then(|| format!("of {}", format::count(asked)))
                note=stopped
            />
        </Figures>
    }
}

/// `7 a day on average`; nothing for a single day.
fn per_day(report: &UsageReport, days: i64) -> String {
    if days <= 1 {
        return "today so far".to_owned();
    }
    let average = drawdown_domain::Credits::from_micros(report.totals.credits.micros() / days);
    format!("{} a day on average", format::credits(average))
}

/// What was used, in money at the plan's conversion rate.
fn worth(organization: &OrganizationView, report: &UsageReport) -> Option<Money> {
    let plan = organization.plan.as_ref()?;
    Money::worth(report.totals.credits, plan.conversion_rate, plan.currency)
}

#[component]
fn ByTime(report: UsageReport, filters: Filters) -> impl IntoView {
    let drawing = drawing("usage", &report);
    let finding = drawing.finding.clone();
    let each = match report.bucket {
        Bucket::Hour => "hour",
        Bucket::Day => "day",
    };
    let title = format!("Credits per {each} by {}", filters.group_word().to_lowercase());
    view! {
        <Panel id="by-time" title=title>
            <p class="note" data-live="usage-finding">{finding}</p>
            <Chart drawing=drawing><UsageTable report=report/></Chart>
        </Panel>
    }
}

#[component]
fn Events(events: customers::Page<EventView>, older: bool) -> impl IntoView {
    let place = Place::current();
    let to = |before: &str| changed(&place.path, &place.query, "before", before) + "#events";
    let next = events.next.as_deref().map(to);
    let first = older.then(|| to(""));
    let title = if older { "Older events" } else { "Newest events" };
    view! {
        <Panel id="events" title=title words="All usage, the last recorded first, whatever days are shown above.">
            <div class="stack" data-live="events">
                <EventTable caption=title events=events.items/>
                <Pager nostrip:first=first nostrip:next=next what="events"/>
            </div>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::data::in_days;

    #[test]
    fn a_file_says_whose_and_which_days_it_is() {
        let span = UsageSpanView {
            from: in_days(-29).at,
            to: in_days(1).at,
            first: in_days(-29),
            last: in_days(0),
            days: 30,
        };
        assert_eq!(
            file_name("acme:eu/\"x\"", &Filters::default(), &span),
            "usage-acme-eu--x--2026-10-24-to-2026-11-22-by-use-case.csv"
        );
    }
}
