//! The way of a request: the gate before and after every handler, the extractors, and the answers.

pub mod api;
pub mod assets;
pub mod dispatch;
pub mod download;
pub mod extract;
pub mod flash;
pub mod gate;
pub mod health;
pub mod if_match;
pub mod page;
pub mod pagination;
pub mod refused;
pub mod session;
pub mod table_file;
pub mod ticked;
mod wrong_address;

pub use api::{created, json};
pub use extract::{Body, Form, Here, Query};
pub use page::{Page, see_other};
