//! Crash tests: eight writers ask for grants, runs, captures, releases and usage, and repeat themselves; in their midst a
//! server or PostgreSQL is killed, at an instant that the seed chooses or exactly between a commit and its answer. Then
//! every acknowledged answer is compared with the database, what was not acknowledged is asked again with the same
//! key, everything is asked once more, and `verify` goes over the books.
//!
//! A few cycles run in every test run; `cargo xtask crash --cycles N` runs more of them, measures how soon servers are
//! ready again, and prints the sums; `DRAWDOWN_CRASH_LOG=warn` shows what the servers log.

mod asks;
mod compare;
mod cycle;
mod facts;
mod faults;
mod scene;
mod traffic;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use cycle::{Report, cycle};
pub(crate) use facts::{Database, rows};
use faults::Fault;
pub(crate) use scene::Scene;

/// Ready after so long at most, once the database is.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// Cycles on one installation, before a new one is made.
const CYCLES_A_SCENE: usize = 10;

/// A setting of `cargo xtask crash`.
fn setting(name: &str) -> Option<String> {
    std::env::var(format!("DRAWDOWN_CRASH_{name}")).ok()
}

/// The seed that is set, or one by the clock; printed, so that a failure can be repeated.
pub(crate) fn seed() -> u64 {
    let set = setting("SEED").map(|seed| seed.parse().unwrap());
    let seed = set.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(since.subsec_nanos()) ^ since.as_secs()
    });
    eprintln!("seed {seed} (DRAWDOWN_CRASH_SEED={seed} repeats it)");
    seed
}

async fn suffer(scene: &mut Scene, faults: &[Fault]) {
    let mut random = StdRng::seed_from_u64(seed());
    for (number, fault) in faults.iter().enumerate() {
        cycle(scene, number, *fault, random.random()).await.assert_clean();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_or_doubled_on_sqlite() {
    let faults = [Fault::KillServerBeforeItsAnswers, Fault::KillServer, Fault::StopServer];
    suffer(&mut Scene::sqlite().await, &faults).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_or_doubled_on_postgresql_with_three_servers() {
    let Some(mut scene) = Scene::postgres(3).await else {
        return;
    };
    let faults = [
        Fault::KillServerBeforeItsAnswers,
        Fault::KillPostgresAfterCommit,
        Fault::KillPostgresBeforeCommit,
        Fault::KillPostgresBeforeItsAnswers,
        Fault::PauseServer,
    ];
    suffer(&mut scene, &faults).await;
}

/// The one kind that is asked for by its name, or all.
fn chosen(faults: &[Fault]) -> Vec<Fault> {
    let Some(name) = setting("FAULT") else {
        return faults.to_vec();
    };
    let one = faults.iter().find(|fault| format!("{fault:?}") == name);
    vec![*one.unwrap_or_else(|| panic!("no mishap on this database is named {name}: there are {faults:?}"))]
}

/// No test of the suite: `cargo xtask crash` runs it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "run by cargo xtask crash"]
async fn cycles() {
    let count: usize = setting("CYCLES").map_or(10, |cycles| cycles.parse().unwrap());
    let engine = setting("ENGINE").unwrap_or_else(|| "both".to_owned());
    let mut random = StdRng::seed_from_u64(seed());
    let mut sum = Report::default();
    let (sqlite, postgres) = match engine.as_str() {
        "sqlite" => (count, 0),
        "postgres" => (0, count),
        _ => (count / 3, count - count / 3),
    };
    for first in (0..sqlite).step_by(CYCLES_A_SCENE) {
        let mut scene = Scene::sqlite().await;
        let numbers = first..sqlite.min(first + CYCLES_A_SCENE);
        several(&mut scene, "sqlite", numbers, &Fault::ON_SQLITE, &mut random, &mut sum).await;
    }
    for first in (0..postgres).step_by(CYCLES_A_SCENE) {
        let choice = if random.random_ratio(1, 2) { 1 } else { 3 };
        let servers = setting("SERVERS").map_or(choice, |servers| servers.parse().unwrap());
        let Some(mut scene) = Scene::postgres(servers).await else {
            break;
        };
        let numbers = first..postgres.min(first + CYCLES_A_SCENE);
        let engine = format!("postgres, {servers} servers");
        several(&mut scene, &engine, numbers, &Fault::ON_POSTGRES, &mut random, &mut sum).await;
    }
    eprintln!("{sum}");
    sum.assert_clean();
    let late = sum.ready.iter().filter(|took| **took > READY_WITHIN).count();
    assert_eq!(
        late, 0,
        "times that a server was ready later than {READY_WITHIN:?} after its database"
    );
}

async fn several(
    scene: &mut Scene,
    engine: &str,
    numbers: std::ops::Range<usize>,
    faults: &[Fault],
    random: &mut StdRng,
    sum: &mut Report,
) {
    let faults = chosen(faults);
    for number in numbers {
        // Each kind in turn, so that a run of a few cycles knows them all.
        let fault = faults[number % faults.len()];
        let report = cycle(scene, number, fault, random.random()).await;
        eprintln!("cycle {number} on {engine}, {fault:?}: {report}");
        if let Some(faults) = report.faults() {
            eprintln!("{faults}");
        }
        sum.add(report);
    }
}
