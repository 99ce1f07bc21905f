//! One binary: a file a room.

mod attendance;
mod foundation;
mod people;
mod support;
