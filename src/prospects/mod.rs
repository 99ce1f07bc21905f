//! Prospects: the people met, how to reach them, and how far they have come.

pub mod mobile;
pub mod stage;
