//! The rota kept: who stands where on which day, by which rules, who is told when it changes, and how it leaves the house as calendars.

pub mod api;
pub mod asked;
pub mod board;
pub mod board_pages;
pub mod changes;
pub mod chooser;
pub mod compared;
pub mod deeds;
pub mod desk;
pub mod draft_api;
pub mod drafts;
pub mod draw;
pub mod edits;
pub mod feed_pages;
pub mod feeds;
pub mod fragments;
pub mod frame;
pub mod ics;
pub mod labels;
pub mod leave;
pub mod letters;
pub mod live;
pub mod mine;
pub mod pages;
pub mod planning;
pub mod posts;
pub mod publish;
pub mod rules;
pub mod sheets;
pub mod shift_pages;
pub mod shifts;
pub mod standing;
pub mod swaps;
pub mod take_back;
pub mod tell;
pub mod ties;
pub mod unwelcome;
pub mod unwelcome_pages;
pub mod wants;
pub mod warnings;

use diesel::prelude::*;

use crate::db::schema::users;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::Role;
use crate::text::{self, TextError, sensitive};

/// A few words that may be left out: at most 300 characters, without numbers that no note may hold.
fn notes(given: Option<&str>) -> std::result::Result<String, &'static str> {
    let note = text::clean_note(given.unwrap_or_default(), 300).map_err(TextError::code)?;
    sensitive::find(&note).map_or(Ok(note), |found| Err(found.code()))
}

/// Makes sure that somebody is a broker of a branch who still works here; `field` named them.
fn broker_of(conn: &mut Conn, branch: Id, broker: Id, field: &'static str) -> Result<()> {
    let there: i64 = users::table
        .filter(users::id.eq(broker).and(users::branch_id.eq(branch)))
        .filter(users::role.eq(Role::Broker).and(users::disabled_at.is_null()))
        .count()
        .get_result(conn)?;
    if there > 0 { Ok(()) } else { Err(Error::NotFound(Some(field))) }
}
