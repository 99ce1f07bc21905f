//! What came of it: how well people are followed up, what a broker achieved, what an outlet is worth. Read from the funnel's packed months, the roll and
//! the rota; nothing of it is kept. `contact.rs` and `advice.rs` are pure.

pub mod advice;
pub mod api;
pub mod contact;
pub mod mine;
pub mod mine_pages;
pub mod quality;
pub mod quality_pages;
pub mod quality_people;
pub mod scorecard;
pub mod scorecard_file;
pub mod scorecard_pages;
