//! What open pages hear: the version of an organization whenever a commit changed it, and the small set of figures that
//! moves.
//!
//! A process hears of its own commits at once and of other processes' by one poll, twice a second, for the organizations
//! that its open pages show and only while they are shown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::LimitOwner;
use drawdown_domain::live::{LiveCap, LiveEvent, LiveFigures};
use drawdown_domain::{Credits, Timestamp, format};
use drawdown_store::Store;
use tokio::sync::{Notify, watch};

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::figures::worth;
use crate::limits::CapView;
use crate::service::Service;

/// How long figures of the same version are true enough: five seconds.
const FIGURES_MICROS: i64 = 5_000_000;
/// Organizations whose figures are remembered.
const FIGURES_MAX: usize = 1_000;
/// Newest events that are sent.
const NEWEST: u32 = 10;
/// How often other processes' commits are asked for.
const POLL: Duration = Duration::from_millis(500);
/// The least time between two polls, however many commits there are.
const POLL_LEAST: Duration = Duration::from_millis(50);

/// Who watches what, and the one poll that serves them all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    shown: Mutex<Shown>,
    poked: Notify,
}

#[derive(Debug, Default)]
struct Shown {
    versions: HashMap<OrganizationId, watch::Sender<i64>>,
    is_polled: bool,
    /// The last figures of each, with when they were made: many pages of one organization ask at once.
    figures: HashMap<OrganizationId, (Timestamp, LiveFigures)>,
}

impl Hub {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A commit of this process changed the organization: whoever watches it hears at once.
    pub(crate) fn poke(&self, organization: OrganizationId) {
        if self.shown().versions.contains_key(&organization) {
            self.0.poked.notify_one();
        }
    }

    fn watch(&self, organization: OrganizationId, version: i64, store: &Store) -> Watch {
        let mut shown = self.shown();
        let sender = shown
            .versions
            .entry(organization)
            .or_insert_with(|| watch::channel(version).0);
        let versions = sender.subscribe();
        if !shown.is_polled {
            shown.is_polled = true;
            tokio::spawn(self.clone().poll(store.clone()));
        }
        Watch { versions }
    }

    /// The figures of that version, where another page just asked for them.
    fn remembered(&self, organization: OrganizationId, version: i64, now: Timestamp) -> Option<LiveFigures> {
        let shown = self.shown();
        let (made_at, figures) = shown.figures.get(&organization)?;
        let is_fresh = now.micros_since(*made_at) < FIGURES_MICROS && figures.version == version;
        is_fresh.then(|| figures.clone())
    }

    fn remember(&self, organization: OrganizationId, figures: &LiveFigures, now: Timestamp) {
        let mut shown = self.shown();
        if shown.figures.len() >= FIGURES_MAX {
            shown.figures.clear();
        }
        shown.figures.insert(organization, (now, figures.clone()));
    }

    /// Asks for versions as long as anything is watched.
    async fn poll(self, store: Store) {
        loop {
            tokio::time::sleep(POLL_LEAST).await;
            // Whether a commit of ours woke us up or the time did makes no difference.
            let _ = tokio::time::timeout(POLL, self.0.poked.notified()).await;
            let Some(organizations) = self.still_shown() else {
                return;
            };
            match store.versions(&organizations).await {
                Ok(versions) => self.tell(&versions),
                Err(error) => tracing::warn!(%error, "cannot read the versions that open pages watch"),
            }
        }
    }

    /// Forgets what nobody watches any more; `None`, and the poll ends, where that is everything.
    fn still_shown(&self) -> Option<Vec<OrganizationId>> {
        let mut shown = self.shown();
        shown.versions.retain(|_, sender| sender.receiver_count() > 0);
        if shown.versions.is_empty() {
            shown.is_polled = false;
            return None;
        }
        Some(shown.versions.keys().copied().collect())
    }

    fn tell(&self, versions: &[(OrganizationId, i64)]) {
        let shown = self.shown();
        for (organization, version) in versions {
            if let Some(sender) = shown.versions.get(organization) {
                sender.send_if_modified(|known| {
                    let newer = *version > *known;
                    *known = (*known).max(*version);
                    newer
                });
            }
        }
    }
}

/// A subscription to one organization's version; dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    versions: tokio::sync::watch::Receiver<i64>,
}

impl Watch {
    /// The version that was last seen.
    pub fn version(&self) -> i64 {
        *self.versions.borrow()
    }

    /// Waits for the next change and gives its version; several changes at once are one. `None` when the service ends.
    pub async fn changed(&mut self) -> Option<i64> {
        self.versions.changed().await.ok()?;
        Some(*self.versions.borrow_and_update())
    }
}

impl Service {
    /// Subscribes to an organization's changes.
    pub async fn watch(&self, actor: &Actor, organization: OrganizationId) -> Result<Watch, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let version = self.load(organization).await?.state.version;
        Ok(self.inner.hub.watch(organization, version, self.store()))
    }

    /// The figures that move, as they are now.
    pub async fn live_figures(&self, actor: &Actor, organization: OrganizationId) -> Result<LiveFigures, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let version = self.load(organization).await?.state.version;
        if let Some(figures) = self.inner.hub.remembered(organization, version, self.now()) {
            return Ok(figures);
        }
        let figures = self.compute_figures(actor, organization).await?;
        self.inner.hub.remember(organization, &figures, self.now());
        Ok(figures)
    }

    async fn compute_figures(&self, actor: &Actor, organization: OrganizationId) -> Result<LiveFigures, ServiceError> {
        let (present, newest) = tokio::join!(
            self.present(actor, organization),
            self.newest_events(actor, organization, None, NEWEST)
        );
        let (present, newest) = (present?, newest?);
        let runs_out = present.depletion().map(|depletion| {
            let (at, from) = (depletion.at.day, depletion.earliest.day);
            depletion.latest.map_or_else(
                || format!("{at} ({from} at the earliest)"),
                |latest| format!("{at} ({from} to {})", latest.day),
            )
        });
        Ok(LiveFigures {
            version: present.organization.state.version,
            left: present.figures.left,
            worth: worth(present.figures.left, present.plan.as_deref()).map(format::money),
            held: present.figures.held,
            owed: present.figures.owed,
            burn_today: present.burn_today(),
            sentence: present.sentence(),
            runs_out,
            caps: present.caps.iter().flat_map(live_caps).collect(),
            stops_next: present.stops_next.sentence,
            newest: newest
                .items
                .into_iter()
                .map(|event| LiveEvent {
                    id: event.id.to_string(),
                    time: present.moments.seconds(event.occurred.at),
                    use_case: event.use_case_name,
                    mode: event.mode.to_string(),
                    platform: event.platform.to_string(),
                    credits: event.credits,
                })
                .collect(),
        })
    }
}

/// The bars of a cap: one, unless it counts each subject or key on its own.
fn live_caps(cap: &CapView) -> impl Iterator<Item = LiveCap> + '_ {
    let owner = match cap.owner {
        LimitOwner::Vendor => "vendor",
        LimitOwner::Customer => "customer",
    };
    cap.used.iter().map(move |used| LiveCap {
        id: match &used.each {
            Some(each) => format!("{owner}:{}:{each}", cap.name),
            None => format!("{owner}:{}", cap.name),
        },
        used: used.used.checked_add(used.held).unwrap_or(Credits::MAX),
        limit: cap.limit_credits,
        percent: used.percent,
    })
}
