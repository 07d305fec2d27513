//! What a form says after its redirect: a notice, or the errors and everything that was typed.
//!
//! It travels in one query parameter, so that nothing is kept on the server and a page without scripts can show it. It
//! is sealed with the process' secret: nobody can make a link that puts words of theirs on a page of ours. Passwords
//! are never put in.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The query parameter that carries it.
pub const PARAMETER: &str = "flash";

/// Longer messages lose what was typed rather than their errors. The longest form fits: that of a contract. A third more in
/// an address, it is far below the 64 kB that the server takes.
const BYTES_MAX: usize = 16_000;

/// One error of a form; `field` is empty where it is about the form as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormError {
    /// The name of the field.
    pub field: String,
    /// For people: what is wrong and what would be right.
    pub message: String,
}

/// What a form says after its redirect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Which form of the page it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// What was wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FormError>,
    /// What was typed, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Flash {
    /// Says what was done.
    pub fn notice(text: impl Into<String>) -> Self {
        Self {
            notice: Some(text.into()),
            ..Self::default()
        }
    }

    /// A form that was refused as a whole.
    pub fn refusal(form: &str, message: impl Into<String>) -> Self {
        let error = FormError {
            field: String::new(),
            message: message.into(),
        };
        Self {
            form: form.to_owned(),
            errors: vec![error],
            ..Self::default()
        }
    }

    /// Adds what was typed into a field.
    #[must_use]
    pub fn value(mut self, field: &str, typed: &str) -> Self {
        self.values.insert(field.to_owned(), typed.to_owned());
        self
    }

    /// What was typed into a field of `form`, or `otherwise` where the form was not refused.
    pub fn typed<'a>(&'a self, form: &str, field: &str, otherwise: &'a str) -> &'a str {
        if self.form == form {
            self.values.get(field).map_or(otherwise, String::as_str)
        } else {
            otherwise
        }
    }

    /// The first error of a field of `form`.
    pub fn error(&self, form: &str, field: &str) -> Option<String> {
        let mine = |error: &&FormError| self.form == form && error.field == field;
        self.errors.iter().find(mine).map(|error| error.message.clone())
    }

    /// The errors of `form`.
    pub fn errors_of(&self, form: &str) -> Vec<FormError> {
        if self.form == form {
            self.errors.clone()
        } else {
            Vec::new()
        }
    }
}

/// The secret that seals messages. Processes that share a database share it, so that one may answer what another sent.
#[derive(Clone)]
pub struct Seal(Hmac<Sha256>);

impl Seal {
    /// From a secret of any length.
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// The parameter's value.
    pub fn seal(&self, flash: &Flash) -> String {
        let json = |flash: &Flash| serde_json::to_vec(flash).expect("a message of strings is JSON");
        let mut body = json(flash);
        if body.len() > BYTES_MAX {
            body = json(&Flash {
                values: BTreeMap::new(),
                ..flash.clone()
            });
        }
        format!("{}.{}", BASE64.encode(&body), BASE64.encode(self.tag(&body)))
    }

    /// The message, where it is one that [`Self::seal`] made.
    pub fn open(&self, text: &str) -> Option<Flash> {
        let (body, tag) = text.split_once('.')?;
        let (body, tag) = (BASE64.decode(body).ok()?, BASE64.decode(tag).ok()?);
        let mut mac = self.0.clone();
        mac.update(&body);
        mac.verify_truncated_left(&tag)
            .ok()
            .filter(|()| tag.len() == TAG_BYTES)?;
        serde_json::from_slice(&body).ok()
    }

    fn tag(&self, body: &[u8]) -> Vec<u8> {
        let mut mac = self.0.clone();
        mac.update(body);
        mac.finalize().into_bytes()[..TAG_BYTES].to_vec()
    }
}

const TAG_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Flash {
        Flash {
            form: "cap".to_owned(),
            errors: vec![FormError {
                field: "credits".to_owned(),
                message: "At most 500 a day.".to_owned(),
            }],
            ..Flash::default()
        }
        .value("credits", "5 000 & \"more\" <é>")
    }

    #[test]
    fn a_refused_form_comes_back_with_what_was_typed() {
        let seal = Seal::new(b"secret");
        let back = seal.open(&seal.seal(&refused())).unwrap();
        assert_eq!(back, refused());
        assert_eq!(back.typed("cap", "credits", "0"), "5 000 & \"more\" <é>");
        assert_eq!(back.typed("throttle", "credits", "0"), "0");
        assert_eq!(back.error("cap", "credits").as_deref(), Some("At most 500 a day."));
        assert_eq!(back.error("cap", "name"), None);
    }

    #[test]
    fn words_of_others_are_not_shown() {
        let seal = Seal::new(b"secret");
        let sealed = seal.seal(&Flash::notice("Paid"));
        let forged = Seal::new(b"other").seal(&Flash::notice("Call this number"));
        let mut changed = sealed.clone();
        changed.replace_range(2..4, "00");
        for bad in [
            forged.as_str(),
            &changed,
            &sealed[..sealed.len() - 2],
            "",
            ".",
            "zz.zz",
            "7b7d.",
            "é.é",
        ] {
            assert_eq!(seal.open(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_long_form_keeps_its_errors() {
        let seal = Seal::new(b"secret");
        let long = refused().value("note", &"x".repeat(2 * BYTES_MAX));
        let sealed = seal.seal(&long);
        assert!(sealed.len() < BYTES_MAX);
        assert_eq!(seal.open(&sealed).unwrap().errors, long.errors);
    }
}
