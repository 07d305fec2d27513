//! The figures that move on open pages, as server-sent events carry them to the browser.
//!
//! Everything is finished text or an exact decimal string: the browser shows, it does not compute.

use serde::{Deserialize, Serialize};

use crate::credits::Credits;

/// One cap's bar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCap {
    /// `vendor` or `customer`, a colon, and its name: unique on a page.
    pub id: String,
    /// Used and reserved in the window.
    pub used: Credits,
    /// The limit, in credits.
    pub limit: Credits,
    /// Whole percent, rounded down.
    pub percent: u32,
}

/// One of the newest events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Its identifier.
    pub id: String,
    /// `14:02:11` in the organization's zone.
    pub time: String,
    /// The use case's name.
    pub use_case: String,
    /// The mode.
    pub mode: String,
    /// The platform.
    pub platform: String,
    /// What it cost.
    pub credits: Credits,
}

/// The figures of one organization at one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveFigures {
    /// The organization's version.
    pub version: i64,
    /// Credits that can be burned now.
    pub left: Credits,
    /// The same in money, for people: `$64.12`; `None` without a plan.
    pub worth: Option<String>,
    /// Reserved.
    pub held: Credits,
    /// Owed.
    pub owed: Credits,
    /// Burned since local midnight.
    pub burn_today: Credits,
    /// `6,412 credits left, about 23 days`.
    pub sentence: String,
    /// When the credits run out: `15 Dec (11 Dec to 22 Dec)`; `None` where it is not in sight.
    pub runs_out: Option<String>,
    /// What stops the customer next.
    pub stops_next: String,
    /// The caps, the fullest first.
    pub caps: Vec<LiveCap>,
    /// The newest events, the newest first.
    pub newest: Vec<LiveEvent>,
}
