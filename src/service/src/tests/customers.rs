//! Customers are put, not posted: the same again changes nothing.

use drawdown_domain::organization::Role;

use super::world::{World, key, member, whole};
use crate::customers::{PutCustomer, Standing};

#[tokio::test]
async fn putting_twice_is_once() {
    for world in World::all().await {
        let put = || PutCustomer {
            name: Some("Ada and Sons".to_owned()),
            time_zone: Some("Asia/Tokyo".to_owned()),
            currency: None,
            plan: Some(key("monthly")),
        };
        let first = world
            .service
            .put_customer(&world.vendor, &key("ada"), put())
            .await
            .unwrap();
        let again = world
            .service
            .put_customer(&world.vendor, &key("ada"), put())
            .await
            .unwrap();
        assert_eq!(first, again);
        assert_eq!(first.currency.as_str(), "USD");
        // The plan's allotment came once.
        assert_eq!(first.balance, whole(500));
        assert_eq!(first.standing, Standing::Active);
    }
}

#[tokio::test]
async fn tells_everything_that_is_wrong_at_once() {
    let world = World::sqlite().await;
    let put = PutCustomer {
        name: Some(" ".to_owned()),
        time_zone: Some("Mars/Olympus".to_owned()),
        currency: None,
        plan: Some(key("gold")),
    };
    let error = world
        .service
        .put_customer(&world.vendor, &key("a"), put)
        .await
        .unwrap_err();
    let crate::ServiceError::Invalid(fields) = error else {
        panic!("expected fields, got {error:?}");
    };
    let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(names, ["name", "time_zone", "plan"]);
}

#[tokio::test]
async fn an_allotment_comes_once_a_period() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "monthly", 0).await;
    for _ in 0..3 {
        world.service.run_schedule().await.unwrap();
        assert_eq!(world.left("a").await, whole(500));
    }
    world.step_seconds(31 * 86_400);
    world.service.run_schedule().await.unwrap();
    world.service.sweep().await.unwrap();
    assert_eq!(world.left("a").await, whole(500));
    let grants = world.service.grants(&world.vendor, organization).await.unwrap();
    assert_eq!(grants.len(), 2);
    assert_eq!(grants[1].expired, whole(500));
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn to_a_member_other_customers_do_not_exist() {
    let world = World::sqlite().await;
    let own = world.customer("a", "tier", 10).await;
    let other = world.customer("b", "tier", 10).await;
    let owner = member(own, Role::Owner);
    let service = &world.service;
    assert_eq!(service.overview(&owner, other).await.unwrap_err().code(), "not_found");
    assert_eq!(service.limits(&owner, other).await.unwrap_err().code(), "not_found");
    assert_eq!(service.watch(&owner, other).await.unwrap_err().code(), "not_found");
    assert!(service.customer(&owner, &key("a")).await.is_ok());
    assert_eq!(
        service.customer(&owner, &key("b")).await.unwrap_err().code(),
        "not_found"
    );
}
