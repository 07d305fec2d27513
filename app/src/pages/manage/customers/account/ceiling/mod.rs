//! `/manage/customers/{id}/ceiling`: a ceiling of the vendor on what a customer burns: set, changed and removed, each for a reason
//! and in words before it acts. The fields are those of a customer's own cap; ceilings on the rate are in [`rate`].

pub mod rate;
mod server_fns;

use drawdown_domain::limit::{CapAction, LimitOwner};
use drawdown_service::ServiceError;
use drawdown_service::customers::PlanView;
use drawdown_service::limits::{CapInput, CapView, LimitsView};
use drawdown_service::overview::OrganizationView;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::head::CustomerPages;
use crate::address::with_query;
use crate::components::confirm::Confirm;
use crate::components::form::{Area, ErrorSummary, Field, Radios, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::limits::cap::form::{CapForm, WINDOWS};
use crate::pages::limits::cap::words;
use crate::pages::limits::scope::ScopeFields;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
const FORM: &str = "ceiling";

/// The fields, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CeilingForm {
    #[serde(default)]
    pub(crate) customer: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(flatten)]
    pub(crate) cap: CapForm,
}

impl CeilingForm {
    /// Names and values.
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = self.cap.pairs();
        pairs.push(("reason", &self.reason));
        pairs
    }
}

/// The name that an address or a form gives.
#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
    #[serde(default)]
    amount: Option<String>,
}

/// What the pages need: only for whoever may set ceilings.
async fn limits_of(visit: &Visit) -> Result<(LimitsView, OrganizationView), PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    visit.service().may_set_ceilings(&actor, customer)?;
    let limits = visit.service().limits(&actor, customer).await?;
    let organization = visit.service().organization(&actor, customer).await?;
    Ok((limits, organization))
}

/// The vendor's ceiling of that name.
fn ceiling<'a>(limits: &'a LimitsView, name: &str) -> Option<&'a CapView> {
    let named = |cap: &&CapView| cap.owner == LimitOwner::Vendor && cap.name.as_str() == name;
    limits.caps.iter().find(named)
}

/// The form: empty, of the ceiling `name`, or with what an earlier step was told.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let Named { name, amount } = visit.query();
    let existing = ceiling(&limits, &name).cloned();
    let form = match (&existing, amount) {
        (Some(_), Some(_)) => visit.query(),
        (None, Some(_)) => {
            let mut asked: CeilingForm = visit.query();
            asked.cap.name = String::new();
            asked
        }
        (Some(cap), None) => CeilingForm {
            cap: CapForm::of(cap),
            ..CeilingForm::default()
        },
        (None, None) => CeilingForm::default(),
    };
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
pub(crate) fn CeilingPage(
    title: &'static str,
    form: CeilingForm,
    #[prop(optional)] existing: Option<CapView>,
    limits: LimitsView,
    organization: OrganizationView,
) -> impl IntoView {
    let place = Place::current();
    let name = organization.name;
    let sentence = match &existing {
        Some(cap) => format!("For {name}. It counts {}, {}.", cap.scope_words, cap.window_words),
        None => format!("For {name}. A ceiling stops runs, or shows them; the customer's own caps can only be lower."),
    };
    let new = existing.is_none();
    let mut units = vec![("credits".to_owned(), "credits".to_owned())];
    units.extend(
        organization
            .plan
            .map(|plan| ("money".to_owned(), plan.currency.to_string())),
    );
    let pair = |(value, word): (&str, &str)| (value.to_owned(), word.to_owned());
    let windows = WINDOWS.map(pair).to_vec();
    let actions = [
        ("block", "Stop runs that would go beyond it"),
        ("notify", "Only show it, stop nothing"),
    ]
    .map(pair)
    .to_vec();
    let CeilingForm { reason, cap, .. } = form;
    view! {
        <CustomerPages/>
        <PageHeader title=title sentence=sentence/>
        <Panel id="ceiling" title="The ceiling">
            <ErrorSummary form=FORM/>
            <form class="form limit-form" method="post" action="/actions/manage-check-ceiling">
                <input type="hidden" name="customer" value=place.customer.map(|id| id.to_string())/>
                <input type="hidden" name="name" value=cap.name/>
                {new.then(|| view! { <ScopeFields form=FORM typed=cap.scope choices=limits.choices/> })}
                <div class="form-row">
                    <Field form=FORM name="amount" label="Limit" value=cap.amount inputmode="decimal" length_max=24/>
                    <Select form=FORM name="unit" label="In" options=units value=cap.unit/>
                    {new.then(|| view! { <Select form=FORM name="window" label="Window" options=windows value=cap.window/> })}
                </div>
                <Radios form=FORM name="action" label="When it is reached" options=actions value=cap.action/>
                <Field
                    form=FORM name="thresholds" label="Mark it at" required=false value=cap.thresholds length_max=60
                    help="Percent of the limit, with commas."
                />
                <Area form=FORM name="reason" label="Reason" value=reason length_max=500 help="In the audit log."/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=place.link("#limits")>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}

/// What is to be set; everything that cannot be read, at once.
fn read(
    form: &CeilingForm,
    limits: &LimitsView,
    plan: Option<&PlanView>,
) -> Result<(drawdown_domain::Key, CapInput), ServiceError> {
    form.cap.read_for(LimitOwner::Vendor, limits, plan)
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let form: CeilingForm = visit.query();
    let (_, input) = read(&form, &limits, organization.plan.as_ref())?;
    Ok(Page::new("Confirm the ceiling", move || {
        view! { <CeilingConfirmPage form=form input=input limits=limits organization=organization/> }
    })
    .still())
}

#[component]
pub(crate) fn CeilingConfirmPage(
    form: CeilingForm,
    input: CapInput,
    limits: LimitsView,
    organization: OrganizationView,
) -> impl IntoView {
    let place = Place::current();
    let existing = ceiling(&limits, &form.cap.name);
    let plan = organization.plan.as_ref();
    let sentence = words::sentence(&input, &limits.choices, plan);
    let now = existing.map_or_else(String::new, |cap| {
        format!(
            " The limit is {} now.",
            words::limit_words(cap.limit, cap.limit_credits)
        )
    });
    let does = match input.action {
        CapAction::Block => "A run that would go beyond it is refused; runs in progress are not cut off.",
        CapAction::Notify => "Runs go on as before.",
    };
    let consequence = format!(
        "For {}, who sees it on its page of limits.{now} {does} Reason: {}",
        organization.name,
        form.reason.trim()
    );
    let button = if existing.is_some() {
        "Change the ceiling"
    } else {
        "Set the ceiling"
    };
    let mut fields: Vec<(&'static str, String)> = (form.pairs().into_iter())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    fields.push(("customer", place.customer.map(|id| id.to_string()).unwrap_or_default()));
    let back = with_query(&place.link("/ceiling"), &form.pairs());
    view! {
        <CustomerPages/>
        <PageHeader title="Confirm the ceiling" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/manage-put-ceiling" sentence=sentence consequence=consequence fields=fields button=button
                back=back back_word="Change it"
            />
        </Panel>
    }
}

/// What is lost with a ceiling, before it is removed.
pub async fn remove_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let Named { name, .. } = visit.query();
    let cap = ceiling(&limits, &name).cloned().ok_or(PageError::NotFound("ceiling"))?;
    let sentence = words::removal(&cap, &limits.choices);
    let words = format!(
        "Only its credits, its own limits and your other ceilings stop {} then. What was used stays on record.",
        organization.name
    );
    Ok(Page::new("Remove a ceiling", move || {
        view! { <RemovePage sentence=sentence words=words kind="cap" name=name/> }
    })
    .still())
}

#[component]
pub(crate) fn RemovePage(sentence: String, words: String, kind: &'static str, name: String) -> impl IntoView {
    let place = Place::current();
    view! {
        <CustomerPages/>
        <PageHeader title="Remove a ceiling" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <ErrorSummary form=FORM/>
            <form class="confirm" method="post" action="/actions/manage-remove-ceiling">
                <p class="confirm-sentence">{sentence}</p>
                <p class="quiet">{words}</p>
                <input type="hidden" name="customer" value=place.customer.map(|id| id.to_string())/>
                <input type="hidden" name="kind" value=kind/>
                <input type="hidden" name="name" value=name/>
                <Area form=FORM name="reason" label="Reason" length_max=500 help="In the audit log."/>
                <div class="buttons">
                    <button class="button danger" type="submit">"Remove the ceiling"</button>
                    <a class="button quiet" href=place.link("#limits")>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}
