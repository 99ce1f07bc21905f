//! The history of stages: every change is kept with its moment and author; the prospect repeats the last one.

use diesel::prelude::*;

use super::lost::LostReason;
use super::stage::Stage;
use crate::db::schema::{prospects, stage_changes};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::funnel;
use crate::on_either;
use crate::people::Caller;

/// A change as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = stage_changes)]
pub struct StageChange {
    /// Its id.
    pub id: Id,
    /// Its place in the order.
    pub number: i32,
    /// From which stage; none for the first.
    pub from_stage: Option<Stage>,
    /// To which stage.
    pub to_stage: Stage,
    /// Since when.
    pub at: At,
    /// Why.
    pub reason: Option<String>,
    /// The touch that moved it by itself.
    pub touch_id: Option<Id>,
    /// Who.
    pub by_user: Id,
    /// When it was written down.
    pub recorded_at: At,
}

/// A change to be written down.
#[derive(Debug, Clone, Copy)]
pub struct NewChange<'a> {
    /// From which stage; none for the first.
    pub from: Option<Stage>,
    /// To which stage.
    pub to: Stage,
    /// Since when.
    pub at: At,
    /// Why.
    pub reason: Option<&'a str>,
    /// The touch that moves it.
    pub touch: Option<Id>,
    /// Who; the caller where there is one.
    pub by: Id,
}

/// All changes in their order.
///
/// # Errors
/// What the database says.
pub fn all(conn: &mut Conn, prospect: Id) -> Result<Vec<StageChange>> {
    Ok(stage_changes::table
        .filter(stage_changes::prospect_id.eq(prospect))
        .order(stage_changes::number)
        .select(StageChange::as_select())
        .load(conn)?)
}

/// Writes a change down and sets the prospect to it. Whoever calls holds the prospect (`db::serialise`).
///
/// # Errors
/// What the database says.
pub fn append(conn: &mut Conn, caller: &Caller, prospect: Id, new: &NewChange<'_>) -> Result<()> {
    let last: Option<i32> = stage_changes::table
        .filter(stage_changes::prospect_id.eq(prospect))
        .select(diesel::dsl::max(stage_changes::number))
        .first(conn)?;
    write(conn, caller, prospect, last.unwrap_or(0) + 1, new)?;
    let is_lost = new.to == Stage::Lost;
    let before_lost = if is_lost { new.from } else { None };
    let lost_reason = new.reason.filter(|_| is_lost).and_then(LostReason::of_text);
    diesel::update(prospects::table.find(prospect))
        .set((
            prospects::stage.eq(new.to),
            prospects::stage_at.eq(new.at),
            prospects::stage_before_lost.eq(before_lost),
            prospects::lost_reason.eq(lost_reason),
            prospects::version.eq(prospects::version + 1),
            prospects::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    funnel::mark(conn, prospect)
}

/// Writes the first stage of somebody who is just taken in down; their row has it already, and whoever calls marks their month.
///
/// # Errors
/// What the database says.
pub fn begin(conn: &mut Conn, caller: &Caller, prospect: Id, new: &NewChange<'_>) -> Result<()> {
    write(conn, caller, prospect, 1, new)
}

fn write(conn: &mut Conn, caller: &Caller, prospect: Id, number: i32, new: &NewChange<'_>) -> Result<()> {
    let insert = diesel::insert_into(stage_changes::table).values((
        stage_changes::id.eq(Id::new()),
        stage_changes::prospect_id.eq(prospect),
        stage_changes::number.eq(number),
        stage_changes::from_stage.eq(new.from),
        stage_changes::to_stage.eq(new.to),
        stage_changes::at.eq(new.at),
        stage_changes::reason.eq(new.reason),
        stage_changes::touch_id.eq(new.touch),
        stage_changes::by_user.eq(new.by),
        stage_changes::recorded_at.eq(caller.now),
    ));
    on_either!(conn, c => insert.execute(c))?;
    Ok(())
}

/// Sets right when a change took place, and by which touch.
///
/// # Errors
/// What the database says.
pub fn correct(conn: &mut Conn, prospect: Id, change: Id, at: At, touch: Option<Id>) -> Result<()> {
    diesel::update(stage_changes::table.find(change))
        .set((stage_changes::at.eq(at), stage_changes::touch_id.eq(touch)))
        .execute(conn)?;
    funnel::mark(conn, prospect)
}

/// The prospect repeats the moment of its last change.
///
/// # Errors
/// What the database says.
pub fn repeat_last(conn: &mut Conn, prospect: Id, at: At) -> Result<()> {
    diesel::update(prospects::table.find(prospect)).set(prospects::stage_at.eq(at)).execute(conn)?;
    Ok(())
}
