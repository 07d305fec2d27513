//! A chart with its legend and, one click away, its table. The drawing comes later and only with scripts; without them
//! the table is open.

use leptos::prelude::*;

use crate::charts::{Drawing, Legend};
use crate::islands::chart::ChartCanvas;
use crate::visit::Place;

/// A chart. Children are its table.
#[component]
pub fn Chart(
    /// What it draws.
    drawing: Drawing,
    /// The table with the same data.
    children: Children,
) -> impl IntoView {
    let Drawing {
        id,
        finding,
        option,
        legend,
    } = drawing;
    let data_id = format!("{id}-option");
    // Inside of a script element nothing is escaped, so nothing may look like its end.
    let option = option.to_string().replace('<', "\\u003c");
    view! {
        <div class="chart">
            <ul class="legend" role="list" data-live=format!("{id}-legend")>
                {legend
                    .into_iter()
                    .map(|Legend { word, swatch }| {
                        view! { <li><i class=format!("swatch {swatch}")></i>{word}</li> }
                    })
                    .collect_view()}
            </ul>
            <ChartCanvas id=id.to_owned() label=finding script=Place::current().charts.clone()/>
            <script type="application/json" id=data_id.clone() data-live=data_id inner_html=option></script>
            <details class="chart-data">
                <summary>"Show as a table"</summary>
                <div data-live=format!("{id}-table") role="region" aria-label=format!("Table of {id}") tabindex="0">
                    {children()}
                </div>
            </details>
        </div>
    }
}
