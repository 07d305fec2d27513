//! `/limits/cap`: a cap is made or changed in two steps (a form, and the same in words), and removed in one.
//!
//! What was typed travels in the address, so that every step can be gone back to with nothing lost. Only the last step
//! of each changes anything.

pub(crate) mod fields;
pub(crate) mod form;
mod server_fns;
pub(crate) mod words;

use drawdown_domain::Key;
use drawdown_domain::limit::{CapAction, LimitOwner};
use drawdown_service::customers::PlanView;
use drawdown_service::limits::{CapInput, CapView, LimitsView, WhatIf};
use drawdown_service::{Action, ServiceError};
use leptos::prelude::*;
use serde::Deserialize;

use crate::address::with_query;
use crate::components::amount::credits_words;
use crate::components::confirm::{Confirm, decided};
use crate::components::form::ErrorSummary;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::limits::form::{LimitForm as _, asked};
use crate::pages::limits::{MayNotPage, PATH};
use crate::shell::Page;
use crate::visit::Visit;
use fields::CapFields;
use form::CapForm;

/// The form's name in messages.
const FORM: &str = "cap";
/// Where the form is.
const FORM_PATH: &str = "/limits/cap";
/// Where it is said in words.
const CONFIRM_PATH: &str = "/limits/cap/confirm";

/// The address of a step with what was typed.
fn address(path: &str, form: &CapForm) -> String {
    with_query(path, &form.pairs())
}

async fn limits_and_plan(visit: &Visit) -> Result<(LimitsView, Option<PlanView>), PageError> {
    let (actor, organization) = (visit.actor()?, visit.member()?.organization);
    let (limits, organization) = futures_util::future::try_join(
        visit.service().limits(&actor, organization),
        visit.service().organization(&actor, organization),
    )
    .await?;
    Ok((limits, organization.plan))
}

/// `/limits/cap`: the form, empty, of the cap `name`, or with what an earlier step was told.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    if !visit.may(Action::SetCustomerLimits) {
        return Ok(Page::new("Set a cap", || view! { <MayNotPage title="Set a cap"/> }));
    }
    let (limits, plan) = limits_and_plan(&visit).await?;
    let (form, existing) = asked::<CapForm>(&visit, LimitOwner::Customer, &limits);
    let title = if existing.is_some() {
        "Change a cap"
    } else {
        "Set a cap"
    };
    Ok(Page::new(
        title,
        move || view! { <CapFormPage form=form nostrip:existing=existing limits=limits nostrip:plan=plan/> },
    ))
}

#[component]
pub(crate) fn CapFormPage(
    form: CapForm,
    #[prop(optional)] existing: Option<CapView>,
    limits: LimitsView,
    #[prop(optional)] plan: Option<PlanView>,
) -> impl IntoView {
    let (title, sentence) = match &existing {
        Some(cap) => (
            "Change a cap",
            format!(
                "It counts {}, {}. To count something else, set another cap.",
                cap.scope_words, cap.window_words
            ),
        ),
        None => (
            "Set a cap",
            "A cap stops runs, or shows them, at a number of credits or an amount of money.".to_owned(),
        ),
    };
    let choices = existing.is_none().then_some(limits.choices);
    let currency = plan.map(|plan| plan.currency);
    view! {
        <PageHeader title=title sentence=sentence actions=|| view! { <a class="button quiet" href=PATH>"Back to limits"</a> }/>
        <Panel id="cap-form" title="The cap">
            <form class="form limit-form" method="post" action="/actions/check-cap">
                <ErrorSummary form=FORM/>
                <CapFields
                    form=FORM typed=form nostrip:choices=choices nostrip:currency=currency
                    marks="Percent of the limit, with commas: from each of them on it stands out on your pages."
                />
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <span class="quiet">"You see it in words before it acts."</span>
                </div>
            </form>
        </Panel>
    }
}

/// `/limits/cap/confirm`: the cap in words, with what it would have done.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, plan) = limits_and_plan(&visit).await?;
    let form: CapForm = visit.query();
    let (_, input) = form.read(LimitOwner::Customer, &limits, plan.as_ref())?;
    let (actor, member) = (visit.actor()?, visit.member()?);
    let what_if = match input.action {
        CapAction::Block => Some(visit.service().what_if(&actor, member.organization, &input).await?),
        CapAction::Notify => None,
    };
    let zone = member.time_zone.clone();
    Ok(Page::new("Confirm the cap", move || {
        view! { <CapConfirmPage form=form input=input limits=limits nostrip:plan=plan zone=zone nostrip:what_if=what_if/> }
    }))
}

#[component]
pub(crate) fn CapConfirmPage(
    form: CapForm,
    input: CapInput,
    limits: LimitsView,
    #[prop(optional)] plan: Option<PlanView>,
    zone: String,
    #[prop(optional)] what_if: Option<WhatIf>,
) -> impl IntoView {
    let existing = form.existing(LimitOwner::Customer, &limits);
    let sentence = words::sentence(&input, &limits.choices, plan.as_ref());
    let consequence = words::consequence(LimitOwner::Customer, &input, existing, plan.as_ref(), &zone);
    let button = match (existing.is_some(), input.action) {
        (true, _) => "Change the cap",
        (false, _) => "Set the cap",
    };
    let fields = decided(&form.pairs());
    let back = address(FORM_PATH, &form);
    view! {
        <PageHeader title="Confirm the cap" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/put-cap" sentence=sentence consequence=consequence fields=fields button=button back=back
                back_word="Back"
            >
                {what_if.map(|what_if| view! { <WhatIfLine what_if=what_if/> })}
            </Confirm>
        </Panel>
    }
}

/// What the cap would have done in the last month.
#[component]
fn WhatIfLine(what_if: WhatIf) -> impl IntoView {
    let days: Vec<String> = what_if
        .stops
        .iter()
        .map(|stop| {
            format!(
                "{} ({} used by its end)",
                stop.day.day,
                drawdown_domain::format::credits(stop.used)
            )
        })
        .collect();
    let more = (days.len() > 1).then(|| days.join(", "));
    view! {
        <div class="what-if">
            <p>{what_if.sentence}</p>
            {more.map(|days| view! { <details><summary>"Each time"</summary><p class="quiet">{days}</p></details> })}
        </div>
    }
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

/// `/limits/cap/remove`: what is lost, before it is.
pub async fn remove_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, _) = limits_and_plan(&visit).await?;
    let Named { name } = visit.query();
    let own = |cap: &&CapView| cap.owner == LimitOwner::Customer && cap.name.as_str() == name;
    let cap = limits
        .caps
        .iter()
        .find(own)
        .cloned()
        .ok_or(PageError::NotFound("cap"))?;
    Ok(Page::new(
        "Remove a cap",
        move || view! { <CapRemovePage cap=cap limits=limits/> },
    ))
}

#[component]
pub(crate) fn CapRemovePage(cap: CapView, limits: LimitsView) -> impl IntoView {
    let sentence = words::removal(&cap, &limits.choices);
    let still = format!(
        "Nothing of yours stops these runs any more: only your other caps, your vendor's ceilings and the {} that are left do.",
        credits_words(limits.left)
    );
    let loss = words::loss(&cap, &still);
    let fields = vec![("name", cap.name.to_string())];
    view! {
        <PageHeader title="Remove a cap" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/remove-cap" sentence=sentence consequence=loss fields=fields button="Remove the cap"
                destructive=true back=format!("{PATH}#cap-{}", cap.name)
            />
        </Panel>
    }
}

/// The name of a limit, or that there is none.
fn key(name: &str) -> Result<Key, ServiceError> {
    name.parse().map_err(|_| ServiceError::NotFound("cap"))
}
