//! Prospects: the people met, how to reach them, and how far they have come.

pub mod api;
pub mod care_api;
pub mod care_pages;
pub mod change;
pub mod create;
pub mod data_register;
pub mod duplicates;
pub mod erasure;
pub mod handover;
pub mod history;
pub mod input;
pub mod kinds;
pub mod likely_pairs;
pub mod list;
pub mod merging;
pub mod mobile;
pub mod list;
pub mod move_stage;
pub mod person;
pub mod person_export;
pub mod reveal;
pub mod sms;
pub mod touch_input;
pub mod touches;
pub mod view;
pub mod words;
