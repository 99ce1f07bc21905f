//! Drafts: what is being drawn up for some days, beside what stands.
//!
//! A draft holds only the days it changes, as steps in order (`draft_changes`); every other day follows what stands. So a swap approved meanwhile is
//! never lost by publishing, undoing is a mark on a step, and what the draft says is always the same fold over the same rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::posts::{Post, Step};
use crate::attendance::filter::{at_most, date};
use crate::audit::{self, Subject};
use crate::db::schema::{draft_changes, rota_drafts};
use crate::db::{At, Conn, Id, serialise, word};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::people::{Caller, CurrentUser, Reach, Role};
use crate::requests::{self, Answer};
use crate::web::pagination::{List, Part};

/// The longest period of a draft or of a board, in days.
pub const LONGEST: i64 = 62;

/// A draft as it is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// The first local date.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The last local date, at most 62 days.
    #[schema(required, value_type = NaiveDate)]
    pub to: Option<String>,
}

/// A draft to be made, checked.
#[derive(Clone, Debug, Serialize)]
pub struct NewDraft {
    id: Id,
    from: NaiveDate,
    to: NaiveDate,
}

impl NewDraft {
    /// For days that were checked already.
    pub fn of(id: Id, from: NaiveDate, to: NaiveDate) -> NewDraft {
        NewDraft { id, from, to }
    }

    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &DraftInput) -> Result<NewDraft> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let from = faults.take("from", input.from.as_deref().ok_or("required").and_then(date));
        let to = faults.take("to", input.to.as_deref().ok_or("required").and_then(date));
        if let (Some(from), Some(to)) = (from, to) {
            at_most(&mut faults, from, to, LONGEST);
        }
        match (id, from, to) {
            (Some(id), Some(from), Some(to)) if faults.is_empty() => Ok(NewDraft { id, from, to }),
            _ => Err(faults.into_error()),
        }
    }
}

crate::text_enum! {
    /// What has become of a draft.
    #[schema(as = DraftState)]
    pub enum State: Text {
        /// Being drawn up.
        Open = "open",
        /// It stands.
        Published = "published",
        /// Given up.
        Discarded = "discarded",
    }
}

/// A draft, as it is kept and as the API shows it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = rota_drafts)]
pub struct Draft {
    /// Its id.
    pub id: Id,
    /// Whose rota.
    pub branch_id: Id,
    /// The first local date.
    #[diesel(column_name = from_date)]
    pub from: NaiveDate,
    /// The last local date.
    #[diesel(column_name = to_date)]
    pub to: NaiveDate,
    /// `open`, `published` or `discarded`.
    pub state: State,
    /// Grows with every change.
    pub version: i32,
    /// Who began it.
    pub created_by: Id,
    /// When.
    pub created_at: At,
    /// When it was last changed.
    pub changed_at: At,
}

/// The branch of who may draw up: its coordinator or manager.
pub(super) fn drawer(caller: &Caller) -> Result<(&CurrentUser, Id)> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    Ok((user, user.own_branch()?.id))
}

/// Begins a draft once.
///
/// # Errors
/// `Conflict`: `draft_overlaps` where another open one has some of the days, `id_taken`; `Forbidden`.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewDraft) -> Result<Answer<Draft>> {
    let (user, branch) = drawer(caller)?;
    requests::once(conn, keys, caller, "rota_draft", new.id, new, |conn| {
        // Two who begin at once: the second is told of the first.
        serialise(conn, branch)?;
        if open_within(conn, branch, new.from, new.to)?.is_some() {
            return Err(Error::Conflict("draft_overlaps"));
        }
        let draft = Draft {
            id: new.id,
            branch_id: branch,
            from: new.from,
            to: new.to,
            state: State::Open,
            version: 1,
            created_by: user.id,
            created_at: caller.now,
            changed_at: caller.now,
        };
        insert(conn, &draft)?;
        let detail = serde_json::json!({ "from": draft.from, "to": draft.to });
        audit::record(conn, caller, "rota_draft.create", Subject::new("rota_draft", draft.id, Some(branch)), detail)?;
        Ok(draft)
    })
}

fn insert(conn: &mut Conn, draft: &Draft) -> Result<()> {
    diesel::insert_into(rota_drafts::table)
        .values((
            rota_drafts::id.eq(draft.id),
            rota_drafts::branch_id.eq(draft.branch_id),
            rota_drafts::from_date.eq(draft.from),
            rota_drafts::to_date.eq(draft.to),
            rota_drafts::state.eq(draft.state),
            rota_drafts::version.eq(draft.version),
            rota_drafts::created_by.eq(draft.created_by),
            rota_drafts::created_at.eq(draft.created_at),
            rota_drafts::changed_at.eq(draft.changed_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The open draft that has some of the days, if there is one.
///
/// # Errors
/// What the database says.
pub fn open_within(conn: &mut Conn, branch: Id, from: NaiveDate, to: NaiveDate) -> Result<Option<Draft>> {
    Ok(rota_drafts::table
        .filter(rota_drafts::branch_id.eq(branch).and(rota_drafts::state.eq(word("open"))))
        .filter(rota_drafts::from_date.le(to).and(rota_drafts::to_date.ge(from)))
        .order(rota_drafts::from_date)
        .select(Draft::as_select())
        .first(conn)
        .optional()?)
}

/// Every open draft of a branch, by its first day.
///
/// # Errors
/// What the database says.
pub fn open(conn: &mut Conn, branch: Id) -> Result<Vec<Draft>> {
    Ok(rota_drafts::table
        .filter(rota_drafts::branch_id.eq(branch).and(rota_drafts::state.eq(word("open"))))
        .order(rota_drafts::from_date)
        .select(Draft::as_select())
        .load(conn)?)
}

/// The drafts within reach, the latest first.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, part: &Part<(At, Id)>) -> Result<List<Draft>> {
    let mut query = rota_drafts::table.select(Draft::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(rota_drafts::branch_id.eq(branch)),
    }
    if let Some((at, id)) = part.after {
        let same_moment = rota_drafts::created_at.eq(at).and(rota_drafts::id.lt(id));
        query = query.filter(rota_drafts::created_at.lt(at).or(same_moment));
    }
    let rows: Vec<Draft> =
        query.order((rota_drafts::created_at.desc(), rota_drafts::id.desc())).limit(part.limit + 1).load(conn)?;
    part.list(rows, |d| (d.created_at, d.id), |d| d)
}

/// A draft within reach.
///
/// # Errors
/// `NotFound` out of reach.
pub fn find(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<Draft> {
    let mut query = rota_drafts::table.filter(rota_drafts::id.eq(id)).select(Draft::as_select()).into_boxed();
    match user.reach() {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(rota_drafts::branch_id.eq(branch)),
        Reach::Own { .. } => return Err(Error::not_found()),
    }
    Ok(query.first(conn)?)
}

/// An open draft of the caller's own branch, held until the transaction ends: changes of it wait for each other.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`; `Conflict("draft_closed")` once published or discarded.
pub fn hold(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Draft> {
    let user = caller.user()?;
    let seen = find(conn, user, id)?;
    let (_, branch) = drawer(caller)?;
    if seen.branch_id != branch {
        return Err(Error::Forbidden);
    }
    serialise(conn, id)?;
    // As it is now that it is held.
    let draft = find(conn, user, id)?;
    if draft.state == State::Open { Ok(draft) } else { Err(Error::Conflict("draft_closed")) }
}

/// Gives a draft up; what stands stays.
///
/// # Errors
/// As `hold`.
pub fn discard(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Draft> {
    let draft = hold(conn, caller, id)?;
    let draft = close(conn, caller, draft, State::Discarded)?;
    let subject = Subject::new("rota_draft", draft.id, Some(draft.branch_id));
    audit::record(conn, caller, "rota_draft.discard", subject, serde_json::json!({}))?;
    Ok(draft)
}

/// Marks a held draft as over.
pub(super) fn close(conn: &mut Conn, caller: &Caller, draft: Draft, state: State) -> Result<Draft> {
    let draft = Draft { state, version: draft.version + 1, changed_at: caller.now, ..draft };
    diesel::update(rota_drafts::table.find(draft.id))
        .set((
            rota_drafts::state.eq(draft.state),
            rota_drafts::version.eq(draft.version),
            rota_drafts::changed_at.eq(draft.changed_at),
        ))
        .execute(conn)?;
    Ok(draft)
}

/// Counts a change of a held draft.
pub(super) fn touch(conn: &mut Conn, caller: &Caller, draft: &Draft) -> Result<Draft> {
    close(conn, caller, draft.clone(), State::Open)
}

type StepRow = (i32, i32, Id, NaiveDate, Change, Change, Id, At, Option<At>);
type Change = (Option<Id>, Option<At>, Option<At>);

fn post((outlet, starts_at, ends_at): Change) -> Option<Post> {
    outlet.map(|outlet_id| Post { outlet_id, starts_at, ends_at })
}

/// The steps of a draft, in order.
///
/// # Errors
/// What the database says.
pub fn steps(conn: &mut Conn, draft: Id) -> Result<Vec<Step>> {
    use draft_changes as c;
    let rows: Vec<StepRow> = c::table
        .filter(c::draft_id.eq(draft))
        .order(c::number)
        .select((
            c::number,
            c::batch,
            c::broker_id,
            c::date,
            (c::old_outlet_id, c::old_starts_at, c::old_ends_at),
            (c::new_outlet_id, c::new_starts_at, c::new_ends_at),
            c::by_user,
            c::at,
            c::undone_at,
        ))
        .load(conn)?;
    let step = |(number, batch, broker, date, old, new, by, at, undone): StepRow| Step {
        number,
        batch,
        place: (broker, date),
        old: post(old),
        new: post(new),
        by,
        at,
        undone: undone.is_some(),
    };
    Ok(rows.into_iter().map(step).collect())
}

/// How many rows go in one statement: under SQLite's and PostgreSQL's limits of bound values.
const ROWS_A_STATEMENT: usize = 500;

/// Adds one batch of steps to a held draft.
pub(super) fn add(
    conn: &mut Conn,
    caller: &Caller,
    draft: &Draft,
    steps: &[Step],
    batch: &[(super::posts::Place, Option<Post>, Option<Post>)],
) -> Result<()> {
    use draft_changes as c;
    let by = caller.user()?.id;
    let number = steps.last().map_or(0, |step| step.number);
    let this = steps.iter().map(|step| step.batch).max().unwrap_or(0) + 1;
    // What one had taken back is given up by going on another way: only what was taken back last can be put back.
    diesel::delete(c::table.filter(c::draft_id.eq(draft.id).and(c::by_user.eq(by))).filter(c::undone_at.is_not_null()))
        .execute(conn)?;
    let rows: Vec<_> = batch
        .iter()
        .zip(number + 1..)
        .map(|(((broker, date), old, new), number)| {
            (
                c::draft_id.eq(draft.id),
                c::number.eq(number),
                c::batch.eq(this),
                c::broker_id.eq(*broker),
                c::date.eq(*date),
                c::old_outlet_id.eq(old.map(|p| p.outlet_id)),
                c::old_starts_at.eq(old.and_then(|p| p.starts_at)),
                c::old_ends_at.eq(old.and_then(|p| p.ends_at)),
                c::new_outlet_id.eq(new.map(|p| p.outlet_id)),
                c::new_starts_at.eq(new.and_then(|p| p.starts_at)),
                c::new_ends_at.eq(new.and_then(|p| p.ends_at)),
                c::by_user.eq(by),
                c::at.eq(caller.now),
            )
        })
        .collect();
    for part in rows.chunks(ROWS_A_STATEMENT) {
        crate::on_either!(conn, conn => diesel::insert_into(c::table).values(part).execute(conn)?);
    }
    Ok(())
}

/// Marks a batch of a held draft as taken back, or as put back.
pub(super) fn mark(conn: &mut Conn, draft: &Draft, batch: i32, undone_at: Option<At>) -> Result<()> {
    let of_batch =
        draft_changes::table.filter(draft_changes::draft_id.eq(draft.id).and(draft_changes::batch.eq(batch)));
    diesel::update(of_batch).set(draft_changes::undone_at.eq(undone_at)).execute(conn)?;
    Ok(())
}
