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
use drawdown_store::{AuditLine, Draft, DraftOf, PublishedDraft, begins_as};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

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
    /// The version that a draft would begin as now, where that is another one: what came or went meanwhile is not in this draft,
    /// and it is not published before somebody has seen what differs ([`Service::carry_rates_draft`]).
    pub newer: Option<NewerVersion>,
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

/// A version that a draft would begin as now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewerVersion {
    /// Its number.
    pub number: i64,
    /// What the draft changes of it.
    pub changes: Vec<Change>,
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

/// What a published version is before, with the number of the one that it follows: also where it only adds.
pub(crate) fn with_version(before: Option<Value>, number: i64) -> Value {
    let mut before = before.unwrap_or_else(|| json!({}));
    before["version"] = number.into();
    before
}

/// The draft is another one by now.
pub(crate) fn overtaken() -> ServiceError {
    ServiceError::conflict(
        "draft_changed",
        "the draft was changed since you looked at it; nothing was done: look at it again",
    )
}

/// Somebody else has changed the draft since whoever changes it now saw it.
pub(crate) fn changed_by_other<T>(draft: &Draft<T>) -> ServiceError {
    let message = format!(
        "{} has changed the draft since you opened it, and nothing of yours was saved: look at what it says now, then send \
         yours again if it is to stand in its place",
        draft.changed_by
    );
    ServiceError::conflict("draft_changed", message)
}

/// A version came or went since the draft began.
fn behind() -> ServiceError {
    ServiceError::conflict(
        "draft_behind",
        "another version was published, or taken back, since this draft was begun, and publishing the draft would undo that: \
         look at what the draft changes now, carry it over to that version, or discard it and write it again",
    )
}

/// The version that a draft became.
pub(crate) fn version_of<T>(published: PublishedDraft<T>) -> Result<T, ServiceError> {
    match published {
        PublishedDraft::New(version) => Ok(version),
        PublishedDraft::Changed => Err(overtaken()),
        PublishedDraft::Behind => Err(behind()),
    }
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
        let base = self.rates_to_begin_as().await?;
        let newer = base.filter(|base| base.number != draft.based_on);
        Ok(Some(RatesDraft {
            revision: draft.revision,
            based_on: draft.based_on,
            newer: newer.map(|newer| NewerVersion {
                number: newer.number,
                changes: newer.rates.changes_to(&draft.content),
            }),
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
        let last = self.rates_to_begin_as().await?;
        let draft = Draft {
            revision: 1,
            based_on: last.as_ref().map_or(0, |card| card.number),
            content: last.map_or_else(empty, |card| card.rates),
            changed_at: self.now(),
            changed_by: self.actor_name(actor),
        };
        let after = json!({ "based_on": draft.based_on });
        let line = self.audit_line(actor, None, "start", "rate_card_draft", Some(after));
        self.store().put_draft(DraftOf::RateCard, &draft, &[line]).await?;
        Ok(())
    }

    async fn rates_to_begin_as(&self) -> Result<Option<RateCard>, ServiceError> {
        Ok(begins_as(&self.store().rate_cards().await?).cloned())
    }

    /// Changes one thing of the draft; with a `revision` only of the draft as it was seen.
    pub async fn edit_rates(&self, actor: &Actor, revision: Option<i64>, edit: RatesEdit) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        self.change_rates_draft(actor, revision, |rates| edit.clone().apply(rates))
            .await
    }

    /// Takes the draft as it was seen to be written for the version that a draft would begin as now: somebody has looked at what
    /// it changes of that, and wants it so. What it says stays.
    pub async fn carry_rates_draft(&self, actor: &Actor, revision: i64) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let base = self.rates_to_begin_as().await?.map_or(0, |card| card.number);
        self.carry_draft::<Rates>(actor, DraftOf::RateCard, revision, base)
            .await
    }

    /// Writes down that a draft as it was seen is meant for the version `base` from now on.
    pub(crate) async fn carry_draft<T: Serialize + DeserializeOwned + Send + Sync>(
        &self,
        actor: &Actor,
        of: DraftOf<'_>,
        revision: i64,
        base: i64,
    ) -> Result<(), ServiceError> {
        let draft = self.store().draft::<T>(of).await?;
        let draft = draft.ok_or(ServiceError::NotFound("draft"))?;
        if draft.revision != revision {
            return Err(changed_by_other(&draft));
        }
        if draft.based_on == base {
            return Ok(());
        }
        let told = |based_on: i64| match of {
            DraftOf::RateCard => json!({ "based_on": based_on }),
            DraftOf::Plan(plan) => json!({ "plan": plan, "based_on": based_on }),
        };
        let noun = match of {
            DraftOf::RateCard => "rate_card_draft",
            DraftOf::Plan(_) => "plan_draft",
        };
        let line = AuditLine {
            before: Some(told(draft.based_on)),
            ..self.audit_line(actor, None, "carry", noun, Some(told(base)))
        };
        let next = Draft {
            revision: draft.revision + 1,
            based_on: base,
            changed_at: self.now(),
            changed_by: self.actor_name(actor),
            ..draft
        };
        let carried = self.store().put_draft(of, &next, &[line]).await?;
        carried.then_some(()).ok_or_else(overtaken)
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
            let mut rates = draft.content.clone();
            let applied = change(&mut rates);
            // What is sent twice, and what somebody else has done already, changes nothing of what was not seen.
            if applied.is_ok() && rates == draft.content {
                return Ok(());
            }
            if revision.is_some_and(|seen| seen != draft.revision) {
                return Err(changed_by_other(&draft));
            }
            applied?;
            let changes = draft.content.changes_to(&rates);
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
