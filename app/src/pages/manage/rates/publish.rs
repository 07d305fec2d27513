//! `/manage/rates/draft/publish`: from when the draft prices, what that changes, and then it is published.

use drawdown_service::rate_card::{PublishView, RatesDraft};
use leptos::prelude::*;

use super::head::RatePages;
use super::{DRAFT, draft_of};
use crate::address::with_query;
use crate::components::confirm::Confirm;
use crate::components::form::{ErrorSummary, Field};
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::changes::{Changes, count_words};
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name.
pub(super) const FORM: &str = "publish";
/// The page.
pub(super) const PUBLISH: &str = "/manage/rates/draft/publish";

/// The form.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let draft = draft_of(&visit).await?;
    let asked: Filled = visit.query();
    let effective = asked.get("effective").to_owned();
    Ok(Page::new(
        "Publish the rate card",
        move || view! { <PublishPage draft=draft effective=effective/> },
    )
    .still())
}

#[component]
pub(crate) fn PublishPage(draft: RatesDraft, effective: String) -> impl IntoView {
    let fault = draft.fault.clone().map(|fault| {
        view! { <Notice tone=Tone::Warn>{format!("It cannot be published yet: {fault}.")}</Notice> }
    });
    view! {
        <RatePages/>
        <PageHeader title="Publish the rate card" sentence="The next step says what will happen before it does."/>
        {fault}
        <Panel id="when" title="From when it prices">
            <ErrorSummary form=FORM/>
            <form class="stack form-narrow" method="post" action="/actions/manage-check-rates">
                <Field
                    form=FORM name="effective" label="In force from" value=effective kind="datetime-local" required=false
                    help="Date and time of UTC. Left empty, at once. What is scheduled can be taken back until then."
                />
                <p class="help">"Runs are priced by the version in force when they begin; usage that is reported late, by the version of its own time."</p>
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=DRAFT>"Publish nothing"</a>
                    <a class="button quiet" href="/manage/rates/simulation">"Simulate it first"</a>
                </div>
            </form>
        </Panel>
        <Panel id="changes" title="What it changes" words="Against the version in force now.">
            <Changes changes=draft.changes none="Nothing yet: it says what is in force."/>
        </Panel>
    }
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let asked: Filled = visit.query();
    let effective = asked.get("effective").to_owned();
    let view = visit
        .service()
        .check_rates_publishing(&visit.actor()?, &effective)
        .await?;
    Ok(Page::new(
        "Publish the rate card",
        move || view! { <PublishConfirmPage view=view effective=effective/> },
    )
    .still())
}

#[component]
pub(crate) fn PublishConfirmPage(view: PublishView, effective: String) -> impl IntoView {
    let when = view.effective.as_ref().map_or_else(
        || "now".to_owned(),
        |moment| format!("{} ({})", moment.full, moment.relative),
    );
    let before = view
        .before
        .map_or_else(String::new, |before| format!(" in place of version {before}"));
    let sentence = format!(
        "Price every run from {when} by this draft{before}: {}.",
        count_words(&view.changes)
    );
    let consequence = if view.effective.is_some() {
        "It is never edited after that, but can be taken back until it takes effect. What has run keeps its price."
    } else {
        "It takes effect at once and is never edited; only another version changes it. What has run keeps its price."
    };
    let later = view.later.iter().map(|version| {
        let words = format!(
            "Version {} is scheduled for {} and takes its place then.",
            version.number, version.effective.full
        );
        view! { <Notice tone=Tone::Warn>{words}</Notice> }
    });
    let later = later.collect_view();
    let fields = vec![
        ("revision", view.draft.revision.to_string()),
        ("effective", effective.clone()),
    ];
    view! {
        <RatePages/>
        <PageHeader title="Publish the rate card" sentence="Nothing has changed yet."/>
        {later}
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/manage-publish-rates" sentence=sentence consequence=consequence fields=fields
                button="Publish" back=with_query(PUBLISH, &[("effective", &effective)]) back_word="Change it"
            >
                <Changes changes=view.changes none="Nothing changes."/>
            </Confirm>
        </Panel>
    }
}
