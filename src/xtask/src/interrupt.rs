//! Ends what this tool started when it is interrupted: the programs that run now and the services that tests use.
//! Services are also ended by their own guards on every ordinary way out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

type Cleanup = (u64, Box<dyn FnOnce() + Send>);

static CHILDREN: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static CLEANUPS: Mutex<Vec<Cleanup>> = Mutex::new(Vec::new());
static NEXT_CLEANUP: AtomicU64 = AtomicU64::new(0);

/// Exit code of a process that an interrupt ended, as shells count it.
const INTERRUPTED: i32 = 130;

/// Makes an interrupt or a request to end do the clean-up first.
pub(crate) fn install() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("signals cannot be received")?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            end_everything();
            std::process::exit(INTERRUPTED);
        }
    });
    Ok(())
}

fn end_everything() {
    for child in lock(&CHILDREN).drain(..) {
        // With all that it started itself; it may have ended already, and then there is nobody to tell.
        let _ = std::process::Command::new("kill")
            .args(["-s", "TERM", "--", &format!("-{child}")])
            .status();
    }
    let cleanups: Vec<Cleanup> = lock(&CLEANUPS).drain(..).collect();
    for (_, cleanup) in cleanups {
        cleanup();
    }
}

/// Registers a running program, the leader of a process group of its own; dropping the answer takes it out again.
pub(crate) fn register_child(process: u32) -> RegisteredChild {
    lock(&CHILDREN).push(process);
    RegisteredChild(process)
}

/// Registers work to be done when interrupted; dropping the answer takes it out again.
pub(crate) fn register_cleanup(cleanup: impl FnOnce() + Send + 'static) -> RegisteredCleanup {
    let number = NEXT_CLEANUP.fetch_add(1, Ordering::Relaxed);
    lock(&CLEANUPS).push((number, Box::new(cleanup)));
    RegisteredCleanup(number)
}

/// A program that is ended with this tool for as long as this lives.
pub(crate) struct RegisteredChild(u32);

impl Drop for RegisteredChild {
    fn drop(&mut self) {
        lock(&CHILDREN).retain(|child| *child != self.0);
    }
}

/// Work that is done on an interrupt for as long as this lives.
pub(crate) struct RegisteredCleanup(u64);

impl Drop for RegisteredCleanup {
    fn drop(&mut self) {
        lock(&CLEANUPS).retain(|(number, _)| *number != self.0);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
