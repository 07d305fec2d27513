//! `/manage/customers/{id}/rate-ceiling`: a ceiling of the vendor on how fast a customer's runs come. The fields are those of a
//! customer's own throttle.

use drawdown_domain::limit::LimitOwner;
use drawdown_service::limits::{LimitsView, ThrottleInput, ThrottleView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{FORM, Named, RemovePage, limits_of};
use crate::address::with_query;
use crate::components::confirm::Confirm;
use crate::components::form::{Area, ErrorSummary, Field, Radios, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::limits::scope::{ScopeFields, each, runs};
use crate::pages::limits::throttle::form::{PERIODS, ThrottleForm, consequence, sentence};
use crate::pages::manage::customers::head::CustomerPages;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The fields, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RateForm {
    #[serde(default)]
    pub(crate) customer: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(flatten)]
    pub(crate) throttle: ThrottleForm,
}

impl RateForm {
    /// Names and values.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = self.throttle.pairs();
        pairs.push(("reason", &self.reason));
        pairs
    }
}

/// The vendor's throttle of that name.
fn ceiling<'a>(limits: &'a LimitsView, name: &str) -> Option<&'a ThrottleView> {
    let named = |one: &&ThrottleView| one.owner == LimitOwner::Vendor && one.name.as_str() == name;
    limits.throttles.iter().find(named)
}

/// The form: empty, of the ceiling `name`, or with what an earlier step was told.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let Named { name, amount } = visit.query();
    let existing = ceiling(&limits, &name).cloned();
    let form = match (&existing, amount) {
        (Some(_), Some(_)) => visit.query(),
        (None, Some(_)) => {
            let mut asked: RateForm = visit.query();
            asked.throttle.name = String::new();
            asked
        }
        (Some(throttle), None) => RateForm {
            throttle: ThrottleForm::of(throttle),
            ..RateForm::default()
        },
        (None, None) => RateForm::default(),
    };
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
pub(crate) fn RatePage(
    title: &'static str,
    form: RateForm,
    #[prop(optional)] existing: Option<ThrottleView>,
    limits: LimitsView,
    name: String,
) -> impl IntoView {
    let place = Place::current();
    let sentence = match &existing {
        Some(throttle) => format!("For {name}. It counts {}.", throttle.scope_words),
        None => format!("For {name}. Beyond it runs are refused, or run in the next slower mode."),
    };
    let new = existing.is_none();
    let pair = |(value, word): (&str, &str)| (value.to_owned(), word.to_owned());
    let units = [("requests", "runs"), ("credits", "credits")].map(pair).to_vec();
    let periods = PERIODS.map(|(_, value, word)| pair((value, word))).to_vec();
    let thens = [
        ("reject", "Refuse them, with the time to try again"),
        ("degrade", "Run them in the next slower mode"),
    ]
    .map(pair)
    .to_vec();
    let RateForm { reason, throttle, .. } = form;
    view! {
        <CustomerPages/>
        <PageHeader title=title sentence=sentence/>
        <Panel id="ceiling" title="The ceiling">
            <ErrorSummary form=FORM/>
            <form class="form limit-form" method="post" action="/actions/manage-check-rate">
                <input type="hidden" name="customer" value=place.customer.map(|id| id.to_string())/>
                <input type="hidden" name="name" value=throttle.name/>
                {new.then(|| view! { <ScopeFields form=FORM typed=throttle.scope choices=limits.choices/> })}
                <div class="form-row">
                    <Field form=FORM name="amount" label="At most" value=throttle.amount inputmode="decimal" length_max=24/>
                    <Select form=FORM name="unit" label="Of" options=units value=throttle.unit/>
                    <Select form=FORM name="per" label="Per" options=periods value=throttle.per/>
                </div>
                <Field
                    form=FORM name="burst" label="At once" required=false value=throttle.burst inputmode="numeric" length_max=10
                    help="How much of it may come in one go. Without it, all of it may."
                />
                <Radios form=FORM name="then" label="Runs beyond it" options=thens value=throttle.then/>
                <Area form=FORM name="reason" label="Reason" value=reason length_max=500 help="In the audit log."/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=place.link("#limits")>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let form: RateForm = visit.query();
    let (_, input) = form.throttle.read_for(LimitOwner::Vendor, &limits)?;
    let name = organization.name;
    Ok(Page::new("Confirm the ceiling", move || {
        view! { <RateConfirmPage form=form input=input limits=limits name=name/> }
    })
    .still())
}

#[component]
pub(crate) fn RateConfirmPage(form: RateForm, input: ThrottleInput, limits: LimitsView, name: String) -> impl IntoView {
    let place = Place::current();
    let existing = ceiling(&limits, &form.throttle.name);
    let words = consequence(&input, existing);
    let consequence = format!("For {name}. {words} Reason: {}", form.reason.trim());
    let button = if existing.is_some() {
        "Change the ceiling"
    } else {
        "Set the ceiling"
    };
    let mut fields: Vec<(&'static str, String)> = (form.pairs().into_iter())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    fields.push(("customer", place.customer.map(|id| id.to_string()).unwrap_or_default()));
    let back = with_query(&place.link("/rate-ceiling"), &form.pairs());
    view! {
        <CustomerPages/>
        <PageHeader title="Confirm the ceiling" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/manage-put-rate" sentence=sentence(&input, &limits.choices) consequence=consequence
                fields=fields button=button back=back back_word="Change it"
            />
        </Panel>
    }
}

/// What is lost with a ceiling on the rate, before it is removed.
pub async fn remove_page(visit: Visit) -> Result<Page, PageError> {
    let (limits, organization) = limits_of(&visit).await?;
    let Named { name, .. } = visit.query();
    let throttle = ceiling(&limits, &name).cloned().ok_or(PageError::NotFound("ceiling"))?;
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
