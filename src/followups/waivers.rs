//! Bulk waivers: the coordinator says with a reason that these follow-ups need not be made. One transaction, each of them audited.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::due::{self, State};
use crate::audit::{self, Subject};
use crate::db::schema::{follow_ups, prospects};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::funnel;
use crate::people::{Caller, Role};
use crate::text::sensitive::{self, Sensitive};
use crate::text::{self, TextError};

/// The most follow-ups of one waiver.
pub const MOST: usize = 500;
/// The most characters of a reason.
pub const REASON_MAX: usize = 500;

/// A reason as typed: a sentence, without numbers that no note may hold.
///
/// # Errors
/// `required`, `too_long`, `control_character`, `id_card`, `bank_card`.
pub fn reason(given: &str) -> std::result::Result<String, &'static str> {
    let text = text::clean_note(given, REASON_MAX).map_err(TextError::code)?;
    match sensitive::find(&text) {
        _ if text.is_empty() => Err("required"),
        Some(Sensitive::IdCard) => Err("id_card"),
        Some(Sensitive::BankCard) => Err("bank_card"),
        None => Ok(text),
    }
}

/// Ids in a set of their own: sorted, so that two who take the same locks take them in the same order.
pub fn id_set(mut ids: Vec<Id>) -> Vec<Id> {
    ids.sort();
    ids.dedup();
    ids
}

/// A waiver, checked.
#[derive(Debug, Clone, Serialize)]
pub struct NewWaiver {
    follow_up_ids: Vec<Id>,
    reason: String,
}

impl NewWaiver {
    /// Checks what was asked for.
    ///
    /// # Errors
    /// By field: `follow_up_ids`, `reason`.
    pub fn parse(follow_up_ids: Vec<Id>, given: &str) -> Result<NewWaiver> {
        let mut faults = Faults::new();
        let follow_up_ids = id_set(follow_up_ids);
        if follow_up_ids.is_empty() {
            faults.add("follow_up_ids", "required");
        } else if follow_up_ids.len() > MOST {
            faults.add("follow_up_ids", "too_long");
        }
        match faults.take("reason", reason(given)) {
            Some(reason) if faults.is_empty() => Ok(NewWaiver { follow_up_ids, reason }),
            _ => Err(faults.into_error()),
        }
    }
}

/// What a waiver did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaiverView {
    /// The waiver's id.
    pub id: Id,
    /// The follow-ups waived.
    pub waived: Vec<Id>,
    /// Those left as they were, since they were not open any more.
    pub left: Vec<Id>,
}

/// Waives what is still open of `new`. For coordinators and managers, in their own branch.
///
/// # Errors
/// `Forbidden` for others; `NotFound("follow_up_ids")` when one is out of reach, and then nothing is waived.
pub fn waive(conn: &mut Conn, caller: &Caller, id: Id, new: &NewWaiver) -> Result<WaiverView> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?;
    let known: Vec<(Id, Id)> = follow_ups::table
        .inner_join(prospects::table.on(prospects::id.eq(follow_ups::prospect_id)))
        .filter(follow_ups::id.eq_any(&new.follow_up_ids).and(follow_ups::branch_id.eq(branch.id)))
        .filter(prospects::state.ne("erased"))
        .select((follow_ups::id, follow_ups::prospect_id))
        .load(conn)?;
    if known.len() != new.follow_up_ids.len() {
        return Err(Error::NotFound(Some("follow_up_ids")));
    }
    for prospect in id_set(known.iter().map(|(_, prospect)| *prospect).collect()) {
        serialise(conn, prospect)?;
    }
    type Row = (Id, Id, chrono::NaiveDate, Option<At>, Option<At>, String);
    let rows: Vec<Row> = follow_ups::table
        .inner_join(prospects::table.on(prospects::id.eq(follow_ups::prospect_id)))
        .filter(follow_ups::id.eq_any(&new.follow_up_ids))
        .order(follow_ups::id)
        .select((
            follow_ups::id,
            follow_ups::prospect_id,
            follow_ups::due_on,
            follow_ups::kept_at,
            follow_ups::waived_at,
            prospects::state,
        ))
        .load(conn)?;
    let today = caller.now.date_in(branch.zone());
    let mut view = WaiverView { id, waived: Vec::new(), left: Vec::new() };
    for (follow_up, prospect, due_on, kept_at, waived_at, prospect_state) in rows {
        let state = due::state(due_on, kept_at.map(At::utc), waived_at.map(At::utc), today, branch.zone());
        if state != State::Open || prospect_state != "active" {
            view.left.push(follow_up);
            continue;
        }
        diesel::update(follow_ups::table.find(follow_up))
            .set((
                follow_ups::waived_at.eq(caller.now),
                follow_ups::waived_by.eq(user.id),
                follow_ups::waived_reason.eq(&new.reason),
            ))
            .execute(conn)?;
        funnel::mark(conn, prospect)?;
        let detail = serde_json::json!({ "waiver": id, "prospect": prospect });
        audit::record(conn, caller, "follow_up.waive", Subject::new("follow_up", follow_up, Some(branch.id)), detail)?;
        view.waived.push(follow_up);
    }
    Ok(view)
}
