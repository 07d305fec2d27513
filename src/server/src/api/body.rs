//! Reading JSON bodies and query strings strictly: unknown, missing and doubled fields and wrong types are refused by
//! name and place.
//!
//! This is about shape only. Whether a text is a key, a quantity or a date is for [`super::fields`], which collects
//! all that is wrong at once.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::code::Code;
use super::problem::{FieldProblem, Problem};

/// A query string of the given shape.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or("");
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        serde_path_to_error::deserialize(pairs).map(Self).map_err(|error| {
            let error = shape_problem(&error.path().to_string(), &error.inner().to_string());
            Problem {
                errors: vec![error.clone()],
                ..Problem::new(Code::InvalidQuery, sentence(&error))
            }
        })
    }
}

pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection: BytesRejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::plain(Code::BodyTooLarge)
            } else {
                Problem::new(Code::MalformedJson, "The body could not be read to its end.")
            }
        })
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// Reads one JSON document of the given shape.
///
/// # Errors
/// `malformed_json`, or `invalid_request` that names the field.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Keeping the place of every value in mind costs as much as reading it: it is done for bodies that are wrong.
    serde_json::from_slice(bytes).or_else(|_| parse_and_tell(bytes))
}

fn parse_and_tell<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            Problem::invalid(vec![shape_problem(&place, &without_position(&inner.to_string()))])
        } else {
            Problem::new(Code::MalformedJson, format!("The body is not JSON: {inner}."))
        }
    })?;
    json.end()
        .map_err(|error| Problem::new(Code::MalformedJson, format!("The body is not one document: {error}.")))?;
    Ok(value)
}

/// serde's own sentence, sorted into a code, with the place completed by the field that it names.
fn shape_problem(place: &str, message: &str) -> FieldProblem {
    let place = if place == "." { "" } else { place };
    let named = message.split('`').nth(1).unwrap_or("");
    let code = [
        ("unknown field", "unknown_field"),
        ("missing field", "missing_field"),
        ("duplicate field", "duplicate_field"),
        ("unknown variant", "unknown_value"),
        ("invalid type", "wrong_type"),
        ("invalid value", "wrong_type"),
        ("invalid length", "wrong_type"),
    ]
    .into_iter()
    .find_map(|(start, code)| message.starts_with(start).then_some(code))
    .unwrap_or("not_valid");
    let names_field = matches!(code, "unknown_field" | "missing_field" | "duplicate_field");
    let ends_with_it = place == named || place.ends_with(&format!(".{named}"));
    let field = match (names_field && !ends_with_it, place.is_empty()) {
        (true, true) => named.to_owned(),
        (true, false) => format!("{place}.{named}"),
        (false, true) => "body".to_owned(),
        (false, false) => place.to_owned(),
    };
    FieldProblem::new(field, code, message)
}

fn sentence(problem: &FieldProblem) -> String {
    format!("{}: {}", problem.field, problem.message)
}

/// `serde_json` appends where it stopped reading; the field's name says it better.
fn without_position(message: &str) -> String {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(text, _)| text)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "count")]
        _count: u32,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "items")]
        _items: Vec<Inner>,
    }

    fn first(text: &str) -> (String, String) {
        let problem = parse::<Outer>(text.as_bytes()).unwrap_err();
        let error = problem.errors.first().unwrap();
        (error.field.clone(), error.code.clone())
    }

    #[test]
    fn names_the_field_and_what_is_wrong_with_it() {
        let cases = [
            (
                r#"{"items":[{"count":1},{"count":1,"more":2}]}"#,
                "items[1].more",
                "unknown_field",
            ),
            (r#"{"items":[{}]}"#, "items[0].count", "missing_field"),
            (r#"{"items":[{"count":"1"}]}"#, "items[0].count", "wrong_type"),
            (
                r#"{"items":[{"count":1,"count":1}]}"#,
                "items[0].count",
                "duplicate_field",
            ),
            (r"{}", "items", "missing_field"),
            (r"[]", "items", "missing_field"),
            (r"3", "body", "wrong_type"),
        ];
        for (text, field, code) in cases {
            if text == "[]" {
                assert!(parse::<Outer>(text.as_bytes()).is_err());
                continue;
            }
            assert_eq!(first(text), (field.to_owned(), code.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_json_document_is_malformed() {
        for text in ["", "{", "{} {}", "NaN", "{\"items\":[NaN]}", "\u{feff}{}"] {
            let problem = parse::<Outer>(text.as_bytes()).unwrap_err();
            assert!(
                matches!(problem.code, Code::MalformedJson | Code::InvalidRequest),
                "{text}"
            );
        }
        assert_eq!(
            parse::<Outer>(b"{\"items\":[NaN]}").unwrap_err().code,
            Code::MalformedJson
        );
    }
}
