//! What the demo's account managers have agreed: contracts (one amended, one near its renewal), a parent with a transfer of unspent
//! credits, and a gift that waits for a second person.

use drawdown_domain::contract::{ContractTerms, Overrides, Renewal, Spread};
use drawdown_domain::grant::GrantKind;
use drawdown_domain::plan::Interval;
use drawdown_domain::{Currency, Money, Timestamp};
use rust_decimal::Decimal;

use super::stage::{DAY_SECONDS, Stage, Step, whole};
use super::story::{Customer, LABORATORY, QUARTERLY, RAMPED, STUDIO};
use super::usage::key;
use crate::actor::Actor;
use crate::adjustments::GiveInput;
use crate::error::ServiceError;
use crate::service::Service;
use crate::transfers::TransferInput;

/// A contract of the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deal {
    /// In whole dollars, for a term.
    committed: i64,
    /// Credits for a dollar.
    rate: i64,
    months: u32,
    release: Option<Interval>,
    payments: Option<Interval>,
    renews: bool,
    note: &'static str,
}

/// A year, released by quarter and paid half-yearly.
const YEAR: Deal = Deal {
    committed: 36_000,
    rate: 150,
    months: 12,
    release: Some(Interval::Quarter),
    payments: Some(Interval::HalfYear),
    renews: false,
    note: "Signed after the pilot in three warehouses",
};
/// The same, after they had taken over a fourth.
const LARGER: Deal = Deal {
    committed: 48_000,
    note: "A fourth warehouse",
    ..YEAR
};
/// Four months at a time, all at once.
const SHORT: Deal = Deal {
    committed: 4_200,
    rate: 140,
    months: 4,
    release: None,
    payments: None,
    renews: true,
    note: "Four months at a time, until they know their seasons",
};

impl Stage {
    /// Contracts, a parent and a transfer.
    pub(super) fn plan_deals(&mut self, now: Timestamp) {
        let ago = |days: i64| now.plus_seconds(-days * DAY_SECONDS);
        self.at(ago(138), now, Step::Sign(&RAMPED, &YEAR));
        self.at(ago(61), now, Step::Amend(&RAMPED, &LARGER));
        self.at(ago(114), now, Step::Sign(&QUARTERLY, &SHORT));
        self.at(ago(24), now, Step::Transfer(&RAMPED, &LABORATORY, 60_000));
        // What agreements make due, on its day.
        for customer in [&RAMPED, &QUARTERLY] {
            for day in customer.zone().day_starts(ago(139), now) {
                self.at(day.plus_micros(1_000), now, Step::Allotments);
            }
        }
    }

    async fn terms(&self, deal: &Deal, starts_at: Timestamp) -> Result<ContractTerms, ServiceError> {
        let plans = self.service.store().current_plans().await?;
        let plan = plans.iter().find(|plan| plan.plan.as_str() == "enterprise");
        let spread = |interval: Option<Interval>| interval.map_or(Spread::AtOnce, Spread::Every);
        Ok(ContractTerms {
            plan: plan.ok_or(ServiceError::NotFound("plan"))?.id,
            overrides: Overrides::default(),
            committed: Money::new(deal.committed * 100, Currency::USD),
            conversion_rate: Decimal::from(deal.rate),
            starts_at,
            months: deal.months,
            release: spread(deal.release),
            payments: spread(deal.payments),
            renewal: if deal.renews { Renewal::SameTerms } else { Renewal::None },
            note: Some(deal.note.to_owned()),
        })
    }

    /// Signs a contract that begins tomorrow.
    pub(super) async fn sign(&self, customer: &Customer, deal: &Deal) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        let terms = self.terms(deal, self.service.now().plus_seconds(DAY_SECONDS)).await?;
        let id = self.service.new_contract_id();
        self.service
            .sign_contract(&self.vendor, organization, id, terms)
            .await?;
        Ok(())
    }

    /// Amends the customer's contract from tomorrow on.
    pub(super) async fn amend(&self, customer: &Customer, deal: &Deal) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        let contracts = self.service.contracts(&self.vendor, organization).await?;
        let contract = contracts.first().ok_or(ServiceError::NotFound("contract"))?;
        let terms = self.terms(deal, contract.terms.starts_at).await?;
        let from = customer.zone().next_day_start(self.service.now());
        self.service
            .amend_contract(&self.vendor, organization, contract.id, terms, from)
            .await?;
        Ok(())
    }

    /// Makes one customer the other's parent, and transfers unspent credits to it.
    pub(super) async fn transfer(&self, from: &Customer, to: &Customer, credits: i64) -> Result<(), ServiceError> {
        let (giver, taker) = (self.organization(from)?, self.organization(to)?);
        let service = &self.service;
        let reason = "One house: its laboratory has a budget of its own";
        service
            .set_parent(&self.vendor, taker, Some(&key(from.key)), reason)
            .await?;
        let grants = service.transferable_grants(&self.vendor, giver).await?;
        let grant = grants.into_iter().find(|grant| grant.remaining >= whole(credits));
        let input = TransferInput {
            grant: grant.ok_or(ServiceError::NotFound("grant"))?.id,
            to: taker,
            credits: whole(credits),
            reason: "Its share of the quarter".to_owned(),
        };
        service.transfer_credits(&self.vendor, giver, input, "demo").await?;
        Ok(())
    }
}

/// A gift that one of the staff asks for and somebody else has to approve.
pub(super) async fn ask(service: &Service, manager: &Actor) -> Result<(), ServiceError> {
    let organization = service.organization_of(manager, &key(STUDIO.key)).await?;
    let input = GiveInput {
        kind: GrantKind::Adjustment,
        credits: whole(25_000),
        valid_days: Some(180),
        scope: None,
        reason: "Two days of slow renders before their book fair".to_owned(),
    };
    service.give_credits(manager, organization, input, "demo").await?;
    Ok(())
}
