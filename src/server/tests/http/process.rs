//! The real binary: servers on a free port, and commands. Every process ends with its value.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::CATALOGUE;

/// How long a server may take to start or a condition to come true.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder with what commands need: a site, a catalogue, and the database where it is a file.
pub(crate) struct Place {
    pub folder: TempDir,
    pub database_url: String,
}

impl Place {
    /// On SQLite.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = crate::world::sqlite_url(&folder);
        Self::furnished(folder, database_url)
    }

    /// On that database.
    pub(crate) fn on(database_url: String) -> Self {
        Self::furnished(tempfile::tempdir().unwrap(), database_url)
    }

    fn furnished(folder: TempDir, database_url: String) -> Self {
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let manifest =
            json!({"script": "/pkg/a.js", "wasm": "/pkg/a.wasm", "style": "/pkg/a.css", "charts": "/pkg/c.js"});
        std::fs::write(site.join("manifest.json"), manifest.to_string()).unwrap();
        std::fs::write(site.join("pkg/a.css"), "body { color: red }").unwrap();
        std::fs::write(site.join("pkg/a.css.br"), "compressed").unwrap();
        std::fs::write(site.join("robots.txt"), "User-agent: *\n").unwrap();
        std::fs::write(folder.path().join("catalogue.toml"), CATALOGUE).unwrap();
        Self { folder, database_url }
    }

    /// A file in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of the binary, with this place's database and nothing of the environment's settings.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DRAWDOWN_") {
                command.env_remove(name);
            }
        }
        command
            .args(words)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", &self.database_url)
            .env("DRAWDOWN_SITE", self.file("site"));
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that must go well, and gives its answer.
    #[track_caller]
    pub(crate) fn ok(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {told}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs a command that must fail, and gives its reason.
    #[track_caller]
    pub(crate) fn fails(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(!output.status.success(), "{words:?} went well");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Publishes the catalogue and makes a key of scope admin.
    pub(crate) fn set_up(&self) -> String {
        self.ok(&["catalogue", "apply", "catalogue.toml"]);
        self.ok(&["key", "create", "--name", "tests", "--scope", "admin"])
    }

    /// Starts a server.
    pub(crate) fn serve(&self, words: &[&str]) -> Server {
        self.serve_at("127.0.0.1:0", words)
    }

    /// Starts a server at that address.
    pub(crate) fn serve_at(&self, address: &str, words: &[&str]) -> Server {
        Server::start(self.command(&[&["serve", "--listen", address], words].concat()))
    }
}

/// A server that runs; killed where it is dropped.
pub(crate) struct Server {
    child: Child,
    pub url: String,
    /// What it printed at its start, up to the line that `until` was given.
    pub printed: Vec<String>,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Server {
    /// Runs a command that serves, until it is ready.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = Self {
            child,
            url: String::new(),
            printed: Vec::new(),
            lines,
        };
        let line = server.print_until("Drawdown is at ");
        line.trim_start_matches("Drawdown is at ").clone_into(&mut server.url);
        server
    }

    /// Reads what it prints until a line that contains `text`.
    pub(crate) fn print_until(&mut self, text: &str) -> String {
        loop {
            let line = self
                .lines
                .next()
                .expect("the server ended before it was ready")
                .unwrap();
            self.printed.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Kills it as a power cut does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop, as a supervisor does.
    pub(crate) fn tell_to_stop(&self) {
        self.signal("TERM");
    }

    /// Makes it stand still, as a machine that hangs does.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let told = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
    }

    /// Whether its process has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Its address, `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Waits until it has stopped well.
    pub(crate) fn stopped(&mut self) {
        assert!(self.child.wait().unwrap().success());
    }

    /// Tells it to stop and waits; gives the time that it took.
    pub(crate) fn stop(&mut self) -> Duration {
        let start = Instant::now();
        self.tell_to_stop();
        self.stopped();
        start.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Speaks to servers over HTTP.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub url: String,
    pub key: String,
}

impl Client {
    pub(crate) fn new(url: &str, key: &str) -> Self {
        drawdown_server::cli::install_tls();
        Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            key: key.to_owned(),
        }
    }

    pub(crate) async fn send(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The status of an answer; `None` where there is none.
    pub(crate) async fn status(&self, method: reqwest::Method, path: &str, body: &Value) -> Option<StatusCode> {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let answer = request.bearer_auth(&self.key).json(body).send().await.ok()?;
        let status = answer.status();
        // Read to its end, so that the connection can be used again.
        answer.bytes().await.ok()?;
        Some(status)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.expect(reqwest::Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.expect(reqwest::Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Value {
        self.expect(reqwest::Method::PUT, path, Some(body)).await
    }

    async fn expect(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.send(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer:#}");
        answer
    }

    /// A customer on the plan `open` with that many credits; gives the identifier of their grant.
    pub(crate) async fn customer(&self, key: &str, credits: &str) -> String {
        self.put(&format!("/v1/customers/{key}"), &json!({"name": key, "plan": "open"}))
            .await;
        let grant = json!({"kind": "purchase", "credits": credits});
        let grant = self.post(&format!("/v1/customers/{key}/grants"), &grant).await;
        grant["id"].as_str().expect("a grant has an identifier").to_owned()
    }
}

/// Waits until `holds` is true; fails after two minutes.
pub(crate) async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < PATIENCE, "waited too long");
        // A bounded poll.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
