//! `/manage/plans/{key}/draft`: what is being written of a plan, group by group, with what it changes; and the step that
//! throws it away.

use drawdown_domain::Key;
use drawdown_domain::plan::PlanTerms;
use drawdown_service::plans::PlanDraft;
use leptos::prelude::*;

use super::part::Part;
use super::plan::TermLines;
use super::{address, draft_of, plan_of};
use crate::address::with_query;
use crate::components::confirm::Confirm;
use crate::components::form::ErrorSummary;
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::changes::{Changes, count_words};
use crate::pages::manage::drafts::Behind;
use crate::pages::manage::rates::capital;
use crate::shell::Page;
use crate::visit::Visit;

/// Buttons on this page refuse under this name.
pub(super) const FORM: &str = "plan-draft";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let plan = plan_of(&visit)?;
    let draft = draft_of(&visit, &plan).await?;
    let title = format!("Draft of {}", draft.terms.name);
    Ok(Page::new(title, move || view! { <DraftPage plan=plan draft=draft/> }).still())
}

#[component]
fn DraftPage(plan: Key, draft: PlanDraft) -> impl IntoView {
    let base = if draft.based_on == 0 {
        "A new plan".to_owned()
    } else {
        format!("Based on version {}", draft.based_on)
    };
    let sentence = format!(
        "{base}, last changed {} by {}. {}; nobody is on it until it is published.",
        draft.changed.relative,
        draft.changed_by,
        capital(&count_words(&draft.changes)),
    );
    let fault = draft
        .fault
        .clone()
        .map(|fault| view! { <Notice tone=Tone::Warn>{format!("It cannot be published yet: {fault}.")}</Notice> });
    let (revision, based_on, of) = (draft.revision, draft.based_on, plan.clone());
    let behind = draft.newer.map(|newer| {
        view! { <Behind action="/actions/manage-carry-plan" revision=revision based_on=based_on newer=newer plan=of/> }
    });
    let (key, new) = (plan.clone(), draft.based_on == 0 && draft.newer.is_none());
    let words = if new {
        "What it says so far."
    } else {
        "Against the current version."
    };
    view! {
        <PageHeader
            title=format!("Draft of {}", draft.terms.name) sentence=sentence
            actions=move || {
                view! {
                    {(!new).then(|| view! { <a class="button quiet" href=address(&key, "")>"The plan"</a> })}
                    <a class="button quiet" href=address(&key, "/draft/discard")>"Discard"</a>
                    <a class="button primary" href=address(&key, "/draft/publish")>"Publish"</a>
                }
            }
        />
        <ErrorSummary form=FORM/>
        {behind}
        {fault}
        <Panel id="changes" title="What it changes" words=words>
            <Changes changes=draft.changes none="Nothing yet: it says what the current version says."/>
        </Panel>
        <Parts plan=plan terms=draft.terms.clone()/>
        <Panel id="all" title="All of it" words="As it would be published.">
            <TermLines terms=draft.terms/>
        </Panel>
    }
}

/// The groups, each with its entries and the way to their forms.
#[component]
fn Parts(plan: Key, terms: PlanTerms) -> impl IntoView {
    let names = |part: Part| -> Vec<(String, String)> {
        let pairs = |names: Vec<String>| names.into_iter().map(|name| (name.clone(), name)).collect();
        match part {
            Part::Allotment => pairs(terms.allotments.keys().map(ToString::to_string).collect()),
            Part::Cap => pairs(terms.caps.keys().map(ToString::to_string).collect()),
            Part::Throttle => pairs(terms.throttles.keys().map(ToString::to_string).collect()),
            Part::Unlimited => {
                let places = 0..terms.unlimited.len();
                places
                    .map(|place| (place.to_string(), format!("Entry {}", place + 1)))
                    .collect()
            }
            _ => Vec::new(),
        }
    };
    let panel = |part: Part| {
        let form = address(&plan, &format!("/draft/{}", part.word()));
        let several = matches!(part, Part::Allotment | Part::Cap | Part::Throttle | Part::Unlimited);
        let entries = names(part)
            .into_iter()
            .map(|(name, word)| {
                let href = with_query(&form, &[("name", &name)]);
                view! { <li><a href=href>{word}</a></li> }
            })
            .collect_view();
        let word = if several { "Add" } else { "Change" };
        let label = format!("{word}: {}", part.title());
        let none = entries.is_empty();
        view! {
            <li class="part">
                <div class="part-words">
                    <strong>{part.title()}</strong>
                    <span class="quiet">{about(part)}</span>
                    {(!none).then(|| view! { <ul class="part-entries" role="list">{entries}</ul> })}
                </div>
                <a class="button small" href=form aria-label=label>{word}</a>
            </li>
        }
    };
    let panels = Part::ALL.into_iter().map(panel).collect_view();
    view! { <Panel id="parts" title="Terms" words="Each group has a form of its own."><ul class="parts" role="list">{panels}</ul></Panel> }
}

/// What a group is about.
const fn about(part: Part) -> &'static str {
    match part {
        Part::Basics => "Kind, price and interval, members, when it ends by itself.",
        Part::Conversion => "Credits for money, better rates for larger purchases, when a low balance is told.",
        Part::TopUps => "Whether credits may be bought beside it, how long they live, what they pay for.",
        Part::Included => "Use cases, modes and platforms, and what happens beyond the credits.",
        Part::Refunds => "What customers are told about failed runs.",
        Part::Allotment => "Credits given again and again, their life, and what is carried over.",
        Part::Unlimited => "Runs that cost nothing, and their fair use.",
        Part::Cap => "The most credits or money in a window.",
        Part::Throttle => "The most runs or credits in a time.",
    }
}

/// The step that throws the draft away.
pub async fn discard_page(visit: Visit) -> Result<Page, PageError> {
    let plan = plan_of(&visit)?;
    let draft = draft_of(&visit, &plan).await?;
    Ok(Page::new(
        "Discard the draft",
        move || view! { <DiscardPage plan=plan draft=draft/> },
    )
    .still())
}

#[component]
fn DiscardPage(plan: Key, draft: PlanDraft) -> impl IntoView {
    let sentence = format!(
        "Throw the draft of {} away, with its {}.",
        draft.terms.name,
        count_words(&draft.changes)
    );
    let fields = vec![("revision", draft.revision.to_string()), ("plan", plan.to_string())];
    view! {
        <PageHeader title="Discard the draft" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/manage-discard-plan" sentence=sentence
                consequence="What is published stays as it is. The audit log keeps what was written."
                fields=fields button="Discard the draft" destructive=true back=address(&plan, "/draft") back_word="Keep it"
            >
                <Changes changes=draft.changes none="It says what the current version says: nothing is lost."/>
            </Confirm>
        </Panel>
    }
}
