//! Empty states: what belongs here, and the next step with its one button.

use leptos::prelude::*;

/// An empty state.
#[component]
pub fn Empty(
    /// What is not there yet: `No payments yet`.
    #[prop(into)]
    title: String,
    /// What would bring it, in a sentence.
    #[prop(into)]
    words: String,
    /// The button, code or form of the next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <h3>{title}</h3>
            <p>{words}</p>
            {children.map(|children| children())}
        </div>
    }
}
