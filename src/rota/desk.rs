//! What lies on somebody's desk beside the board: the open drafts of a branch, and whether they have a change of their own to take back.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable};

use super::take_back;
use crate::db::schema::{board_edits, rota_drafts};
use crate::db::{At, Conn, Id, word};
use crate::error::Result;
use crate::on_either;
use crate::people::CurrentUser;

/// An open draft, as far as the board looks at it.
#[derive(Clone, Copy, Debug)]
pub struct OpenDraft {
    /// Its id.
    pub id: Id,
    /// The first local date.
    pub from: NaiveDate,
    /// The last local date.
    pub to: NaiveDate,
}

/// What lies there.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Every open draft of the branch, by its first day.
    pub drafts: Vec<OpenDraft>,
    /// Whether the user has a change of what stands to take back.
    pub undo: bool,
}

/// Reads it, in one statement.
///
/// # Errors
/// What the database says.
pub fn of(conn: &mut Conn, user: &CurrentUser, branch: Id, now: At) -> Result<Desk> {
    use rota_drafts as d;
    let open = d::table.filter(d::branch_id.eq(branch).and(d::state.eq(word("open")))).select((
        d::id,
        d::from_date.nullable(),
        d::to_date.nullable(),
    ));
    let never = || None::<NaiveDate>.into_sql::<Nullable<Date>>();
    let edits = board_edits::table.filter(take_back::standing(user.id, branch, now)).select((
        board_edits::id,
        never(),
        never(),
    ));
    let rows: Vec<(Id, Option<NaiveDate>, Option<NaiveDate>)> =
        on_either!(conn, conn => open.union_all(edits).load(conn)?);
    let undo = rows.iter().any(|(_, from, _)| from.is_none());
    let draft =
        |(id, from, to): (Id, Option<NaiveDate>, Option<NaiveDate>)| Some(OpenDraft { id, from: from?, to: to? });
    let mut drafts: Vec<OpenDraft> = rows.into_iter().filter_map(draft).collect();
    drafts.sort_by_key(|draft| draft.from);
    Ok(Desk { drafts, undo })
}
