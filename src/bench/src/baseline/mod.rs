//! What Drawdown is compared with: general databases asked in the plainest way that others use.

pub(crate) mod pgbench;
pub(crate) mod sqlite;
pub(crate) mod unnest;
