//! The pages, one folder each: markup, the view's own pieces, and server functions.
//!
//! A page is `async fn page(visit: Visit) -> Result<Page, PageError>`: it asks the service for all that it shows, then
//! returns a closure that writes the markup. A server function is about ten lines: it reads the form, asks the service
//! and answers by [`crate::answer`].

pub mod credits;
pub mod limits;
pub mod login;
pub mod manage;
pub mod overview;
pub mod sandbox;
pub mod top_up;
pub mod usage;
