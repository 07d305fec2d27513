//! A customer's family: its parent, the others of that parent, and the credits that went between them; and
//! `/manage/customers/{id}/parent`, where the parent is named.

use drawdown_domain::format;
use drawdown_service::transfers::{FamilyView, Relative, TransferView};
use leptos::prelude::*;

use super::super::head::CustomerPages;
use crate::address::customer_path;
use crate::components::amount::Amount;
use crate::components::form::{Area, ErrorSummary, Field};
use crate::components::moment::DayAndTime;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, figures, text};
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
pub(super) const FORM: &str = "parent";

/// The panel.
#[component]
pub(super) fn Family(family: FamilyView) -> impl IntoView {
    let place = Place::current();
    let alone = !family.has_parent && family.relatives.is_empty();
    let words = if alone {
        "Customers of one parent can give each other unspent credits."
    } else {
        "Customers of one parent: unspent credits can go between them."
    };
    let (may_set, may_transfer) = (family.may_set, family.may_transfer && !family.relatives.is_empty());
    let has_parent = family.has_parent;
    let (set, transfer) = (place.link("/parent"), place.link("/transfer"));
    let aside = move || {
        let word = if has_parent {
            "Change the parent"
        } else {
            "Name a parent"
        };
        view! {
            <div class="buttons">
                {may_set.then(|| view! { <a class="button small" href=set.clone()>{word}</a> })}
                {may_transfer.then(|| view! { <a class="button small" href=transfer.clone()>"Transfer credits"</a> })}
            </div>
        }
    };
    let relatives = family.relatives;
    let content = if relatives.is_empty() {
        let words = if family.has_parent {
            "It has a parent. The others of it are in other hands."
        } else {
            "This customer has no parent, and is the parent of no other."
        };
        view! { <p class="note">{words}</p> }.into_any()
    } else {
        view! { <ul class="facts-list">{relatives.into_iter().map(relative).collect_view()}</ul> }.into_any()
    };
    view! {
        <Panel id="family" title="Parent and transfers" words=words aside=aside>
            {content}
            {(!family.transfers.is_empty()).then(|| view! { <Transfers transfers=family.transfers/> })}
        </Panel>
    }
}

fn relative(one: Relative) -> impl IntoView {
    let role = if one.is_parent { ", the parent" } else { "" };
    view! {
        <li>
            <a href=customer_path(one.id, "")>{one.name}</a>
            <span class="quiet">{format!(" {}{role}", one.key)}</span>
        </li>
    }
}

#[component]
fn Transfers(transfers: Vec<TransferView>) -> impl IntoView {
    let row = |one: TransferView| {
        let other = one.other.unwrap_or_else(|| "another customer".to_owned());
        let words = if one.given {
            format!("To {other}")
        } else {
            format!("From {other}")
        };
        let paid = one.paid.map_or_else(|| "–".to_owned(), format::money);
        view! {
            <tr>
                <th scope="row">
                    <span class="cell"><span>{words}</span><small class="quiet grant-note">{one.reason}</small></span>
                </th>
                <td class="number" data-label="Credits"><Amount credits=one.credits/></td>
                <td class="number" data-label="Paid for them">{paid}</td>
                <td data-label="When"><DayAndTime moment=one.at/></td>
                <td data-label="By">{one.made_by}</td>
            </tr>
        }
    };
    view! {
        <Listing
            caption="Credits that went between customers of one parent, the newest first"
            heads=[text("Transfer"), figures("Credits"), figures("Paid for them"), text("When"), text("By")]
        >
            {transfers.into_iter().map(row).collect_view()}
        </Listing>
    }
}

/// The form that names the parent.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    visit.service().may_set_parent(&actor, customer)?;
    let family = visit.service().family(&actor, customer).await?;
    let name = visit.service().organization(&actor, customer).await?.name;
    let parent = family.relatives.into_iter().find(|one| one.is_parent);
    let key = parent.map_or_else(String::new, |parent| parent.key.to_string());
    Ok(Page::new("Parent", move || view! { <ParentPage name=name key=key/> }).still())
}

#[component]
pub(crate) fn ParentPage(name: String, key: String) -> impl IntoView {
    let place = Place::current();
    let customer = place.customer.map(|id| id.to_string());
    view! {
        <CustomerPages/>
        <PageHeader title="Parent" sentence=format!("Which customer {name} belongs to. Nothing has changed yet.")/>
        <Panel id="parent" title="The parent">
            <ErrorSummary form=FORM/>
            <form class="stack form-narrow" method="post" action="/actions/manage-set-parent">
                <p class="quiet">
                    "Customers of one parent stay apart in everything: credits, limits, members, bills. Only, unspent credits can be \
                     transferred between them from here on."
                </p>
                <input type="hidden" name="customer" value=customer/>
                <Field
                    form=FORM name="parent" label="Key of the parent" value=key required=false
                    help="The key of another customer. Left empty, this one has no parent; transfers that were made stay."
                />
                <Area form=FORM name="reason" label="Reason" length_max=500 help="In the audit log."/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Set the parent"</button>
                    <a class="button quiet" href=place.link("")>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}
