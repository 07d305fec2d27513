//! `/manage/rates`: the rate card in versions. Which is in force, which comes, and the one draft.

mod card;
pub mod draft;
pub mod exception;
mod head;
pub mod lever;
pub mod meter;
pub(crate) mod price_words;
pub mod publish;
pub mod quote;
mod server_fns;
pub mod simulation;
mod tiers;
pub mod use_case;
pub mod version;

use drawdown_domain::catalogue::UseCase;
use drawdown_domain::{Key, format};
use drawdown_service::rate_card::{RateCardsView, RatesDraft, VersionState, VersionView};
use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::empty::Empty;
use crate::components::form::ErrorSummary;
use crate::components::moment::Time;
use crate::components::notice::Tone;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, act, figures, text};
use crate::error::PageError;
use crate::pages::manage::changes::count_words;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;
use head::RatePages;

/// The page of the versions.
pub(crate) const HOME: &str = "/manage/rates";
/// The draft's page; its forms are below.
pub(crate) const DRAFT: &str = "/manage/rates/draft";

/// The draft, for a page that is nothing without it.
async fn draft_of(visit: &Visit) -> Result<RatesDraft, PageError> {
    let draft = visit.service().rates_draft(&visit.actor()?).await?;
    draft.ok_or(PageError::NotFound("draft"))
}

/// The use case of the draft that a form or an address names, with the whole draft.
async fn use_case_of(visit: &Visit, asked: &Filled) -> Result<(Key, UseCase, RatesDraft), PageError> {
    let draft = draft_of(visit).await?;
    let found = draft.rates.use_cases.get_key_value(asked.get("use_case"));
    let (key, use_case) = found.ok_or(PageError::NotFound("use case"))?;
    Ok((key.clone(), use_case.clone(), draft))
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let view = visit.service().rate_cards(&visit.actor()?).await?;
    Ok(Page::new("Rates", move || view! { <RatesPage view=view/> }).still())
}

#[component]
pub(crate) fn RatesPage(view: RateCardsView) -> impl IntoView {
    let sentence = sentence(&view);
    let draft = view.draft.is_some();
    view! {
        <RatePages/>
        <PageHeader
            title="Rates" sentence=sentence
            actions=move || {
                if draft {
                    view! { <a class="button primary" href=DRAFT>"Open the draft"</a> }.into_any()
                } else {
                    view! { <StartDraft/> }.into_any()
                }
            }
        />
        <ErrorSummary form=draft::FORM/>
        {view.draft.map(|draft| view! { <DraftPanel draft=draft/> })}
        <Versions versions=view.versions/>
    }
}

/// `Version 3 is in force since 1 Nov; version 4 takes effect in 9 days.`
fn sentence(view: &RateCardsView) -> String {
    let of = |state: VersionState| view.versions.iter().filter(move |version| version.state == state);
    let Some(current) = of(VersionState::InForce).next() else {
        return "Nothing is published yet: no run has a price.".to_owned();
    };
    let since = format!("Version {} is in force since {}", current.number, current.effective.day);
    let next = of(VersionState::Scheduled).min_by_key(|version| version.effective.at);
    match next {
        Some(next) => format!(
            "{since}; version {} takes effect {}.",
            next.number, next.effective.relative
        ),
        None => format!("{since}. What has run keeps the price of its own time."),
    }
}

/// The button that begins a draft.
#[component]
pub(super) fn StartDraft() -> impl IntoView {
    view! {
        <form method="post" action="/actions/manage-start-rates">
            <button class="button primary" type="submit">"Write a new version"</button>
        </form>
    }
}

#[component]
fn DraftPanel(draft: RatesDraft) -> impl IntoView {
    let words = format!(
        "Based on version {}. {} so far, the last {} by {}.",
        draft.based_on,
        capital(&count_words(&draft.changes)),
        draft.changed.relative,
        draft.changed_by,
    );
    view! {
        <Panel id="draft" title="Draft" words=words aside=|| view! { <a class="button small" href=DRAFT>"Open"</a> }>
            <p class="note">"It prices nothing until it is published."</p>
        </Panel>
    }
}

/// With a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A state's colour.
pub(super) const fn tone(state: VersionState) -> Tone {
    match state {
        VersionState::InForce => Tone::Ok,
        VersionState::Scheduled => Tone::Accent,
        VersionState::Superseded => Tone::Plain,
        VersionState::TakenBack => Tone::Warn,
    }
}

#[component]
fn Versions(versions: Vec<VersionView>) -> impl IntoView {
    if versions.is_empty() {
        return view! {
            <Panel id="versions" title="Versions">
                <Empty title="No version yet" words="Write the first one: what you sell, in which modes, on which platforms, at which rates."/>
            </Panel>
        }
        .into_any();
    }
    let row = |version: VersionView| {
        let href = format!("{HOME}/versions/{}", version.number);
        let scheduled = version.state == VersionState::Scheduled && version.withdraws.is_none();
        let what = match (version.withdraws, version.before) {
            (Some(taken), _) => format!("takes version {taken} back"),
            (None, Some(before)) => format!("{} of version {before}", count_words(&version.changes)),
            (None, None) => "the first".to_owned(),
        };
        let cases = version.rates.use_cases.len();
        let cases = format::count(i64::try_from(cases).unwrap_or(i64::MAX));
        let back = format!("{href}/withdraw");
        view! {
            <tr>
                <th scope="row"><a href=href>{format!("Version {}", version.number)}</a></th>
                <td data-label="State"><Badge tone=tone(version.state) word=version.state.word()/></td>
                <td data-label="In force from"><Time moment=version.effective/></td>
                <td data-label="What it does">{what}</td>
                <td class="number" data-label="Use cases">{cases}</td>
                <td class="actions">
                    {scheduled.then(|| view! { <a class="button small" href=back aria-label=format!("Take version {} back", version.number)>"Take back"</a> })}
                </td>
            </tr>
        }
    };
    view! {
        <Panel id="versions" title="Versions" words="A published version is never edited. A scheduled one can be taken back until it takes effect.">
            <Listing
                caption="Versions of the rate card"
                heads=[
                    text("Version"), text("State"), text("In force from"), text("What it does"),
                    figures("Use cases"), act("Take back"),
                ]
            >
                {versions.into_iter().map(row).collect_view()}
            </Listing>
        </Panel>
    }
    .into_any()
}
