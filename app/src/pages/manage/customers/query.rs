//! What the list of customers is asked for, as its address says it, and the form that changes it.

use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::{Currency, Key};
use drawdown_service::portfolio::{HealthFilter, PortfolioInput, PortfolioSort};
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::table::Sorting;
use crate::routes::STAFF_HOME;

/// The address' parameters. What does not fit counts as not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Query {
    /// Words that are searched for.
    #[serde(default)]
    pub(crate) search: String,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    health: String,
    #[serde(default)]
    status: String,
    /// `name`, `-left`.
    #[serde(default)]
    pub(crate) sort: String,
    /// Where the page begins.
    #[serde(default)]
    pub(crate) after: String,
    /// The currency of the portfolio.
    #[serde(default)]
    currency: String,
}

/// Columns by which can be sorted: as the address names them, and in words.
const SORTS: [(&str, PortfolioSort, &str); 7] = [
    ("name", PortfolioSort::Name, "name"),
    ("left", PortfolioSort::Available, "credits left"),
    ("burn", PortfolioSort::Burned, "burn"),
    ("ends", PortfolioSort::Depletes, "depletion date"),
    ("health", PortfolioSort::Health, "health"),
    ("renewal", PortfolioSort::Renews, "renewal"),
    ("seen", PortfolioSort::Seen, "when they were last seen"),
];

impl Query {
    /// As the service takes it.
    pub(crate) fn asked(&self) -> PortfolioInput {
        let sorting = self.sorting();
        PortfolioInput {
            search: self.search.chars().take(200).collect(),
            plan: self.plan.parse::<Key>().ok(),
            health: self.health(),
            status: self.status(),
            sort: self.column().1,
            descending: sorting.descending,
            after: Some(self.after.clone()).filter(|after| !after.is_empty()),
        }
    }

    /// How the table is sorted: by name where nothing else is asked for.
    pub(crate) fn sorting(&self) -> Sorting {
        let asked = Sorting::parse(&self.sort);
        Sorting {
            descending: asked.descending && self.column().0 == asked.column,
            column: self.column().0.to_owned(),
        }
    }

    fn column(&self) -> (&'static str, PortfolioSort, &'static str) {
        let asked = Sorting::parse(&self.sort);
        let found = SORTS.into_iter().find(|(name, ..)| *name == asked.column);
        found.unwrap_or(SORTS[0])
    }

    /// `by credits left, the largest first`.
    pub(crate) fn order_words(&self) -> String {
        let (_, sort, word) = self.column();
        let largest = match sort {
            PortfolioSort::Name => "from Z to A",
            PortfolioSort::Health => "the best first",
            PortfolioSort::Depletes | PortfolioSort::Seen | PortfolioSort::Renews => "the latest first",
            PortfolioSort::Available | PortfolioSort::Burned => "the most first",
        };
        if self.sorting().descending {
            format!("by {word}, {largest}")
        } else {
            format!("by {word}")
        }
    }

    /// The currency of the portfolio, where one is asked for.
    pub(crate) fn currency(&self) -> Option<Currency> {
        self.currency.parse().ok()
    }

    /// Whether anything but the order is asked for.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.search.trim().is_empty() || !self.plan.is_empty() || self.health().is_some() || self.status().is_some()
    }

    fn health(&self) -> Option<HealthFilter> {
        HealthFilter::ALL
            .into_iter()
            .find(|health| health.as_str() == self.health)
    }

    fn status(&self) -> Option<OrganizationStatus> {
        match self.status.as_str() {
            "active" => Some(OrganizationStatus::Active),
            "suspended" => Some(OrganizationStatus::Suspended),
            _ => None,
        }
    }
}

/// The search and the filters.
#[component]
pub(super) fn SearchForm(query: Query, plans: Vec<(Key, String)>) -> impl IntoView {
    let plans = plans.into_iter().map(|(key, name)| (key.to_string(), name)).collect();
    let healths = HealthFilter::ALL
        .into_iter()
        .map(|health| (health.as_str().to_owned(), health.word().to_owned()))
        .collect();
    let statuses = [("active", "active"), ("suspended", "suspended")]
        .map(|(value, word)| (value.to_owned(), word.to_owned()))
        .to_vec();
    let filtered = query.is_filtered();
    view! {
        <form class="customer-search" method="get" action=STAFF_HOME role="search" aria-label="Customers">
            {(!query.sort.is_empty()).then(|| view! { <input type="hidden" name="sort" value=query.sort.clone()/> })}
            <div class="field grow">
                <label for="search">"Name or key"</label>
                <input class="input" type="search" id="search" name="search" maxlength="200" value=query.search.clone()/>
            </div>
            <Filter name="plan" label="Plan" all="All plans" value=query.plan.clone() options=plans/>
            <Filter name="health" label="Health" all="Any health" value=query.health.clone() options=healths/>
            <Filter name="status" label="Status" all="Any status" value=query.status.clone() options=statuses/>
            <div class="buttons">
                <button class="button" type="submit">"Search"</button>
                {filtered.then(|| view! { <a class="button quiet" href=STAFF_HOME>"Clear"</a> })}
            </div>
        </form>
    }
}

#[component]
fn Filter(
    name: &'static str,
    label: &'static str,
    all: &'static str,
    value: String,
    options: Vec<(String, String)>,
) -> impl IntoView {
    let option = move |(option, word): (String, String)| {
        let selected = option == value;
        view! { <option value=option selected=selected>{word}</option> }
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select class="select" id=name name=name>
                <option value="">{all}</option>
                {options.into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_counts_as_not_given() {
        let query: Query = serde_urlencoded::from_str("search=+&plan=&health=well&status=gone&sort=-nothing").unwrap();
        assert!(!query.is_filtered());
        assert_eq!(query.order_words(), "by name");
        assert_eq!(
            query.asked(),
            PortfolioInput {
                search: " ".to_owned(),
                ..PortfolioInput::default()
            }
        );
    }

    #[test]
    fn an_address_says_what_is_asked_for() {
        let query: Query = serde_urlencoded::from_str("search=aca+fou&plan=team&health=at_risk&sort=-left").unwrap();
        let asked = query.asked();
        assert_eq!(
            (asked.search.as_str(), asked.health),
            ("aca fou", Some(HealthFilter::AtRisk))
        );
        assert_eq!((asked.sort, asked.descending), (PortfolioSort::Available, true));
        assert_eq!(query.order_words(), "by credits left, the most first");
    }
}
