//! A badge: one word with a meaning; the colour only repeats it.

use leptos::prelude::*;

use crate::components::notice::Tone;

/// A badge.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// The word.
    #[prop(into)]
    word: String,
) -> impl IntoView {
    view! { <span class=format!("badge {}", tone.class())>{word}</span> }
}
