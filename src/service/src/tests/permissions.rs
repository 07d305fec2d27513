//! The permission table, written out cell by cell: what is not here is refused. A new action, scope or role without a
//! cell does not compile or does not pass.

use std::sync::Arc;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;
use uuid::Uuid;

use super::world::{api_key, member, staff};
use crate::actor::{Action, Actor, KeyScope};
use crate::error::ServiceError;
use crate::staff::Reach;

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

/// The cells of an action in a customer of one's own. Keys: admin, metering, read. Members: owner, billing, viewer.
/// Staff: account manager, catalogue editor, finance, administrator. `x` is allowed.
#[expect(clippy::match_same_arms, reason = "a table has one row for each action")]
const fn cells(action: Action) -> &'static str {
    match action {
        Action::Read => "xxx|xxx|x-xx",
        Action::ReadPayments => "x--|xx-|x-xx",
        Action::Meter => "xx-|---|----",
        Action::Quote => "xxx|---|----",
        Action::ReadPortfolio => "x--|---|x-xx",
        Action::ManageCustomers => "x--|---|---x",
        Action::ManageContracts => "x--|---|x--x",
        Action::SuspendCustomers => "x--|---|x--x",
        Action::ManageNotes => "x--|---|x-xx",
        Action::ManageGrants => "x--|---|x-xx",
        Action::AdjustAboveLimit => "x--|---|--xx",
        Action::SetVendorLimits => "x--|---|x--x",
        Action::SetCustomerLimits => "x--|xx-|----",
        Action::TopUp => "---|xx-|----",
        Action::ManageKeys => "x--|---|---x",
        Action::ReadCatalogue => "x--|---|xx-x",
        Action::ManageCatalogue => "x--|---|-x-x",
        Action::ManageStaff => "---|---|---x",
        Action::ReadAudit => "x--|x--|x-xx",
        Action::UseAdminApi => "x--|---|----",
        Action::Maintain => "---|---|----",
    }
}

#[test]
fn each_cell_is_as_it_is_written() {
    let keys = KeyScope::ALL.map(|scope| {
        let place = match scope {
            KeyScope::Admin => 0,
            KeyScope::Metering => 1,
            KeyScope::Read => 2,
        };
        (place, api_key(scope))
    });
    let members = [Role::Owner, Role::Billing, Role::Viewer].map(|role| {
        let place = match role {
            Role::Owner => 4,
            Role::Billing => 5,
            Role::Viewer => 6,
        };
        (place, member(own(), role))
    });
    let roles = StaffRole::ALL.map(|role| {
        let place = match role {
            StaffRole::AccountManager => 8,
            StaffRole::CatalogueEditor => 9,
            StaffRole::Finance => 10,
            StaffRole::Administrator => 11,
        };
        (place, staff(&[role], Reach::Own(Arc::new([own()].into()))))
    });
    for action in Action::ALL {
        for (place, actor) in keys.iter().chain(&members).chain(&roles) {
            let written = cells(action).as_bytes()[*place] == b'x';
            assert_eq!(actor.may(action, Some(own())), written, "{action:?} by {actor:?}");
        }
        assert!(Actor::System("tests").may(action, None), "{action:?}");
    }
    let mut names: Vec<String> = Action::ALL.iter().map(|action| format!("{action:?}")).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.len(),
        Action::ALL.len(),
        "an action is listed twice, so that another is not tested"
    );
}

#[test]
fn members_act_within_their_organization() {
    for role in [Role::Owner, Role::Billing, Role::Viewer] {
        let actor = member(own(), role);
        assert_eq!(allowed(&actor, Some(other())), []);
        assert_eq!(allowed(&actor, None), []);
    }
}

#[test]
fn an_account_manager_acts_for_the_customers_in_its_hands() {
    let actor = staff(&[StaffRole::AccountManager], Reach::Own(Arc::new([own()].into())));
    assert_eq!(allowed(&actor, Some(other())), []);
    let everywhere = [Action::ReadPortfolio, Action::ReadCatalogue, Action::ReadAudit];
    assert_eq!(allowed(&actor, None), everywhere);
    let told = |organization| actor.authorise(Action::Read, Some(organization)).unwrap_err();
    assert!(matches!(told(other()), ServiceError::NotFound("customer")));
    let refused = actor.authorise(Action::ManageStaff, Some(own())).unwrap_err();
    assert!(matches!(refused, ServiceError::Forbidden(_)), "{refused:?}");
    let all = staff(&[StaffRole::AccountManager], Reach::All);
    assert_eq!(allowed(&all, Some(other())), allowed(&actor, Some(own())));
}

#[test]
fn roles_add_up() {
    let reach = Reach::Own(Arc::new([own()].into()));
    let both = staff(&[StaffRole::AccountManager, StaffRole::Finance], reach);
    assert!(both.may(Action::AdjustAboveLimit, Some(other())) && both.may(Action::SuspendCustomers, Some(own())));
    assert!(!both.may(Action::SuspendCustomers, Some(other())) && !both.may(Action::ManageStaff, None));
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
