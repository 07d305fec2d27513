//! `/manage/customers/{id}/contract/own?contract=…`: what a contract says otherwise than its plan: ceilings, what is beyond the
//! credits, failed runs, when credits are low. A form for each with the fields that plans have, and the last step, which signs
//! an amendment: from now on, or with the last version where that is yet to take effect.

mod server_fns;
mod terms;

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::contract::ContractTerms;
use drawdown_domain::plan::PlanTerms;
use leptos::prelude::*;

use super::super::step::LastStep;
use crate::address::{with_form, with_query};
use crate::components::badge::Badge;
use crate::components::form::ErrorSummary;
use crate::components::notice::Tone;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, act, text};
use crate::error::PageError;
use crate::pages::manage::changes::Changes;
use crate::pages::manage::customers::head::CustomerPages;
use crate::pages::manage::filled::Filled;
use crate::pages::manage::plans::part::{FORM, Naming};
use crate::shell::Page;
use crate::visit::{Place, Visit};
use terms::{AS_THE_PLAN_SAYS, Agreed, Own, TAKE_AWAY, agreed};

/// Where it is, below the customer's account.
pub(super) const PATH: &str = "/contract/own";

/// What it is called, and what leads to it.
pub(super) const TITLE: &str = "What differs from the plan";

/// What a form carries from step to step; which customer it is of stands in the address.
pub(super) fn pairs(form: &Filled) -> Vec<(&str, &str)> {
    let pairs = form.pairs().into_iter();
    pairs.filter(|(name, _)| *name != "customer").collect()
}

/// The list.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let asked: Filled = visit.query();
    let agreed = agreed(&visit, visit.customer()?, asked.get("contract")).await?;
    let when = agreed.effective_words(visit.service().instant());
    Ok(Page::new(TITLE, move || view! { <OwnPage agreed=agreed when=when/> }).still())
}

/// The address of a step below the list of a contract.
fn below(contract: &str, path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = std::iter::once(("contract", contract))
        .chain(pairs.iter().copied())
        .collect();
    with_query(&Place::current().link(&format!("{PATH}{path}")), &pairs)
}

#[component]
fn OwnPage(agreed: Agreed, when: String) -> impl IntoView {
    let id = agreed.contract.id.to_string();
    let own: Vec<Change> = agreed.contract.terms.differences();
    let taken_away = own
        .iter()
        .filter(|one| one.to.as_deref() == Some(ContractTerms::TAKEN_AWAY))
        .cloned();
    let lines = agreed.terms().written().into_iter().chain(taken_away);
    let row = |line: Change| {
        let is_own = own.iter().any(|one| one.what == line.what);
        let acts = acts(&agreed, &line, is_own)?;
        let (tone, whose) = if is_own {
            (Tone::Accent, "agreed here")
        } else {
            (Tone::Plain, "as the plan says")
        };
        Some(view! {
            <tr>
                <th scope="row">{line.what}</th>
                <td data-label="Term">{line.to}</td>
                <td data-label="Whose"><Badge tone=tone word=whose/></td>
                <td data-label="Act"><span class="limit-links">{acts}</span></td>
            </tr>
        })
    };
    let rows = lines.filter_map(row).collect_view();
    let add = [
        (Own::Cap, "Add a ceiling on credits"),
        (Own::Throttle, "Add a ceiling on the rate"),
        (Own::LowBalance, "When credits are low"),
        (Own::Refunds, "Failed runs"),
    ];
    let add = add.map(|(part, word)| {
        let href = below(&id, "/form", &[("part", part.word())]);
        view! { <a class="button small" href=href>{word}</a> }
    });
    let sentence = format!(
        "{} on {}, by the newest version: each term of its own, and those that are as the plan says. A change is signed as an amendment, {when}.",
        agreed.contract.customer, agreed.contract.plan
    );
    view! {
        <CustomerPages/>
        <PageHeader title=TITLE sentence=sentence/>
        <ErrorSummary form=FORM/>
        <Panel id="own" title="Terms">
            <Listing caption="Terms, and whose they are" heads=[text("What"), text("Term"), text("Whose"), act("Act")]>{rows}</Listing>
            <p class="buttons panel-foot">
                {add.into_iter().collect_view()}
            </p>
        </Panel>
    }
}

/// What can be done with a term; nothing of one that is neither changed here nor agreed otherwise than the plan says.
fn acts(agreed: &Agreed, line: &Change, is_own: bool) -> Option<AnyView> {
    let (what, id) = (&line.what, agreed.contract.id.to_string());
    let Some((part, name)) = Own::of_line(what) else {
        let amend = with_query(&Place::current().link("/contract"), &[("amends", &id)]);
        let act = || {
            if Own::is_of_contract(what) {
                view! { <a class="button small" href=amend aria-label=format!("Amend {what}")>"Amend"</a> }.into_any()
            } else {
                view! { <span class="quiet" title="It is agreed over the API">"–"</span> }.into_any()
            }
        };
        return is_own.then(act);
    };
    let is_gone = line.to.as_deref() == Some(ContractTerms::TAKEN_AWAY);
    let change = (!is_gone).then(|| {
        let href = below(&id, "/form", &[("part", part.word()), ("name", name)]);
        view! { <a class="button small" href=href aria-label=format!("Change {what}")>"Change"</a> }
    });
    let is_of_plan = !part.is_named() || part.is_known(&agreed.contract.base_terms, name);
    let undo = match (is_own, is_of_plan) {
        (true, true) => Some((AS_THE_PLAN_SAYS, "As the plan says")),
        (true, false) => Some((TAKE_AWAY, "Take it away")),
        (false, _) => part.can_be_taken_away().then_some((TAKE_AWAY, "Take it away")),
    };
    let undo = undo.map(|(act, word)| {
        let href = below(&id, "/confirm", &[("part", part.word()), ("name", name), ("act", act)]);
        view! { <a class="button small quiet" href=href aria-label=format!("{word}: {what}")>{word}</a> }
    });
    Some(view! { {change}{undo} }.into_any())
}

/// The form of one term.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let asked: Filled = visit.query();
    let agreed = agreed(&visit, visit.customer()?, asked.get("contract")).await?;
    let part = Own::of(asked.get("part"))?;
    let name = asked.get("name").to_owned();
    // What was filled in before the last step is shown again.
    let only_named = |name: &str| matches!(name, "contract" | "part" | "name" | "flash");
    let is_filled = !asked.pairs().into_iter().all(|(name, _)| only_named(name));
    let typed = agreed.asked(&asked).ok().filter(|_| is_filled);
    let shown = typed.map(|terms| terms.applied_to(&agreed.contract.base_terms));
    Ok(Page::new(
        part.title(),
        move || view! { <FormPage agreed=agreed part=part name=name nostrip:shown=shown/> },
    )
    .still())
}

#[component]
fn FormPage(
    agreed: Agreed,
    part: Own,
    name: String,
    /// The terms with what was filled in before.
    #[prop(optional)]
    shown: Option<PlanTerms>,
) -> impl IntoView {
    let place = Place::current();
    let (terms, id) = (agreed.terms(), agreed.contract.id.to_string());
    let is_known = part.is_known(&terms, &name);
    let back = with_query(&place.link(PATH), &[("contract", &id)]);
    let sentence = format!(
        "Of the contract with {}. The next step says what changes, before it is signed.",
        agreed.contract.customer
    );
    view! {
        <CustomerPages/>
        <PageHeader title=part.title() sentence=sentence/>
        <Panel id="part" title=if is_known { name.clone() } else { part.title().to_owned() }>
            <ErrorSummary form=FORM/>
            <form class="stack form-narrow" method="post" action="/actions/manage-check-own-terms">
                <input type="hidden" name="customer" value=place.customer.map(|id| id.to_string())/>
                <input type="hidden" name="contract" value=id/>
                <input type="hidden" name="part" value=part.word()/>
                <Naming is_named=part.is_named() is_known=is_known name=name.clone()/>
                {part.fields(&shown.unwrap_or(terms), &name, agreed.choices)}
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=back>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}

/// What changes, before it is signed.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let form: Filled = visit.query();
    let agreed = agreed(&visit, visit.customer()?, form.get("contract")).await?;
    let terms = agreed.asked(&form)?;
    let when = agreed.effective_words(visit.service().instant());
    Ok(Page::new(
        "Amend the contract",
        move || view! { <ConfirmPage agreed=agreed form=form terms=terms when=when/> },
    )
    .still())
}

#[component]
fn ConfirmPage(agreed: Agreed, form: Filled, terms: ContractTerms, when: String) -> impl IntoView {
    let place = Place::current();
    let changes = agreed.changes_to(&terms);
    let sentence = format!(
        "Amend the contract with {} on {}, {when}.",
        agreed.contract.customer, agreed.contract.plan
    );
    let pairs = pairs(&form);
    let back = if form.get("act").is_empty() {
        with_form(&place.link(&format!("{PATH}/form")), &pairs)
    } else {
        with_query(&place.link(PATH), &[("contract", form.get("contract"))])
    };
    let decided = pairs.iter().map(|(name, value)| {
        view! { <input type="hidden" name=(*name).to_owned() value=(*value).to_owned()/> }
    });
    let decided = decided.collect_view();
    view! {
        <LastStep
            title="Amend the contract" form=FORM action="/actions/manage-put-own-terms" sentence=sentence
            consequence="Runs that begin from then on find it so. What is committed, released and paid stays as it is."
            fields=Vec::new() button="Sign the amendment" back=back back_word="Change it"
        >
            {decided}
            <Changes changes=changes none="It is so already."/>
        </LastStep>
    }
}
