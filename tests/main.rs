//! One binary: a file a room.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calendar;
mod attendance;
mod care;
mod followups;
mod foundation;
mod matrix;
mod mail;
mod ops;
mod imports;
mod outlets;
mod followups_oracle;
mod people;
mod prospect_pages;
mod prospects;
mod reminders;
mod support;
mod texts;
