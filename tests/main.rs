//! One binary: a file a room.

mod attendance;
mod care;
mod foundation;
mod ops;
mod imports;
mod outlets;
mod followups;
mod people;
mod prospects;
mod support;
mod texts;
