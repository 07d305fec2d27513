//! A server that is full says so at once, and answers everything that it has let in.

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::fresh_postgres::fresh_postgres;
use crate::process::{Client, Place, until};
use crate::world::images;

/// Requests that the server lets in.
const ROOM: usize = 8;

/// Something that keeps the ledger from committing, until it is dropped or closed.
enum Obstacle {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Obstacle {
    /// Locks the customer (PostgreSQL) or the whole file (SQLite), as a long transaction of an operator does.
    async fn put_up(url: &str, customer: &str) -> Self {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            Self::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query("BEGIN").execute(&mut connection).await.unwrap();
            let lock = "SELECT id FROM organization WHERE key = $1 FOR UPDATE";
            sqlx::query(lock)
                .bind(customer)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            Self::Postgres(connection)
        }
    }

    async fn take_down(self) {
        match self {
            Self::Sqlite(mut connection) => {
                sqlx::query("ROLLBACK").execute(&mut connection).await.unwrap();
            }
            Self::Postgres(mut connection) => {
                sqlx::query("ROLLBACK").execute(&mut connection).await.unwrap();
            }
        }
    }
}

/// Asks until it is let in: who looks whether the server is full takes a place for a moment.
async fn let_in(client: &Client) -> Value {
    loop {
        let (status, answer) = client
            .send(reqwest::Method::POST, "/v1/authorize", Some(&images("acme", 1)))
            .await;
        if status != 503 {
            return answer;
        }
    }
}

async fn full(place: &Place) {
    let key = place.set_up();
    let room = ROOM.to_string();
    let server = place.serve(&["--requests-max", &room]);
    let client = Client::new(&server.url, &key);
    client.customer("acme", "100").await;
    let obstacle = Obstacle::put_up(&place.database_url, "acme").await;
    let mut calls = JoinSet::new();
    for _ in 0..ROOM {
        let client = client.clone();
        calls.spawn(async move { let_in(&client).await });
    }
    // Reading needs no lock: it is refused only once the server is full.
    let http = reqwest::Client::new();
    let ask = || {
        http.get(format!("{}/v1/customers/acme", server.url))
            .bearer_auth(&key)
            .send()
    };
    until(async || ask().await.unwrap().status() == 503).await;
    let refused = ask().await.unwrap();
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=5).contains(&seconds), "{seconds}");
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "overloaded", "{problem:#}");
    // Probes are let in, and pages have room of their own.
    for path in ["/healthz", "/readyz", "/metrics", "/login"] {
        let answer = http.get(format!("{}{path}", server.url)).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }
    assert!(
        calls.try_join_next().is_none(),
        "nothing was answered before it was committed"
    );
    obstacle.take_down().await;
    for decision in calls.join_all().await {
        assert_eq!(decision["allowed"], true, "{decision:#}");
    }
    let customer = client.get("/v1/customers/acme").await;
    assert_eq!((&customer["balance"], &customer["held"]), (&json!("92"), &json!("8")));
    assert!(place.ok(&["verify"]).starts_with("right:"));
}

#[tokio::test]
async fn a_full_server_refuses_at_once_and_answers_what_it_let_in_on_sqlite() {
    full(&Place::sqlite()).await;
}

#[tokio::test]
async fn a_full_server_refuses_at_once_and_answers_what_it_let_in_on_postgresql() {
    let Some(url) = fresh_postgres().await else { return };
    full(&Place::on(url)).await;
}

/// Payment providers have room of their own, and as much.
#[tokio::test]
async fn payment_events_beyond_the_room_are_refused() {
    let place = Place::sqlite();
    let server = place.serve(&["--requests-max", "1"]);
    let address = server.url.strip_prefix("http://").unwrap();
    let mut slow = TcpStream::connect(address).await.unwrap();
    // Its body never comes: it is let in and waits.
    let head = "POST /webhooks/payments/sandbox HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
    slow.write_all(head.as_bytes()).await.unwrap();
    let http = Client::new(&server.url, "");
    let event = async || {
        http.status(reqwest::Method::POST, "/webhooks/payments/sandbox", &json!({}))
            .await
    };
    until(async || event().await.unwrap() == 503).await;
    assert_eq!(
        http.status(reqwest::Method::GET, "/login", &json!({})).await.unwrap(),
        200
    );
    slow.write_all(b"{}").await.unwrap();
    until(async || event().await.unwrap() == 400).await;
}

/// Stopping while the database does not answer: requests under way are answered once it does, new ones are refused.
#[tokio::test]
async fn what_is_queued_is_answered_before_the_server_stops() {
    let place = Place::sqlite();
    let key = place.set_up();
    let mut server = place.serve(&["--requests-max", "4"]);
    let client = Client::new(&server.url, &key);
    client.customer("acme", "100").await;
    let obstacle = Obstacle::put_up(&place.database_url, "acme").await;
    let mut calls = JoinSet::new();
    for _ in 0..4 {
        let client = client.clone();
        calls.spawn(async move { let_in(&client).await });
    }
    until(async || {
        client
            .status(reqwest::Method::GET, "/v1/customers", &json!({}))
            .await
            .unwrap()
            == 503
    })
    .await;
    server.tell_to_stop();
    // New connections are refused, and so are those that idled.
    until(async || {
        client
            .status(reqwest::Method::GET, "/healthz", &json!({}))
            .await
            .is_none()
    })
    .await;
    obstacle.take_down().await;
    for decision in calls.join_all().await {
        assert_eq!(decision["allowed"], true, "{decision:#}");
    }
    server.stopped();
    assert!(place.ok(&["verify"]).starts_with("right:"));
}

#[tokio::test]
async fn a_server_stops_although_the_database_does_not_answer() {
    let place = Place::sqlite();
    let key = place.set_up();
    let mut server = place.serve(&["--requests-max", "1", "--log", "off"]);
    let client = Client::new(&server.url, &key);
    client.customer("acme", "100").await;
    let obstacle = Obstacle::put_up(&place.database_url, "acme").await;
    let probe = client.clone();
    let call = tokio::spawn(async move {
        let run = images("acme", 1);
        loop {
            let status = client.status(reqwest::Method::POST, "/v1/authorize", &run).await;
            if status != Some(reqwest::StatusCode::SERVICE_UNAVAILABLE) {
                return status;
            }
        }
    });
    until(async || {
        probe
            .status(reqwest::Method::GET, "/v1/customers", &json!({}))
            .await
            .unwrap()
            == 503
    })
    .await;
    assert!(server.stop() < std::time::Duration::from_secs(10));
    assert_ne!(call.await.unwrap(), Some(reqwest::StatusCode::OK));
    obstacle.take_down().await;
    assert!(place.ok(&["verify"]).starts_with("right:"));
}
