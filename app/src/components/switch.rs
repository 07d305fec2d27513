//! A choice among views of the same data: links, so that each view has its address and needs no script.

use leptos::prelude::*;

/// One view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its word.
    pub word: String,
    /// Its address.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

/// The choice.
#[component]
pub fn Switch(
    /// What is chosen: `Group by`.
    #[prop(into)]
    label: String,
    /// The views.
    choices: Vec<Choice>,
) -> impl IntoView {
    view! {
        <nav class="switch" aria-label=label>
            {choices
                .into_iter()
                .map(|Choice { word, href, current }| {
                    view! { <a href=href aria-current=current.then_some("true")>{word}</a> }
                })
                .collect_view()}
        </nav>
    }
}
