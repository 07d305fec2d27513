//! The head of a page: its title, the sentence that says its state, the one primary action, filters under it.

use leptos::prelude::*;

use crate::components::notice::FlashNotice;
use crate::islands::live::Live;
use crate::shell::Frame;
use crate::visit::Place;

/// The head of a page, with the notice of the last form and the live dot.
#[component]
pub fn PageHeader(
    /// The page's title.
    #[prop(into)]
    title: String,
    /// Its state in a sentence.
    #[prop(into)]
    sentence: String,
    /// The primary action and its companions.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// Filters.
    #[prop(optional, into)]
    filters: Option<ViewFn>,
) -> impl IntoView {
    // The stream tells members of their own organization; whoever looks at a customer's page loads it again.
    let version = use_context::<Frame>()
        .filter(|_| Place::current().customer.is_none())
        .map(|frame| frame.organization.version.to_string());
    view! {
        <header class="page-head">
            <div class="page-title">
                <div class="page-words">
                    <div class="page-name">
                        <h1>{title}</h1>
                        {version.map(|version| view! { <Live version=version/> })}
                    </div>
                    <p data-live="sentence">{sentence}</p>
                </div>
                {actions.map(|actions| view! { <div class="buttons">{actions.run()}</div> })}
            </div>
            {filters.map(|filters| view! { <div class="filters">{filters.run()}</div> })}
        </header>
        <FlashNotice/>
    }
}
