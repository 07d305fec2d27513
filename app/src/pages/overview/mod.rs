//! `/overview`: what is left, how fast it burns, what stops the customer next, and what just happened.

use leptos::prelude::*;

use crate::components::page::PageHeader;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::Visit;

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let organization = visit.member()?.organization;
    let overview = visit.service().overview(&visit.actor()?, organization).await?;
    Ok(Page::new(
        "Overview",
        move || view! { <PageHeader title="Overview" sentence=overview.sentence/> },
    ))
}
