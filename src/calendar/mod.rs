//! Time as people at a branch see it: their local dates, and which of those are worked.

pub mod local;
pub mod months;
pub mod pages;
pub mod store;
pub mod workdays;
