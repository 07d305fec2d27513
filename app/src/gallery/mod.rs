//! Pages with invented data, for tests and for the eye: every state that a page can be in, without a database.
//!
//! `DRAWDOWN_GALLERY=folder cargo test -p drawdown-app --features ssr gallery` writes each as a document.

#![allow(
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::assigning_clones,
    clippy::enum_glob_use,
    clippy::items_after_statements,
    reason = "invented data, told in one breath"
)]

mod charts;
pub(crate) mod credits;
pub(crate) mod data;
pub(crate) mod limits;
mod login;
mod overview;
pub(crate) mod top_up;
mod usage;

use std::sync::Arc;

use drawdown_service::Member;
use leptos::prelude::*;

use crate::assets::Assets;
use crate::shell::{Frame, Head, document, in_frame};
use crate::visit::Place;

/// Where the folder of documents is named.
const FOLDER: &str = "DRAWDOWN_GALLERY";

/// The addresses that gallery pages use: beside the documents.
pub(crate) fn assets() -> Assets {
    let [script, wasm, style, charts] =
        ["./islands.js", "./islands.wasm", "./style.css", "./charts.js"].map(str::to_owned);
    Assets {
        script,
        wasm,
        style,
        charts,
    }
}

/// A member's page as a document, written to the gallery's folder where one is named.
pub(crate) async fn shown<V: IntoView + 'static>(
    name: &str,
    path: &str,
    member: Member,
    frame: Frame,
    body: impl FnOnce() -> V,
) -> String {
    let place = Place {
        path: path.to_owned(),
        member: Some(member),
        charts: assets().charts,
        ..Place::default()
    };
    shown_at(name, Arc::new(place), frame, body).await
}

/// The same at any place: with a query, or what a form said.
pub(crate) async fn shown_at<V: IntoView + 'static>(
    name: &str,
    place: Arc<Place>,
    frame: Frame,
    body: impl FnOnce() -> V,
) -> String {
    let head = Head {
        title: name.to_owned(),
        islands: true,
        ahead: true,
    };
    let response = document(&assets(), &head, || {
        provide_context(place);
        provide_context(frame);
        in_frame(|| body().into_view().into_any())
    });
    written(name, response).await
}

/// A page without a frame.
pub(crate) async fn shown_alone<V: IntoView + 'static>(name: &str, place: Place, body: impl FnOnce() -> V) -> String {
    let response = document(
        &assets(),
        &Head {
            title: name.to_owned(),
            islands: false,
            ahead: false,
        },
        || {
            provide_context(Arc::new(place));
            body().into_view().into_any()
        },
    );
    written(name, response).await
}

pub(crate) async fn written(name: &str, response: axum::response::Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
    let html = String::from_utf8(body.to_vec()).unwrap();
    if let Some(folder) = std::env::var_os(FOLDER) {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), &html).unwrap();
    }
    html
}
