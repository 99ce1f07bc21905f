//! One binary: a file a room.

mod foundation;
mod matrix;
mod people;
mod support;
