//! What a version changes: each thing as it was and as it becomes, as a table or in a list of what is agreed.

use drawdown_domain::catalogue::change::Change;
use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::notice::Tone;
use crate::components::table::{Listing, text};

/// `3 changes`.
pub(crate) fn count_words(changes: &[Change]) -> String {
    match changes.len() {
        0 => "no change".to_owned(),
        1 => "1 change".to_owned(),
        several => format!("{several} changes"),
    }
}

/// The changes as a table.
#[component]
pub(crate) fn Changes(
    /// The changes.
    changes: Vec<Change>,
    /// What there is to say where there are none.
    #[prop(into)]
    none: String,
) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="note">{none}</p> }.into_any();
    }
    let row = |change: Change| {
        let (tone, word) = match (&change.from, &change.to) {
            (None, _) => (Tone::Ok, "new"),
            (_, None) => (Tone::Danger, "removed"),
            _ => (Tone::Accent, "changed"),
        };
        let side = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        view! {
            <tr>
                <th scope="row"><span class="cell">{change.what}</span></th>
                <td data-label="Change"><Badge tone=tone word=word/></td>
                <td data-label="Before"><span class="change-side quiet">{side(change.from)}</span></td>
                <td data-label="After"><span class="change-side">{side(change.to)}</span></td>
            </tr>
        }
    };
    view! {
        <Listing
            caption="Changes"
            heads=[text("What"), text("Change"), text("Before"), text("After")]
        >
            {changes.into_iter().map(row).collect_view()}
        </Listing>
    }
    .into_any()
}

/// One thing that is told in words: as it is now, and as it was.
pub(crate) fn agreed(change: Change) -> impl IntoView {
    let Change { what, from, to } = change;
    // What is agreed beyond the plan may go; the rest is in every version.
    let gone = if what == "note" { "none" } else { "as the plan says" };
    let to = to.unwrap_or_else(|| gone.to_owned());
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{to}{from.map(|from| view! { <small class="quiet">{format!("before: {from}")}</small> })}</dd>
        </div>
    }
}
