//! The portfolio on both engines: what a row says, whose rows are shown, and that pages show what holds now.

use std::sync::Arc;

use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use drawdown_domain::portfolio::Risk;
use drawdown_domain::staff::StaffRole;

use super::world::{World, given, member, staff, whole};
use crate::actor::Actor;
use crate::grants::GrantInput;
use crate::portfolio::{Health, HealthFilter, PortfolioCustomer, PortfolioInput, PortfolioSort};
use crate::staff::Reach;

const DAY: i64 = 86_400;

/// A customer with a commitment of so many credits for 60 days.
async fn committed(world: &World, name: &str, credits: i64) -> OrganizationId {
    let id = world.customer(name, "tier", 0).await;
    let grant = GrantInput {
        expires_at: Some(world.service.now().plus_seconds(60 * DAY)),
        ..given(GrantKind::Commitment, credits)
    };
    world.service.add_grant(&world.vendor, id, grant, None).await.unwrap();
    id
}

async fn shown(world: &World, actor: &Actor, input: PortfolioInput) -> Vec<PortfolioCustomer> {
    let view = world.service.portfolio(actor, input, 200).await.unwrap();
    view.customers.items
}

fn names(customers: &[PortfolioCustomer]) -> Vec<&str> {
    customers.iter().map(|customer| customer.key.as_str()).collect()
}

#[tokio::test]
async fn a_row_says_how_a_customer_does() {
    for world in World::all().await {
        for (name, credits) in [("fast", 6_000), ("slow", 6_000), ("idle", 6_000), ("even", 6_000)] {
            committed(&world, name, credits).await;
        }
        world.customer("empty", "tier", 0).await;
        for _ in 0..15 {
            world.step_seconds(2 * DAY);
            world.burn("fast", 70).await;
            world.burn("slow", 25).await;
            world.burn("even", 50).await;
        }
        let all = shown(&world, &world.vendor, PortfolioInput::default()).await;
        assert_eq!(names(&all), ["empty", "even", "fast", "idle", "slow"]);
        let health: Vec<Health> = all.iter().map(|customer| customer.health).collect();
        let expected = [
            Health::Blocked,
            Health::OnPace,
            Health::Ahead,
            Health::AtRisk(Risk::Unused),
            Health::Behind,
        ];
        assert_eq!(health, expected);
        let even = &all[1];
        assert_eq!((even.left, even.burned), (whole(3_000), whole(3_000)));
        let pace = even.pace.unwrap();
        assert!(whole(2_900) <= pace && pace <= whole(3_000), "{pace:?}");
        assert_eq!(even.renews.as_ref().unwrap().relative, "in 30 days");
        assert_eq!(even.seen.as_ref().unwrap().relative, "now");
        assert_eq!((all[0].pace, all[0].renews.clone()), (None, None));
        assert_eq!(all[0].seen, None);

        // What is shown holds now; filters and order follow once the rows are written.
        let of = |health| PortfolioInput {
            health: Some(health),
            ..PortfolioInput::default()
        };
        world.step_seconds(300);
        assert!(world.service.refresh_portfolio().await.unwrap() > 0);
        assert_eq!(world.service.refresh_portfolio().await.unwrap(), 0);
        let risky = shown(&world, &world.vendor, of(HealthFilter::AtRisk)).await;
        assert_eq!(names(&risky), ["idle"]);
        let by_burn = PortfolioInput {
            sort: PortfolioSort::Burned,
            descending: true,
            ..PortfolioInput::default()
        };
        let by_burn = shown(&world, &world.vendor, by_burn).await;
        assert_eq!(names(&by_burn)[..3], ["fast", "even", "slow"]);
    }
}

#[tokio::test]
async fn whoever_looks_sees_its_own_customers_only() {
    for world in World::all().await {
        let own = world.customer("own", "tier", 5).await;
        world.customer("other", "tier", 5).await;
        let reach = Reach::Own(Arc::new([own].into()));
        let manager = staff(&[StaffRole::AccountManager], reach.clone());
        assert_eq!(
            names(&shown(&world, &manager, PortfolioInput::default()).await),
            ["own"]
        );
        let search = PortfolioInput {
            search: "other".to_owned(),
            ..PortfolioInput::default()
        };
        assert_eq!(names(&shown(&world, &manager, search.clone()).await), [""; 0]);
        let finance = staff(&[StaffRole::Finance], Reach::All);
        assert_eq!(names(&shown(&world, &finance, search).await), ["other"]);
        for actor in [
            staff(&[StaffRole::CatalogueEditor], Reach::All),
            member(own, Role::Owner),
        ] {
            let refused = world.service.portfolio(&actor, PortfolioInput::default(), 10).await;
            assert_eq!(refused.unwrap_err().code(), "forbidden");
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_what_is_no_cursor_begins_at_the_start() {
    let world = World::sqlite().await;
    for name in ["a", "b", "c"] {
        world.customer(name, "tier", 5).await;
    }
    let page = async |after: Option<String>| {
        let input = PortfolioInput {
            after,
            ..PortfolioInput::default()
        };
        world
            .service
            .portfolio(&world.vendor, input, 2)
            .await
            .unwrap()
            .customers
    };
    let first = page(None).await;
    let second = page(first.next.clone()).await;
    assert_eq!((names(&first.items), names(&second.items)), (vec!["a", "b"], vec!["c"]));
    assert_eq!(second.next, None);
    // What is no cursor counts as not given.
    assert_eq!(page(Some("nonsense".to_owned())).await.items.len(), 2);
}
