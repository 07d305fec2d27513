//! The end of a contract is the one that is agreed by then, whatever is agreed for later.

use drawdown_domain::contract::{ContractTerms, Overrides, Renewal, Spread};
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_domain::plan::{Interval, PlanKind, PlanTerms};
use drawdown_domain::{Currency, Money, Timestamp};
use drawdown_store::Published;
use rust_decimal::Decimal;

use super::world::{START, World, key};
use crate::ServiceError;

const DAY: i64 = 86_400;

/// 1,200 for a year, released and paid month by month, renewed by half a year.
pub(super) async fn agreed(world: &World) -> ContractTerms {
    let terms = PlanTerms::new("Scale", PlanKind::Commitment, Currency::USD, Decimal::ONE_HUNDRED);
    let published = world
        .service
        .store()
        .publish_plan(&key("scale"), &terms, START, &[])
        .await;
    let (Published::New(version) | Published::Same(version)) = published.unwrap();
    ContractTerms {
        plan: version.id,
        overrides: Overrides::default(),
        committed: Money::new(120_000, Currency::USD),
        conversion_rate: Decimal::ONE_HUNDRED,
        starts_at: START,
        months: 12,
        release: Spread::Every(Interval::Month),
        payments: Spread::Every(Interval::Month),
        renewal: Renewal::Months(6),
        note: None,
    }
}

pub(super) async fn sign(world: &World, organization: OrganizationId, terms: &ContractTerms) -> ContractId {
    let id = world.service.new_contract_id();
    let signed = world
        .service
        .sign_contract(&world.vendor, organization, id, terms.clone());
    signed.await.unwrap();
    id
}

/// When it ends, by the calendar: `2027-03-02`.
async fn ends(world: &World, organization: OrganizationId, id: ContractId) -> Option<String> {
    let contract = world.service.contract(&world.vendor, organization, id).await.unwrap();
    contract.ends.map(|end| end.date)
}

async fn amend(world: &World, organization: OrganizationId, id: ContractId, terms: &ContractTerms, from: Timestamp) {
    let amended = world
        .service
        .amend_contract(&world.vendor, organization, id, terms.clone(), from);
    amended.await.unwrap();
}

#[tokio::test]
async fn a_renewal_that_runs_keeps_its_end_and_so_do_its_credits() {
    let world = World::sqlite().await;
    let (mut terms, organization) = (agreed(&world).await, world.customer("a", "tier", 0).await);
    let id = sign(&world, organization, &terms).await;
    world.step_seconds(400 * DAY);
    world.service.run_schedule().await.unwrap();
    terms.renewal = Renewal::None;
    let now = world.service.now();
    let preview = world
        .service
        .preview_contract(&world.vendor, organization, terms.clone(), Some((id, now)))
        .await
        .unwrap();
    assert_eq!(preview.ends.map(|end| end.date).as_deref(), Some("2027-09-02"));
    amend(&world, organization, id, &terms, now).await;
    assert_eq!(ends(&world, organization, id).await.as_deref(), Some("2027-09-02"));
    world.step_seconds(300 * DAY);
    world.service.run_schedule().await.unwrap();
    let done = world
        .service
        .store()
        .done_steps(organization, Timestamp::MAX, 100)
        .await;
    let done = done.unwrap();
    // Twelve months and six, each paid 100.
    assert_eq!(done.iter().filter(|step| step.kind == "payment").count(), 18);
    let grants = world.service.grants(&world.vendor, organization).await.unwrap();
    let ended = done.iter().find(|step| step.kind == "contract_end").unwrap().at;
    assert_eq!(grants[0].expires.as_ref().map(|moment| moment.at), Some(ended));
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn a_contract_ends_with_its_present_term_or_says_what_stands_in_the_way() {
    let world = World::sqlite().await;
    let (mut terms, organization) = (agreed(&world).await, world.customer("a", "tier", 0).await);
    let id = sign(&world, organization, &terms).await;
    terms.committed = Money::new(240_000, Currency::USD);
    // Agreed for a day within the first term: it ends with that.
    amend(&world, organization, id, &terms, START.plus_seconds(100 * DAY)).await;
    let end = || world.service.end_contract(&world.vendor, organization, id);
    end().await.unwrap();
    assert_eq!(ends(&world, organization, id).await.as_deref(), Some("2027-03-02"));
    // Renewed after all, and amended for a day in the next term: that keeps the present one from being the last.
    amend(&world, organization, id, &terms, START.plus_seconds(101 * DAY)).await;
    terms.renewal = Renewal::None;
    amend(&world, organization, id, &terms, START.plus_seconds(400 * DAY)).await;
    let refused = end().await.unwrap_err();
    assert!(
        matches!(
            &refused,
            ServiceError::Conflict {
                code: "amendment_waits",
                ..
            }
        ),
        "{refused:?}"
    );
    let words = "the present term ends on Tue 2 Mar 2027, 00:00 UTC, and version 5 is agreed from Tue 6 Apr 2027";
    assert!(refused.to_string().starts_with(words), "{refused}");
    assert_eq!(ends(&world, organization, id).await.as_deref(), Some("2027-09-02"));
    world.step_seconds(401 * DAY);
    world.service.run_schedule().await.unwrap();
    end().await.unwrap();
    assert_eq!(ends(&world, organization, id).await.as_deref(), Some("2027-09-02"));
}
