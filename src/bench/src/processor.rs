//! How much of the processors others used while something was measured: all busy time less that of our own processes,
//! which are the descendants of one root.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};

/// Linux shows processor time in hundredths of a second.
const US_PER_TICK: f64 = 10_000.0;

/// Processor time so far, in clock ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    total: u64,
    busy: u64,
    own: u64,
}

/// What one process used, its ended children included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    parent: u32,
    ticks: u64,
}

impl Ticks {
    /// Reads the counters.
    pub(crate) fn now(root: u32) -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("/proc/stat cannot be read")?;
        let (total, busy) = machine(&stat).context("/proc/stat begins with the sums of all processors")?;
        let own = own_ticks(&processes(), root);
        Ok(Self { total, busy, own })
    }

    /// The processor time that our own processes used from then until now, in microseconds.
    pub(crate) fn own_us_since(self, before: Self) -> f64 {
        self.own.saturating_sub(before.own) as f64 * US_PER_TICK
    }

    /// The share of all processors that others used from then until now, between 0 and 1.
    pub(crate) fn others_since(self, before: Self) -> f64 {
        let total = self.total.saturating_sub(before.total).max(1);
        let busy = self.busy.saturating_sub(before.busy);
        let own = self.own.saturating_sub(before.own);
        busy.saturating_sub(own) as f64 / total as f64
    }
}

/// All ticks and the busy ones: everything but idle and waiting for input or output; what the host stole is busy.
fn machine(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().take(8).flat_map(str::parse).collect();
    let total: u64 = ticks.iter().sum();
    Some((total, total - ticks.get(3)? - ticks.get(4)?))
}

fn processes() -> HashMap<u32, Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return HashMap::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            // A process may end while it is looked at.
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((id, process(&stat)?))
        })
        .collect()
}

/// Reads `/proc/ID/stat`; the name in its second field may hold anything but ends with the last parenthesis.
fn process(stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    // After the name: state, parent, …; user and system time are the 14th and 15th field of all, their ended
    // children's the two behind.
    let ticks = (11..15).filter_map(number).sum();
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        ticks,
    })
}

fn own_ticks(processes: &HashMap<u32, Process>, root: u32) -> u64 {
    let ours = |id: u32| {
        let mut id = id;
        // Parents are a tree; the bound is against one that changes while it is read.
        for _ in 0..64 {
            if id == root {
                return true;
            }
            match processes.get(&id) {
                Some(process) => id = process.parent,
                None => return false,
            }
        }
        false
    };
    processes
        .iter()
        .filter(|(id, _)| ours(**id))
        .map(|(_, process)| process.ticks)
        .sum()
}

/// The resident memory of a process, in bytes.
pub(crate) fn resident_bytes(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("the process has ended")?;
    resident(&status).context("VmRSS is missing")
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_waiting_are_not_busy_and_stolen_time_is() {
        let stat = "cpu  100 1 50 800 40 2 3 4 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(machine(stat), Some((1000, 160)));
        assert_eq!(machine("intr 1"), None);
    }

    #[test]
    fn a_process_counts_with_its_ended_children() {
        let stat = "12 (a) b) c) S 7 12 12 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5 6";
        assert_eq!(process(stat), Some(Process { parent: 7, ticks: 127 }));
    }

    #[test]
    fn descendants_of_the_root_are_ours() {
        let of = |parent, ticks| Process { parent, ticks };
        let processes = HashMap::from([
            (1, of(0, 1000)),
            (10, of(1, 1)),
            (11, of(10, 2)),
            (12, of(11, 4)),
            (20, of(1, 8)),
        ]);
        assert_eq!(own_ticks(&processes, 10), 7);
        assert_eq!(own_ticks(&processes, 99), 0);
    }

    #[test]
    fn resident_memory_is_in_bytes() {
        assert_eq!(resident("VmPeak:\t  9 kB\nVmRSS:\t    2048 kB\n"), Some(2_097_152));
    }

    #[test]
    fn others_are_what_is_busy_and_not_ours() {
        let before = Ticks {
            total: 0,
            busy: 0,
            own: 0,
        };
        let after = Ticks {
            total: 200,
            busy: 150,
            own: 100,
        };
        assert!((after.others_since(before) - 0.25).abs() < 1e-9);
        assert!((after.own_us_since(before) - 1e6).abs() < 1e-9);
    }
}
