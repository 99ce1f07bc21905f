//! One binary: a file a room.

mod foundation;
mod followups;
mod people;
mod prospects;
mod support;
