//! A panel: one subject in a frame, with its heading, a word beside it and what can be done with it.

use leptos::prelude::*;

/// A panel. Its heading names the region for screen readers.
#[component]
pub fn Panel(
    /// Identifier, unique on the page: anchors lead here.
    #[prop(into)]
    id: String,
    /// Heading.
    #[prop(into)]
    title: String,
    /// One line under the heading.
    #[prop(optional, into)]
    words: Option<String>,
    /// Classes beside `panel`: `wide`, `narrow`, `half`, `whole`.
    #[prop(optional, into)]
    class: &'static str,
    /// What stands at the right of the heading: a switch, a link.
    #[prop(optional, into)]
    aside: Option<ViewFn>,
    /// The content.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <section class=format!("panel {class}") id=id aria-labelledby=heading>
            <div class="panel-head">
                <div class="panel-words">
                    <h2 id=heading.clone()>{title}</h2>
                    {words.map(|words| view! { <p>{words}</p> })}
                </div>
                {aside.map(|aside| aside.run())}
            </div>
            {children()}
        </section>
    }
}
