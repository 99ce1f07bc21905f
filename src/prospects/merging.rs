//! Merging two records that are one person.
//!
//! Somebody chooses which record stays (the survivor). The survivor keeps its own fields, its broker, its meeting and its stage history; what it lacks
//! (mobile, outlet, referrer, experience, note) it takes from the other. All touches and consents move to it, so that its follow-up is judged by all of
//! them. Where the other had come further, the survivor is moved to that stage, with the merge as the reason: it ever reached it. The other record stays
//! as history, `merged` into the survivor, found no more by its own id; its own stage history stays with it, its open follow-ups are waived as `merged`,
//! and reports count the person once, by the survivor.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::stage::Stage;
use super::stage_log::{self, NewChange};
use crate::audit::{self, Subject};
use crate::db::schema::{consents, follow_ups, prospect_changes, prospects, touches};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::followups::store;
use crate::followups::waivers::id_set;
use crate::funnel;
use crate::people::{Caller, Reach, Role};

/// Which record goes into this one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The record that ends.
    pub other_id: Id,
}

/// The result of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MergeView {
    /// The record that stays.
    pub id: Id,
    /// The one that ended.
    pub merged_id: Id,
    /// The stage of the person now.
    pub stage: Stage,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = prospects)]
struct Side {
    id: Id,
    branch_id: Id,
    mobile: Option<Vec<u8>>,
    mobile_hash: Option<Vec<u8>>,
    outlet_id: Option<Id>,
    referrer: Option<String>,
    experience: String,
    note: Option<String>,
    stage: Stage,
    stage_at: At,
    stage_before_lost: Option<Stage>,
    state: String,
    merged_into: Option<Id>,
}

/// Merges `other` into `survivor`; again for two that are merged already: the same answer. For the desk within its branch, and for a broker whose own
/// both are.
///
/// # Errors
/// `Forbidden` for others; `NotFound` for a record out of reach (`other_id` where it is the other); `Conflict("merge_lost")` when the one to stay is
/// lost and the other is not.
pub fn merge(conn: &mut Conn, caller: &Caller, survivor: Id, other: Id) -> Result<MergeView> {
    caller.user()?.must_be(&[Role::Broker, Role::Coordinator, Role::Manager])?;
    caller.user()?.own_branch()?;
    if survivor == other {
        return Err(Error::field("other_id", "same_prospect"));
    }
    for id in id_set(vec![survivor, other]) {
        serialise(conn, id)?;
    }
    let kept = side(conn, caller, survivor)?.filter(|s| s.state == "active").ok_or(Error::not_found())?;
    let gone = side(conn, caller, other)?.ok_or(Error::NotFound(Some("other_id")))?;
    if gone.state == "merged" && gone.merged_into == Some(kept.id) {
        return Ok(MergeView { id: kept.id, merged_id: gone.id, stage: kept.stage });
    }
    if gone.state != "active" {
        return Err(Error::NotFound(Some("other_id")));
    }
    if kept.stage == Stage::Lost && gone.stage != Stage::Lost {
        return Err(Error::Conflict("merge_lost"));
    }
    fill(conn, caller, &kept, &gone)?;
    move_history(conn, &kept, &gone)?;
    advance(conn, caller, &kept, &gone)?;
    close(conn, caller, &kept, &gone)?;
    note_change(conn, caller, kept.id, "merge", gone.id)?;
    note_change(conn, caller, gone.id, "merged_into", kept.id)?;
    let detail = serde_json::json!({ "merged": gone.id });
    audit::record(conn, caller, "prospect.merge", Subject::new("prospect", kept.id, Some(kept.branch_id)), detail)?;
    store::recompute(conn, caller, kept.id)?;
    let stage = prospects::table.find(kept.id).select(prospects::stage).first(conn)?;
    Ok(MergeView { id: kept.id, merged_id: gone.id, stage })
}

fn side(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Option<Side>> {
    let mut query = prospects::table.find(id).select(Side::as_select()).into_boxed();
    match caller.user()?.reach() {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(prospects::branch_id.eq(branch)),
        Reach::Own { broker, branch } => {
            query = query.filter(prospects::broker_id.eq(broker)).filter(prospects::branch_id.eq(branch));
        }
    }
    Ok(query.first(conn).optional()?)
}

/// Takes over what the survivor lacks.
fn fill(conn: &mut Conn, caller: &Caller, kept: &Side, gone: &Side) -> Result<()> {
    let (mobile, hash) = match &kept.mobile {
        Some(_) => (&kept.mobile, &kept.mobile_hash),
        None => (&gone.mobile, &gone.mobile_hash),
    };
    let note = match (&kept.note, &gone.note) {
        (Some(kept), Some(gone)) if kept != gone => Some(format!("{kept}\n{gone}")),
        (kept, gone) => kept.clone().or_else(|| gone.clone()),
    };
    let experience = if kept.experience == "unknown" { &gone.experience } else { &kept.experience };
    diesel::update(prospects::table.find(kept.id))
        .set((
            prospects::mobile.eq(mobile),
            prospects::mobile_hash.eq(hash),
            prospects::outlet_id.eq(kept.outlet_id.or(gone.outlet_id)),
            prospects::referrer.eq(kept.referrer.as_ref().or(gone.referrer.as_ref())),
            prospects::experience.eq(experience),
            prospects::note.eq(note),
            prospects::version.eq(prospects::version + 1),
            prospects::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    funnel::mark(conn, kept.id)
}

fn move_history(conn: &mut Conn, kept: &Side, gone: &Side) -> Result<()> {
    diesel::update(touches::table.filter(touches::prospect_id.eq(gone.id)))
        .set(touches::prospect_id.eq(kept.id))
        .execute(conn)?;
    diesel::update(consents::table.filter(consents::prospect_id.eq(gone.id)))
        .set(consents::prospect_id.eq(kept.id))
        .execute(conn)?;
    Ok(())
}

/// The survivor goes as far as the other had come.
fn advance(conn: &mut Conn, caller: &Caller, kept: &Side, gone: &Side) -> Result<()> {
    let reached = gone.stage_before_lost.filter(|_| gone.stage == Stage::Lost).unwrap_or(gone.stage);
    if kept.stage == Stage::Lost || reached == Stage::Lost || reached.ordinal() <= kept.stage.ordinal() {
        return Ok(());
    }
    // Neither before the survivor's last change nor before the other's.
    let at = kept.stage_at.max(gone.stage_at);
    let change = NewChange {
        from: Some(kept.stage),
        to: reached,
        at,
        reason: Some("merged"),
        touch: None,
        by: caller.user()?.id,
    };
    stage_log::append(conn, caller, kept.id, &change)
}

fn close(conn: &mut Conn, caller: &Caller, kept: &Side, gone: &Side) -> Result<()> {
    diesel::update(prospects::table.find(gone.id))
        .set((
            prospects::state.eq("merged"),
            prospects::merged_into.eq(kept.id),
            prospects::version.eq(prospects::version + 1),
            prospects::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    funnel::mark(conn, gone.id)?;
    waive_open(conn, caller, gone.id, "merged")
}

/// Closes a prospect's open follow-ups because the record itself ends: `merged` or `erased`.
///
/// # Errors
/// What the database says.
pub fn waive_open(conn: &mut Conn, caller: &Caller, prospect: Id, reason: &str) -> Result<()> {
    diesel::update(
        follow_ups::table
            .filter(follow_ups::prospect_id.eq(prospect))
            .filter(follow_ups::kept_at.is_null().and(follow_ups::waived_at.is_null())),
    )
    .set((
        follow_ups::waived_at.eq(caller.now),
        follow_ups::waived_by.eq(caller.user.as_ref().map(|u| u.id)),
        follow_ups::waived_reason.eq(reason),
    ))
    .execute(conn)?;
    Ok(())
}

fn note_change(conn: &mut Conn, caller: &Caller, prospect: Id, field: &str, new: Id) -> Result<()> {
    diesel::insert_into(prospect_changes::table)
        .values((
            prospect_changes::id.eq(Id::new()),
            prospect_changes::prospect_id.eq(prospect),
            prospect_changes::by_user.eq(caller.user()?.id),
            prospect_changes::at.eq(caller.now),
            prospect_changes::field.eq(field),
            prospect_changes::new.eq(new.to_string()),
        ))
        .execute(conn)?;
    Ok(())
}
