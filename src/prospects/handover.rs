//! Hand-over: a leaver's prospects go to another broker of the branch with their open follow-ups. Due dates stay, and so does who met the person.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::{self, Subject};
use crate::db::schema::{follow_ups, prospect_changes, prospects, users};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::followups::waivers::{id_set, reason};
use crate::funnel;
use crate::people::{Caller, Role};

/// What is to be handed over.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverInput {
    /// Made by the client.
    pub id: Id,
    /// Who hands over; may have left already.
    pub from_broker_id: Id,
    /// Who takes over.
    pub to_broker_id: Id,
    /// Which prospects; all of them if left out.
    #[schema(min_items = 1)]
    pub prospect_ids: Option<Vec<Id>>,
    /// Why; at most 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A hand-over, checked.
#[derive(Debug, Clone, Serialize)]
pub struct NewHandover {
    from: Id,
    to: Id,
    prospects: Option<Vec<Id>>,
    reason: String,
}

impl HandoverInput {
    /// Checks it as far as that goes without the database.
    ///
    /// # Errors
    /// By field.
    pub fn parse(self) -> Result<NewHandover> {
        let mut faults = Faults::new();
        let reason = faults.take("reason", reason(&self.reason));
        if self.from_broker_id == self.to_broker_id {
            faults.add("to_broker_id", "same_broker");
        }
        let prospects = self.prospect_ids.map(id_set);
        if prospects.as_ref().is_some_and(Vec::is_empty) {
            faults.add("prospect_ids", "required");
        }
        match reason {
            Some(reason) if faults.is_empty() => {
                Ok(NewHandover { from: self.from_broker_id, to: self.to_broker_id, prospects, reason })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// What a hand-over did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverView {
    /// Its id.
    pub id: Id,
    /// How many prospects changed hands.
    pub prospects: usize,
    /// How many open follow-ups went with them.
    pub follow_ups: usize,
    /// Prospects named that were no longer the first broker's, left as they are.
    pub left: Vec<Id>,
}

/// Hands over. For coordinators and managers, in their own branch.
///
/// # Errors
/// `Forbidden` for others; `NotFound` naming a broker or `prospect_ids` out of reach, and then nothing changes hands; 422 where the one to take over
/// cannot.
pub fn hand_over(conn: &mut Conn, caller: &Caller, id: Id, new: &NewHandover) -> Result<HandoverView> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    broker(conn, branch, new.from, "from_broker_id")?;
    if !broker(conn, branch, new.to, "to_broker_id")? {
        return Err(Error::field("to_broker_id", "has_left"));
    }
    for person in id_set(vec![new.from, new.to]) {
        serialise(conn, person)?;
    }
    let (moved, left) = choose(conn, branch, new)?;
    for prospect in &moved {
        serialise(conn, *prospect)?;
        diesel::insert_into(prospect_changes::table)
            .values((
                prospect_changes::id.eq(Id::new()),
                prospect_changes::prospect_id.eq(prospect),
                prospect_changes::by_user.eq(user.id),
                prospect_changes::at.eq(caller.now),
                prospect_changes::field.eq("broker"),
                prospect_changes::old.eq(new.from.to_string()),
                prospect_changes::new.eq(new.to.to_string()),
                prospect_changes::reason.eq(&new.reason),
            ))
            .execute(conn)?;
        let detail = serde_json::json!({ "handover": id, "from": new.from, "to": new.to });
        audit::record(conn, caller, "prospect.hand_over", Subject::new("prospect", *prospect, Some(branch)), detail)?;
    }
    diesel::update(prospects::table.filter(prospects::id.eq_any(&moved)))
        .set((
            prospects::broker_id.eq(new.to),
            prospects::version.eq(prospects::version + 1),
            prospects::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    let follow_ups = diesel::update(
        follow_ups::table
            .filter(follow_ups::prospect_id.eq_any(&moved))
            .filter(follow_ups::kept_at.is_null().and(follow_ups::waived_at.is_null())),
    )
    .set(follow_ups::broker_id.eq(new.to))
    .execute(conn)?;
    moved.iter().try_for_each(|prospect| funnel::mark(conn, *prospect))?;
    Ok(HandoverView { id, prospects: moved.len(), follow_ups, left })
}

/// Whether a broker of the branch still works here.
fn broker(conn: &mut Conn, branch: Id, id: Id, field: &'static str) -> Result<bool> {
    let left: Option<Option<crate::db::At>> = users::table
        .filter(users::id.eq(id).and(users::branch_id.eq(branch)).and(users::role.eq(Role::Broker)))
        .select(users::disabled_at)
        .first(conn)
        .optional()?;
    left.map(|left| left.is_none()).ok_or(Error::NotFound(Some(field)))
}

/// The prospects that change hands, and those named that do not.
fn choose(conn: &mut Conn, branch: Id, new: &NewHandover) -> Result<(Vec<Id>, Vec<Id>)> {
    let active = prospects::branch_id.eq(branch).and(prospects::state.eq("active"));
    let Some(wanted) = &new.prospects else {
        let all = prospects::table
            .filter(active.and(prospects::broker_id.eq(new.from)))
            .order(prospects::id)
            .select(prospects::id)
            .load(conn)?;
        return Ok((all, Vec::new()));
    };
    let known: Vec<(Id, Id)> = prospects::table
        .filter(active.and(prospects::id.eq_any(wanted)))
        .order(prospects::id)
        .select((prospects::id, prospects::broker_id))
        .load(conn)?;
    if known.len() != wanted.len() {
        return Err(Error::NotFound(Some("prospect_ids")));
    }
    let (moved, left): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, broker)| *broker == new.from);
    let ids = |rows: Vec<(Id, Id)>| rows.into_iter().map(|(id, _)| id).collect();
    Ok((ids(moved), ids(left)))
}
