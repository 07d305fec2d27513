//! Whoever of the staff looks at a customer's page is written down in its audit log: every page below a customer's address,
//! from the router's own list. A new one without the mark fails.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::staff::StaffRole;

use super::scene::{Customer, OPERATOR, get, staff};
use crate::world::World;

/// Forms and their last steps: they show what is being done, and not what members see.
fn is_work(below: &str) -> bool {
    const WORK: [&str; 10] = [
        "/plan",
        "/give",
        "/take-back",
        "/adjustments",
        "/ceiling",
        "/rate-ceiling",
        "/parent",
        "/transfer",
        "/status",
        "/contract",
    ];
    WORK.iter()
        .any(|work| below == *work || below.starts_with(&format!("{work}/")))
}

/// What the mark says of a page.
fn name_of(below: &str) -> &str {
    match below {
        "" => "account",
        "/credits/postings/{sequence}" => "posting",
        other => other.trim_start_matches('/'),
    }
}

/// Who looked at what of the customer, the newest first.
async fn looks(world: &World, customer: OrganizationId) -> Vec<(String, String)> {
    let log = world.service.audit(&OPERATOR, Some(customer), None, 200).await.unwrap();
    let looks = log.items.into_iter().filter(|line| line.action == "look");
    looks
        .map(|line| {
            let page = line.after.as_ref().and_then(|after| after["page"].as_str());
            (line.actor, page.unwrap_or("audit.csv").to_owned())
        })
        .collect()
}

#[tokio::test]
async fn every_page_of_a_customer_that_staff_see_is_marked_as_looked_at() {
    let world = World::with_pages().await;
    let cookie = staff(&world, StaffRole::Administrator).await;
    let who = StaffRole::Administrator.word();
    let customer = Customer::of(&world).await;
    let mut seen = Vec::new();
    for path in drawdown_app::manage_paths() {
        let Some(below) = path.strip_prefix("/manage/customers/{id}") else {
            continue;
        };
        let before = looks(&world, customer.id).await.len();
        let address = customer.address(&world, path);
        assert_eq!(get(&world, &address, &cookie).await.status, 200, "{address}");
        let mut marks = looks(&world, customer.id).await;
        marks.truncate(marks.len() - before);
        if is_work(below) {
            assert!(marks.is_empty(), "{address} is no look at what members see: {marks:?}");
        } else {
            let mark = (who.to_owned(), name_of(below).to_owned());
            assert_eq!(marks, [mark], "{address} is not marked as looked at");
            seen.push(name_of(below));
        }
    }
    // What members see, at the least.
    for page in ["overview", "usage", "usage.csv", "credits", "posting", "limits"] {
        assert!(seen.contains(&page), "{page} of a customer is there: {seen:?}");
    }
}
