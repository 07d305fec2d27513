//! The fields of a throttle, the same for a customer's own and for a ceiling of the vendor.

use drawdown_service::limits::ScopeChoices;
use leptos::prelude::*;

use super::form::{PERIODS, ThrottleForm};
use crate::components::form::{Field, Radios, Select};
use crate::pages::limits::scope::ScopeFields;

/// The fields.
#[component]
pub(crate) fn ThrottleFields(
    /// The form's name.
    form: &'static str,
    /// What they hold before anything is typed.
    typed: ThrottleForm,
    /// Which runs can be counted; none of a throttle that is there, which goes on counting what it counts.
    #[prop(optional)]
    choices: Option<ScopeChoices>,
) -> impl IntoView {
    let pair = |(value, word): (&str, &str)| (value.to_owned(), word.to_owned());
    let units = [("requests", "runs"), ("credits", "credits")].map(pair).to_vec();
    let periods = PERIODS.map(|(_, value, word)| pair((value, word))).to_vec();
    let thens = [
        ("reject", "Refuse them, with the time to try again"),
        ("degrade", "Run them in the next slower mode"),
    ]
    .map(pair)
    .to_vec();
    let ThrottleForm {
        name,
        scope,
        amount,
        unit,
        per,
        burst,
        then,
    } = typed;
    view! {
        <input type="hidden" name="name" value=name/>
        {choices.map(|choices| view! { <ScopeFields form=form typed=scope choices=choices/> })}
        <div class="form-row">
            <Field form=form name="amount" label="At most" value=amount inputmode="decimal" length_max=24/>
            <Select form=form name="unit" label="Of" options=units value=unit/>
            <Select form=form name="per" label="Per" options=periods value=per/>
        </div>
        <Field
            form=form name="burst" label="At once" required=false value=burst inputmode="numeric" length_max=10
            help="How much of it may come in one go. Without it, all of it may."
        />
        <Radios form=form name="then" label="Runs beyond it" options=thens value=then/>
    }
}
