//! Pieces of the forms of plans: boxes to tick among keys, a choice of one key or all, a length of life.

use drawdown_domain::Key;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::plan::Validity;
use leptos::prelude::*;

use super::part::FORM;
use super::words::length_values;
use crate::components::form::{Field, Select};
use crate::pages::manage::filled::{Filled, Reader};
use crate::visit::Place;

/// What there is to choose from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    pub(crate) use_cases: Vec<(Key, String)>,
    pub(super) modes: Vec<(Key, String)>,
    pub(super) platforms: Vec<(Key, String)>,
}

impl Choices {
    /// Of the rate card in force.
    pub(super) fn of(rates: &Rates) -> Self {
        let keys = |keys: &mut dyn Iterator<Item = &Key>| keys.map(|key| (key.clone(), key.to_string())).collect();
        Self {
            use_cases: rates
                .use_cases
                .iter()
                .map(|(key, use_case)| (key.clone(), use_case.name.clone()))
                .collect(),
            modes: keys(&mut rates.modes.keys()),
            platforms: keys(&mut rates.platforms.keys()),
        }
    }
}

/// What there is to choose from, and what is chosen though the rate card in force does not have it: a form that left that
/// out would widen a term to everything without a word.
pub(super) fn with_chosen<'a>(
    mut options: Vec<(Key, String)>,
    chosen: impl IntoIterator<Item = &'a Key>,
) -> Vec<(Key, String)> {
    for key in chosen {
        if options.iter().all(|(known, _)| known != key) {
            options.push((key.clone(), format!("{key}, not on the rate card")));
        }
    }
    options
}

/// The keys that are ticked under `prefix`; `None` where none is: all of them.
pub(super) fn read_ticks(reader: &Reader<'_>, prefix: &str) -> Option<Vec<Key>> {
    let ticked = reader.ticked_below(prefix);
    (!ticked.is_empty()).then_some(ticked)
}

/// Whether a box is ticked: as it was sent, of a refused form, which has no field of a box that was not.
pub(super) fn is_ticked(name: &str, stored: bool) -> bool {
    let place = Place::current();
    if place.flash.form == FORM {
        place.flash.values.contains_key(name)
    } else {
        stored
    }
}

/// Boxes to tick.
#[component]
pub(super) fn Ticks(
    /// What the names of the boxes begin with.
    prefix: &'static str,
    /// What is ticked.
    #[prop(into)]
    label: String,
    /// Keys and words.
    options: Vec<(Key, String)>,
    /// What is ticked now; all where absent.
    chosen: Option<Vec<Key>>,
    /// Help under the boxes.
    help: &'static str,
) -> impl IntoView {
    let boxes = with_chosen(options, chosen.iter().flatten());
    let boxes = boxes.into_iter().map(|(key, word)| {
        let name = format!("{prefix}{key}");
        let checked = is_ticked(&name, chosen.as_ref().is_some_and(|chosen| chosen.contains(&key)));
        view! { <label class="choice"><input type="checkbox" name=name value="1" checked=checked/><span>{word}</span></label> }
    });
    view! {
        <fieldset class="choices field">
            <legend>{label}</legend>
            <div class="ticks">{boxes.collect_view()}</div>
            <p class="help">{help}</p>
        </fieldset>
    }
}

/// One key, or nothing for all.
#[component]
pub(super) fn OneOrAll(
    /// The field's name.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Keys and words.
    options: Vec<(Key, String)>,
    /// What is chosen now.
    chosen: Option<Key>,
) -> impl IntoView {
    let all = (String::new(), "All".to_owned());
    let options = with_chosen(options, &chosen);
    let options = options.into_iter().map(|(key, word)| (key.to_string(), word));
    let options = std::iter::once(all).chain(options).collect();
    let value = chosen.map(|key| key.to_string()).unwrap_or_default();
    view! { <Select form=FORM name=name label=label options=options value=value/> }
}

/// A length of life, or nothing.
#[component]
pub(super) fn Length(
    /// The field's name; that of its unit is the same with `_unit`.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What it is now.
    length: Option<Validity>,
    /// Help under it.
    help: &'static str,
) -> impl IntoView {
    let (count, unit) = length_values(length);
    let units = [("days", "days"), ("months", "months")].map(|(value, word)| (value.to_owned(), word.to_owned()));
    view! {
        <div class="form-row pair">
            <Field form=FORM name=name label=label value=count inputmode="numeric" help=help required=false/>
            <Select form=FORM name=format!("{name}_unit") label="of" options=units.to_vec() value=unit/>
        </div>
    }
}

/// The dimensions that a form chooses in `use_case`, `mode` and `platform`.
pub(super) fn read_dimensions(form: &Filled) -> [Option<Key>; 3] {
    ["use_case", "mode", "platform"].map(|name| form.get(name).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_rate_card_dropped_stays_chosen() {
        let keys = ["code", "render"].map(|key| key.parse::<Key>().unwrap());
        let options = vec![(keys[0].clone(), "Code".to_owned())];
        assert_eq!(with_chosen(options.clone(), &keys[..1]), options);
        let offered = with_chosen(options, &keys);
        let told: Vec<String> = offered.iter().map(|(key, word)| format!("{key}: {word}")).collect();
        assert_eq!(told, ["code: Code", "render: render, not on the rate card"]);
        let form: Filled = serde_urlencoded::from_str("pays-render=1&pays-code=&every=once").unwrap();
        assert_eq!(read_ticks(&form.reader(), "pays-").as_deref(), Some(&keys[1..]));
        assert_eq!(read_ticks(&form.reader(), "mode-"), None);
    }
}
