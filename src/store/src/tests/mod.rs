//! The store is tested on both engines.
