//! A process that is killed while it writes loses nothing that it has acknowledged, and leaves nothing half done.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::str::FromStr;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::request::Request;
use tokio::task::JoinSet;

use super::on_both_engines;
use super::world::{World, event};
use crate::{Store, StoreOptions};

on_both_engines!(acknowledged_usage_survives_a_kill);

/// Tells the process that is to be killed which database and organization to write to.
const VICTIM_URL: &str = "DRAWDOWN_TEST_VICTIM_URL";
const VICTIM_ORGANIZATION: &str = "DRAWDOWN_TEST_VICTIM_ORGANIZATION";
/// Acknowledged events before it is killed.
const ACKNOWLEDGED_MIN: usize = 300;

async fn acknowledged_usage_survives_a_kill(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    let World {
        store,
        url,
        clock,
        _folder,
        ..
    } = world;
    store.close().await;
    drop(store);
    for round in 0..3 {
        let acknowledged = kill_while_writing(&url, organization);
        assert!(acknowledged.len() >= ACKNOWLEDGED_MIN, "round {round}");
        let store = super::world::open_store(&url, &clock).await;
        let mut found = BTreeSet::new();
        let mut cursor = None;
        loop {
            let page = store.events(organization, cursor, 1_000).await.unwrap();
            found.extend(page.rows.into_iter().map(|kept| kept.event.key));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let lost: Vec<_> = acknowledged.difference(&found).collect();
        assert_eq!(lost, Vec::<&String>::new(), "round {round}");
        assert_eq!(store.verify().await.unwrap().findings, [], "round {round}");
        store.close().await;
    }
}

/// Runs this test binary again as a process that writes, reads which events it acknowledges, and kills it in the midst.
fn kill_while_writing(url: &str, organization: OrganizationId) -> BTreeSet<String> {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "tests::crash::writes_until_it_is_killed",
            "--nocapture",
            "--ignored",
        ])
        .env(VICTIM_URL, url)
        .env(VICTIM_ORGANIZATION, organization.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut acknowledged = BTreeSet::new();
    while acknowledged.len() < ACKNOWLEDGED_MIN {
        let line = lines.next().expect("the victim goes on writing").unwrap();
        acknowledged.extend(line.strip_prefix("acknowledged ").map(str::to_owned));
    }
    // SIGKILL: nothing is cleaned up.
    victim.kill().unwrap();
    victim.wait().unwrap();
    // What it said before it died counts too; a line cut short does not.
    let rest = lines.map_while(Result::ok);
    acknowledged
        .extend(rest.filter_map(|line| line.strip_prefix("acknowledged ")?.strip_suffix('.').map(str::to_owned)));
    acknowledged
        .iter()
        .map(|key| key.trim_end_matches('.').to_owned())
        .collect()
}

/// No test by itself: the process that `acknowledged_usage_survives_a_kill` kills.
#[test]
#[ignore = "run by acknowledged_usage_survives_a_kill"]
fn writes_until_it_is_killed() {
    let (Ok(url), Ok(organization)) = (std::env::var(VICTIM_URL), std::env::var(VICTIM_ORGANIZATION)) else {
        return;
    };
    let organization = OrganizationId::from_str(&organization).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Store::connect(&url, StoreOptions::default()).await.unwrap();
        let mut callers = JoinSet::new();
        for caller in 0..8 {
            let ledger = store.ledger();
            callers.spawn(async move {
                for number in 0..100_000 {
                    let key = format!("{}-{caller}-{number}", std::process::id());
                    let events = vec![event(&key, 1, super::world::START)];
                    ledger
                        .submit(organization, Request::Record(events), None)
                        .await
                        .unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "acknowledged {key}.").unwrap();
                    out.flush().unwrap();
                }
            });
        }
        callers.join_all().await;
    });
}
