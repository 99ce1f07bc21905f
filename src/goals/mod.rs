//! What people set out to do: targets by person, outlet and branch (指标), and what a branch and a bank promised each other (互惠指标), both judged
//! against the share of the period that is gone (时间进度).
//!
//! `progress.rs`, `period.rs` and `small.rs` are the rules, pure; `counted.rs` reads what was done; `board.rs` puts targets beside it, `balance.rs`
//! promises; `misses.rs` asks why one was missed; `partner.rs` is what a bank may see of it, under a link.

pub mod agreement_api;
pub mod agreement_form;
pub mod agreement_pages;
pub mod agreements;
pub mod api;
pub mod balance;
pub mod board;
pub mod counted;
pub mod entries;
pub mod measure;
pub mod misses;
pub mod pages;
pub mod partner;
pub mod partner_pages;
pub mod period;
pub mod progress;
pub mod setting_pages;
pub mod settings;
pub mod small;
pub mod table_form;
pub mod targets;

use crate::text::{self, TextError, sensitive};

/// A few words that may be left out: at most 500 characters, without numbers that no note may hold and without mobile numbers: whoever sees the agreement reads them.
fn words(given: Option<&str>) -> std::result::Result<String, &'static str> {
    let note = text::clean_note(given.unwrap_or_default(), 500).map_err(TextError::code)?;
    if sensitive::has_mobile(&note) {
        return Err("mobile_in_text");
    }
    sensitive::find(&note).map_or(Ok(note), |found| Err(found.code()))
}
