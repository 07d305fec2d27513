//! Forms are taken from our own pages only: a write that a browser sends for another site is refused.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. A request with neither comes
//! from no browser, carries nobody's cookie by accident, and is let through. `/v1` has no cookies and no need of this.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::PublicUrl;

/// Layer around the pages.
pub async fn check(State(public_url): State<PublicUrl>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(request.headers(), &public_url) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "Forms are taken from our own pages only.").into_response()
}

fn is_ours(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text(ORIGIN.as_str()) else {
        return true;
    };
    if origin == public_url.as_str() {
        return true;
    }
    let authority = origin
        .parse::<Uri>()
        .ok()
        .and_then(|origin| origin.authority().cloned());
    authority.is_some_and(|authority| text(HOST.as_str()) == Some(authority.as_str()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_another_site_sends_is_refused() {
        let public_url: PublicUrl = "https://credits.example".parse().unwrap();
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (
                &[("sec-fetch-site", "cross-site"), ("origin", "https://credits.example")],
                false,
            ),
            (
                &[("origin", "https://credits.example"), ("host", "10.0.0.7:8080")],
                true,
            ),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (
                &[("origin", "https://evil.example"), ("host", "credits.example")],
                false,
            ),
            (&[("origin", "null"), ("host", "credits.example")], false),
        ];
        for (pairs, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_ours(&headers, &public_url), expected, "{pairs:?}");
        }
    }
}
