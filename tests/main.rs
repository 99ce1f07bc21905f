//! One binary: a file a room.

mod foundation;
mod followups;
mod people;
mod prospect_pages;
mod prospects;
mod support;
