//! `/manage/customers/new`: a new customer, on a plan from now on. A vendor's product does the same by
//! `PUT /v1/customers/{key}`.

use drawdown_domain::Key;
use drawdown_service::ServiceError;
use drawdown_service::customers::PutCustomer;
use leptos::prelude::*;

use crate::address::customer_path;
use crate::answer::{Answer, done, refused};
use crate::components::empty::Empty;
use crate::components::form::{ErrorSummary, Field, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::filled::Filled;
use crate::routes::STAFF_HOME;
use crate::shell::Page;
use crate::visit::Visit;

/// The page's address.
pub(crate) const NEW: &str = "/manage/customers/new";
/// The form's name.
const FORM: &str = "new-customer";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let plans = visit.service().sold_plans(&visit.actor()?).await?;
    Ok(Page::new("New customer", move || view! { <NewCustomerPage plans=plans/> }).still())
}

#[component]
pub(crate) fn NewCustomerPage(plans: Vec<(Key, String)>) -> impl IntoView {
    let form = if plans.is_empty() {
        view! { <Empty title="No plan is sold yet" words="Publish a plan first: a customer is always on one to begin with."/> }.into_any()
    } else {
        let plans = plans
            .into_iter()
            .map(|(key, name)| (key.to_string(), format!("{name} ({key})")))
            .collect();
        view! {
            <ErrorSummary form=FORM/>
            <form class="stack form-narrow" method="post" action="/actions/manage-new-customer">
                <Field form=FORM name="name" label="Name" length_max=200 help="As people read it: Acme Rockets."/>
                <Field
                    form=FORM name="key" label="Key" length_max=128
                    help="How your product names it, such as acme: letters, digits and _ - . : @. It never changes."
                />
                <Select form=FORM name="plan" label="Plan" options=plans help="Its current version, from now on. The plan's currency is the customer's for good."/>
                <Field
                    form=FORM name="time_zone" label="Time zone" value="UTC" length_max=64
                    help="Such as Europe/Paris: its days and periods begin at midnight there."
                />
                <div class="buttons">
                    <button class="button primary" type="submit">"Create the customer"</button>
                    <a class="button quiet" href=STAFF_HOME>"Create nothing"</a>
                </div>
            </form>
        }
        .into_any()
    };
    view! {
        <PageHeader title="New customer" sentence="It begins on its plan at once, with what that gives. Contracts are signed on its page."/>
        <Panel id="customer" title="Customer">{form}</Panel>
    }
}

fn read(form: &Filled) -> Result<(Key, PutCustomer), ServiceError> {
    let mut reader = form.reader();
    let (key, plan) = (reader.key("key"), reader.key("plan"));
    let (name, zone) = (reader.text("name"), reader.text("time_zone"));
    let read = key.zip(plan).map(|(key, plan)| {
        let put = PutCustomer {
            name: Some(name),
            time_zone: Some(zone),
            currency: None,
            plan: Some(plan),
        };
        (key, put)
    });
    reader.finish(read)
}

/// Creates the customer.
#[server(prefix = "/actions", endpoint = "manage-new-customer")]
pub(super) async fn create_customer(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let created = async {
        visit.staff()?;
        let (key, put) = read(&form)?;
        Ok::<_, PageError>(visit.service().new_customer(&visit.actor()?, &key, put).await?)
    };
    match created.await {
        Ok(id) => done(&visit, &customer_path(id, ""), "The customer is created."),
        Err(error) => refused(&visit, NEW, FORM, &form.pairs(), error),
    }
}
