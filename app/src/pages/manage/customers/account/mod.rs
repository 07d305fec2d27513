//! `/manage/customers/{id}`: a customer's account, as whoever looks after it works on it: how it does, its grants, notes,
//! members, and the newest of its audit log. Looking is written down there, too.

mod adjustment_actions;
pub mod adjustments;
pub mod audit;
pub mod ceiling;
mod charges;
pub mod contract;
pub mod family;
mod family_actions;
pub mod give;
mod grants;
mod limits;
mod notes;
pub mod plan;
mod plan_changes;
mod server_fns;
pub mod status;
mod step;
pub mod take_back;
pub mod transfer;

use drawdown_domain::format;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_service::account::{AccountRights, AccountView, MemberView};
use drawdown_service::audit::AuditEntry;
use drawdown_service::portfolio::{HealthFilter, reason};
use leptos::prelude::*;

use super::head::CustomerPages;
use crate::components::amount::{credits_and_money, credits_words};
use crate::components::badge::Badge;
use crate::components::figure::{Figure, Figures};
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::rail::role_word;
use crate::components::table::{Listing, text};
use crate::error::PageError;
use crate::pages::manage::audit::table::AuditTable;
use crate::shell::Page;
use crate::visit::{Place, Visit};
use adjustments::Waiting;
use charges::Charges;
use contract::Contracts;
use family::Family;
use grants::Grants;
use limits::Limits;
use notes::Notes;

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    visit.service().look(&actor, customer, "account").await?;
    let account = visit.service().account(&actor, customer).await?;
    let note = visit.service().new_note_id().to_string();
    Ok(Page::new(
        account.customer.name.clone(),
        move || view! { <AccountPage account=account note=note/> },
    )
    .still())
}

#[component]
pub(crate) fn AccountPage(account: AccountView, note: String) -> impl IntoView {
    let customer = account.customer.clone();
    let (may, status) = (account.may, customer.status);
    let sentence = sentence(&account);
    let suspended = (status == OrganizationStatus::Suspended).then(|| {
        view! {
            <Notice tone=Tone::Danger>"Suspended: every run is refused. Its credits keep their ends."</Notice>
        }
    });
    let figures = account.clone();
    let of_this = |line| AuditEntry { line, customer: None };
    let newest = account.audit.items.into_iter().map(of_this).collect();
    view! {
        <CustomerPages/>
        <PageHeader
            title=customer.name sentence=sentence
            actions=move || view! { <Actions may=may status=status/> }
        />
        {suspended}
        <AccountFigures account=figures/>
        <Waiting adjustments=account.adjustments/>
        <Contracts contracts=account.contracts changes=account.changes may=may.contracts/>
        <Charges charges=account.charges/>
        <Grants grants=account.grants may=may/>
        <Limits limits=account.limits may=may.ceilings/>
        <Family family=account.family/>
        <div class="columns">
            <Notes notes=account.notes may=may.notes note=note/>
            <Members members=account.members/>
        </div>
        <Panel
            id="audit" title="Audit log" words="Who changed what, and who of the staff looked."
            aside=|| view! { <a class="button small" href=Place::current().link("/audit")>"All of it"</a> }
        >
            <AuditTable entries=newest/>
        </Panel>
    }
}

/// `On Studio, in the hands of Amara Okafor: 6,412 credits ($64.12) left, on pace. Key hanami, times in Asia/Tokyo.`
fn sentence(account: &AccountView) -> String {
    let customer = &account.customer;
    let plan = (customer.plan.as_ref()).map_or_else(|| "Without a plan".to_owned(), |plan| format!("On {}", plan.name));
    let hands = account
        .account_manager
        .as_ref()
        .map_or_else(String::new, |name| format!(", in the hands of {name}"));
    let left = credits_and_money(customer.balance, customer.worth);
    let owed = if customer.owed.is_positive() {
        format!(", {} owed", credits_words(customer.owed))
    } else {
        String::new()
    };
    let zone = customer.time_zone.replace('_', " ");
    format!(
        "{plan}{hands}: {left} left{owed}. Key {}, times of {zone}.",
        customer.key
    )
}

/// What can be done; what the role does not allow is left out.
#[component]
fn Actions(may: AccountRights, status: OrganizationStatus) -> impl IntoView {
    let place = Place::current();
    let word = match status {
        OrganizationStatus::Active => "Suspend",
        OrganizationStatus::Suspended => "Resume",
    };
    let (give, change) = (place.link("/give"), place.link("/status"));
    let plan = place.link("/plan");
    view! {
        {may.contracts.then(|| view! { <a class="button" href=plan>"Change the plan"</a> })}
        {may.suspend.then(|| view! { <a class="button" href=change>{word}</a> })}
        {may.grants.then(|| view! { <a class="button primary" href=give>"Give credits"</a> })}
    }
}

#[component]
fn AccountFigures(account: AccountView) -> impl IntoView {
    let row = account.row;
    let exact = |credits| format!("{} credits", format::credits_exact(credits));
    let unknown = || "–".to_owned();
    let pace = row.pace.map_or_else(
        || "no grant with an end sets a pace".to_owned(),
        |pace| format!("a pace that just uses all up: {}", format::credits(pace)),
    );
    let (depletes, depletes_note) = row.depletes.map_or_else(
        || {
            (
                unknown(),
                "not in sight at the usual burn, or nothing is left".to_owned(),
            )
        },
        |at| (at.relative, at.full),
    );
    let (renews, renews_note) = row.renews.map_or_else(
        || (unknown(), "no credits come by period, and none end".to_owned()),
        |at| (at.relative, at.full),
    );
    let health = HealthFilter::of(row.health).word();
    view! {
        <Figures live="account-figures">
            <Figure label="Credits left" first=true value=format::credits(row.left) exact=exact(row.left) unit="credits" note="can be burned now"/>
            <Figure label="Burn, 30 days" value=format::credits(row.burned) exact=exact(row.burned) unit="credits" note=pace/>
            <Figure label="Health" value=health note=reason(row.health)/>
            <Figure label="Runs out" value=depletes note=depletes_note/>
            <Figure label="Renewal" value=renews note=renews_note/>
        </Figures>
    }
}

#[component]
fn Members(members: Vec<MemberView>) -> impl IntoView {
    let rows = members
        .into_iter()
        .map(|member| {
            let (tone, word) = if member.disabled { (Tone::Danger, "disabled") } else { (Tone::Ok, "may sign in") };
            view! {
                <tr>
                    <th scope="row"><span class="cell"><span>{member.name}</span><small class="quiet">{member.email}</small></span></th>
                    <td data-label="Role">{role_word(member.role)}</td>
                    <td data-label="State"><Badge tone=tone word=word/></td>
                </tr>
            }
        })
        .collect_view();
    let none = rows.is_empty();
    view! {
        <Panel id="members" title="Members" class="half">
            {if none {
                view! { <p class="note">"Nobody signs in for this customer yet."</p> }.into_any()
            } else {
                view! {
                    <Listing caption="Members" heads=[text("Member"), text("Role"), text("State")]>{rows}</Listing>
                }
                .into_any()
            }}
        </Panel>
    }
}
