//! The rota kept: who stands where on which day, by which rules, who is told when it changes, and how it leaves the house as calendars.

pub mod changes;
pub mod feed_pages;
pub mod feeds;
pub mod ics;
pub mod letters;
pub mod rules;
pub mod shift_pages;
pub mod shifts;
pub mod tell;
pub mod warnings;
