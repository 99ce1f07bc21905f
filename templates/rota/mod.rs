//! The rota as people see it: the board, the chooser of a cell, a draft beside what stands.

mod board;
pub mod board_view;
mod cell;
mod changes;
mod chooser;

pub use board::board;
pub use board_view::*;
pub use cell::{Words, cell};
pub use changes::{Changes, DayChange, Kind, Person, changes};
pub use chooser::{Candidate, Chooser, Group, Sitting, chooser};
