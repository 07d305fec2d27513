//! An open-loop flood of twice the capacity: what is answered is answered soon, the rest is refused at once, and the
//! memory does not grow. Timed, and so no part of the test run: `cargo xtask crash` runs it.

use std::ops::Range;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::fresh_postgres::fresh_postgres;
use crate::process::{Client, Place, Server};
use crate::world::images;

/// Requests that the server lets in.
const ROOM: &str = "256";
/// Clients that wait for their answers, to find the capacity.
const CLIENTS: usize = 64;
const MEASURE: Duration = Duration::from_secs(4);
const FLOOD: Duration = Duration::from_secs(10);
/// A few requests begin at once, so that the timer need not be finer than it is.
const BEAT: Duration = Duration::from_millis(5);
/// The longest wait that is no slow death, as the client sees it. The client floods itself too, on the same cores: on a
/// busy machine most of a wait is its own.
const LONGEST: Duration = Duration::from_secs(30);
/// How much longer than in the first half of the flood 99 of 100 may wait in the second: a queue that grows would double it
/// again and again, one that is bounded does not.
const P99_GROWTH_MAX: u32 = 3;
/// How much memory may grow from the middle of the flood to its end.
const GROWTH_BYTES_MAX: u64 = 64 << 20;

async fn ask(client: &Client) -> u16 {
    let run = images("acme", 1);
    let answer = client.status(reqwest::Method::POST, "/v1/authorize", &run).await;
    answer.map_or(0, |status| status.as_u16())
}

/// Answers a second, of clients that wait for each.
async fn capacity(client: &Client) -> u32 {
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let client = client.clone();
        clients.spawn(async move {
            let mut answered = 0_u32;
            while begun.elapsed() < MEASURE {
                answered += u32::from(ask(&client).await == 200);
            }
            answered
        });
    }
    let answered: u32 = clients.join_all().await.iter().sum();
    answered * 1_000 / u32::try_from(begun.elapsed().as_millis()).unwrap()
}

async fn flood(place: &Place) {
    let key = place.set_up();
    let server = place.serve(&["--requests-max", ROOM]);
    let client = Client::new(&server.url, &key);
    client.customer("acme", "100000000").await;
    let capacity = capacity(&client).await;
    let a_beat = (2 * capacity * u32::try_from(BEAT.as_millis()).unwrap()).div_ceil(1_000);
    let (asked, memory) = pour(&client, &server, a_beat).await;
    let statuses = |wanted: u16| asked.iter().filter(|one| one.status == wanted).count();
    let waited = waits(&asked, Duration::ZERO..FLOOD * 2);
    let [early, late] = [Duration::ZERO..FLOOD / 2, FLOOD / 2..FLOOD * 2].map(|part| waits(&asked, part));
    let p99 = [&early, &late].map(|part| at(part, 99));
    eprintln!(
        "flood: capacity {capacity}/s, sent {} in {FLOOD:?}: {} answered, {} refused, {} else; answered after {:.1?} \
         (median), {:.1?} (p99; first half {:.1?}, second {:.1?}), {:.1?} (longest); memory {} MB in the middle, {} MB at the \
         end",
        asked.len(),
        waited.len(),
        statuses(503),
        asked.len() - waited.len() - statuses(503),
        at(&waited, 50),
        at(&waited, 99),
        p99[0],
        p99[1],
        at(&waited, 100),
        memory.0 >> 20,
        memory.1 >> 20,
    );
    assert_eq!(asked.len(), waited.len() + statuses(503), "each is answered or refused");
    assert!(p99[1] < p99[0] * P99_GROWTH_MAX, "{p99:?}");
    assert!(at(&waited, 100) < LONGEST);
    assert!(memory.1 < memory.0 + GROWTH_BYTES_MAX);
    // When it is over, the server is as it was.
    let run = json!({"customer": "acme", "use_case": "image", "quantity": 1});
    assert_eq!(client.post("/v1/authorize", &run).await["allowed"], true);
    assert!(place.ok(&["verify"]).starts_with("right:"));
}

/// A request of the flood.
struct Asked {
    /// When it was sent, from the beginning of the flood.
    sent: Duration,
    status: u16,
    wait: Duration,
}

/// How long those waited that were sent within `part` of the flood and answered, ascending.
fn waits(asked: &[Asked], part: Range<Duration>) -> Vec<Duration> {
    let answered = asked.iter().filter(|one| one.status == 200 && part.contains(&one.sent));
    let mut waits: Vec<Duration> = answered.map(|one| one.wait).collect();
    assert!(!waits.is_empty(), "some are answered in every part of the flood");
    waits.sort();
    waits
}

/// The wait that `share` of 100 did not exceed.
fn at(waits: &[Duration], share: usize) -> Duration {
    waits[(waits.len() - 1) * share / 100]
}

/// Sends `a_beat` requests each beat, whatever becomes of those before. Gives what became of each, and the server's memory in
/// the middle and at the end.
async fn pour(client: &Client, server: &Server, a_beat: u32) -> (Vec<Asked>, (u64, u64)) {
    let mut beats = tokio::time::interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = JoinSet::new();
    let mut middle = 0;
    let begun = Instant::now();
    while begun.elapsed() < FLOOD {
        beats.tick().await;
        if middle == 0 && begun.elapsed() > FLOOD / 2 {
            middle = server.memory_bytes();
        }
        for _ in 0..a_beat {
            let client = client.clone();
            calls.spawn(async move {
                let sent = begun.elapsed();
                let status = ask(&client).await;
                Asked {
                    sent,
                    status,
                    wait: begun.elapsed().saturating_sub(sent),
                }
            });
        }
    }
    let end = server.memory_bytes();
    (calls.join_all().await, (middle, end))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "timed: run by cargo xtask crash"]
async fn a_flood_is_answered_or_refused_on_sqlite() {
    flood(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "timed: run by cargo xtask crash"]
async fn a_flood_is_answered_or_refused_on_postgresql() {
    let Some(url) = fresh_postgres().await else { return };
    flood(&Place::on(url)).await;
}
