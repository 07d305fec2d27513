//! Runs that cost nothing under a plan, and the fair use behind them: a soft allowance, then steps by which the rate shrinks.

use drawdown_domain::limit::Window;
use drawdown_domain::plan::{FairRate, FairStep, FairUse, Unlimited};
use drawdown_service::ServiceError;
use drawdown_service::plans::PlanEdit;
use leptos::prelude::*;

use super::choices::{Choices, OneOrAll, read_dimensions};
use super::limits::WindowFields;
use super::part::FORM;
use super::words::{PERIODS, options, read_window, value_of, values};
use crate::components::form::{Field, Select};
use crate::pages::manage::filled::Filled;

/// Rows for steps beyond those that are there.
const EMPTY_STEPS: usize = 2;

/// What the form says.
pub(super) fn read(form: &Filled) -> Result<PlanEdit, ServiceError> {
    let mut reader = form.reader();
    let [use_case, mode, platform] = read_dimensions(form);
    let mut steps = Vec::new();
    for row in form.rows(&["above_", "requests_"]) {
        let [above, requests, per] = ["above", "requests", "per"].map(|name| format!("{name}_{row}"));
        if form.get(&above).is_empty() && form.get(&requests).is_empty() {
            continue;
        }
        let count = reader.optional_count(&requests);
        if form.get(&requests).is_empty() {
            reader.refuse(
                &requests,
                "say how many runs are admitted; use slows down, it never stops",
            );
        }
        let step = (reader.credits(&above), count, reader.one_of(&per, &values(&PERIODS)));
        if let (Some(above), Some(requests), Some(per)) = step {
            let rate = FairRate { requests, per };
            steps.push(FairStep { above, rate });
        }
    }
    let window = if steps.is_empty() {
        None
    } else {
        read_window(form, &mut reader)
    };
    let fair_use = window.map(|window| FairUse { window, steps });
    let place = form.get("name").parse().ok();
    let unlimited = Unlimited {
        use_case,
        mode,
        platform,
        fair_use,
    };
    reader.finish(Some(PlanEdit::PutUnlimited(place, unlimited)))
}

/// The fields.
pub(super) fn fields(known: Option<&Unlimited>, choices: Choices) -> AnyView {
    let known = known.cloned().unwrap_or_default();
    let window = known.fair_use.as_ref().map_or(Window::Day, |fair_use| fair_use.window);
    let steps = known.fair_use.map(|fair_use| fair_use.steps).unwrap_or_default();
    let rows = (0..steps.len() + EMPTY_STEPS).map(|row| {
        let step = steps.get(row);
        let above = step.map_or_else(String::new, |step| step.above.to_string());
        let requests = step.map_or_else(String::new, |step| step.rate.requests.to_string());
        let per = step.map_or("hour", |step| value_of(&PERIODS, &step.rate.per));
        view! {
            <div class="form-row">
                <Field form=FORM name=format!("above_{row}") label=format!("Step {}: above", row + 1) value=above inputmode="decimal" unit="credits" required=false/>
                <Field form=FORM name=format!("requests_{row}") label="then" value=requests inputmode="numeric" unit="runs" required=false/>
                <Select form=FORM name=format!("per_{row}") label="in" options=options(&PERIODS) value=per/>
            </div>
        }
    });
    let rows = rows.collect_view();
    view! {
        <p class="help">"These runs cost nothing. They keep their price on the rate card, and fair use counts that."</p>
        <div class="form-row">
            <OneOrAll name="use_case" label="Use case" options=choices.use_cases chosen=known.use_case/>
            <OneOrAll name="mode" label="Mode" options=choices.modes chosen=known.mode/>
            <OneOrAll name="platform" label="Platform" options=choices.platforms chosen=known.platform/>
        </div>
        <fieldset class="tiers">
            <legend>"Fair use"</legend>
            <p class="help">"The first step begins where the soft allowance ends; each is slower than the one before. Leave all steps empty for no fair use at all."</p>
            <WindowFields window=window/>
            {rows}
        </fieldset>
    }
    .into_any()
}
