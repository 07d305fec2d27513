//! Setting and removing limits: members the customer's own, admin keys either.

use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::{CapId, OrganizationId, ThrottleId};
use drawdown_domain::key::Key;
use drawdown_domain::limit::{
    Cap, CapLimit, LimitOwner, LimitScope, ROLLING_HOURS_MAX, Throttle, ThrottleLimit, Window,
};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::request::Request;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{CapInput, CapView, DEFAULT_THRESHOLDS, ThrottleInput, ThrottleView, set_action, throttle_view};
use crate::actor::Actor;
use crate::error::{FieldErrors, ServiceError};
use crate::metering::{Idempotency, rates_at};
use crate::service::{Service, audited, unexpected};

/// On whose behalf the actor sets a limit: a member for the customer, everybody else for the vendor unless it is said
/// otherwise.
fn owner_for(
    actor: &Actor,
    organization: OrganizationId,
    given: Option<LimitOwner>,
) -> Result<LimitOwner, ServiceError> {
    let usual = match actor {
        Actor::Member(_) => LimitOwner::Customer,
        Actor::ApiKey { .. } | Actor::Staff(_) | Actor::System(_) => LimitOwner::Vendor,
    };
    let owner = given.unwrap_or(usual);
    actor.authorise(set_action(owner), Some(organization))?;
    Ok(owner)
}

fn check_scope(errors: &mut FieldErrors, scope: &LimitScope, rates: &Rates) {
    if let Some(key) = scope
        .use_case
        .as_ref()
        .filter(|key| !rates.use_cases.contains_key(*key))
    {
        errors.add(
            "scope.use_case",
            "unknown_use_case",
            format!("there is no use case {key}"),
        );
    }
    if let Some(key) = scope.mode.as_ref().filter(|key| !rates.modes.contains_key(*key)) {
        errors.add("scope.mode", "unknown_mode", format!("there is no mode {key}"));
    }
    if let Some(key) = scope
        .platform
        .as_ref()
        .filter(|key| !rates.platforms.contains_key(*key))
    {
        errors.add(
            "scope.platform",
            "unknown_platform",
            format!("there is no platform {key}"),
        );
    }
}

fn check_cap(input: &CapInput, rates: &Rates, plan: Option<&PlanVersion>) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    check_scope(&mut errors, &input.scope, rates);
    if let Window::RollingHours(hours) = input.window
        && !(1..=ROLLING_HOURS_MAX).contains(&hours)
    {
        errors.add("window", "out_of_range", "a rolling window has 1 to 720 hours");
    }
    match input.limit {
        CapLimit::Credits(credits) if credits.is_negative() => {
            errors.add("credits", "negative", "a cap is zero or more");
        }
        CapLimit::Money(money) if money.minor < 0 => errors.add("money", "negative", "a cap is zero or more"),
        CapLimit::Money(money) => match plan {
            None => errors.add(
                "money",
                "no_plan",
                "without a plan there is no conversion rate: give credits",
            ),
            Some(plan) if plan.terms.currency != money.currency => {
                let message = format!("the plan is priced in {}", plan.terms.currency);
                errors.add("money", "not_the_plans", message);
            }
            Some(_) => {}
        },
        CapLimit::Credits(_) => {}
    }
    let thresholds = &input.thresholds;
    let ascending = thresholds.is_sorted_by(|a, b| a < b);
    if thresholds.len() > 10 || !ascending || thresholds.iter().any(|percent| !(1..=100).contains(percent)) {
        errors.add(
            "thresholds",
            "out_of_range",
            "at most ten percentages from 1 to 100, ascending",
        );
    }
    errors.finish()
}

fn check_throttle(input: &ThrottleInput, rates: &Rates) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    check_scope(&mut errors, &input.scope, rates);
    match input.limit {
        ThrottleLimit::Credits(credits) if !credits.is_positive() => {
            errors.add("credits", "not_positive", "a throttle allows more than zero");
        }
        ThrottleLimit::Requests(0) => errors.add("requests", "not_positive", "a throttle allows at least one run"),
        ThrottleLimit::Credits(_) | ThrottleLimit::Requests(_) => {}
    }
    if input.burst == Some(0) {
        errors.add("burst", "not_positive", "at least one at once");
    }
    errors.finish()
}

/// What goes with a change of a limit.
#[derive(Debug, Default)]
pub struct LimitChange<'a> {
    /// What makes a retry the same.
    pub idempotency: Option<Idempotency>,
    /// Why, for the audit log.
    pub reason: Option<&'a str>,
}

impl LimitChange<'_> {
    /// The same change, carried out once however often the call of that identifier is made. One call is one request.
    pub(super) fn once(self, call: Option<Uuid>) -> Self {
        let idempotency = call.map(|call| Idempotency {
            key: format!("call:{}", call.simple()),
            request_hash: Sha256::digest(call.as_bytes()).into(),
        });
        Self { idempotency, ..self }
    }
}

impl From<Option<Idempotency>> for LimitChange<'_> {
    fn from(idempotency: Option<Idempotency>) -> Self {
        Self {
            idempotency,
            reason: None,
        }
    }
}

impl Service {
    /// Sets a cap by its name. It counts what its window already holds.
    pub async fn put_cap(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        input: CapInput,
        change: impl Into<LimitChange<'_>>,
    ) -> Result<CapView, ServiceError> {
        let LimitChange { idempotency, reason } = change.into();
        let owner = owner_for(actor, organization, input.owner)?;
        let found = self.load(organization).await?;
        let (plan, catalogue) = tokio::join!(self.plan_of(&found.state), self.store().catalogue());
        let (plan, catalogue) = (plan?, catalogue?);
        let rates = rates_at(&catalogue, self.now())?;
        check_cap(&input, rates, plan.as_deref())?;
        let thresholds = if input.thresholds.is_empty() {
            DEFAULT_THRESHOLDS.to_vec()
        } else {
            input.thresholds
        };
        let cap = Cap {
            id: CapId::from_uuid(self.random().uuid(self.now())),
            name: name.clone(),
            owner,
            scope: input.scope,
            window: input.window,
            limit: input.limit,
            action: input.action,
            thresholds,
        };
        let mut line = self.audit_line(actor, Some(organization), "put", "cap", Some(told(json!(cap), reason)));
        line.before = self.limit_before(organization, ("cap", name, owner)).await?;
        let request = Request::PutCap(Box::new(cap));
        let idempotency = idempotency.map(|given| given.of(actor));
        match self.submit(organization, request, idempotency, audited(line)).await? {
            Outcome::Cap(cap) => {
                let mut views = self
                    .cap_views(actor, &found, plan.as_deref(), rates, vec![*cap])
                    .await?;
                views.pop().ok_or(ServiceError::NotFound("cap"))
            }
            outcome => Err(unexpected(&outcome)),
        }
    }

    /// Removes a cap; `owner` as in [`CapInput`].
    pub async fn delete_cap(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        owner: Option<LimitOwner>,
        idempotency: Option<Idempotency>,
    ) -> Result<(), ServiceError> {
        self.delete_limit(actor, organization, ("cap", name, owner), idempotency)
            .await
    }

    /// Sets a throttle by its name.
    pub async fn put_throttle(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        input: ThrottleInput,
        change: impl Into<LimitChange<'_>>,
    ) -> Result<ThrottleView, ServiceError> {
        let LimitChange { idempotency, reason } = change.into();
        let owner = owner_for(actor, organization, input.owner)?;
        let catalogue = self.store().catalogue().await?;
        let rates = rates_at(&catalogue, self.now())?;
        check_throttle(&input, rates)?;
        let throttle = Throttle {
            id: ThrottleId::from_uuid(self.random().uuid(self.now())),
            name: name.clone(),
            owner,
            scope: input.scope,
            limit: input.limit,
            per: input.per,
            burst: input.burst,
            then: input.then,
        };
        let after = told(json!(throttle), reason);
        let mut line = self.audit_line(actor, Some(organization), "put", "throttle", Some(after));
        line.before = self.limit_before(organization, ("throttle", name, owner)).await?;
        let request = Request::PutThrottle(Box::new(throttle));
        let idempotency = idempotency.map(|given| given.of(actor));
        match self.submit(organization, request, idempotency, audited(line)).await? {
            Outcome::Throttle(throttle) => Ok(throttle_view(actor, organization, *throttle, rates, &[])),
            outcome => Err(unexpected(&outcome)),
        }
    }

    /// Removes a throttle; `owner` as in [`CapInput`].
    pub async fn delete_throttle(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        owner: Option<LimitOwner>,
        idempotency: Option<Idempotency>,
    ) -> Result<(), ServiceError> {
        self.delete_limit(actor, organization, ("throttle", name, owner), idempotency)
            .await
    }

    /// Removes a `cap` or a `throttle`; `owner` as in [`CapInput`].
    pub(super) async fn delete_limit(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (noun, name, owner): (&'static str, &Key, Option<LimitOwner>),
        change: impl Into<LimitChange<'_>>,
    ) -> Result<(), ServiceError> {
        let LimitChange { idempotency, reason } = change.into();
        let owner = owner_for(actor, organization, owner)?;
        let name_of = name.clone();
        let request = match noun {
            "cap" => Request::DeleteCap { name: name_of, owner },
            _ => Request::DeleteThrottle { name: name_of, owner },
        };
        let after = told(json!({ "name": name, "owner": owner }), reason);
        let mut line = self.audit_line(actor, Some(organization), "delete", noun, Some(after));
        line.before = self.limit_before(organization, (noun, name, owner)).await?;
        let idempotency = idempotency.map(|given| given.of(actor));
        self.submit(organization, request, idempotency, audited(line)).await?;
        Ok(())
    }

    /// The limit as it is, for the audit log.
    async fn limit_before(
        &self,
        organization: OrganizationId,
        (noun, name, owner): (&'static str, &Key, LimitOwner),
    ) -> Result<Option<Value>, ServiceError> {
        let limits = self.store().limits(organization).await?;
        Ok(if noun == "cap" {
            let mut caps = limits.caps.iter();
            caps.find(|cap| cap.owner == owner && cap.name == *name)
                .map(|cap| json!(cap))
        } else {
            let mut throttles = limits.throttles.iter();
            let found = throttles.find(|one| one.owner == owner && one.name == *name);
            found.map(|throttle| json!(throttle))
        })
    }
}

/// What is written down, with the reason for it.
fn told(mut what: Value, reason: Option<&str>) -> Value {
    if let (Some(reason), Value::Object(fields)) = (reason, &mut what) {
        fields.insert("reason".to_owned(), json!(reason));
    }
    what
}
