//! One installation to be disturbed: servers, each behind a wire of its own, on one database, which on PostgreSQL is a
//! cluster of its own behind another wire.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::process::{Client, Place, Server, until};
use crate::wire::Wire;

use super::facts::Database;

/// How often it is asked whether a server is ready.
const PAUSE: Duration = Duration::from_millis(5);
/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_mins(2);

/// See the module.
pub(crate) struct Scene {
    pub(crate) place: Place,
    pub(crate) servers: Vec<Server>,
    pub(crate) wires: Vec<Wire>,
    pub(crate) secret: String,
    pub(crate) database: Database,
    cluster: Option<(Cluster, Wire)>,
}

impl Scene {
    /// One server on an SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let place = Place::sqlite();
        let url = place.database_url.clone();
        Self::open(place, &url, 1, None).await
    }

    /// Servers on a PostgreSQL of their own; `None` where PostgreSQL is left out on purpose.
    pub(crate) async fn postgres(servers: usize) -> Option<Self> {
        let mut cluster = Cluster::start()?;
        let wire = Wire::to(&cluster.address()).await;
        let through = cluster.database("crash", &format!("127.0.0.1:{}", wire.port)).await;
        let direct = format!("postgres://drawdown@{}/crash", cluster.address());
        Some(Self::open(Place::on(through), &direct, servers, Some((cluster, wire))).await)
    }

    async fn open(place: Place, direct: &str, count: usize, cluster: Option<(Cluster, Wire)>) -> Self {
        let secret = place.set_up();
        let mut scene = Self {
            database: Database::open(direct).await,
            place,
            servers: Vec::new(),
            wires: Vec::new(),
            secret,
            cluster,
        };
        for _ in 0..count {
            let server = scene.start();
            scene.wires.push(Wire::to(server.address()).await);
            scene.servers.push(server);
        }
        scene
    }

    fn start(&self) -> Server {
        // What is broken on purpose need not be told.
        let log = super::setting("LOG").unwrap_or_else(|| "off".to_owned());
        self.place.serve(&["--log", &log])
    }

    /// Where clients reach a server, whatever becomes of it.
    pub(crate) fn url(&self, server: usize) -> String {
        format!("http://127.0.0.1:{}", self.wires[server].port)
    }

    /// A client of a server, past its wire.
    pub(crate) fn client(&self, server: usize) -> Client {
        Client::new(&self.servers[server].url, &self.secret)
    }

    pub(super) fn cluster(&mut self) -> &mut Cluster {
        &mut self.cluster.as_mut().expect("a scene on PostgreSQL").0
    }

    pub(super) fn database_wire(&self) -> Wire {
        self.cluster.as_ref().expect("a scene on PostgreSQL").1.clone()
    }

    /// Starts what was killed. Gives the moment from which on only the servers themselves have to get ready.
    pub(super) async fn mend(&mut self, victim: usize) -> Instant {
        let mut moment = Instant::now();
        if let Some((cluster, _)) = &mut self.cluster {
            moment = cluster.ready().await;
        }
        if self.servers[victim].has_ended() {
            moment = Instant::now();
            let server = self.start();
            self.wires[victim].lead_to(server.address());
            self.servers[victim] = server;
        }
        moment
    }

    /// Waits until every server is ready: its probe says so, and it has carried out a write.
    pub(super) async fn ready(&self, name: &str) {
        for number in 0..self.servers.len() {
            let client = self.client(number);
            let probe = json!({});
            succeeds(&client, Method::GET, "/readyz", &probe).await;
            let customer = format!("ready-{name}-{number}");
            let write = json!({"name": customer, "plan": "open"});
            succeeds(&client, Method::PUT, &format!("/v1/customers/{customer}"), &write).await;
        }
    }

    /// Waits until every hold of these customers that has come to its time has returned its credits.
    pub(super) async fn holds_return(&self, customers: &str, subjects: &[String]) {
        until(|| async {
            let facts = self.database.facts(customers).await;
            subjects.iter().all(|subject| {
                let mut holds = facts.holds.get(subject).into_iter().flatten();
                holds.all(|hold| hold.state == "expired")
            })
        })
        .await;
    }
}

/// Asks until it is answered with success.
async fn succeeds(client: &Client, method: Method, path: &str, body: &Value) {
    let begun = Instant::now();
    loop {
        let status = client.status(method.clone(), path, body).await;
        if status.is_some_and(|status| status.is_success()) {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{} is not ready again: {status:?}",
            client.url
        );
        // A bounded poll.
        tokio::time::sleep(PAUSE).await;
    }
}
