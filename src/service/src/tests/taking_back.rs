//! Taking a grant back while runs hold some of it.

use drawdown_domain::Quantity;
use drawdown_domain::grant::GrantKind;

use super::adjustments::{asked, people};
use super::world::{World, api_key, key, renders, whole};
use crate::actor::KeyScope;
use crate::metering::{AuthorizeInput, Quantities};

/// More than one person may take back.
const MUCH: i64 = 10_001;

#[tokio::test]
async fn what_runs_hold_is_at_stake_when_a_grant_is_taken_back() {
    for world in World::all().await {
        let customer = world.customer("a", "monthly", MUCH).await;
        let (service, people) = (&world.service, people(&world).await);
        let run = AuthorizeInput {
            customer: key("a"),
            run: renders(),
            quantities: Quantities::Single(Quantity::from(2_000_u32)),
            ttl_s: None,
            dry_run: false,
        };
        let metering = api_key(KeyScope::Metering);
        let allowed = service.authorize(&metering, run, None).await.unwrap();
        let grants = service.grants(&people.manager, customer).await.unwrap();
        let given = grants
            .iter()
            .find(|grant| grant.kind == GrantKind::Promotional)
            .unwrap();
        // The month's 500 are held first.
        assert_eq!((given.remaining, given.held), (whole(2_501), whole(7_500)));
        let why = "given by mistake".to_owned();
        let request = asked(
            service
                .take_back(&people.manager, customer, given.id, why)
                .await
                .unwrap(),
        );
        assert_eq!(request.credits, whole(MUCH));
        service
            .approve_adjustment(&people.finance, customer, request.id)
            .await
            .unwrap();
        service
            .release(&metering, allowed.hold.unwrap().id, None, None)
            .await
            .unwrap();
        let grants = service.grants(&people.manager, customer).await.unwrap();
        let taken = grants.iter().find(|grant| grant.id == given.id).unwrap();
        assert_eq!((taken.held, taken.voided), (whole(0), whole(MUCH)));
        assert_eq!(world.findings().await, [""; 0]);
    }
}
