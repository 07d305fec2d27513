//! `/manage/customers/{id}/ceiling`: a ceiling of the vendor on what a customer burns. The fields are those of a customer's
//! own cap.

use drawdown_domain::limit::LimitOwner;
use drawdown_service::limits::{CapInput, CapView, LimitsView};
use drawdown_service::overview::OrganizationView;
use leptos::prelude::*;

use super::{CeilingForm, CeilingFrame, FORM, Named, RemovePage, last_step, limits_of};
use crate::error::PageError;
use crate::pages::limits::cap::fields::CapFields;
use crate::pages::limits::cap::form::CapForm;
use crate::pages::limits::cap::words;
use crate::pages::limits::form::LimitForm as _;
use crate::shell::Page;
use crate::visit::Visit;

/// The form: empty, of the ceiling that the address names, or with what an earlier step was told.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let (form, existing) = CeilingForm::<CapForm>::asked(&visit, &limits);
    let title = if existing.is_some() {
        "Change a ceiling"
    } else {
        "Set a ceiling"
    };
    Ok(Page::new(title, move || {
        view! { <CeilingPage title=title form=form nostrip:existing=existing limits=limits organization=organization/> }
    })
    .still())
}

#[component]
fn CeilingPage(
    title: &'static str,
    form: CeilingForm<CapForm>,
    #[prop(optional)] existing: Option<CapView>,
    limits: LimitsView,
    organization: OrganizationView,
) -> impl IntoView {
    let name = organization.name;
    let sentence = match &existing {
        Some(cap) => format!("For {name}. It counts {}, {}.", cap.scope_words, cap.window_words),
        None => format!("For {name}. A ceiling stops runs, or shows them; the customer's own caps can only be lower."),
    };
    let choices = existing.is_none().then_some(limits.choices);
    let currency = organization.plan.map(|plan| plan.currency);
    view! {
        <CeilingFrame title=title sentence=sentence action="/actions/manage-check-ceiling" reason=form.reason>
            <CapFields
                form=FORM typed=form.limit nostrip:choices=choices nostrip:currency=currency
                marks="Percent of the limit, with commas."
            />
        </CeilingFrame>
    }
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let form: CeilingForm<CapForm> = visit.query();
    let (_, input) = form
        .limit
        .read(LimitOwner::Vendor, &limits, organization.plan.as_ref())?;
    Ok(Page::new("Confirm the ceiling", move || {
        view! { <CeilingConfirmPage form=form input=input limits=limits organization=organization/> }
    })
    .still())
}

#[component]
fn CeilingConfirmPage(
    form: CeilingForm<CapForm>,
    input: CapInput,
    limits: LimitsView,
    organization: OrganizationView,
) -> impl IntoView {
    let existing = form.limit.existing(LimitOwner::Vendor, &limits);
    let sentence = words::sentence(&input, &limits.choices, organization.plan.as_ref());
    let zone = &organization.time_zone;
    let does = words::consequence(LimitOwner::Vendor, &input, existing, organization.plan.as_ref(), zone);
    let consequence = format!("For {}, who sees it on its page of limits. {does}", organization.name);
    last_step(&form, existing.is_none(), sentence, &consequence)
}

/// What is lost with a ceiling, before it is removed.
pub async fn remove_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let Named { name } = visit.query();
    let named = CapForm::default().named(name.clone());
    let cap = named.existing(LimitOwner::Vendor, &limits);
    let cap = cap.ok_or(PageError::NotFound("ceiling"))?;
    let sentence = words::removal(cap, &limits.choices);
    let still = format!(
        "Only its credits, its own limits and your other ceilings stop {} then.",
        organization.name
    );
    let words = words::loss(cap, &still);
    Ok(Page::new("Remove a ceiling", move || {
        view! { <RemovePage sentence=sentence words=words kind="cap" name=name/> }
    })
    .still())
}
