//! `/limits/throttle`: a throttle is made or changed in two steps (a form, and the same in words), and removed in one.
//! As with caps, what was typed travels in the address and only the last step changes anything.

pub(crate) mod fields;
pub(crate) mod form;
mod server_fns;

use drawdown_domain::limit::LimitOwner;
use drawdown_service::Action;
use drawdown_service::limits::{LimitsView, ThrottleInput, ThrottleView};
use leptos::prelude::*;
use serde::Deserialize;

use crate::address::with_query;
use crate::components::confirm::{Confirm, decided};
use crate::components::form::ErrorSummary;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::limits::form::{LimitForm as _, asked};
use crate::pages::limits::scope::{each, runs};
use crate::pages::limits::{MayNotPage, PATH};
use crate::shell::Page;
use crate::visit::Visit;
use fields::ThrottleFields;
use form::{ThrottleForm, consequence, sentence};

/// The form's name in messages.
const FORM: &str = "throttle";
/// Where the form is.
const FORM_PATH: &str = "/limits/throttle";
/// Where it is said in words.
const CONFIRM_PATH: &str = "/limits/throttle/confirm";

async fn limits(visit: &Visit) -> Result<LimitsView, PageError> {
    let organization = visit.member()?.organization;
    Ok(visit.service().limits(&visit.actor()?, organization).await?)
}

/// `/limits/throttle`: the form, empty, of the throttle `name`, or with what an earlier step was told.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    if !visit.may(Action::SetCustomerLimits) {
        return Ok(Page::new(
            "Set a throttle",
            || view! { <MayNotPage title="Set a throttle"/> },
        ));
    }
    let limits = limits(&visit).await?;
    let (form, existing) = asked::<ThrottleForm>(&visit, LimitOwner::Customer, &limits);
    let title = if existing.is_some() {
        "Change a throttle"
    } else {
        "Set a throttle"
    };
    Ok(Page::new(
        title,
        move || view! { <ThrottleFormPage form=form nostrip:existing=existing limits=limits/> },
    ))
}

#[component]
pub(crate) fn ThrottleFormPage(
    form: ThrottleForm,
    #[prop(optional)] existing: Option<ThrottleView>,
    limits: LimitsView,
) -> impl IntoView {
    let (title, sentence) = match &existing {
        Some(throttle) => (
            "Change a throttle",
            format!(
                "It counts {}. To count something else, set another throttle.",
                throttle.scope_words
            ),
        ),
        None => (
            "Set a throttle",
            "A throttle limits how fast runs come; beyond it they are refused or run slower.".to_owned(),
        ),
    };
    let choices = existing.is_none().then_some(limits.choices);
    view! {
        <PageHeader title=title sentence=sentence actions=|| view! { <a class="button quiet" href=PATH>"Back to limits"</a> }/>
        <Panel id="throttle-form" title="The throttle">
            <form class="form limit-form" method="post" action="/actions/check-throttle">
                <ErrorSummary form=FORM/>
                <ThrottleFields form=FORM typed=form nostrip:choices=choices/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <span class="quiet">"You see it in words before it acts."</span>
                </div>
            </form>
        </Panel>
    }
}

/// `/limits/throttle/confirm`: the throttle in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let limits = limits(&visit).await?;
    let form: ThrottleForm = visit.query();
    let (_, input) = form.read(LimitOwner::Customer, &limits, None)?;
    Ok(Page::new(
        "Confirm the throttle",
        move || view! { <ThrottleConfirmPage form=form input=input limits=limits/> },
    ))
}

#[component]
pub(crate) fn ThrottleConfirmPage(form: ThrottleForm, input: ThrottleInput, limits: LimitsView) -> impl IntoView {
    let existing = form.existing(LimitOwner::Customer, &limits);
    let consequence = consequence(&input, existing);
    let button = if existing.is_some() {
        "Change the throttle"
    } else {
        "Set the throttle"
    };
    let fields = decided(&form.pairs());
    let back = with_query(FORM_PATH, &form.pairs());
    view! {
        <PageHeader title="Confirm the throttle" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/put-throttle" sentence=sentence(&input, &limits.choices) consequence=consequence fields=fields
                button=button back=back back_word="Back"
            />
        </Panel>
    }
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

/// `/limits/throttle/remove`: what is lost, before it is.
pub async fn remove_page(visit: Visit) -> Result<Page, PageError> {
    let limits = limits(&visit).await?;
    let Named { name } = visit.query();
    let own = |one: &&ThrottleView| one.owner == LimitOwner::Customer && one.name.as_str() == name;
    let throttle = limits
        .throttles
        .iter()
        .find(own)
        .cloned()
        .ok_or(PageError::NotFound("throttle"))?;
    Ok(Page::new(
        "Remove a throttle",
        move || view! { <ThrottleRemovePage throttle=throttle limits=limits/> },
    ))
}

#[component]
pub(crate) fn ThrottleRemovePage(throttle: ThrottleView, limits: LimitsView) -> impl IntoView {
    let runs = runs(&throttle.scope, &limits.choices);
    let sentence = format!("Remove the throttle of {}{}, from now.", runs, each(&throttle.scope));
    let loss = format!(
        "Its rule is lost: {}. Your other throttles and your vendor's go on; runs come as fast as those allow.",
        throttle.rule_words
    );
    view! {
        <PageHeader title="Remove a throttle" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/remove-throttle" sentence=sentence consequence=loss
                fields=vec![("name", throttle.name.to_string())] button="Remove the throttle" destructive=true
                back=format!("{PATH}#throttle-{}", throttle.name)
            />
        </Panel>
    }
}
