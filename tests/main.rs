//! One binary: a file a room.

mod care;
mod foundation;
mod people;
mod support;
