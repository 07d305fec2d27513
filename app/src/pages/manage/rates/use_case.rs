//! `/manage/rates/draft/use-case`: a use case's name, the modes it offers in the order in which a run degrades, and the
//! least that a run costs. Its metered quantities have forms of their own.

use drawdown_domain::Key;
use drawdown_domain::catalogue::Rates;
use drawdown_service::ServiceError;
use drawdown_service::rate_card::RatesEdit;
use leptos::prelude::*;

use super::draft_of;
use super::head::RatePages;
use super::lever::{KeyField, SaveButtons};
use crate::components::form::{ErrorSummary, Field, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::drafts::DraftForm;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name.
pub(super) const FORM: &str = "use-case";
/// What the names of the ladder's fields begin with.
const STEP: &str = "step_";

/// What the form says.
pub(super) fn read(form: &Filled) -> Result<RatesEdit, ServiceError> {
    let mut reader = form.reader();
    let key = reader.key("key");
    let (name, is_new) = (reader.text("name"), !reader.ticked("known"));
    if name.is_empty() {
        reader.refuse("name", "a name, as customers read it");
    }
    let ladder = reader.steps(STEP);
    let minimum = reader.optional_decimal("minimum");
    let edit = key.map(|key| RatesEdit::PutUseCase {
        key,
        name,
        ladder,
        minimum,
        is_new,
    });
    reader.finish(edit)
}

/// The form.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let draft = draft_of(&visit).await?;
    let asked: Filled = visit.query();
    let key = asked.get("key").to_owned();
    Ok(Page::new(
        "Use case",
        move || view! { <UseCasePage key=key rates=draft.rates revision=draft.revision/> },
    )
    .still())
}

#[component]
pub(crate) fn UseCasePage(key: String, rates: Rates, revision: i64) -> impl IntoView {
    let known = rates.use_cases.get(key.as_str()).cloned();
    let is_known = known.is_some();
    let title = known
        .as_ref()
        .map_or_else(|| "Add a use case".to_owned(), |known| format!("Change {}", known.name));
    let use_case = known.unwrap_or_default();
    let remove = is_known.then(|| {
        let (key, name) = (key.clone(), use_case.name.clone());
        view! {
            <Panel
                id="remove" title=format!("Remove {name}")
                words="With its quantities and exceptions. Once that is published, its runs are refused."
            >
                <DraftForm action="/actions/manage-remove-use-case" revision=revision>
                    <input type="hidden" name="key" value=key/>
                    <button class="button danger" type="submit">"Remove from the draft"</button>
                </DraftForm>
            </Panel>
        }
    });
    let minimum = use_case
        .minimum
        .map_or_else(String::new, |minimum| minimum.normalize().to_string());
    let fixed = is_known.then_some(key);
    view! {
        <RatePages/>
        <PageHeader title=title sentence="In the draft. It prices nothing until the draft is published."/>
        <Panel id="use-case" title="Use case">
            <ErrorSummary form=FORM/>
            <DraftForm class="stack form-narrow" action="/actions/manage-put-use-case" revision=revision>
                <KeyField form=FORM fixed=fixed example="render"/>
                <Field form=FORM name="name" label="Name" value=use_case.name length_max=80 help="As customers read it: Image render."/>
                <Ladder ladder=use_case.ladder modes=rates.modes.keys().cloned().collect()/>
                <Field
                    form=FORM name="minimum" label="Least that a run costs" value=minimum inputmode="decimal" unit="credits" required=false
                    help="Lifts every price above zero. What costs nothing stays free, so a failed run costs nothing."
                />
                <SaveButtons/>
            </DraftForm>
        </Panel>
        {remove}
    }
}

/// The modes in the order in which a run degrades: one choice a mode.
#[component]
fn Ladder(ladder: Vec<Key>, modes: Vec<Key>) -> impl IntoView {
    let rows = modes.len().max(1);
    let options = |none: &str| {
        let none = (String::new(), none.to_owned());
        let modes = modes.iter().map(|mode| (mode.to_string(), mode.to_string()));
        std::iter::once(none).chain(modes).collect::<Vec<_>>()
    };
    let choices = (0..rows).map(|row| {
        let (label, none) = if row == 0 {
            ("Runs in", "Every mode")
        } else {
            ("then degrades to", "–")
        };
        let value = ladder.get(row).map(ToString::to_string).unwrap_or_default();
        view! { <Select form=FORM name=format!("{STEP}{row}") label=label options=options(none) value=value/> }
    });
    view! {
        <fieldset class="tiers">
            <legend>"Modes"</legend>
            <p class="help">
                "The modes it offers, in the order in which a run degrades when a limit or the credits call for it. Left empty, it offers every mode and never degrades."
            </p>
            <div class="form-row">{choices.collect_view()}</div>
        </fieldset>
    }
}
