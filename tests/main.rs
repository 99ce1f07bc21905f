//! One binary: a file a room.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attendance;
mod board;
mod board_size;
mod calendar;
mod care;
mod explain;
mod exports;
mod feeds;
mod followups;
mod followups_oracle;
mod foundation;
mod funnel;
mod generate;
mod goals;
mod imports;
mod long_imports;
mod mail;
mod matrix;
mod ops;
mod outage;
mod outlets;
mod people;
mod planner;
mod planning;
mod prospect_pages;
mod prospects;
mod reminders;
mod reports;
mod requests;
mod results;
mod sheets;
mod standing;
mod support;
mod texts;
mod whole;
