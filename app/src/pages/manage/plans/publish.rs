//! `/manage/plans/{key}/draft/publish` and `/move`: what changes for each group of customers, and when each moves: now, at
//! renewal, or never.

use drawdown_domain::Key;
use drawdown_service::plans::{MoveChoice, Moved, PlanDraft, PlanGroup};
use drawdown_service::schedule::PlanWhen;
use leptos::prelude::*;

use super::plan::{customers, group_words};
use super::{address, draft_of, plan_of};
use crate::components::form::{ErrorSummary, Radios};
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::changes::{Changes, count_words};
use crate::pages::manage::drafts::{Behind, DraftForm};
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name.
pub(super) const FORM: &str = "publish-plan";

/// The name of a group's field.
fn field_of(group: &PlanGroup) -> String {
    format!(
        "group-{}-{}",
        group.version,
        if group.contract { "contracts" } else { "plan" }
    )
}

/// What was chosen for each group.
pub(super) fn choices(form: &Filled, groups: &[PlanGroup]) -> Vec<MoveChoice> {
    let chosen = groups.iter().filter_map(|group| {
        let when = match form.get(&field_of(group)) {
            "now" => PlanWhen::Now,
            "renewal" => PlanWhen::AtRenewal,
            _ => return None,
        };
        Some(MoveChoice {
            version: group.version,
            contract: group.contract,
            when,
        })
    });
    chosen.collect()
}

/// What became of moves, in a sentence; nothing where there were none.
pub(super) fn moved_words(moved: &Moved) -> String {
    let mut sentences = Vec::new();
    if moved.now > 0 {
        sentences.push(format!("{} moved.", customers(moved.now)));
    }
    if moved.at_renewal > 0 {
        sentences.push(format!("{} will move at their renewal.", customers(moved.at_renewal)));
    }
    if moved.at_contract_end > 0 {
        let count = customers(moved.at_contract_end);
        sentences.push(format!("{count} will move when their contract ends."));
    }
    if moved.under_contract > 0 {
        sentences.push(kept_words(moved.under_contract));
    }
    if moved.under_way > 0 {
        let follow = if moved.under_way == 1 { "follows" } else { "follow" };
        sentences.push(format!(
            "{} {follow} within minutes; the plan's page tells how far it is.",
            customers(moved.under_way)
        ));
    }
    if moved.refused_count > 0 {
        let told: Vec<String> = moved
            .refused
            .iter()
            .map(|(key, why)| format!("{key} ({why})"))
            .collect();
        sentences.push(format!(
            "{} could not be moved: {}.",
            customers(moved.refused_count),
            told.join("; ")
        ));
    }
    sentences.join(" ")
}

/// What becomes of customers under contracts who do not move.
fn kept_words(under_contract: i64) -> String {
    let keep = if under_contract == 1 {
        "keeps its version until its"
    } else {
        "keep their version until their"
    };
    format!(
        "{} under contract {keep} contract is amended or ends.",
        customers(under_contract)
    )
}

/// What is to be known before anybody is moved: how many are under contracts, and what becomes of these.
fn contract_words(groups: &[PlanGroup]) -> Option<String> {
    let under_contract = groups.iter().filter(|group| group.contract);
    let count: i64 = under_contract.map(|group| group.customers).sum();
    let are = if count == 1 { "is" } else { "are" };
    (count > 0).then(|| {
        format!(
            "{} {are} under contracts of this plan, and none of them moves now: {}",
            customers(count),
            "each keeps the version that its contract builds on until the contract is amended, or moves when it ends, if you \
             choose so here."
        )
    })
}

/// Publishing.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let plan = plan_of(&visit)?;
    let draft = draft_of(&visit, &plan).await?;
    let groups = visit
        .service()
        .plan_groups(&visit.actor()?, &plan, Some(&draft.terms))
        .await?;
    Ok(Page::new(
        "Publish",
        move || view! { <PublishPage plan=plan draft=draft groups=groups/> },
    )
    .still())
}

#[component]
fn PublishPage(plan: Key, draft: PlanDraft, groups: Vec<PlanGroup>) -> impl IntoView {
    let blocked = draft.fault.is_some() || draft.newer.is_some();
    let (revision, based_on, of) = (draft.revision, draft.based_on, plan.clone());
    let behind = draft.newer.map(|newer| {
        view! { <Behind action="/actions/manage-carry-plan" revision=revision based_on=based_on newer=newer plan=of/> }
    });
    let fault = draft
        .fault
        .clone()
        .map(|fault| view! { <Notice tone=Tone::Warn>{format!("It cannot be published yet: {fault}.")}</Notice> });
    let number = draft.newer.unwrap_or(draft.based_on) + 1;
    let sentence = format!(
        "Publish this draft as a version of {}, with its {}. New customers get it from now on; it is never edited.",
        draft.terms.name,
        count_words(&draft.changes),
    );
    let back = address(&plan, "/draft");
    view! {
        <PageHeader title=format!("Publish {}", draft.terms.name) sentence="Nothing has changed yet."/>
        <ErrorSummary form=FORM/>
        {behind}
        {fault}
        <DraftForm class="stack" action="/actions/manage-publish-plan" revision=revision>
            <input type="hidden" name="plan" value=plan.to_string()/>
            <Panel id="changes" title="What it changes" words=sentence>
                <Changes changes=draft.changes none="Nothing: it says what the current version says."/>
            </Panel>
            <Groups groups=groups number=number/>
            <div class="buttons">
                <button class="button primary" type="submit" disabled=blocked>"Publish"</button>
                <a class="button quiet" href=back>"Publish nothing"</a>
            </div>
        </DraftForm>
    }
}

/// Moving customers to the version that is current already.
pub async fn move_page(visit: Visit) -> Result<Page, PageError> {
    let plan = plan_of(&visit)?;
    visit.service().may_write_plans(&visit.actor()?)?;
    let view = visit.service().plan_page(&visit.actor()?, &plan).await?;
    let number = view.versions.first().map(|version| version.number);
    let number = number.ok_or(PageError::NotFound("version"))?;
    Ok(Page::new("Move customers", move || {
        view! { <MovePage plan=plan name=view.name number=number groups=view.groups/> }
    })
    .still())
}

#[component]
fn MovePage(plan: Key, name: String, number: i64, groups: Vec<PlanGroup>) -> impl IntoView {
    let back = address(&plan, "");
    let none = groups.is_empty();
    view! {
        <PageHeader title=format!("Move customers to version {number}") sentence=format!("Of {name}. Nothing has changed yet.")/>
        <ErrorSummary form=FORM/>
        <form class="stack" method="post" action="/actions/manage-move-customers">
            <input type="hidden" name="plan" value=plan.to_string()/>
            <Groups groups=groups number=number/>
            <div class="buttons">
                <button class="button primary" type="submit" disabled=none>"Move them"</button>
                <a class="button quiet" href=back>"Move nobody"</a>
            </div>
        </form>
    }
}

#[component]
fn Groups(groups: Vec<PlanGroup>, number: i64) -> impl IntoView {
    if groups.is_empty() {
        return view! {
            <Panel id="groups" title="Customers">
                <p class="note">{format!("Nobody is on an earlier version, so nobody moves to version {number}.")}</p>
            </Panel>
        }
        .into_any();
    }
    let told = contract_words(&groups).map(|words| view! { <Notice>{words}</Notice> });
    let panels = groups.into_iter().map(|group| {
        let now = ("now".to_owned(), "Move now".to_owned());
        let renewal = if group.contract {
            "Move when the contract ends; it can be taken back until then"
        } else {
            "Move at renewal; it can be taken back until then"
        };
        let never = if group.contract {
            "Never: they keep this version until their contract is amended or ends"
        } else {
            "Never: they stay where they are"
        };
        let later = [
            ("renewal".to_owned(), renewal.to_owned()),
            ("never".to_owned(), never.to_owned()),
        ];
        let options = std::iter::once(now).filter(|_| !group.contract).chain(later).collect();
        let id = field_of(&group);
        let title = format!(
            "{}: {}",
            group_words(group.version, group.contract),
            customers(group.customers)
        );
        view! {
            <Panel id=format!("panel-{id}") title=title>
                <Radios form=FORM name=id label="When they move" options=options value="never"/>
                <details class="version">
                    <summary>{format!("What changes for them: {}", count_words(&group.changes))}</summary>
                    <Changes changes=group.changes none="Nothing: the terms are the same."/>
                </details>
            </Panel>
        }
    });
    let panels = panels.collect_view();
    view! { {told} {panels} }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(contract: bool, customers: i64) -> PlanGroup {
        PlanGroup {
            version: 1,
            contract,
            customers,
            changes: Vec::new(),
        }
    }

    #[test]
    fn how_many_are_under_contract_is_told_before_and_after() {
        assert_eq!(contract_words(&[group(false, 8)]), None);
        let told = contract_words(&[group(false, 8), group(true, 2), group(true, 1)]).unwrap();
        assert!(
            told.starts_with("3 customers are under contracts of this plan, and none of them moves now"),
            "{told}"
        );
        let moved = Moved {
            now: 8,
            at_contract_end: 2,
            under_contract: 1,
            ..Moved::default()
        };
        assert_eq!(
            moved_words(&moved),
            "8 customers moved. 2 customers will move when their contract ends. 1 customer under contract keeps its version \
             until its contract is amended or ends."
        );
        assert_eq!(moved_words(&Moved::default()), "");
    }
}
