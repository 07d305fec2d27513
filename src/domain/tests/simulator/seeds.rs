//! Many seeds on several threads, with a word about progress, and the whole story of the first one that goes wrong.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use crate::play::{self, Failure};
use crate::shrink::shrink;

/// How many seeds to play, from which on, of how many operations, on how many threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) first: u64,
    pub(crate) seeds: u64,
    pub(crate) operations: usize,
    pub(crate) threads: usize,
}

/// The default of the test suite.
const SUITE: Order = Order {
    first: 0,
    seeds: 2_000,
    operations: 1_000,
    threads: 0,
};

impl Order {
    /// What the environment asks for, and the suite's own order where it says nothing.
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
        let size = |name: &str| number(name).and_then(|number| usize::try_from(number).ok());
        let threads = size("DRAWDOWN_SIMULATE_THREADS").unwrap_or(SUITE.threads);
        Self {
            first: number("DRAWDOWN_SIMULATE_FIRST_SEED").unwrap_or(SUITE.first),
            seeds: number("DRAWDOWN_SIMULATE_SEEDS").unwrap_or(SUITE.seeds),
            operations: size("DRAWDOWN_SIMULATE_OPERATIONS").unwrap_or(SUITE.operations),
            threads: if threads == 0 {
                std::thread::available_parallelism().map_or(1, usize::from)
            } else {
                threads
            },
        }
    }

    /// Plays all seeds. Gives the story of the first failure that is found.
    pub(crate) fn play(self) -> Result<(), String> {
        let began = Instant::now();
        let (next, decisions, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let failed: Mutex<Option<(u64, Failure)>> = Mutex::new(None);
        let (ended, ends) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                let ended = ended.clone();
                let (next, decisions, stop, failed) = (&next, &decisions, &stop, &failed);
                scope.spawn(move || {
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        if place >= self.seeds || stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let seed = self.first + place;
                        match play::seed(seed, self.operations, None) {
                            Ok(played) => {
                                decisions.fetch_add(played.decisions, Ordering::Relaxed);
                                let _ = ended.send(());
                            }
                            Err(failure) => {
                                stop.store(true, Ordering::Relaxed);
                                failed.lock().unwrap().get_or_insert((seed, failure));
                            }
                        }
                    }
                });
            }
            drop(ended);
            self.follow(began, &ends);
        });
        if let Some((seed, failure)) = failed.into_inner().unwrap() {
            return Err(self.story(seed, failure));
        }
        self.sum_up(began, decisions.into_inner());
        Ok(())
    }

    /// Says now and then how far it is.
    fn follow(self, began: Instant, ends: &mpsc::Receiver<()>) {
        let (mut done, mut said) = (0_u64, Instant::now());
        while ends.recv().is_ok() {
            done += 1;
            if said.elapsed() >= Duration::from_secs(5) {
                said = Instant::now();
                let rate = u128::from(done) * self.operations as u128 * 1_000 / began.elapsed().as_millis().max(1);
                eprintln!("{done} of {} seeds, {rate} operations a second", self.seeds);
            }
        }
    }

    fn sum_up(self, began: Instant, decisions: u64) {
        let millis = began.elapsed().as_millis().max(1);
        let operations = u128::from(self.seeds) * self.operations as u128;
        eprintln!(
            "{} seeds of {} operations, {decisions} decisions, nothing wrong: {}.{:03} s on {} threads, {} operations a second",
            self.seeds,
            self.operations,
            millis / 1_000,
            millis % 1_000,
            self.threads,
            operations * 1_000 / millis,
        );
    }

    fn story(self, seed: u64, failure: Failure) -> String {
        let steps = failure.operations.len();
        let mut story = format!("seed {seed} goes wrong at operation {steps}: {}\n\n", failure.why);
        let (shortest, why) = shrink(seed, failure, None);
        let _ = write!(story, "and so do these {} alone: {why}\n\n", shortest.len());
        for operation in &shortest {
            let _ = writeln!(story, "  {operation}");
        }
        let _ = write!(
            story,
            "\nagain: cargo xtask simulate --seed {seed} --operations {}\n",
            self.operations
        );
        story
    }
}
