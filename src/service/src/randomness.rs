//! The one source of randomness: identifiers (UUIDv7), secrets, salts. Handed in, so that tests and the demo are the
//! same every time.

use std::sync::{Arc, Mutex, PoisonError};

use drawdown_domain::Timestamp;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use uuid::{Builder, Uuid};

/// Makes identifiers and secrets. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct Randomness(Arc<Mutex<State>>);

struct State {
    source: StdRng,
    last: u128,
}

impl std::fmt::Debug for Randomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Randomness")
    }
}

impl Randomness {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self::of(StdRng::from_os_rng())
    }

    /// The same every time. Never for a real installation: its secrets can be guessed.
    pub fn seeded(seed: u64) -> Self {
        Self::of(StdRng::seed_from_u64(seed))
    }

    fn of(source: StdRng) -> Self {
        Self(Arc::new(Mutex::new(State { source, last: 0 })))
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.state().source.fill_bytes(&mut bytes);
        bytes
    }

    /// A UUIDv7 of that instant, greater than every one made before it here.
    pub fn uuid(&self, at: Timestamp) -> Uuid {
        let mut state = self.state();
        let mut bytes = [0; 10];
        state.source.fill_bytes(&mut bytes);
        let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
        let made = Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid();
        let next = made.as_u128().max(state.last + 1);
        state.last = next;
        Uuid::from_u128(next)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String never fails.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_rise_and_repeat_by_seed() {
        let make = || {
            let random = Randomness::seeded(7);
            let at = Timestamp::from_seconds(1_700_000_000);
            (0..100).map(|_| random.uuid(at)).collect::<Vec<_>>()
        };
        let ids = make();
        assert!(ids.is_sorted());
        assert_eq!(ids, make());
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
