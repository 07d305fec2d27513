//! Applying a catalogue twice is once; a change is a new version; customers stay on theirs until they are moved.

use super::world::{CATALOGUE, World, key};
use crate::catalogue::Version;
use crate::customers::PutCustomer;

#[tokio::test]
async fn twice_is_once_and_a_change_is_a_new_version() {
    for world in World::all().await {
        let again = world.service.apply_catalogue(&world.vendor, CATALOGUE).await.unwrap();
        assert_eq!(again.rate_card, Version::Same(1));
        let plans = [(key("monthly"), Version::Same(1)), (key("tier"), Version::Same(1))];
        assert_eq!(again.plans, plans);

        let dearer = CATALOGUE.replace("credits = \"4\"", "credits = \"5\"");
        let changed = world.service.apply_catalogue(&world.vendor, &dearer).await.unwrap();
        assert_eq!((changed.rate_card, changed.plans), (Version::New(2), plans.to_vec()));
    }
}

#[tokio::test]
async fn customers_stay_on_their_version_until_they_are_put_on_the_current_one() {
    let world = World::sqlite().await;
    world.customer("a", "tier", 0).await;
    let tighter = CATALOGUE.replace("credits = \"1000\"", "credits = \"900\"");
    world.service.apply_catalogue(&world.vendor, &tighter).await.unwrap();
    let a = key("a");
    let customer = || world.service.customer(&world.vendor, &a);
    assert_eq!(customer().await.unwrap().plan.unwrap().version, 1);
    let put = PutCustomer {
        plan: Some(key("tier")),
        ..PutCustomer::default()
    };
    world.service.put_customer(&world.vendor, &key("a"), put).await.unwrap();
    assert_eq!(customer().await.unwrap().plan.unwrap().version, 2);
}

#[tokio::test]
async fn a_bad_file_publishes_nothing() {
    let world = World::sqlite().await;
    let bad = CATALOGUE
        .replace("credits = \"4\"", "credits = \"5\"")
        .replace("window = \"day\"", "window = \"hour\"");
    let error = world.service.apply_catalogue(&world.vendor, &bad).await.unwrap_err();
    assert_eq!(error.code(), "invalid");
    let again = world.service.apply_catalogue(&world.vendor, CATALOGUE).await.unwrap();
    assert_eq!(again.rate_card, Version::Same(1));
}

#[tokio::test]
async fn what_is_exported_says_what_is_in_force() {
    for world in World::all().await {
        let (service, vendor) = (&world.service, &world.vendor);
        let exported = service.export_catalogue(vendor).await.unwrap();
        let planned = service.plan_catalogue(vendor, &exported).await.unwrap();
        assert!(planned.iter().all(|one| one.changes.is_empty()), "{planned:?}");
        let applied = service.apply_catalogue(vendor, &exported).await.unwrap();
        assert_eq!(applied.rate_card, Version::Same(1));
        assert!(applied.plans.iter().all(|(_, version)| *version == Version::Same(1)));

        let dearer = exported
            .replace("credits = \"4\"", "credits = \"5\"")
            .replace("Monthly", "Each month");
        let planned = service.plan_catalogue(vendor, &dearer).await.unwrap();
        let lines: Vec<String> = planned
            .iter()
            .flat_map(|one| &one.changes)
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                "use case render, meter images: 4 credits per unit -> 5 credits per unit",
                "name: Monthly -> Each month",
            ]
        );
        assert_eq!(
            service.apply_catalogue(vendor, CATALOGUE).await.unwrap().rate_card,
            Version::Same(1)
        );
    }
}
