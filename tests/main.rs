//! One binary: a file a room.

mod attendance;
mod foundation;
mod ops;
mod outlets;
mod people;
mod support;
mod texts;
