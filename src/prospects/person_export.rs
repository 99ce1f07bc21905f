//! All that is held on a person, as one document (PIPL art. 45): every record of them in every branch with its history, and what was done with it.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{Experience, Source};
use super::person::{self, Wanted};
use super::stage::Stage;
use crate::audit::{self, Subject};
use crate::db::schema::{
    audit_entries, branches, consents, follow_ups, outlets, prospect_changes, prospects, stage_changes, touch_changes,
    touches, users,
};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::lists::Named;
use crate::followups::touch::{Channel, Outcome, PreferredChannel};
use crate::keys::Keys;
use crate::mail::redact;
use crate::people::{Caller, Role};

/// All that is held on a person. Lists refer to the records by `prospect_id`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonExport {
    /// The entry of this request in the register.
    pub request_id: Id,
    /// When it was made.
    pub exported_at: At,
    /// How many records there are.
    pub found: usize,
    /// The records, in all branches.
    pub prospects: Vec<HeldProspect>,
    /// Consents given and withdrawn.
    pub consents: Vec<HeldConsent>,
    /// Contacts with the person.
    pub touches: Vec<HeldTouch>,
    /// What contacts were before they were edited or withdrawn.
    pub touch_changes: Vec<HeldTouchChange>,
    /// The history of stages.
    pub stages: Vec<HeldStage>,
    /// Follow-ups.
    pub follow_ups: Vec<HeldFollowUp>,
    /// Changes of owner, meeting time, merges.
    pub changes: Vec<HeldChange>,
    /// Reminder mails about them that have not left yet; those that have keep no content.
    pub mails: Vec<Id>,
    /// What the audit trail says of them.
    pub audit: Vec<HeldAudit>,
}

/// A record of the person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeldProspect {
    pub id: Id,
    pub branch: Named,
    pub broker: Named,
    pub met_by: Named,
    pub name: String,
    /// E.164.
    pub mobile: Option<String>,
    pub met_at: At,
    pub source: Source,
    pub preferred_channel: PreferredChannel,
    pub outlet: Option<Named>,
    pub referrer: Option<String>,
    pub experience: Experience,
    pub note: Option<String>,
    pub stage: Stage,
    pub stage_at: At,
    /// `active`, or `merged` into another record.
    pub state: String,
    pub merged_into: Option<Id>,
    pub created_at: At,
    pub updated_at: At,
}

#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HeldConsent {
    pub prospect_id: Id,
    pub given_at: At,
    pub purpose: String,
    pub text_version: String,
    pub way: String,
    pub recorded_by: Id,
    pub recorded_at: At,
    pub withdrawn_at: Option<At>,
}

#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HeldTouch {
    pub id: Id,
    pub prospect_id: Id,
    pub by_user: Id,
    pub channel: Channel,
    pub outcome: Outcome,
    pub at: At,
    pub note: Option<String>,
    pub created_at: At,
    pub edited_at: Option<At>,
    pub withdrawn_at: Option<At>,
}

#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HeldTouchChange {
    pub touch_id: Id,
    pub by_user: Id,
    pub at: At,
    pub channel: Channel,
    pub outcome: Outcome,
    pub touched_at: At,
    pub note: Option<String>,
    pub withdrawn: bool,
}

#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HeldStage {
    pub prospect_id: Id,
    pub number: i32,
    pub from_stage: Option<Stage>,
    pub to_stage: Stage,
    pub at: At,
    pub reason: Option<String>,
    pub touch_id: Option<Id>,
    pub by_user: Id,
    pub recorded_at: At,
}

#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HeldFollowUp {
    pub id: Id,
    pub prospect_id: Id,
    pub broker_id: Id,
    pub number: i32,
    pub starts_at: At,
    pub due_on: chrono::NaiveDate,
    pub kept_at: Option<At>,
    pub waived_at: Option<At>,
    pub waived_by: Option<Id>,
    pub waived_reason: Option<String>,
}

#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HeldChange {
    pub prospect_id: Id,
    pub by_user: Id,
    pub at: At,
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HeldAudit {
    pub at: At,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<Id>,
    pub actor_id: Option<Id>,
    pub detail: String,
}

/// Gathers all that is held on a person. For admins; entered in the register and audited, found or not.
///
/// # Errors
/// `Forbidden` for others; `NotFound("prospect_id")`; `Gone` for an erased record.
pub fn export(conn: &mut Conn, keys: &Keys, caller: &Caller, wanted: &Wanted) -> Result<PersonExport> {
    caller.user()?.must_be(&[Role::Admin])?;
    let ids = person::records(conn, keys, &wanted.who)?;
    let request_id = person::register(conn, caller, "export", ids.first().copied(), ids.len(), &wanted.reason)?;
    let records = held_prospects(conn, keys, &ids)?;
    for record in &records {
        let subject = Subject::new("prospect", record.id, Some(record.branch.id));
        audit::record(conn, caller, "person.export", subject, serde_json::json!({ "request": request_id }))?;
    }
    if records.is_empty() {
        let subject = Subject::new("data_request", request_id, None);
        audit::record(conn, caller, "person.export", subject, serde_json::json!({ "found": 0 }))?;
    }
    let touches = held_touches(conn, &ids)?;
    let touch_ids: Vec<Id> = touches.iter().map(|touch| touch.id).collect();
    let follow_ups = held_follow_ups(conn, &ids)?;
    let subjects: Vec<Id> = ids.iter().chain(&touch_ids).copied().chain(follow_ups.iter().map(|one| one.id)).collect();
    Ok(PersonExport {
        request_id,
        exported_at: caller.now,
        found: records.len(),
        prospects: records,
        consents: held_consents(conn, &ids)?,
        touches,
        touch_changes: held_touch_changes(conn, &touch_ids)?,
        stages: held_stages(conn, &ids)?,
        follow_ups,
        changes: held_changes(conn, &ids)?,
        mails: redact::naming(conn, keys, &ids)?,
        audit: held_audit(conn, &subjects)?,
    })
}

fn held_prospects(conn: &mut Conn, keys: &Keys, ids: &[Id]) -> Result<Vec<HeldProspect>> {
    let met_by = diesel::alias!(users as met_by);
    type Row = (super::store::Prospect, Option<Id>, (Id, String), (Id, String), (Id, String), Option<(Id, String)>);
    let rows: Vec<Row> = prospects::table
        .inner_join(branches::table)
        .inner_join(users::table.on(users::id.eq(prospects::broker_id)))
        .inner_join(met_by.on(met_by.field(users::id).eq(prospects::met_by)))
        .left_join(outlets::table.on(outlets::id.nullable().eq(prospects::outlet_id)))
        .filter(prospects::id.eq_any(ids))
        .order(prospects::id)
        .select((
            super::store::Prospect::as_select(),
            prospects::merged_into,
            (branches::id, branches::name),
            (users::id, users::name),
            met_by.fields((users::id, users::name)),
            (outlets::id, outlets::name).nullable(),
        ))
        .load(conn)?;
    let named = |(id, name)| Named { id, name };
    rows.into_iter()
        .map(|(record, merged_into, branch, broker, met_by, outlet)| {
            Ok(HeldProspect {
                id: record.id,
                branch: named(branch),
                broker: named(broker),
                met_by: named(met_by),
                mobile: record.mobile(keys)?.map(|mobile| mobile.e164()),
                name: record.name,
                met_at: record.met_at,
                source: record.source,
                preferred_channel: record.preferred_channel,
                outlet: outlet.map(named),
                referrer: record.referrer,
                experience: record.experience,
                note: record.note,
                stage: record.stage,
                stage_at: record.stage_at,
                state: record.state,
                merged_into,
                created_at: record.created_at,
                updated_at: record.updated_at,
            })
        })
        .collect()
}

fn held_consents(conn: &mut Conn, ids: &[Id]) -> Result<Vec<HeldConsent>> {
    use consents as t;
    Ok(t::table
        .filter(t::prospect_id.eq_any(ids))
        .order((t::recorded_at, t::id))
        .select((
            t::prospect_id,
            t::given_at,
            t::purpose,
            t::text_version,
            t::way,
            t::recorded_by,
            t::recorded_at,
            t::withdrawn_at,
        ))
        .load(conn)?)
}

fn held_touches(conn: &mut Conn, ids: &[Id]) -> Result<Vec<HeldTouch>> {
    use touches as t;
    Ok(t::table
        .filter(t::prospect_id.eq_any(ids))
        .order((t::at, t::id))
        .select((
            t::id,
            t::prospect_id,
            t::by_user,
            t::channel,
            t::outcome,
            t::at,
            t::note,
            t::created_at,
            t::edited_at,
            t::withdrawn_at,
        ))
        .load(conn)?)
}

fn held_touch_changes(conn: &mut Conn, touches: &[Id]) -> Result<Vec<HeldTouchChange>> {
    use touch_changes as t;
    Ok(t::table
        .filter(t::touch_id.eq_any(touches))
        .order((t::at, t::id))
        .select((t::touch_id, t::by_user, t::at, t::channel, t::outcome, t::touched_at, t::note, t::withdrawn))
        .load(conn)?)
}

fn held_stages(conn: &mut Conn, ids: &[Id]) -> Result<Vec<HeldStage>> {
    use stage_changes as t;
    Ok(t::table
        .filter(t::prospect_id.eq_any(ids))
        .order((t::prospect_id, t::number))
        .select((
            t::prospect_id,
            t::number,
            t::from_stage,
            t::to_stage,
            t::at,
            t::reason,
            t::touch_id,
            t::by_user,
            t::recorded_at,
        ))
        .load(conn)?)
}

fn held_follow_ups(conn: &mut Conn, ids: &[Id]) -> Result<Vec<HeldFollowUp>> {
    use follow_ups as t;
    Ok(t::table
        .filter(t::prospect_id.eq_any(ids))
        .order((t::prospect_id, t::number))
        .select((
            t::id,
            t::prospect_id,
            t::broker_id,
            t::number,
            t::starts_at,
            t::due_on,
            t::kept_at,
            t::waived_at,
            t::waived_by,
            t::waived_reason,
        ))
        .load(conn)?)
}

fn held_changes(conn: &mut Conn, ids: &[Id]) -> Result<Vec<HeldChange>> {
    use prospect_changes as t;
    Ok(t::table
        .filter(t::prospect_id.eq_any(ids))
        .order((t::at, t::id))
        .select((t::prospect_id, t::by_user, t::at, t::field, t::old, t::new, t::reason))
        .load(conn)?)
}

fn held_audit(conn: &mut Conn, subjects: &[Id]) -> Result<Vec<HeldAudit>> {
    use audit_entries as t;
    Ok(t::table
        .filter(t::subject_id.eq_any(subjects))
        .order(t::seq)
        .select((t::at, t::action, t::subject_kind, t::subject_id, t::actor_id, t::detail))
        .load(conn)?)
}
