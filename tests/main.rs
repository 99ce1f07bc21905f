//! One binary: a file a room.

mod foundation;
mod mail;
mod people;
mod reminders;
mod support;
