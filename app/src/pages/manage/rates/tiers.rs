//! Rows of a form for volume tiers: from how many units of one run on, and what they cost then.

use drawdown_domain::catalogue::Tier;
use leptos::prelude::*;

use crate::components::form::Field;
use crate::pages::manage::filled::tier_names;

/// Empty rows below those that are filled.
const EMPTY_ROWS: usize = 2;

/// The rows.
#[component]
pub(super) fn TierRows(
    /// The form's name.
    form: &'static str,
    /// What the names of the fields begin with.
    #[prop(into)]
    prefix: String,
    /// What is there.
    tiers: Vec<Tier>,
    /// What `credits` buys: `1,000 × token`.
    #[prop(into)]
    units: String,
) -> impl IntoView {
    let rows = (0..tiers.len() + EMPTY_ROWS).map(|row| {
        let (above, credits) = tier_names(&prefix, row);
        let tier = tiers.get(row);
        let (from, price) = tier.map_or_else(Default::default, |tier| {
            (tier.above.normalize().to_string(), tier.credits.normalize().to_string())
        });
        let unit = format!("credits per {units}");
        view! {
            <div class="form-row">
                <Field form=form name=above label=format!("Tier {}: above", row + 1) value=from inputmode="decimal" required=false/>
                <Field form=form name=credits label="then" value=price inputmode="decimal" unit=unit required=false/>
            </div>
        }
    });
    view! {
        <fieldset class="tiers">
            <legend>"Volume tiers of one run"</legend>
            <p class="help">
                "The units of a run beyond a number at another price. With 4 credits and a tier of 3 above 100, a run of 130 costs 100 × 4 + 30 × 3. Every run begins at the first unit again. Leave empty what is not needed."
            </p>
            {rows.collect_view()}
        </fieldset>
    }
}
