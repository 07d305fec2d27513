//! What a batch has changed so far.

/// What changed since the account was loaded or last handed out its changes.
#[derive(Clone, Debug, Default)]
pub struct Journal {}
