//! Playing a seed, or a list of operations, to its end or to the first thing that is wrong.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::lies::Lie;
use crate::operation::Operation;
use crate::script::Script;
use crate::world::World;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What went wrong, and everything that happened until then.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) why: String,
    pub(crate) operations: Vec<Operation>,
}

/// What a seed came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Played {
    /// Requests decided and committed.
    pub(crate) decisions: u64,
    /// The first bytes of the hash of the last posting: tells runs that are alike.
    pub(crate) mark: u64,
}

/// Plays a seed.
pub(crate) fn seed(seed: u64, operations: usize, lie: Option<Lie>) -> Result<Played, Failure> {
    let mut script = Script::new(seed);
    let mut played = Vec::with_capacity(operations);
    let result = caught(|| {
        let mut world = World::new(seed, lie);
        for _ in 0..operations {
            let operation = script.next(&world);
            played.push(operation);
            world.perform(&played[played.len() - 1])?;
        }
        end(world)
    });
    result.map_err(|why| Failure {
        why,
        operations: played,
    })
}

/// Plays operations in a seed's world.
pub(crate) fn list(seed: u64, operations: &[Operation], lie: Option<Lie>) -> Result<Played, String> {
    caught(|| {
        let mut world = World::new(seed, lie);
        for operation in operations {
            world.perform(operation)?;
        }
        end(world)
    })
}

fn end(mut world: World) -> Result<Played, String> {
    world.close()?;
    let hash = world.database.organizations[0].organization.posting_hash;
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    Ok(Played {
        decisions: world.decisions,
        mark: u64::from_be_bytes(first),
    })
}

/// What the engine asserts is caught like what the checks find, without a word on the terminal.
fn caught<T>(play: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(play));
    QUIET.set(false);
    result.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("a panic: {}", said.unwrap_or("without a word")))
    })
}
