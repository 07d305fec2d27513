//! Who is it? API keys and passwords.
//!
//! A wrong key and a revoked one get the same answer; an unknown mail address costs the same work and gets the same
//! answer as a wrong password; sign-in is throttled by mail address and by network address.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use drawdown_domain::timestamp::MICROS_PER_SECOND;
use drawdown_store::Clock;
use governor::clock::{Clock as _, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use secrecy::{ExposeSecret as _, SecretString};

use crate::actor::{Actor, Member};
use crate::error::ServiceError;
use crate::keys::{SECRET_PREFIX, secret_hash};
use crate::password::{self, PASSWORD_BYTES_MAX};
use crate::person::Person;
use crate::service::Service;

/// Tries at once with one mail address from one network address; one more every [`TRY_SECONDS`].
const TRIES: u32 = 5;
/// Seconds until one more try.
const TRY_SECONDS: u64 = 30;
/// Tries at once from one network address, whatever the mail address; one more every two seconds.
const ADDRESS_TRIES: u32 = 60;
/// Throttle entries above which those that are full again are forgotten.
const ENTRIES_MAX: usize = 10_000;

const REFUSED: ServiceError = ServiceError::Unauthenticated("the mail address or the password is wrong");
const BAD_KEY: ServiceError = ServiceError::Unauthenticated("the API key is missing, unknown or revoked");

/// The service's clock as governor wants it: nanoseconds since the Unix epoch.
#[derive(Clone, Debug)]
struct ThrottleClock(Clock);

impl governor::clock::Clock for ThrottleClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let micros = u64::try_from(self.0.now().micros()).unwrap_or(0);
        Nanos::from(Duration::from_micros(micros))
    }
}

type Throttle<K> = RateLimiter<K, DashMapStateStore<K>, ThrottleClock, NoOpMiddleware<Nanos>>;

/// Slows down who tries passwords.
#[derive(Debug)]
pub(crate) struct SignInThrottle {
    clock: ThrottleClock,
    pairs: Throttle<(String, Option<IpAddr>)>,
    addresses: Throttle<IpAddr>,
}

impl SignInThrottle {
    pub(crate) fn new(clock: Clock) -> Self {
        let clock = ThrottleClock(clock);
        let quota = |tries: u32, seconds: u64| {
            Quota::with_period(Duration::from_secs(seconds))
                .unwrap_or(Quota::per_minute(NonZeroU32::MIN))
                .allow_burst(NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN))
        };
        Self {
            pairs: RateLimiter::new(quota(TRIES, TRY_SECONDS), DashMapStateStore::default(), clock.clone()),
            addresses: RateLimiter::new(quota(ADDRESS_TRIES, 2), DashMapStateStore::default(), clock.clone()),
            clock,
        }
    }

    /// Counts a try; an error where it is one too many.
    fn admit(&self, email: &str, address: Option<IpAddr>) -> Result<(), ServiceError> {
        if self.pairs.len() > ENTRIES_MAX {
            self.pairs.retain_recent();
            self.addresses.retain_recent();
        }
        let refuse = |earliest: Nanos| {
            let micros = earliest.duration_since(self.clock.now()).as_u64() / 1_000;
            let seconds = i64::try_from(micros).unwrap_or(i64::MAX) / MICROS_PER_SECOND + 1;
            ServiceError::TooManyAttempts { retry_after_s: seconds }
        };
        if let Some(address) = address {
            self.addresses
                .check_key(&address)
                .map_err(|not_until| refuse(not_until.earliest_possible()))?;
        }
        self.pairs
            .check_key(&(email.to_owned(), address))
            .map_err(|not_until| refuse(not_until.earliest_possible()))
    }
}

impl Service {
    /// The actor of an API key's secret (`dd_sk_…`). One that is revoked is refused at once in this process, within a
    /// second in others.
    pub async fn authenticate_api_key(&self, secret: &SecretString) -> Result<Actor, ServiceError> {
        let secret = secret.expose_secret();
        if !secret.starts_with(SECRET_PREFIX) || secret.len() > 128 {
            return Err(BAD_KEY);
        }
        let hash = secret_hash(secret);
        let look_up = match self.inner.api_keys.get(&hash) {
            Ok(actor) => return Ok(actor),
            Err(look_up) => look_up,
        };
        let key = self
            .store()
            .api_key_by_secret(&hash)
            .await?
            .filter(|key| key.revoked_at.is_none())
            .ok_or(BAD_KEY)?;
        let actor = Actor::ApiKey {
            id: key.id,
            organization: key.organization,
            scope: key.scope.into(),
            name: key.name,
        };
        self.inner.api_keys.put(look_up, hash, actor.clone());
        Ok(actor)
    }

    /// The person of a mail address and password: a member of a customer, or one of the staff. `address` is the
    /// browser's, where it is known.
    pub async fn sign_in(
        &self,
        email: &str,
        password: SecretString,
        address: Option<IpAddr>,
    ) -> Result<Person, ServiceError> {
        let email = email.trim().to_lowercase();
        self.inner.sign_in.admit(&email, address)?;
        if email.len() > 254 || password.expose_secret().len() > PASSWORD_BYTES_MAX {
            return Err(REFUSED);
        }
        // Both are looked up in any case, so that the time says nothing of who is what.
        let (member, staff) = tokio::join!(
            self.store().member_by_email(&email),
            self.store().staff_by_email(&email)
        );
        let member = member?.filter(|found| !found.member.disabled);
        let staff = staff?.filter(|found| !found.staff.disabled);
        let hash = (member.as_ref().map(|found| &found.password_hash))
            .or(staff.as_ref().map(|found| &found.password_hash))
            .cloned();
        if !password::verify(password, hash).await? {
            return Err(REFUSED);
        }
        let person = match (member, staff) {
            (Some(found), _) => Person::Member(self.signed_in(found.member).await?),
            (None, Some(found)) => Person::Staff(self.staff_signed_in(found.staff).await?),
            (None, None) => return Err(REFUSED),
        };
        let line = self.audit_line(&person.actor(), person.organization(), "sign_in", "session", None);
        self.store().write_audit(&[line]).await?;
        Ok(person)
    }

    /// A stored member with what every page shows of the organization.
    pub(crate) async fn signed_in(&self, member: drawdown_store::Member) -> Result<Member, ServiceError> {
        let organization = self.load(member.organization).await?;
        Ok(Member {
            id: member.id,
            email: member.email,
            name: member.name,
            role: member.role,
            organization: member.organization,
            organization_key: organization.key,
            organization_name: organization.state.name,
            time_zone: organization.state.time_zone,
        })
    }
}
