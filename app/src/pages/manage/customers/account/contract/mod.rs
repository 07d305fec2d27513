//! A customer's contracts: the panel on its account, the form that signs or amends one, what it will do before it is signed,
//! and the steps that end one or take it back.

mod form;
pub mod own;
mod versions;
pub mod withdraw;

use drawdown_domain::contract::Renewal;
use drawdown_domain::format;
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_service::contracts::{ContractChoices, ContractPreview, ContractState, ContractView, StepView};
use drawdown_service::schedule::PlanChangeView;
use leptos::prelude::*;
use serde::Deserialize;

use super::super::head::CustomerPages;
use super::plan_changes::PlanChanges;
use super::step::LastStep;
use crate::address::with_query;
use crate::components::amount::credits_words;
use crate::components::badge::Badge;
use crate::components::confirm::decided;
use crate::components::empty::Empty;
use crate::components::form::{Area, ErrorSummary, Field, Select};
use crate::components::notice::Tone;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, figures, text};
use crate::error::PageError;
use crate::pages::manage::changes::{Changes, agreed};
use crate::shell::Page;
use crate::visit::{Place, Visit};
pub(crate) use form::ContractForm;
use form::SPREADS;
use versions::Versions;

/// The form's name.
pub(super) const FORM: &str = "contract";

/// The panel: contracts, the newest first, with what the first that is not over does next.
#[component]
pub(super) fn Contracts(contracts: Vec<ContractView>, changes: Vec<PlanChangeView>, may: bool) -> impl IntoView {
    let none = contracts.is_empty();
    let aside = move || {
        may.then(|| view! { <a class="button small" href=Place::current().link("/contract")>"Sign a contract"</a> })
    };
    view! {
        <Panel id="contracts" title="Contracts" words="What is committed, when it is released and paid, and how it goes on." aside=aside>
            <ErrorSummary form=FORM/>
            <PlanChanges changes=changes may=may/>
            {if none {
                view! { <Empty title="No contract" words="This customer has its plan, and nothing agreed beyond it."/> }.into_any()
            } else {
                contracts.into_iter().map(|contract| view! { <Contract contract=contract may=may/> }).collect_view().into_any()
            }}
        </Panel>
    }
}

#[component]
fn Contract(contract: ContractView, may: bool) -> impl IntoView {
    let place = Place::current();
    let (tone, word) = match contract.state {
        ContractState::Upcoming => (Tone::Accent, "signed, not begun"),
        ContractState::Running => (Tone::Ok, "running"),
        ContractState::Ended => (Tone::Plain, "over"),
    };
    let terms = &contract.terms;
    let discount = contract
        .discount
        .filter(|percent| !percent.is_zero())
        .map_or_else(String::new, |percent| {
            format!(", {} % under list", percent.round_dp(2).normalize())
        });
    let ends = contract.ends.as_ref().map_or_else(
        || ", term after term".to_owned(),
        |ends| format!(" until {}", ends.full),
    );
    let sentence = format!(
        "{} for {} months buys {}{discount}. Released {}; paid {}; {}.",
        format::money(terms.committed),
        terms.months,
        credits_words(contract.credits),
        terms.release,
        terms.payments,
        contract.renewal,
    );
    let id = contract.id.to_string();
    let amend = with_query(&place.link("/contract"), &[("amends", &id)]);
    let end = with_query(&place.link("/contract/end"), &[("contract", &id)]);
    let own = with_query(&place.link(own::PATH), &[("contract", &id)]);
    let differs = terms.differences();
    let differs = (!differs.is_empty())
        .then(|| view! { <dl class="agreed">{differs.into_iter().map(agreed).collect_view()}</dl> });
    let open = contract.state != ContractState::Ended;
    let renews = terms.renewal != Renewal::None;
    let withdrawals = withdraw::links(&contract);
    let note = terms.note.clone().map(|note| view! { <p class="note">{note}</p> });
    let is_amended = contract.versions.len() > 1;
    let versions = is_amended.then(|| view! { <Versions versions=contract.versions/> });
    let next = (!contract.next.is_empty()).then(|| view! { <Steps caption="What it does next" steps=contract.next/> });
    view! {
        <article class="stack">
            <h3>{contract.plan}" "<Badge tone=tone word=word/></h3>
            <p>{sentence}</p>
            <p class="quiet">
                {format!(
                    "From {}{ends}; version {}, in force from {}.",
                    contract.begins.full, contract.version, contract.effective.full
                )}
            </p>
            {differs}
            {note}
            {next}
            {versions}
            {(may && open).then(|| view! {
                <div class="buttons">
                    <a class="button small" href=amend>"Amend"</a>
                    <a class="button small" href=own>{own::TITLE}</a>
                    {renews.then(|| view! { <a class="button small" href=end>"End with its term"</a> })}
                    {withdrawals.into_iter().map(|(word, link)| view! { <a class="button small" href=link>{word}</a> }).collect_view()}
                </div>
            })}
        </article>
    }
}

/// Steps with their days.
#[component]
fn Steps(caption: &'static str, steps: Vec<StepView>) -> impl IntoView {
    let rows = steps
        .into_iter()
        .map(|step| {
            let class = |is_there: bool| if is_there { "number" } else { "number absent" };
            let classes = [class(step.credits.is_some()), class(step.money.is_some())];
            let credits = step.credits.map_or_else(|| "–".to_owned(), format::credits);
            let money = step.money.map_or_else(|| "–".to_owned(), format::money);
            view! {
                <tr>
                    <th scope="row"><time datetime=step.at.iso title=step.at.full>{step.at.day}</time></th>
                    <td data-label="What">{step.words}</td>
                    <td class=classes[0] data-label="Credits">{credits}</td>
                    <td class=classes[1] data-label="Due">{money}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Listing caption=caption heads=[text("Day"), text("What"), figures("Credits"), figures("Due")]>{rows}</Listing>
    }
}

/// The contract that an address or a form names, for whoever may agree on contracts with the customer.
async fn contract_to_change(visit: &Visit, customer: OrganizationId, id: &str) -> Result<ContractView, PageError> {
    let (actor, service) = (visit.actor()?, visit.service());
    service.may_manage_contracts(&actor, customer)?;
    let id: ContractId = id.parse().map_err(|_| PageError::NotFound("contract"))?;
    Ok(service.contract(&actor, customer, id).await?)
}

/// The form, of a new contract or an amendment.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    let choices = visit.service().contract_choices(&actor, customer).await?;
    let typed: ContractForm = visit.query();
    let today = choices.today.clone();
    let form = if typed.amends.is_empty() {
        if typed.plan.is_empty() {
            ContractForm::new(visit.service().new_contract_id().to_string(), today)
        } else {
            typed
        }
    } else {
        let known = contract_to_change(&visit, customer, &typed.amends).await?;
        if typed.plan.is_empty() {
            ContractForm::amending(&known, today)
        } else {
            typed
        }
    };
    let title = title(!form.amends.is_empty());
    Ok(Page::new(title, move || view! { <ContractPage choices=choices form=form/> }).still())
}

const fn title(amends: bool) -> &'static str {
    if amends {
        "Amend the contract"
    } else {
        "Sign a contract"
    }
}

fn options(options: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(value, word): &(&str, &str)| ((*value).to_owned(), (*word).to_owned());
    options.iter().map(owned).collect()
}

#[component]
pub(crate) fn ContractPage(choices: ContractChoices, form: ContractForm) -> impl IntoView {
    let place = Place::current();
    let customer = place.customer.map(|id| id.to_string());
    let currency = choices.currency.as_str().to_owned();
    let mut plans: Vec<(String, String)> = choices
        .plans
        .iter()
        .map(|(id, name)| (id.to_string(), name.clone()))
        .collect();
    if !form.plan.is_empty() && plans.iter().all(|(id, _)| *id != form.plan) {
        plans.insert(0, (form.plan.clone(), "As it is agreed".to_owned()));
    }
    let amends = !form.amends.is_empty();
    let renewals = options(&[
        ("none", "It ends with its term"),
        ("same", "Renewed for the same length, with the same commitment"),
        ("months", "Renewed for so many months, in proportion"),
    ]);
    let (starts, months) = (form.starts.clone(), form.months.clone());
    let days = if amends {
        view! {
            <input type="hidden" name="starts" value=starts/>
            <input type="hidden" name="months" value=months/>
            <Field form=FORM name="effective" label="From" kind="date" value=form.effective help="What was due before that day stays as it was."/>
        }
        .into_any()
    } else {
        view! {
            <Field form=FORM name="starts" label="Begins" kind="date" value=starts help="At midnight of the customer's own day."/>
            <Field form=FORM name="months" label="Term" value=months inputmode="numeric" unit="months"/>
        }
        .into_any()
    };
    let sentence = format!(
        "With {}. The next step shows what it will do, day by day, before it is signed.",
        choices.customer
    );
    let table = "Only for a table. A line for each part: months after the first day, and percent: 0 10";
    view! {
        <CustomerPages/>
        <PageHeader title=title(amends) sentence=sentence/>
        <Panel id="contract" title="What is agreed">
            <ErrorSummary form=FORM/>
            <form class="stack form-narrow" method="post" action="/actions/manage-check-contract">
                <input type="hidden" name="customer" value=customer/>
                <input type="hidden" name="once" value=form.once/>
                <input type="hidden" name="amends" value=form.amends/>
                <Select form=FORM name="plan" label="Plan" options=plans value=form.plan/>
                <Field form=FORM name="committed" label="Committed for a term" value=form.committed inputmode="decimal" unit=currency.clone()/>
                <Field
                    form=FORM name="conversion_rate" label="Conversion rate" value=form.conversion_rate inputmode="decimal"
                    unit=format!("credits for 1 {currency}") help="The discount lives here: it stands in place of the plan's own rate."
                />
                {days}
                <Select form=FORM name="release" label="Credits are released" options=options(&SPREADS) value=form.release/>
                <Area form=FORM name="release_table" label="Table of releases" value=form.release_table help=table length_max=2_000 required=false/>
                <Select form=FORM name="payments" label="Payments are due" options=options(&SPREADS) value=form.payments/>
                <Area form=FORM name="payments_table" label="Table of payments" value=form.payments_table help=table length_max=2_000 required=false/>
                <Select form=FORM name="renewal" label="After the term" options=renewals value=form.renewal/>
                <Field form=FORM name="renewal_months" label="Months of a renewal" value=form.renewal_months inputmode="numeric" unit="months" required=false/>
                <Field form=FORM name="price" label="Price of an interval" value=form.price inputmode="decimal" unit=currency.clone() required=false help="Left empty, as the plan says."/>
                <Field form=FORM name="seats" label="Members included" value=form.seats inputmode="numeric" required=false help="Left empty, as the plan says."/>
                <Field form=FORM name="extra_seat_price" label="Price of a further member" value=form.extra_seat_price inputmode="decimal" unit=currency required=false help="Left empty, as the plan says; where neither has one, there are no more than those included."/>
                <Area form=FORM name="note" label="Note" value=form.note length_max=2_000 required=false help="For the staff."/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=place.link("")>"Sign nothing"</a>
                </div>
            </form>
        </Panel>
    }
}

/// What will happen, day by day.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let customer = visit.customer()?;
    let form: ContractForm = visit.query();
    let preview = form.preview(&visit, customer).await?;
    let name = visit
        .service()
        .contract_choices(&visit.actor()?, customer)
        .await?
        .customer;
    let title = title(!form.amends.is_empty());
    Ok(Page::new(
        title,
        move || view! { <ContractConfirmPage name=name form=form preview=preview/> },
    )
    .still())
}

#[component]
pub(crate) fn ContractConfirmPage(name: String, form: ContractForm, preview: ContractPreview) -> impl IntoView {
    let back = with_query(&Place::current().link("/contract"), &form.pairs());
    let amends = !form.amends.is_empty();
    let ends = preview
        .ends
        .as_ref()
        .map_or_else(String::new, |ends| format!(" until {}", ends.full));
    let what = format!(
        "{name} on {}: {} from {}{ends}",
        preview.plan,
        credits_words(preview.credits),
        preview.begins.full
    );
    let sentence = match &preview.amendment {
        None => format!("Sign a contract with {what}."),
        Some(amendment) => format!("From {} on, amend the contract with {what}.", amendment.effective.full),
    };
    let changes = preview
        .amendment
        .map(|amendment| view! { <Changes changes=amendment.changes none="It is so already."/> });
    let consequence = preview.discount.filter(|percent| !percent.is_zero()).map_or_else(
        || "At the plan's own rate.".to_owned(),
        |percent| format!("{} % under the plan's own rate.", percent.round_dp(2).normalize()),
    );
    view! {
        <LastStep
            title=title(amends) form=FORM action="/actions/manage-sign-contract" sentence=sentence consequence=consequence
            fields=decided(&form.pairs()) button="Sign" back=back back_word="Change it"
        >
            {changes}
            <Steps caption="What it will do" steps=preview.steps/>
        </LastStep>
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EndQuery {
    contract: String,
}

/// The step that ends a contract with its present term.
pub async fn end_page(visit: Visit) -> Result<Page, PageError> {
    let EndQuery { contract } = visit.query();
    let contract = contract_to_change(&visit, visit.customer()?, &contract).await?;
    Ok(Page::new(
        "End the contract",
        move || view! { <ContractEndPage contract=contract/> },
    )
    .still())
}

#[component]
pub(crate) fn ContractEndPage(contract: ContractView) -> impl IntoView {
    let sentence = format!(
        "The contract with {} on {} ends with its present term and is not renewed.",
        contract.customer, contract.plan
    );
    view! {
        <LastStep
            title="End the contract" form=FORM action="/actions/manage-end-contract"
            sentence=sentence
            consequence="Until then everything stays as it is agreed. What is left of its credits expires with it."
            fields=vec![("contract", contract.id.to_string())] button="End it with its term" destructive=true
            back=Place::current().link("")
        />
    }
}
