//! The fields of a cap, the same for a customer's own and for a ceiling of the vendor.

use drawdown_domain::Currency;
use drawdown_service::limits::ScopeChoices;
use leptos::prelude::*;

use super::form::{CapForm, WINDOWS};
use crate::components::form::{Field, Radios, Select};
use crate::pages::limits::scope::ScopeFields;

/// The fields.
#[component]
pub(crate) fn CapFields(
    /// The form's name.
    form: &'static str,
    /// What they hold before anything is typed.
    typed: CapForm,
    /// Which runs can be counted; none of a cap that is there, which goes on counting what it counts.
    #[prop(optional)]
    choices: Option<ScopeChoices>,
    /// The money in which a limit can be said, where there is a plan.
    #[prop(optional)]
    currency: Option<Currency>,
    /// What marks do.
    marks: &'static str,
) -> impl IntoView {
    let pair = |(value, word): (&str, &str)| (value.to_owned(), word.to_owned());
    let mut units = vec![pair(("credits", "credits"))];
    units.extend(currency.map(|currency| pair(("money", currency.as_str()))));
    let windows = WINDOWS.map(pair).to_vec();
    let actions = [
        ("block", "Stop runs that would go beyond it"),
        ("notify", "Only show it, stop nothing"),
    ]
    .map(pair)
    .to_vec();
    let new = choices.is_some();
    let CapForm {
        name,
        scope,
        window,
        amount,
        unit,
        action,
        thresholds,
    } = typed;
    view! {
        <input type="hidden" name="name" value=name/>
        {choices.map(|choices| view! { <ScopeFields form=form typed=scope choices=choices/> })}
        <div class="form-row">
            <Field form=form name="amount" label="Limit" value=amount inputmode="decimal" length_max=24/>
            <Select form=form name="unit" label="In" options=units value=unit/>
            {new.then(|| view! { <Select form=form name="window" label="Window" options=windows value=window/> })}
        </div>
        <Radios form=form name="action" label="When it is reached" options=actions value=action/>
        <Field form=form name="thresholds" label="Mark it at" required=false value=thresholds length_max=60 help=marks/>
    }
}
