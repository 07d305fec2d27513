//! A visit: one request for a page or from a form, with who is asking.
//!
//! The session's cookie becomes a person here and nowhere else, a member or one of the staff; pages and server functions
//! get the same [`Visit`].

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr as _;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use drawdown_domain::id::{OrganizationId, SessionId};
use drawdown_service::{Action, Actor, Member, Person, Service, Staff};
use leptos::prelude::{expect_context, use_context};
use serde::de::DeserializeOwned;
use tower_sessions::Session;

use crate::address::customer_path;
use crate::assets::Assets;
use crate::error::PageError;
use crate::flash::{self, Flash};
use crate::routes::{AppState, STAFF_HOME, staff_home};

/// The session's only entry: the identifier of the row that says whose it is and whether it still holds.
const SESSION_KEY: &str = "session";

/// What Leptos puts into the address of the page whose form it could not read.
const UNREADABLE_FORM: &str = "__err";

/// What markup may know of a visit: where it is shown and to whom. Components take it from the context.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The page's path.
    pub path: String,
    /// The page's query, as it came.
    pub query: String,
    /// Who is signed in, where it is a member.
    pub member: Option<Member>,
    /// Who is signed in, where it is one of the staff.
    pub staff: Option<Staff>,
    /// What the last form said.
    pub flash: Flash,
    /// Where the script is that draws charts.
    pub charts: String,
    /// The customer whose page one of the staff is on.
    pub customer: Option<OrganizationId>,
}

impl Place {
    /// The place that a component is shown at.
    pub fn current() -> Arc<Self> {
        use_context::<Arc<Self>>().unwrap_or_default()
    }

    /// Whether it is shown to one of the staff who may write the catalogue: others read it without any button.
    pub fn writes_catalogue(&self) -> bool {
        self.staff
            .as_ref()
            .is_some_and(|staff| staff.may(Action::ManageCatalogue, None))
    }

    /// The address of a member's page (`/credits`), for whoever is looking: staff stay with the customer they look at.
    pub fn link(&self, path: &str) -> String {
        self.customer
            .map_or_else(|| path.to_owned(), |customer| customer_path(customer, path))
    }

    /// Whether to offer an action to whoever is looking.
    pub fn may(&self, action: Action) -> bool {
        self.member
            .as_ref()
            .is_some_and(|member| Actor::Member(member.clone()).may(action, Some(member.organization)))
    }
}

/// One request, with who is asking. Cheap to clone.
#[derive(Clone)]
pub struct Visit {
    state: AppState,
    place: Arc<Place>,
    uri: Uri,
    address: Option<IpAddr>,
    session: Session,
    session_id: Option<SessionId>,
}

impl Visit {
    /// The use cases.
    pub fn service(&self) -> &Service {
        &self.state.service
    }

    /// What the server was started with.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Addresses of scripts and style.
    pub fn assets(&self) -> &Assets {
        &self.state.assets
    }

    /// The path of the page.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The page's query, as it came.
    pub fn raw_query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// Path and query: where a sign-in should lead back to.
    pub fn path_and_query(&self) -> &str {
        self.uri.path_and_query().map_or("/", |whole| whole.as_str())
    }

    /// The page's query as a type; anything that does not fit counts as not given.
    pub fn query<T: DeserializeOwned + Default>(&self) -> T {
        serde_urlencoded::from_str(self.raw_query()).unwrap_or_default()
    }

    /// What the last form said.
    pub fn flash(&self) -> &Flash {
        &self.place.flash
    }

    /// The member who is asking.
    ///
    /// # Errors
    /// Where nobody is signed in; the answer leads to `/login` and back. Staff are led to their own pages.
    pub fn member(&self) -> Result<&Member, PageError> {
        match (&self.place.member, &self.place.staff) {
            (Some(member), _) => Ok(member),
            (None, Some(staff)) => Err(PageError::ForMembers(staff_home(staff))),
            (None, None) => Err(PageError::SignIn),
        }
    }

    /// The person of the staff who is asking.
    ///
    /// # Errors
    /// Where nobody is signed in; the answer leads to `/login` and back. To a member, these pages do not exist.
    pub fn staff(&self) -> Result<&Staff, PageError> {
        match (&self.place.staff, &self.place.member) {
            (Some(staff), _) => Ok(staff),
            (None, Some(_)) => Err(PageError::NotFound("page")),
            (None, None) => Err(PageError::SignIn),
        }
    }

    /// The organization whose page this is: a member's own; for staff, the one that the address names.
    ///
    /// # Errors
    /// Where nobody is signed in, or one of the staff is not at a customer.
    pub fn customer(&self) -> Result<OrganizationId, PageError> {
        match (&self.place.staff, self.place.customer) {
            (Some(_), Some(customer)) => Ok(customer),
            (Some(_), None) if self.path().starts_with(STAFF_HOME) => Err(PageError::NotFound("customer")),
            _ => Ok(self.member()?.organization),
        }
    }

    /// Who is asking, as the service takes it.
    ///
    /// # Errors
    /// Where nobody is signed in.
    pub fn actor(&self) -> Result<Actor, PageError> {
        self.person().map(|person| person.actor()).ok_or(PageError::SignIn)
    }

    /// Who is asking, where somebody is signed in.
    pub fn person(&self) -> Option<Person> {
        let member = self.place.member.clone().map(Person::Member);
        member.or_else(|| self.place.staff.clone().map(Person::Staff))
    }

    /// Whether a page should offer an action to whoever is asking.
    pub fn may(&self, action: Action) -> bool {
        self.place.may(action)
    }

    /// What markup may know.
    pub fn place(&self) -> Arc<Place> {
        Arc::clone(&self.place)
    }

    /// The browser's network address, where it is known.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// An address that shows `flash` on arrival. A fragment stays at its end.
    pub fn address_with(&self, path: &str, flash: &Flash) -> String {
        let (path, fragment) = path
            .split_once('#')
            .map_or((path, String::new()), |(path, fragment)| (path, format!("#{fragment}")));
        let joint = if path.contains('?') { '&' } else { '?' };
        let sealed = self.state.seal.seal(flash);
        format!("{path}{joint}{}={sealed}{fragment}", flash::PARAMETER)
    }

    /// Begins the session of a person who just signed in, under a new cookie.
    ///
    /// # Errors
    /// Where the session cannot be stored.
    pub async fn begin_session(&self, person: &Person) -> Result<(), PageError> {
        let id = self.service().start_session(person).await?;
        self.session.cycle_id().await.map_err(PageError::internal)?;
        self.session
            .insert(SESSION_KEY, id.to_string())
            .await
            .map_err(PageError::internal)
    }

    /// Ends the session, here and in the list of sessions.
    ///
    /// # Errors
    /// Where the end cannot be stored.
    pub async fn end_session(&self) -> Result<(), PageError> {
        if let (Some(person), Some(id)) = (self.person(), self.session_id) {
            self.service().revoke_session(&person, id).await?;
        }
        self.session.flush().await.map_err(PageError::internal)
    }

    /// The visit that a server function belongs to.
    pub fn current() -> Self {
        expect_context::<Self>()
    }
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        Self::of(parts, state)
            .await
            .map_err(|error| error.answer(&state.assets, parts.uri.path()))
    }
}

impl Visit {
    async fn of(parts: &Parts, state: &AppState) -> Result<Self, PageError> {
        let session = parts
            .extensions
            .get::<Session>()
            .cloned()
            .ok_or_else(|| PageError::internal("the router lacks its session layer"))?;
        let (session_id, person) = match session_of(&session).await? {
            Some(id) => (Some(id), state.service.person_of_session(id).await?),
            None => (None, None),
        };
        let staff = person.as_ref().and_then(Person::staff).cloned();
        let place = Place {
            customer: staff.as_ref().and_then(|_| customer_of(parts.uri.path())),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            member: person.as_ref().and_then(Person::member).cloned(),
            staff,
            flash: flash_of(&parts.uri, state),
            charts: state.assets.charts.clone(),
        };
        Ok(Self {
            place: Arc::new(place),
            address: parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|info| info.0.ip()),
            state: state.clone(),
            uri: parts.uri.clone(),
            session,
            session_id,
        })
    }
}

/// The customer that an address below `/manage/customers/` names.
fn customer_of(path: &str) -> Option<OrganizationId> {
    let below = path.strip_prefix(STAFF_HOME)?.strip_prefix('/')?;
    below.split('/').next()?.parse().ok()
}

async fn session_of(session: &Session) -> Result<Option<SessionId>, PageError> {
    let text = session.get::<String>(SESSION_KEY).await.map_err(PageError::internal)?;
    Ok(text.and_then(|text| SessionId::from_str(&text).ok()))
}

fn flash_of(uri: &Uri, state: &AppState) -> Flash {
    let pairs: Vec<(String, String)> = uri
        .query()
        .and_then(|query| serde_urlencoded::from_str(query).ok())
        .unwrap_or_default();
    if pairs.iter().any(|(name, _)| name == UNREADABLE_FORM) {
        return Flash::refusal("", "The form could not be read. Nothing was changed; fill it in again.");
    }
    pairs
        .iter()
        .find(|(name, _)| name == flash::PARAMETER)
        .and_then(|(_, value)| state.seal.open(value))
        .unwrap_or_default()
}
