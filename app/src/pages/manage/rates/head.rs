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

/// The way between the pages.
#[component]
pub(super) fn RatePages() -> impl IntoView {
    let path = Place::current().path.clone();
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
    view! { <Switch label="Pages of the rate card" choices=choices/> }
}
