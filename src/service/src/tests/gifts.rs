//! Gifts to one customer within a day: they add up to what one person may give.

use drawdown_domain::staff::StaffRole;

use super::adjustments::{asked, give, people, person};
use super::world::{World, whole};
use crate::adjustments::Booked;

#[tokio::test]
async fn what_is_given_within_a_day_adds_up_whoever_gives_and_however_many_at_once() {
    for world in World::all().await {
        let customer = world.customer("a", "tier", 0).await;
        let (service, people) = (&world.service, people(&world).await);
        let other = world.other_process().await;
        // Three give four thousand at once, in two processes: two are at the limit's side, and one becomes a request.
        let (a, b, c) = tokio::join!(
            service.give_credits(&people.manager, customer, give(4_000), "a"),
            other.give_credits(&people.finance, customer, give(4_000), "b"),
            service.give_credits(&people.other_finance, customer, give(4_000), "c"),
        );
        let mut requests = Vec::new();
        for booked in [a, b, c] {
            match booked.unwrap() {
                Booked::Asked(view) => requests.push(view.id),
                Booked::AtOnce(grant) => assert_eq!(grant.amount, whole(4_000)),
            }
        }
        assert_eq!(requests.len(), 1);
        assert_eq!(world.left("a").await, whole(8_000));
        let above = async |credits| {
            let asked = service.giving_takes_second_person(&people.manager, customer, whole(credits));
            asked.await.unwrap()
        };
        assert_eq!((above(2_000).await, above(2_001).await), (false, true));

        // What a second person approves does not count, nor what the installation gives.
        let admin = person(&world, "ida", StaffRole::Administrator).await;
        service.approve_adjustment(&admin, customer, requests[0]).await.unwrap();
        assert_eq!(world.left("a").await, whole(12_000));
        let last = service.give_credits(&people.manager, customer, give(2_000), "d").await;
        assert!(matches!(last, Ok(Booked::AtOnce(_))), "{last:?}");
        let beyond = asked(
            service
                .give_credits(&people.manager, customer, give(1), "e")
                .await
                .unwrap(),
        );
        world.step_seconds(86_400);
        // What has become a request stays one, though nothing stands in its way any more.
        let same = asked(
            service
                .give_credits(&people.manager, customer, give(1), "e")
                .await
                .unwrap(),
        );
        assert_eq!(same.id, beyond.id);
        let next = service.give_credits(&people.manager, customer, give(10_000), "f").await;
        assert!(matches!(next, Ok(Booked::AtOnce(_))), "{next:?}");
        assert_eq!(world.left("a").await, whole(24_000));
        assert_eq!(world.findings().await, [""; 0]);
    }
}
