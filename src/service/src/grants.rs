//! Grants: the vendor adds and voids them; everybody who may read sees what became of them.

use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::key::Key;
use drawdown_domain::{Credits, Money, Timestamp};

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::metering::Idempotency;
use crate::moment::Moment;
use crate::service::Service;

/// `POST /v1/customers/{key}/grants`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantInput {
    /// Where the credits come from.
    pub kind: GrantKind,
    /// How many; above zero.
    pub credits: Credits,
    /// Lower burns first; 100 where absent.
    pub priority: Option<i32>,
    /// From when it may be burned; now, where absent.
    pub effective_at: Option<Timestamp>,
    /// Until when (exclusive); never, where absent.
    pub expires_at: Option<Timestamp>,
    /// What was paid for it.
    pub paid: Option<Money>,
    /// The use cases it may pay for; all where absent.
    pub scope: Option<Vec<Key>>,
    /// Why it is given, for people.
    pub note: Option<String>,
}

/// A grant, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantView {
    /// Its identifier.
    pub id: GrantId,
    /// Where it comes from.
    pub kind: GrantKind,
    /// The same in words: `Top-up`, `Monthly allotment`.
    pub source: String,
    /// Whether it may be burned.
    pub state: GrantState,
    /// The credits granted.
    pub amount: Credits,
    /// Unspent and unreserved.
    pub remaining: Credits,
    /// Reserved.
    pub held: Credits,
    /// Spent.
    pub burned: Credits,
    /// Unspent at expiry.
    pub expired: Credits,
    /// Unspent when voided.
    pub voided: Credits,
    /// Lower burns first.
    pub priority: i32,
    /// From when.
    pub effective: Moment,
    /// Until when.
    pub expires: Option<Moment>,
    /// What was paid for it.
    pub paid: Option<Money>,
    /// The use cases it may pay for: key and name; `None` for all.
    pub scope: Option<Vec<(Key, String)>>,
    /// When it was made.
    pub created: Moment,
    /// Why it was given.
    pub note: Option<String>,
    /// Its place in the burn order now, from 1; `None` where it cannot be burned now.
    pub burn_position: Option<u32>,
}

impl Service {
    /// Adds a grant, active at once.
    pub async fn add_grant(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: GrantInput,
        idempotency: Option<Idempotency>,
    ) -> Result<GrantView, ServiceError> {
        let _ = (actor, organization, input, idempotency);
        Err(Self::unfinished())
    }

    /// All grants, the newest first.
    pub async fn grants(&self, actor: &Actor, organization: OrganizationId) -> Result<Vec<GrantView>, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }

    /// Voids what is unspent of a grant.
    pub async fn void_grant(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        grant: GrantId,
        reason: String,
        idempotency: Option<Idempotency>,
    ) -> Result<GrantView, ServiceError> {
        let _ = (actor, organization, grant, reason, idempotency);
        Err(Self::unfinished())
    }
}
