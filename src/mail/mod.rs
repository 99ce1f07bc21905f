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

use std::sync::Arc;

use crate::keys::Keys;

/// What a verb needs to write to people: the keys that seal a mail, and the address its links begin with.
#[derive(Clone, Debug)]
pub struct Post {
    /// What seals.
    pub keys: Arc<Keys>,
    /// `https://…`, without a slash at the end.
    pub base_url: String,
}
