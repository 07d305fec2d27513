//! Making a failure small: leaving out operations, in large pieces first and then one by one (delta debugging, Zeller and
//! Hildebrandt 2002), and then plainer ones for those that stay, as long as something is still wrong.

use crate::lies::Lie;
use crate::operation::{Act, Fate, Journey, Operation};
use crate::play::{self, Failure};

/// So many lists are tried at most.
const TRIES_MAX: usize = 20_000;

struct Shrinker {
    seed: u64,
    lie: Option<Lie>,
    /// What goes wrong: something else that does is another story.
    what: String,
    tries: usize,
}

/// The first words of what is wrong, without its figures.
fn kind(why: &str) -> String {
    let end = why.find([':', '{', '[', '(']).unwrap_or(why.len());
    why[..end].chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// A short list of operations that still goes wrong, and how.
pub(crate) fn shrink(seed: u64, failure: Failure, lie: Option<Lie>) -> (Vec<Operation>, String) {
    let what = kind(&failure.why);
    let mut shrinker = Shrinker {
        seed,
        lie,
        what,
        tries: 0,
    };
    let mut shortest = failure.operations;
    loop {
        let before = shortest.clone();
        shortest = shrinker.leave_out(shortest);
        shortest = shrinker.plainer(shortest);
        if shortest == before {
            break;
        }
    }
    let why = play::list(seed, &shortest, lie).err();
    (shortest, why.unwrap_or_else(|| "it is not repeatable".to_owned()))
}

impl Shrinker {
    fn fails(&mut self, operations: &[Operation]) -> bool {
        self.tries += 1;
        let wrong = play::list(self.seed, operations, self.lie).err();
        self.tries < TRIES_MAX && wrong.is_some_and(|why| kind(&why) == self.what)
    }

    fn leave_out(&mut self, mut operations: Vec<Operation>) -> Vec<Operation> {
        let mut size = operations.len().div_ceil(2).max(1);
        loop {
            let mut from = operations.len();
            let mut shorter = false;
            // From the end: what came last depends on most.
            while from > 0 {
                let start = from.saturating_sub(size);
                let mut rest = operations.clone();
                let time: i64 = rest.drain(start..from).map(|gone| gone.pass).sum();
                // The time of what is left out passes all the same, or not at all.
                let mut later = rest.clone();
                if let Some(next) = later.get_mut(start) {
                    next.pass += time;
                }
                if self.fails(&rest) {
                    operations = rest;
                    shorter = true;
                } else if self.fails(&later) {
                    operations = later;
                    shorter = true;
                }
                from = start;
            }
            if size == 1 && !shorter {
                return operations;
            }
            size = (size / 2).max(1);
        }
    }

    fn plainer(&mut self, mut operations: Vec<Operation>) -> Vec<Operation> {
        for place in 0..operations.len() {
            for plain in plainer(&operations[place]) {
                let mut tried = operations.clone();
                tried[place] = plain;
                if self.fails(&tried) {
                    operations = tried;
                }
            }
        }
        operations
    }
}

/// The same without passing time, mishaps or other processes.
fn plainer(operation: &Operation) -> Vec<Operation> {
    let mut plainer = Vec::new();
    let mut with = |changed: Operation| {
        if changed != *operation {
            plainer.push(changed);
        }
    };
    let mut now = operation.clone();
    now.pass = 0;
    with(now);
    let mut smooth = operation.clone();
    match &mut smooth.act {
        Act::Send { journey, .. } | Act::Retry { journey, .. } => *journey = Journey::Direct,
        Act::Commit { fate, .. } => *fate = Fate::Done,
        _ => {}
    }
    with(smooth);
    let mut alone = operation.clone();
    match &mut alone.act {
        Act::Send { process, .. }
        | Act::Retry { process, .. }
        | Act::Reuse { process, .. }
        | Act::Begin { process }
        | Act::Commit { process, .. } => *process = 0,
        _ => {}
    }
    with(alone);
    plainer
}
