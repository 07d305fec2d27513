//! The document around every page: head, content security policy, rail or top bar, scripts where there are islands.
//!
//! Rendering is done here, once the page has its data: a page's markup never waits. Scripts are three at most and each
//! carries the nonce: what may be prefetched, what starts the islands, and nothing at all on pages without islands.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use drawdown_service::overview::OrganizationView;
use hydration_context::SsrSharedContext;
use leptos::nonce::Nonce;
use leptos::prelude::*;

use crate::assets::Assets;
use crate::components::rail::{ManageRail, ManageTopBar, Rail, TopBar};
use crate::error::PageError;
use crate::pages::manage::customers::LookedAt;
use crate::visit::Visit;

/// A page whose data is there and whose markup is not written yet.
pub struct Page {
    title: String,
    islands: bool,
    /// Seconds after which browsers load it again.
    again: Option<u32>,
    body: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Page {
    /// Of its title (without the product's name) and its markup.
    pub fn new<V: IntoView + 'static>(title: impl Into<String>, body: impl FnOnce() -> V + Send + 'static) -> Self {
        Self {
            title: title.into(),
            islands: true,
            again: None,
            body: Box::new(move || body().into_view().into_any()),
        }
    }
}

impl Page {
    /// Without scripts: nothing on it moves, and nothing that it leads to is fetched before it is asked for.
    #[must_use]
    pub fn still(self) -> Self {
        Self { islands: false, ..self }
    }

    /// Loaded again by browsers after so many seconds: it tells how far something is.
    #[must_use]
    pub fn again(self, seconds: u32) -> Self {
        Self {
            again: Some(seconds),
            ..self
        }
    }
}

/// What surrounds a member's page.
#[derive(Clone)]
pub struct Frame {
    /// The organization at its head.
    pub organization: OrganizationView,
}

impl Frame {
    pub(crate) async fn load(visit: &Visit) -> Result<Self, PageError> {
        let organization = visit.customer()?;
        Ok(Self {
            organization: visit.service().organization(&visit.actor()?, organization).await?,
        })
    }
}

/// What the head of a document says.
pub(crate) struct Head {
    pub(crate) title: String,
    /// Whether there are islands, and so scripts.
    pub(crate) islands: bool,
    /// Whether what a pointer rests on may be fetched ahead. Never where a page that is fetched is written down as
    /// looked at.
    pub(crate) ahead: bool,
}

/// A page on its own: no rail, no scripts.
pub(crate) fn bare(visit: &Visit, page: Page) -> Response {
    let place = visit.place();
    document(
        visit.assets(),
        &Head {
            title: page.title,
            islands: false,
            ahead: false,
        },
        move || {
            provide_context(place);
            (page.body)()
        },
    )
}

/// A member's page in its frame, with islands.
pub(crate) fn framed(visit: &Visit, frame: Frame, page: Page) -> Response {
    let place = visit.place();
    document(
        visit.assets(),
        &Head {
            title: page.title,
            islands: true,
            ahead: true,
        },
        move || {
            provide_context(place);
            provide_context(frame);
            in_frame(page.body)
        },
    )
}

/// A page of the staff in its frame.
pub(crate) fn managed(visit: &Visit, page: Page) -> Response {
    let place = visit.place();
    let vendor = visit.service().settings().vendor.clone();
    let head = Head {
        title: page.title,
        islands: page.islands,
        ahead: false,
    };
    let again = page.again;
    let mut response = document(visit.assets(), &head, move || {
        provide_context(place);
        around(
            view! { <ManageTopBar vendor=vendor.clone()/><ManageRail vendor=vendor/> }.into_any(),
            page.body,
        )
    });
    if let Some(seconds) = again {
        response
            .headers_mut()
            .insert(header::REFRESH, HeaderValue::from(seconds));
    }
    response
}

/// A member's page as one of the staff sees it.
pub(crate) fn looked_at(visit: &Visit, frame: Frame, page: Page) -> Response {
    let Page {
        title,
        islands,
        again,
        body,
    } = page;
    let title = format!("{title} of {}", frame.organization.name);
    let page = Page {
        title,
        islands,
        again,
        body: Box::new(move || {
            let name = frame.organization.name.clone();
            provide_context(frame);
            view! { <LookedAt name=name/>{body()} }.into_any()
        }),
    };
    managed(visit, page)
}

/// A page's markup with rail and top bar around it.
pub(crate) fn in_frame(body: impl FnOnce() -> AnyView) -> AnyView {
    around(view! { <TopBar/><Rail/> }.into_any(), body)
}

fn around(bars: AnyView, body: impl FnOnce() -> AnyView) -> AnyView {
    view! {
        <a class="skip button" href="#main">"Skip to the content"</a>
        <div class="shell">
            {bars}
            <main class="main" id="main" tabindex="-1">
                <div class="content">{body()}</div>
            </main>
        </div>
    }
    .into_any()
}

/// Renders a document.
pub(crate) fn document(assets: &Assets, head: &Head, body: impl FnOnce() -> AnyView) -> Response {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let nonce = Nonce::new();
    let html = owner.with(|| {
        provide_context(nonce.clone());
        whole(assets, &nonce, head, body()).to_html()
    });
    drop(owner);
    let mut response = Html(format!("<!DOCTYPE html>{html}")).into_response();
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-cache, private"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(
            name,
            HeaderValue::from_str(value).expect("fixed headers are plain text"),
        );
    }
    let policy = HeaderValue::from_str(&content_security_policy(&nonce)).expect("a nonce is plain text");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn content_security_policy(nonce: &Nonce) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

fn whole(assets: &Assets, nonce: &Nonce, head: &Head, body: AnyView) -> impl IntoView + use<> {
    view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{format!("{} · Drawdown", head.title)}</title>
                <link rel="stylesheet" href=assets.style.clone()/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                {head.ahead.then(|| {
                    let rules = include_str!("speculation.json");
                    view! { <script type="speculationrules" nonce=nonce.clone() inner_html=rules></script> }
                })}
                {head.islands.then(|| scripts(assets, nonce))}
            </head>
            <body>{body}</body>
        </html>
    }
}

/// What wakes the islands.
fn scripts(assets: &Assets, nonce: &Nonce) -> impl IntoView + use<> {
    let start = format!(
        "{}({},{});",
        include_str!("start.js").trim_end().trim_end_matches(';'),
        serde_json::Value::from(assets.script.as_str()),
        serde_json::Value::from(assets.wasm.as_str()),
    );
    view! {
        <link rel="modulepreload" href=assets.script.clone() fetchpriority="low" nonce=nonce.clone()/>
        <script type="module" nonce=nonce.clone() inner_html=start></script>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    fn assets() -> Assets {
        let [script, wasm, style, charts] = ["/pkg/d.js", "/pkg/d.wasm", "/pkg/s.css", "/pkg/c.js"].map(str::to_owned);
        Assets {
            script,
            wasm,
            style,
            charts,
        }
    }

    async fn rendered(islands: bool) -> (String, String) {
        let head = Head {
            title: "Overview".to_owned(),
            islands,
            ahead: islands,
        };
        let response = document(&assets(), &head, || view! { <p>"a < b"</p> }.into_any());
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (policy, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_page_without_islands_loads_no_script() {
        let (_, html) = rendered(false).await;
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{html}");
        assert!(
            html.contains("<title>Overview · Drawdown</title>") && html.contains("a &lt; b"),
            "{html}"
        );
        assert!(!html.contains("<script") && !html.contains(".wasm"), "{html}");
    }

    #[tokio::test]
    async fn each_script_carries_the_nonce_of_the_policy() {
        let (policy, html) = rendered(true).await;
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        let scripts = html.matches("<script").count();
        assert_eq!(scripts, 2, "{html}");
        assert_eq!(
            html.matches(&format!("nonce=\"{nonce}\"")).count(),
            scripts + 1,
            "{html}"
        );
        assert!(html.contains("\"/pkg/d.js\",\"/pkg/d.wasm\""), "{html}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval' "),
            "{policy}"
        );
        let (other, _) = rendered(true).await;
        assert_ne!(policy, other);
    }
}
