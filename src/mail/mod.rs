//! Mail: an outbox in the database, written in the transaction of what causes it, and the ways out of it.

pub mod digest;
mod due_lists;
pub mod letters;
mod message;
pub mod outbox;
pub mod pages;
pub mod redact;
pub mod reminders;
mod smtp;
pub mod transport;
mod turn;
pub mod view;

pub use message::{Kind, Outgoing};
