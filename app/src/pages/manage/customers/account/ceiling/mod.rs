//! Ceilings of the vendor on a customer, on what it burns ([`burn`]) and on how fast its runs come ([`rate`]): set, changed
//! and removed, each for a reason and in words before it acts. Their fields are those of a customer's own limits.

pub mod burn;
pub mod rate;
mod server_fns;

use drawdown_domain::limit::LimitOwner;
use drawdown_service::limits::LimitsView;
use drawdown_service::overview::OrganizationView;
use drawdown_service::{Service, ServiceError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fns::Asked;

use super::step::LastStep;
use crate::address::with_query;
use crate::components::confirm::decided;
use crate::components::form::{Area, ErrorSummary};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::limits::cap::form::CapForm;
use crate::pages::limits::form::{LimitForm, asked};
use crate::pages::limits::throttle::form::ThrottleForm;
use crate::pages::manage::customers::head::CustomerPages;
use crate::visit::{Place, Visit};

/// The form's name.
const FORM: &str = "ceiling";

/// A kind of ceiling.
pub(crate) trait CeilingKind: LimitForm {
    /// Where its form is, below the customer's account; the last step is at `/confirm` below it.
    const PATH: &'static str;
    /// What its last step posts to.
    const PUT: &'static str;

    /// Sets it.
    fn put(
        service: &Service,
        asked: Asked<Self>,
        reason: &str,
    ) -> impl Future<Output = Result<(), ServiceError>> + Send;
}

impl CeilingKind for CapForm {
    const PATH: &'static str = "/ceiling";
    const PUT: &'static str = "/actions/manage-put-ceiling";

    async fn put(service: &Service, asked: Asked<Self>, reason: &str) -> Result<(), ServiceError> {
        let made = service.put_ceiling(&asked.actor, asked.customer, &asked.name, asked.input, reason);
        made.await.map(drop)
    }
}

impl CeilingKind for ThrottleForm {
    const PATH: &'static str = "/rate-ceiling";
    const PUT: &'static str = "/actions/manage-put-rate";

    async fn put(service: &Service, asked: Asked<Self>, reason: &str) -> Result<(), ServiceError> {
        let made = service.put_rate_ceiling(&asked.actor, asked.customer, &asked.name, asked.input, reason);
        made.await.map(drop)
    }
}

/// The fields, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CeilingForm<K> {
    #[serde(default)]
    pub(crate) customer: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(flatten)]
    pub(crate) limit: K,
}

impl<K: CeilingKind> CeilingForm<K> {
    /// What an address asks for, and the ceiling in force that it changes.
    fn asked(visit: &Visit, limits: &LimitsView) -> (Self, Option<K::View>) {
        let Reason { reason } = visit.query();
        let (limit, existing) = asked(visit, LimitOwner::Vendor, limits);
        let form = Self {
            customer: String::new(),
            reason,
            limit,
        };
        (form, existing)
    }

    /// Names and values, but for the customer.
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = self.limit.pairs();
        pairs.push(("reason", &self.reason));
        pairs
    }
}

/// The reason that an address gives.
#[derive(Default, Deserialize)]
struct Reason {
    #[serde(default)]
    reason: String,
}

/// The name that an address gives.
#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

/// What the pages need: only for whoever may set ceilings.
async fn limits_of(visit: &Visit) -> Result<(LimitsView, OrganizationView), PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    visit.service().may_set_ceilings(&actor, customer)?;
    let limits = visit.service().limits(&actor, customer).await?;
    let organization = visit.service().organization(&actor, customer).await?;
    Ok((limits, organization))
}

/// A form around the fields of one kind.
#[component]
fn CeilingFrame(
    /// The page's title.
    title: &'static str,
    /// For whom, and what it counts or does.
    sentence: String,
    /// Where it is posted.
    action: &'static str,
    /// What was typed as the reason.
    reason: String,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let place = Place::current();
    view! {
        <CustomerPages/>
        <PageHeader title=title sentence=sentence/>
        <Panel id="ceiling" title="The ceiling">
            <ErrorSummary form=FORM/>
            <form class="form limit-form" method="post" action=action>
                <input type="hidden" name="customer" value=place.customer.map(|id| id.to_string())/>
                {children()}
                <Area form=FORM name="reason" label="Reason" value=reason length_max=500 help="In the audit log."/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=place.link("#limits")>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}

/// The last step, of either kind.
fn last_step<K: CeilingKind>(form: &CeilingForm<K>, is_new: bool, sentence: String, consequence: &str) -> AnyView {
    let button = if is_new {
        "Set the ceiling"
    } else {
        "Change the ceiling"
    };
    let consequence = format!("{consequence} Reason: {}", form.reason.trim());
    let back = with_query(&Place::current().link(K::PATH), &form.pairs());
    view! {
        <LastStep
            title="Confirm the ceiling" form=FORM action=K::PUT sentence=sentence consequence=consequence
            fields=decided(&form.pairs()) button=button back=back back_word="Change it"
        />
    }
    .into_any()
}

/// What is lost with a ceiling of either kind, before it is removed.
#[component]
fn RemovePage(sentence: String, words: String, kind: &'static str, name: String) -> impl IntoView {
    let back = Place::current().link("#limits");
    view! {
        <LastStep
            title="Remove a ceiling" form=FORM action="/actions/manage-remove-ceiling" sentence=sentence consequence=words
            fields=vec![("kind", kind.to_owned()), ("name", name)] button="Remove the ceiling" destructive=true asks_reason=true
            back=back
        />
    }
}
