//! `/manage/customers/{id}/rate-ceiling`: a ceiling of the vendor on how fast a customer's runs come. The fields are those of
//! a customer's own throttle.

use drawdown_domain::limit::LimitOwner;
use drawdown_service::limits::{LimitsView, ThrottleInput, ThrottleView};
use leptos::prelude::*;

use super::{CeilingForm, CeilingFrame, FORM, Named, RemovePage, last_step, limits_of};
use crate::error::PageError;
use crate::pages::limits::form::LimitForm as _;
use crate::pages::limits::scope::{each, runs};
use crate::pages::limits::throttle::fields::ThrottleFields;
use crate::pages::limits::throttle::form::{ThrottleForm, consequence, sentence};
use crate::shell::Page;
use crate::visit::Visit;

/// The form: empty, of the ceiling that the address names, or with what an earlier step was told.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let (form, existing) = CeilingForm::<ThrottleForm>::asked(&visit, &limits);
    let title = if existing.is_some() {
        "Change a rate"
    } else {
        "Limit the rate"
    };
    let name = organization.name;
    Ok(Page::new(title, move || {
        view! { <RatePage title=title form=form nostrip:existing=existing limits=limits name=name/> }
    })
    .still())
}

#[component]
fn RatePage(
    title: &'static str,
    form: CeilingForm<ThrottleForm>,
    #[prop(optional)] existing: Option<ThrottleView>,
    limits: LimitsView,
    name: String,
) -> impl IntoView {
    let sentence = match &existing {
        Some(throttle) => format!("For {name}. It counts {}.", throttle.scope_words),
        None => format!("For {name}. Beyond it runs are refused, or run in the next slower mode."),
    };
    let choices = existing.is_none().then_some(limits.choices);
    view! {
        <CeilingFrame title=title sentence=sentence action="/actions/manage-check-rate" reason=form.reason>
            <ThrottleFields form=FORM typed=form.limit nostrip:choices=choices/>
        </CeilingFrame>
    }
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let form: CeilingForm<ThrottleForm> = visit.query();
    let (_, input) = form.limit.read(LimitOwner::Vendor, &limits, None)?;
    let name = organization.name;
    Ok(Page::new("Confirm the ceiling", move || {
        view! { <RateConfirmPage form=form input=input limits=limits name=name/> }
    })
    .still())
}

#[component]
fn RateConfirmPage(
    form: CeilingForm<ThrottleForm>,
    input: ThrottleInput,
    limits: LimitsView,
    name: String,
) -> impl IntoView {
    let existing = form.limit.existing(LimitOwner::Vendor, &limits);
    let consequence = format!("For {name}. {}", consequence(&input, existing));
    let sentence = sentence(&input, &limits.choices);
    last_step(&form, existing.is_none(), sentence, &consequence)
}

/// What is lost with a ceiling on the rate, before it is removed.
pub async fn remove_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let Named { name } = visit.query();
    let named = ThrottleForm::default().named(name.clone());
    let throttle = named.existing(LimitOwner::Vendor, &limits);
    let throttle = throttle.ok_or(PageError::NotFound("ceiling"))?;
    let which = runs(&throttle.scope, &limits.choices);
    let sentence = format!("Remove the ceiling on {which}{}, from now.", each(&throttle.scope));
    let words = format!(
        "Its rule is lost: {}. Runs of {} come as fast as other throttles allow.",
        throttle.rule_words, organization.name
    );
    Ok(Page::new("Remove a ceiling", move || {
        view! { <RemovePage sentence=sentence words=words kind="throttle" name=name/> }
    })
    .still())
}
