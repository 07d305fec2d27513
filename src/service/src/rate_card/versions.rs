//! The versions of the rate card as a list: which is in force, which comes when, what each changed.

use drawdown_domain::Timestamp;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::catalogue::change::Change;
use drawdown_store::ListedRateCard;

use super::RatesDraft;
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::Service;

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// It takes effect in the future, and can be taken back until then.
    Scheduled,
    /// It prices what runs now.
    InForce,
    /// A later one prices since.
    Superseded,
    /// It was taken back before it took effect.
    TakenBack,
}

impl VersionState {
    /// In words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InForce => "in force",
            Self::Superseded => "superseded",
            Self::TakenBack => "taken back",
        }
    }
}

/// A version, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionView {
    /// 1, 2, 3…
    pub number: i64,
    /// Where it stands.
    pub state: VersionState,
    /// From when it prices.
    pub effective: Moment,
    /// When it was published.
    pub published: Moment,
    /// The scheduled version that it takes back.
    pub withdraws: Option<i64>,
    /// The prices.
    pub rates: Rates,
    /// What it changes of the version in force before it; nothing for the first.
    pub changes: Vec<Change>,
    /// The number of the version in force before it.
    pub before: Option<i64>,
}

/// The page of the rate card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateCardsView {
    /// All versions, the newest first.
    pub versions: Vec<VersionView>,
    /// The draft.
    pub draft: Option<RatesDraft>,
}

fn order(listed: &ListedRateCard) -> (Timestamp, i64) {
    (listed.card.effective_at, listed.card.number)
}

/// The versions as they are shown at the moments' present.
fn shown(listed: &[ListedRateCard], moments: &Moments) -> Vec<VersionView> {
    let now = moments.now();
    let is_taken_back = |one: &ListedRateCard| {
        let taken = listed.iter().any(|other| other.withdraws == Some(one.card.number));
        // A withdrawal that a later one stands in for never priced anything either.
        let replaced = one.withdraws.is_some()
            && listed
                .iter()
                .any(|other| other.card.effective_at == one.card.effective_at && other.card.number > one.card.number);
        taken || replaced
    };
    let counted: Vec<&ListedRateCard> = listed.iter().filter(|one| !is_taken_back(one)).collect();
    let begun = counted.iter().filter(|one| one.card.effective_at <= now);
    let first = counted.iter().min_by_key(|one| order(one));
    let in_force = begun.max_by_key(|one| order(one)).or(first).map(|one| one.card.number);
    let view = |one: &ListedRateCard| {
        let number = one.card.number;
        let before = counted.iter().filter(|other| order(other) < order(one));
        let before = before.max_by_key(|other| order(other)).map(|one| &one.card);
        VersionView {
            number,
            state: if is_taken_back(one) {
                VersionState::TakenBack
            } else if in_force == Some(number) {
                VersionState::InForce
            } else if one.card.effective_at > now {
                VersionState::Scheduled
            } else {
                VersionState::Superseded
            },
            effective: moments.at(one.card.effective_at),
            published: moments.at(one.created_at),
            withdraws: one.withdraws,
            changes: before.map_or_else(Vec::new, |before| before.rates.changes_to(&one.card.rates)),
            before: before.map(|before| before.number),
            rates: one.card.rates.clone(),
        }
    };
    listed.iter().map(view).collect()
}

impl Service {
    /// All versions and the draft.
    pub async fn rate_cards(&self, actor: &Actor) -> Result<RateCardsView, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let listed = self.store().rate_cards().await?;
        Ok(RateCardsView {
            versions: shown(&listed, &self.catalogue_moments()),
            draft: self.rates_draft(actor).await?,
        })
    }

    /// One version.
    pub async fn rate_card_version(&self, actor: &Actor, number: i64) -> Result<VersionView, ServiceError> {
        let versions = self.rate_cards(actor).await?.versions;
        let found = versions.into_iter().find(|version| version.number == number);
        found.ok_or(ServiceError::NotFound("version of the rate card"))
    }
}
