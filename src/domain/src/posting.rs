//! Postings: the append-only, double-entry lines of the ledger, chained by hashes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::credits::Credits;
use crate::id::{GrantId, OrganizationId, UsageEventId};
use crate::timestamp::Timestamp;

/// An account of the ledger. The first six belong to a grant, the last two to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerAccount {
    /// Where the credits of a grant come from.
    Issued,
    /// Unspent and unreserved.
    Available,
    /// Reserved.
    Held,
    /// Spent.
    Burned,
    /// Unspent at expiry.
    Expired,
    /// Unspent when voided.
    Voided,
    /// Used beyond the credits, and owed: what came from here less what went back to it is owed now.
    Owed,
    /// Used beyond the credits, and forgiven.
    Forgiven,
}

impl LedgerAccount {
    /// Its number in the canonical form of a posting. Never reused.
    const fn number(self) -> u8 {
        match self {
            Self::Issued => 1,
            Self::Available => 2,
            Self::Held => 3,
            Self::Burned => 4,
            Self::Expired => 5,
            Self::Voided => 6,
            Self::Owed => 7,
            Self::Forgiven => 8,
        }
    }
}

/// SHA-256.
pub type Hash = [u8; 32];

/// One transfer, summed over a batch: `credits` went from one account to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The organization.
    pub organization: OrganizationId,
    /// 1, 2, 3… without gaps in an organization.
    pub sequence: i64,
    /// The organization's batch that made it; its usage events carry the same number.
    pub batch: i64,
    /// When.
    pub at: Timestamp,
    /// The grant; `None` for transfers between `burned`, `owed` and `forgiven` of the organization.
    pub grant: Option<GrantId>,
    /// From here.
    pub from: LedgerAccount,
    /// To here.
    pub to: LedgerAccount,
    /// How much; above zero.
    pub credits: Credits,
    /// How many usage events stand behind it.
    pub events: i64,
    /// Digest of those events (see `events_digest`); zero where there are none.
    pub events_digest: Hash,
    /// The hash of the posting before it in the organization; zero for the first.
    pub previous_hash: Hash,
    /// SHA-256 of the previous hash and everything above.
    pub hash: Hash,
}

/// The hash of a posting: SHA-256 over its canonical form, which leaves out only `hash` itself.
///
/// The form is `drawdown posting 1` and a zero byte, then, without separators and all numbers big-endian: previous hash
/// (32 bytes), organization (16), sequence (8), batch (8), instant in Unix microseconds (8), grant (16, zero for none),
/// from (1), to (1), micro-credits (8), number of events (8), digest of the events (32). An account's number is its
/// place in [`LedgerAccount`], from 1.
pub fn hash_of(posting: &Posting) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"drawdown posting 1\0");
    hasher.update(posting.previous_hash);
    hasher.update(posting.organization.uuid().as_bytes());
    hasher.update(posting.sequence.to_be_bytes());
    hasher.update(posting.batch.to_be_bytes());
    hasher.update(posting.at.micros().to_be_bytes());
    hasher.update(posting.grant.map_or([0; 16], |grant| grant.uuid().into_bytes()));
    hasher.update([posting.from.number(), posting.to.number()]);
    hasher.update(posting.credits.micros().to_be_bytes());
    hasher.update(posting.events.to_be_bytes());
    hasher.update(posting.events_digest);
    hasher.finalize().into()
}

/// The digest of the usage events behind a posting: all of its batch that charge its grant, with what they charge it;
/// for a transfer from `owed` or `forgiven` those that left something owed or forgiven, with that.
///
/// SHA-256 over `drawdown events 1` and a zero byte, then for each event, sorted by identifier, the identifier (16
/// bytes) and the micro-credits (8, big-endian). Zero where there is no event.
pub fn events_digest(events: impl IntoIterator<Item = (UsageEventId, Credits)>) -> Hash {
    let mut events: Vec<_> = events.into_iter().collect();
    if events.is_empty() {
        return [0; 32];
    }
    events.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(b"drawdown events 1\0");
    for (event, credits) in events {
        hasher.update(event.uuid().as_bytes());
        hasher.update(credits.micros().to_be_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use uuid::Uuid;

    use super::*;

    fn posting() -> Posting {
        Posting {
            organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
            sequence: 7,
            batch: 3,
            at: Timestamp::from_seconds(1_800_000_000),
            grant: Some(GrantId::from_uuid(Uuid::from_u128(2))),
            from: LedgerAccount::Held,
            to: LedgerAccount::Burned,
            credits: Credits::from_micros(1_250_000),
            events: 1,
            events_digest: [9; 32],
            previous_hash: [8; 32],
            hash: [0; 32],
        }
    }

    fn hex(hash: Hash) -> String {
        hash.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    #[test]
    fn the_canonical_form_never_changes() {
        // Computed apart from this code, by Python's hashlib and struct.
        assert_eq!(
            hex(hash_of(&posting())),
            "e3755addacc042252568cb5ff0595113e51b59b611c4f5f7066398b51034d8ff"
        );
        let event = |number, micros| {
            (
                UsageEventId::from_uuid(Uuid::from_u128(number)),
                Credits::from_micros(micros),
            )
        };
        assert_eq!(
            hex(events_digest([event(5, 10), event(4, 20)])),
            "a25744f79609c68237e3e1b7726b2971012575e902f1f46696e513a006c93394"
        );
        assert_eq!(events_digest([]), [0; 32]);
    }

    #[test]
    fn every_field_is_covered() {
        let original = hash_of(&posting());
        let changes: [fn(&mut Posting); 11] = [
            |p| p.organization = OrganizationId::from_uuid(Uuid::from_u128(3)),
            |p| p.sequence = 8,
            |p| p.batch = 4,
            |p| p.at = Timestamp::from_seconds(1),
            |p| p.grant = None,
            |p| p.from = LedgerAccount::Available,
            |p| p.to = LedgerAccount::Voided,
            |p| p.credits = Credits::from_micros(1_250_001),
            |p| p.events = 2,
            |p| p.events_digest = [0; 32],
            |p| p.previous_hash = [0; 32],
        ];
        for change in changes {
            let mut other = posting();
            change(&mut other);
            assert_ne!(hash_of(&other), original, "{other:?}");
        }
        let mut signed = posting();
        signed.hash = original;
        assert_eq!(hash_of(&signed), original);
    }
}
