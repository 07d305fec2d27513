//! Lists come a page at a time, each row once, ties or not.

use drawdown_domain::id::GrantId;

use super::on_both_engines;
use super::world::{World, key};

on_both_engines!(lists_come_in_pages);

async fn lists_come_in_pages(world: World) {
    let organization = world.organization("m").await;
    for name in ["a", "z"] {
        world.organization(name).await;
    }
    let first = world.store.organizations(None, 2).await.unwrap();
    assert_eq!(first.next, Some(key("m")));
    let second = world.store.organizations(first.next.as_ref(), 2).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (1, None));
    let mut made = Vec::new();
    for _ in 0..5 {
        // All in the same instant: identifiers break the tie.
        made.push(world.grant(organization, "1").await.id);
    }
    let mut seen: Vec<GrantId> = Vec::new();
    let mut cursor = None;
    loop {
        let page = world.store.grants(organization, cursor, 2).await.unwrap();
        seen.extend(page.rows.iter().map(|grant| grant.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    made.reverse();
    assert_eq!(seen, made);
    let open = world.store.open_grants(organization).await.unwrap();
    assert_eq!(open.len(), 5);
    assert_eq!(open[0].id, made[4], "the oldest burns first");
    let postings = world.store.postings(organization, None, 2).await.unwrap();
    assert_eq!((postings.rows[0].sequence, postings.next), (5, Some(4)));
}
