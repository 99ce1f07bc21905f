//! Pages of attendance: Today, Now and Shifts.

mod branch_rules;
mod correction;
mod now;
mod roll;
mod roll_days;
mod roll_one;
mod shifts;
mod today;
pub mod words;

pub use branch_rules::{RulesView, rules};
pub use correction::{Asked, CorrectionForm, waiting};
pub use now::{Branch, Look, NowView, OutletMark, PersonRow, now, now_part};
pub use roll::{Mark, MonthRow, MonthView, month};
pub use roll_days::{DayRow, DaysView, days};
pub use roll_one::{OneView, Outcome, Spot, SpotForm, one};
pub use shifts::{OutletShifts, ShiftForm, ShiftRow, ShiftsView, shifts};
pub(in crate::templates) use today::check_in_form;
pub use today::{Due, Question, Reviewed, Seen, ShiftCard, TodayView, Typed, Way, today};
