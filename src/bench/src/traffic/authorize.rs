//! `POST /v1/authorize` for one of many customers at a time, prepared beforehand.

use std::cell::Cell;

use anyhow::{Result, bail};

use super::{Numbers, customer};
use crate::http::{Answer, json_request};
use crate::load::Traffic;

/// `POST /v1/authorize` for one of many customers at a time. Every run must be allowed.
pub(crate) struct Authorize {
    requests: Vec<Vec<u8>>,
    order: Order,
}

enum Order {
    /// Any of them, for ever.
    Chance(Numbers),
    /// Each once; the next is this.
    Turn(Cell<u64>),
}

impl Authorize {
    /// For customers 0 to `customers`, one as likely as the other.
    pub(crate) fn new(key: &str, customers: u64, seed: u64) -> Self {
        Self::ordered(key, customers, Order::Chance(Numbers::new(seed)))
    }

    /// For each of customers 0 to `customers` once.
    pub(crate) fn each(key: &str, customers: u64) -> Self {
        Self::ordered(key, customers, Order::Turn(Cell::new(0)))
    }

    fn ordered(key: &str, customers: u64, order: Order) -> Self {
        let body = |number: u64| {
            format!(
                r#"{{"customer":"{}","use_case":"code","mode":"fast","platform":"api","subject":"agent-7","quantities":{{"context_tokens":4000,"generated_tokens":600}},"ttl_s":7200}}"#,
                customer(number)
            )
        };
        let requests = (0..customers).map(|number| json_request("POST", "/v1/authorize", key, &body(number)));
        Self {
            requests: requests.collect(),
            order,
        }
    }
}

impl Traffic for Authorize {
    fn next(&self, request: &mut Vec<u8>) -> bool {
        let place = match &self.order {
            Order::Chance(numbers) => numbers.below(self.requests.len() as u64),
            Order::Turn(next) => next.replace(next.get() + 1),
        };
        let Some(chosen) = usize::try_from(place).ok().and_then(|place| self.requests.get(place)) else {
            return false;
        };
        request.clear();
        request.extend_from_slice(chosen);
        true
    }

    fn judge(&self, answer: Answer<'_>) -> Result<u64> {
        let answer = answer.expect(&[200])?;
        if !answer.body.starts_with(br#"{"allowed":true"#) {
            bail!("a run was refused: {}", String::from_utf8_lossy(answer.body));
        }
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_customer_is_asked_for_once() {
        let traffic = Authorize::each("k", 2);
        let mut request = Vec::new();
        for customer in ["c000000", "c000001"] {
            assert!(traffic.next(&mut request));
            assert!(String::from_utf8_lossy(&request).contains(customer));
        }
        assert!(!traffic.next(&mut request));
    }

    #[test]
    fn a_refused_run_is_an_error() {
        let traffic = Authorize::new("k", 3, 1);
        let mut request = Vec::new();
        assert!(traffic.next(&mut request));
        assert!(String::from_utf8(request).unwrap().contains("\"customer\":\"c00000"));
        let judged = |body: &[u8]| {
            traffic.judge(Answer {
                status: 200,
                head: b"",
                body,
            })
        };
        assert!(judged(br#"{"allowed":true,"dry_run":false}"#).is_ok());
        assert!(judged(br#"{"allowed":false}"#).is_err());
    }
}
