//! A band of figures: label, value with unit, and what it means.

use leptos::prelude::*;

/// Longer values are set smaller: beside four others there is room for so many characters.
const LONG: usize = 11;

/// The band. Its name makes it a live place.
#[component]
pub fn Figures(
    /// The name of the live place.
    #[prop(into)]
    live: String,
    /// [`Figure`]s.
    children: Children,
) -> impl IntoView {
    view! { <dl class="figures" data-live=live>{children()}</dl> }
}

/// One figure.
#[component]
pub fn Figure(
    /// What it is: `Credits left`.
    #[prop(into)]
    label: String,
    /// The value: `6,412`; a dash where it is unknown (then `note` says why).
    #[prop(into)]
    value: String,
    /// The exact value, as a title, where `value` is shortened.
    #[prop(optional, into)]
    exact: Option<String>,
    /// Unit, or the same in money: `$64.12`.
    #[prop(optional, into)]
    unit: Option<String>,
    /// What it means: `usual day 180`.
    #[prop(optional, into)]
    note: Option<String>,
    /// True for the one that the page is about.
    #[prop(optional)]
    first: bool,
) -> impl IntoView {
    let long = value.len() > LONG;
    let class = if long { "figure-value long" } else { "figure-value" };
    view! {
        <div class=if first { "figure first" } else { "figure" }>
            <dt>{label}</dt>
            <dd class=class><span title=exact>{value}</span>{unit.map(|unit| view! { <small>{unit}</small> })}</dd>
            {note.map(|note| view! { <dd class="figure-note">{note}</dd> })}
        </div>
    }
}
