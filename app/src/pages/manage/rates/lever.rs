//! `/manage/rates/draft/mode` and `/platform`: a mode or platform with its multiplier.

use drawdown_domain::catalogue::Rates;
use drawdown_service::ServiceError;
use drawdown_service::rate_card::{Lever, RatesEdit};
use leptos::prelude::*;

use super::head::RatePages;
use super::{DRAFT, draft_of};
use crate::components::form::{ErrorSummary, Field};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::drafts::DraftForm;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name.
pub(super) const FORM: &str = "lever";

/// The lever that a form names; a form of ours names one.
pub(super) fn lever_of(form: &Filled) -> Result<Lever, PageError> {
    let found = Lever::ALL.into_iter().find(|lever| lever.word() == form.get("lever"));
    found.ok_or(PageError::NotFound("lever"))
}

/// What the form says.
pub(super) fn read(form: &Filled, lever: Lever) -> Result<RatesEdit, ServiceError> {
    let mut reader = form.reader();
    let (key, multiplier) = (reader.key("key"), reader.decimal("multiplier"));
    let is_new = !reader.ticked("known");
    let edit = key.zip(multiplier).map(|(key, multiplier)| RatesEdit::PutLever {
        lever,
        key,
        multiplier,
        is_new,
    });
    reader.finish(edit)
}

/// The form of a mode.
pub async fn mode_page(visit: Visit) -> Result<Page, PageError> {
    page(visit, Lever::Mode).await
}

/// The form of a platform.
pub async fn platform_page(visit: Visit) -> Result<Page, PageError> {
    page(visit, Lever::Platform).await
}

async fn page(visit: Visit, lever: Lever) -> Result<Page, PageError> {
    let draft = draft_of(&visit).await?;
    let asked: Filled = visit.query();
    let key = asked.get("key").to_owned();
    let word = super::capital(lever.word());
    Ok(Page::new(
        word,
        move || view! { <LeverPage lever=lever key=key rates=draft.rates revision=draft.revision/> },
    )
    .still())
}

#[component]
pub(crate) fn LeverPage(lever: Lever, key: String, rates: Rates, revision: i64) -> impl IntoView {
    let word = lever.word();
    let known = lever.of(&rates).get(key.as_str()).copied();
    let title = if known.is_some() {
        format!("Change {word} {key}")
    } else {
        format!("Add a {word}")
    };
    let (example, help) = match lever {
        Lever::Mode => (
            "fast",
            "1 leaves the rates as they are; 0.25 makes a run cost a quarter; 0 makes it free.",
        ),
        Lever::Platform => ("ios", "1 leaves the rates as they are; 1.3 makes a run cost 30 % more."),
    };
    let used = rates.use_cases.values().filter(|use_case| {
        lever == Lever::Mode && use_case.ladder.iter().any(|mode| mode.as_str() == key)
            || use_case.exceptions.iter().any(|one| match lever {
                Lever::Mode => one.mode.as_str() == key,
                Lever::Platform => one.platform.as_str() == key,
            })
    });
    let used: Vec<&str> = used.map(|use_case| use_case.name.as_str()).collect();
    let lost = if used.is_empty() {
        format!("No use case names this {word}.")
    } else {
        format!("It goes out of the modes and exceptions of {} too.", used.join(", "))
    };
    let fixed = known.is_some().then(|| key.clone());
    let remove_title = format!("Remove {word} {key}");
    let remove = known.is_some().then(|| {
        view! {
            <Panel id="remove" title=remove_title words=lost>
                <DraftForm action="/actions/manage-remove-lever" revision=revision>
                    <input type="hidden" name="lever" value=word/>
                    <input type="hidden" name="key" value=key/>
                    <button class="button danger" type="submit">"Remove from the draft"</button>
                </DraftForm>
            </Panel>
        }
    });
    let multiplier = known.map_or_else(String::new, |known| known.normalize().to_string());
    view! {
        <RatePages/>
        <PageHeader title=title sentence="In the draft. It prices nothing until the draft is published."/>
        <Panel id="lever" title=super::capital(word)>
            <ErrorSummary form=FORM/>
            <DraftForm class="stack form-narrow" action="/actions/manage-put-lever" revision=revision>
                <input type="hidden" name="lever" value=word/>
                <KeyField form=FORM fixed=fixed example=example/>
                <Field form=FORM name="multiplier" label="Multiplier on every rate" value=multiplier inputmode="decimal" help=help/>
                <SaveButtons/>
            </DraftForm>
        </Panel>
        {remove}
    }
}

/// The key of something new; of something that is there, the same in a hidden field.
#[component]
pub(super) fn KeyField(
    /// The form's name.
    form: &'static str,
    /// The key of what is there.
    fixed: Option<String>,
    /// A key, for the help.
    #[prop(into)]
    example: String,
) -> impl IntoView {
    match fixed {
        Some(key) => view! {
            <input type="hidden" name="known" value="1"/>
            <input type="hidden" name="key" value=key/>
        }
        .into_any(),
        None => view! {
            <Field
                form=form name="key" label="Key" length_max=128
                help=format!("How programs name it, such as {example}: letters, digits and _ - . : @. It never changes.")
            />
        }
        .into_any(),
    }
}

/// The buttons below a form of the draft.
#[component]
pub(super) fn SaveButtons() -> impl IntoView {
    view! {
        <div class="buttons">
            <button class="button primary" type="submit">"Save to the draft"</button>
            <a class="button quiet" href=DRAFT>"Change nothing"</a>
        </div>
    }
}
