//! Reads terms as earlier versions stored them: one allotment as a bare amount, validity as a number of days.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::{Allotment, Validity};
use crate::credits::Credits;
use crate::key::Key;

/// The name of the only allotment of plans that had one.
const FIRST_ALLOTMENT: &str = "credits";

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredAllotments {
    One(Credits),
    Many(BTreeMap<Key, Allotment>),
}

/// `null`, an amount, or allotments by name.
pub(super) fn allotments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Key, Allotment>, D::Error> {
    match Option::deserialize(deserializer)? {
        None => Ok(BTreeMap::new()),
        Some(StoredAllotments::Many(allotments)) => Ok(allotments),
        Some(StoredAllotments::One(credits)) => {
            let name = FIRST_ALLOTMENT.parse().map_err(de::Error::custom)?;
            Ok(BTreeMap::from([(name, Allotment::plain(credits))]))
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredValidity {
    Days(u32),
    Validity(Validity),
}

/// `null`, days, or a validity.
pub(super) fn validity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Validity>, D::Error> {
    let stored = Option::deserialize(deserializer)?;
    Ok(stored.map(|stored| match stored {
        StoredValidity::Days(days) => Validity::Days(days),
        StoredValidity::Validity(validity) => validity,
    }))
}
