//! Giving credits for a reason, and taking back what is unspent: at once up to the limit, as a request above it.

use drawdown_domain::Credits;
use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::id::{AdjustmentId, GrantId, OrganizationId};
use drawdown_domain::key::Key;
use drawdown_store::{AdjustmentKind, AdjustmentRequest, AdjustmentState};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{AdjustmentView, GiveContent};
use crate::account::check_reason;
use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, SECOND_PERSON, ServiceError};
use crate::grants::{GrantInput, GrantView};
use crate::metering::Idempotency;
use crate::service::Service;

/// Credits to be given for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveInput {
    /// `Promotional` or `Adjustment`.
    pub kind: GrantKind,
    /// How many; above zero.
    pub credits: Credits,
    /// Days from now after which they expire; never, where absent.
    pub valid_days: Option<u32>,
    /// The only use cases that they pay for; all where absent.
    pub scope: Option<Vec<Key>>,
    /// Why: in the log and beside the grant, where members read it too.
    pub reason: String,
}

/// What became of giving or taking back.
#[derive(Clone, Debug, PartialEq)]
pub enum Booked {
    /// It is in the ledger.
    AtOnce(Box<GrantView>),
    /// It waits for a second person.
    Asked(Box<AdjustmentView>),
}

impl Service {
    /// Refuses whoever may neither give credits nor take them back.
    pub fn may_give(&self, actor: &Actor, organization: OrganizationId) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))
    }

    /// Checks what [`Service::give_credits`] would refuse, and changes nothing.
    pub async fn check_giving(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: &GiveInput,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let mut errors = FieldErrors::default();
        if !matches!(input.kind, GrantKind::Promotional | GrantKind::Adjustment) {
            errors.add(
                "kind",
                "not_given",
                "credits are given as promotional or as an adjustment",
            );
        }
        if !input.credits.is_positive() {
            errors.add("credits", "not_positive", "give more than zero credits");
        }
        if input.valid_days == Some(0) {
            errors.add("valid_days", "too_early", "one day or more");
        }
        check_reason(&mut errors, &input.reason);
        if let Some(scope) = &input.scope {
            let rates = self.rates().await?;
            for key in scope.iter().filter(|key| !rates.use_cases.contains_key(*key)) {
                errors.add("scope", "unknown_use_case", format!("there is no use case {key}"));
            }
        }
        errors.finish()
    }

    /// Gives credits for a reason; above the limit, with what was given to this customer within 24 hours, it asks for a second
    /// person. The same form again, told by `once`, gives and asks nothing more.
    pub async fn give_credits(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: GiveInput,
        once: &str,
    ) -> Result<Booked, ServiceError> {
        self.check_giving(actor, organization, &input).await?;
        if !self.takes_second_person(input.credits) && !self.was_asked(actor, organization, once).await? {
            match self.give_at_once(actor, organization, &input, once).await {
                Err(ServiceError::Conflict { code, .. }) if code == SECOND_PERSON => {}
                given => return Ok(Booked::AtOnce(Box::new(given?))),
            }
        }
        let content = GiveContent {
            kind: input.kind,
            valid_days: input.valid_days,
            scope: input.scope,
        };
        let content = serde_json::to_value(content).map_err(ServiceError::internal)?;
        let what = (AdjustmentKind::Give, None, input.credits, content);
        self.ask(actor, organization, what, input.reason, Some(once)).await
    }

    /// Whether this form has become a request: a day later it would not need to be one, and stays one.
    async fn was_asked(&self, actor: &Actor, organization: OrganizationId, once: &str) -> Result<bool, ServiceError> {
        let Ok((asked_by, _)) = actor.authorise_asking(organization) else {
            return Ok(false);
        };
        let asked = self.store().adjustment_of_form(organization, asked_by, once).await?;
        Ok(asked.is_some())
    }

    async fn give_at_once(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: &GiveInput,
        once: &str,
    ) -> Result<GrantView, ServiceError> {
        let content = json!({
            "organization": organization, "kind": input.kind, "credits": input.credits, "valid_days": input.valid_days,
            "scope": input.scope, "reason": input.reason,
        });
        let once = Idempotency {
            key: format!("give:{once}"),
            request_hash: Sha256::digest(content.to_string()).into(),
        };
        let ends = |days: u32| self.now().plus_seconds(i64::from(days) * 86_400);
        let grant = GrantInput {
            kind: input.kind,
            credits: input.credits,
            priority: None,
            effective_at: None,
            expires_at: input.valid_days.map(ends),
            paid: None,
            scope: input.scope.clone(),
            note: Some(input.reason.clone()),
        };
        self.add_grant(actor, organization, grant, Some(once)).await
    }

    /// Takes back what is unspent of a grant, for a reason; above the limit it asks for a second person. What was paid for,
    /// up to the limit, only finance and administrators take back.
    pub async fn take_back(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        grant: GrantId,
        reason: String,
    ) -> Result<Booked, ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let mut errors = FieldErrors::default();
        check_reason(&mut errors, &reason);
        errors.finish()?;
        let grants = self.grants(actor, organization).await?;
        let found = grants.iter().find(|one| one.id == grant);
        let found = found.ok_or(ServiceError::NotFound("grant"))?;
        if !is_voidable(found) {
            return Err(ServiceError::conflict(
                "nothing_unspent",
                "nothing of this grant is unspent",
            ));
        }
        let credits = at_stake(found);
        if self.takes_second_person(credits) {
            let what = (AdjustmentKind::TakeBack, Some(grant), credits, json!({}));
            return self.ask(actor, organization, what, reason, None).await;
        }
        if takes_finance(found) {
            actor.authorise(Action::AdjustAboveLimit, Some(organization))?;
        }
        let taken = self.void_grant(actor, organization, grant, reason, None).await?;
        Ok(Booked::AtOnce(Box::new(taken)))
    }

    /// Writes down what somebody asks for. `once` tells the form from others, where the grant does not.
    async fn ask(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (kind, grant, credits, content): (AdjustmentKind, Option<GrantId>, Credits, Value),
        reason: String,
        once: Option<&str>,
    ) -> Result<Booked, ServiceError> {
        let (asked_by, name) = actor.authorise_asking(organization)?;
        let now = self.now();
        let id = AdjustmentId::from_uuid(self.random().uuid(now));
        let request = AdjustmentRequest {
            id,
            organization,
            once: once.map_or_else(|| id.to_string(), str::to_owned),
            kind,
            grant: grant.unwrap_or(GrantId::from_uuid(id.uuid())),
            credits,
            content,
            reason: reason.trim().to_owned(),
            state: AdjustmentState::Pending,
            asked_by,
            asked_by_name: name.to_owned(),
            asked_at: now,
            decided: None,
            outcome: None,
        };
        let line = self.audit_line(actor, Some(organization), "ask", "adjustment", Some(request.facts()));
        if self.store().ask_adjustment(&request, &[line]).await? {
            return self.asked(actor, request).await;
        }
        let before = self.store().adjustment_of_form(organization, asked_by, &request.once);
        match before.await? {
            Some(before) if before.says_the_same(&request) => self.asked(actor, before).await,
            Some(_) => Err(ServiceError::conflict(
                "idempotency_key_reused",
                "this form was sent before with other content; open it anew",
            )),
            None => Err(ServiceError::conflict(
                "already_asked",
                "taking this grant back waits for a second person already",
            )),
        }
    }

    async fn asked(&self, actor: &Actor, request: AdjustmentRequest) -> Result<Booked, ServiceError> {
        Ok(Booked::Asked(Box::new(self.adjustment_view(actor, request).await?)))
    }
}

/// What the audit log says of a request.
pub(super) trait Facts {
    /// Its content.
    fn facts(&self) -> Value;
    /// Whether both ask for the same.
    fn says_the_same(&self, other: &Self) -> bool;
}

impl Facts for AdjustmentRequest {
    fn facts(&self) -> Value {
        let (verb, state) = (self.kind.word(), self.state.word());
        let mut facts = json!({
            "id": self.id, "what": verb, "state": state, "credits": self.credits, "grant": self.grant,
            "reason": self.reason, "asked_by": self.asked_by_name,
        });
        if let Value::Object(content) = &self.content {
            for (name, value) in content.iter().filter(|(_, value)| !value.is_null()) {
                facts[name] = value.clone();
            }
        }
        facts
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let told = |one: &Self| (one.kind, one.credits, one.content.clone(), one.reason.clone());
        told(self) == told(other)
    }
}

/// What taking a grant back can take, at most: what is unspent; what runs hold, since what they return is taken back too; and
/// what a pending one would become. It only ever falls, so that whoever decides by it needs not look again.
pub fn at_stake(grant: &GrantView) -> Credits {
    match grant.state {
        GrantState::Pending => grant.amount,
        GrantState::Active | GrantState::Void | GrantState::Expired => {
            grant.remaining.checked_add(grant.held).unwrap_or(Credits::MAX)
        }
    }
}

/// Whether taking a grant back is for finance and administrators: it was paid for.
pub fn takes_finance(grant: &GrantView) -> bool {
    grant.paid.is_some_and(|paid| paid.minor > 0)
}

/// Whether something of a grant can be taken back.
pub fn is_voidable(grant: &GrantView) -> bool {
    match grant.state {
        GrantState::Pending => true,
        GrantState::Active => grant.remaining.is_positive(),
        GrantState::Void | GrantState::Expired => false,
    }
}
