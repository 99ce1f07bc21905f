//! Touches: written down, set right or withdrawn within the day, and what follows for the follow-up and the stage.

use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::stage::Stage;
use super::store::{self, Prospect};
use super::touch_input::{NewTouch, TouchChanges};
use super::view::{self, FollowUpView};
use super::words;
use crate::audit::{self, Subject};
use crate::db::schema::{prospects, touch_changes, touches};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::followups::store as followups;
use crate::followups::touch::{Channel, Outcome};
use crate::keys::Keys;
use crate::people::{Caller, CurrentUser};
use crate::requests::{self, Answer};

/// What a touch led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TouchAnswer {
    /// The touch.
    pub id: Id,
    /// The prospect's stage afterwards.
    pub stage: Stage,
    /// The prospect's current follow-up afterwards.
    pub follow_up: FollowUpView,
}

/// A touch as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = touches)]
pub struct Touch {
    /// Its id.
    pub id: Id,
    /// By whom.
    pub by_user: Id,
    /// By which way.
    pub channel: Channel,
    /// With what outcome.
    pub outcome: Outcome,
    /// When.
    pub at: At,
    /// What was said.
    pub note: Option<String>,
    /// When it was written down.
    pub created_at: At,
    /// When it was withdrawn.
    pub withdrawn_at: Option<At>,
}

impl Touch {
    /// Whether this user may still set it right: the author, on the local day it was written down.
    pub fn is_open_to(&self, user: &CurrentUser, now: At, zone: Tz) -> bool {
        self.by_user == user.id && self.withdrawn_at.is_none() && self.created_at.date_in(zone) == now.date_in(zone)
    }
}

/// Writes a touch down.
///
/// # Errors
/// As `store::find_own`; those of a keyed request.
pub fn add(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewTouch) -> Result<Answer<TouchAnswer>> {
    requests::once(conn, keys, caller, "touch", new.id, new, |conn| {
        let prospect = store::find_own(conn, caller, new.prospect_id)?;
        let there: i64 = touches::table.filter(touches::id.eq(new.id)).count().get_result(conn)?;
        if there > 0 {
            return Err(Error::Conflict("id_taken"));
        }
        diesel::insert_into(touches::table)
            .values((
                touches::id.eq(new.id),
                touches::prospect_id.eq(prospect.id),
                touches::by_user.eq(caller.user()?.id),
                touches::channel.eq(new.channel),
                touches::outcome.eq(new.outcome),
                touches::at.eq(new.at.unwrap_or(caller.now)),
                touches::note.eq(&new.note),
                touches::created_at.eq(caller.now),
            ))
            .execute(conn)?;
        let detail = json!({ "touch": new.id, "channel": new.channel, "outcome": new.outcome });
        settle(conn, caller, &prospect, new.id, "prospect.touch", detail, new.note.as_deref())
    })
}

/// Sets a touch right; what it was is kept.
///
/// # Errors
/// As `open_touch`; `outcome` where the channel has no such one.
pub fn change(
    conn: &mut Conn,
    caller: &Caller,
    prospect: Id,
    touch: Id,
    changes: &TouchChanges,
) -> Result<TouchAnswer> {
    let (prospect, touch) = open_touch(conn, caller, prospect, touch)?;
    let channel = changes.channel.unwrap_or(touch.channel);
    let outcome = changes.outcome.unwrap_or(touch.outcome);
    if !channel.allows(outcome) {
        return Err(Error::field("outcome", "wrong_outcome"));
    }
    let at = changes.at.unwrap_or(touch.at);
    let note = changes.note.clone().unwrap_or_else(|| touch.note.clone());
    if (channel, outcome, at, &note) == (touch.channel, touch.outcome, touch.at, &touch.note) {
        return answer(conn, caller, &prospect, touch.id);
    }
    keep_what_it_was(conn, caller, &touch, false)?;
    diesel::update(touches::table.find(touch.id))
        .set((
            touches::channel.eq(channel),
            touches::outcome.eq(outcome),
            touches::at.eq(at),
            touches::note.eq(&note),
            touches::edited_at.eq(caller.now),
        ))
        .execute(conn)?;
    let detail = json!({ "touch": touch.id, "channel": channel, "outcome": outcome });
    let said = changes.note.as_ref().and_then(|note| note.as_deref());
    settle(conn, caller, &prospect, touch.id, "prospect.touch_update", detail, said)
}

/// Withdraws a touch: it stays in the history and counts no more; its id answers 410 from now on.
///
/// # Errors
/// As `open_touch`.
pub fn withdraw(conn: &mut Conn, caller: &Caller, prospect: Id, touch: Id) -> Result<TouchAnswer> {
    let (prospect, touch) = open_touch(conn, caller, prospect, touch)?;
    keep_what_it_was(conn, caller, &touch, true)?;
    diesel::update(touches::table.find(touch.id)).set(touches::withdrawn_at.eq(caller.now)).execute(conn)?;
    requests::forget(conn, touch.id, caller.now)?;
    settle(conn, caller, &prospect, touch.id, "prospect.touch_withdraw", json!({ "touch": touch.id }), None)
}

/// A touch of a prospect in reach.
///
/// # Errors
/// `NotFound`.
pub fn find(conn: &mut Conn, prospect: Id, touch: Id) -> Result<Touch> {
    Ok(touches::table
        .filter(touches::id.eq(touch))
        .filter(touches::prospect_id.eq(prospect))
        .select(Touch::as_select())
        .first(conn)?)
}

/// A touch that the caller may still set right.
///
/// # Errors
/// As `store::find_own`; `NotFound`; `Gone` when it was withdrawn; `Forbidden` for who did not make it; `Conflict("day_over")` after its day.
fn open_touch(conn: &mut Conn, caller: &Caller, prospect: Id, touch: Id) -> Result<(Prospect, Touch)> {
    let prospect = store::find_own(conn, caller, prospect)?;
    let touch = find(conn, prospect.id, touch)?;
    let user = caller.user()?;
    if touch.withdrawn_at.is_some() {
        return Err(Error::Gone);
    }
    if touch.by_user != user.id {
        return Err(Error::Forbidden);
    }
    let zone = store::zone(conn, &prospect)?;
    if touch.is_open_to(user, caller.now, zone) { Ok((prospect, touch)) } else { Err(Error::Conflict("day_over")) }
}

fn keep_what_it_was(conn: &mut Conn, caller: &Caller, touch: &Touch, withdrawn: bool) -> Result<()> {
    diesel::insert_into(touch_changes::table)
        .values((
            touch_changes::id.eq(Id::new()),
            touch_changes::touch_id.eq(touch.id),
            touch_changes::by_user.eq(caller.user()?.id),
            touch_changes::at.eq(caller.now),
            touch_changes::channel.eq(touch.channel),
            touch_changes::outcome.eq(touch.outcome),
            touch_changes::touched_at.eq(touch.at),
            touch_changes::note.eq(&touch.note),
            touch_changes::withdrawn.eq(withdrawn),
        ))
        .execute(conn)?;
    Ok(())
}

/// After every change of a touch: the follow-up anew, the audit entry, the lint, the answer.
fn settle(
    conn: &mut Conn,
    caller: &Caller,
    prospect: &Prospect,
    touch: Id,
    action: &str,
    detail: serde_json::Value,
    note: Option<&str>,
) -> Result<TouchAnswer> {
    followups::recompute(conn, caller, prospect.id)?;
    audit::record(conn, caller, action, Subject::new("prospect", prospect.id, Some(prospect.branch_id)), detail)?;
    words::watch(conn, caller, prospect.id, prospect.branch_id, "touch", note)?;
    answer(conn, caller, prospect, touch)
}

fn answer(conn: &mut Conn, caller: &Caller, prospect: &Prospect, touch: Id) -> Result<TouchAnswer> {
    let stage: Stage = prospects::table.find(prospect.id).select(prospects::stage).first(conn)?;
    let zone = store::zone(conn, prospect)?;
    Ok(TouchAnswer { id: touch, stage, follow_up: view::standing(conn, caller.now, zone, prospect.id)? })
}
