//! `/manage/plans`: what is sold as a plan, in versions. The list, and the form of a new one; a plan's page is `plan`.

pub(crate) mod choices;
pub mod draft;
mod fair;
pub(crate) mod limits;
mod moves;
pub(crate) mod part;
pub(crate) mod parts;
pub mod plan;
pub mod publish;
mod server_fns;
mod words;

use drawdown_domain::plan::{PlanKind, PlanTerms};
use drawdown_domain::{Currency, Key, format};
use drawdown_service::ServiceError;
use drawdown_service::plans::{NewPlan, PlanDraft, PlanRow};
use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::empty::Empty;
use crate::components::form::{ErrorSummary, Field, Radios};
use crate::components::notice::Tone;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, figures, text};
use crate::error::PageError;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::{Place, Visit};

pub(crate) use part::page as part_page;

/// The list of plans; each plan is below.
pub(crate) const HOME: &str = "/manage/plans";
/// The form of a new plan.
pub(super) const NEW: &str = "new-plan";

/// Kinds with what each is for.
pub(super) const KINDS: [(&str, PlanKind, &str); 4] = [
    ("tier", PlanKind::Tier, "Tier: so much an interval, for so many credits"),
    ("trial", PlanKind::Trial, "Trial: free, to try, and it ends by itself"),
    (
        "commitment",
        PlanKind::Commitment,
        "Commitment: paid in advance by contract, burned at the customer's own pace",
    ),
    (
        "unlimited",
        PlanKind::Unlimited,
        "Unlimited: everything or most of it without credits, under fair use",
    ),
];

/// The plan that an address below [`HOME`] names.
fn plan_of(visit: &Visit) -> Result<Key, PageError> {
    let key = visit.path().split('/').nth(3).and_then(|key| key.parse().ok());
    key.ok_or(PageError::NotFound("plan"))
}

/// The draft of that plan, for a page that is nothing without it.
async fn draft_of(visit: &Visit, plan: &Key) -> Result<PlanDraft, PageError> {
    let draft = visit.service().plan_draft(&visit.actor()?, plan).await?;
    draft.ok_or(PageError::NotFound("draft"))
}

/// `/manage/plans/studio` and what is below it.
fn address(plan: &Key, below: &str) -> String {
    format!("{HOME}/{plan}{below}")
}

/// The list.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let rows = visit.service().plan_rows(&visit.actor()?).await?;
    Ok(Page::new("Plans", move || view! { <PlansPage rows=rows/> }).still())
}

#[component]
fn PlansPage(rows: Vec<PlanRow>) -> impl IntoView {
    let drafts = rows.iter().filter(|row| row.has_draft).count();
    let sentence = match (rows.len(), drafts) {
        (plans, 0) if plans > 0 && !Place::current().writes_catalogue() => format!("{plans} plans."),
        (0, _) => "No plan yet.".to_owned(),
        (plans, 0) => format!("{plans} plans, nothing is being written."),
        (plans, 1) => format!("{plans} plans, one with a draft."),
        (plans, drafts) => format!("{plans} plans, {drafts} with a draft."),
    };
    let none = rows.is_empty();
    let writes = Place::current().writes_catalogue();
    let words = if writes {
        "A published version is never edited. Customers stay on theirs until you move them."
    } else {
        "What is sold now. A published version is never edited, and customers stay on theirs until they are moved."
    };
    let new = move || writes.then(|| view! { <a class="button primary" href=format!("{HOME}/new")>"New plan"</a> });
    view! {
        <PageHeader title="Plans" sentence=sentence actions=new/>
        <Panel id="plans" title="Plans" words=words>
            {if none {
                view! { <Empty title="No plan yet" words="A plan says what a customer may use, what it gives, and what money buys."/> }.into_any()
            } else {
                view! { <PlanTable rows=rows/> }.into_any()
            }}
        </Panel>
    }
}

/// `$94.99 a month`.
pub(super) fn price_words(terms: &PlanTerms) -> String {
    terms.price.map_or_else(
        || "no price".to_owned(),
        |price| format!("{} {}", format::money(price), words::each_interval(terms.interval)),
    )
}

#[component]
fn PlanTable(rows: Vec<PlanRow>) -> impl IntoView {
    let writes = Place::current().writes_catalogue();
    let row = move |row: PlanRow| {
        let version = row
            .current
            .as_ref()
            .map_or_else(|| "–".to_owned(), |current| current.number.to_string());
        let draft = if row.has_draft {
            view! { <Badge tone=Tone::Accent word="draft"/> }.into_any()
        } else {
            view! { <span class="quiet">"–"</span> }.into_any()
        };
        let given: Vec<String> = row
            .terms
            .allotments
            .values()
            .map(|allotment| format!("{} credits", format::credits(allotment.credits)))
            .collect();
        let given = if given.is_empty() {
            "–".to_owned()
        } else {
            given.join(", ")
        };
        view! {
            <tr>
                <th scope="row">
                    <span class="cell"><a href=address(&row.key, "")>{row.terms.name.clone()}</a><small class="quiet">{row.key.to_string()}</small></span>
                </th>
                <td data-label="Kind">{row.terms.kind.name()}</td>
                <td data-label="Price">{price_words(&row.terms)}</td>
                <td data-label="Gives">{given}</td>
                <td class="number" data-label="Version">{version}</td>
                <td class="number" data-label="Customers">{format::count(row.customers)}</td>
                {writes.then(|| view! { <td data-label="Draft">{draft}</td> })}
            </tr>
        }
    };
    let mut heads = vec![
        text("Plan"),
        text("Kind"),
        text("Price"),
        text("Gives"),
        figures("Version"),
        figures("Customers"),
    ];
    heads.extend(writes.then(|| text("Draft")));
    view! {
        <Listing caption="Plans" heads=heads>
            {rows.into_iter().map(row).collect_view()}
        </Listing>
    }
}

/// What the form of a new plan says.
pub(super) fn read_new(form: &Filled) -> Result<NewPlan, ServiceError> {
    let mut reader = form.reader();
    let key = reader.key("key");
    if key.as_ref().is_some_and(|key| key.as_str() == "new") {
        reader.refuse("key", "this word is taken by this page; use another key");
    }
    let name = reader.text("name");
    let kinds = KINDS.map(|(value, kind, _)| (value, kind));
    let kind = reader.one_of("kind", &kinds);
    let currency: Option<Currency> = form.get("currency").to_uppercase().parse().ok();
    if currency.is_none() {
        reader.refuse("currency", "three letters, such as USD");
    }
    let new = key.zip(kind).zip(currency).map(|((key, kind), currency)| NewPlan {
        key,
        name,
        kind,
        currency,
    });
    reader.finish(new)
}

/// The form of a new plan.
pub async fn new_page(visit: Visit) -> Result<Page, PageError> {
    visit.service().may_write_plans(&visit.actor()?)?;
    Ok(Page::new("New plan", || view! { <NewPlanPage/> }).still())
}

#[component]
fn NewPlanPage() -> impl IntoView {
    let kinds = KINDS
        .map(|(value, _, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    view! {
        <PageHeader title="New plan" sentence="It begins as a draft. Nobody can be on it until it is published."/>
        <Panel id="plan" title="Plan">
            <ErrorSummary form=NEW/>
            <form class="stack form-narrow" method="post" action="/actions/manage-begin-plan">
                <Field form=NEW name="name" label="Name" length_max=80 help="As customers read it: Studio."/>
                <Field form=NEW name="key" label="Key" length_max=128 help="How programs name it, such as studio. It never changes."/>
                <Radios form=NEW name="kind" label="Kind" options=kinds value="tier"/>
                <Field form=NEW name="currency" label="Currency" value="USD" length_max=3 help="Of its prices. It never changes."/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Begin the draft"</button>
                    <a class="button quiet" href=HOME>"Begin nothing"</a>
                </div>
            </form>
        </Panel>
    }
}
