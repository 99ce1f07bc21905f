//! One binary: a file a room.

mod foundation;
mod ops;
mod people;
mod rota;
mod support;
mod texts;
