//! Attendance: where a broker was (check-ins), and what is to be made of it.

pub mod api;
pub mod branch_rules;
pub mod branch_rules_pages;
pub mod checkin;
pub mod correction_list;
pub mod correction_mail;
pub mod corrections;
pub mod filter;
pub mod fix;
pub mod flags;
pub mod hours;
pub mod live;
pub mod month;
pub mod now;
pub mod now_events;
pub mod pages;
pub mod positions;
pub mod questions;
pub mod receive;
pub mod records;
pub mod roll;
pub mod roll_api;
pub mod roll_file;
pub mod roll_list;
pub mod roll_pages;
pub mod roll_view;
pub mod spot_checks;
pub mod standing;
pub mod status;
pub mod today;
pub mod verdict;
pub mod week;
pub mod whereabouts;

pub use fix::Fix;
pub use flags::{Flag, Signs, flags};
pub use verdict::{Judged, Verdict, minutes_early, minutes_late, one_decimal, verdict};
