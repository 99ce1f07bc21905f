//! One binary: a file a room.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod foundation;
mod mail;
mod people;
mod reminders;
mod support;
