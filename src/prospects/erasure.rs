//! Erasure (PIPL art. 47): a person's records lose all that points to them and go on counting in reports.
//!
//! Emptied: name, mobile, referrer, notes, free-text reasons, in every record of the person in every branch and in what contacts were before an edit. Kept:
//! what happened when (stages, follow-ups, contacts by way and outcome, consents by time and purpose), since the brokerage answers for it. The stored
//! answers to keyed requests go too: their ids answer 410. Mails that have not left lose what they say of the person. A keyed hash of the number stays behind, so that
//! no import brings the person back.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::merging::waive_open;
use super::person::{self, Named, Wanted};
use super::store::mobile_hash;
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::{
    erased_people, follow_ups, prospect_changes, prospects, stage_changes, touch_changes, touches,
};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::funnel;
use crate::keys::Keys;
use crate::mail::redact;
use crate::people::{Caller, Role};
use crate::requests;

/// The list of erased records in `var`.
const ERASED: &str = "erased.list";

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErasureView {
    /// How many records.
    pub erased: usize,
    /// Which; they answer 410 from now on.
    pub prospect_ids: Vec<Id>,
}

/// Erases a person. For admins; entered in the register and audited, found or not. Erasing again finds nothing.
///
/// # Errors
/// `Forbidden` for others; `NotFound("prospect_id")`.
pub fn erase(conn: &mut Conn, keys: &Keys, caller: &Caller, wanted: &Wanted) -> Result<ErasureView> {
    caller.user()?.must_be(&[Role::Admin])?;
    let ids = match person::records(conn, keys, &wanted.who) {
        Err(Error::Gone) => Vec::new(),
        found => found?,
    };
    for id in &ids {
        serialise(conn, *id)?;
    }
    let rows: Vec<(Id, Id, Option<Vec<u8>>)> = prospects::table
        .filter(prospects::id.eq_any(&ids))
        .select((prospects::id, prospects::branch_id, prospects::mobile_hash))
        .load(conn)?;
    if let Named::Mobile(mobile) = &wanted.who {
        remember(conn, caller, &mobile_hash(keys, mobile))?;
    }
    for hash in rows.iter().filter_map(|(.., hash)| hash.as_deref()) {
        remember(conn, caller, hash)?;
    }
    let named = match &wanted.who {
        Named::Prospect(id) => Some(*id),
        Named::Mobile(_) => ids.first().copied(),
    };
    let request = person::register(conn, caller, "erasure", named, ids.len(), &wanted.reason)?;
    let detail = serde_json::json!({ "request": request, "found": ids.len() });
    for (id, branch, _) in &rows {
        empty(conn, caller, *id)?;
        let subject = Subject::new("prospect", *id, Some(*branch));
        audit::record(conn, caller, "person.erase", subject, detail.clone())?;
    }
    if rows.is_empty() {
        audit::record(conn, caller, "person.erase", Subject::new("data_request", request, None), detail)?;
    }
    redact::forget(conn, keys, &ids)?;
    Ok(ErasureView { erased: ids.len(), prospect_ids: ids })
}

/// Notes outside the database who was erased, so that a restored backup does not bring them back: ids only, synced.
///
/// # Errors
/// What the file says; the erasure itself stands.
pub fn note_outside(var: &Path, ids: &[Id]) -> std::io::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(var)?;
    let mut file = OpenOptions::new().create(true).append(true).open(list_file(var))?;
    for id in ids {
        writeln!(file, "{id}")?;
    }
    file.sync_all()
}

/// The list of erased records, outside the database.
pub fn list_file(var: &Path) -> PathBuf {
    var.join(ERASED)
}

/// Notes whom the list outside the database lacks: it could not be written, or the server ended between the erasure and its note.
///
/// # Errors
/// `Internal` when the list cannot be read or written; what the database says.
pub fn note_missing(app: &App) -> Result<()> {
    // In the words of the index over those who are not here any more.
    let gone = prospects::table.filter(sql::<Bool>("prospects.state <> 'active'").and(prospects::state.eq("erased")));
    let erased: Vec<Id> = app.db.read_now(|conn| Ok(gone.select(prospects::id).load(conn)?))?;
    let noted: HashSet<Id> = noted(&app.settings.var)?.into_iter().collect();
    let missing: Vec<Id> = erased.into_iter().filter(|id| !noted.contains(id)).collect();
    note_outside(&app.settings.var, &missing).map_err(Error::internal)
}

fn noted(var: &Path) -> Result<Vec<Id>> {
    let text = match std::fs::read_to_string(list_file(var)) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::internal(e)),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let unreadable = || Error::internal(format!("{ERASED}: a line is not an id; whom it named may not be erased"));
    lines.map(|line| line.parse().map_err(|_| unreadable())).collect()
}

/// After a restore: erases again whom the backup still knows. Answers how many.
///
/// # Errors
/// `Internal` when the list, or a line of it, cannot be read; what the database says.
pub fn erase_again(conn: &mut Conn, keys: &Keys, caller: &Caller, var: &Path) -> Result<usize> {
    let noted = noted(var)?;
    let mut rows: Vec<(Id, Id, Option<Vec<u8>>)> = Vec::new();
    for some in noted.chunks(500) {
        let still_there = prospects::table
            .filter(prospects::id.eq_any(some).and(prospects::state.ne("erased")))
            .select((prospects::id, prospects::branch_id, prospects::mobile_hash));
        rows.extend(still_there.load::<(Id, Id, Option<Vec<u8>>)>(conn)?);
    }
    for (id, branch, hash) in &rows {
        if let Some(hash) = hash {
            remember(conn, caller, hash)?;
        }
        empty(conn, caller, *id)?;
        let subject = Subject::new("prospect", *id, Some(*branch));
        audit::record(conn, caller, "person.erase", subject, serde_json::json!({ "after": "restore" }))?;
    }
    let ids: Vec<Id> = rows.iter().map(|(id, ..)| *id).collect();
    redact::forget(conn, keys, &ids)?;
    Ok(ids.len())
}

/// Keeps the hash of the number, once.
fn remember(conn: &mut Conn, caller: &Caller, hash: &[u8]) -> Result<()> {
    let known: i64 = erased_people::table.find(hash).count().get_result(conn)?;
    if known == 0 {
        diesel::insert_into(erased_people::table)
            .values((erased_people::mobile_hash.eq(hash), erased_people::erased_at.eq(caller.now)))
            .execute(conn)?;
    }
    Ok(())
}

/// Empties one record and all that hangs on it.
fn empty(conn: &mut Conn, caller: &Caller, id: Id) -> Result<()> {
    waive_open(conn, caller, id, "erased")?;
    funnel::mark(conn, id)?;
    diesel::update(prospects::table.find(id))
        .set((
            prospects::name.eq(""),
            prospects::name_folded.eq(""),
            prospects::mobile.eq(None::<Vec<u8>>),
            prospects::mobile_hash.eq(None::<Vec<u8>>),
            prospects::referrer.eq(None::<String>),
            prospects::note.eq(None::<String>),
            prospects::state.eq("erased"),
            prospects::version.eq(prospects::version + 1),
            prospects::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    let of_person: Vec<Id> = touches::table.filter(touches::prospect_id.eq(id)).select(touches::id).load(conn)?;
    diesel::update(touches::table.filter(touches::prospect_id.eq(id)))
        .set(touches::note.eq(None::<String>))
        .execute(conn)?;
    diesel::update(touch_changes::table.filter(touch_changes::touch_id.eq_any(&of_person)))
        .set(touch_changes::note.eq(None::<String>))
        .execute(conn)?;
    diesel::update(stage_changes::table.filter(stage_changes::prospect_id.eq(id)))
        .set(stage_changes::reason.eq(None::<String>))
        .execute(conn)?;
    diesel::update(prospect_changes::table.filter(prospect_changes::prospect_id.eq(id)))
        .set(prospect_changes::reason.eq(None::<String>))
        .execute(conn)?;
    diesel::update(
        follow_ups::table
            .filter(follow_ups::prospect_id.eq(id).and(follow_ups::waived_reason.is_not_null()))
            .filter(follow_ups::waived_reason.ne("erased")),
    )
    .set(follow_ups::waived_reason.eq("erased"))
    .execute(conn)?;
    requests::forget(conn, id, caller.now)?;
    of_person.into_iter().try_for_each(|touch| requests::forget(conn, touch, caller.now))
}
