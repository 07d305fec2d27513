//! What a draft of the rate card would have cost, priced over the usage of ninety days: how long whoever asks waits.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::bench::{Bench, tell};
use crate::figures::{Required, shown};
use crate::http::{Connection, json_request};
use crate::installation::Installation;

const DRAFT: &str = "/v1/admin/rates/draft";
const DAYS: u32 = 90;
/// How long a simulation may take, in seconds.
const SECONDS: f64 = 10.0;
/// For how long one is waited for: the first folds what the job has not folded yet.
const TIME_MAX: Duration = Duration::from_mins(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Simulates a draft with another price on the usage of an installation: once to have it folded, and then in each round.
pub(super) async fn run(bench: &mut Bench, installation: &Installation, events: u64) -> Result<()> {
    let name = format!("simulation of {DAYS} days, {} events", shown(events as f64));
    let revision = draft(installation).await?;
    let first = simulate(installation, revision).await?;
    tell(&format!(
        "simulation: the first, with what was not folded yet, took {} s",
        shown(first)
    ));
    for _ in bench.rounds() {
        bench.rate(&name, "s", simulate(installation, revision)).await?;
    }
    if let Some(median) = bench.report.median(&name, crate::report::Figure::Value) {
        let measured = format!("{} s", shown(median));
        let against = format!("the first, with folding: {} s", shown(first));
        bench
            .report
            .row(&name, measured, against, median, Required::AtMost(SECONDS));
    }
    Ok(())
}

/// Writes a draft that has another price, and gives its revision.
async fn draft(installation: &Installation) -> Result<i64> {
    let published = ask(installation, "GET", "/v1/admin/rates/versions/1", &Value::Null).await?;
    let mut rates = published["rates"].clone();
    rates["modes"]["relaxed"] = json!("0.5");
    let draft = ask(installation, "PUT", DRAFT, &json!({ "rates": rates })).await?;
    draft["revision"].as_i64().context("a draft has a revision")
}

/// Seconds from the question to the result.
async fn simulate(installation: &Installation, revision: i64) -> Result<f64> {
    let started = Instant::now();
    let body = json!({ "revision": revision, "days": DAYS });
    let mut standing = ask(installation, "POST", &format!("{DRAFT}/simulation"), &body).await?;
    // A bounded poll, as a page does it: a simulation tells how far it is when it is asked.
    while standing["state"] != "done" {
        if started.elapsed() > TIME_MAX {
            bail!("the simulation was not done within {} s", TIME_MAX.as_secs());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
        let path = format!("{DRAFT}/simulation?revision={revision}&days={DAYS}");
        standing = ask(installation, "GET", &path, &Value::Null).await?;
    }
    if standing["result"]["runs"].as_i64().unwrap_or(0) == 0 {
        bail!("the simulation found no usage: {standing}");
    }
    Ok(started.elapsed().as_secs_f64())
}

async fn ask(installation: &Installation, method: &str, path: &str, body: &Value) -> Result<Value> {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut connection = Connection::open(installation.address).await?;
    let answer = connection
        .exchange(&json_request(method, path, &installation.key, &body))
        .await?;
    Ok(serde_json::from_slice(answer.expect(&[200])?.body)?)
}
