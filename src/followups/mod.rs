//! Follow-ups: whoever was met is contacted within three days.

pub mod api;
pub mod due;
pub mod lists;
pub mod pages;
pub mod settled;
pub mod store;
pub mod touch;
pub mod waivers;
