//! The versions of a contract: from when each holds, and what it changes of the one before.

use drawdown_service::contracts::ContractVersionView;
use leptos::prelude::*;

use crate::components::moment::DayAndTime;
use crate::components::table::{Listing, text};
use crate::pages::manage::changes::agreed;

/// A row for each, the newest first.
#[component]
pub(super) fn Versions(versions: Vec<ContractVersionView>) -> impl IntoView {
    let row = |version: ContractVersionView| {
        let changes = if version.changes.is_empty() {
            "As it was signed".into_any()
        } else {
            view! { <dl class="agreed">{version.changes.into_iter().map(agreed).collect_view()}</dl> }.into_any()
        };
        view! {
            <tr>
                <th scope="row">{version.number}</th>
                <td data-label="In force from"><DayAndTime moment=version.effective/></td>
                <td data-label="What it changes">{changes}</td>
            </tr>
        }
    };
    view! {
        <Listing caption="Its versions, the newest first" heads=[text("Version"), text("In force from"), text("What it changes")]>
            {versions.into_iter().map(row).collect_view()}
        </Listing>
    }
}
