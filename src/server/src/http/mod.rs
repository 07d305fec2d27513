//! The HTTP server around `/v1` and the pages: layers, sessions, static files, health, live figures.

pub mod request_id;
