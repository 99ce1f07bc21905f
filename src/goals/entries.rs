//! What was done for promises that only the bank knows of: written down by hand or from a file, never changed, set right by a counter-entry.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::agreements::{self, Agreement, Line};
use super::measure::Way;
use super::misses::{self, Found};
use super::{balance, words};
use crate::attendance::filter::date;
use crate::audit::{self, Subject};
use crate::db::schema::{agreement_entries as entries, agreement_lines, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::people::{Caller, Reach, store};
use crate::requests::{self, Answer};
use crate::web::pagination::{List, Part};

/// An entry as it is sent: a number for a promise, or with `corrects_id` the counter-entry of another.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// For which promise; not beside `corrects_id`.
    pub line_id: Option<Id>,
    /// On which local date, within the agreement's period and not ahead; left out: today. Not beside `corrects_id`.
    #[schema(value_type = Option<NaiveDate>)]
    pub on_date: Option<String>,
    /// How many, or how many fen. Not beside `corrects_id`, whose entry it undoes.
    pub value: Option<i64>,
    /// At most 500 characters.
    pub note: Option<String>,
    /// The entry that was wrong.
    pub corrects_id: Option<Id>,
}

/// An entry, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct NewEntry {
    id: Id,
    what: What,
    note: String,
}

#[derive(Clone, Debug, Serialize)]
enum What {
    Done { line: Id, on: Option<NaiveDate>, value: i64 },
    Corrects(Id),
}

impl NewEntry {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &EntryInput) -> Result<NewEntry> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let note = faults.take("note", words(input.note.as_deref()));
        let what = match input.corrects_id {
            Some(corrects) => {
                let beside = [
                    ("line_id", input.line_id.is_some()),
                    ("on_date", input.on_date.is_some()),
                    ("value", input.value.is_some()),
                ];
                beside.iter().filter(|(_, given)| *given).for_each(|(field, _)| faults.add(*field, "not_here"));
                Some(What::Corrects(corrects))
            }
            None => {
                let line = faults.take("line_id", input.line_id.ok_or("required"));
                let on = input.on_date.as_deref().filter(|text| !text.is_empty());
                let on = faults.take("on_date", on.map(date).transpose());
                let nonzero = |value: i64| if value == 0 { Err("out_of_range") } else { Ok(value) };
                let value = faults.take("value", input.value.ok_or("required").and_then(nonzero));
                match (line, on, value) {
                    (Some(line), Some(on), Some(value)) => Some(What::Done { line, on, value }),
                    _ => None,
                }
            }
        };
        match (id, what, note) {
            (Some(id), Some(what), Some(note)) if faults.is_empty() => Ok(NewEntry { id, what, note }),
            _ => Err(faults.into_error()),
        }
    }
}

crate::text_enum! {
    /// Where an entry comes from.
    #[schema(as = EntrySource)]
    pub enum Source: Text {
        /// Typed.
        Hand = "hand",
        /// Read from a file.
        Import = "import",
    }
}

/// An entry, as it is kept and as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = entries)]
pub struct Entry {
    /// Its id.
    pub id: Id,
    /// Of which agreement.
    pub agreement_id: Id,
    /// For which promise.
    pub line_id: Id,
    /// On which local date.
    pub on_date: NaiveDate,
    /// How many, or how many fen; below 0 where it takes away.
    pub value: i64,
    /// Anything else.
    pub note: String,
    /// Where it comes from.
    pub source: Source,
    /// The entry that it undoes.
    pub corrects_id: Option<Id>,
    /// Who wrote it down; null: a command.
    pub by_user: Option<Id>,
    /// When.
    pub at: At,
}

/// Writes an entry down once.
///
/// # Errors
/// As `agreements::open`; `NotFound` naming `line_id` or `corrects_id`; `on_date`: `out_of_period`, `in_the_future`; `value`: `out_of_range`, `below_zero` where
/// all of it would come to less than nothing; `Conflict`: `line_is_counted`, `entry_corrected`, `entry_is_correction`, `below_zero`, `id_taken`.
pub fn add(conn: &mut Conn, keys: &Keys, caller: &Caller, agreement: Id, new: &NewEntry) -> Result<Answer<Entry>> {
    agreements::writable(conn, caller, agreement)?;
    requests::once(conn, keys, caller, "agreement_entry", new.id, &(agreement, new), |conn| {
        let of = agreements::open(conn, caller, agreement)?;
        let today = caller.now.date_in(caller.user()?.zone());
        let entry = match new.what {
            What::Done { line, on, value } => done(conn, &of, new, (line, on, value), today)?,
            What::Corrects(wrong) => counter(conn, &of, new, wrong)?,
        };
        let entry = Entry { by_user: Some(caller.user()?.id), at: caller.now, ..entry };
        let done = entered(conn, entry.line_id)? + entry.value;
        if done < 0 {
            let is_correction = entry.corrects_id.is_some();
            return Err(if is_correction {
                Error::Conflict("below_zero")
            } else {
                Error::field("value", "below_zero")
            });
        }
        insert(conn, caller, &of, &entry)?;
        let branch = store::branch(conn, of.branch_id)?;
        let progress = balance::entered_progress(conn, &branch, &of, (entry.line_id, done), caller.now)?;
        misses::keep(conn, &branch, &[Found::of(of.id, entry.line_id, progress)], caller.now)?;
        Ok(entry)
    })
}

/// What all entries of a promise come to.
///
/// # Errors
/// What the database says.
pub fn entered(conn: &mut Conn, line: Id) -> Result<i64> {
    let values: Vec<i64> = entries::table.filter(entries::line_id.eq(line)).select(entries::value).load(conn)?;
    Ok(values.iter().sum())
}

/// An entry without its writer.
fn blank(of: &Agreement, id: Id, line: Id, on_date: NaiveDate, value: i64, note: &str) -> Entry {
    Entry {
        id,
        agreement_id: of.id,
        line_id: line,
        on_date,
        value,
        note: note.to_owned(),
        source: Source::Hand,
        corrects_id: None,
        by_user: None,
        at: of.created_at,
    }
}

fn done(
    conn: &mut Conn,
    of: &Agreement,
    new: &NewEntry,
    (line, on, value): (Id, Option<NaiveDate>, i64),
    today: NaiveDate,
) -> Result<Entry> {
    let line: Line = agreement_lines::table
        .filter(agreement_lines::id.eq(line).and(agreement_lines::agreement_id.eq(of.id)))
        .select(Line::as_select())
        .first(conn)
        .optional()?
        .ok_or(Error::NotFound(Some("line_id")))?;
    if line.way == Way::Counted {
        return Err(Error::Conflict("line_is_counted"));
    }
    // After its last day what is still to be written down belongs to that day.
    let on = on.unwrap_or(today.min(of.to_date));
    if on > today {
        return Err(Error::field("on_date", "in_the_future"));
    }
    if !of.period().holds(on) {
        return Err(Error::field("on_date", "out_of_period"));
    }
    if value.unsigned_abs() > line.measure.most().unsigned_abs() {
        return Err(Error::field("value", "out_of_range"));
    }
    Ok(blank(of, new.id, line.id, on, value, &new.note))
}

fn counter(conn: &mut Conn, of: &Agreement, new: &NewEntry, wrong: Id) -> Result<Entry> {
    let wrong: Entry = entries::table
        .filter(entries::id.eq(wrong).and(entries::agreement_id.eq(of.id)))
        .select(Entry::as_select())
        .first(conn)
        .optional()?
        .ok_or(Error::NotFound(Some("corrects_id")))?;
    if wrong.corrects_id.is_some() {
        return Err(Error::Conflict("entry_is_correction"));
    }
    let corrected: i64 = entries::table.filter(entries::corrects_id.eq(wrong.id)).count().get_result(conn)?;
    if corrected > 0 {
        return Err(Error::Conflict("entry_corrected"));
    }
    let entry = blank(of, new.id, wrong.line_id, wrong.on_date, -wrong.value, &new.note);
    Ok(Entry { corrects_id: Some(wrong.id), ..entry })
}

/// Keeps an entry and says so in the trail.
///
/// # Errors
/// What the database says.
pub fn insert(conn: &mut Conn, caller: &Caller, of: &Agreement, entry: &Entry) -> Result<()> {
    diesel::insert_into(entries::table).values(entry).execute(conn)?;
    let detail = serde_json::json!({
        "entry": entry.id, "line": entry.line_id, "on": entry.on_date, "value": entry.value, "source": entry.source,
        "corrects": entry.corrects_id,
    });
    audit::record(conn, caller, "agreement.entry", Subject::new("agreement", of.id, Some(of.branch_id)), detail)
}

/// The entries of an agreement in reach, the latest written down first.
///
/// # Errors
/// `NotFound` out of reach.
pub fn list(conn: &mut Conn, reach: Reach, agreement: Id, part: &Part<(At, Id)>) -> Result<List<Entry>> {
    agreements::find(conn, reach, agreement)?;
    let mut query = entries::table.filter(entries::agreement_id.eq(agreement)).select(Entry::as_select()).into_boxed();
    if let Some((at, id)) = part.after {
        query = query.filter(entries::at.lt(at).or(entries::at.eq(at).and(entries::id.lt(id))));
    }
    let rows: Vec<Entry> = query.order((entries::at.desc(), entries::id.desc())).limit(part.limit + 1).load(conn)?;
    part.list(rows, |row| (row.at, row.id), |row| row)
}

/// The latest entries of an agreement, with who wrote each.
///
/// # Errors
/// What the database says.
pub fn latest(conn: &mut Conn, agreement: Id, limit: i64) -> Result<Vec<(Entry, Option<String>)>> {
    Ok(entries::table
        .left_join(users::table.on(users::id.nullable().eq(entries::by_user)))
        .filter(entries::agreement_id.eq(agreement))
        .order((entries::at.desc(), entries::id.desc()))
        .limit(limit)
        .select((Entry::as_select(), users::name.nullable()))
        .load(conn)?)
}
