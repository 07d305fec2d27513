//! Makes customers through the door that everybody uses: `PUT /v1/customers` and their grants, over many connections.
//! Each customer is on a plan with two caps and a throttle.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::http::{Connection, json_request};
use crate::installation::Installation;
use crate::load;
use crate::traffic::{Authorize, Once, customer};

const CONNECTIONS: usize = 64;
const TIME_MAX: Duration = Duration::from_mins(10);
/// Credits of each customer: more than any run of the bench can use.
const CREDITS: &str = "100000000000";
/// From when they are valid: before every event of the bench.
const VALID_FROM: &str = "2020-01-01T00:00:00Z";

/// Makes customers 0 to `count`, each with credits.
pub(crate) async fn customers(installation: &Installation, count: u64) -> Result<()> {
    for step in [put, grant] {
        let key = installation.key.clone();
        let requests = (0..count).map(move |number| step(&key, number));
        let made = load::times(
            installation.address,
            CONNECTIONS,
            TIME_MAX,
            Rc::new(Once::new(requests)),
        )
        .await?;
        if made.units != count {
            bail!("only {} of {count} customers could be made in time", made.units);
        }
    }
    Ok(())
}

/// Authorizes once in each of customers 0 to `count`, unmeasured: what a server remembers of a customer it has to
/// read once.
pub(crate) async fn meet(installation: &Installation, count: u64) -> Result<()> {
    let each = Rc::new(Authorize::each(&installation.key, count));
    let met = load::times(installation.address, CONNECTIONS, TIME_MAX, each).await?;
    if met.units != count {
        bail!("only {} of {count} customers could be met in time", met.units);
    }
    Ok(())
}

fn put(key: &str, number: u64) -> Vec<u8> {
    let body = format!(r#"{{"name":"Customer {number}","plan":"bench"}}"#);
    json_request("PUT", &format!("/v1/customers/{}", customer(number)), key, &body)
}

fn grant(key: &str, number: u64) -> Vec<u8> {
    let body = format!(r#"{{"kind":"purchase","credits":"{CREDITS}","effective_at":"{VALID_FROM}"}}"#);
    json_request(
        "POST",
        &format!("/v1/customers/{}/grants", customer(number)),
        key,
        &body,
    )
}

/// The balances of customers 0 to `count`, in their order, as the server shows them.
pub(crate) async fn balances(installation: &Installation, count: u64) -> Result<Vec<String>> {
    let mut connection = Connection::open(installation.address).await?;
    let mut balances = Vec::new();
    for number in 0..count {
        let path = format!("/v1/customers/{}", customer(number));
        let answer = connection
            .exchange(&json_request("GET", &path, &installation.key, ""))
            .await?;
        let body: serde_json::Value = serde_json::from_slice(answer.expect(&[200])?.body)?;
        balances.push(body["balance"].as_str().context("a balance is text")?.to_owned());
    }
    Ok(balances)
}
