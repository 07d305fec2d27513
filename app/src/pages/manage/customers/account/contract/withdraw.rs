//! `/manage/customers/{id}/contract/withdraw?contract=…`: takes back a contract that has not begun, or its last amendment before
//! that takes effect, once it is confirmed.

use drawdown_domain::id::ContractId;
use drawdown_service::contracts::{ContractState, ContractVersionView, ContractView};
use leptos::prelude::*;
use serde::Deserialize;

use super::{FORM, contract_to_change};
use crate::address::with_query;
use crate::answer::{Answer, done, refused};
use crate::error::PageError;
use crate::pages::manage::changes::Changes;
use crate::pages::manage::customers::account::server_fns::{below, customer_of};
use crate::pages::manage::customers::account::step::LastStep;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// Where the step is, below a customer.
const PATH: &str = "/contract/withdraw";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    contract: String,
    /// The amendment, by the number of its version; empty for the contract.
    version: String,
}

/// What of a contract can be taken back: the word of each link, and where it leads.
pub(super) fn links(contract: &ContractView) -> Vec<(String, String)> {
    let place = Place::current();
    let id = contract.id.to_string();
    let whole = (contract.state == ContractState::Upcoming).then(|| {
        let link = with_query(&place.link(PATH), &[("contract", &id)]);
        ("Take it back".to_owned(), link)
    });
    let amendment = last_amendment(contract).map(|version| {
        let number = version.number.to_string();
        let link = with_query(&place.link(PATH), &[("contract", &id), ("version", &number)]);
        (format!("Take version {number} back"), link)
    });
    whole.into_iter().chain(amendment).collect()
}

/// The amendment that has not taken effect and was agreed last.
fn last_amendment(contract: &ContractView) -> Option<&ContractVersionView> {
    let newest = contract.versions.first().filter(|newest| newest.waits);
    newest.filter(|_| contract.versions.len() > 1)
}

/// The step.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { contract, version } = visit.query();
    let contract = contract_to_change(&visit, visit.customer()?, &contract).await?;
    if version.is_empty() {
        if contract.state != ContractState::Upcoming {
            return Err(PageError::NotFound("contract that has not begun"));
        }
        return Ok(Page::new(
            "Take the contract back",
            move || view! { <ContractWithdrawPage contract=contract/> },
        )
        .still());
    }
    let amendment = last_amendment(&contract).filter(|newest| newest.number.to_string() == version);
    let amendment = amendment
        .cloned()
        .ok_or(PageError::NotFound("amendment that has not taken effect"))?;
    Ok(Page::new(
        "Take the amendment back",
        move || view! { <AmendmentWithdrawPage contract=contract amendment=amendment/> },
    )
    .still())
}

#[component]
pub(crate) fn ContractWithdrawPage(contract: ContractView) -> impl IntoView {
    let amended = if contract.versions.len() > 1 {
        ", with its amendments"
    } else {
        ""
    };
    let sentence = format!(
        "The contract with {} on {}, from {} on, is taken back{amended}.",
        contract.customer, contract.plan, contract.begins.full
    );
    view! {
        <LastStep
            title="Take the contract back" form=FORM action="/actions/manage-withdraw-contract" sentence=sentence
            consequence="It never begins: no credits are released and nothing is due by it. The customer stays on the plan that it has."
            fields=vec![("contract", contract.id.to_string()), ("version", String::new())] button="Take it back" destructive=true
            back=Place::current().link("")
        />
    }
}

#[component]
pub(crate) fn AmendmentWithdrawPage(contract: ContractView, amendment: ContractVersionView) -> impl IntoView {
    let number = amendment.number;
    let sentence = format!(
        "Version {number} of the contract with {} on {}, agreed from {} on, is taken back.",
        contract.customer, contract.plan, amendment.effective.full
    );
    let before = contract.versions.get(1).map_or(1, |version| version.number);
    let consequence =
        format!("It never takes effect, and version {before} goes on. What was released and fell due stays.");
    view! {
        <LastStep
            title="Take the amendment back" form=FORM action="/actions/manage-withdraw-contract" sentence=sentence
            consequence=consequence
            fields=vec![("contract", contract.id.to_string()), ("version", number.to_string())] button="Take it back"
            destructive=true back=Place::current().link("")
        >
            <p class="quiet">"What it would have changed:"</p>
            <Changes changes=amendment.changes none="It changes nothing."/>
        </LastStep>
    }
}

/// Takes a contract back, or its last amendment.
#[server(prefix = "/actions", endpoint = "manage-withdraw-contract")]
pub(super) async fn withdraw_contract(customer: String, contract: String, version: String) -> Answer {
    let visit = Visit::current();
    let withdrawn = async {
        let id = customer_of(&visit, &customer)?;
        let contract: ContractId = contract.parse().map_err(|_| PageError::NotFound("contract"))?;
        let (actor, service) = (visit.actor()?, visit.service());
        if version.is_empty() {
            service.withdraw_contract(&actor, id, contract).await?;
            return Ok("Taken back: the contract never begins.");
        }
        let version: u32 = version.parse().map_err(|_| PageError::NotFound("amendment"))?;
        service.withdraw_amendment(&actor, id, contract, version).await?;
        Ok::<_, PageError>("Taken back: the version before goes on.")
    };
    // What has begun meanwhile has no step any more: the account tells since when.
    let back = below(&customer, "#contracts");
    match withdrawn.await {
        Ok(notice) => done(&visit, &back, notice),
        Err(error) => refused(&visit, &back, FORM, &[], error),
    }
}
