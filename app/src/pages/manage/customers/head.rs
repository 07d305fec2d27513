//! What stands above a customer's pages for staff: the way between them, and that nothing can be changed where members'
//! own pages are shown.

use leptos::prelude::*;

use crate::components::notice::Notice;
use crate::components::switch::{Choice, Switch};
use crate::visit::Place;

/// Addresses below the customer's, and words.
const PAGES: [(&str, &str); 6] = [
    ("", "Account"),
    ("/overview", "Overview"),
    ("/usage", "Usage"),
    ("/credits", "Credits"),
    ("/limits", "Limits"),
    ("/audit", "Audit log"),
];

/// The way between a customer's pages.
#[component]
pub(super) fn CustomerPages() -> impl IntoView {
    let place = Place::current();
    let account = place.link("");
    let below = place.path.strip_prefix(account.as_str()).unwrap_or_default();
    let choices = PAGES
        .into_iter()
        .map(|(path, word)| Choice {
            word: word.to_owned(),
            href: place.link(path),
            current: below == path || (!path.is_empty() && below.starts_with(&format!("{path}/"))),
        })
        .collect();
    view! { <Switch label="Pages of this customer" choices=choices/> }
}

/// Above a member's page that one of the staff sees.
#[component]
pub(crate) fn LookedAt(
    /// The customer's name.
    name: String,
) -> impl IntoView {
    view! {
        <CustomerPages/>
        <Notice>
            {format!(
                "You see what the members of {name} see. Nothing can be changed here, and that you looked is in the audit log.",
            )}
        </Notice>
    }
}
