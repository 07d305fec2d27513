//! Usage that goes on: a few runs a second of the demo's customers, authorised and captured through `/v1`.
//!
//! Sizes follow each customer's balance, so that a demo lasts for days; a customer on a trial is left alone, with the few
//! credits that it has. What goes wrong is logged at level debug and tried again: a demo never takes its server down.

use std::collections::BTreeMap;
use std::time::Duration;

use drawdown_domain::catalogue::{Rate, Rates, UseCase};
use drawdown_domain::plan::PlanKind;
use drawdown_domain::{Credits, Key};
use drawdown_service::{Service, ServiceError};
use rand::Rng as _;
use rand::seq::{IndexedRandom as _, IteratorRandom as _};
use rust_decimal::Decimal;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::DEMO;
use crate::http::shutdown::Shutdown;

/// Between two runs, in milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 120..600;
/// From the start of a run to its end, in milliseconds.
const RUN_MS: std::ops::Range<u64> = 200..2_500;
/// A run of usual size burns one part in so many of the customer's balance.
const RUNS_IN_A_BALANCE: i64 = 40_000;
/// How often balances are looked at again.
const LOOK_EVERY: u32 = 100;
/// How long to wait after a failure.
const REST: Duration = Duration::from_secs(2);
/// Agents who run; the first ones most.
const SUBJECTS: [&str; 6] = ["ada", "grace", "linus", "nightly-build", "review-bot", "support-bot"];

/// A customer to play for.
struct Player {
    key: Key,
    balance: Credits,
}

/// Plays until the server stops.
pub async fn play(url: String, secret: SecretString, service: Service, shutdown: Shutdown) {
    let api = Api {
        client: reqwest::Client::new(),
        url,
        secret,
    };
    tokio::select! {
        () = shutdown.begun() => {}
        () = go_on(api, service) => {}
    }
}

async fn go_on(api: Api, service: Service) {
    loop {
        match cast(&service).await {
            Ok((players, rates)) if !players.is_empty() => {
                for _ in 0..LOOK_EVERY {
                    if let Some(run) = run(&players, &rates) {
                        tokio::spawn(perform(api.clone(), run));
                    }
                    let pause = rand::rng().random_range(PAUSE_MS);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
            Ok(_) => tokio::time::sleep(REST).await,
            Err(error) => {
                tracing::debug!(error = ?error, "the demo cannot look at its customers");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Who plays, the largest balance first, and what is sold.
async fn cast(service: &Service) -> Result<(Vec<Player>, Rates), ServiceError> {
    let customers = service.customers(&DEMO, None, 200).await?.items;
    let plays = customers.into_iter().filter(|customer| {
        customer.balance.is_positive() && customer.plan.as_ref().is_some_and(|plan| plan.kind != PlanKind::Trial)
    });
    let mut players: Vec<_> = plays
        .map(|customer| Player {
            key: customer.key,
            balance: customer.balance,
        })
        .collect();
    players.sort_by_key(|player| std::cmp::Reverse(player.balance));
    Ok((players, service.rates().await?))
}

/// A run to be: the body of an authorize, and what it will use by meter.
struct Run {
    ask: Value,
    quantities: BTreeMap<Key, Decimal>,
}

fn run(players: &[Player], rates: &Rates) -> Option<Run> {
    let mut random = rand::rng();
    let player = players.choose(&mut random)?;
    let (use_case, offer) = rates.use_cases.iter().choose(&mut random)?;
    let mode = match offer.ladder.first() {
        Some(first) if random.random_bool(0.8) => first,
        Some(_) => offer.ladder.choose(&mut random)?,
        None => rates.modes.keys().next()?,
    };
    let platform = rates.platforms.keys().choose(&mut random)?;
    let percent: i64 = random.random_range(20..=300);
    let size = player.balance.to_decimal() * Decimal::from(percent) / Decimal::from(100 * RUNS_IN_A_BALANCE);
    let quantities = sized(offer, size);
    let subject = SUBJECTS.get(
        random
            .random_range(0..SUBJECTS.len())
            .min(random.random_range(0..SUBJECTS.len())),
    )?;
    let ask = json!({
        "customer": player.key, "use_case": use_case, "mode": mode, "platform": platform, "subject": subject,
        "quantities": texts(&quantities), "ttl_s": 60,
    });
    Some(Run { ask, quantities })
}

/// Quantities that cost about `size` credits before multipliers: an equal part for each meter, one unit at least.
fn sized(offer: &UseCase, size: Decimal) -> BTreeMap<Key, Decimal> {
    let meters = Decimal::from(offer.meters.len().max(1));
    let units = |rate: &Rate| {
        let share = size / meters;
        let exact = share
            .checked_div(rate.credits)
            .and_then(|units| units.checked_mul(rate.per));
        exact
            .unwrap_or(Decimal::ONE)
            .round()
            .clamp(Decimal::ONE, Decimal::from(1_000_000))
    };
    offer
        .meters
        .iter()
        .map(|(meter, rate)| (meter.clone(), units(rate)))
        .collect()
}

fn texts(quantities: &BTreeMap<Key, Decimal>) -> BTreeMap<String, String> {
    quantities
        .iter()
        .map(|(meter, quantity)| (meter.to_string(), quantity.to_string()))
        .collect()
}

async fn perform(api: Api, run: Run) {
    if let Err(error) = try_perform(&api, run).await {
        tracing::debug!(%error, "a run of the demo failed");
    }
}

#[derive(Deserialize)]
struct Decided {
    hold: Option<Held>,
}

#[derive(Deserialize)]
struct Held {
    id: String,
}

async fn try_perform(api: &Api, run: Run) -> Result<(), reqwest::Error> {
    let decided: Decided = api.post("/v1/authorize", &run.ask).await?.json().await?;
    let Some(hold) = decided.hold else { return Ok(()) };
    let (pause, percent, failed) = {
        let mut random = rand::rng();
        (
            random.random_range(RUN_MS),
            random.random_range(60_i64..=110),
            random.random_bool(0.02),
        )
    };
    tokio::time::sleep(Duration::from_millis(pause)).await;
    if failed {
        api.post(
            &format!("/v1/holds/{}/release", hold.id),
            &json!({"reason": "cancelled"}),
        )
        .await?;
        return Ok(());
    }
    let part = |quantity: Decimal| {
        (quantity * Decimal::from(percent) / Decimal::ONE_HUNDRED)
            .round()
            .max(Decimal::ONE)
    };
    let used = run
        .quantities
        .into_iter()
        .map(|(meter, quantity)| (meter, part(quantity)))
        .collect();
    api.post(
        &format!("/v1/holds/{}/capture", hold.id),
        &json!({"quantities": texts(&used)}),
    )
    .await?;
    Ok(())
}

#[derive(Clone)]
struct Api {
    client: reqwest::Client,
    url: String,
    secret: SecretString,
}

impl Api {
    async fn post(&self, path: &str, body: &Value) -> Result<reqwest::Response, reqwest::Error> {
        let address = format!("{}{path}", self.url);
        let request = self
            .client
            .post(address)
            .bearer_auth(self.secret.expose_secret())
            .json(body);
        request.send().await?.error_for_status()
    }
}
