//! Pages of the rota as it is kept.

mod board;
pub mod board_view;
mod cell;
mod changes;
mod chooser;
pub mod feeds;
mod mine;
pub mod plan;
pub mod plan_conditions;
mod plan_view;
pub mod repair;
mod requests;
pub mod sheets;
mod unwelcome;

pub use board::board;
pub use board_view::*;
pub use cell::{Words, cell};
pub use changes::{Changes, DayChange, Kind, Person, changes};
pub use chooser::{Candidate, Chooser, Group, Sitting, chooser};
pub use mine::{
    LeaveFormView, MyDay, MyLeave, MyRota, MyShift, MySwap, Notice, Offer, SwapView, leave_form, my_rota, notices, swap,
};
pub use requests::{AmissRow, LeaveRow, LeaveView, RequestsView, SwapRow, leave, requests};
pub use unwelcome::{UnwelcomeLine, UnwelcomeView, unwelcome};

use super::form;
use super::{Lang, State};
use crate::rota::leave::LeaveState;
use crate::rota::swaps::SwapState;
use crate::t;

/// What is wrong with the fields of a form: name and message.
pub type Problems = [(String, String)];

fn error<'a>(problems: &'a Problems, field: &str) -> Option<&'a str> {
    problems.iter().find(|(of, _)| of == field).map(|(_, message)| message.as_str())
}

fn summary(lang: Lang, problems: &Problems) -> maud::Markup {
    let all: Vec<(&str, &str)> = problems.iter().map(|(field, message)| (field.as_str(), message.as_str())).collect();
    form::error_summary(&t!(lang, "status-422"), &all)
}

/// How a leave stands, in a word.
fn leave_state(lang: Lang, state: LeaveState) -> (State, String) {
    let shape = match state {
        LeaveState::Asked => State::Soon,
        LeaveState::Approved => State::Fine,
        LeaveState::Refused => State::Late,
        LeaveState::Withdrawn => State::Unknown,
    };
    (shape, t!(lang, &format!("leave-state-{state}")))
}

/// How a swap stands, in a word.
fn swap_state(lang: Lang, state: SwapState) -> (State, String) {
    let shape = match state {
        SwapState::Offered | SwapState::Taken => State::Soon,
        SwapState::Approved => State::Fine,
        SwapState::Refused | SwapState::Declined => State::Late,
        SwapState::Withdrawn | SwapState::Lapsed => State::Unknown,
    };
    (shape, t!(lang, &format!("swap-state-{state}")))
}
