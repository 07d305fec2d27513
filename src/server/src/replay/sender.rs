//! Sends batches to `POST /v1/usage`, and keeps at it while the server is busy, restarts or is out of reach.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::trace::Row;
use super::{RunLabels, tell};
use crate::api::time;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// The first wait after a failure; it doubles up to the longest.
const WAIT_FIRST: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(10);
/// After so long without an answer the replay gives up.
const GIVE_UP_AFTER: Duration = Duration::from_mins(5);

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The address is not one.
    #[error("--url {url}: {message}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// The server refuses.
    #[error("the server refused: {status} {code}: {detail}")]
    Refused {
        /// The status.
        status: u16,
        /// The problem's code.
        code: String,
        /// What it says.
        detail: String,
    },
    /// The server stayed away.
    #[error("the server did not answer for {} seconds; the last try: {last}", GIVE_UP_AFTER.as_secs())]
    Away {
        /// What happened last.
        last: String,
    },
}

#[derive(Serialize)]
struct Body<'a> {
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
struct Event<'a> {
    id: &'a str,
    customer: &'a str,
    use_case: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    quantities: std::collections::BTreeMap<&'a str, String>,
    occurred_at: String,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<EventAnswer>,
}

/// How the server says that one event fared.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct EventAnswer {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) credits: Option<String>,
    pub(super) owed: Option<String>,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProblemAnswer {
    code: String,
    detail: String,
}

/// A failure that may pass, and what the server says of when.
struct Passing {
    what: String,
    retry_after: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Sender {
    client: reqwest::Client,
    address: reqwest::Url,
    bearer: SecretString,
    run: RunLabels,
}

impl Sender {
    pub(super) fn new(url: &str, secret: &SecretString, run: RunLabels) -> Result<Self, SendError> {
        let wrong = |message: String| SendError::Url {
            url: url.to_owned(),
            message,
        };
        let address = format!("{}/v1/usage", url.trim_end_matches('/'));
        let address = reqwest::Url::parse(&address).map_err(|error| wrong(error.to_string()))?;
        if !matches!(address.scheme(), "http" | "https") {
            return Err(wrong("begin with http:// or https://".to_owned()));
        }
        let client = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            client,
            address,
            bearer: secret.clone(),
            run,
        })
    }

    /// Sends rows until the server has answered for them.
    pub(super) async fn send(&self, rows: &[Row], shift_micros: i64) -> Result<Vec<EventAnswer>, SendError> {
        let body = Body {
            events: rows.iter().map(|row| self.event(row, shift_micros)).collect(),
        };
        let started = Instant::now();
        let mut wait = WAIT_FIRST;
        loop {
            let failure = match self.try_send(&body).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(failure)) => failure,
            };
            let pause = failure.retry_after.unwrap_or(wait).clamp(wait, WAIT_MAX);
            if started.elapsed() + pause > GIVE_UP_AFTER {
                return Err(SendError::Away { last: failure.what });
            }
            if wait == WAIT_FIRST {
                tell(&format!("waiting for the server: {}", failure.what));
            }
            tokio::time::sleep(pause).await;
            wait = (wait * 2).min(WAIT_MAX);
        }
    }

    fn event<'a>(&'a self, row: &'a Row, shift_micros: i64) -> Event<'a> {
        Event {
            id: &row.id,
            customer: self.run.customer.as_str(),
            use_case: self.run.use_case.as_str(),
            mode: self.run.mode.as_ref().map(drawdown_domain::Key::as_str),
            platform: self.run.platform.as_ref().map(drawdown_domain::Key::as_str),
            subject: self.run.subject.as_ref().map(drawdown_domain::Key::as_str),
            quantities: row
                .quantities
                .iter()
                .map(|(meter, q)| (meter.as_str(), q.to_string()))
                .collect(),
            occurred_at: time::format(row.at.plus_micros(shift_micros)),
        }
    }

    async fn try_send(&self, body: &Body<'_>) -> Result<Vec<EventAnswer>, Failure> {
        let passing = |what: String, retry_after| Failure::Passing(Passing { what, retry_after });
        let request = self
            .client
            .post(self.address.clone())
            .bearer_auth(self.bearer.expose_secret())
            .json(body)
            .send();
        let response = request.await.map_err(|error| passing(reason(&error), None))?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = retry_after.map(Duration::from_secs);
        if status.is_success() {
            let answer: Answer = response.json().await.map_err(|error| passing(reason(&error), None))?;
            if answer.results.len() != body.events.len() {
                let what = format!("{} answers for {} events", answer.results.len(), body.events.len());
                return Err(passing(what, None));
            }
            return Ok(answer.results);
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(passing(status.to_string(), retry_after));
        }
        let problem: ProblemAnswer = response.json().await.unwrap_or_default();
        Err(Failure::Final(SendError::Refused {
            status: status.as_u16(),
            code: problem.code,
            detail: problem.detail,
        }))
    }
}

enum Failure {
    Passing(Passing),
    Final(SendError),
}

/// The innermost cause says most: `connection refused` rather than `error sending request`.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
