//! A signed-in browser against a real server: the session's cookie, the live stream, and the end of both.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client as Http, Response, redirect};

use crate::process::{Client, Place, Server};
use crate::world::images;

/// A server with a customer and a member, and what a browser knows of it.
struct Browser {
    server: Server,
    api: Client,
    http: Http,
    cookie: String,
}

async fn browser(place: &Place) -> Browser {
    let key = place.set_up();
    place.ok(&["customer", "create", "acme", "--name", "Acme", "--plan", "open"]);
    let member = [
        "--customer",
        "acme",
        "--email",
        "ada@acme.example",
        "--name",
        "Ada",
        "--role",
        "owner",
    ];
    let password = place.ok(&[&["member", "create"], &member[..]].concat());
    let server = place.serve(&[]);
    let api = Client::new(&server.url, &key);
    let http = Http::builder().redirect(redirect::Policy::none()).build().unwrap();
    let mut browser = Browser {
        server,
        api,
        http,
        cookie: String::new(),
    };
    let answer = browser.sign_in(&password, "same-origin").await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (303, "/overview")
    );
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    cookie.split(';').next().unwrap().clone_into(&mut browser.cookie);
    browser
}

impl Browser {
    async fn sign_in(&self, password: &str, site: &str) -> Response {
        let form = format!("email=ada%40acme.example&password={password}&next=%2Foverview");
        let request = self
            .http
            .post(format!("{}/actions/sign-in", self.server.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(form);
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        let request = self
            .http
            .get(format!("{}{path}", self.server.url))
            .header(COOKIE, &self.cookie);
        request.send().await.unwrap()
    }
}

/// The version that the stream says next.
async fn version(stream: &mut Response) -> Option<i64> {
    let mut said = String::new();
    while let Ok(Some(chunk)) = stream.chunk().await {
        said.push_str(std::str::from_utf8(&chunk).unwrap());
        if let Some(data) = said.split("data: ").nth(1).filter(|data| data.contains('\n')) {
            assert!(said.contains("event: version"), "{said}");
            return Some(data.lines().next().unwrap().parse().unwrap());
        }
    }
    None
}

#[tokio::test]
async fn an_open_page_hears_of_changes_until_the_server_stops() {
    let place = Place::sqlite();
    let mut browser = browser(&place).await;
    assert_eq!(browser.get("/overview").await.status(), 200);
    let mut stream = browser.get("/live").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let first = version(&mut stream).await.unwrap();
    let grant = serde_json::json!({"kind": "promotional", "credits": "10"});
    browser.api.post("/v1/customers/acme/grants", &grant).await;
    assert!(version(&mut stream).await.unwrap() > first);
    // An open stream does not hold the stop up.
    assert!(browser.server.stop() < Duration::from_secs(10));
    assert_eq!(version(&mut stream).await, None);
}

#[tokio::test]
async fn another_site_cannot_sign_a_browser_in_and_nobody_listens_unasked() {
    let place = Place::sqlite();
    let browser = browser(&place).await;
    assert_eq!(browser.sign_in("anything", "cross-site").await.status(), 403);
    let stranger = browser
        .http
        .get(format!("{}/live", browser.server.url))
        .send()
        .await
        .unwrap();
    assert!(stranger.status().is_client_error(), "{}", stranger.status());
    let page = browser
        .http
        .get(format!("{}/overview", browser.server.url))
        .send()
        .await
        .unwrap();
    assert!(page.headers()["location"].to_str().unwrap().starts_with("/login"));
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let place = Place::sqlite();
    let key = place.set_up();
    let mut server = place.serve(&[]);
    Client::new(&server.url, &key).customer("acme", "10").await;
    let body = images("acme", 1).to_string();
    let mut connection = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "POST /v1/authorize HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    // The server asks for the body: from here on the request is under way.
    let mut go_on = [0; 25];
    connection.read_exact(&mut go_on).unwrap();
    assert!(
        go_on.starts_with(b"HTTP/1.1 100 Continue"),
        "{}",
        String::from_utf8_lossy(&go_on)
    );
    server.tell_to_stop();
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\"allowed\":true"),
        "{answer}"
    );
    server.stopped();
    assert!(place.ok(&["verify"]).starts_with("right:"));
}
