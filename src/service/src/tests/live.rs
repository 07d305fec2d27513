//! Open pages hear of a change, whichever process made it.

use drawdown_domain::organization::Role;

use super::world::{World, member, whole};

#[tokio::test]
async fn who_watches_hears_of_a_change() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 100).await;
    let viewer = member(organization, Role::Viewer);
    let mut watch = world.service.watch(&viewer, organization).await.unwrap();
    let before = watch.version();
    world.customer("b", "tier", 100).await;
    world.customer("a", "tier", 50).await;
    let after = watch.changed().await.unwrap();
    assert!(after > before);
    let figures = world.service.live_figures(&viewer, organization).await.unwrap();
    assert_eq!(figures.left, whole(150));
    assert_eq!(figures.sentence, "150 credits left");
    assert_eq!(figures.worth.as_deref(), Some("$1.50"));
}

#[tokio::test]
async fn hears_of_another_process_by_the_poll() {
    for world in World::all().await {
        let organization = world.customer("a", "tier", 100).await;
        let viewer = member(organization, Role::Viewer);
        let mut watch = world.service.watch(&viewer, organization).await.unwrap();
        // Straight to the ledger, as another process would: nobody pokes the hub of this one.
        let request = drawdown_domain::request::Request::DeleteCap {
            name: "daily".parse().unwrap(),
            owner: drawdown_domain::limit::LimitOwner::Vendor,
        };
        world
            .service
            .store()
            .ledger()
            .submit(organization, request, None)
            .await
            .unwrap();
        assert!(watch.changed().await.is_some());
    }
}
