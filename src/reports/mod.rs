//! Reports: what came of a day, a week, a month, a quarter or a year, for a branch and for all of them: follow-ups, the funnel, attendance, the rota.
//!
//! Every figure is the one that the page it comes from shows: nothing is counted here in a way of its own. Managers have them by mail where they ask for it.

pub mod api;
pub mod branch;
pub mod figures;
pub mod file;
pub mod load;
pub mod mails;
pub mod pages;
pub mod period;
pub mod schedule;
pub mod together;

pub use period::{Period, Unit};
