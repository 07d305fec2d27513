//! Connections are bounded: whoever finds no room is told so or closed, probes are answered, and silence ends.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::{Client, Place, Server, until};
use crate::world::images;

/// Connections of which each is answered once, beyond the room.
const BEYOND: usize = 64;
/// How long a server may take to close a connection.
const PATIENCE: Duration = Duration::from_mins(2);

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url.strip_prefix("http://").unwrap())
        .await
        .unwrap()
}

/// Asks on the connection, which stays open, and gives the answer's status; nothing where it was closed.
async fn ask(connection: &mut TcpStream, path: &str) -> Option<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.write_all(request.as_bytes()).await.ok()?;
    let mut answer = vec![0; 1 << 16];
    let read = connection.read(&mut answer).await.ok()?;
    let text = String::from_utf8_lossy(&answer[..read]).into_owned();
    text.strip_prefix("HTTP/1.1 ").map(|rest| rest[..3].to_owned())
}

/// Waits until the server has closed the connection.
async fn closed(connection: &mut TcpStream) {
    let mut rest = Vec::new();
    // An end or a reset: both are closed.
    let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the server keeps a silent connection");
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
}

/// A client whose every request comes on a connection of its own.
fn stranger() -> reqwest::Client {
    drawdown_server::cli::install_tls();
    reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

#[tokio::test]
async fn without_room_probes_are_answered_and_the_rest_is_refused() {
    let place = Place::sqlite();
    let key = place.set_up();
    let server = place.serve(&["--clients-max", "2"]);
    let mut kept = [connect(&server).await, connect(&server).await];
    for connection in &mut kept {
        assert_eq!(ask(connection, "/healthz").await.as_deref(), Some("200"));
    }
    let http = stranger();
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = http.get(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["connection"], "close", "{path}");
    }
    let authorize = http.post(format!("{}/v1/authorize", server.url)).bearer_auth(&key);
    let refused = authorize.json(&images("acme", 1)).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    let problem: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "overloaded", "{problem:#}");
    assert!(problem["request_id"].as_str().unwrap().starts_with("req_"));
    for path in ["/", "/overview", "/pkg/a.css"] {
        let refused = http.get(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(refused.headers()["retry-after"], "1", "{path}");
        assert!(refused.headers().contains_key("content-security-policy"), "{path}");
    }
    // Those that were let in go on, and one that leaves makes room.
    let [mut stays, leaves] = kept;
    assert_eq!(ask(&mut stays, "/pkg/a.css").await.as_deref(), Some("200"));
    drop(leaves);
    let client = Client::new(&server.url, &key);
    until(async || {
        let answer = client.status(reqwest::Method::GET, "/v1/customers", &Value::Null).await;
        answer == Some(StatusCode::OK)
    })
    .await;
}

#[tokio::test]
async fn silent_connections_beyond_the_room_are_closed_and_keep_nobody_out() {
    let place = Place::sqlite();
    let server = place.serve(&["--clients-max", "1"]);
    let mut kept = connect(&server).await;
    assert_eq!(ask(&mut kept, "/healthz").await.as_deref(), Some("200"));
    let mut silent = Vec::new();
    for _ in 0..2 * BEYOND {
        silent.push(connect(&server).await);
    }
    for connection in &mut silent {
        closed(connection).await;
    }
    let mut probe = connect(&server).await;
    assert_eq!(ask(&mut probe, "/healthz").await.as_deref(), Some("200"));
    closed(&mut probe).await;
    assert_eq!(ask(&mut kept, "/healthz").await.as_deref(), Some("200"));
}

#[tokio::test]
async fn where_few_files_may_be_open_there_are_as_many_connections_as_can_be() {
    let place = Place::sqlite();
    let few = |files: u32| {
        let command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut limited = std::process::Command::new("sh");
        let limit = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        limited
            .args(["-c", &limit])
            .arg(command.get_program())
            .args(command.get_args());
        limited.current_dir(place.folder.path());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        limited
    };
    let refused = few(300).output().unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        told.contains("may open 300 files at once (ulimit -n), and needs more than 385"),
        "{told}"
    );
    let server = Server::start(few(390));
    let mut kept = [connect(&server).await, connect(&server).await, connect(&server).await];
    for connection in &mut kept {
        assert_eq!(ask(connection, "/healthz").await.as_deref(), Some("200"));
    }
    let refused = stranger().get(format!("{}/login", server.url)).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
}
