//! Mail: an outbox in the database, written in the transaction of what causes it, and the ways out of it.

pub mod digest;
pub mod redact;
pub mod transport;
