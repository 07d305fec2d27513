//! `/manage/plans/{key}`: a plan: its current terms, its versions and what each changed, who is not on the current one, and
//! who moves at renewal.

use drawdown_domain::plan::PlanTerms;
use drawdown_domain::{Key, format};
use drawdown_service::plans::{PlanGroup, PlanPage, PlanVersionView};
use leptos::prelude::*;

use super::moves::Moves;
use super::{HOME, address, plan_of, price_words};
use crate::components::empty::Empty;
use crate::components::form::ErrorSummary;
use crate::components::moment::Time;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, figures, text};
use crate::error::PageError;
use crate::pages::manage::changes::{Changes, count_words};
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// Buttons on this page refuse under this name.
pub(super) const FORM: &str = "plan";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let plan = plan_of(&visit)?;
    let view = visit.service().plan_page(&visit.actor()?, &plan).await?;
    Ok(Page::new(view.name.clone(), move || view! { <Plan view=view/> }).still())
}

#[component]
fn Plan(view: PlanPage) -> impl IntoView {
    let key = view.key.clone();
    let current = view.versions.first().cloned();
    let sentence = match &current {
        Some(current) => format!(
            "Version {}, {}, {}. Key {}.",
            current.number,
            current.terms.kind.name(),
            price_words(&current.terms),
            view.key
        ),
        None => format!("Never published: nobody can be on it. Key {}.", view.key),
    };
    let draft = view.draft.is_some();
    let writes = Place::current().writes_catalogue();
    let actions_key = key.clone();
    let terms = match current {
        Some(current) => view! { <Terms version=current/> }.into_any(),
        None => view! {
            <Panel id="terms" title="Terms">
                <Empty title="Nothing published" words="Open the draft, fill in its terms, and publish it."/>
            </Panel>
        }
        .into_any(),
    };
    view! {
        <PageHeader
            title=view.name sentence=sentence
            actions=move || {
                let key = actions_key.clone();
                view! {
                    <a class="button quiet" href=HOME>"All plans"</a>
                    {if !writes {
                        ().into_any()
                    } else if draft {
                        view! { <a class="button primary" href=address(&key, "/draft")>"Open the draft"</a> }.into_any()
                    } else {
                        view! {
                            <form method="post" action="/actions/manage-start-plan">
                                <input type="hidden" name="plan" value=key.to_string()/>
                                <button class="button primary" type="submit">"Write a new version"</button>
                            </form>
                        }
                        .into_any()
                    }}
                }
            }
        />
        <ErrorSummary form=FORM/>
        <Moves plan=key.clone() waiting=view.waiting moves=view.moves/>
        {(!view.groups.is_empty()).then(|| view! { <Others plan=key groups=view.groups/> })}
        {terms}
        <Versions versions=view.versions/>
    }
}

#[component]
fn Terms(version: PlanVersionView) -> impl IntoView {
    view! {
        <Panel id="terms" title="Terms" words=format!("Of version {}, which new customers get.", version.number)>
            <TermLines terms=version.terms/>
        </Panel>
    }
}

/// All terms, line by line.
#[component]
pub(super) fn TermLines(terms: PlanTerms) -> impl IntoView {
    let lines = terms.written().into_iter().map(|line| {
        view! { <tr><th scope="row">{line.what}</th><td data-label="Term"><span class="change-side">{line.to}</span></td></tr> }
    });
    view! {
        <Listing caption="All terms" heads=[text("What"), text("Term")]>{lines.collect_view()}</Listing>
    }
}

#[component]
fn Versions(versions: Vec<PlanVersionView>) -> impl IntoView {
    let blocks = versions.into_iter().map(|version| {
        let what = if version.number == 1 {
            "the first".to_owned()
        } else {
            count_words(&version.changes)
        };
        let under_contract = match version.under_contract {
            0 => String::new(),
            count => format!(", {} under contracts of it", format::count(count)),
        };
        let about = format!("{what}; {} on it{under_contract}", customers(version.customers));
        view! {
            <details class="version">
                <summary><strong>{format!("Version {}", version.number)}</strong>" "<span class="quiet">{about}", published "<Time moment=version.published/></span></summary>
                <Changes changes=version.changes none="The first version: it changed nothing."/>
            </details>
        }
    });
    let blocks = blocks.collect_view();
    let none = blocks.is_empty();
    (!none).then(|| view! { <Panel id="versions" title="Versions" words="What each changed of the one before.">{blocks}</Panel> })
}

/// `1 customer`, `1,250 customers`.
pub(super) fn customers(count: i64) -> String {
    let unit = if count == 1 { "customer" } else { "customers" };
    format!("{} {unit}", format::count(count))
}

#[component]
fn Others(plan: Key, groups: Vec<PlanGroup>) -> impl IntoView {
    let sum: i64 = groups.iter().map(|group| group.customers).sum();
    view! {
        <Panel
            id="others" title="Not on this version" words=format!("{} on earlier versions, or under contracts of them.", customers(sum))
            aside=move || view! { <a class="button small" href=address(&plan, "/move")>"Move them"</a> }
        >
            <Listing
                caption="Customers on earlier versions"
                heads=[text("On"), figures("Customers"), text("Moving them changes")]
            >
                {groups
                        .into_iter()
                        .map(|group| {
                            view! {
                                <tr>
                                    <th scope="row">{group_words(group.version, group.contract)}</th>
                                    <td class="number" data-label="Customers">{format::count(group.customers)}</td>
                                    <td data-label="Moving them changes">{count_words(&group.changes)}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
            </Listing>
        </Panel>
    }
}

/// `Version 2`, `Contracts of version 2`.
pub(super) fn group_words(version: i64, under_contract: bool) -> String {
    if under_contract {
        format!("Contracts of version {version}")
    } else {
        format!("Version {version}")
    }
}
