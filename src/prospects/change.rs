//! Changing a prospect: absent fields stay, null ones are emptied, a consent that becomes null is withdrawn.

use diesel::prelude::*;
use serde_json::json;

use super::create::record_consent;
use super::duplicates;
use super::input::{Changes, NewConsent, still};
use super::stage::Stage;
use super::stage_log::{self, NewChange};
use super::store::{self, Prospect, mobile_hash, seal_mobile};
use super::view::{self, ProspectView};
use super::words;
use crate::audit::{self, Subject};
use crate::db::schema::{consents, prospect_changes, prospects};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::followups::store as followups;
use crate::funnel;
use crate::keys::Keys;
use crate::people::Caller;
use crate::text;
use crate::text::mobile::Mobile;

/// What becomes of the consent.
enum Consent {
    Stays,
    Given(NewConsent),
    Withdrawn,
}

/// What becomes of the mobile.
enum Number {
    Stays,
    Becomes(Mobile),
    Goes,
}

/// Whether a change touches on what a funnel counts by.
pub(super) fn counted(before: &Prospect, after: &Prospect) -> bool {
    before.met_at != after.met_at || before.source != after.source || before.outlet_id != after.outlet_id
}

/// Changes a prospect. `version`: of which version the change is meant, if that was said.
///
/// # Errors
/// As `store::find_own`; `Stale`; `consent_required` for a mobile without one; `NotFound` naming `outlet_id`; `TooMany`.
pub fn change(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    id: Id,
    changes: &Changes,
    version: Option<i32>,
) -> Result<ProspectView> {
    let before = store::find_own(conn, caller, id)?;
    still(version, before.version)?;
    let user = caller.user()?;
    let consent = consent(conn, id, changes)?;
    let number = number(conn, keys, &before, changes, &consent)?;
    if let Some(Some(outlet)) = changes.outlet_id
        && before.outlet_id != Some(outlet)
    {
        store::outlet_in_branch(conn, before.branch_id, outlet)?;
    }
    let hash = match &number {
        Number::Stays => before.mobile_hash.clone(),
        Number::Becomes(mobile) => Some(mobile_hash(keys, mobile)),
        Number::Goes => None,
    };
    let reach = user.reach();
    let duplicates = match number {
        Number::Becomes(_) => duplicates::look(conn, caller, hash.as_deref(), Some(id))?,
        _ => duplicates::find(conn, reach, hash.as_deref(), Some(id))?,
    };
    let changed = write(conn, keys, caller, &before, changes, &number, hash)?;
    let changed = settle_consent(conn, caller, &before, consent, changed)?;
    if !changed.is_empty() {
        finish(conn, caller, &before, changes, &number, &changed)?;
    }
    let row = store::find(conn, reach, id)?;
    view::view(conn, keys, caller, &row, duplicates)
}

fn consent(conn: &mut Conn, id: Id, changes: &Changes) -> Result<Consent> {
    let kept = store::consent(conn, id)?;
    Ok(match (&changes.consent, kept) {
        (None, _) | (Some(None), None) => Consent::Stays,
        (Some(None), Some(_)) => Consent::Withdrawn,
        (Some(Some(new)), Some((given_at, purpose))) if new.given_at == given_at && new.purpose == purpose => {
            Consent::Stays
        }
        (Some(Some(new)), _) => Consent::Given(new.clone()),
    })
}

fn number(conn: &mut Conn, keys: &Keys, before: &Prospect, changes: &Changes, consent: &Consent) -> Result<Number> {
    let agreed = match consent {
        Consent::Given(_) => true,
        Consent::Withdrawn => false,
        Consent::Stays => store::consent(conn, before.id)?.is_some(),
    };
    match &changes.mobile {
        Some(Some(_)) if !agreed => Err(Error::field("consent", "consent_required")),
        Some(Some(new)) if before.mobile_hash.as_deref() == Some(mobile_hash(keys, new).as_slice()) => {
            Ok(Number::Stays)
        }
        Some(Some(new)) => Ok(Number::Becomes(new.clone())),
        Some(None) if before.mobile.is_some() => Ok(Number::Goes),
        None if before.mobile.is_some() && matches!(consent, Consent::Withdrawn) => Ok(Number::Goes),
        _ => Ok(Number::Stays),
    }
}

/// Writes the fields and says which have changed.
fn write(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    before: &Prospect,
    changes: &Changes,
    number: &Number,
    hash: Option<Vec<u8>>,
) -> Result<Vec<&'static str>> {
    let zone = store::zone(conn, before)?;
    let mut after = before.clone();
    after.name = changes.name.clone().unwrap_or(after.name);
    after.met_at = changes.met_at.unwrap_or(after.met_at);
    after.source = changes.source.unwrap_or(after.source);
    after.preferred_channel = changes.preferred_channel.unwrap_or(after.preferred_channel);
    after.outlet_id = changes.outlet_id.unwrap_or(after.outlet_id);
    after.referrer = changes.referrer.clone().unwrap_or(after.referrer);
    after.experience = changes.experience.unwrap_or(after.experience);
    after.note = changes.note.clone().unwrap_or(after.note);
    match number {
        Number::Stays => {}
        Number::Becomes(mobile) => after.mobile = Some(seal_mobile(keys, mobile)?),
        Number::Goes => after.mobile = None,
    }
    let changed: Vec<&'static str> = [
        ("name", before.name != after.name),
        ("met_at", before.met_at != after.met_at),
        ("source", before.source != after.source),
        ("preferred_channel", before.preferred_channel != after.preferred_channel),
        ("mobile", before.mobile != after.mobile),
        ("outlet_id", before.outlet_id != after.outlet_id),
        ("referrer", before.referrer != after.referrer),
        ("experience", before.experience != after.experience),
        ("note", before.note != after.note),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    if changed.is_empty() {
        return Ok(changed);
    }
    // The month it leaves, and the month it comes to.
    let counted = counted(before, &after);
    if counted {
        funnel::mark(conn, before.id)?;
    }
    diesel::update(prospects::table.find(before.id))
        .set((
            prospects::name.eq(&after.name),
            prospects::name_folded.eq(text::fold(&after.name)),
            prospects::met_at.eq(after.met_at),
            prospects::met_on.eq(after.met_at.date_in(zone)),
            prospects::source.eq(after.source),
            prospects::preferred_channel.eq(after.preferred_channel),
            prospects::mobile.eq(&after.mobile),
            prospects::mobile_hash.eq(hash),
            prospects::outlet_id.eq(after.outlet_id),
            prospects::referrer.eq(&after.referrer),
            prospects::experience.eq(after.experience),
            prospects::note.eq(&after.note),
        ))
        .execute(conn)?;
    if counted {
        funnel::mark(conn, before.id)?;
    }
    keep_in_history(conn, caller, before, &after)?;
    if before.met_at != after.met_at {
        move_meeting(conn, before, &after, zone)?;
    }
    Ok(changed)
}

/// The history shows when and how, never a name or a number.
fn keep_in_history(conn: &mut Conn, caller: &Caller, before: &Prospect, after: &Prospect) -> Result<()> {
    let there = |mobile: &Option<Vec<u8>>| mobile.as_ref().map(|_| "there".to_owned());
    let way = |prospect: &Prospect| Some(prospect.preferred_channel.as_str().to_owned());
    let met = |prospect: &Prospect| Some(prospect.met_at.rfc3339());
    for (field, differs, old, new) in [
        ("met_at", before.met_at != after.met_at, met(before), met(after)),
        ("preferred_channel", before.preferred_channel != after.preferred_channel, way(before), way(after)),
        ("mobile", before.mobile != after.mobile, there(&before.mobile), there(&after.mobile)),
    ] {
        if differs {
            note_change(conn, caller, before.id, field, old, new)?;
        }
    }
    Ok(())
}

fn note_change(
    conn: &mut Conn,
    caller: &Caller,
    prospect: Id,
    field: &str,
    old: Option<String>,
    new: Option<String>,
) -> Result<()> {
    diesel::insert_into(prospect_changes::table)
        .values((
            prospect_changes::id.eq(Id::new()),
            prospect_changes::prospect_id.eq(prospect),
            prospect_changes::by_user.eq(caller.user()?.id),
            prospect_changes::at.eq(caller.now),
            prospect_changes::field.eq(field),
            prospect_changes::old.eq(old),
            prospect_changes::new.eq(new),
        ))
        .execute(conn)?;
    Ok(())
}

/// The first follow-up and the first stage begin with the meeting; the stage not after the next one, which stands.
pub(super) fn move_meeting(conn: &mut Conn, before: &Prospect, after: &Prospect, zone: chrono_tz::Tz) -> Result<()> {
    followups::begin_elsewhen(conn, before.id, after.met_at, zone)?;
    let history = stage_log::all(conn, before.id)?;
    if let Some(first) = history.first() {
        let at = history.get(1).map_or(after.met_at, |next| after.met_at.min(next.at));
        stage_log::correct(conn, before.id, first.id, at, None)?;
        if history.len() == 1 {
            stage_log::repeat_last(conn, before.id, at)?;
        }
    }
    Ok(())
}

fn settle_consent(
    conn: &mut Conn,
    caller: &Caller,
    before: &Prospect,
    consent: Consent,
    mut changed: Vec<&'static str>,
) -> Result<Vec<&'static str>> {
    match consent {
        Consent::Stays => return Ok(changed),
        Consent::Given(new) => {
            record_consent(conn, caller, before.id, caller.user()?.id, &new)?;
            note_change(conn, caller, before.id, "consent", None, Some("given".into()))?;
        }
        Consent::Withdrawn => {
            let standing =
                consents::table.filter(consents::prospect_id.eq(before.id)).filter(consents::withdrawn_at.is_null());
            diesel::update(standing).set(consents::withdrawn_at.eq(caller.now)).execute(conn)?;
            note_change(conn, caller, before.id, "consent", None, Some("withdrawn".into()))?;
            followups::waive(conn, caller, before.id, caller.now, "consent_withdrawn")?;
        }
    }
    changed.push("consent");
    Ok(changed)
}

/// What follows from a change: the stage of who can be reached now, the follow-up anew, version and audit entry.
fn finish(
    conn: &mut Conn,
    caller: &Caller,
    before: &Prospect,
    changes: &Changes,
    number: &Number,
    changed: &[&'static str],
) -> Result<()> {
    diesel::update(prospects::table.find(before.id))
        .set((prospects::version.eq(prospects::version + 1), prospects::updated_at.eq(caller.now)))
        .execute(conn)?;
    if matches!(number, Number::Becomes(_)) && before.stage == Stage::Met {
        let by = caller.user()?.id;
        let at = caller.now.max(before.stage_at);
        let change = NewChange { from: Some(Stage::Met), to: Stage::Reachable, at, reason: None, touch: None, by };
        stage_log::append(conn, caller, before.id, &change)?;
    }
    followups::recompute(conn, caller, before.id)?;
    let subject = Subject::new("prospect", before.id, Some(before.branch_id));
    audit::record(conn, caller, "prospect.update", subject, json!({ "fields": changed }))?;
    let note = changes.note.as_ref().and_then(|note| note.as_deref());
    words::watch(conn, caller, before.id, before.branch_id, "note", note)
}
