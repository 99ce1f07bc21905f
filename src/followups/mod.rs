//! Follow-ups: whoever was met is contacted within three days.

pub mod due;
pub mod store;
pub mod touch;
