//! The portfolio on top of the customers: what they have committed to, burned and paid, what will go unburned, and revenue
//! that is not earned yet; by month as charts with their tables, and as a file.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use drawdown_domain::{Currency, Money, format};
use drawdown_service::portfolio::{PortfolioMonth, PortfolioMonths};
use leptos::prelude::*;

use crate::address::with_query;
use crate::charts;
use crate::components::chart::Chart;
use crate::components::figure::{Figure, Figures};
use crate::components::icon::{Icon, Sign};
use crate::components::panel::Panel;
use crate::components::switch::{Choice, Switch};
use crate::components::table::{Listing, figures, text};
use crate::error::PageError;
use crate::routes::STAFF_HOME;
use crate::visit::Visit;

/// Where the file is.
pub(crate) const FILE: &str = "/manage/portfolio.csv";

/// The file.
pub async fn csv(visit: Visit) -> Result<Response, PageError> {
    visit.staff()?;
    let text = visit.service().portfolio_months_csv(&visit.actor()?).await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"portfolio.csv\""),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, text).into_response())
}

/// The figures of this month, and the charts.
#[component]
pub(crate) fn Portfolio(portfolio: PortfolioMonths) -> impl IntoView {
    let Some(this) = portfolio.this().cloned() else {
        return ().into_any();
    };
    let aside = {
        let (currency, currencies) = (portfolio.currency, portfolio.currencies.clone());
        move || view! { <Aside currency=currency currencies=currencies.clone()/> }
    };
    let (flows, standing) = (
        charts::portfolio::flows(&portfolio),
        charts::portfolio::standing(&portfolio),
    );
    let (expected, worth) = (portfolio.expected, portfolio.expected_worth);
    let months = portfolio.months.clone();
    let past = portfolio.past().to_vec();
    view! {
        <Band this=this expected=expected worth=worth/>
        <Panel
            id="portfolio" title="Month by month" aside=aside
            words="Months of UTC, from the ledger; they follow it within minutes. What agreements make due counts as received on its day."
        >
            <div class="portfolio-charts">
                <Chart drawing=flows><FlowTable months=months/></Chart>
                <Chart drawing=standing><StandingTable months=past/></Chart>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Band(this: PortfolioMonth, expected: drawdown_domain::Credits, worth: Money) -> impl IntoView {
    let received = if this.fell_due.minor == 0 {
        format!("in {}", this.name)
    } else {
        format!("in {}; {} of it by agreement", this.name, format::money(this.fell_due))
    };
    let burned = format!("in {}, {} earned by it", this.name, format::money(this.earned));
    let breakage = format!(
        "{} credits that will expire at the burn of 30 days",
        format::credits(expected)
    );
    let exact = |credits| format!("{} credits", format::credits_exact(credits));
    view! {
        <Figures live="portfolio-figures">
            <Figure label="Committed" value=format::money(this.committed) note="by contracts, for their present terms"/>
            <Figure label="Burned" value=format::credits(this.burned) exact=exact(this.burned) unit="credits" note=burned/>
            <Figure label="Breakage expected" value=format::money(worth) exact=exact(expected) note=breakage/>
            <Figure label="Cash received" value=format::money(this.received) note=received/>
            <Figure label="Deferred revenue" value=format::money(this.deferred) note="paid for and not burned, at what was paid"/>
        </Figures>
    }
}

#[component]
fn Aside(currency: Currency, currencies: Vec<Currency>) -> impl IntoView {
    let choices: Vec<Choice> = currencies
        .iter()
        .map(|one| Choice {
            word: one.to_string(),
            href: with_query(STAFF_HOME, &[("currency", one.as_str())]),
            current: *one == currency,
        })
        .collect();
    view! {
        <div class="buttons">
            {(currencies.len() > 1).then(|| view! { <Switch label="Currency" choices=choices/> })}
            <a class="button small" href=FILE download rel="nofollow"><Icon sign=Sign::Download/>"Download CSV"</a>
        </div>
    }
}

/// A figure of a month that is over or runs; of one to come it is not known.
fn cell(label: &'static str, month: &PortfolioMonth, text: String) -> AnyView {
    if month.is_to_come {
        return view! { <td class="number" data-label=label><span class="quiet" title="Not known yet">"–"</span></td> }
            .into_any();
    }
    view! { <td class="number" data-label=label>{text}</td> }.into_any()
}

#[component]
fn FlowTable(months: Vec<PortfolioMonth>) -> impl IntoView {
    let row = |month: PortfolioMonth| {
        let expected = if month.expected.is_positive() {
            format!(
                "{} ({} credits)",
                format::money(month.expected_worth),
                format::credits_exact(month.expected)
            )
        } else {
            "0".to_owned()
        };
        let broken = format!(
            "{} ({} credits)",
            format::money(month.broken_worth),
            format::credits_exact(month.broken)
        );
        view! {
            <tr>
                <th scope="row">{month.name.clone()}</th>
                {cell("Burned", &month, format::credits_exact(month.burned))}
                {cell("Earned by burning", &month, format::money(month.earned))}
                {cell("Cash received", &month, format::money(month.received))}
                {cell("By agreement", &month, format::money(month.fell_due))}
                {cell("Went unburned", &month, broken)}
                <td class="number" data-label="Expected to go unburned">{expected}</td>
            </tr>
        }
    };
    view! {
        <Listing
            caption="Credits burned, revenue earned, cash received and credits unburned, by month"
            heads=[
                text("Month"), figures("Burned, credits"), figures("Earned by burning"), figures("Cash received"),
                figures("By agreement"), figures("Went unburned"), figures("Expected to go unburned"),
            ]
        >
            {months.into_iter().map(row).collect_view()}
        </Listing>
    }
}

#[component]
fn StandingTable(months: Vec<PortfolioMonth>) -> impl IntoView {
    let row = |month: PortfolioMonth| {
        view! {
            <tr>
                <th scope="row">{month.name}</th>
                <td class="number" data-label="Committed">{format::money(month.committed)}</td>
                <td class="number" data-label="Deferred revenue">{format::money(month.deferred)}</td>
            </tr>
        }
    };
    view! {
        <Listing
            caption="Committed money and deferred revenue, at the end of each month"
            heads=[text("Month"), figures("Committed"), figures("Deferred revenue")]
        >
            {months.into_iter().map(row).collect_view()}
        </Listing>
    }
}
