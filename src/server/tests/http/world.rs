//! A small world to test in: a fresh database with a catalogue, a customer and keys, and the whole router over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use drawdown_domain::Timestamp;
use drawdown_server::config::PublicUrl;
use drawdown_server::http::admission::REQUESTS_MAX_DEFAULT;
use drawdown_server::http::sessions::Sessions;
use drawdown_server::http::shutdown::Shutdown;
use drawdown_server::http::{self, Parts};
use drawdown_service::adjustments::ADJUSTMENT_LIMIT_CREDITS_DEFAULT;
use drawdown_service::{Actor, KeyScope, Randomness, Service, ServiceSettings};
use drawdown_store::{Clock, Store, StoreOptions};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::fresh_postgres::fresh_postgres;

/// 2026-03-02T09:00:00Z, a Monday.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_772_442_000);

/// What is sold in the tests.
pub(crate) const CATALOGUE: &str = include_str!("catalogue.toml");

/// Addresses of files of the site, which nobody asks for here.
const MANIFEST: &str = r#"{"charts":"/pkg/c.js","script":"/pkg/s.js","style":"/pkg/s.css","wasm":"/pkg/d.wasm"}"#;

const OPERATOR: Actor = Actor::System("tests");

/// A clock that tests step.
#[derive(Clone, Debug)]
pub(crate) struct StepClock(Arc<AtomicI64>);

impl StepClock {
    pub(crate) fn step_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_micros(micros.load(Ordering::SeqCst)))
    }
}

/// The whole server but for its socket.
pub(crate) struct World {
    router: Router,
    pub service: Service,
    pub store: Store,
    pub clock: StepClock,
    /// Secrets of a key of each scope.
    pub admin: String,
    pub metering: String,
    pub read: String,
    _folder: Option<TempDir>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// A header's text; empty where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {:#}", self.status, self.body);
        self.body
    }

    /// Asserts a problem document of that code, whole and well formed.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{:#}",
            self.body
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["type"], format!("/v1/problems/{code}"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        for field in ["title", "detail", "request_id"] {
            assert!(
                self.body[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field}: {:#}",
                self.body
            );
        }
    }
}

/// A URL of a fresh SQLite file.
pub(crate) fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("drawdown.db").display())
}

impl World {
    /// On a file of its own.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stub = |_: &Service| Router::new().route("/form", axum::routing::post(async || "taken"));
        Self::open(&sqlite_url(&folder), Some(folder), stub).await
    }

    /// The same with the pages that browsers see.
    pub(crate) async fn with_pages() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite_url(&folder);
        std::fs::write(folder.path().join("manifest.json"), MANIFEST).unwrap();
        let assets = drawdown_app::Assets::read(folder.path()).unwrap();
        let pages = |service: &Service| {
            drawdown_app::router(drawdown_app::AppState::new(
                service.clone(),
                assets,
                b"secret of the tests",
            ))
        };
        Self::open(&url, Some(folder), pages).await
    }

    /// On a database of its own; `None` where PostgreSQL is left out on purpose.
    pub(crate) async fn postgres() -> Option<Self> {
        Some(Self::open(&fresh_postgres().await?, None, |_: &Service| Router::new()).await)
    }

    async fn open(url: &str, folder: Option<TempDir>, pages: impl FnOnce(&Service) -> Router) -> Self {
        drawdown_server::cli::install_tls();
        let clock = StepClock(Arc::new(AtomicI64::new(START.micros())));
        let options = StoreOptions {
            clock: clock.clock(),
            ..StoreOptions::default()
        };
        let store = Store::connect(url, options).await.unwrap();
        store.migrate().await.unwrap();
        let settings = ServiceSettings {
            vendor: "Test vendor".to_owned(),
            public_url: "http://127.0.0.1".to_owned(),
            sandbox_secret: Some("0".repeat(64).into()),
            adjustment_limit_credits: ADJUSTMENT_LIMIT_CREDITS_DEFAULT,
        };
        let service = Service::new(store.clone(), settings, clock.clock(), Randomness::system());
        service.apply_catalogue(&OPERATOR, CATALOGUE).await.unwrap();
        let secret = async |scope: KeyScope| {
            let key = service.create_key(&OPERATOR, scope.as_str(), scope).await.unwrap();
            key.secret.expose_secret().to_owned()
        };
        let (admin, metering, read) = (
            secret(KeyScope::Admin).await,
            secret(KeyScope::Metering).await,
            secret(KeyScope::Read).await,
        );
        let routers = http::routers(Parts {
            service: service.clone(),
            store: store.clone(),
            sessions: Sessions::open(store.sessions_url()).await.unwrap(),
            pages: pages(&service),
            site: Router::new(),
            public_url: "http://127.0.0.1".parse::<PublicUrl>().unwrap(),
            shutdown: Shutdown::default(),
            requests_max: REQUESTS_MAX_DEFAULT,
        });
        let world = Self {
            router: routers.all,
            service,
            store,
            clock,
            admin,
            metering,
            read,
            _folder: folder,
        };
        world.customer("acme").await;
        world
    }

    /// A customer on the plan `open`, in Paris, with nothing to burn.
    pub(crate) async fn customer(&self, key: &str) {
        let customer = json!({"name": key, "time_zone": "Europe/Paris", "currency": "USD", "plan": "open"});
        self.put(&format!("/v1/customers/{key}"), &customer).await.ok();
    }

    /// Gives credits to a customer, as many as one likes.
    pub(crate) async fn grant(&self, key: &str, credits: &str) -> Value {
        let grant = json!({"kind": "purchase", "credits": credits});
        self.post(&format!("/v1/customers/{key}/grants"), &grant).await.ok()
    }

    /// The figures that a request could change: all of a customer that a refused request must leave alone.
    pub(crate) async fn state(&self, key: &str) -> Value {
        let mut all = Vec::new();
        for part in ["", "/grants", "/ledger", "/limits"] {
            all.push(self.get(&format!("/v1/customers/{key}{part}")).await.ok());
        }
        let usage = format!("/v1/customers/{key}/usage?from=2023-01-01T00:00:00Z&to=2023-12-31T00:00:00Z");
        all.push(self.get(&usage).await.ok()["total"].take());
        all.push(self.get(&format!("/v1/customers/{key}/usage")).await.ok()["total"].take());
        Value::Array(all)
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }

    /// Sends a request with the admin key; `body` as it is, announced as JSON.
    pub(crate) async fn raw(&self, method: &str, path: &str, body: impl Into<String>) -> Answer {
        self.keyed(&self.admin, method, path, &[], body).await
    }

    /// Sends a request with that key and those headers.
    pub(crate) async fn keyed(
        &self,
        secret: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<String>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {secret}"))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.into())).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.raw("POST", path, body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.raw("PUT", path, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.raw("DELETE", path, "").await
    }

    /// The balance of a customer.
    pub(crate) async fn balance(&self, key: &str) -> String {
        self.get(&format!("/v1/customers/{key}")).await.ok()["balance"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Asserts that the books are right.
    pub(crate) async fn verify(&self) {
        let proof = self.store.verify().await.unwrap();
        assert!(proof.findings.is_empty(), "{:#?}", proof.findings);
    }
}

/// The body of an authorize for `images` images: one credit each.
pub(crate) fn images(customer: &str, images: u32) -> Value {
    json!({"customer": customer, "use_case": "image", "quantity": images})
}
