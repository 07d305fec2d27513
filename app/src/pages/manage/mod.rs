//! `/manage`: the pages of the vendor's staff.

pub mod customers;
