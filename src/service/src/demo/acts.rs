//! What each step of the demo's story does, through the service like anybody else.

use std::num::NonZeroUsize;

use drawdown_domain::id::{MemberId, OrganizationId};
use drawdown_domain::limit::{CapAction, CapLimit, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window};
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::{Currency, Money, Quantity};

use super::PASSWORD;
use super::stage::{DAY_SECONDS, Stage, Step, whole};
use super::story::Customer;
use super::usage::key;
use crate::actor::{Actor, Member};
use crate::customers::PutCustomer;
use crate::error::ServiceError;
use crate::grants::GrantInput;
use crate::limits::{CapInput, ThrottleInput};
use crate::members::MemberInput;
use crate::metering::{AuthorizeInput, Quantities, RunInput};
use crate::payments::{SANDBOX_PATH, SandboxAct};

impl Stage {
    /// Does what a step says, now.
    pub(super) async fn act(&mut self, step: Step) -> Result<(), ServiceError> {
        match step {
            Step::Begin(customer) => self.begin(customer).await,
            Step::Allotments => self.service.run_schedule_by(NonZeroUsize::MIN).await.map(|_| ()),
            Step::Give(customer, grant) => {
                let organization = self.organization(customer)?;
                let given = self.service.add_grant(&self.vendor, organization, *grant, None).await;
                given.map(|_| ())
            }
            Step::Use(events) => self.service.record(&self.vendor, events, None).await.map(|_| ()),
            Step::Run(customer, run, quantity, times) => self.run(customer, &run, quantity, times).await,
            Step::TopUp(customer, units, act) => self.top_up(customer, units, act).await,
            Step::Limit(customer) => self.limit(customer).await,
            Step::Sign(customer, deal) => self.sign(customer, deal).await,
            Step::Amend(customer, deal) => self.amend(customer, deal).await,
            Step::Transfer(from, to, credits) => self.transfer(from, to, credits).await,
            Step::Suspend(customer, reason) => {
                let (organization, status) = (self.organization(customer)?, OrganizationStatus::Suspended);
                let service = &self.service;
                service
                    .set_customer_status(&self.vendor, organization, status, reason)
                    .await
            }
        }
    }

    pub(super) fn organization(&self, customer: &Customer) -> Result<OrganizationId, ServiceError> {
        let found = self.organizations.get(customer.key).copied();
        found.ok_or(ServiceError::NotFound("customer"))
    }

    async fn begin(&mut self, customer: &'static Customer) -> Result<(), ServiceError> {
        let put = PutCustomer {
            name: Some(customer.name.to_owned()),
            time_zone: Some(customer.time_zone.to_owned()),
            currency: None,
            plan: Some(key(customer.plan)),
        };
        let view = self.service.put_customer(&self.vendor, &key(customer.key), put).await?;
        self.organizations.insert(customer.key, view.id);
        let now = self.service.now();
        let Some(first) = customer.first else { return Ok(()) };
        let first = GrantInput {
            kind: first.kind,
            credits: whole(first.credits),
            priority: None,
            effective_at: None,
            expires_at: Some(now.plus_seconds(first.days * DAY_SECONDS)),
            paid: first.paid.map(|units| Money::new(units * 100, Currency::USD)),
            scope: None,
            note: Some(first.note.to_owned()),
        };
        self.service.add_grant(&self.vendor, view.id, first, None).await?;
        Ok(())
    }

    /// Asks for runs one after the other and captures those that may run.
    async fn run(&self, customer: &Customer, run: &RunInput, quantity: u32, times: u32) -> Result<(), ServiceError> {
        for _ in 0..times {
            let quantities = Quantities::Single(Quantity::from(quantity));
            let input = AuthorizeInput {
                customer: key(customer.key),
                run: run.clone(),
                quantities: quantities.clone(),
                ttl_s: None,
                dry_run: false,
            };
            let decision = self.service.authorize(&self.vendor, input, None).await?;
            if let Some(hold) = decision.hold {
                self.service
                    .capture(&self.vendor, hold.id, Some(quantities), None, None)
                    .await?;
            }
        }
        Ok(())
    }

    async fn top_up(&self, customer: &Customer, units: i64, act: SandboxAct) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        let owner = self.owner(customer, organization);
        let payment = self.service.new_payment_id();
        let money = Money::new(units * 100, Currency::USD);
        let started = self.service.start_top_up(&owner, organization, payment, money).await?;
        let reference = started.redirect.rsplit(SANDBOX_PATH).next().unwrap_or_default();
        self.service.sandbox_act(reference, act).await?;
        Ok(())
    }

    /// The owner, as if signed in: the members themselves are made last.
    fn owner(&self, customer: &Customer, organization: OrganizationId) -> Actor {
        let name = customer.people.first().map_or("", |person| person.name);
        let email = customer.people.first().map_or("", |person| person.email);
        Actor::Member(Member {
            id: MemberId::from_uuid(self.service.random().uuid(self.service.now())),
            email: email.to_owned(),
            name: name.to_owned(),
            role: Role::Owner,
            organization,
            organization_key: key(customer.key),
            organization_name: customer.name.to_owned(),
            time_zone: customer.time_zone.to_owned(),
        })
    }

    async fn limit(&self, customer: &Customer) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        let owner = self.owner(customer, organization);
        let scope = |use_case: &str| LimitScope {
            use_case: Some(key(use_case)),
            ..LimitScope::default()
        };
        let cap = |scope: LimitScope, window: Window, credits: i64| CapInput {
            owner: None,
            scope,
            window,
            limit: CapLimit::Credits(whole(credits)),
            action: CapAction::Block,
            thresholds: vec![50, 80, 100],
        };
        let renders = cap(scope("render"), Window::Day, 2_000);
        let month = cap(LimitScope::default(), Window::Month, 40_000);
        let throttle = ThrottleInput {
            owner: None,
            scope: scope("research"),
            limit: ThrottleLimit::Requests(20),
            per: ThrottlePeriod::Hour,
            burst: None,
            then: ThrottleThen::Reject,
        };
        let service = &self.service;
        service
            .put_cap(&owner, organization, &key("renders"), renders, None)
            .await?;
        service
            .put_cap(&owner, organization, &key("month"), month, None)
            .await?;
        service
            .put_throttle(&owner, organization, &key("research"), throttle, None)
            .await?;
        Ok(())
    }

    /// Makes a customer's members.
    pub(super) async fn people(&self, customer: &Customer) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        for person in customer.people {
            let input = MemberInput {
                email: person.email.to_owned(),
                name: person.name.to_owned(),
                role: person.role,
                password: PASSWORD.to_owned().into(),
            };
            self.service.add_member(&self.vendor, organization, input).await?;
        }
        Ok(())
    }
}
