//! Banks and their outlets: where they are, when they are open, who sits there, how far the co-operation has come.

pub mod api;
pub mod bank_store;
pub mod banks;
pub mod closures;
pub mod contacts;
pub mod edit_pages;
pub mod form;
pub mod input;
pub mod list;
pub mod naming;
pub mod on_site;
pub mod pages;
pub mod phase;
pub mod profile;
pub mod record;
pub mod special_hours;
pub mod store;
pub mod view;
