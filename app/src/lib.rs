//! The pages of Drawdown: documents rendered on the server, with small islands that move in the browser.
//!
//! On the server (feature `ssr`) [`router`] answers every page, form and live stream. In the browser (feature
//! `hydrate`) only `islands` exist: pages, components, charts' options and the service stay on the server. A page is
//! a plain document that works without scripts; an island may only better it.
//!
//! Rules of pages: a page loads its data first and then writes markup, so that its status is known before its first
//! byte; forms are plain posts to server functions under `/actions/`, which answer with a redirect; what was typed and
//! what was wrong travel in [`flash`], sealed, in the address; colours, sizes and fonts are in `style/tokens.css` only.

#![recursion_limit = "512"]
#![allow(clippy::needless_pass_by_value, reason = "components take their properties by value")]
#![cfg_attr(
    feature = "ssr",
    allow(
        unreachable_pub,
        private_interfaces,
        reason = "the macro of components makes public functions of them, whatever they say"
    )
)]

pub mod islands;

#[cfg(feature = "ssr")]
pub mod address;
#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod charts;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "ssr")]
pub mod flash;
#[cfg(all(test, feature = "ssr"))]
mod gallery;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod typed;
#[cfg(feature = "ssr")]
pub mod unread;
#[cfg(feature = "ssr")]
pub mod visit;

#[cfg(feature = "ssr")]
pub use assets::Assets;
#[cfg(feature = "ssr")]
pub use routes::{AppState, action_paths, manage_paths, router};

/// Wakes the islands of the page. The page's script calls it once the browser is idle.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
