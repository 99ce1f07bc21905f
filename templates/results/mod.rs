//! What came of it: follow-up quality, a broker's own results, the outlets' scorecard.

mod columns;
pub mod mine;
pub mod quality;
pub mod scorecard;

pub use columns::{Column, columns};
