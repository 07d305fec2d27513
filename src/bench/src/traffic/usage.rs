//! `POST /v1/usage` in batches of 500 events of ten customers, patched into one template.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Result, bail};

use super::{KEY_DIGITS, Numbers};
use crate::http::{Answer, json_request};
use crate::load::Traffic;

/// Events of a batch.
pub(crate) const EVENTS: u64 = 500;
/// Customers whose events come in one batch.
const CUSTOMERS_PER_BATCH: u64 = 10;
const NUMBER_DIGITS: usize = 12;
/// What stands in the template in place of a time, and as long.
const TIME: &str = "0000-00-00T00:00:00Z";

/// Whether events are new to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// Every event must be recorded.
    Fresh,
    /// Every event must be known.
    Known,
}

/// `POST /v1/usage` in batches of 500 events. A batch's events follow from its number alone, so that it can be sent
/// again.
pub(crate) struct Usage {
    template: Vec<u8>,
    /// Where each event's number, customer and time stand in the template.
    places: Vec<[usize; 3]>,
    customers: u64,
    times: Rc<[String]>,
    next: Cell<u64>,
    end: u64,
    word: &'static [u8],
}

impl Usage {
    /// Batches `from` to `end` of events of customers 0 to `customers`, used at one of `times` (RFC 3339, whole seconds,
    /// UTC) each.
    pub(crate) fn new(
        key: &str,
        customers: u64,
        times: Rc<[String]>,
        batches: std::ops::Range<u64>,
        novelty: Novelty,
    ) -> Self {
        let (number, zeros) = ("0".repeat(NUMBER_DIGITS), "0".repeat(KEY_DIGITS));
        let event = |place: u64| {
            format!(
                r#"{{"id":"call-{number}-{place:03}","customer":"c{zeros}","use_case":"code","mode":"{}","platform":"api","subject":"agent-{}","quantities":{{"context_tokens":{},"generated_tokens":{}}},"occurred_at":"{TIME}"}}"#,
                if place % 3 == 2 { "relaxed" } else { "fast" },
                place % 7,
                1000 + place * 7,
                100 + place
            )
        };
        let events: Vec<String> = (0..EVENTS).map(event).collect();
        let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
        let template = json_request("POST", "/v1/usage", key, &body);
        let find = |before: &str, what: &str| {
            let places = places_of(&template, format!("{before}{what}").as_bytes());
            places
                .into_iter()
                .map(move |place| place + before.len())
                .collect::<Vec<_>>()
        };
        let (numbers, keys, at) = (find("\"call-", &number), find("\"c", &zeros), find("\"", TIME));
        let places = numbers.into_iter().zip(keys).zip(at);
        Self {
            places: places.map(|((number, key), at)| [number, key, at]).collect(),
            template,
            customers,
            times,
            next: Cell::new(batches.start),
            end: batches.end,
            word: match novelty {
                Novelty::Fresh => br#""status":"recorded""#,
                Novelty::Known => br#""status":"duplicate""#,
            },
        }
    }

    /// The first batch that was not sent.
    pub(crate) fn unsent(&self) -> u64 {
        self.next.get()
    }

    fn write(&self, batch: u64, request: &mut Vec<u8>) {
        request.clear();
        request.extend_from_slice(&self.template);
        let number = format!("{batch:0NUMBER_DIGITS$}");
        let numbers = Numbers::new(batch);
        let keys: Vec<String> = (0..CUSTOMERS_PER_BATCH)
            .map(|_| format!("{:0KEY_DIGITS$}", numbers.below(self.customers)))
            .collect();
        let time = usize::try_from(numbers.below(self.times.len() as u64)).unwrap_or(0);
        let time = self.times.get(time).map_or(TIME, String::as_str);
        for ([at_number, at_key, at_time], key) in self.places.iter().zip(keys.iter().cycle()) {
            for (place, text) in [(at_number, &number[..]), (at_key, key), (at_time, time)] {
                request[*place..place + text.len()].copy_from_slice(text.as_bytes());
            }
        }
    }
}

fn places_of(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    (0..bytes.len().saturating_sub(what.len()))
        .filter(|place| bytes[*place..].starts_with(what))
        .collect()
}

impl Traffic for Usage {
    fn next(&self, request: &mut Vec<u8>) -> bool {
        let batch = self.next.get();
        if batch >= self.end {
            return false;
        }
        self.next.set(batch + 1);
        self.write(batch, request);
        true
    }

    fn judge(&self, answer: Answer<'_>) -> Result<u64> {
        let answer = answer.expect(&[200])?;
        let found = answer
            .body
            .windows(self.word.len())
            .filter(|part| *part == self.word)
            .count();
        if found as u64 != EVENTS {
            let shown: String = String::from_utf8_lossy(answer.body).chars().take(400).collect();
            bail!(
                "{found} of {EVENTS} events were answered by {}: {shown}",
                String::from_utf8_lossy(self.word)
            );
        }
        Ok(EVENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(request: &[u8]) -> String {
        String::from_utf8(request.to_vec()).unwrap()
    }

    fn body(request: &[u8]) -> serde_json::Value {
        let text = text(request);
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    #[test]
    fn a_batch_has_500_events_of_its_own_and_is_the_same_again() {
        let times: Rc<[String]> = Rc::new(["2026-11-22T12:00:00Z".to_owned()]);
        let usage = |batches| Usage::new("k", 1000, times.clone(), batches, Novelty::Fresh);
        let (mut first, mut second, mut again) = (Vec::new(), Vec::new(), Vec::new());
        let traffic = usage(0..2);
        assert!(traffic.next(&mut first) && traffic.next(&mut second));
        assert!(!traffic.next(&mut Vec::new()));
        assert_eq!(traffic.unsent(), 2);
        usage(1..9).next(&mut again);
        assert_eq!(text(&second), text(&again));
        let ids: std::collections::BTreeSet<String> = [&first, &second]
            .iter()
            .flat_map(|request| body(request)["events"].as_array().unwrap().clone())
            .map(|event| event["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 1000);
        let customers: std::collections::BTreeSet<String> = body(&second)["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["customer"].as_str().unwrap().to_owned())
            .collect();
        assert!((5..=10).contains(&customers.len()), "{customers:?}");
        assert_eq!(body(&second)["events"][499]["occurred_at"], "2026-11-22T12:00:00Z");
    }

    #[test]
    fn batches_that_are_not_all_recorded_are_an_error() {
        let traffic = Usage::new("k", 10, Rc::new([]), 0..1, Novelty::Known);
        let answered = |count: usize, word: &str| {
            let body = format!(r#"{{"status":"{word}"}}"#).repeat(count);
            traffic
                .judge(Answer {
                    status: 200,
                    head: b"",
                    body: body.as_bytes(),
                })
                .is_ok()
        };
        assert!(answered(500, "duplicate"));
        assert!(!answered(499, "duplicate") && !answered(500, "recorded"));
    }
}
