//! The vendor's ceilings in a plan: on credits or money in a window, and on the rate.

use drawdown_domain::limit::{
    CapAction, CapLimit, Each, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::plan::{CapTerms, ThrottleTerms};
use drawdown_domain::{Currency, Key};
use drawdown_service::ServiceError;
use leptos::prelude::*;

use super::choices::{Choices, OneOrAll, read_dimensions};
use super::part::FORM;
use super::words::{PERIODS, WINDOWS, options, read_window, value_of, values, window_values};
use crate::components::form::{Field, Radios, Select};
use crate::pages::manage::filled::{Filled, Reader};

const EACH: [(&str, Option<Each>, &str); 3] = [
    ("", None, "All together"),
    ("subject", Some(Each::Subject), "Each subject by itself"),
    ("key", Some(Each::Key), "Each API key by itself"),
];
const ACTIONS: [(&str, CapAction, &str); 2] = [
    ("block", CapAction::Block, "Stop runs that would go beyond it"),
    ("notify", CapAction::Notify, "Only tell; nothing is stopped"),
];
const THENS: [(&str, ThrottleThen, &str); 2] = [
    ("reject", ThrottleThen::Reject, "Refuse, with the time to try again"),
    ("degrade", ThrottleThen::Degrade, "Try the next mode of the use case"),
];

/// A ceiling as a form says it.
pub(crate) struct Ceiling<T> {
    pub(crate) name: Key,
    pub(crate) terms: T,
    /// True where the form was opened for a new one.
    pub(crate) is_new: bool,
}

fn read_scope(form: &Filled, reader: &mut Reader<'_>) -> LimitScope {
    let [use_case, mode, platform] = read_dimensions(form);
    LimitScope {
        use_case,
        mode,
        platform,
        subject: reader.optional_key("subject"),
        key: None,
        each: reader.one_of("each", &values(&EACH)).flatten(),
    }
}

fn scope_fields(scope: LimitScope, choices: Choices) -> impl IntoView {
    let subject = scope.subject.map_or_else(String::new, |subject| subject.to_string());
    view! {
        <div class="form-row">
            <OneOrAll name="use_case" label="Use case" options=choices.use_cases chosen=scope.use_case/>
            <OneOrAll name="mode" label="Mode" options=choices.modes chosen=scope.mode/>
            <OneOrAll name="platform" label="Platform" options=choices.platforms chosen=scope.platform/>
        </div>
        <div class="form-row">
            <Select form=FORM name="each" label="Counted" options=options(&EACH) value=value_of(&EACH, &scope.each)/>
            <Field form=FORM name="subject" label="Only one subject" value=subject required=false help="Left empty, all of them."/>
        </div>
    }
}

/// The window of a ceiling.
#[component]
pub(super) fn WindowFields(window: Window) -> impl IntoView {
    let (value, hours) = window_values(window);
    let windows = WINDOWS
        .map(|(value, word)| (value.to_owned(), word.to_owned()))
        .to_vec();
    view! {
        <div class="form-row">
            <Select form=FORM name="window" label="In" options=windows value=value/>
            <Field form=FORM name="window_hours" label="Hours of a rolling window" value=hours inputmode="numeric" required=false/>
        </div>
    }
}

pub(crate) fn read_cap(form: &Filled, currency: Currency) -> Result<Ceiling<CapTerms>, ServiceError> {
    let mut reader = form.reader();
    let name = reader.key("name");
    let limit = if form.get("unit") == "money" {
        let money = reader.optional_money("amount", currency);
        if form.get("amount").is_empty() {
            reader.refuse("amount", "type an amount");
        }
        money.map(CapLimit::Money)
    } else {
        reader.credits("amount").map(CapLimit::Credits)
    };
    let scope = read_scope(form, &mut reader);
    let window = read_window(form, &mut reader);
    let action = reader.one_of("action", &values(&ACTIONS));
    let is_new = !reader.ticked("known");
    let read = name.zip(limit).zip(window.zip(action));
    let ceiling = read.map(|((name, limit), (window, action))| Ceiling {
        name,
        terms: CapTerms {
            scope,
            window,
            limit,
            action,
        },
        is_new,
    });
    reader.finish(ceiling)
}

pub(crate) fn cap(known: Option<&CapTerms>, currency: Currency, choices: Choices) -> AnyView {
    let (amount, unit) = match known.map(|known| known.limit) {
        Some(CapLimit::Credits(credits)) => (credits.to_string(), "credits"),
        Some(CapLimit::Money(money)) => (money.to_decimal().to_string(), "money"),
        None => (String::new(), "credits"),
    };
    let units = vec![
        ("credits".to_owned(), "credits".to_owned()),
        ("money".to_owned(), currency.to_string()),
    ];
    let window = known.map_or(Window::Day, |known| known.window);
    let action = known.map_or(CapAction::Block, |known| known.action);
    let scope = known.map(|known| known.scope.clone()).unwrap_or_default();
    view! {
        <div class="form-row pair">
            <Field form=FORM name="amount" label="At most" value=amount inputmode="decimal"/>
            <Select form=FORM name="unit" label="of" options=units value=unit/>
        </div>
        <WindowFields window=window/>
        {scope_fields(scope, choices)}
        <Radios form=FORM name="action" label="When it is reached" options=options(&ACTIONS) value=value_of(&ACTIONS, &action)/>
    }
    .into_any()
}

pub(crate) fn read_throttle(form: &Filled) -> Result<Ceiling<ThrottleTerms>, ServiceError> {
    let mut reader = form.reader();
    let name = reader.key("name");
    let limit = if form.get("unit") == "credits" {
        reader.credits("amount").map(ThrottleLimit::Credits)
    } else {
        let count = reader.optional_count("amount");
        if form.get("amount").is_empty() {
            reader.refuse("amount", "how many runs, 1 or more");
        }
        count.map(ThrottleLimit::Requests)
    };
    let scope = read_scope(form, &mut reader);
    let per = reader.one_of("per", &values(&PERIODS));
    let burst = reader.optional_count("burst");
    let then = reader.one_of("then", &values(&THENS));
    let is_new = !reader.ticked("known");
    let read = name.zip(limit).zip(per.zip(then));
    let ceiling = read.map(|((name, limit), (per, then))| Ceiling {
        name,
        terms: ThrottleTerms {
            scope,
            limit,
            per,
            burst,
            then,
        },
        is_new,
    });
    reader.finish(ceiling)
}

pub(crate) fn throttle(known: Option<&ThrottleTerms>, choices: Choices) -> AnyView {
    let (amount, unit) = match known.map(|known| known.limit) {
        Some(ThrottleLimit::Requests(runs)) => (runs.to_string(), "runs"),
        Some(ThrottleLimit::Credits(credits)) => (credits.to_string(), "credits"),
        None => (String::new(), "runs"),
    };
    let units = ["runs", "credits"]
        .map(|unit| (unit.to_owned(), unit.to_owned()))
        .to_vec();
    let per = known.map_or(ThrottlePeriod::Minute, |known| known.per);
    let then = known.map_or(ThrottleThen::Reject, |known| known.then);
    let burst = known
        .and_then(|known| known.burst)
        .map_or_else(String::new, |burst| burst.to_string());
    let scope = known.map(|known| known.scope.clone()).unwrap_or_default();
    view! {
        <div class="form-row">
            <Field form=FORM name="amount" label="At most" value=amount inputmode="decimal"/>
            <Select form=FORM name="unit" label="of" options=units value=unit/>
            <Select form=FORM name="per" label="in" options=options(&PERIODS) value=value_of(&PERIODS, &per)/>
        </div>
        <Field form=FORM name="burst" label="At once, at most" value=burst inputmode="numeric" required=false help="Left empty, as much as the limit itself."/>
        {scope_fields(scope, choices)}
        <Radios form=FORM name="then" label="Beyond it" options=options(&THENS) value=value_of(&THENS, &then)/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_for_one_subject_stays_for_that_subject() {
        let form = "name=daily&known=on&amount=20&unit=credits&window=day&each=&action=block&subject=agent-7";
        let form: Filled = serde_urlencoded::from_str(form).unwrap();
        let ceiling = read_cap(&form, Currency::USD).unwrap();
        assert!(!ceiling.is_new);
        let subject = ceiling.terms.scope.subject.map(|subject| subject.to_string());
        assert_eq!(subject.as_deref(), Some("agent-7"));
    }
}
