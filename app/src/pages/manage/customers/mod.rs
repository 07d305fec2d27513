//! `/manage/customers`: the customers that whoever is signed in looks after, by health, burn and what is left.
//!
//! Every view has its address: the search and the filters are one form by GET, columns are sorted by links. Nothing that it
//! leads to is fetched ahead, so that no customer's page is written down as looked at before it is asked for. The portfolio
//! stands on top while nothing is searched.

pub mod account;
mod head;
pub mod new;
pub mod portfolio;
mod query;
mod rows;

use drawdown_service::Action;
use drawdown_service::portfolio::{PortfolioMonths, PortfolioView};
use leptos::prelude::*;

use crate::address::{changed, with_query};
use crate::components::empty::Empty;
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::Pager;
use crate::error::PageError;
use crate::routes::STAFF_HOME;
use crate::shell::Page;
use crate::visit::{Place, Visit};
pub(crate) use head::LookedAt;
use query::{Query, SearchForm};
use rows::Rows;

/// Customers of one page.
const ROWS: u32 = 50;

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let query: Query = visit.query();
    let actor = visit.actor()?;
    let view = visit.service().portfolio(&actor, query.asked(), ROWS).await?;
    let on_top = !query.is_filtered() && query.after.is_empty();
    let portfolio = if on_top {
        Some(visit.service().portfolio_months(&actor, query.currency()).await?)
    } else {
        None
    };
    let waiting = if actor.may(Action::AdjustAboveLimit, None) {
        visit.service().waiting_adjustments_count(&actor).await?
    } else {
        0
    };
    let may_add = actor.may(Action::ManageCustomers, None);
    let still = portfolio.is_none();
    let page = Page::new(
        "Customers",
        move || view! { <CustomersPage view=view query=query may_add=may_add portfolio=portfolio waiting=waiting/> },
    );
    Ok(if still { page.still() } else { page })
}

#[component]
pub(crate) fn CustomersPage(
    view: PortfolioView,
    query: Query,
    /// Whether whoever looks may create customers.
    may_add: bool,
    portfolio: Option<PortfolioMonths>,
    /// Adjustments that wait for a second person, where whoever looks may be it.
    waiting: u64,
) -> impl IntoView {
    let place = Place::current();
    let later = !query.after.is_empty();
    let first = later.then(|| changed(STAFF_HOME, &place.query, "after", ""));
    let next = (view.customers.next.as_deref()).map(|next| changed(STAFF_HOME, &place.query, "after", next));
    let shown = view.customers.items.len();
    let sentence = sentence(shown, next.is_some(), later, &query);
    let found = if shown > 0 {
        view! { <Rows customers=view.customers.items sorting=query.sorting()/> }.into_any()
    } else {
        view! { <Nothing query=query.clone() later=later/> }.into_any()
    };
    view! {
        <PageHeader
            title="Customers" sentence=sentence
            actions=move || may_add.then(|| view! { <a class="button primary" href=new::NEW>"New customer"</a> })
        />
        <WaitingWords waiting=waiting/>
        {portfolio.map(|portfolio| view! { <portfolio::Portfolio portfolio=portfolio/> })}
        <SearchForm query=query plans=view.plans/>
        <Panel id="customers" title="Customers" class="customers">
            {found}
            <Pager nostrip:first=first nostrip:next=next what="customers" ascending=true/>
        </Panel>
    }
}

/// That adjustments wait, and the way to them.
#[component]
fn WaitingWords(waiting: u64) -> impl IntoView {
    (waiting > 0).then(|| {
        let words = match waiting {
            1 => "1 adjustment waits for a second person. ".to_owned(),
            several => format!("{several} adjustments wait for a second person. "),
        };
        view! { <Notice tone=Tone::Warn>{words}<a href=super::adjustments::HOME>"Decide"</a></Notice> }
    })
}

/// `50 customers, by name; more follow.`
fn sentence(shown: usize, more: bool, later: bool, query: &Query) -> String {
    if shown == 0 {
        return if query.is_filtered() || later {
            "No customer is like this.".to_owned()
        } else {
            "You look after no customer yet.".to_owned()
        };
    }
    let customers = if shown == 1 {
        "1 customer".to_owned()
    } else {
        format!("{shown} customers")
    };
    let before = if later { "A later page of " } else { "" };
    let after = if more { "; more follow" } else { "" };
    format!("{before}{customers}, {}{after}.", query.order_words())
}

/// Nothing is found, or there is nothing yet.
#[component]
fn Nothing(query: Query, later: bool) -> impl IntoView {
    if query.is_filtered() || later {
        let all = with_query(STAFF_HOME, &[("sort", &query.sort)]);
        view! {
            <Empty
                title="No customer is like this"
                words="Names and keys are searched by the beginnings of their words. Try fewer words, or other filters."
            >
                <p class="buttons"><a class="button" href=all>"Show all customers"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty
                title="No customers yet"
                words="A customer appears here once your product puts it by /v1, or an administrator puts it into your hands."
            />
        }
        .into_any()
    }
}
