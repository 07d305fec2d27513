//! `/manage/rates/draft/meter`: a metered quantity of a use case, and its rate.

use drawdown_domain::Key;
use drawdown_domain::catalogue::{Rate, UseCase};
use drawdown_service::ServiceError;
use drawdown_service::rate_card::RatesEdit;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::head::RatePages;
use super::lever::{KeyField, SaveButtons};
use super::price_words::units_of;
use super::tiers::TierRows;
use super::use_case_of;
use crate::components::form::{ErrorSummary, Field};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::drafts::DraftForm;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name.
pub(super) const FORM: &str = "meter";

/// What the form says.
pub(super) fn read(form: &Filled) -> Result<RatesEdit, ServiceError> {
    let mut reader = form.reader();
    let (use_case, key) = (reader.key("use_case"), reader.key("key"));
    let (credits, per) = (reader.decimal("credits"), reader.positive("per"));
    let tiers = reader.tiers("");
    let (unit, is_new) = (reader.text("unit"), !reader.ticked("known"));
    let edit = use_case.zip(key).zip(credits.zip(per));
    let edit = edit.map(|((use_case, key), (credits, per))| RatesEdit::PutMeter {
        use_case,
        key,
        rate: Rate {
            per,
            credits,
            tiers,
            unit: (!unit.is_empty()).then_some(unit),
        },
        is_new,
    });
    reader.finish(edit)
}

/// The form.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let asked: Filled = visit.query();
    let (use_case_key, use_case, draft) = use_case_of(&visit, &asked).await?;
    let revision = draft.revision;
    let key = asked.get("key").to_owned();
    Ok(Page::new(
        "Metered quantity",
        move || view! { <MeterPage use_case_key=use_case_key use_case=use_case key=key revision=revision/> },
    )
    .still())
}

#[component]
pub(crate) fn MeterPage(use_case_key: Key, use_case: UseCase, key: String, revision: i64) -> impl IntoView {
    let known = use_case.meters.get(key.as_str()).cloned();
    let is_known = known.is_some();
    let title = if is_known {
        format!("Change {key}")
    } else {
        "Add a metered quantity".to_owned()
    };
    let (credits, per) = known.as_ref().map_or_else(
        || (String::new(), "1".to_owned()),
        |rate| (rate.credits.normalize().to_string(), rate.per.normalize().to_string()),
    );
    let rate = known.unwrap_or_else(|| Rate::flat(Decimal::ZERO, Decimal::ONE));
    let units = units_of(&rate);
    let remove = is_known.then(|| {
        let (use_case, key) = (use_case_key.to_string(), key.clone());
        view! {
            <Panel id="remove" title=format!("Remove {key}") words="It goes out of the exceptions too. Once that is published, runs that name it are refused.">
                <DraftForm action="/actions/manage-remove-meter" revision=revision>
                    <input type="hidden" name="use_case" value=use_case/>
                    <input type="hidden" name="key" value=key/>
                    <button class="button danger" type="submit">"Remove from the draft"</button>
                </DraftForm>
            </Panel>
        }
    });
    let fixed = is_known.then_some(key);
    view! {
        <RatePages/>
        <PageHeader title=title sentence=format!("Of {}, in the draft.", use_case.name)/>
        <Panel id="meter" title="Metered quantity">
            <ErrorSummary form=FORM/>
            <DraftForm class="stack form-narrow" action="/actions/manage-put-meter" revision=revision>
                <input type="hidden" name="use_case" value=use_case_key.to_string()/>
                <KeyField form=FORM fixed=fixed example="context_tokens"/>
                <div class="form-row">
                    <Field form=FORM name="credits" label="Rate" value=credits inputmode="decimal" unit="credits"/>
                    <Field form=FORM name="per" label="for so many units" value=per inputmode="decimal" help="1 for images, 1000 for tokens."/>
                    <Field
                        form=FORM name="unit" label="One unit is called" value=rate.unit.unwrap_or_default() length_max=80 required=false
                        help="token, image, minute"
                    />
                </div>
                <TierRows form=FORM prefix="" tiers=rate.tiers units=units/>
                <SaveButtons/>
            </DraftForm>
        </Panel>
        {remove}
    }
}
