//! `/manage/rates/versions/{number}`: a published version with what it changed; and the step that takes a scheduled one
//! back.

use drawdown_service::rate_card::{VersionState, VersionView};
use leptos::prelude::*;

use super::card::Card;
use super::head::RatePages;
use super::{HOME, tone};
use crate::components::badge::Badge;
use crate::components::confirm::Confirm;
use crate::components::form::ErrorSummary;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::changes::Changes;
use crate::shell::Page;
use crate::visit::Visit;

/// The form that takes back refuses under this name.
pub(super) const FORM: &str = "withdraw";

/// The version that the address names.
async fn version_of(visit: &Visit) -> Result<VersionView, PageError> {
    let number = visit.path().split('/').nth(4).and_then(|number| number.parse().ok());
    let number: i64 = number.ok_or(PageError::NotFound("version"))?;
    Ok(visit.service().rate_card_version(&visit.actor()?, number).await?)
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let version = version_of(&visit).await?;
    let title = format!("Version {} of the rate card", version.number);
    Ok(Page::new(title, move || view! { <VersionPage version=version/> }).still())
}

#[component]
pub(crate) fn VersionPage(version: VersionView) -> impl IntoView {
    let number = version.number;
    let when = if version.state == VersionState::Scheduled {
        "In force from"
    } else {
        "Effective"
    };
    let sentence = format!(
        "{when} {} ({}). Published {}; it is never edited.",
        version.effective.full, version.effective.relative, version.published.relative
    );
    let scheduled = version.state == VersionState::Scheduled && version.withdraws.is_none();
    let (before, none) = version.before.map_or_else(
        || ("It is the first.".to_owned(), "Everything below is new."),
        |before| {
            let against = format!("Against version {before}, which is in force before it.");
            (against, "Nothing: it says what was in force.")
        },
    );
    let (state, word) = (tone(version.state), version.state.word());
    view! {
        <RatePages/>
        <PageHeader
            title=format!("Version {number}") sentence=sentence
            actions=move || {
                view! {
                    <Badge tone=state word=word/>
                    {scheduled.then(|| view! { <a class="button" href=format!("{HOME}/versions/{number}/withdraw")>"Take back"</a> })}
                }
            }
        />
        <ErrorSummary form=FORM/>
        <Panel id="changes" title="What it changes" words=before>
            <Changes changes=version.changes none=none/>
        </Panel>
        <Card rates=version.rates/>
    }
}

/// The step that takes a scheduled version back.
pub async fn withdraw_page(visit: Visit) -> Result<Page, PageError> {
    let version = version_of(&visit).await?;
    if version.state != VersionState::Scheduled {
        return Err(PageError::NotFound("scheduled version"));
    }
    Ok(Page::new("Take a version back", move || view! { <WithdrawPage version=version/> }).still())
}

#[component]
pub(crate) fn WithdrawPage(version: VersionView) -> impl IntoView {
    let number = version.number;
    let sentence = format!(
        "Take version {number} back: on {} nothing changes.",
        version.effective.full
    );
    let consequence = match version.before {
        Some(before) => format!("Version {before} stays in force. Version {number} stays in the list, as taken back."),
        None => format!("Version {number} stays in the list, as taken back."),
    };
    view! {
        <RatePages/>
        <PageHeader title=format!("Take version {number} back") sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <Confirm
                action="/actions/manage-withdraw-rates" sentence=sentence consequence=consequence
                fields=vec![("number", number.to_string())] button="Take it back" destructive=true
                back=format!("{HOME}/versions/{number}") back_word="Keep it scheduled"
            >
                <Changes changes=version.changes none="It changes nothing."/>
            </Confirm>
        </Panel>
    }
}
