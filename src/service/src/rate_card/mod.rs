//! The rate card as it is written and published on the pages: its versions, the one draft, and what publishing changes.
//!
//! A version is scheduled, in force, superseded or taken back, and never edited. A draft is changed by small changes, each
//! of them in the audit log with what it was before and after. Who may is the catalogue's row of the one table.

mod compare;
mod edit;
mod publish;
mod versions;

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::catalogue::{RateCard, Rates};
use drawdown_store::{AuditLine, Draft, DraftOf};
use serde_json::{Map, Value};

use crate::actor::{Action, Actor};
use crate::catalogue::rates_of;
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::Service;

pub use compare::{Comparison, ComparisonInput, Side};
pub use edit::{Lever, RatesEdit};
pub use publish::PublishView;
pub use versions::{RateCardsView, VersionState, VersionView};

/// How often a change is tried again where others change the draft at the same time.
const TRIES_MAX: usize = 5;

/// The draft, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatesDraft {
    /// Counts its changes; whoever publishes or discards it names the one they saw.
    pub revision: i64,
    /// The version that it began as; zero where it began empty.
    pub based_on: i64,
    /// What it says.
    pub rates: Rates,
    /// What it changes of the version in force now.
    pub changes: Vec<Change>,
    /// Why it cannot be published yet.
    pub fault: Option<String>,
    /// When it was last changed.
    pub changed: Moment,
    /// By whom.
    pub changed_by: String,
}

/// A rate card that says nothing yet.
pub(crate) const fn empty() -> Rates {
    Rates {
        modes: std::collections::BTreeMap::new(),
        platforms: std::collections::BTreeMap::new(),
        use_cases: std::collections::BTreeMap::new(),
    }
}

/// Changes as the audit log keeps them: what each was before, and what it is after.
pub(crate) fn before_and_after(changes: &[Change]) -> (Option<Value>, Option<Value>) {
    let side = |pick: fn(&Change) -> Option<&String>| {
        let lines = changes
            .iter()
            .filter_map(|change| Some((change.what.clone(), Value::from(pick(change)?.clone()))));
        let lines: Map<String, Value> = lines.collect();
        (!lines.is_empty()).then_some(Value::Object(lines))
    };
    (side(|change| change.from.as_ref()), side(|change| change.to.as_ref()))
}

/// The draft is another one by now.
pub(crate) fn overtaken() -> ServiceError {
    ServiceError::conflict(
        "draft_changed",
        "the draft was changed since you looked at it; nothing was done: look at it again",
    )
}

impl Service {
    pub(crate) fn catalogue_moments(&self) -> Moments {
        Moments::new("UTC", self.now())
    }

    pub(crate) fn actor_name(&self, actor: &Actor) -> String {
        self.audit_line(actor, None, "", "", None).actor_name
    }

    /// A line of the log about changes of the catalogue.
    pub(crate) fn changes_line(&self, actor: &Actor, action: &str, noun: &str, changes: &[Change]) -> AuditLine {
        let (before, after) = before_and_after(changes);
        AuditLine {
            before,
            ..self.audit_line(actor, None, action, noun, after)
        }
    }

    /// The version of the rate card in force now.
    pub(crate) async fn card_in_force(&self) -> Result<Option<RateCard>, ServiceError> {
        Ok(self.store().catalogue().await?.at(self.now()).cloned())
    }

    /// The draft, where there is one.
    pub async fn rates_draft(&self, actor: &Actor) -> Result<Option<RatesDraft>, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let Some(draft) = self.store().draft::<Rates>(DraftOf::RateCard).await? else {
            return Ok(None);
        };
        let current = self.card_in_force().await?.map_or_else(empty, |card| card.rates);
        Ok(Some(RatesDraft {
            revision: draft.revision,
            based_on: draft.based_on,
            changes: current.changes_to(&draft.content),
            fault: draft.content.validate().err().map(|error| error.to_string()),
            rates: draft.content,
            changed: self.catalogue_moments().at(draft.changed_at),
            changed_by: draft.changed_by,
        }))
    }

    /// Begins a draft as the version that comes into force last, of those that are not taken back; a draft that is there
    /// already stays.
    pub async fn start_rates_draft(&self, actor: &Actor) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let listed = self.store().rate_cards().await?;
        let is_taken_back = |number: i64| listed.iter().any(|one| one.withdraws == Some(number));
        let stays = listed
            .iter()
            .filter(|one| one.withdraws.is_none() && !is_taken_back(one.card.number));
        let last = stays
            .max_by_key(|one| (one.card.effective_at, one.card.number))
            .map(|one| &one.card);
        let draft = Draft {
            revision: 1,
            based_on: last.map_or(0, |card| card.number),
            content: last.map_or_else(empty, |card| card.rates.clone()),
            changed_at: self.now(),
            changed_by: self.actor_name(actor),
        };
        let after = serde_json::json!({ "based_on": draft.based_on });
        let line = self.audit_line(actor, None, "start", "rate_card_draft", Some(after));
        self.store().put_draft(DraftOf::RateCard, &draft, &[line]).await?;
        Ok(())
    }

    /// Changes one thing of the draft.
    pub async fn edit_rates(&self, actor: &Actor, edit: RatesEdit) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        self.change_rates_draft(actor, None, |rates| edit.clone().apply(rates))
            .await
    }

    /// Makes the draft say this and nothing else; begins it where there is none. With a `revision` only the draft as it was
    /// seen. Rates are as `/v1/admin` has them: [`crate::catalogue::rates_json`].
    pub async fn put_rates_draft(
        &self,
        actor: &Actor,
        revision: Option<i64>,
        rates: &Value,
    ) -> Result<RatesDraft, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let rates = rates_of(rates)?;
        let put = async || {
            let put = |old: &mut Rates| {
                old.clone_from(&rates);
                Ok(())
            };
            self.change_rates_draft(actor, revision, put).await
        };
        match put().await {
            Err(ServiceError::NotFound("draft")) if revision.is_none() => {
                self.start_rates_draft(actor).await?;
                put().await?;
            }
            done => done?,
        }
        self.rates_draft(actor).await?.ok_or_else(overtaken)
    }

    async fn change_rates_draft(
        &self,
        actor: &Actor,
        revision: Option<i64>,
        change: impl Fn(&mut Rates) -> Result<(), ServiceError>,
    ) -> Result<(), ServiceError> {
        for _ in 0..TRIES_MAX {
            let draft = self.store().draft::<Rates>(DraftOf::RateCard).await?;
            let draft = draft.ok_or(ServiceError::NotFound("draft"))?;
            if revision.is_some_and(|seen| seen != draft.revision) {
                return Err(overtaken());
            }
            let mut rates = draft.content.clone();
            change(&mut rates)?;
            let changes = draft.content.changes_to(&rates);
            if rates == draft.content {
                return Ok(());
            }
            let line = self.changes_line(actor, "put", "rate_card_draft", &changes);
            let next = Draft {
                revision: draft.revision + 1,
                content: rates,
                changed_at: self.now(),
                changed_by: self.actor_name(actor),
                ..draft
            };
            if self.store().put_draft(DraftOf::RateCard, &next, &[line]).await? {
                return Ok(());
            }
        }
        Err(overtaken())
    }

    /// Throws the draft away as it was seen.
    pub async fn discard_rates_draft(&self, actor: &Actor, revision: i64) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let draft = self.rates_draft(actor).await?.ok_or(ServiceError::NotFound("draft"))?;
        let line = self.changes_line(actor, "discard", "rate_card_draft", &draft.changes);
        let discarded = self.store().discard_draft(DraftOf::RateCard, revision, &[line]).await?;
        discarded.then_some(()).ok_or_else(overtaken)
    }
}
