//! Exact numbers on the wire: decimal strings, or JSON numbers read digit by digit.
//!
//! A JSON number is taken from the body's own text, so `0.1` is one tenth and 20 digits stay 20 digits; it never
//! passes through binary floating point. What the text means (credits, a quantity) is checked in [`super::fields`].

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// The text of a number as it was sent; not yet checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Number(pub String);

impl Number {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map(Self).map_err(de::Error::custom),
            Some(b'-' | b'0'..=b'9') => Ok(Self(text.to_owned())),
            first => {
                let what = match first {
                    Some(b'{') => "a map",
                    Some(b'[') => "a sequence",
                    Some(b't' | b'f') => "a boolean",
                    _ => "null",
                };
                Err(de::Error::custom(format!(
                    "invalid type: {what}, expected a decimal string or a number"
                )))
            }
        }
    }
}

impl PartialSchema for Number {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let text = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some(r"^-?[0-9]+(\.[0-9]+)?$"));
        let number = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Number))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)));
        OneOfBuilder::new()
            .item(text)
            .item(number)
            .description(Some(
                "A decimal string, or a JSON number without an exponent, read exactly.",
            ))
            .into()
    }
}

impl ToSchema for Number {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Number")
    }
}

/// Meters and how much of each, in the order sent. A meter named twice is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quantities(pub Vec<(String, Number)>);

impl<'de> Deserialize<'de> for Quantities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Meters;
        impl<'de> Visitor<'de> for Meters {
            type Value = Quantities;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of meters and quantities")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Quantities, A::Error> {
                let mut meters: Vec<(String, Number)> = Vec::new();
                while let Some(meter) = map.next_key::<String>()? {
                    if meters.iter().any(|(known, _)| *known == meter) {
                        return Err(de::Error::custom(format!("duplicate field `{meter}`")));
                    }
                    meters.push((meter, map.next_value()?));
                }
                Ok(Quantities(meters))
            }
        }
        deserializer.deserialize_map(Meters)
    }
}

impl PartialSchema for Quantities {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Object))
            .additional_properties(Some(utoipa::openapi::Ref::from_schema_name("Number")))
            .description(Some(
                "Meter and quantity: zero or more, at most 10^15, at most nine decimal places.",
            ))
            .into()
    }
}

impl ToSchema for Quantities {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Quantities")
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        schemas.push(("Number".to_owned(), Number::schema()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::parse;
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wire {
        quantities: Quantities,
    }

    fn read(value: &str) -> Result<String, String> {
        parse::<Wire>(format!(r#"{{"quantities":{{"m":{value}}}}}"#).as_bytes())
            .map(|wire| wire.quantities.0[0].1.0.clone())
            .map_err(|problem| {
                problem
                    .errors
                    .first()
                    .map(|e| format!("{} {}", e.field, e.code))
                    .unwrap_or_default()
            })
    }

    #[test]
    fn a_number_keeps_every_digit_that_was_sent() {
        for text in ["0.1", "12345678901234567890.123456789", "1e3", "-0", "7"] {
            assert_eq!(read(text).as_deref(), Ok(text));
            assert_eq!(read(&format!("\"{text}\"")).as_deref(), Ok(text));
        }
    }

    #[test]
    fn anything_else_is_a_wrong_type_at_its_place() {
        for text in ["null", "true", "[1]", "{}"] {
            assert_eq!(read(text), Err("quantities.m wrong_type".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_meter_named_twice_is_refused() {
        let problem = parse::<Wire>(br#"{"quantities":{"m":1,"m":2}}"#).unwrap_err();
        assert_eq!(problem.errors[0].code, "duplicate_field");
    }
}
