//! What moves in the browser, and the only code of ours that reaches it.
//!
//! An island takes its data by props and by what the page holds, uses no resource, action or router, and betters a page
//! that is complete without it.
#![allow(missing_docs, reason = "the island macro makes items that carry no documentation")]

pub mod chart;
pub mod live;
