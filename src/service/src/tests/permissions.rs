//! The permission table, written out: what is not here is refused.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use uuid::Uuid;

use super::world::{api_key, member};
use crate::actor::{Action, Actor, KeyScope};

fn own() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(1))
}

fn other() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(2))
}

fn allowed(actor: &Actor, organization: Option<OrganizationId>) -> Vec<Action> {
    let may = |action: &Action| actor.may(*action, organization);
    Action::ALL.into_iter().filter(may).collect()
}

#[test]
fn members_act_within_their_organization_by_role() {
    let viewer = member(own(), Role::Viewer);
    assert_eq!(allowed(&viewer, Some(own())), [Action::Read]);
    let billing = member(own(), Role::Billing);
    let money = [
        Action::Read,
        Action::ReadPayments,
        Action::SetCustomerLimits,
        Action::TopUp,
    ];
    assert_eq!(allowed(&billing, Some(own())), money);
    let owner = member(own(), Role::Owner);
    let all = [money.as_slice(), &[Action::ReadAudit]].concat();
    assert_eq!(allowed(&owner, Some(own())), all);
    for actor in [viewer, billing, owner] {
        assert_eq!(allowed(&actor, Some(other())), []);
        assert_eq!(allowed(&actor, None), []);
    }
}

#[test]
fn keys_act_by_scope() {
    let organization = Some(own());
    let read = allowed(&api_key(KeyScope::Read), organization);
    assert_eq!(read, [Action::Read, Action::Quote]);
    let metering = allowed(&api_key(KeyScope::Metering), organization);
    assert_eq!(metering, [Action::Read, Action::Meter, Action::Quote]);
    let admin = allowed(&api_key(KeyScope::Admin), organization);
    let refused: Vec<Action> = Action::ALL
        .into_iter()
        .filter(|action| !admin.contains(action))
        .collect();
    assert_eq!(refused, [Action::TopUp, Action::Maintain]);
}

#[test]
fn a_customers_key_speaks_for_that_customer_only() {
    let Actor::ApiKey { id, name, .. } = api_key(KeyScope::Admin) else {
        panic!("a key");
    };
    let actor = Actor::ApiKey {
        id,
        name,
        organization: Some(own()),
        scope: KeyScope::Metering,
    };
    assert_eq!(
        allowed(&actor, Some(own())),
        [Action::Read, Action::Meter, Action::Quote]
    );
    assert_eq!(allowed(&actor, Some(other())), []);
    assert_eq!(allowed(&actor, None), []);
}
