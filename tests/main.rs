//! One binary: a file a room.

mod care;
mod foundation;
mod followups;
mod people;
mod prospects;
mod support;
