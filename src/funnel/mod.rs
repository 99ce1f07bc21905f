//! The funnel: of those first met in a period, how many came how far, how long each step took, and who was lost.
//!
//! `facts.rs` reads one prospect's history, `tally.rs` counts, `stands.rs` says where they are now, `yardstick.rs` compares: all pure. What is counted is packed by branch and month of the first meeting
//! (`segment.rs`), so that years of a whole brokerage are read in one sweep; `store.rs` reads them and keeps them true: whoever changes a prospect
//! leaves a mark, a marked month is counted from history itself (`history.rs`) until a job packs it anew (`packing.rs`).

pub mod address;
pub mod api;
mod behind;
mod columns;
pub mod facts;
pub mod groups;
mod history;
pub mod known;
pub mod packing;
pub mod pages;
pub mod people;
pub mod query;
mod ranks;
pub mod segment;
pub mod stands;
pub mod store;
pub mod tally;
pub mod view;
pub mod yardstick;

pub use store::mark;
