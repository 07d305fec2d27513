//! Shared pieces of pages. They are rendered on the server only, so they cost the browser nothing.
//!
//! | piece | for |
//! |---|---|
//! | [`page::PageHeader`] | title, the sentence that says the state, the one primary action, filters |
//! | [`panel::Panel`] | one subject in a frame |
//! | [`figure::Figures`], [`figure::Figure`] | a band of figures |
//! | [`amount`] | credits and money with unit and exact value |
//! | [`moment::Time`] | relative and absolute time |
//! | [`table::Listing`], [`table::Table`], [`table::SortHead`], [`table::Pager`] | tables that become rows of label and value on phones |
//! | [`form`] | fields, choices, the summary of errors |
//! | [`notice::Notice`] | what happened, or is about to |
//! | [`confirm::Confirm`] | a step that says in words what is about to happen |
//! | [`empty::Empty`] | what belongs here, and the next step |
//! | [`event_table::EventTable`], [`posting_words`] | usage events; how grants and accounts of the ledger are called |
//! | [`badge::Badge`], [`gauge::Gauge`] | a word with a meaning; how much of a limit is used |
//! | [`chart::Chart`] | a drawing with its legend and its table |
//! | [`switch::Switch`] | views of the same data, each with its address |
//! | [`icon`] | the drawn signs |
//!
//! Live places: give an element `data-live="name"`, unique on its page, and the page keeps it up to date.

pub mod amount;
pub mod badge;
pub mod brand;
pub mod chart;
pub mod confirm;
pub mod empty;
pub mod event_table;
pub mod figure;
pub mod form;
pub mod gauge;
pub mod icon;
pub mod moment;
pub mod notice;
pub mod page;
pub mod panel;
pub mod posting_words;
pub mod rail;
pub mod switch;
pub mod table;
