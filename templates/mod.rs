//! What people see: the shell of a page and the partials it is made of.
//!
//! A template takes one view struct and gives markup. It knows nothing of how records are kept or fetched, and
//! every text arrives already in the reader's language. Styles live in `assets/app.css`, behaviour in
//! `assets/app.js`; a template writes neither (the content policy would refuse both).

pub mod attendance;
pub mod audit;
pub mod calendar;
pub mod care;
pub mod checkin;
#[cfg(test)]
mod contrast;
pub mod followups;
pub mod form;
pub mod funnel;
pub mod goals;
pub mod held;
pub mod icons;
pub mod imports;
pub mod layout;
pub mod mail;
pub mod mail_page;
pub mod map;
pub mod outlets;
pub mod parts;
pub mod people;
pub mod phone;
pub mod prospects;
pub mod reports;
pub mod results;
pub mod rota;

pub use crate::language::Lang;

/// What a thing's state means to the reader. Each has a colour and a shape; the word comes from the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Fine,
    Soon,
    Late,
    Unknown,
}

impl State {
    /// The class that carries the colour.
    pub fn class(self) -> &'static str {
        match self {
            State::Fine => "fine",
            State::Soon => "soon",
            State::Late => "late",
            State::Unknown => "unknown",
        }
    }
}
