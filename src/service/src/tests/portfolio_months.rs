//! The portfolio by month, by figures worked out by hand, on both engines.

use std::sync::Arc;

use drawdown_domain::contract::{ContractTerms, Overrides, Part, Renewal, Spread};
use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use drawdown_domain::plan::{Interval, PlanKind, PlanTerms};
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Money};
use drawdown_store::Published;
use rust_decimal::Decimal;

use super::world::{START, World, given, key, member, staff, whole};
use crate::actor::Actor;
use crate::grants::GrantInput;
use crate::portfolio::{PortfolioMonth, PortfolioMonths};
use crate::staff::Reach;

const DAY: i64 = 86_400;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// 3 000 credits for 100 dollars, for 44 days: the product says that they were paid for.
async fn paid(world: &World, id: OrganizationId) {
    let grant = GrantInput {
        expires_at: Some(world.service.now().plus_seconds(44 * DAY)),
        paid: Some(usd(10_000)),
        ..given(GrantKind::Purchase, 3_000)
    };
    world.service.add_grant(&world.vendor, id, grant, None).await.unwrap();
}

async fn kept(world: &World, actor: &Actor) -> PortfolioMonths {
    world.step_seconds(301);
    world.service.refresh_portfolio_months().await.unwrap();
    assert_eq!(
        world.service.refresh_portfolio_months().await.unwrap(),
        0,
        "twice is once"
    );
    world.service.portfolio_months(actor, None).await.unwrap()
}

/// Burned, earned, received, broken and its worth, deferred.
fn figures(month: &PortfolioMonth) -> (String, i64, i64, String, i64, i64) {
    let PortfolioMonth {
        burned,
        earned,
        received,
        broken,
        broken_worth,
        deferred,
        ..
    } = month;
    let minor = (earned.minor, received.minor, broken_worth.minor, deferred.minor);
    (
        burned.to_string(),
        minor.0,
        minor.1,
        broken.to_string(),
        minor.2,
        minor.3,
    )
}

#[tokio::test]
async fn a_purchase_is_earned_as_it_burns_and_ends() {
    for world in World::all().await {
        let id = world.customer("acme", "tier", 0).await;
        world.customer("other", "tier", 70).await;
        paid(&world, id).await;
        world.step_seconds(20 * DAY - 301);
        world.burn("acme", 250).await;
        let view = kept(&world, &world.vendor).await;
        let march = view.this().unwrap();
        assert_eq!((march.key.as_str(), march.name.as_str()), ("2026-03", "Mar 2026"));
        // A third is burned: 33.33 of 100.
        assert_eq!(
            figures(march),
            ("1000".to_owned(), 3_333, 10_000, "0".to_owned(), 0, 6_667)
        );
        // 1 000 in 20 days: 1 200 in the 24 days that are left, so 800 of the 2 000 that are left go unburned.
        assert_eq!((view.expected, view.expected_worth), (whole(800), usd(2_667)));
        let april = view.months.last().unwrap();
        assert_eq!(
            (april.key.as_str(), april.is_to_come, april.expected),
            ("2026-04", true, whole(800))
        );

        world.step_seconds(15 * DAY);
        world.burn("acme", 125).await;
        world.step_seconds(10 * DAY);
        world.service.sweep().await.unwrap();
        let view = kept(&world, &world.vendor).await;
        let [march, april] = view.months.as_slice() else {
            panic!("{:?}", view.months)
        };
        assert_eq!(
            figures(march),
            ("1000".to_owned(), 3_333, 10_000, "0".to_owned(), 0, 6_667)
        );
        assert_eq!(
            figures(april),
            ("500".to_owned(), 1_667, 0, "1500".to_owned(), 5_000, 0)
        );
        assert_eq!(view.expected, whole(0));
        let csv = world.service.portfolio_months_csv(&world.vendor).await.unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[1], "2026-03,USD,0.00,1000,33.33,100.00,0.00,0,0.00,66.67,0,0.00");
        assert_eq!(lines[2], "2026-04,USD,0.00,500,16.67,0.00,0.00,1500,50.00,0.00,0,0.00");
    }
}

#[tokio::test]
async fn whoever_looks_sees_the_sums_of_its_own_customers() {
    for world in World::all().await {
        let (own, other) = (
            world.customer("own", "tier", 0).await,
            world.customer("other", "tier", 0).await,
        );
        paid(&world, own).await;
        paid(&world, other).await;
        world.burn("other", 250).await;
        let all = kept(&world, &world.vendor).await;
        assert_eq!(
            figures(all.this().unwrap()),
            ("1000".to_owned(), 3_333, 20_000, "0".to_owned(), 0, 16_667)
        );
        let manager = staff(&[StaffRole::AccountManager], Reach::Own(Arc::new([own].into())));
        let hers = world.service.portfolio_months(&manager, None).await.unwrap();
        assert_eq!(
            figures(hers.this().unwrap()),
            ("0".to_owned(), 0, 10_000, "0".to_owned(), 0, 10_000)
        );
        for actor in [
            staff(&[StaffRole::CatalogueEditor], Reach::All),
            member(own, Role::Owner),
        ] {
            let refused = world.service.portfolio_months(&actor, None).await;
            assert_eq!(refused.unwrap_err().code(), "forbidden");
            let refused = world.service.portfolio_months_csv(&actor).await;
            assert_eq!(refused.unwrap_err().code(), "forbidden");
        }
    }
}

/// 1 200 000 a year, paid half-yearly, a tenth of it released at once.
async fn sign(world: &World, id: OrganizationId) {
    let terms = PlanTerms::new("Scale", PlanKind::Commitment, Currency::USD, Decimal::from(78));
    let store = world.service.store();
    let published = store.publish_plan(&key("scale"), &terms, START, &[]).await;
    let (Published::New(version) | Published::Same(version)) = published.unwrap();
    let part = |month, percent: i64| Part {
        month,
        percent: Decimal::from(percent),
    };
    let terms = ContractTerms {
        plan: version.id,
        overrides: Overrides::default(),
        committed: usd(120_000_000),
        conversion_rate: Decimal::ONE_HUNDRED,
        starts_at: START.plus_seconds(10 * DAY),
        months: 12,
        release: Spread::Table(vec![part(0, 10), part(3, 20), part(6, 30), part(9, 40)]),
        payments: Spread::Every(Interval::HalfYear),
        renewal: Renewal::None,
        note: None,
    };
    let contract = world.service.new_contract_id();
    world
        .service
        .sign_contract(&world.vendor, id, contract, terms)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_commitment_is_committed_falls_due_and_is_deferred() {
    for world in World::all().await {
        let id = world.customer("acme", "tier", 0).await;
        sign(&world, id).await;
        let before = kept(&world, &world.vendor).await;
        assert_eq!(before.this().unwrap().committed, usd(0), "it has not begun");
        world.step_seconds(11 * DAY);
        world.service.run_schedule().await.unwrap();
        let view = kept(&world, &world.vendor).await;
        let march = view.this().unwrap();
        assert_eq!(march.committed, usd(120_000_000));
        assert_eq!((march.received, march.fell_due), (usd(60_000_000), usd(60_000_000)));
        assert_eq!(march.deferred, usd(12_000_000), "a tenth is released");

        world.step_seconds(366 * DAY);
        world.service.run_schedule().await.unwrap();
        world.service.sweep().await.unwrap();
        let view = kept(&world, &world.vendor).await;
        let last = view.this().unwrap();
        assert_eq!(
            (last.committed, last.deferred),
            (usd(0), usd(0)),
            "it is over, and nothing was burned"
        );
        let sum = |of: fn(&PortfolioMonth) -> Money| view.months.iter().map(|month| of(month).minor).sum::<i64>();
        assert_eq!(sum(|month| month.broken_worth), 120_000_000);
        // The first half is a year ago by now, and is no longer shown.
        assert_eq!(sum(|month| month.fell_due), 60_000_000);
        assert_eq!(view.past().len(), 12);
    }
}
