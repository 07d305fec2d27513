//! The way between the pages of the rate card, and back to them from their forms.

use leptos::prelude::*;

use super::{DRAFT, HOME};
use crate::components::switch::{Choice, Switch};
use crate::visit::Place;

const PAGES: [(&str, &str); 4] = [
    (HOME, "Versions"),
    (DRAFT, "Draft"),
    ("/manage/rates/quote", "Quote"),
    ("/manage/rates/simulation", "Simulation"),
];

/// The way between the pages; nothing for whoever may open one of them only.
#[component]
pub(super) fn RatePages() -> impl IntoView {
    let place = Place::current();
    if !place.writes_catalogue() {
        return None;
    }
    let path = place.path.clone();
    let below = |href: &str| path == href || path.starts_with(&format!("{href}/"));
    let choices = PAGES
        .into_iter()
        .map(|(href, word)| Choice {
            word: word.to_owned(),
            href: href.to_owned(),
            current: if href == HOME {
                path == HOME || path.contains("/versions/")
            } else {
                below(href)
            },
        })
        .collect();
    Some(view! { <Switch label="Pages of the rate card" choices=choices/> })
}
