//! One cycle: load, a mishap in its midst, and the reckoning.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tokio::task::JoinSet;

use super::asks::{Journal, Kind, Open, Reply};
use super::compare::{Comparison, compare};
use super::faults::Fault;
use super::scene::Scene;
use super::traffic::{Stage, TTL_S_SHORT, WRITERS, Writer, differs};
use crate::process::until;

/// Customers that the writers share.
const CUSTOMERS: usize = 3;
/// Credits that each has to begin with: more than the writers can burn.
const CREDITS: &str = "1000000";
/// Acknowledged requests that the others carry out while one server is away.
const MEANWHILE: usize = 40;

/// How many of each fault a failure shows.
const SHOWN: usize = 3;

/// What came of cycles.
#[derive(Debug, Default)]
pub(super) struct Report {
    cycles: usize,
    kills: usize,
    /// Acknowledged answers compared with the database, each before and after it was asked again.
    compared: usize,
    /// Requests that were not acknowledged: done, not done.
    done: usize,
    not_done: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    wrong: Vec<String>,
    /// From the database's readiness to the servers'.
    pub(super) ready: Vec<Duration>,
}

impl Report {
    pub(super) fn add(&mut self, other: Self) {
        self.cycles += other.cycles;
        self.kills += other.kills;
        self.compared += other.compared;
        self.done += other.done;
        self.not_done += other.not_done;
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.wrong.extend(other.wrong);
        self.ready.extend(other.ready);
    }

    fn take(&mut self, found: Comparison) {
        self.lost.extend(found.lost);
        self.doubled.extend(found.doubled);
        self.wrong.extend(found.wrong);
    }

    /// The first faults found; `None` where there are none.
    pub(super) fn faults(&self) -> Option<String> {
        let all = [&self.lost, &self.doubled, &self.wrong];
        let first: Vec<_> = all.iter().flat_map(|list| list.iter().take(SHOWN)).collect();
        (!first.is_empty()).then(|| format!("{first:#?}"))
    }

    #[track_caller]
    pub(super) fn assert_clean(&self) {
        if let Some(faults) = self.faults() {
            panic!("{self}\n{faults}");
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cycles, {} kills, {} acknowledged answers compared: {} lost, {} doubled, {} wrong; not acknowledged: {} \
             done, {} not done",
            self.cycles,
            self.kills,
            self.compared,
            self.lost.len(),
            self.doubled.len(),
            self.wrong.len(),
            self.done,
            self.not_done,
        )?;
        let mut ready = self.ready.clone();
        ready.sort();
        match (ready.get(ready.len() / 2), ready.last()) {
            (Some(median), Some(last)) => write!(f, "; ready after {median:.3?} (median), {last:.3?} (longest)"),
            _ => Ok(()),
        }
    }
}

/// Runs one.
pub(super) async fn cycle(scene: &mut Scene, number: usize, fault: Fault, seed: u64) -> Report {
    let mut random = StdRng::seed_from_u64(seed);
    let name = format!("c{number}");
    let customers = family(scene, &name).await;
    let stage = Arc::new(Stage {
        name,
        customers,
        secret: scene.secret.clone(),
        enough: AtomicBool::new(false),
        acknowledged: Default::default(),
    });
    let servers = scene.servers.len();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let url = scene.url(writer % servers);
        let task = Writer::new(stage.clone(), writer, random.random(), url).run();
        writers.spawn(async move { (writer % servers, task.await) });
    }
    let instant = random.random_range(20..150);
    until(async || stage.acknowledged(|_| true) >= instant).await;

    let victim = random.random_range(0..servers);
    let mut report = Report {
        cycles: 1,
        kills: usize::from(fault.kills()),
        ..Report::default()
    };
    let moment = fault.strike(scene, victim, &mut random).await;
    if fault == Fault::PauseServer {
        meanwhile(&stage, servers, victim, &mut random).await;
        scene.servers[victim].resume();
    } else if fault != Fault::PausePostgres {
        scene.ready(&stage.name).await;
        // A database that mends itself does not tell from outside when it was ready.
        if fault != Fault::KillBackend {
            report.ready.push(moment.elapsed());
        }
        if !fault.is_of_the_database() {
            meanwhile(&stage, servers, victim, &mut random).await;
        }
    }
    stage.enough.store(true, Ordering::SeqCst);
    let mut journal = Journal::default();
    for (server, written) in writers.join_all().await {
        // A server that is killed costs its own open requests; one that stands still costs none.
        let ended = fault.kills() || fault == Fault::StopServer;
        let may_fail = fault.is_of_the_database() || (server == victim && ended);
        if !may_fail && !written.open.is_empty() {
            report
                .wrong
                .push(format!("server {server}, not concerned: {:?}", written.open));
        }
        journal.add(written);
    }
    reckon(scene, &stage, journal, &mut report).await;
    if fault == Fault::StopServer && report.done > 0 {
        let what = format!(
            "{} requests were carried out and not answered by a server that stopped",
            report.done
        );
        report.wrong.push(what);
    }
    report
}

/// Customers of one parent, which is the first of them, each with the grant that it begins with.
async fn family(scene: &Scene, name: &str) -> Vec<(String, String)> {
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        let customer = format!("{name}-{number}");
        let grant = scene.client(0).customer(&customer, CREDITS).await;
        if number > 0 {
            let parent = json!({"parent": format!("{name}-0"), "reason": "They share credits"});
            let path = format!("/v1/admin/customers/{customer}/parent");
            scene.client(0).put(&path, &parent).await;
        }
        customers.push((customer, grant));
    }
    customers
}

/// Lets the other servers work while one is away; where there is none, lets a little time pass.
async fn meanwhile(stage: &Stage, servers: usize, victim: usize, random: &mut StdRng) {
    if servers == 1 {
        // Not a wait for anything: how long the server stands still is a choice of the seed.
        tokio::time::sleep(Duration::from_millis(random.random_range(10..300))).await;
        return;
    }
    let others = || stage.acknowledged(|writer| writer % servers != victim);
    let before = others();
    until(async || others() >= before + MEANWHILE).await;
}

/// Asks once more what was answered; gives the answers that are others than before.
async fn asked_again(http: &reqwest::Client, url: &str, secret: &str, journal: &Journal) -> Vec<String> {
    let mut tasks = JoinSet::new();
    let share = journal.answered.len().div_ceil(WRITERS).max(1);
    for asks in journal.answered.chunks(share) {
        let (http, url, secret, asks) = (http.clone(), url.to_owned(), secret.to_owned(), asks.to_vec());
        tasks.spawn(async move {
            let mut wrong = Vec::new();
            for (ask, answer) in &asks {
                match ask.send(&http, &url, &secret).await {
                    Reply::Acknowledged(again) => wrong.extend(differs(ask, answer, &again)),
                    other => wrong.push(format!("{ask:?}: answered {answer}, and then {other:?}")),
                }
            }
            wrong
        });
    }
    tasks.join_all().await.concat()
}

/// Compares what was answered with what is there; asks everything again; compares once more.
async fn reckon(scene: &Scene, stage: &Stage, mut journal: Journal, report: &mut Report) {
    let customers = format!("{}-", stage.name);
    let facts = scene.database.facts(&customers).await;
    let found = compare(&journal, &facts, CUSTOMERS);
    report.compared += journal.answered.len();
    report.done += found.done;
    report.not_done += found.not_done;
    report.take(found);

    let http = reqwest::Client::new();
    let url = scene.servers[0].url.clone();
    let again = asked_again(&http, &url, &stage.secret, &journal).await;
    report.wrong.extend(again);
    for Open { ask, .. } in std::mem::take(&mut journal.open) {
        match ask.send(&http, &url, &stage.secret).await {
            Reply::Acknowledged(answer) => journal.answered.push((ask, answer)),
            other => report.wrong.push(format!("{ask:?}: asked again, {other:?}")),
        }
    }
    let subjects: Vec<String> = journal
        .answered
        .iter()
        .filter_map(|(ask, _)| match &ask.kind {
            Kind::Authorize { subject, ttl_s, .. } if *ttl_s == TTL_S_SHORT => Some(subject.clone()),
            _ => None,
        })
        .collect();
    scene.holds_return(&customers, &subjects).await;

    journal.wrong.clear();
    let facts = scene.database.facts(&customers).await;
    report.take(compare(&journal, &facts, CUSTOMERS));
    let told = scene.place.run(&["verify"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    if !told.starts_with("right:") {
        report.wrong.push(told);
    }
}
