//! Members: as many as the plan has seats for, however many are added at once.

use drawdown_domain::contract::{ContractTerms, Overrides, Renewal, Spread};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use drawdown_domain::plan::{PlanKind, PlanTerms};
use drawdown_domain::{Currency, Money};
use drawdown_store::Published;
use rust_decimal::Decimal;

use super::world::{START, World, key};
use crate::ServiceError;
use crate::members::{MemberAdded, MemberInput};
use crate::schedule::PlanWhen;
use crate::service::Service;

/// A plan with two members, each further one for so much or not at all.
async fn team(world: &World, name: &str, extra: Option<Money>) -> drawdown_domain::id::PlanVersionId {
    let terms = PlanTerms {
        seats: Some(2),
        extra_seat_price: extra,
        ..PlanTerms::new("Team", PlanKind::Tier, Currency::USD, Decimal::ONE_HUNDRED)
    };
    let published = world.service.store().publish_plan(&key(name), &terms, START, &[]).await;
    let (Published::New(version) | Published::Same(version)) = published.unwrap();
    version.id
}

async fn add(
    service: &Service,
    world: &World,
    organization: OrganizationId,
    name: &str,
) -> Result<MemberAdded, ServiceError> {
    let input = MemberInput {
        email: format!("{name}@example.com"),
        name: name.to_owned(),
        role: Role::Viewer,
        password: "correct horse".to_owned().into(),
    };
    service.add_member(&world.vendor, organization, input).await
}

fn is_taken(added: &Result<MemberAdded, ServiceError>) -> bool {
    matches!(
        added,
        Err(ServiceError::Conflict {
            code: "seats_taken",
            ..
        })
    )
}

#[tokio::test]
async fn a_member_too_many_is_refused_and_told_what_to_do() {
    for world in World::all().await {
        team(&world, "team", None).await;
        let (organization, service) = (world.customer("a", "team", 0).await, &world.service);
        for name in ["ada", "grace"] {
            assert_eq!(add(service, &world, organization, name).await.unwrap().costs, None);
        }
        let refused = add(service, &world, organization, "eve").await;
        assert!(is_taken(&refused), "{refused:?}");
        let words = "Team includes 2 members, and all are taken; move the customer to a plan with more, or agree on more by a contract";
        assert_eq!(refused.unwrap_err().to_string(), words);
        // Nothing of it is left: the address is free, and a member that may not sign in any more has no seat.
        let store = service.store();
        assert_eq!(store.member_by_email("eve@example.com").await.unwrap(), None);
        let mut ada = store.members(organization).await.unwrap().remove(0);
        ada.disabled = true;
        store.change_member(&ada, &[]).await.unwrap();
        add(service, &world, organization, "eve").await.unwrap();
        // A plan without a number of members has no limit.
        let tier = store.current_plan(&key("tier")).await.unwrap().unwrap();
        let moved = service.change_plan(&world.vendor, organization, tier.id, PlanWhen::Now);
        moved.await.unwrap();
        add(service, &world, organization, "mallory").await.unwrap();
        // Whoever is there stays where a plan has fewer.
        let team = store.current_plan(&key("team")).await.unwrap().unwrap();
        let moved = service.change_plan(&world.vendor, organization, team.id, PlanWhen::Now);
        moved.await.unwrap();
        assert!(is_taken(&add(service, &world, organization, "trudy").await));
        assert_eq!(store.members(organization).await.unwrap().len(), 4);
    }
}

#[tokio::test]
async fn of_many_at_once_as_many_join_as_there_are_seats() {
    for world in World::all().await {
        team(&world, "team", None).await;
        let organization = world.customer("a", "team", 0).await;
        let (one, other) = (&world.service, &world.other_process().await);
        let add = |service, name| add(service, &world, organization, name);
        let added = tokio::join!(
            add(one, "a"),
            add(other, "b"),
            add(one, "c"),
            add(other, "d"),
            add(one, "e")
        );
        let added = [added.0, added.1, added.2, added.3, added.4];
        assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 2, "{added:?}");
        assert_eq!(added.iter().filter(|added| is_taken(added)).count(), 3, "{added:?}");
        assert_eq!(one.store().members(organization).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_further_member_costs_what_the_plan_says_and_a_contract_may_have_more() {
    let world = World::sqlite().await;
    let price = Money::new(700, Currency::USD);
    team(&world, "priced", Some(price)).await;
    let (organization, service) = (world.customer("a", "priced", 0).await, &world.service);
    for (name, costs) in [("ada", None), ("grace", None), ("eve", Some(price))] {
        assert_eq!(add(service, &world, organization, name).await.unwrap().costs, costs);
    }
    let plan = team(&world, "team", None).await;
    let organization = world.customer("b", "team", 0).await;
    let agreed = ContractTerms {
        plan,
        overrides: Overrides {
            seats: Some(3),
            ..Overrides::default()
        },
        committed: Money::new(100_000, Currency::USD),
        conversion_rate: Decimal::ONE_HUNDRED,
        starts_at: START,
        months: 12,
        release: Spread::AtOnce,
        payments: Spread::AtOnce,
        renewal: Renewal::None,
        note: None,
    };
    let signed = service.sign_contract(&world.vendor, organization, service.new_contract_id(), agreed);
    signed.await.unwrap();
    for name in ["b1", "b2", "b3"] {
        add(service, &world, organization, name).await.unwrap();
    }
    let refused = add(service, &world, organization, "b4").await;
    assert!(refused.unwrap_err().to_string().starts_with("Team includes 3 members"));
}
