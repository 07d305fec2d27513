//! `/manage/rates/draft/exception`: prices of its own for one combination of use case, mode and platform.

use std::collections::BTreeMap;

use drawdown_domain::Key;
use drawdown_domain::catalogue::{Exception, OwnRate, UseCase};
use drawdown_service::ServiceError;
use drawdown_service::rate_card::{RatesDraft, RatesEdit};
use leptos::prelude::*;

use super::head::RatePages;
use super::lever::SaveButtons;
use super::price_words::{rate_words, units_of};
use super::tiers::TierRows;
use super::use_case_of;
use crate::components::form::{ErrorSummary, Field, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::drafts::DraftForm;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name.
pub(super) const FORM: &str = "exception";

/// The name of the field of a meter's own price, and what those of its tiers begin with.
fn names(meter: &Key) -> (String, String) {
    (format!("own-{meter}"), format!("{meter}-"))
}

/// What the form says, of a use case with these meters.
pub(super) fn read(form: &Filled, use_case: &UseCase) -> Result<RatesEdit, ServiceError> {
    let mut reader = form.reader();
    let (key, mode) = (reader.key("use_case"), reader.key("mode"));
    let platform = reader.key("platform");
    let is_new = !reader.ticked("known");
    let mut meters = BTreeMap::new();
    for meter in use_case.meters.keys() {
        let (name, prefix) = names(meter);
        let tiers = reader.tiers(&prefix);
        match reader.optional_decimal(&name) {
            Some(credits) => {
                meters.insert(meter.clone(), OwnRate { credits, tiers });
            }
            None if !tiers.is_empty() && form.get(&name).is_empty() => {
                reader.refuse(&name, format!("{meter} has tiers here: say what its first units cost"));
            }
            None => {}
        }
    }
    let edit = key
        .zip(mode)
        .zip(platform)
        .map(|((use_case, mode), platform)| RatesEdit::PutException {
            use_case,
            exception: Exception { mode, platform, meters },
            is_new,
        });
    reader.finish(edit)
}

/// The form.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let asked: Filled = visit.query();
    let (key, use_case, draft) = use_case_of(&visit, &asked).await?;
    let known = use_case
        .exceptions
        .iter()
        .find(|one| one.mode.as_str() == asked.get("mode") && one.platform.as_str() == asked.get("platform"));
    let known = known.cloned();
    Ok(Page::new(
        "Exception",
        move || view! { <ExceptionPage key=key use_case=use_case draft=draft known=known/> },
    )
    .still())
}

#[component]
pub(crate) fn ExceptionPage(key: Key, use_case: UseCase, draft: RatesDraft, known: Option<Exception>) -> impl IntoView {
    let RatesDraft { revision, rates, .. } = draft;
    let title = known.as_ref().map_or_else(
        || "Add an exception".to_owned(),
        |known| format!("Change {} on {}", known.mode, known.platform),
    );
    let own = known.as_ref().map(|known| known.meters.clone()).unwrap_or_default();
    let remove = known.clone().map(|known| {
        let key = key.to_string();
        view! {
            <Panel id="remove" title="Remove the exception" words="Rate and multipliers hold for this combination again.">
                <DraftForm action="/actions/manage-remove-exception" revision=revision>
                    <input type="hidden" name="use_case" value=key/>
                    <input type="hidden" name="mode" value=known.mode.to_string()/>
                    <input type="hidden" name="platform" value=known.platform.to_string()/>
                    <button class="button danger" type="submit">"Remove from the draft"</button>
                </DraftForm>
            </Panel>
        }
    });
    let offered = rates
        .modes
        .keys()
        .filter(|mode| use_case.offers(mode))
        .cloned()
        .collect();
    let platforms = rates.platforms.keys().cloned().collect();
    let meters = use_case.meters.clone();
    view! {
        <RatePages/>
        <PageHeader title=title sentence=format!("Of {}, in the draft. Multipliers do not apply to a price of its own.", use_case.name)/>
        <Panel id="exception" title="One combination">
            <ErrorSummary form=FORM/>
            <DraftForm class="stack form-narrow" action="/actions/manage-put-exception" revision=revision>
                <input type="hidden" name="use_case" value=key.to_string()/>
                <Combination known=known modes=offered platforms=platforms/>
                {meters
                    .into_iter()
                    .map(|(meter, rate)| {
                        let (name, prefix) = names(&meter);
                        let price = own.get(&meter).map(|own| own.credits.normalize().to_string()).unwrap_or_default();
                        let tiers = own.get(&meter).map(|own| own.tiers.clone()).unwrap_or_default();
                        let help = format!("Instead of {}. Left empty, rate and multipliers hold.", rate_words(&rate, rate.credits));
                        let units = units_of(&rate);
                        let unit = format!("credits per {units}");
                        view! {
                            <Field form=FORM name=name label=format!("Price of {meter}") value=price inputmode="decimal" unit=unit help=help required=false/>
                            <TierRows form=FORM prefix=prefix tiers=tiers units=units/>
                        }
                    })
                    .collect_view()}
                <SaveButtons/>
            </DraftForm>
        </Panel>
        {remove}
    }
}

/// The combination: chosen where it is new.
#[component]
fn Combination(known: Option<Exception>, modes: Vec<Key>, platforms: Vec<Key>) -> impl IntoView {
    if let Some(known) = known {
        return view! {
            <input type="hidden" name="known" value="1"/>
            <input type="hidden" name="mode" value=known.mode.to_string()/>
            <input type="hidden" name="platform" value=known.platform.to_string()/>
        }
        .into_any();
    }
    let options = |keys: Vec<Key>| {
        keys.iter()
            .map(|key| (key.to_string(), key.to_string()))
            .collect::<Vec<_>>()
    };
    view! {
        <div class="form-row">
            <Select form=FORM name="mode" label="Mode" options=options(modes)/>
            <Select form=FORM name="platform" label="Platform" options=options(platforms)/>
        </div>
    }
    .into_any()
}
