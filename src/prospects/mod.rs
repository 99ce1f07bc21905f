//! Prospects: the people met, how to reach them, and how far they have come.

pub mod api;
pub mod change;
pub mod create;
pub mod duplicates;
pub mod history;
pub mod input;
pub mod kinds;
pub mod list;
pub mod mobile;
pub mod move_stage;
pub mod pages;
pub mod sms;
pub mod stage;
pub mod stage_log;
pub mod store;
pub mod touch_input;
pub mod touches;
pub mod view;
pub mod words;
