//! [`Service`]: the one handle to every use case, cheap to clone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use drawdown_domain::Timestamp;
use drawdown_domain::account::OrganizationState;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::request::Request;
use drawdown_domain::window::Zone;
use drawdown_store::{Attachments, AuditLine, Clock, Idempotency, Organization, Store};
use secrecy::SecretString;

use crate::authenticate::SignInThrottle;
use crate::error::ServiceError;
use crate::key_cache::KeyCache;
use crate::live::Hub;
use crate::moment::Moments;
use crate::payments::SandboxProvider;
use crate::randomness::Randomness;
use crate::simulation::{ShapesWalk, Simulations};

/// What an installation is set to.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Who sells, for people; the name that the installation was set up with counts where there is one.
    pub vendor: String,
    /// Where browsers reach this installation, without a slash at the end.
    pub public_url: String,
    /// The sandbox payment provider's signing secret; `None` switches the sandbox off.
    pub sandbox_secret: Option<SecretString>,
    /// Whole credits: more than that, one of the staff gives and takes back only with a second person's approval.
    pub adjustment_limit_credits: u32,
}

/// The one handle.
#[derive(Clone, Debug)]
pub struct Service {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) settings: ServiceSettings,
    pub(crate) clock: Clock,
    pub(crate) random: Randomness,
    pub(crate) sign_in: SignInThrottle,
    pub(crate) api_keys: KeyCache,
    pub(crate) hub: Hub,
    pub(crate) simulations: Simulations,
    pub(crate) provider: Option<Box<SandboxProvider>>,
    /// Organizations by the vendor's keys, as far as they were asked for.
    pub(crate) keys: RwLock<HashMap<Key, OrganizationId>>,
    /// Where the walk through the portfolio goes on.
    pub(crate) portfolio_walk: Mutex<Option<OrganizationId>>,
    /// The same of the portfolio's months.
    pub(crate) months_walk: Mutex<Option<OrganizationId>>,
    /// How far usage is folded into shapes.
    pub(crate) shapes_walk: Mutex<ShapesWalk>,
}

impl Service {
    /// A service over an open store. `clock` is the one that the store was opened with.
    pub fn new(store: Store, settings: ServiceSettings, clock: Clock, random: Randomness) -> Self {
        let sign_in = SignInThrottle::new(clock.clone());
        let provider = settings.sandbox_secret.clone().map(|secret| {
            let url = settings.public_url.clone();
            Box::new(SandboxProvider::new(secret, url, random.clone()))
        });
        Self {
            inner: Arc::new(Inner {
                hub: Hub::default(),
                simulations: Simulations::default(),
                api_keys: KeyCache::default(),
                provider,
                keys: RwLock::default(),
                portfolio_walk: Mutex::default(),
                months_walk: Mutex::default(),
                shapes_walk: Mutex::default(),
                store,
                settings,
                clock,
                random,
                sign_in,
            }),
        }
    }

    /// What the installation is set to.
    pub fn settings(&self) -> &ServiceSettings {
        &self.inner.settings
    }

    /// The store behind it: for jobs, probes and tests.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The present, by the installation's clock.
    pub fn instant(&self) -> Timestamp {
        self.now()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn random(&self) -> &Randomness {
        &self.inner.random
    }

    /// Who sells: as the installation was set up, or else as it is set now.
    pub(crate) async fn vendor(&self) -> Result<String, ServiceError> {
        let installation = self.store().installation().await?;
        Ok(installation.map_or_else(|| self.settings().vendor.clone(), |found| found.vendor_name))
    }

    pub(crate) fn moments(&self, organization: &OrganizationState) -> Moments {
        Moments::new(&organization.time_zone, self.now())
    }

    /// The organization, or that there is none.
    pub(crate) async fn load(&self, id: OrganizationId) -> Result<Organization, ServiceError> {
        self.store()
            .organization(id)
            .await?
            .ok_or(ServiceError::NotFound("customer"))
    }

    /// Has the ledger decide a request; a refusal is an error. Open pages of this process hear of it at once.
    pub(crate) async fn submit(
        &self,
        organization: OrganizationId,
        request: Request,
        idempotency: Option<Idempotency>,
        attachments: Attachments,
    ) -> Result<Outcome, ServiceError> {
        let ledger = self.store().ledger();
        let outcome = ledger
            .submit_with(organization, request, idempotency, attachments)
            .await?;
        self.inner.hub.poke(organization);
        match outcome {
            Outcome::Refused(error) => Err(ServiceError::Refused(error)),
            outcome => Ok(outcome),
        }
    }

    /// Tells open pages that something changed.
    pub(crate) fn poke(&self, organization: OrganizationId) {
        self.inner.hub.poke(organization);
    }

    /// The plan version that an organization is on.
    pub(crate) async fn plan_of(
        &self,
        organization: &OrganizationState,
    ) -> Result<Option<Arc<PlanVersion>>, ServiceError> {
        match organization.plan {
            Some(id) => Ok(self.store().plan_version(id).await?),
            None => Ok(None),
        }
    }
}

/// A line of the audit log that commits together with the change.
pub(crate) fn audited(line: AuditLine) -> Attachments {
    Attachments {
        audit: vec![line],
        ..Attachments::default()
    }
}

/// The ledger answered a request with another kind of outcome than the request has: a defect.
pub(crate) fn unexpected(outcome: &Outcome) -> ServiceError {
    ServiceError::internal(format!("the ledger answered with another kind of outcome: {outcome:?}"))
}

/// The zone of an organization; it was checked when it was set.
pub(crate) fn zone_of(organization: &OrganizationState) -> Zone {
    Zone::parse(&organization.time_zone).unwrap_or_else(|_| Zone::utc())
}
