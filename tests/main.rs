//! One binary: a file a room.

mod foundation;
mod outlets;
mod people;
mod support;
