//! What happened with a prospect: touches with what they were before, stages, changes of its own fields.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::stage::Stage;
use super::stage_log;
use crate::db::schema::{prospect_changes, touch_changes, touches, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::touch::{Channel, Outcome};

/// All that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct History {
    /// By the moment they took place; withdrawn ones stay.
    pub touches: Vec<TouchView>,
    /// In their order.
    pub stages: Vec<StageView>,
    /// In the order they were made.
    pub changes: Vec<ChangeView>,
}

/// A touch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TouchView {
    /// Its id.
    pub id: Id,
    /// By which way.
    pub channel: Channel,
    /// With what outcome.
    pub outcome: Outcome,
    /// When.
    pub at: At,
    /// What was said.
    pub note: Option<String>,
    /// By whom.
    pub by_user: Id,
    /// Their name.
    pub by_name: String,
    /// When it was written down.
    pub created_at: At,
    /// When it was last set right.
    pub edited_at: Option<At>,
    /// When it was withdrawn; it counts no more.
    pub withdrawn_at: Option<At>,
    /// What it was before, the oldest first.
    pub before: Vec<TouchBefore>,
}

/// What a touch was before a change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TouchBefore {
    /// By which way.
    pub channel: Channel,
    /// With what outcome.
    pub outcome: Outcome,
    /// When it had taken place.
    pub at: At,
    /// What was said.
    pub note: Option<String>,
    /// When it was changed.
    pub changed_at: At,
    /// Whether that was its withdrawal.
    pub withdrawn: bool,
}

/// A change of the stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StageView {
    /// From which; null for the first.
    pub from: Option<Stage>,
    /// To which.
    pub to: Stage,
    /// Since when.
    pub at: At,
    /// Why.
    pub reason: Option<String>,
    /// The touch that moved it by itself.
    pub touch_id: Option<Id>,
    /// By whom.
    pub by_user: Id,
    /// Their name.
    pub by_name: String,
    /// When it was written down.
    pub recorded_at: At,
}

/// A change of a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangeView {
    /// Which field.
    pub field: String,
    /// What it was; for a mobile only whether there was one.
    pub old: Option<String>,
    /// What it became.
    pub new: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: At,
    /// By whom.
    pub by_user: Id,
    /// Their name.
    pub by_name: String,
}

type TouchRow = (Id, Channel, Outcome, At, Option<String>, Id, At, Option<At>, Option<At>);
type BeforeRow = (Id, Channel, Outcome, At, Option<String>, At, bool);
type ChangeRow = (String, Option<String>, Option<String>, Option<String>, At, Id);

/// All that happened with one prospect.
///
/// # Errors
/// What the database says.
pub fn of(conn: &mut Conn, prospect: Id) -> Result<History> {
    let touches: Vec<TouchRow> = touches::table
        .filter(touches::prospect_id.eq(prospect))
        .order((touches::at, touches::created_at, touches::id))
        .select((
            touches::id,
            touches::channel,
            touches::outcome,
            touches::at,
            touches::note,
            touches::by_user,
            touches::created_at,
            touches::edited_at,
            touches::withdrawn_at,
        ))
        .load(conn)?;
    let mut before = befores(conn, prospect)?;
    let stages = stage_log::all(conn, prospect)?;
    let changes: Vec<ChangeRow> = prospect_changes::table
        .filter(prospect_changes::prospect_id.eq(prospect))
        .order((prospect_changes::at, prospect_changes::id))
        .select((
            prospect_changes::field,
            prospect_changes::old,
            prospect_changes::new,
            prospect_changes::reason,
            prospect_changes::at,
            prospect_changes::by_user,
        ))
        .load(conn)?;
    let people = touches.iter().map(|t| t.5).chain(stages.iter().map(|s| s.by_user)).chain(changes.iter().map(|c| c.5));
    let names = names(conn, people.collect())?;
    let name = |id: &Id| names.get(id).cloned().unwrap_or_default();
    Ok(History {
        touches: touches
            .into_iter()
            .map(|(id, channel, outcome, at, note, by_user, created_at, edited_at, withdrawn_at)| TouchView {
                id,
                channel,
                outcome,
                at,
                note,
                by_user,
                by_name: name(&by_user),
                created_at,
                edited_at,
                withdrawn_at,
                before: before.remove(&id).unwrap_or_default(),
            })
            .collect(),
        stages: stages
            .into_iter()
            .map(|change| StageView {
                from: change.from_stage,
                to: change.to_stage,
                at: change.at,
                reason: change.reason,
                touch_id: change.touch_id,
                by_user: change.by_user,
                by_name: name(&change.by_user),
                recorded_at: change.recorded_at,
            })
            .collect(),
        changes: changes
            .into_iter()
            .map(|(field, old, new, reason, at, by_user)| ChangeView {
                field,
                old,
                new,
                reason,
                at,
                by_name: name(&by_user),
                by_user,
            })
            .collect(),
    })
}

fn befores(conn: &mut Conn, prospect: Id) -> Result<HashMap<Id, Vec<TouchBefore>>> {
    let rows: Vec<BeforeRow> = touch_changes::table
        .inner_join(touches::table)
        .filter(touches::prospect_id.eq(prospect))
        .order((touch_changes::at, touch_changes::id))
        .select((
            touch_changes::touch_id,
            touch_changes::channel,
            touch_changes::outcome,
            touch_changes::touched_at,
            touch_changes::note,
            touch_changes::at,
            touch_changes::withdrawn,
        ))
        .load(conn)?;
    let mut all: HashMap<Id, Vec<TouchBefore>> = HashMap::new();
    for (touch, channel, outcome, at, note, changed_at, withdrawn) in rows {
        all.entry(touch).or_default().push(TouchBefore { channel, outcome, at, note, changed_at, withdrawn });
    }
    Ok(all)
}

/// The names of users.
///
/// # Errors
/// What the database says.
pub fn names(conn: &mut Conn, mut ids: Vec<Id>) -> Result<HashMap<Id, String>> {
    ids.sort_unstable();
    ids.dedup();
    Ok(users::table
        .filter(users::id.eq_any(&ids))
        .select((users::id, users::name))
        .load::<(Id, String)>(conn)?
        .into_iter()
        .collect())
}
