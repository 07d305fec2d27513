//! What writers ask, and what they were answered: the half of the truth that clients know.

use reqwest::StatusCode;
use serde_json::{Value, json};

/// One request, the same each time that it is sent.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// Its `Idempotency-Key`; `None`: the events' own identifiers make a repeat the same.
    pub(super) key: Option<String>,
    pub(super) customer: String,
    pub(super) kind: Kind,
}

/// What it asks for. Each leaves a mark of its own in the database, by which it is found again.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Of so many micro-credits: no other grant has this amount.
    Grant {
        micros: i64,
    },
    /// For a subject that no other run has.
    Authorize {
        subject: String,
        images: u32,
        ttl_s: u32,
    },
    Capture {
        hold: String,
        images: u32,
    },
    Release {
        hold: String,
    },
    /// Events with identifiers of their own, each of one image.
    Record {
        events: Vec<String>,
    },
    /// Of so many micro-credits of a grant, to another customer of the same parent: no other grant there has this amount.
    Transfer {
        grant: String,
        to: String,
        micros: i64,
    },
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// A success: acknowledged.
    Acknowledged(Value),
    /// The server said that it did nothing.
    Nothing,
    /// Nobody knows: no answer, or one that promises nothing.
    Unknown(String),
    /// The request was refused, which none of these may be.
    Refused(String),
}

impl Ask {
    fn path(&self) -> String {
        match &self.kind {
            Kind::Grant { .. } => format!("/v1/customers/{}/grants", self.customer),
            Kind::Authorize { .. } => "/v1/authorize".to_owned(),
            Kind::Capture { hold, .. } => format!("/v1/holds/{hold}/capture"),
            Kind::Release { hold } => format!("/v1/holds/{hold}/release"),
            Kind::Record { .. } => "/v1/usage".to_owned(),
            Kind::Transfer { grant, .. } => format!("/v1/admin/customers/{}/grants/{grant}/transfer", self.customer),
        }
    }

    fn body(&self) -> Value {
        match &self.kind {
            Kind::Grant { micros } => {
                let credits = credits(*micros);
                json!({"kind": "purchase", "credits": credits})
            }
            Kind::Authorize { subject, images, ttl_s } => json!({
                "customer": self.customer, "use_case": "image", "quantity": images, "subject": subject, "ttl_s": ttl_s
            }),
            Kind::Capture { images, .. } => json!({"quantity": images}),
            Kind::Release { .. } => json!({"reason": "the run failed"}),
            Kind::Record { events } => {
                let events: Vec<Value> = events
                    .iter()
                    .map(|id| json!({"id": id, "customer": self.customer, "use_case": "image", "quantity": 1}))
                    .collect();
                json!({ "events": events })
            }
            Kind::Transfer { to, micros, .. } => {
                json!({"to": to, "credits": credits(*micros), "reason": "Unused here"})
            }
        }
    }

    /// Sends it.
    pub(super) async fn send(&self, http: &reqwest::Client, url: &str, secret: &str) -> Reply {
        let mut request = http
            .post(format!("{url}{}", self.path()))
            .bearer_auth(secret)
            .header("content-type", "application/json")
            .body(self.body().to_string());
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        let answer = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.text().await?))
        };
        let (status, text) = match answer.await {
            Ok(answer) => answer,
            Err(error) => return Reply::Unknown(error.to_string()),
        };
        let Ok(body) = serde_json::from_str::<Value>(&text) else {
            return Reply::Unknown(format!("{status} {text}"));
        };
        match status {
            status if status.is_success() => Reply::Acknowledged(body),
            StatusCode::SERVICE_UNAVAILABLE if body["code"] == "overloaded" => Reply::Nothing,
            status if status.is_server_error() => Reply::Unknown(text),
            _ => Reply::Refused(format!("{self:?}: {status} {text}")),
        }
    }

    /// The hold that it made, where it made one.
    pub(super) fn hold(&self, answer: &Value) -> Option<String> {
        match self.kind {
            Kind::Authorize { .. } => answer["hold"]["id"].as_str().map(str::to_owned),
            _ => None,
        }
    }
}

fn credits(micros: i64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// A request that was not acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) ask: Ask,
    /// The server said that it did nothing.
    pub(super) nothing: bool,
    /// What came back.
    pub(super) said: String,
}

/// What all writers of a cycle asked.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Acknowledged, with the answer.
    pub(super) answered: Vec<(Ask, Value)>,
    /// Not acknowledged.
    pub(super) open: Vec<Open>,
    /// What must not happen.
    pub(super) wrong: Vec<String>,
}

impl Journal {
    pub(super) fn add(&mut self, other: Self) {
        self.answered.extend(other.answered);
        self.open.extend(other.open);
        self.wrong.extend(other.wrong);
    }
}
