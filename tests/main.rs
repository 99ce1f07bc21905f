//! One binary: a file a room.

mod foundation;
mod people;
mod support;
