//! Usage without holds: one call may carry events of many customers; each customer's are one request to the ledger, and
//! all are answered in the order in which they came.

use std::collections::{BTreeMap, HashMap, VecDeque};

use drawdown_domain::account::content_hash;
use drawdown_domain::id::{OrganizationId, UsageEventId};
use drawdown_domain::key::Key;
use drawdown_domain::outcome::{EventResult, EventStatus, Outcome, RequestError};
use drawdown_domain::request::Request;
use drawdown_domain::usage::NewEvent;
use drawdown_domain::{Timestamp, catalogue::Catalogue};
use drawdown_store::Attachments;
use tokio::task::JoinSet;

use super::{Idempotency, Quantities, RunInput, rates_at, resolve};
use crate::actor::{Action, Actor};
use crate::error::{ServiceError, request_code};
use crate::service::{Service, unexpected};

/// The most events of one call.
pub const EVENTS_PER_CALL_MAX: usize = 1_000;
/// The longest identifier of an event, in bytes.
const EVENT_ID_BYTES_MAX: usize = 128;

/// One event of `POST /v1/usage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInput {
    /// The reporter's identifier, 1 to 128 bytes.
    pub id: String,
    /// The customer's key.
    pub customer: Key,
    /// What ran.
    pub run: RunInput,
    /// How much.
    pub quantities: Quantities,
    /// When; now, where absent.
    pub occurred_at: Option<Timestamp>,
}

/// How one event fared: as the ledger says, or rejected before it came there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventAnswer {
    /// What the ledger said.
    pub result: EventResult,
    /// Stable code of the rejection.
    pub code: Option<&'static str>,
    /// For people: why it was rejected.
    pub message: Option<String>,
}

impl From<EventResult> for EventAnswer {
    fn from(result: EventResult) -> Self {
        Self {
            code: result.error.as_ref().map(request_code),
            message: result.error.as_ref().map(ToString::to_string),
            result,
        }
    }
}

fn rejected(key: &str, code: &'static str, message: String, error: Option<RequestError>) -> EventAnswer {
    EventAnswer {
        result: EventResult {
            key: key.to_owned(),
            status: EventStatus::Rejected,
            credits: None,
            owed: None,
            error,
        },
        code: Some(code),
        message: Some(message),
    }
}

/// One customer's events, with their places in the call.
#[derive(Debug, Default)]
struct Part {
    places: Vec<usize>,
    events: Vec<NewEvent>,
    /// Copies of the events that came without a time, by their place in the call.
    untimed: BTreeMap<usize, NewEvent>,
}

impl Service {
    /// Takes in usage without holds: 1 to 1000 events of any customers, answered in their order. One bad event does
    /// not harm the others. Where a part could not be carried out the call fails; repeating it counts nothing twice,
    /// because events are known by their identifiers.
    pub async fn record(
        &self,
        actor: &Actor,
        events: Vec<EventInput>,
        idempotency: Option<Idempotency>,
    ) -> Result<Vec<EventAnswer>, ServiceError> {
        if !(1..=EVENTS_PER_CALL_MAX).contains(&events.len()) {
            return Err(ServiceError::field(
                "events",
                "length",
                "send 1 to 1000 events at a time",
            ));
        }
        let mut catalogue = self.store().catalogue_lately().await?;
        let mut is_newest = false;
        let now = self.now();
        let mut answers: Vec<Option<EventAnswer>> = events.iter().map(|_| None).collect();
        let mut parts: BTreeMap<OrganizationId, Part> = BTreeMap::new();
        for (place, event) in events.into_iter().enumerate() {
            let untimed = event.occurred_at.is_none();
            let mut accepted = self.accept(actor, &catalogue, now, &event).await?;
            if !is_newest && matches!(accepted, Err(Rejection::Request(_))) {
                // What is not priced may have been published a moment ago.
                catalogue = self.store().catalogue().await?;
                is_newest = true;
                accepted = self.accept(actor, &catalogue, now, &event).await?;
            }
            match accepted {
                Ok((organization, event)) => {
                    let part = parts.entry(organization).or_default();
                    part.places.push(place);
                    if untimed {
                        part.untimed.insert(place, event.clone());
                    }
                    part.events.push(event);
                }
                Err(reason) => {
                    if let Some(answer) = answers.get_mut(place) {
                        *answer = Some(reason.answer(&event.id));
                    }
                }
            }
        }
        let idempotency = idempotency.map(|given| given.of(actor));
        let mut tasks = JoinSet::new();
        for (organization, part) in parts {
            let (service, idempotency) = (self.clone(), idempotency.clone());
            tasks.spawn(async move { service.record_part(organization, part, idempotency).await });
        }
        while let Some(done) = tasks.join_next().await {
            for (place, result) in done.map_err(ServiceError::internal)?? {
                if let Some(answer) = answers.get_mut(place) {
                    *answer = Some(result.into());
                }
            }
        }
        answers
            .into_iter()
            .map(|answer| answer.ok_or_else(|| ServiceError::internal("the ledger left an event unanswered")))
            .collect()
    }

    /// Records one customer's events; gives each one's place and result.
    async fn record_part(
        &self,
        organization: OrganizationId,
        part: Part,
        idempotency: Option<drawdown_store::Idempotency>,
    ) -> Result<Vec<(usize, EventResult)>, ServiceError> {
        let mut placed = if idempotency.is_some() {
            let events = part.events.clone();
            let kept = self.record_events(organization, part.events, idempotency).await?;
            self.find_results(organization, part.places, events, kept).await?
        } else {
            let results = self.record_events(organization, part.events, None).await?;
            part.places.into_iter().zip(results).collect()
        };
        for (place, result) in &mut placed {
            if result.error == Some(RequestError::EventReused)
                && let Some(event) = part.untimed.get(place)
                && let Some(duplicate) = self.repeated(organization, event).await?
            {
                *result = duplicate;
            }
        }
        Ok(placed)
    }

    /// Has the ledger record events of one customer; gives their results in order.
    async fn record_events(
        &self,
        organization: OrganizationId,
        events: Vec<NewEvent>,
        idempotency: Option<drawdown_store::Idempotency>,
    ) -> Result<Vec<EventResult>, ServiceError> {
        let request = Request::Record(events);
        let outcome = self
            .submit(organization, request, idempotency, Attachments::default())
            .await?;
        match outcome {
            Outcome::Recorded(results) => Ok(results),
            other => Err(unexpected(&other)),
        }
    }

    /// Gives each event of a keyed call its result. A repeat is answered as the first time, when fewer of the call's events
    /// may have come to the ledger, because some had no price then: those are recorded now.
    async fn find_results(
        &self,
        organization: OrganizationId,
        places: Vec<usize>,
        events: Vec<NewEvent>,
        kept: Vec<EventResult>,
    ) -> Result<Vec<(usize, EventResult)>, ServiceError> {
        let mut by_key: HashMap<String, VecDeque<EventResult>> = HashMap::new();
        for result in kept {
            by_key.entry(result.key.clone()).or_default().push_back(result);
        }
        let mut found = Vec::with_capacity(events.len());
        let (mut places_left, mut events_left) = (Vec::new(), Vec::new());
        for (place, event) in places.into_iter().zip(events) {
            if let Some(result) = by_key.get_mut(&event.key).and_then(VecDeque::pop_front) {
                found.push((place, result));
            } else {
                places_left.push(place);
                events_left.push(event);
            }
        }
        if !events_left.is_empty() {
            let results = self.record_events(organization, events_left, None).await?;
            found.extend(places_left.into_iter().zip(results));
        }
        Ok(found)
    }

    /// An event that came without a time was given that of its arrival, so that a repeat looks like another event. It
    /// is the same where all but the time is.
    async fn repeated(
        &self,
        organization: OrganizationId,
        event: &NewEvent,
    ) -> Result<Option<EventResult>, ServiceError> {
        let Some(known) = self.store().event(organization, &event.key).await? else {
            return Ok(None);
        };
        let known = known.event;
        let same = known.content_hash == content_hash(&event.run, &event.quantities, known.occurred_at);
        Ok(same.then_some(EventResult {
            key: known.key,
            status: EventStatus::Duplicate,
            credits: Some(known.credits),
            owed: None,
            error: None,
        }))
    }

    /// The event as the ledger takes it, or why it is rejected before.
    async fn accept(
        &self,
        actor: &Actor,
        catalogue: &Catalogue,
        now: Timestamp,
        event: &EventInput,
    ) -> Result<Result<(OrganizationId, NewEvent), Rejection>, ServiceError> {
        if !(1..=EVENT_ID_BYTES_MAX).contains(&event.id.len()) {
            return Ok(Err(Rejection::BadId));
        }
        let organization = match self.organization_of(actor, &event.customer).await {
            Ok(organization) => organization,
            Err(ServiceError::NotFound(_)) => return Ok(Err(Rejection::UnknownCustomer(event.customer.clone()))),
            Err(error) => return Err(error),
        };
        actor.authorise(Action::Meter, Some(organization))?;
        let occurred_at = event.occurred_at.unwrap_or(now);
        let rates = rates_at(catalogue, occurred_at)?;
        Ok(
            match resolve(rates, actor, event.run.clone(), event.quantities.clone()) {
                Ok((run, quantities)) => {
                    let event = NewEvent {
                        id: UsageEventId::from_uuid(self.random().uuid(now)),
                        key: event.id.clone(),
                        run,
                        quantities,
                        occurred_at,
                    };
                    Ok((organization, event))
                }
                Err(error) => Err(Rejection::Request(RequestError::Price(error))),
            },
        )
    }
}

/// Why an event did not come to the ledger.
#[derive(Debug)]
enum Rejection {
    BadId,
    UnknownCustomer(Key),
    Request(RequestError),
}

impl Rejection {
    fn answer(self, id: &str) -> EventAnswer {
        match self {
            Self::BadId => rejected(id, "invalid_event_id", "an id has 1 to 128 bytes".to_owned(), None),
            Self::UnknownCustomer(key) => rejected(id, "unknown_customer", format!("there is no customer {key}"), None),
            Self::Request(error) => rejected(id, request_code(&error), error.to_string(), Some(error)),
        }
    }
}
