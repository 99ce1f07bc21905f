//! Pages of attendance: Today, Now and Shifts.

mod now;
mod shifts;
mod today;
pub mod words;

pub use now::{Branch, Look, NowView, OutletMark, PersonRow, now};
pub use shifts::{OutletShifts, ShiftForm, ShiftRow, ShiftsView, shifts};
pub use today::{Due, Seen, ShiftCard, TodayView, Typed, Way, today};
