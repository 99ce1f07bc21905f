//! Banks and their outlets: where they are, when they are open, who sits there, how far the co-operation has come.

pub mod api;
pub mod bank_store;
pub mod banks;
pub mod contacts;
pub mod input;
pub mod list;
pub mod naming;
pub mod phase;
pub mod record;
pub mod store;
pub mod view;
