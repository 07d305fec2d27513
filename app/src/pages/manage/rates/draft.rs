//! `/manage/rates/draft`: what is being written, with what it changes; and the step that throws it away.

use drawdown_service::rate_card::RatesDraft;
use leptos::prelude::*;

use super::card::Card;
use super::head::RatePages;
use super::{DRAFT, HOME, StartDraft, capital};
use crate::components::confirm::Confirm;
use crate::components::empty::Empty;
use crate::components::form::ErrorSummary;
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::changes::{Changes, count_words};
use crate::pages::manage::drafts::Behind;
use crate::shell::Page;
use crate::visit::Visit;

/// Buttons on this page refuse under this name.
pub(super) const FORM: &str = "draft";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let draft = visit.service().rates_draft(&visit.actor()?).await?;
    Ok(Page::new("Draft of the rate card", move || view! { <DraftPage draft=draft/> }).still())
}

#[component]
pub(crate) fn DraftPage(draft: Option<RatesDraft>) -> impl IntoView {
    let Some(draft) = draft else {
        return view! {
            <RatePages/>
            <PageHeader title="Draft" sentence="Nothing is being written."/>
            <ErrorSummary form=FORM/>
            <Panel id="draft" title="Draft">
                <Empty title="No draft" words="A draft begins as the newest version. It prices nothing until you publish it.">
                    <StartDraft/>
                </Empty>
            </Panel>
        }
        .into_any();
    };
    let sentence = format!(
        "Based on version {}, last changed {} by {}. {}; it prices nothing until it is published.",
        draft.based_on,
        draft.changed.relative,
        draft.changed_by,
        capital(&count_words(&draft.changes)),
    );
    let fault = draft.fault.clone().map(|fault| {
        view! { <Notice tone=Tone::Warn>{format!("It cannot be published yet: {fault}.")}</Notice> }
    });
    let (revision, based_on) = (draft.revision, draft.based_on);
    let behind = draft.newer.clone().map(|newer| {
        let title = format!("What it changes of version {}", newer.number);
        view! {
            <Behind action="/actions/manage-carry-rates" revision=revision based_on=based_on newer=newer.number/>
            <Panel id="newer" title=title words="Also what that version says and the draft does not.">
                <Changes changes=newer.changes none="Nothing: it says what that version says."/>
            </Panel>
        }
    });
    view! {
        <RatePages/>
        <PageHeader
            title="Draft" sentence=sentence
            actions=|| {
                view! {
                    <a class="button quiet" href=format!("{DRAFT}/discard")>"Discard"</a>
                    <a class="button" href=format!("{DRAFT}/use-case")>"Add a use case"</a>
                    <a class="button primary" href=format!("{DRAFT}/publish")>"Publish"</a>
                }
            }
        />
        <ErrorSummary form=FORM/>
        {behind}
        {fault}
        <Panel id="changes" title="What it changes" words="Against the version in force now.">
            <Changes changes=draft.changes none="Nothing yet: it says what is in force."/>
        </Panel>
        <Card rates=draft.rates edit=true/>
    }
    .into_any()
}

/// The step that throws the draft away.
pub async fn discard_page(visit: Visit) -> Result<Page, PageError> {
    let draft = visit.service().rates_draft(&visit.actor()?).await?;
    let draft = draft.ok_or(PageError::NotFound("draft"))?;
    Ok(Page::new("Discard the draft", move || view! { <DiscardPage draft=draft/> }).still())
}

#[component]
pub(crate) fn DiscardPage(draft: RatesDraft) -> impl IntoView {
    let sentence = format!("Throw the draft away, with its {}.", count_words(&draft.changes));
    let fields = vec![("revision", draft.revision.to_string())];
    view! {
        <RatePages/>
        <PageHeader title="Discard the draft" sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/manage-discard-rates" sentence=sentence
                consequence="What is published stays as it is. The audit log keeps what was written."
                fields=fields button="Discard the draft" destructive=true back=DRAFT back_word="Keep it"
            >
                <Changes changes=draft.changes none="It says what is in force: nothing is lost."/>
            </Confirm>
        </Panel>
        <p class="buttons"><a class="button quiet" href=HOME>"Versions"</a></p>
    }
}
