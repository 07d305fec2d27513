//! `drawdown replay` against a real server: twice, killed half-way, and with the server killed half-way; the sum stays.

use std::fmt::Write as _;
use std::process::Stdio;

use drawdown_domain::Credits;
use serde_json::Value;

use crate::fresh_postgres::fresh_postgres;
use crate::process::{Client, Place, Server, until};

const ROWS: u32 = 3_000;

/// A trace of five minutes, and what it costs: 2 credits per 1000 context tokens and 8 per 1000 generated ones.
fn trace(place: &Place) -> Credits {
    let mut text = "TIMESTAMP,ContextTokens,GeneratedTokens\n".to_owned();
    let mut micros = 0;
    for row in 0..ROWS {
        let (context, generated) = (1 + row * 7_919 % 8_000, row * 104_729 % 900);
        let (minute, second, part) = (row / 600, row / 10 % 60, row % 10);
        writeln!(
            text,
            "2023-11-16 18:{minute:02}:{second:02}.{part}0000000,{context},{generated}"
        )
        .unwrap();
        micros += i64::from(context) * 2_000 + i64::from(generated) * 8_000;
    }
    std::fs::write(place.file("trace.csv"), text).unwrap();
    Credits::from_micros(micros)
}

fn words<'a>(url: &'a str, key: &'a str, customer: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let base = [
        "replay",
        "trace.csv",
        "--customer",
        customer,
        "--use-case",
        "code",
        "--url",
        url,
        "--key",
        key,
    ];
    [&base, more].concat()
}

async fn burned(client: &Client, customer: &str) -> Credits {
    let customer = client.get(&format!("/v1/customers/{customer}")).await;
    let balance: Credits = customer["balance"].as_str().unwrap().parse().unwrap();
    Credits::from_whole(1_000_000).unwrap().saturating_sub(balance)
}

async fn story(place: Place) {
    let key = place.set_up();
    let price = trace(&place);
    let server = place.serve(&[]);
    let client = Client::new(&server.url, &key);

    client.customer("whole", "1000000").await;
    let first = place.ok(&words(&server.url, &key, "whole", &["--speed", "max"]));
    assert!(
        first.contains(&format!("{ROWS} recorded")) && first.contains(&format!("{price} credits")),
        "{first}"
    );
    assert_eq!(burned(&client, "whole").await, price);
    let ledger = client.get("/v1/customers/whole/ledger").await;
    let again = place.ok(&words(&server.url, &key, "whole", &["--speed", "0"]));
    assert!(
        again.contains(&format!("{ROWS} duplicates")) && again.contains(&format!("{price} credits (0 recorded now")),
        "{again}"
    );
    assert_eq!(client.get("/v1/customers/whole/ledger").await, ledger);

    client.customer("shifted", "1000000").await;
    let shifted = place.ok(&words(
        &server.url,
        &key,
        "shifted",
        &["--speed", "max", "--shift-to", "now"],
    ));
    assert!(shifted.contains(&format!("{ROWS} recorded")), "{shifted}");
    let again = place.ok(&words(
        &server.url,
        &key,
        "shifted",
        &["--speed", "max", "--shift-to", "now"],
    ));
    assert!(again.contains(&format!("{ROWS} duplicates")), "{again}");
    assert_eq!(burned(&client, "shifted").await, price);

    player_killed(&place, &client, price).await;
    server_killed(&place, server, client, price).await;
    assert!(place.ok(&["verify"]).starts_with("right:"));
}

async fn player_killed(place: &Place, client: &Client, price: Credits) {
    client.customer("player-killed", "1000000").await;
    let paced = words(&client.url, &client.key, "player-killed", &["--speed", "30"]);
    let mut player = place
        .command(&paced)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(async || burned(client, "player-killed").await.is_positive()).await;
    player.kill().unwrap();
    player.wait().unwrap();
    assert!(
        burned(client, "player-killed").await < price,
        "it was killed before its end"
    );
    place.ok(&words(&client.url, &client.key, "player-killed", &["--speed", "max"]));
    assert_eq!(burned(client, "player-killed").await, price);
}

/// The server is killed and comes back at the same address: the player waits for it and goes on.
async fn server_killed(place: &Place, mut server: Server, client: Client, price: Credits) {
    client.customer("server-killed", "1000000").await;
    let paced = words(&client.url, &client.key, "server-killed", &["--speed", "30"]);
    let player = place
        .command(&paced)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(async || burned(&client, "server-killed").await.is_positive()).await;
    server.kill();
    let address = client.url.trim_start_matches("http://").to_owned();
    let server = place.serve_at(&address, &[]);
    assert_eq!(server.url, client.url);
    assert!(
        burned(&client, "server-killed").await < price,
        "it was killed before the end"
    );
    let output = player.wait_with_output().unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains(&format!("{price} credits")), "{told}");
    assert_eq!(burned(&client, "server-killed").await, price);
    let usage = "/v1/customers/server-killed/usage?from=2023-11-16T00:00:00Z&to=2023-11-17T00:00:00Z";
    let total: Value = client.get(usage).await["total"].take();
    assert_eq!(
        (total["credits"].as_str(), total["events"].as_u64()),
        (Some(price.to_string().as_str()), Some(u64::from(ROWS)))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    story(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql() {
    let Some(url) = fresh_postgres().await else { return };
    story(Place::on(url)).await;
}
