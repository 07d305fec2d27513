//! The two halves of the truth against each other: every acknowledged answer is in the database, once, and as it was
//! answered; what was not acknowledged is there as a whole or not at all; and there is nothing else.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::asks::{Ask, Journal, Kind, Open};
use super::facts::Facts;

/// How the database stands to the requests of a cycle.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    /// Acknowledged and not in the database.
    pub(super) lost: Vec<String>,
    /// There more than once, or asked by nobody.
    pub(super) doubled: Vec<String>,
    /// There otherwise than it was answered, or in part.
    pub(super) wrong: Vec<String>,
    /// Not acknowledged, and done.
    pub(super) done: usize,
    /// Not acknowledged, and not done.
    pub(super) not_done: usize,
}

/// How a request stands in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Absent,
    Once,
    Doubled,
    Wrong(String),
}

impl Comparison {
    pub(super) fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }
}

/// Compares. `given` are the grants that the cycle itself made for its customers.
pub(super) fn compare(journal: &Journal, facts: &Facts, given: usize) -> Comparison {
    let mut found = Comparison {
        wrong: journal.wrong.clone(),
        ..Comparison::default()
    };
    let mut expected = Expected {
        grants: given,
        ..Expected::default()
    };
    for (ask, answer) in &journal.answered {
        match standing(ask, Some(answer), facts) {
            Standing::Absent if asks_for_nothing(ask, answer) => {}
            Standing::Absent => found.lost.push(format!("{ask:?}, answered {answer}")),
            Standing::Doubled => found.doubled.push(format!("{ask:?}, answered {answer}")),
            Standing::Wrong(what) => found.wrong.push(format!("{ask:?}, answered {answer}: {what}")),
            Standing::Once => expected.add(ask),
        }
    }
    for Open { ask, nothing, said } in &journal.open {
        match standing(ask, None, facts) {
            Standing::Absent => found.not_done += 1,
            Standing::Once if *nothing => {
                found
                    .wrong
                    .push(format!("{ask:?}: the server said that it did nothing, and it did it"));
            }
            Standing::Once => {
                found.done += 1;
                expected.add(ask);
            }
            Standing::Doubled => found.doubled.push(format!("{ask:?}, not acknowledged: {said}")),
            Standing::Wrong(what) => found.wrong.push(format!("{ask:?}, not acknowledged ({said}): {what}")),
        }
    }
    expected.compare(facts, &mut found);
    found
}

/// True for a run that was refused: there is nothing to be found of it.
fn asks_for_nothing(ask: &Ask, answer: &Value) -> bool {
    matches!(ask.kind, Kind::Authorize { .. }) && answer["allowed"] == false
}

/// Where `answer` is given the rows must say the same.
fn standing(ask: &Ask, answer: Option<&Value>, facts: &Facts) -> Standing {
    match &ask.kind {
        Kind::Grant { micros } => {
            let count = facts.grants.get(&(ask.customer.clone(), *micros));
            once(count.copied().unwrap_or_default())
        }
        Kind::Transfer { to, micros, .. } => {
            let count = facts.grants.get(&(to.clone(), *micros));
            once(count.copied().unwrap_or_default())
        }
        Kind::Authorize { subject, images, .. } => {
            let holds = facts.holds.get(subject).map_or(&[][..], Vec::as_slice);
            let [hold] = holds else { return once(holds.len()) };
            if hold.credits != i64::from(*images) * 1_000_000 {
                return Standing::Wrong(format!("{hold:?}"));
            }
            match answer.map(|answer| &answer["hold"]["id"]) {
                Some(id) if id != hold.id.as_str() => Standing::Wrong(format!("{hold:?}")),
                _ => Standing::Once,
            }
        }
        Kind::Capture { hold, images } => capture(hold, *images, answer, facts),
        Kind::Release { hold } => match facts.hold(hold) {
            None => Standing::Wrong("its hold is gone".to_owned()),
            Some(found) if found.state == "open" => Standing::Absent,
            Some(found) if found.state == "released" && facts.events_of(hold).is_empty() => Standing::Once,
            Some(found) => Standing::Wrong(format!("{found:?}")),
        },
        Kind::Record { events } => record(events, facts),
    }
}

fn once(count: usize) -> Standing {
    match count {
        0 => Standing::Absent,
        1 => Standing::Once,
        _ => Standing::Doubled,
    }
}

fn capture(id: &str, images: u32, answer: Option<&Value>, facts: &Facts) -> Standing {
    let Some(hold) = facts.hold(id) else {
        return Standing::Wrong("its hold is gone".to_owned());
    };
    let events = facts.events_of(id);
    match (hold.state.as_str(), events.as_slice()) {
        ("open", []) => Standing::Absent,
        ("captured", [event]) => {
            let price = i64::from(images) * 1_000_000;
            let answered = answer.map_or(Some(price), |answer| micros(&answer["credits"]));
            if hold.captured == Some(price) && event.credits == price && answered == Some(price) {
                Standing::Once
            } else {
                Standing::Wrong(format!("{hold:?} {event:?}"))
            }
        }
        ("captured", [_, _, ..]) => Standing::Doubled,
        _ => Standing::Wrong(format!("{hold:?} {events:?}")),
    }
}

fn record(events: &[String], facts: &Facts) -> Standing {
    let counts: BTreeSet<usize> = events
        .iter()
        .map(|event| facts.events.get(event).map_or(0, Vec::len))
        .collect();
    match counts.into_iter().collect::<Vec<_>>().as_slice() {
        [0] => Standing::Absent,
        [1] => Standing::Once,
        [count] if *count > 1 => Standing::Doubled,
        counts => Standing::Wrong(format!("in part: its events are there {counts:?} times")),
    }
}

fn micros(credits: &Value) -> Option<i64> {
    let credits: Decimal = credits.as_str()?.parse().ok()?;
    i64::try_from(credits * Decimal::from(1_000_000)).ok()
}

/// How many rows there must be in all.
#[derive(Debug, Default)]
struct Expected {
    grants: usize,
    holds: usize,
    events: usize,
}

impl Expected {
    fn add(&mut self, ask: &Ask) {
        match &ask.kind {
            Kind::Grant { .. } | Kind::Transfer { .. } => self.grants += 1,
            Kind::Authorize { .. } => self.holds += 1,
            Kind::Capture { .. } => self.events += 1,
            Kind::Release { .. } => {}
            Kind::Record { events } => self.events += events.len(),
        }
    }

    fn compare(&self, facts: &Facts, found: &mut Comparison) {
        let there: [(&str, usize, usize); 3] = [
            ("grants", self.grants, facts.grants.values().sum()),
            ("holds", self.holds, facts.holds.values().map(Vec::len).sum()),
            ("events", self.events, facts.events.values().map(Vec::len).sum()),
        ];
        for (what, expected, there) in there {
            if there > expected {
                found
                    .doubled
                    .push(format!("{there} {what}, of which {expected} were asked for"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::facts::{EventFact, HoldFact};
    use super::*;

    fn ask(kind: Kind) -> Ask {
        Ask {
            key: Some("k".to_owned()),
            customer: "a".to_owned(),
            kind,
        }
    }

    fn events(keys: &[&str]) -> Kind {
        Kind::Record {
            events: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    fn transfer() -> Kind {
        Kind::Transfer {
            grant: "grant_1".to_owned(),
            to: "b".to_owned(),
            micros: 8,
        }
    }

    fn facts() -> Facts {
        let event = |hold: Option<&str>| EventFact {
            credits: 2_000_000,
            hold: hold.map(str::to_owned),
        };
        let hold = HoldFact {
            id: "hold_1".to_owned(),
            state: "captured".to_owned(),
            credits: 3_000_000,
            captured: Some(2_000_000),
        };
        Facts {
            grants: [(("a".to_owned(), 7), 1), (("b".to_owned(), 8), 1)].into(),
            holds: [("s".to_owned(), vec![hold])].into(),
            events: [
                ("e".to_owned(), vec![event(None)]),
                ("c".to_owned(), vec![event(Some("hold_1"))]),
            ]
            .into(),
        }
    }

    fn compared(answered: Vec<(Kind, Value)>, open: Vec<Kind>, facts: &Facts) -> Comparison {
        let journal = Journal {
            answered: answered.into_iter().map(|(kind, answer)| (ask(kind), answer)).collect(),
            open: open
                .into_iter()
                .map(|kind| Open {
                    ask: ask(kind),
                    nothing: false,
                    said: String::new(),
                })
                .collect(),
            wrong: Vec::new(),
        };
        compare(&journal, facts, 0)
    }

    fn everything() -> Vec<(Kind, Value)> {
        let subject = "s".to_owned();
        let hold = "hold_1".to_owned();
        vec![
            (Kind::Grant { micros: 7 }, json!({})),
            (transfer(), json!({})),
            (
                Kind::Authorize {
                    subject,
                    images: 3,
                    ttl_s: 9,
                },
                json!({"hold": {"id": "hold_1"}}),
            ),
            (Kind::Capture { hold, images: 2 }, json!({"credits": "2"})),
            (events(&["e"]), json!({})),
        ]
    }

    #[test]
    fn what_is_as_it_was_answered_is_clean() {
        assert!(compared(everything(), Vec::new(), &facts()).is_clean());
    }

    #[test]
    fn what_is_lost_doubled_halved_or_unasked_is_found() {
        let mut without = facts();
        without.events.remove("e");
        assert_eq!(compared(everything(), Vec::new(), &without).lost.len(), 1);
        let mut twice = facts();
        let event = twice.events["e"][0].clone();
        twice.events.get_mut("e").unwrap().push(event);
        assert!(!compared(everything(), Vec::new(), &twice).doubled.is_empty());
        let mut gone = facts();
        gone.grants.remove(&("b".to_owned(), 8));
        assert_eq!(compared(everything(), Vec::new(), &gone).lost.len(), 1);
        let unasked = compared(everything().split_off(1), Vec::new(), &facts());
        assert_eq!(unasked.doubled.len(), 1);
        let halved = compared(everything(), vec![events(&["e", "f"])], &facts());
        assert_eq!(halved.wrong.len(), 1);
        let mut dearer = everything();
        dearer[3].1 = json!({"credits": "2.5"});
        assert_eq!(compared(dearer, Vec::new(), &facts()).wrong.len(), 1);
    }

    #[test]
    fn what_was_not_acknowledged_may_be_done_or_not() {
        let mut known = everything();
        let (last, _) = known.pop().unwrap();
        let found = compared(known, vec![last, events(&["g"])], &facts());
        assert_eq!((found.is_clean(), found.done, found.not_done), (true, 1, 1));
    }
}
