//! Taking a prospect in.

use diesel::prelude::*;
use serde_json::json;

use super::duplicates;
use super::input::{NewConsent, NewProspect};
use super::stage::Stage;
use super::stage_log::{self, NewChange};
use super::store::{self, mobile_hash, seal_mobile};
use super::view::{self, FollowUpView, ProspectView};
use super::words;
use crate::audit::{self, Subject};
use crate::db::schema::{consents, prospects};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::followups::store::{self as followups, FollowUp};
use crate::funnel;
use crate::keys::Keys;
use crate::on_either;
use crate::people::{Caller, Role};
use crate::requests::{self, Answer};
use crate::text;

/// The consent text that people are asked by; its wording is kept under this name.
pub const CONSENT_TEXT: &str = "2026-11";

/// Takes a prospect in for the broker who met the person, with its first stage and follow-up.
///
/// # Errors
/// `Forbidden` for who is no broker; `NotFound` naming `outlet_id`; `TooMany` after too many duplicates elsewhere; those of a keyed request.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewProspect) -> Result<Answer<ProspectView>> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    let branch = user.own_branch()?.clone();
    requests::once(conn, keys, caller, "prospect", new.id, new, |conn| {
        let same_id = prospects::table.filter(prospects::id.eq(new.id)).count();
        let there: i64 = on_either!(conn, c => same_id.get_result(c))?;
        if there > 0 {
            return Err(Error::Conflict("id_taken"));
        }
        if let Some(outlet) = new.outlet_id {
            store::outlet_in_branch(conn, branch.id, outlet)?;
        }
        let hash = new.mobile.as_ref().map(|mobile| mobile_hash(keys, mobile));
        let duplicates = duplicates::look(conn, caller, hash.as_deref(), Some(new.id))?;
        let follow_up = insert(conn, keys, caller, new, branch.id, user.id, hash.as_deref(), branch.zone())?;
        if let Some(consent) = &new.consent {
            record_consent(conn, caller, new.id, user.id, consent)?;
        }
        let subject = Subject::new("prospect", new.id, Some(branch.id));
        let detail = json!({ "source": new.source, "mobile": new.mobile.is_some() });
        audit::record(conn, caller, "prospect.create", subject, detail)?;
        words::watch(conn, caller, new.id, branch.id, "note", new.note.as_deref())?;
        // Everything is known: nothing is read again.
        let follow_up = FollowUpView::of(&follow_up, caller.now, branch.zone());
        Ok(view::of_new(new, (user.id, branch.id), follow_up, caller.now, duplicates))
    })
}

/// Writes a new prospect with its first stage and follow-up.
///
/// # Errors
/// What the database says.
#[expect(clippy::too_many_arguments, reason = "what the caller worked out already is not worked out again")]
pub(super) fn insert(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    new: &NewProspect,
    branch: Id,
    broker: Id,
    hash: Option<&[u8]>,
    zone: chrono_tz::Tz,
) -> Result<FollowUp> {
    let sealed = new.mobile.as_ref().map(|mobile| seal_mobile(keys, mobile)).transpose()?;
    let stage = Stage::first(new.mobile.is_some());
    let insert = diesel::insert_into(prospects::table).values((
        prospects::id.eq(new.id),
        prospects::branch_id.eq(branch),
        prospects::broker_id.eq(broker),
        prospects::met_by.eq(broker),
        prospects::name.eq(&new.name),
        prospects::name_folded.eq(text::fold(&new.name)),
        (prospects::mobile.eq(sealed), prospects::mobile_hash.eq(hash)),
        (prospects::met_at.eq(new.met_at), prospects::met_on.eq(new.met_at.date_in(zone))),
        prospects::source.eq(new.source),
        prospects::preferred_channel.eq(new.preferred_channel),
        prospects::outlet_id.eq(new.outlet_id),
        prospects::referrer.eq(&new.referrer),
        prospects::experience.eq(new.experience),
        prospects::note.eq(&new.note),
        (prospects::stage.eq(stage), prospects::stage_at.eq(new.met_at)),
        prospects::version.eq(1),
        (prospects::created_at.eq(caller.now), prospects::updated_at.eq(caller.now)),
    ));
    on_either!(conn, c => insert.execute(c))?;
    let first = NewChange { from: None, to: stage, at: new.met_at, reason: None, touch: None, by: broker };
    stage_log::begin(conn, caller, new.id, &first)?;
    funnel::store::mark_in(conn, branch, new.met_at.date_in(zone))?;
    let keys = followups::ProspectKeys { id: new.id, branch_id: branch, broker_id: broker };
    followups::begin_first(conn, &keys, new.met_at, zone, caller.now)
}

/// Keeps a consent: text version, time, way, by whom.
///
/// # Errors
/// What the database says.
pub fn record_consent(conn: &mut Conn, caller: &Caller, prospect: Id, by: Id, new: &NewConsent) -> Result<()> {
    let insert = diesel::insert_into(consents::table).values((
        consents::id.eq(Id::new()),
        consents::prospect_id.eq(prospect),
        consents::given_at.eq(new.given_at),
        consents::purpose.eq(&new.purpose),
        consents::text_version.eq(CONSENT_TEXT),
        consents::way.eq("spoken"),
        consents::recorded_by.eq(by),
        consents::recorded_at.eq(caller.now),
    ));
    on_either!(conn, c => insert.execute(c))?;
    Ok(())
}
