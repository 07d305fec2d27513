//! The overview's figures, computed from what happened.

use drawdown_domain::organization::Role;
use drawdown_domain::{Credits, Quantity, Timestamp};

use super::world::{World, api_key, key, member, whole};
use crate::actor::KeyScope;
use crate::metering::{EventInput, Quantities, RunInput};
use crate::overview::{MarkKind, StopKind};

fn render(id: &str, images: u32, occurred_at: Option<Timestamp>) -> EventInput {
    EventInput {
        id: id.to_owned(),
        customer: key("a"),
        run: RunInput {
            use_case: key("render"),
            mode: Some(key("fast")),
            platform: None,
            subject: None,
        },
        quantities: Quantities::Single(Quantity::from(images)),
        occurred_at,
    }
}

#[tokio::test]
async fn says_what_is_left_how_it_burns_and_what_stops_it() {
    for world in World::all().await {
        let organization = world.customer("a", "tier", 400).await;
        let metering = api_key(KeyScope::Metering);
        for day in 0..10 {
            let event = render(&format!("{day}"), 5, None);
            world.service.record(&metering, vec![event], None).await.unwrap();
            world.step_seconds(86_400);
        }
        let today = render("today", 3, None);
        world.service.record(&metering, vec![today], None).await.unwrap();
        let owner = member(organization, Role::Owner);
        let overview = world.service.overview(&owner, organization).await.unwrap();
        assert_eq!(overview.left, whole(188));
        assert_eq!(overview.burn_today, whole(12));
        assert_eq!(overview.usual_day, Some(whole(20)));
        assert_eq!(overview.worth.unwrap().minor, 188);
        let depletion = overview.depletion.unwrap();
        assert_eq!(depletion.days, 9);
        assert_eq!(overview.sentence, "188 credits left, about 9 days");
        assert_eq!(overview.stops_next.kind, StopKind::Credits);
        assert_eq!(overview.stops_next.button, Some("Top up"));
        let actual: Vec<Credits> = overview.burn_down.days.iter().filter_map(|day| day.actual).collect();
        let expected: Vec<Credits> = (1..=10).map(|day| whole(400 - 20 * day)).chain([whole(188)]).collect();
        assert_eq!(actual, expected);
        assert_eq!(overview.by_day.totals.credits, whole(212));
        assert_eq!(overview.newest[0].key, "today");
        let marks: Vec<MarkKind> = overview.burn_down.marks.iter().map(|mark| mark.kind).collect();
        assert_eq!(marks, [MarkKind::Grant, MarkKind::PlanChange]);
    }
}

#[tokio::test]
async fn an_empty_organization_has_an_overview_that_teaches() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 0).await;
    let viewer = member(organization, Role::Viewer);
    let overview = world.service.overview(&viewer, organization).await.unwrap();
    assert!(overview.is_new);
    assert_eq!(overview.usual_day, None);
    assert_eq!(overview.stops_next.kind, StopKind::Credits);
    assert_eq!((overview.stops_next.now, overview.stops_next.button), (true, None));
    assert_eq!(overview.sentence, "0 credits left");
}

#[tokio::test]
async fn a_full_cap_is_what_stops_now() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 2_000).await;
    let metering = api_key(KeyScope::Metering);
    let event = render("1", 250, None);
    world.service.record(&metering, vec![event], None).await.unwrap();
    let owner = member(organization, Role::Owner);
    let overview = world.service.overview(&owner, organization).await.unwrap();
    let stop = overview.stops_next;
    assert_eq!((stop.kind, stop.now), (StopKind::Cap, true));
    assert_eq!(
        stop.sentence,
        "Everything has reached its daily cap of 1,000; it starts again tomorrow at 00:00."
    );
    assert_eq!(stop.link.as_deref(), Some("/limits#cap-vendor-daily"));
}
