//! One binary: a file a room.

mod foundation;
mod imports;
mod outlets;
mod people;
mod support;
