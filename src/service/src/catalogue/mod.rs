//! The catalogue file: use cases, rates and plans in TOML. Applying it twice is once; a change makes a new version.

mod allotment_file;
mod ceiling_file;
mod file;
mod json;
mod overrides_file;
mod plan_file;
mod rates_file;
mod reader;
#[cfg(test)]
mod schemes;
mod writer;

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::catalogue::{RateCard, Rates};
use drawdown_domain::key::Key;
use drawdown_store::Published;
use serde_json::{Value, json};

use crate::actor::{Action, Actor};
use crate::customers::PlanView;
use crate::error::ServiceError;
use crate::metering::rates_at;
use crate::rate_card::empty;
use crate::service::Service;

use file::{CatalogueFile, InForce};
pub use json::{plan_json, rates_json};
pub(crate) use json::{plan_of, rates_of};
pub use overrides_file::overrides_json;
pub(crate) use overrides_file::overrides_of;

/// Whether applying made a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// It did, with this number.
    New(i64),
    /// Nothing differs from this number.
    Same(i64),
}

/// What applying a catalogue did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The rate card.
    pub rate_card: Version,
    /// Each plan of the file.
    pub plans: Vec<(Key, Version)>,
}

/// What applying a file would change of the rate card or of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CataloguePlan {
    /// The plan; `None` for the rate card.
    pub plan: Option<Key>,
    /// The changes; none where it says what is in force.
    pub changes: Vec<Change>,
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentCatalogue {
    /// The rate card's version; `None` before the first.
    pub rate_card: Option<RateCard>,
    /// The current version of each plan.
    pub plans: Vec<PlanView>,
}

impl Service {
    /// Publishes what a catalogue file says, where it differs from what is there. Nothing is published where anything
    /// in it is wrong; every error names its key and the remedy. Organizations stay on the plan version they are on.
    pub async fn apply_catalogue(&self, actor: &Actor, text: &str) -> Result<Applied, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let file = file::read(text, &self.in_force().await?)?;
        self.apply(actor, file).await
    }

    /// The same of a catalogue in JSON, which has the same form.
    pub async fn apply_catalogue_json(&self, actor: &Actor, catalogue: &Value) -> Result<Applied, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let file = json::catalogue(catalogue, &self.in_force().await?)?;
        self.apply(actor, file).await
    }

    /// What a file is read beside.
    async fn in_force(&self) -> Result<InForce, ServiceError> {
        Ok(InForce {
            rates: self.card_in_force().await?.map_or_else(empty, |card| card.rates),
            plans: self.store().current_plans().await?,
        })
    }

    async fn apply(&self, actor: &Actor, file: CatalogueFile) -> Result<Applied, ServiceError> {
        let now = self.now();
        let after = json!({ "rates": file.rates });
        let mut line = self.audit_line(actor, None, "publish", "rate_card", Some(after));
        let card = self.card_in_force().await?;
        line.before = card.map(|card| json!({ "version": card.number, "rates": card.rates }));
        let rate_card = match self.store().publish_rates(&file.rates, now, now, &[line]).await? {
            Published::New(card) => Version::New(card.number),
            Published::Same(card) => Version::Same(card.number),
        };
        let mut plans = Vec::with_capacity(file.plans.len());
        for (key, terms) in file.plans {
            let after = json!({ "plan": key, "terms": terms });
            let mut line = self.audit_line(actor, None, "publish", "plan", Some(after));
            let current = self.store().current_plan(&key).await?;
            line.before =
                current.map(|current| json!({ "plan": key, "version": current.number, "terms": current.terms }));
            let version = match self.store().publish_plan(&key, &terms, now, &[line]).await? {
                Published::New(version) => Version::New(version.number),
                Published::Same(version) => Version::Same(version.number),
            };
            plans.push((key, version));
        }
        Ok(Applied { rate_card, plans })
    }

    /// What is in force now, as a catalogue file: applying it changes nothing.
    pub async fn export_catalogue(&self, actor: &Actor) -> Result<String, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let rates = self.rates().await?;
        let plans = self.store().current_plans().await?;
        let plans = plans
            .iter()
            .map(|plan| (plan.plan.clone(), plan.terms.clone()))
            .collect();
        Ok(writer::write(&rates, &plans))
    }

    /// What applying a catalogue file would change, line by line; nothing where it says what is in force. Publishes
    /// nothing.
    pub async fn plan_catalogue(&self, actor: &Actor, text: &str) -> Result<Vec<CataloguePlan>, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let file = file::read(text, &self.in_force().await?)?;
        self.plan_file(file).await
    }

    /// The same of a catalogue in JSON, which has the same form.
    pub async fn plan_catalogue_json(
        &self,
        actor: &Actor,
        catalogue: &Value,
    ) -> Result<Vec<CataloguePlan>, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let file = json::catalogue(catalogue, &self.in_force().await?)?;
        self.plan_file(file).await
    }

    async fn plan_file(&self, file: CatalogueFile) -> Result<Vec<CataloguePlan>, ServiceError> {
        let current = self.card_in_force().await?.map_or_else(empty, |card| card.rates);
        let mut planned = vec![CataloguePlan {
            plan: None,
            changes: current.changes_to(&file.rates),
        }];
        for (key, terms) in &file.plans {
            let changes = match self.store().current_plan(key).await? {
                Some(current) => current.terms.changes_to(terms),
                None => terms.written(),
            };
            planned.push(CataloguePlan {
                plan: Some(key.clone()),
                changes,
            });
        }
        Ok(planned)
    }

    /// What is in force now.
    pub async fn catalogue(&self, actor: &Actor) -> Result<CurrentCatalogue, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let (catalogue, plans) = tokio::join!(self.store().catalogue(), self.store().plans());
        Ok(CurrentCatalogue {
            rate_card: catalogue?.at(self.now()).cloned(),
            plans: plans?.iter().map(|plan| PlanView::from(&*plan.current)).collect(),
        })
    }

    /// The prices in force now: use cases, modes, platforms, for forms and labels. They are no secret.
    pub async fn rates(&self) -> Result<Rates, ServiceError> {
        let catalogue = self.store().catalogue().await?;
        rates_at(&catalogue, self.now()).cloned()
    }
}
