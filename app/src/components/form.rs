//! Fields of forms: label above, help below, the error at the field and in a summary that takes the focus.
//!
//! What was typed into a refused form and what was wrong come from the place's [`crate::flash::Flash`], so a field needs
//! only its form's and its own name. Forms are `<form method="post" action="/actions/…">`.

use leptos::prelude::*;

use crate::components::icon::{Icon, Sign};
use crate::flash::FormError;
use crate::visit::Place;

/// What every field of a form knows.
struct Told {
    id: String,
    typed: String,
    error: Option<String>,
}

fn told(form: &str, name: &str, value: &str) -> Told {
    let flash = &Place::current().flash;
    Told {
        id: format!("{form}-{name}"),
        typed: flash.typed(form, name, value).to_owned(),
        error: flash.error(form, name),
    }
}

/// The errors of a refused form, each leading to its field. It takes the focus when the page opens.
#[component]
pub fn ErrorSummary(
    /// The form's name.
    form: &'static str,
) -> impl IntoView {
    let errors = Place::current().flash.errors_of(form);
    let title = match errors.as_slice() {
        [] => return None,
        [one] if one.field.is_empty() => one.message.clone(),
        [_] => "One thing needs a change".to_owned(),
        all => format!("{} things need a change", all.len()),
    };
    let alone = errors.len() == 1 && errors[0].field.is_empty();
    let entry = move |error: FormError| {
        if error.field.is_empty() {
            view! { <li>{error.message}</li> }.into_any()
        } else {
            let href = format!("#{form}-{}", error.field);
            view! { <li><a href=href>{error.message}</a></li> }.into_any()
        }
    };
    let list = (!alone).then(|| view! { <ul>{errors.into_iter().map(entry).collect_view()}</ul> });
    Some(view! { <div class="summary" role="alert" tabindex="-1" autofocus><h2>{title}</h2>{list}</div> })
}

/// A field of one line.
#[component]
pub fn Field(
    /// The form's name.
    form: &'static str,
    /// The field's name.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What it holds before anything is typed.
    #[prop(optional, into)]
    value: String,
    /// `text`, `email`, `password`, `date`.
    #[prop(default = "text")]
    kind: &'static str,
    /// For numbers: `decimal` or `numeric`.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Help under the field.
    #[prop(optional, into)]
    help: Option<String>,
    /// A unit in the box, after the value.
    #[prop(optional, into)]
    unit: Option<String>,
    /// False for fields that may stay empty.
    #[prop(default = true)]
    required: bool,
    /// The most characters.
    #[prop(default = 200)]
    length_max: u32,
) -> impl IntoView {
    let Told { id, typed, error } = told(form, &name, &value);
    let described = described_by(&id, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let class = if inputmode.is_some() { "input number" } else { "input" };
    let typed = if kind == "password" { String::new() } else { typed };
    let input = view! {
        <input
            class=class id=id.clone() name=name type=kind value=typed inputmode=inputmode autocomplete=autocomplete
            required=required maxlength=length_max aria-invalid=invalid aria-describedby=described
        />
    };
    let boxed = match unit {
        Some(unit) => view! { <div class="input-unit">{input}<span class="unit">{unit}</span></div> }.into_any(),
        None => input.into_any(),
    };
    view! {
        <div class="field">
            <Label id=id.clone() label=label required=required/>
            {boxed}
            <Below id=id help=help error=error/>
        </div>
    }
}

/// A field of several lines.
#[component]
pub fn Area(
    /// The form's name.
    form: &'static str,
    /// The field's name.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What it holds before anything is typed.
    #[prop(optional, into)]
    value: String,
    /// Help under the field.
    #[prop(optional, into)]
    help: Option<String>,
    /// The most characters.
    length_max: u32,
    /// False for fields that may stay empty.
    #[prop(default = true)]
    required: bool,
) -> impl IntoView {
    let Told { id, typed, error } = told(form, &name, &value);
    let described = described_by(&id, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <div class="field">
            <Label id=id.clone() label=label required=required/>
            <textarea
                class="input" id=id.clone() name=name rows="3" required=required maxlength=length_max aria-invalid=invalid
                aria-describedby=described
            >
                {typed}
            </textarea>
            <Below id=id help=help error=error/>
        </div>
    }
}

/// A choice of one among many.
#[component]
pub fn Select(
    /// The form's name.
    form: &'static str,
    /// The field's name.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// Values and words.
    options: Vec<(String, String)>,
    /// What is chosen before anything is.
    #[prop(optional, into)]
    value: String,
    /// Help under the field.
    #[prop(optional, into)]
    help: Option<String>,
) -> impl IntoView {
    let Told { id, typed, error } = told(form, &name, &value);
    let described = described_by(&id, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <div class="field">
            <Label id=id.clone() label=label required=true/>
            <select class="select" id=id.clone() name=name aria-invalid=invalid aria-describedby=described>
                {options
                    .into_iter()
                    .map(|(value, word)| {
                        let selected = value == typed;
                        view! { <option value=value selected=selected>{word}</option> }
                    })
                    .collect_view()}
            </select>
            <Below id=id help=help error=error/>
        </div>
    }
}

/// A choice of one among few, each with its words.
#[component]
pub fn Radios(
    /// The form's name.
    form: &'static str,
    /// The field's name.
    #[prop(into)]
    name: String,
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// Values and words.
    options: Vec<(String, String)>,
    /// What is chosen before anything is.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let Told { id, typed, error } = told(form, &name, &value);
    let described = described_by(&id, false, error.is_some());
    view! {
        <fieldset class="choices field" id=id aria-describedby=described>
            <legend>{label}</legend>
            {options
                .into_iter()
                .map(|(value, word)| {
                    let checked = value == typed;
                    view! {
                        <label class="choice"><input type="radio" name=name.clone() value=value checked=checked required/><span>{word}</span></label>
                    }
                })
                .collect_view()}
            <Below id=id.clone() help=None error=error/>
        </fieldset>
    }
}

#[component]
fn Label(id: String, label: String, required: bool) -> impl IntoView {
    view! { <label for=id>{label}{(!required).then(|| view! { <span class="optional">" (optional)"</span> })}</label> }
}

#[component]
fn Below(id: String, help: Option<String>, error: Option<String>) -> impl IntoView {
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    view! {
        {help.map(|help| view! { <p class="help" id=help_id>{help}</p> })}
        {error.map(|error| view! { <p class="field-error" id=error_id><Icon sign=Sign::Stop/>{error}</p> })}
    }
}

fn described_by(id: &str, help: bool, error: bool) -> Option<String> {
    let parts: Vec<String> = [(error, "error"), (help, "help")]
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, part)| format!("{id}-{part}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
