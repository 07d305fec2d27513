//! What the ledger can be asked: every movement of credits and every change of what limits them.
//!
//! Requests are plain data with identifiers made beforehand, so that deciding one is deterministic and a stored hash of
//! it tells a retry from a reused idempotency key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::grant::Grant;
use crate::hold::Run;
use crate::id::{GrantId, HoldId, PlanVersionId, UsageEventId};
use crate::key::Key;
use crate::limit::{Cap, LimitOwner, Throttle};
use crate::organization::OrganizationStatus;
use crate::quantity::Quantity;
use crate::timestamp::Timestamp;
use crate::usage::NewEvent;

/// The longest life of a hold, in seconds: one day.
pub const HOLD_TTL_SECONDS_MAX: u32 = 86_400;
/// The life of a hold where none is asked for, in seconds.
pub const HOLD_TTL_SECONDS_DEFAULT: u32 = 600;
/// The most usage events of one organization in one request.
pub const EVENTS_MAX: usize = 1_000;
/// How far ahead of the server's clock an event may lie, in seconds.
pub const FUTURE_SECONDS_MAX: i64 = 300;

/// May a run start? Reserves credits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorize {
    /// The identifier of the hold, if it comes to one.
    pub hold: HoldId,
    /// The run, with the mode that is asked for.
    pub run: Run,
    /// What it is expected to use.
    pub quantities: BTreeMap<Key, Quantity>,
    /// How long the hold lives, in seconds; 1 to [`HOLD_TTL_SECONDS_MAX`].
    pub ttl_seconds: u32,
    /// Only tell: nothing is reserved, nothing counted.
    pub dry_run: bool,
}

/// What a run really used: ends its hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The hold.
    pub hold: HoldId,
    /// The identifier of the usage event that comes of it.
    pub event: UsageEventId,
    /// What was used; empty or all zero for a failed run that costs nothing.
    pub quantities: BTreeMap<Key, Quantity>,
    /// Why, for a capture at zero.
    pub reason: Option<String>,
}

/// A change of an organization's standing or terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationChange {
    /// Suspend or resume.
    Status(OrganizationStatus),
    /// Put on a version of a plan: its ceilings replace those of the last one.
    Plan {
        /// The version.
        version: PlanVersionId,
        /// Its ceilings, with identifiers.
        caps: Vec<Cap>,
        /// Its throttles, with identifiers.
        throttles: Vec<Throttle>,
    },
    /// Take off every plan: the vendor's limits go with it.
    NoPlan,
    /// New name, zone (IANA) or both.
    Profile {
        /// The name.
        name: String,
        /// The zone.
        time_zone: String,
    },
}

/// One request to the ledger, for one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// See [`Authorize`].
    Authorize(Authorize),
    /// See [`Capture`].
    Capture(Capture),
    /// End a hold without use.
    Release {
        /// The hold.
        hold: HoldId,
        /// Why.
        reason: Option<String>,
    },
    /// Let a hold live longer: until `ttl_seconds` from now.
    Extend {
        /// The hold.
        hold: HoldId,
        /// Seconds from now; 1 to [`HOLD_TTL_SECONDS_MAX`].
        ttl_seconds: u32,
    },
    /// Usage without a hold; 1 to [`EVENTS_MAX`] events.
    Record(Vec<NewEvent>),
    /// A new grant: active, or pending until paid. Its parts are set by the ledger.
    AddGrant(Box<Grant>),
    /// The same, of a grant that was due at its own beginning: where its life is over by now, what it had is expired at
    /// once.
    AddDueGrant(Box<Grant>),
    /// Carries over what grants had left when they expired: it goes from expired to voided there, and is the amount of a
    /// new grant. Of a grant whose state is expired, what is voided was carried over.
    RollOver {
        /// The grants, in the order in which they give.
        from: Vec<GrantId>,
        /// How much at most; all where absent.
        most: Option<Credits>,
        /// The new grant. Its amount is worked out, and what was paid for it: its share of what was paid for the others.
        grant: Box<Grant>,
    },
    /// Gives unspent credits of a grant to another organization: they are voided here. The answer is the grant that the other
    /// organization is to be given in the same transaction, with their share of what was paid. Of an active grant, what is
    /// voided went this way.
    TransferOut {
        /// The grant.
        grant: GrantId,
        /// How many; at most what is unspent and not held.
        credits: Credits,
        /// The identifier of the other organization's grant.
        to: GrantId,
        /// Its sentence for people.
        note: String,
    },
    /// A pending grant was paid: its credits exist from now. Done once; again is the same answer.
    ActivateGrant {
        /// The grant.
        grant: GrantId,
    },
    /// Void what is unspent (of a pending grant: give it up).
    VoidGrant {
        /// The grant.
        grant: GrantId,
        /// Why.
        reason: String,
    },
    /// Set a cap by its name and owner; an existing one keeps its identifier and its counters where scope and window stay.
    PutCap(Box<Cap>),
    /// Remove a cap.
    DeleteCap {
        /// Its name.
        name: Key,
        /// On whose behalf: a customer cannot remove the vendor's.
        owner: LimitOwner,
    },
    /// Set a throttle by its name and owner.
    PutThrottle(Box<Throttle>),
    /// Remove a throttle.
    DeleteThrottle {
        /// Its name.
        name: Key,
        /// On whose behalf.
        owner: LimitOwner,
    },
    /// Change the organization itself.
    Organization(OrganizationChange),
    /// End what is due: expired holds and grants. Every request does this first; the job asks it of idle organizations.
    Sweep,
}

/// A request with what the writer needs around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// The instant of the decision.
    pub now: Timestamp,
    /// The request.
    pub request: Request,
}
