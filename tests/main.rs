//! One binary: a file a room.

mod foundation;
mod followups;
mod followups_oracle;
mod people;
mod prospect_pages;
mod prospects;
mod support;
