//! Follow-ups as they are kept: begun at the first meeting and at a revival, worked out anew from all touches at every write, waived.
//!
//! A row keeps facts, not a state: `kept_*` is the earliest touch that keeps it, `waived_at` the earliest waiver, loss or withdrawal of consent, whichever
//! came first; both may be there. `due::state` says what it amounts to on a day.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::due;
use super::touch::{Channel, Outcome, PreferredChannel, Touch};
use crate::calendar::local::zone_named;
use crate::db::schema::{branches, follow_ups, prospects, touches};
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;
use crate::funnel;
use crate::on_either;
use crate::people::Caller;
use crate::prospects::stage::Stage;
use crate::prospects::stage_log::{self, NewChange, StageChange};

/// What a follow-up repeats of its prospect.
#[derive(Clone, Copy, Debug)]
pub struct ProspectKeys {
    /// Which prospect.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// Of which broker.
    pub broker_id: Id,
}

/// A follow-up as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = follow_ups)]
pub struct FollowUp {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub prospect_id: Id,
    /// 1 for the first meeting, then one a revival.
    pub number: i32,
    /// The meeting or the revival.
    pub starts_at: At,
    /// The last day to contact the person.
    pub due_on: NaiveDate,
    /// When the touch that keeps it took place.
    pub kept_at: Option<At>,
    /// The local date of that.
    pub kept_on: Option<NaiveDate>,
    /// Which touch that is.
    pub kept_by_touch: Option<Id>,
    /// The earliest waiver, loss or withdrawal of consent.
    pub waived_at: Option<At>,
    /// Why it was waived.
    pub waived_reason: Option<String>,
}

impl FollowUp {
    /// What has become of it on the local date of `now`.
    pub fn state(&self, now: At, zone: Tz) -> due::State {
        due::state(self.due_on, self.kept_at.map(At::utc), self.waived_at.map(At::utc), now.date_in(zone), zone)
    }
}

/// Begins a follow-up at the first meeting or a revival. `recompute` afterwards, where there may be touches already.
///
/// # Errors
/// What the database says.
pub fn begin(conn: &mut Conn, prospect: &ProspectKeys, starts_at: At, zone: Tz, now: At) -> Result<()> {
    let last: Option<i32> = follow_ups::table
        .filter(follow_ups::prospect_id.eq(prospect.id))
        .select(diesel::dsl::max(follow_ups::number))
        .first(conn)?;
    write(conn, prospect, last.unwrap_or(0) + 1, starts_at, zone, now).map(drop)
}

/// Begins the first follow-up of somebody who is just taken in.
///
/// # Errors
/// What the database says.
pub fn begin_first(conn: &mut Conn, prospect: &ProspectKeys, starts_at: At, zone: Tz, now: At) -> Result<FollowUp> {
    write(conn, prospect, 1, starts_at, zone, now)
}

fn write(conn: &mut Conn, prospect: &ProspectKeys, number: i32, starts_at: At, zone: Tz, now: At) -> Result<FollowUp> {
    let begun = FollowUp {
        id: Id::new(),
        prospect_id: prospect.id,
        number,
        starts_at,
        due_on: due::due_on(starts_at.utc(), zone),
        kept_at: None,
        kept_on: None,
        kept_by_touch: None,
        waived_at: None,
        waived_reason: None,
    };
    let insert = diesel::insert_into(follow_ups::table).values((
        follow_ups::id.eq(begun.id),
        follow_ups::prospect_id.eq(prospect.id),
        follow_ups::branch_id.eq(prospect.branch_id),
        follow_ups::broker_id.eq(prospect.broker_id),
        follow_ups::number.eq(number),
        follow_ups::starts_at.eq(starts_at),
        follow_ups::due_on.eq(begun.due_on),
        follow_ups::created_at.eq(now),
    ));
    on_either!(conn, c => insert.execute(c))?;
    Ok(begun)
}

/// The first follow-up begins at another moment: the meeting's was set right.
///
/// # Errors
/// What the database says.
pub fn begin_elsewhen(conn: &mut Conn, prospect: Id, starts_at: At, zone: Tz) -> Result<()> {
    diesel::update(follow_ups::table.filter(follow_ups::prospect_id.eq(prospect)).filter(follow_ups::number.eq(1)))
        .set((follow_ups::starts_at.eq(starts_at), follow_ups::due_on.eq(due::due_on(starts_at.utc(), zone))))
        .execute(conn)?;
    Ok(())
}

/// The prospect's follow-ups, the current one last.
///
/// # Errors
/// What the database says.
pub fn all(conn: &mut Conn, prospect: Id) -> Result<Vec<FollowUp>> {
    Ok(follow_ups::table
        .filter(follow_ups::prospect_id.eq(prospect))
        .order(follow_ups::number)
        .select(FollowUp::as_select())
        .load(conn)?)
}

/// The prospect's current follow-up.
///
/// # Errors
/// `NotFound` when there is none.
pub fn current(conn: &mut Conn, prospect: Id) -> Result<FollowUp> {
    Ok(follow_ups::table
        .filter(follow_ups::prospect_id.eq(prospect))
        .order(follow_ups::number.desc())
        .select(FollowUp::as_select())
        .first(conn)?)
}

/// Waives the current follow-up as of `at`. Of several waivers the earliest counts, and none undoes a touch that came before it.
///
/// # Errors
/// What the database says.
pub fn waive(conn: &mut Conn, caller: &Caller, prospect: Id, at: At, reason: &str) -> Result<()> {
    let current = current(conn, prospect)?;
    if current.waived_at.is_some_and(|before| before <= at) {
        return Ok(());
    }
    diesel::update(follow_ups::table.find(current.id))
        .set((
            follow_ups::waived_at.eq(at),
            follow_ups::waived_by.eq(caller.user.as_ref().map(|u| u.id)),
            follow_ups::waived_reason.eq(reason),
        ))
        .execute(conn)?;
    funnel::mark(conn, prospect)
}

/// Works the prospect's follow-ups out anew from all touches that stand, in the order in which they took place, and lets the touch that keeps the current
/// one move the stage. To be called after every write that touches on it: a touch, the meeting, the preferred way, a revival, a merge.
///
/// # Errors
/// What the database says.
pub fn recompute(conn: &mut Conn, caller: &Caller, prospect_id: Id) -> Result<()> {
    serialise(conn, prospect_id)?;
    let (preferred, stage, owner, zone): (PreferredChannel, Stage, Id, String) = prospects::table
        .inner_join(branches::table)
        .filter(prospects::id.eq(prospect_id))
        .select((prospects::preferred_channel, prospects::stage, prospects::broker_id, branches::time_zone))
        .first(conn)?;
    let zone = zone_named(&zone);
    let (ids, touches) = standing_touches(conn, prospect_id)?;
    let all = all(conn, prospect_id)?;
    for (place, one) in all.iter().enumerate() {
        // What came after a revival belongs to the follow-up that began with it.
        let until = all.get(place + 1).map(|next| next.starts_at.utc());
        let in_time = until.map_or(touches.len(), |until| touches.partition_point(|touch| touch.at <= until));
        let keeping = due::keeping_touch(one.starts_at.utc(), preferred, &touches[..in_time])
            .map(|place| (ids[place], At::from(touches[place].at)));
        let last = place + 1 == all.len();
        if keeping == one.kept_by_touch.zip(one.kept_at) {
            continue;
        }
        diesel::update(follow_ups::table.find(one.id))
            .set((
                follow_ups::kept_at.eq(keeping.map(|(_, at)| at)),
                follow_ups::kept_on.eq(keeping.map(|(_, at)| at.date_in(zone))),
                follow_ups::kept_by_touch.eq(keeping.map(|(id, _)| id)),
            ))
            .execute(conn)?;
        if keeping.is_none() {
            // Who had it when it was kept has the credit; what is open is for whoever cares for the person now.
            diesel::update(follow_ups::table.find(one.id)).set(follow_ups::broker_id.eq(owner)).execute(conn)?;
        }
        if one.number == 1 {
            funnel::mark(conn, prospect_id)?;
        }
        if last {
            let by = caller.user.as_ref().map_or(owner, |u| u.id);
            move_stage(conn, caller, prospect_id, stage, keeping, by)?;
        }
    }
    Ok(())
}

/// The touches that were not withdrawn, by the moment they took place; of two at one moment the one written down first.
fn standing_touches(conn: &mut Conn, prospect: Id) -> Result<(Vec<Id>, Vec<Touch>)> {
    let rows: Vec<(Id, At, Channel, Outcome)> = touches::table
        .filter(touches::prospect_id.eq(prospect))
        .filter(touches::withdrawn_at.is_null())
        .order((touches::at, touches::created_at, touches::id))
        .select((touches::id, touches::at, touches::channel, touches::outcome))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, at, channel, outcome)| (id, Touch { at: at.utc(), channel, outcome })).unzip())
}

/// The touch that keeps the follow-up moves an earlier stage to `contacted` at its own moment. Where another one keeps it now, that moment is set right;
/// where none does any more and nothing happened since, the stage goes back.
fn move_stage(
    conn: &mut Conn,
    caller: &Caller,
    prospect: Id,
    stage: Stage,
    keeping: Option<(Id, At)>,
    by: Id,
) -> Result<()> {
    let history = stage_log::all(conn, prospect)?;
    let moved = moved_by_touch(&history);
    let is_latest = |change: &StageChange| history.last().is_some_and(|last| last.id == change.id);
    match (keeping, moved) {
        (Some((touch, at)), Some(change)) if at < change.at || is_latest(change) => {
            stage_log::correct(conn, prospect, change.id, at, Some(touch))?;
            if is_latest(change) {
                stage_log::repeat_last(conn, prospect, at)?;
            }
            Ok(())
        }
        (Some((touch, at)), None) => match stage.moved_by_keeping_touch() {
            Some(to) => {
                let change = NewChange { from: Some(stage), to, at, reason: None, touch: Some(touch), by };
                stage_log::append(conn, caller, prospect, &change)
            }
            None => Ok(()),
        },
        (None, Some(change)) if is_latest(change) => {
            let to = change.from_stage.unwrap_or(Stage::Met);
            let back = NewChange { from: Some(stage), to, at: caller.now, reason: None, touch: change.touch_id, by };
            stage_log::append(conn, caller, prospect, &back)
        }
        _ => Ok(()),
    }
}

/// The change that a touch made by itself since the last revival, unless the stage went back from it afterwards.
fn moved_by_touch(history: &[StageChange]) -> Option<&StageChange> {
    history.iter().fold(None, |moved, change| match change {
        _ if change.from_stage == Some(Stage::Lost) => None,
        _ if change.touch_id.is_some() && change.to_stage == Stage::Contacted => Some(change),
        _ if change.from_stage == Some(Stage::Contacted) && change.to_stage.ordinal() < Stage::Contacted.ordinal() => {
            None
        }
        _ => moved,
    })
}
