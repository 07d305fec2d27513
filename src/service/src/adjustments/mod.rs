//! Adjustments: credits that the staff give for a reason and take back, and the second person that much of them needs.
//!
//! Up to the installation's limit one person's word is enough ([`Service::give_credits`], [`Service::take_back`]). Above it
//! the same forms, and calls of `/v1/admin`, become a request: somebody else of finance or an administrator approves or refuses it, whoever asked may
//! withdraw it. An approved request is booked exactly once, whoever approves at the same time and wherever a process ends.

mod book;
mod decide;
mod give;

use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::{AdjustmentId, GrantId, OrganizationId};
use drawdown_domain::key::Key;
use drawdown_domain::{Credits, format};
use drawdown_store::{AdjustmentAsker, AdjustmentRequest, GiftLimit};
pub use drawdown_store::{AdjustmentKind, AdjustmentState};
use serde::{Deserialize, Serialize};

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::Service;

pub use give::{Booked, GiveInput, at_stake, is_voidable, takes_finance};

/// The limit where none is set, in whole credits.
pub const ADJUSTMENT_LIMIT_CREDITS_DEFAULT: u32 = 10_000;
/// Within which what is given to one customer adds up: a day.
const GIFTS_SECONDS: i64 = 86_400;
/// The most requests of one customer that are shown.
const OPEN_MAX: u32 = 100;
/// The most requests of all customers that are shown.
const WAITING_MAX: u32 = 200;

/// What a request to give needs beside the amount and the reason; stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GiveContent {
    /// `Promotional` or `Adjustment`.
    pub(crate) kind: GrantKind,
    /// Days from the booking on.
    pub(crate) valid_days: Option<u32>,
    /// The only use cases that they pay for.
    pub(crate) scope: Option<Vec<Key>>,
}

/// A request, ready to show.
#[derive(Clone, Debug, PartialEq)]
pub struct AdjustmentView {
    /// Its identifier.
    pub id: AdjustmentId,
    /// Give or take back.
    pub kind: AdjustmentKind,
    /// How many credits; when they are taken back, what was unspent or held when it was asked for.
    pub credits: Credits,
    /// The grant that is made, or from which is taken back.
    pub grant: GrantId,
    /// What it will do, as a sentence.
    pub sentence: String,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: AdjustmentState,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked: Moment,
    /// Who decided, and when.
    pub decided: Option<(String, Moment)>,
    /// Why it was refused, or why the ledger did not take it.
    pub outcome: Option<String>,
    /// Whether whoever looks may approve and refuse it.
    pub may_decide: bool,
    /// Whether whoever looks asked for it, and may withdraw it.
    pub may_withdraw: bool,
}

/// A request with its customer.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingAdjustment {
    /// The customer.
    pub customer: OrganizationId,
    /// Its name.
    pub name: String,
    /// The request, its times in the customer's zone.
    pub request: AdjustmentView,
}

impl Service {
    /// The requests of all customers that are open, the oldest first: for those who decide on them.
    pub async fn waiting_adjustments(&self, actor: &Actor) -> Result<Vec<WaitingAdjustment>, ServiceError> {
        actor.authorise(Action::AdjustAboveLimit, None)?;
        let requests = self.store().waiting_adjustments(WAITING_MAX).await?;
        let customers: Vec<OrganizationId> = requests.iter().map(|request| request.organization).collect();
        let customers = self.store().organizations_of(&customers).await?;
        let mut waiting = Vec::new();
        for request in requests {
            let known = customers.iter().find(|found| found.state.id == request.organization);
            let Some(state) = known.map(|found| found.state.clone()) else {
                continue;
            };
            waiting.push(WaitingAdjustment {
                customer: request.organization,
                request: view(request, actor, &self.moments(&state))?,
                name: state.name,
            });
        }
        Ok(waiting)
    }

    /// How many requests of all customers wait for a person.
    pub async fn waiting_adjustments_count(&self, actor: &Actor) -> Result<u64, ServiceError> {
        actor.authorise(Action::AdjustAboveLimit, None)?;
        Ok(self.store().waiting_adjustments_count().await?)
    }

    /// The limit: what is given or taken back above it needs a second person.
    pub fn adjustment_limit(&self) -> Credits {
        let whole = i64::from(self.settings().adjustment_limit_credits);
        Credits::from_whole(whole).unwrap_or(Credits::ZERO)
    }

    /// Whether one person's word is not enough for so many credits.
    pub fn takes_second_person(&self, credits: Credits) -> bool {
        credits > self.adjustment_limit()
    }

    /// Up to how much an actor gives a customer credits of a kind without a second person, within a day; `None` where there
    /// is no limit: to what was sold or agreed, and to what the installation does itself.
    pub(crate) fn gift_limit(&self, actor: &Actor, kind: GrantKind) -> Option<GiftLimit> {
        let is_gift = matches!(kind, GrantKind::Promotional | GrantKind::Adjustment);
        let limit = GiftLimit {
            most: self.adjustment_limit(),
            within_seconds: GIFTS_SECONDS,
        };
        (is_gift && !matches!(actor, Actor::System(_))).then_some(limit)
    }

    /// Whether giving so many credits needs a second person now, with what was given to this customer within 24 hours. The
    /// ledger has the last word.
    pub async fn giving_takes_second_person(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        credits: Credits,
    ) -> Result<bool, ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let Some(limit) = self.gift_limit(actor, GrantKind::Promotional) else {
            return Ok(false);
        };
        let given = self.store().given_alone(organization, limit, self.now()).await?;
        Ok(limit.is_passed_by(given, credits))
    }

    /// A customer's requests that are open, the oldest first.
    pub async fn open_adjustments(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Vec<AdjustmentView>, ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let moments = self.moments(&self.load(organization).await?.state);
        let open = self.store().open_adjustments(organization, OPEN_MAX).await?;
        open.into_iter().map(|request| view(request, actor, &moments)).collect()
    }

    /// A request, open or ended.
    pub async fn adjustment(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: AdjustmentId,
    ) -> Result<AdjustmentView, ServiceError> {
        let request = self
            .request_for(actor, Action::ManageGrants, (organization, id))
            .await?;
        self.adjustment_view(actor, request).await
    }

    /// A request, where the actor may do that.
    async fn request_for(
        &self,
        actor: &Actor,
        action: Action,
        (organization, id): (OrganizationId, AdjustmentId),
    ) -> Result<AdjustmentRequest, ServiceError> {
        actor.authorise(action, Some(organization))?;
        self.adjustment_request(organization, id).await
    }

    async fn adjustment_request(
        &self,
        organization: OrganizationId,
        id: AdjustmentId,
    ) -> Result<AdjustmentRequest, ServiceError> {
        let found = self.store().adjustment(organization, id).await?;
        found.ok_or(ServiceError::NotFound("adjustment"))
    }

    async fn adjustment_view(&self, actor: &Actor, request: AdjustmentRequest) -> Result<AdjustmentView, ServiceError> {
        let moments = self.moments(&self.load(request.organization).await?.state);
        view(request, actor, &moments)
    }
}

fn view(request: AdjustmentRequest, actor: &Actor, moments: &Moments) -> Result<AdjustmentView, ServiceError> {
    let pending = request.state == AdjustmentState::Pending;
    let staff = match actor {
        Actor::Staff(staff) => Some(staff),
        _ => None,
    };
    Ok(AdjustmentView {
        id: request.id,
        kind: request.kind,
        credits: request.credits,
        grant: request.grant,
        sentence: sentence(&request)?,
        state: request.state,
        asked: moments.at(request.asked_at),
        decided: request.decided.map(|decided| (decided.name, moments.at(decided.at))),
        outcome: request.outcome,
        may_decide: pending && staff.is_some_and(|staff| staff.may_decide(request.asked_by, request.organization)),
        may_withdraw: pending && staff.is_some_and(|staff| request.asked_by == AdjustmentAsker::Staff(staff.id)),
        reason: request.reason,
        asked_by: request.asked_by_name,
    })
}

/// `Give 25,000 credits as an adjustment, for 90 days from the booking.`
fn sentence(request: &AdjustmentRequest) -> Result<String, ServiceError> {
    let credits = format::credits(request.credits);
    if request.kind == AdjustmentKind::TakeBack {
        return Ok(format!(
            "Take back all that is unspent of {}: {credits} credits when it was asked for.",
            request.grant
        ));
    }
    let content = content_of(request)?;
    let kind = match content.kind {
        GrantKind::Adjustment => "as an adjustment",
        _ => "as promotional",
    };
    let ends = content.valid_days.map_or_else(
        || "without an end".to_owned(),
        |days| format!("for {days} days from the booking"),
    );
    let scope = content.scope.map_or_else(String::new, |keys| {
        let keys: Vec<&str> = keys.iter().map(Key::as_str).collect();
        format!(", for {} only", keys.join(", "))
    });
    Ok(format!("Give {credits} credits {kind}, {ends}{scope}."))
}

fn content_of(request: &AdjustmentRequest) -> Result<GiveContent, ServiceError> {
    serde_json::from_value(request.content.clone()).map_err(ServiceError::internal)
}
