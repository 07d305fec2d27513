//! `/manage/rates/simulation`: what the draft would have cost every customer on the real usage of the last days. It is begun by
//! a form; while it runs the page tells how far it is and loads itself again.

use drawdown_domain::{Credits, format};
use drawdown_service::ServiceError;
use drawdown_service::rate_card::RatesDraft;
use drawdown_service::simulation::{RunOut, SIMULATION_DAYS, Simulated, SimulatedCustomer, SimulationState};
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::head::RatePages;
use super::price_words::number;
use super::{DRAFT, StartDraft};
use crate::address::{changed, customer_path};
use crate::components::amount::{Amount, credits_words};
use crate::components::empty::Empty;
use crate::components::figure::{Figure, Figures};
use crate::components::form::{ErrorSummary, Select};
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, Pager, figures, text};
use crate::error::PageError;
use crate::pages::manage::changes::count_words;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
pub(super) const FORM: &str = "simulation";
/// The page.
pub(super) const SIMULATION: &str = "/manage/rates/simulation";
/// Customers of one page.
const ROWS: usize = 50;

/// What is to be shown.
enum Shown {
    /// Nothing was asked for yet.
    Form,
    /// How it stands, over so many days.
    State(i64, SimulationState),
    /// Why it cannot be.
    Refused(String),
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (service, actor) = (visit.service(), visit.actor()?);
    let draft = service.rates_draft(&actor).await?;
    let asked: Filled = visit.query();
    let subject = asked
        .get("revision")
        .parse::<i64>()
        .ok()
        .zip(asked.get("days").parse::<i64>().ok());
    let shown = match (subject, &draft) {
        (Some((revision, days)), Some(_)) => match service.simulation(&actor, revision, days).await {
            Ok(state) => Shown::State(days, state),
            Err(error @ (ServiceError::Conflict { .. } | ServiceError::Invalid(_))) => {
                Shown::Refused(error.to_string())
            }
            Err(error) => return Err(error.into()),
        },
        _ => Shown::Form,
    };
    let running = matches!(shown, Shown::State(_, SimulationState::Running { .. }));
    let skip = asked.get("after").parse().unwrap_or(0);
    let page = Page::new(
        "Simulation",
        move || view! { <SimulationPage draft=draft shown=shown skip=skip/> },
    )
    .still();
    Ok(if running { page.again(1) } else { page })
}

#[component]
fn SimulationPage(draft: Option<RatesDraft>, shown: Shown, skip: usize) -> impl IntoView {
    let Some(draft) = draft else {
        return view! {
            <RatePages/>
            <PageHeader title="Simulation" sentence="What a draft would have cost your customers."/>
            <Panel id="simulation" title="Simulation">
                <Empty title="No draft" words="Write a new version first: then see what it would have cost every customer.">
                    <StartDraft/>
                </Empty>
            </Panel>
        }
        .into_any();
    };
    let sentence = format!(
        "What the draft ({}) would have cost every customer on the usage they really had.",
        count_words(&draft.changes)
    );
    let days = match &shown {
        Shown::State(days, _) => *days,
        Shown::Form | Shown::Refused(_) => SIMULATION_DAYS[0],
    };
    let found = match shown {
        Shown::Form => ().into_any(),
        Shown::Refused(message) => {
            view! { <Notice tone=Tone::Warn>{format!("{}.", super::capital(&message))}</Notice> }.into_any()
        }
        Shown::State(_, SimulationState::Running { done, total }) => {
            view! { <Progress done=done total=total/> }.into_any()
        }
        Shown::State(days, SimulationState::Done(result)) => {
            view! { <Result days=days result=(*result).clone() skip=skip/> }.into_any()
        }
    };
    view! {
        <RatePages/>
        <PageHeader title="Simulation" sentence=sentence/>
        <Panel id="simulation" title="Usage to price">
            <ErrorSummary form=FORM/>
            <StartForm revision=draft.revision days=days/>
        </Panel>
        {found}
    }
    .into_any()
}

#[component]
fn StartForm(revision: i64, days: i64) -> impl IntoView {
    let spans = SIMULATION_DAYS
        .map(|days| (days.to_string(), format!("The last {days} days")))
        .to_vec();
    view! {
        <form class="stack form-narrow" method="post" action="/actions/manage-simulate-rates">
            <input type="hidden" name="revision" value=revision.to_string()/>
            <Select
                form=FORM name="days" label="Usage of" options=spans value=days.to_string()
                help="Every run is priced by the version in force now and by the draft, exactly, under the plan that the customer has now."
            />
            <div class="buttons">
                <button class="button primary" type="submit">"Simulate"</button>
                <a class="button quiet" href=DRAFT>"Back to the draft"</a>
            </div>
        </form>
    }
}

#[component]
fn Progress(done: i64, total: i64) -> impl IntoView {
    let words = format!(
        "{} of {} customers so far. This page goes on by itself.",
        format::count(done),
        format::count(total)
    );
    let again = Place::current();
    let again = format!("{}?{}", again.path, again.query);
    view! {
        <Panel id="progress" title="Simulating">
            <div class="stack" role="status">
                <progress class="progress" max=total.max(1).to_string() value=done.to_string() aria-label="Customers simulated"></progress>
                <p class="note">{words}</p>
            </div>
            <p class="buttons"><a class="button small" href=again>"Look again"</a></p>
        </Panel>
    }
}

/// `+12.5 %`, or nothing where there was nothing before.
fn share(before: Credits, after: Credits) -> Option<String> {
    let (before, after) = (before.to_decimal(), after.to_decimal());
    let share = ((after - before) * Decimal::ONE_HUNDRED)
        .checked_div(before)?
        .round_dp(1);
    let sign = if share.is_sign_positive() && !share.is_zero() {
        "+"
    } else {
        ""
    };
    Some(format!("{sign}{} %", number(share)))
}

/// `+1,250`, `−3`, `0`.
fn signed(credits: Credits) -> String {
    if credits.is_negative() {
        let size = Credits::from_micros(credits.micros().saturating_neg());
        format!("−{}", format::credits(size))
    } else if credits.is_positive() {
        format!("+{}", format::credits(credits))
    } else {
        "0".to_owned()
    }
}

#[component]
fn Result(days: i64, result: Simulated, skip: usize) -> impl IntoView {
    let change = Credits::from_micros(result.after.micros().saturating_sub(result.before.micros()));
    let more = result
        .customers
        .iter()
        .filter(|customer| customer.difference().is_positive())
        .count();
    let less = result
        .customers
        .iter()
        .filter(|customer| customer.difference().is_negative())
        .count();
    let sooner = result
        .customers
        .iter()
        .filter(|customer| customer.run_outs.iter().any(|one| one.is_sooner))
        .count();
    let words = format!(
        "of {} customers with usage: {more} pay more, {less} pay less",
        result.customers.len()
    );
    let share = share(result.before, result.after).unwrap_or_else(|| "–".to_owned());
    let refused = (result.refused > 0).then(|| {
        let words = format!(
            "The draft has no price for {} runs of this usage: they would be refused. They count as nothing in the figures.",
            format::count(result.refused)
        );
        view! { <Notice tone=Tone::Warn>{words}</Notice> }
    });
    let runs = format!("{} runs in {days} days", format::count(result.runs));
    let sooner_value = format::count(i64::try_from(sooner).unwrap_or(i64::MAX));
    view! {
        {refused}
        <Figures live="simulation">
            <Figure label="Difference" value=signed(change) unit="credits" note=words/>
            <Figure label="Share" value=share note="of what is charged now"/>
            <Figure label="By the version in force" value=format::credits(result.before) exact=format::credits_exact(result.before) unit="credits" note=runs/>
            <Figure label="By the draft" value=format::credits(result.after) exact=format::credits_exact(result.after) unit="credits" note="the same runs"/>
            <Figure label="Run out sooner" value=sooner_value note="customers whose allotment would have ended earlier"/>
        </Figures>
        <Customers customers=result.customers skip=skip/>
    }
}

#[component]
fn Customers(customers: Vec<SimulatedCustomer>, skip: usize) -> impl IntoView {
    if customers.is_empty() {
        return view! {
            <Panel id="customers" title="Customers">
                <Empty title="No usage" words="Nobody used anything in these days, so there is nothing to price."/>
            </Panel>
        }
        .into_any();
    }
    let place = Place::current();
    let later = skip.saturating_add(ROWS);
    let first = (skip > 0).then(|| changed(SIMULATION, &place.query, "after", ""));
    let next = (customers.len() > later).then(|| changed(SIMULATION, &place.query, "after", &later.to_string()));
    let rows = customers
        .into_iter()
        .skip(skip)
        .take(ROWS)
        .map(|customer| view! { <CustomerRow customer=customer/> });
    view! {
        <Panel
            id="customers" title="Customers"
            words="Those who would pay most more first. Credits burn in their order. What began before these days and is used up is left out: how much of it was left then is not known."
        >
            <Listing
                caption="Customers, by what the draft would have changed"
                heads=[text("Customer"), figures("In force"), figures("Draft"), figures("Difference"), text("Allotment")]
            >
                {rows.collect_view()}
            </Listing>
            <Pager nostrip:first=first nostrip:next=next what="customers" ascending=true/>
        </Panel>
    }
    .into_any()
}

#[component]
fn CustomerRow(customer: SimulatedCustomer) -> impl IntoView {
    let difference = customer.difference();
    let share = share(customer.before, customer.after).filter(|_| difference != Credits::ZERO);
    let plan = customer.plan.clone().unwrap_or_else(|| "no plan".to_owned());
    let about = format!("{plan}, {} runs", format::count(customer.runs));
    let refused = (customer.refused > 0)
        .then(|| view! { <small class="quiet">{format!("{} runs refused", format::count(customer.refused))}</small> });
    let may_open = Place::current()
        .staff
        .as_ref()
        .is_some_and(|staff| staff.may(drawdown_service::Action::Read, Some(customer.id)));
    let name = customer.name.clone();
    let name = if may_open {
        view! { <a class="customer-name" href=customer_path(customer.id, "")>{name}</a> }.into_any()
    } else {
        view! { <span class="customer-name">{name}</span> }.into_any()
    };
    view! {
        <tr>
            <th scope="row"><span class="cell customer">{name}<small class="quiet">{about}</small>{refused}</span></th>
            <td class="number" data-label="In force"><Amount credits=customer.before/></td>
            <td class="number" data-label="Draft"><Amount credits=customer.after/></td>
            <td class="number" data-label="Difference">
                <span class="cell">{signed(difference)}{share.map(|share| view! { <small class="quiet">{share}</small> })}</span>
            </td>
            <td data-label="Allotment">
                <span class="cell">
                    {if customer.run_outs.is_empty() {
                        view! { <span class="quiet">"ends as before"</span> }.into_any()
                    } else {
                        customer.run_outs.iter().map(|one| view! { <span class="change-side">{run_out_words(one)}</span> }).collect_view().into_any()
                    }}
                </span>
            </td>
        </tr>
    }
}

/// `10,000 credits from 1 Nov: out on 20 Nov instead of 27 Nov`.
fn run_out_words(run_out: &RunOut) -> String {
    let given = format!("{} from {}", credits_words(run_out.amount), run_out.from);
    match (&run_out.before, &run_out.after) {
        (None, Some(after)) => format!("{given}: out on {after}; it lasts now"),
        (Some(before), None) => format!("{given}: would have lasted; out on {before} now"),
        (Some(before), Some(after)) => format!("{given}: out on {after} instead of {before}"),
        (None, None) => given,
    }
}
