//! Which address is which page, and how a page, a form and the live stream are answered.
//!
//! [`router`] is all that the server mounts. Around it the server brings the session layer (`tower_sessions`), the
//! files under `/pkg/`, compression and limits. Documents are routed by axum itself: a page's status and redirects are
//! known before its first byte (see `src/decisions/`).

mod manage;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use drawdown_service::demo::DemoLogin;
use drawdown_service::{Action, Service, ServiceError, Staff};
use leptos::prelude::provide_context;

use crate::assets::Assets;
use crate::error::PageError;
use crate::flash::Seal;
use crate::live;
use crate::pages;
use crate::shell::{self, Frame, Page};
use crate::visit::Visit;
use manage::manage_routes;

/// What pages are made with.
#[derive(Clone)]
pub struct AppState {
    pub(crate) service: Service,
    pub(crate) assets: Arc<Assets>,
    pub(crate) seal: Seal,
    pub(crate) demo_logins: Arc<[DemoLogin]>,
}

impl AppState {
    /// Of the use cases, the site's addresses and the secret that seals messages in addresses (processes that share a
    /// database should share it).
    pub fn new(service: Service, assets: Assets, secret: &[u8]) -> Self {
        Self {
            service,
            assets: Arc::new(assets),
            seal: Seal::new(secret),
            demo_logins: Arc::new([]),
        }
    }

    /// Lists these sign-ins on `/login`: of a demo database only.
    #[must_use]
    pub fn with_demo_logins(mut self, logins: Vec<DemoLogin>) -> Self {
        self.demo_logins = logins.into();
        self
    }

    /// The sign-ins of a demo database; none of a real one.
    pub fn demo_logins(&self) -> &[DemoLogin] {
        &self.demo_logins
    }
}

/// Where the staff begin.
pub const STAFF_HOME: &str = "/manage/customers";

/// Where one of the staff begins: with the customers, or the catalogue where the roles know none.
pub fn staff_home(staff: &Staff) -> &'static str {
    if staff.may(Action::ReadPortfolio, None) {
        STAFF_HOME
    } else {
        pages::manage::rates::HOME
    }
}

/// The addresses of the pages of the vendor's staff.
pub fn manage_paths() -> Vec<&'static str> {
    manage_routes().into_iter().map(|(path, _)| path).collect()
}

/// The addresses of all forms, members' and staff's: every server function there is. A test asks each for each role.
pub fn action_paths() -> Vec<&'static str> {
    leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect()
}

/// Every page, form and live stream. Needs the session layer around it; answers what it does not know with 404.
pub fn router(state: AppState) -> Router {
    let pages = manage_routes()
        .into_iter()
        .fold(Router::new(), |router, (path, page)| router.route(path, page));
    pages
        .route("/", get(home))
        .route("/login", anyone(pages::login::page))
        .route("/overview", members(pages::overview::page))
        .route("/usage", members(pages::usage::page))
        .route("/usage.csv", get(pages::usage::csv))
        .route("/credits", members(pages::credits::page))
        .route("/credits/postings/{sequence}", members(pages::credits::posting::page))
        .route("/credits/top-up", members(pages::top_up::page))
        .route("/sandbox/pay/{reference}", anyone(pages::sandbox::page))
        .route("/limits", members(pages::limits::page))
        .route("/limits/cap", members(pages::limits::cap::form_page))
        .route("/limits/cap/confirm", members(pages::limits::cap::confirm_page))
        .route("/limits/cap/remove", members(pages::limits::cap::remove_page))
        .route("/limits/throttle", members(pages::limits::throttle::form_page))
        .route(
            "/limits/throttle/confirm",
            members(pages::limits::throttle::confirm_page),
        )
        .route("/limits/throttle/remove", members(pages::limits::throttle::remove_page))
        .route("/live", get(live::stream))
        .route("/actions/{*name}", post(action))
        .route("/favicon.svg", get(favicon))
        .fallback(missing)
        .with_state(state)
}

/// A page for everybody.
fn anyone<F, Fut>(page: F) -> MethodRouter<AppState>
where
    F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Page, PageError>> + Send,
{
    get(async move |visit: Visit| match page(visit.clone()).await {
        Ok(page) => shell::bare(&visit, page),
        Err(error) => error.answer(visit.assets(), visit.path_and_query()),
    })
}

/// A page for members: others are led to `/login` and back.
fn members<F, Fut>(page: F) -> MethodRouter<AppState>
where
    F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Page, PageError>> + Send,
{
    get(async move |visit: Visit| {
        let shown = async {
            // The frame first: its version must not be newer than what the page shows.
            let frame = Frame::load(&visit).await?;
            Ok((frame, page(visit.clone()).await?))
        };
        match shown.await {
            Ok((frame, page)) => shell::framed(&visit, frame, page),
            Err(error) => PageError::answer(&error, visit.assets(), visit.path_and_query()),
        }
    })
}

/// A page for the vendor's staff: nobody is led to `/login` and back; to members it does not exist.
fn managers<F, Fut>(page: F) -> MethodRouter<AppState>
where
    F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Page, PageError>> + Send,
{
    get(async move |visit: Visit| {
        let shown = async {
            visit.staff()?;
            page(visit.clone()).await
        };
        match shown.await {
            Ok(page) => shell::managed(&visit, page),
            Err(error) => refused_to_staff(&visit, error),
        }
    })
}

/// A member's page as one of the staff sees it, once the look is written down.
fn seen<F, Fut>(name: &'static str, page: F) -> MethodRouter<AppState>
where
    F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Page, PageError>> + Send,
{
    get(async move |visit: Visit| {
        let shown = async {
            look(&visit, name).await?;
            let frame = Frame::load(&visit).await?;
            Ok((frame, page(visit.clone()).await?))
        };
        match shown.await {
            Ok((frame, page)) => shell::looked_at(&visit, frame, page),
            Err(error) => refused_to_staff(&visit, error),
        }
    })
}

/// A customer's usage as a file, for staff.
async fn seen_csv(visit: Visit) -> Response {
    match look(&visit, "usage.csv").await {
        Ok(()) => pages::usage::csv(visit).await,
        Err(error) => refused_to_staff(&visit, error),
    }
}

/// A file for the vendor's staff: answered to others like a page.
fn staff_file<F, Fut>(file: F) -> MethodRouter<AppState>
where
    F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, PageError>> + Send,
{
    get(async move |visit: Visit| match file(visit.clone()).await {
        Ok(response) => response,
        Err(error) => refused_to_staff(&visit, error),
    })
}

/// Writes down that one of the staff looks at a customer's page.
async fn look(visit: &Visit, page: &'static str) -> Result<(), PageError> {
    visit.staff()?;
    let customer = visit.customer()?;
    Ok(visit.service().look(&visit.actor()?, customer, page).await?)
}

fn refused_to_staff(visit: &Visit, error: PageError) -> Response {
    let error = match error {
        PageError::Service(ServiceError::Forbidden(reason)) => PageError::StaffRole(reason),
        error => error,
    };
    error.answer(visit.assets(), visit.path_and_query())
}

/// Leads everybody to where they begin.
async fn home(visit: Visit) -> Redirect {
    Redirect::to(visit.staff().map_or("/overview", staff_home))
}

/// A form: a server function under a fixed path. Forms of other sites are refused.
async fn action(visit: Visit, request: Request<Body>) -> Response {
    if !is_same_origin(request.headers()) {
        return (StatusCode::FORBIDDEN, "Forms are taken from our own pages only.").into_response();
    }
    let provide = move || provide_context(visit.clone());
    let mut response = leptos_axum::handle_server_fns_with_context(provide, request)
        .await
        .into_response();
    // What was prefetched shows the state from before this form.
    response.headers_mut().insert(
        "clear-site-data",
        HeaderValue::from_static("\"prefetchCache\", \"prerenderCache\""),
    );
    response
}

/// Whether a request comes from a page of ours. Browsers say so by `Sec-Fetch-Site`; older ones by `Origin`.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin
            .parse::<Uri>()
            .is_ok_and(|origin| origin.authority().is_some_and(|ours| ours.as_str() == host)),
        (None, _) => true,
        (Some(_), None) => false,
    }
}

async fn favicon() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, include_str!("../public/favicon.svg"))
}

async fn missing(State(state): State<AppState>, uri: Uri) -> Response {
    PageError::NotFound("page").answer(&state.assets, uri.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let table: [(&[(&str, &str)], bool); 7] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "http://evil.example"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "null"), ("host", "127.0.0.1:8080")], false),
            (&[("host", "127.0.0.1:8080")], true),
        ];
        for (given, allowed) in table {
            assert_eq!(is_same_origin(&headers(given)), allowed, "{given:?}");
        }
    }
}
