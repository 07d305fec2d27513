//! The mark: three bars that run down, and the name.

use leptos::prelude::*;

/// The mark and the name, as a link to the overview.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <a class="brand" href="/overview">
            <svg width="20" height="20" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
                <path d="M3 4h4.5v16H3zM9.75 9h4.5v11h-4.5zM16.5 14H21v6h-4.5z"></path>
            </svg>
            "Drawdown"
        </a>
    }
}
