//! The commands, one module each: what they accept and the order in which they do things.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod crash;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod test;
