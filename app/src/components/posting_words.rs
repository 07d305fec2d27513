//! How grants and ledger accounts are called where postings are shown.

use drawdown_domain::id::GrantId;
use drawdown_domain::posting::LedgerAccount;

/// What tells one grant from another at a glance: the last six digits of its identifier.
pub fn short_grant(id: GrantId) -> String {
    let whole = id.to_string();
    whole[whole.len() - 6..].to_owned()
}

/// An account of the ledger in a word.
pub const fn account_word(account: LedgerAccount) -> &'static str {
    match account {
        LedgerAccount::Issued => "issued",
        LedgerAccount::Available => "available",
        LedgerAccount::Held => "held",
        LedgerAccount::Burned => "burned",
        LedgerAccount::Expired => "expired",
        LedgerAccount::Voided => "voided",
        LedgerAccount::Owed => "owed",
        LedgerAccount::Forgiven => "forgiven",
    }
}

/// The first digits of a hash: enough to compare by eye.
pub fn short_hash(hash: &str) -> String {
    hash.get(..10).unwrap_or(hash).to_owned()
}
