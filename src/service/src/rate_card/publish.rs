//! Publishing a draft of the rate card from an instant on, and taking a scheduled version back before it takes effect.

use drawdown_domain::Timestamp;
use drawdown_domain::catalogue::change::Change;
use serde_json::json;

use super::{RatesDraft, VersionState, VersionView, behind, empty, overtaken, version_of, with_version};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moment, utc_instant};
use crate::service::Service;

/// The furthest that a version is scheduled ahead, in days.
const AHEAD_DAYS_MAX: i64 = 730;

/// What publishing will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishView {
    /// The draft as it is now.
    pub draft: RatesDraft,
    /// From when it prices; `None`: at once.
    pub effective: Option<Moment>,
    /// What it changes of the version that is in force until then.
    pub changes: Vec<Change>,
    /// The number of that version.
    pub before: Option<i64>,
    /// Versions that are scheduled after it, the soonest first: each takes its place in turn.
    pub later: Vec<VersionView>,
}

impl Service {
    /// Checks that the draft can be published from `effective` on (a UTC date and time; empty: at once), and says what that
    /// changes. Publishes nothing.
    pub async fn check_rates_publishing(&self, actor: &Actor, effective: &str) -> Result<PublishView, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        self.check_rates_publishing_at(actor, read_effective(effective)?).await
    }

    /// The same from an instant on; at once, where there is none.
    pub async fn check_rates_publishing_at(
        &self,
        actor: &Actor,
        at: Option<Timestamp>,
    ) -> Result<PublishView, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let draft = self.rates_draft(actor).await?.ok_or(ServiceError::NotFound("draft"))?;
        if let Some(fault) = &draft.fault {
            return Err(ServiceError::conflict(
                "draft_not_valid",
                format!("it cannot be published yet: {fault}"),
            ));
        }
        if draft.newer.is_some() {
            return Err(behind());
        }
        let now = self.now();
        check_effective(at, now)?;
        let catalogue = self.store().catalogue().await?;
        // The first version prices everything before it too, so a later first one is no earlier than it.
        let before = catalogue.at(at.unwrap_or(now));
        let changes = match before {
            Some(before) => before.rates.changes_to(&draft.rates),
            None => empty().changes_to(&draft.rates),
        };
        if changes.is_empty() {
            return Err(ServiceError::conflict(
                "nothing_changes",
                "the draft says what is in force by then; there is nothing to publish",
            ));
        }
        let versions = self.rate_cards(actor).await?.versions;
        let mut later: Vec<VersionView> = versions
            .into_iter()
            .filter(|version| {
                let scheduled = version.state == VersionState::Scheduled && version.withdraws.is_none();
                scheduled && version.effective.at > at.unwrap_or(now)
            })
            .collect();
        later.sort_by_key(|version| version.effective.at);
        Ok(PublishView {
            before: before.map(|card| card.number),
            effective: at.map(|at| self.catalogue_moments().at(at)),
            changes,
            later,
            draft,
        })
    }

    /// Publishes the draft as it was seen at `revision`, from `effective` on. Gives the new version's number.
    pub async fn publish_rates_draft(
        &self,
        actor: &Actor,
        revision: i64,
        effective: &str,
    ) -> Result<i64, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        self.publish_rates_draft_at(actor, revision, read_effective(effective)?)
            .await
    }

    /// The same from an instant on; at once, where there is none.
    pub async fn publish_rates_draft_at(
        &self,
        actor: &Actor,
        revision: i64,
        at: Option<Timestamp>,
    ) -> Result<i64, ServiceError> {
        let view = self.check_rates_publishing_at(actor, at).await?;
        if view.draft.revision != revision {
            return Err(overtaken());
        }
        let now = self.now();
        let at = view.effective.as_ref().map_or(now, |moment| moment.at);
        let mut line = self.changes_line(actor, "publish", "rate_card", &view.changes);
        line.before = view.before.map(|before| with_version(line.before.take(), before));
        let rates = &view.draft.rates;
        let published = self
            .store()
            .publish_rates_draft(revision, rates, at, now, &[line])
            .await?;
        Ok(version_of(published)?.number)
    }

    /// Takes a scheduled version back: at its instant nothing changes.
    pub async fn withdraw_rates(&self, actor: &Actor, number: i64) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let version = self.rate_card_version(actor, number).await?;
        let told = |state: VersionState| {
            let state = state.word();
            json!({ "version": number, "effective_at": version.effective.iso, "state": state })
        };
        let mut line = self.audit_line(
            actor,
            None,
            "withdraw",
            "rate_card",
            Some(told(VersionState::TakenBack)),
        );
        line.before = Some(told(version.state));
        let withdrawn = self.store().withdraw_rates(number, self.now(), &[line]).await?;
        let late = || {
            ServiceError::conflict(
                "not_scheduled",
                "this version is not scheduled any more: it is in force, or was taken back already",
            )
        };
        withdrawn.then_some(()).ok_or_else(late)
    }
}

fn read_effective(text: &str) -> Result<Option<Timestamp>, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let message = "a date and a time, such as 2027-01-01 00:00";
    let at = utc_instant(text).ok_or_else(|| ServiceError::field("effective", "not_an_instant", message))?;
    Ok(Some(at))
}

fn check_effective(at: Option<Timestamp>, now: Timestamp) -> Result<(), ServiceError> {
    let Some(at) = at else { return Ok(()) };
    let refused = |code, message: &str| Err(ServiceError::field("effective", code, message));
    if at <= now {
        return refused(
            "past",
            "this is past: what has run keeps its price. Take a later time, or publish at once",
        );
    }
    if at > now.plus_seconds(AHEAD_DAYS_MAX * 86_400) {
        return refused("too_far", "at most two years ahead");
    }
    Ok(())
}
