//! Which runs a limit counts: as fields of a form, as words, and as the name that a new limit gets.

use drawdown_domain::Key;
use drawdown_domain::limit::{Each, LimitScope};
use drawdown_service::limits::ScopeChoices;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::components::form::{Field, Select};
use crate::unread::Unread;

/// The longest name that is made of a scope, in bytes; room is left for a number behind it.
const NAME_BYTES_MAX: usize = 120;

/// The fields, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScopeForm {
    #[serde(default)]
    pub(crate) use_case: String,
    #[serde(default)]
    pub(crate) mode: String,
    #[serde(default)]
    pub(crate) platform: String,
    #[serde(default)]
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) each: String,
}

impl ScopeForm {
    /// Of a scope that is there.
    pub(crate) fn of(scope: &LimitScope) -> Self {
        let text = |key: &Option<Key>| key.as_ref().map_or_else(String::new, ToString::to_string);
        let each = match scope.each {
            None => "",
            Some(Each::Subject) => "subject",
            Some(Each::Key) => "key",
        };
        Self {
            use_case: text(&scope.use_case),
            mode: text(&scope.mode),
            platform: text(&scope.platform),
            subject: text(&scope.subject),
            each: each.to_owned(),
        }
    }

    /// Names and values of the fields.
    pub(crate) fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("use_case", &self.use_case),
            ("mode", &self.mode),
            ("platform", &self.platform),
            ("subject", &self.subject),
            ("each", &self.each),
        ]
    }

    /// The scope; what is wrong goes to `unread`.
    pub(crate) fn read(&self, choices: &ScopeChoices, unread: &mut Unread) -> LimitScope {
        let mut known = |field: &str, text: &str, keys: Vec<&Key>| {
            if text.is_empty() {
                return None;
            }
            let found = keys.into_iter().find(|key| key.as_str() == text).cloned();
            if found.is_none() {
                unread.refuse(field, format!("choose a {} of the list", field.replace('_', " ")));
            }
            found
        };
        let use_case = known(
            "use_case",
            &self.use_case,
            choices.use_cases.iter().map(|(key, _)| key).collect(),
        );
        let mode = known("mode", &self.mode, choices.modes.iter().collect());
        let platform = known("platform", &self.platform, choices.platforms.iter().collect());
        let subject = match self.subject.trim() {
            "" => None,
            text => {
                let how = "a subject has letters, digits and _ - . : @, as your vendor reports it";
                unread.take("subject", text.parse().map_err(|_| how))
            }
        };
        let each = match self.each.as_str() {
            "subject" if subject.is_some() => {
                unread.refuse("each", "one subject cannot be counted for each subject");
                None
            }
            "subject" => Some(Each::Subject),
            "key" => Some(Each::Key),
            _ => None,
        };
        LimitScope {
            use_case,
            mode,
            platform,
            subject,
            key: None,
            each,
        }
    }
}

/// The runs in words, to stand behind a verb: `everything`, `fast Image render on ios by agent-7`.
pub(crate) fn runs(scope: &LimitScope, choices: &ScopeChoices) -> String {
    let use_case = scope.use_case.as_ref().map(|key| {
        let named = choices.use_cases.iter().find(|(one, _)| one == key);
        named.map_or_else(|| key.to_string(), |(_, name)| name.clone())
    });
    let what = match (&scope.mode, use_case) {
        (Some(mode), Some(name)) => format!("{mode} {name}"),
        (None, Some(name)) => name,
        (Some(mode), None) => format!("all {mode} runs"),
        (None, None) if scope.platform.is_none() && scope.subject.is_none() && scope.key.is_none() => {
            "everything".to_owned()
        }
        (None, None) => "all runs".to_owned(),
    };
    let on = scope
        .platform
        .as_ref()
        .map_or_else(String::new, |platform| format!(" on {platform}"));
    let by = scope
        .subject
        .as_ref()
        .map_or_else(String::new, |subject| format!(" by {subject}"));
    let with = scope
        .key
        .as_ref()
        .map_or_else(String::new, |key| format!(" with API key {key}"));
    format!("{what}{on}{by}{with}")
}

/// ` for each subject on its own`; empty where all count together.
pub(crate) const fn each(scope: &LimitScope) -> &'static str {
    match scope.each {
        None => "",
        Some(Each::Subject) => " for each subject on its own",
        Some(Each::Key) => " for each API key on its own",
    }
}

/// A name for a new limit on these runs, with a number behind it where it is taken: `render-fast-day`.
pub(crate) fn free_name<'a>(scope: &LimitScope, ending: &str, taken: impl Iterator<Item = &'a Key> + Clone) -> Key {
    let each = scope.each.map(|each| match each {
        Each::Subject => "each-subject",
        Each::Key => "each-key",
    });
    let text = |key: &Option<Key>| key.as_ref().map(ToString::to_string);
    let mut name = [
        text(&scope.use_case).or_else(|| Some("all".to_owned())),
        text(&scope.mode),
        text(&scope.platform),
        text(&scope.subject),
        each.map(str::to_owned),
        Some(ending.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("-");
    name.truncate(NAME_BYTES_MAX);
    let numbered = (1..).map(|number| match number {
        1 => name.clone(),
        number => format!("{name}-{number}"),
    });
    numbered
        .filter(|name| taken.clone().all(|one| one.as_str() != name))
        .find_map(|name| name.parse().ok())
        .expect("parts of a name are keys, and one of endless numbers is free")
}

/// The fields of a new limit's scope.
#[component]
pub(crate) fn ScopeFields(form: &'static str, typed: ScopeForm, choices: ScopeChoices) -> impl IntoView {
    let any = |word: &str| (String::new(), word.to_owned());
    let keys = |keys: Vec<Key>| keys.into_iter().map(|key| (key.to_string(), key.to_string()));
    let use_cases = std::iter::once(any("All use cases"))
        .chain(choices.use_cases.into_iter().map(|(key, name)| (key.to_string(), name)))
        .collect();
    let modes = std::iter::once(any("All modes")).chain(keys(choices.modes)).collect();
    let platforms = std::iter::once(any("All platforms"))
        .chain(keys(choices.platforms))
        .collect();
    let each = vec![
        any("All together"),
        ("subject".to_owned(), "Each subject on its own".to_owned()),
        ("key".to_owned(), "Each API key on its own".to_owned()),
    ];
    view! {
        <div class="form-row">
            <Select form=form name="use_case" label="Use case" options=use_cases value=typed.use_case/>
            <Select form=form name="mode" label="Mode" options=modes value=typed.mode/>
            <Select form=form name="platform" label="Platform" options=platforms value=typed.platform/>
        </div>
        <div class="form-row">
            <Field
                form=form name="subject" label="Subject" required=false value=typed.subject length_max=128
                help="Who or which agent runs, as your vendor reports it."
            />
            <Select form=form name="each" label="Count" options=each value=typed.each/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::limits::choices;
    use drawdown_service::{FieldError, ServiceError};

    fn form(use_case: &str, mode: &str, platform: &str, subject: &str, each: &str) -> ScopeForm {
        let [use_case, mode, platform, subject, each] = [use_case, mode, platform, subject, each].map(str::to_owned);
        ScopeForm {
            use_case,
            mode,
            platform,
            subject,
            each,
        }
    }

    fn read(form: &ScopeForm) -> Result<LimitScope, Vec<FieldError>> {
        let mut unread = Unread::default();
        let scope = form.read(&choices(), &mut unread);
        match unread.finish(Some(scope)) {
            Err(ServiceError::Invalid(errors)) => Err(errors),
            read => Ok(read.unwrap()),
        }
    }

    #[test]
    fn a_scope_goes_through_the_form_and_back_unchanged() {
        for typed in [
            form("", "", "", "", ""),
            form("render", "fast", "ios", "agent-7", ""),
            form("", "", "web", "", "subject"),
            form("code", "", "", "", "key"),
        ] {
            assert_eq!(ScopeForm::of(&read(&typed).unwrap()), typed);
        }
    }

    #[test]
    fn what_is_not_offered_is_refused_at_its_field() {
        let errors = read(&form("paint", "warp", "fax", "a b", "")).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["use_case", "mode", "platform", "subject"]);
        let errors = read(&form("", "", "", "agent-7", "subject")).unwrap_err();
        assert_eq!(errors[0].field, "each");
    }

    #[test]
    fn runs_are_called_as_people_call_them() {
        for (typed, words) in [
            (form("", "", "", "", ""), "everything"),
            (form("render", "", "", "", ""), "Image render"),
            (
                form("render", "fast", "ios", "agent-7", ""),
                "fast Image render on ios by agent-7",
            ),
            (form("", "fast", "", "", "subject"), "all fast runs"),
            (form("", "", "web", "", ""), "all runs on web"),
        ] {
            assert_eq!(runs(&read(&typed).unwrap(), &choices()), words);
        }
    }

    #[test]
    fn a_new_name_says_what_it_limits_and_is_free() {
        let scope = read(&form("render", "fast", "", "", "subject")).unwrap();
        let name = free_name(&scope, "day", std::iter::empty());
        assert_eq!(name.as_str(), "render-fast-each-subject-day");
        let second = free_name(&scope, "day", [&name].into_iter());
        assert_eq!(second.as_str(), "render-fast-each-subject-day-2");
        let long = LimitScope {
            subject: Some("s".repeat(128).parse().unwrap()),
            ..LimitScope::default()
        };
        let first = free_name(&long, "day", std::iter::empty());
        assert!(free_name(&long, "day", [&first].into_iter()).as_str().len() <= 128);
    }
}
