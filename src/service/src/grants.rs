//! Grants: the vendor adds and voids them; everybody who may read sees what became of them.

use drawdown_domain::catalogue::Rates;
use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::key::Key;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Money, Timestamp};
use drawdown_store::{Attachments, Organization};
use serde_json::{Value, json};

use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::given_away::GivenView;
use crate::metering::{Idempotency, rates_at};
use crate::moment::{Moment, Moments};
use crate::service::{Service, audited, unexpected};
use crate::words;

/// The priority of a grant that names none.
pub const PRIORITY_DEFAULT: i32 = 100;
/// The most grants of one list.
const GRANTS_MAX: u32 = 1_000;
/// The longest note, in characters.
const NOTE_CHARACTERS_MAX: usize = 500;

/// `POST /v1/customers/{key}/grants`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantInput {
    /// Where the credits come from.
    pub kind: GrantKind,
    /// How many; above zero.
    pub credits: Credits,
    /// Lower burns first; 100 where absent.
    pub priority: Option<i32>,
    /// From when it may be burned; now, where absent.
    pub effective_at: Option<Timestamp>,
    /// Until when (exclusive); never, where absent.
    pub expires_at: Option<Timestamp>,
    /// What was paid for it.
    pub paid: Option<Money>,
    /// The use cases it may pay for; all where absent.
    pub scope: Option<Vec<Key>>,
    /// Why it is given, for people.
    pub note: Option<String>,
}

/// A grant, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantView {
    /// Its identifier.
    pub id: GrantId,
    /// Where it comes from.
    pub kind: GrantKind,
    /// The same in words: `Top-up`, `Monthly allotment`.
    pub source: String,
    /// Whether it may be burned.
    pub state: GrantState,
    /// The credits granted.
    pub amount: Credits,
    /// Unspent and unreserved.
    pub remaining: Credits,
    /// Reserved.
    pub held: Credits,
    /// Spent.
    pub burned: Credits,
    /// Unspent at expiry.
    pub expired: Credits,
    /// Unspent when voided, given away or carried over.
    pub voided: Credits,
    /// What of it was given to other organizations, and to whom.
    pub given: Vec<GivenView>,
    /// Lower burns first.
    pub priority: i32,
    /// From when.
    pub effective: Moment,
    /// Until when.
    pub expires: Option<Moment>,
    /// What was paid for it.
    pub paid: Option<Money>,
    /// The use cases it may pay for: key and name; `None` for all.
    pub scope: Option<Vec<(Key, String)>>,
    /// When it was made.
    pub created: Moment,
    /// Why it was given.
    pub note: Option<String>,
    /// Its place in the burn order now, from 1; `None` where it cannot be burned now.
    pub burn_position: Option<u32>,
}

impl Service {
    /// Adds a grant, active at once.
    ///
    /// # Errors
    /// `second_person_needed` (conflict) where a person or a key gives more than one may, with what was given before: see
    /// [`Service::gift_limit`].
    pub async fn add_grant(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: GrantInput,
        idempotency: Option<Idempotency>,
    ) -> Result<GrantView, ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let now = self.now();
        self.check_grant(&input, now).await?;
        let grant = Grant {
            id: GrantId::from_uuid(self.random().uuid(now)),
            kind: input.kind,
            state: GrantState::Active,
            amount: input.credits,
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            priority: input.priority.unwrap_or(PRIORITY_DEFAULT),
            effective_at: input.effective_at.unwrap_or(now),
            expires_at: input.expires_at,
            paid: input.paid,
            scope: input.scope,
            created_at: now,
            note: input.note,
        };
        let after = json!({ "id": grant.id, "kind": grant.kind, "credits": grant.amount, "note": grant.note });
        let line = self.audit_line(actor, Some(organization), "add", "grant", Some(after));
        let idempotency = idempotency.map(|given| given.of(actor));
        let attachments = Attachments {
            gift: self.gift_limit(actor, grant.kind),
            ..audited(line)
        };
        let request = Request::AddGrant(Box::new(grant));
        let outcome = self.submit(organization, request, idempotency, attachments).await?;
        self.grant_answer(organization, outcome).await
    }

    async fn check_grant(&self, input: &GrantInput, now: Timestamp) -> Result<(), ServiceError> {
        let mut errors = FieldErrors::default();
        if !input.credits.is_positive() {
            errors.add("credits", "not_positive", "a grant has more than zero credits");
        }
        let begins = input.effective_at.unwrap_or(now);
        if input.expires_at.is_some_and(|end| end <= begins || end <= now) {
            errors.add(
                "expires_at",
                "too_early",
                "it must lie after effective_at and in the future",
            );
        }
        if input.paid.is_some_and(|paid| paid.minor < 0) {
            errors.add("paid.amount", "negative", "what was paid is zero or more");
        }
        if input
            .note
            .as_ref()
            .is_some_and(|note| note.chars().count() > NOTE_CHARACTERS_MAX)
        {
            errors.add("note", "length", "a note has at most 500 characters");
        }
        if let Some(scope) = &input.scope {
            if scope.is_empty() {
                errors.add("scope", "empty", "name at least one use case, or leave it out for all");
            }
            let catalogue = self.store().catalogue().await?;
            let rates = rates_at(&catalogue, now)?;
            for key in scope.iter().filter(|key| !rates.use_cases.contains_key(*key)) {
                errors.add("scope", "unknown_use_case", format!("there is no use case {key}"));
            }
        }
        errors.finish()
    }

    /// All grants, the newest first; 1000 at most.
    pub async fn grants(&self, actor: &Actor, organization: OrganizationId) -> Result<Vec<GrantView>, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let found = self.load(organization).await?;
        let page = self.store().grants(organization, None, GRANTS_MAX).await?;
        let mut views = self.grant_views(&found, page.rows).await?;
        if views.iter().any(|grant| grant.voided.is_positive()) {
            let given = self.given_away(actor, organization, 0..=i64::MAX).await?;
            for grant in &mut views {
                grant.given = given.of_grant(grant.id);
            }
        }
        Ok(views)
    }

    /// Voids what is unspent of a grant.
    pub async fn void_grant(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        grant: GrantId,
        reason: String,
        idempotency: Option<Idempotency>,
    ) -> Result<GrantView, ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let after = json!({ "id": grant, "reason": reason });
        let mut line = self.audit_line(actor, Some(organization), "void", "grant", Some(after));
        line.before = self.grant_before(organization, grant).await?;
        let idempotency = idempotency.map(|given| given.of(actor));
        let request = Request::VoidGrant { grant, reason };
        let outcome = self.submit(organization, request, idempotency, audited(line)).await?;
        self.grant_answer(organization, outcome).await
    }

    /// What is unspent of a grant, and what is held of it, for the audit log.
    pub(crate) async fn grant_before(
        &self,
        organization: OrganizationId,
        grant: GrantId,
    ) -> Result<Option<Value>, ServiceError> {
        let found = self.store().grant(organization, grant).await?;
        Ok(found.map(|grant| json!({ "id": grant.id, "remaining": grant.remaining, "held": grant.held })))
    }

    async fn grant_answer(&self, organization: OrganizationId, outcome: Outcome) -> Result<GrantView, ServiceError> {
        let Outcome::Grant(grant) = outcome else {
            return Err(unexpected(&outcome));
        };
        let found = self.load(organization).await?;
        let mut views = self.grant_views(&found, vec![*grant]).await?;
        views.pop().ok_or(ServiceError::NotFound("grant"))
    }

    /// Grants, ready to show, with their places in the burn order among all that can be burned now.
    pub(crate) async fn grant_views(
        &self,
        organization: &Organization,
        grants: Vec<Grant>,
    ) -> Result<Vec<GrantView>, ServiceError> {
        let (catalogue, open) = tokio::join!(
            self.store().catalogue(),
            self.store().open_grants(organization.state.id)
        );
        let (catalogue, open) = (catalogue?, open?);
        let moments = self.moments(&organization.state);
        let now = moments.now();
        let order: Vec<GrantId> = open
            .iter()
            .filter(|grant| {
                grant.state == GrantState::Active && grant.is_valid_at(now) && grant.remaining.is_positive()
            })
            .map(|grant| grant.id)
            .collect();
        let rates = catalogue.at(now).map(|card| &card.rates);
        Ok(grants
            .into_iter()
            .map(|grant| grant_view(grant, &order, rates, &moments))
            .collect())
    }
}

fn grant_view(grant: Grant, order: &[GrantId], rates: Option<&Rates>, moments: &Moments) -> GrantView {
    let name = |key: &Key| rates.map_or_else(|| key.to_string(), |rates| words::use_case_name(rates, key.as_str()));
    let position = order.iter().position(|id| *id == grant.id);
    GrantView {
        id: grant.id,
        kind: grant.kind,
        source: words::grant_source(grant.kind).to_owned(),
        state: grant.state,
        amount: grant.amount,
        remaining: grant.remaining,
        held: grant.held,
        burned: grant.burned,
        expired: grant.expired,
        voided: grant.voided,
        given: Vec::new(),
        priority: grant.priority,
        effective: moments.at(grant.effective_at),
        expires: grant.expires_at.map(|at| moments.at(at)),
        paid: grant.paid,
        scope: grant
            .scope
            .map(|keys| keys.into_iter().map(|key| (key.clone(), name(&key))).collect()),
        created: moments.at(grant.created_at),
        note: grant.note,
        burn_position: position.and_then(|at| u32::try_from(at + 1).ok()),
    }
}
