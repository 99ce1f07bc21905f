//! The writing of some rows of a file: made ready outside the transaction, since on SQLite everybody else waits for its end.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use super::draft::{Change, Item};
use super::known::{There, with_consents};
use super::rows::{New, Of};
use crate::audit::{self, Subject};
use crate::db::schema::{erased_people, prospect_changes, prospects};
use crate::db::{Conn, Id, serialise};
use crate::error::Result;
use crate::followups::store as followups;
use crate::funnel;
use crate::funnel::store::first_day;
use crate::imports::run::FieldChange;
use crate::prospects::stage::Stage;
use crate::prospects::stage_log::{self, NewChange};
use crate::prospects::store::{Prospect, mobile_hash, seal_mobile};
use crate::prospects::{change, create, words};
use crate::text::fold;

/// Some rows, ready to be written.
pub struct Ready {
    new: New,
    changed: Vec<(Id, Item)>,
}

impl Ready {
    /// Makes rows ready.
    ///
    /// # Errors
    /// When a number cannot be sealed.
    pub fn of(of: &Of<'_>, items: Vec<Item>) -> Result<Ready> {
        let mut ready = Ready { new: New::default(), changed: Vec::new() };
        for item in items {
            match item.there {
                Some(id) => ready.changed.push((id, item)),
                None => ready.new.push(of, item.given)?,
            }
        }
        Ok(ready)
    }

    /// Writes them.
    ///
    /// # Errors
    /// What the database says.
    pub fn write(mut self, conn: &mut Conn, of: &Of<'_>) -> Result<()> {
        // Whoever was erased since the file was looked at does not come back by it.
        let erased: Vec<Vec<u8>> = erased_people::table
            .filter(erased_people::mobile_hash.eq_any(self.new.hashes()))
            .select(erased_people::mobile_hash)
            .load(conn)?;
        if !erased.is_empty() {
            self.new.leave_out(&erased);
        }
        add(conn, of, self.new)?;
        change_all(conn, of, self.changed)
    }
}

fn add(conn: &mut Conn, of: &Of<'_>, mut new: New) -> Result<()> {
    let added = std::mem::take(&mut new.added);
    new.insert(conn)?;
    let months: BTreeMap<_, _> = added.iter().map(|one| (first_day(one.met_on), one.met_on)).collect();
    for day in months.into_values() {
        funnel::store::mark_in(conn, of.branch, day)?;
    }
    let subject = |id: Id| Subject::new("prospect", id, Some(of.branch));
    let entries = added.iter().map(|one| (subject(one.id), json!({ "row": one.row, "new": true }))).collect();
    audit::record_all(conn, of.caller, "prospect.import", entries)?;
    for one in added {
        words::watch(conn, of.caller, one.id, of.branch, "note", one.note.as_deref())?;
    }
    Ok(())
}

/// What a row changes is worked out anew from what is there by now: what others wrote meanwhile stays, and who is gone stays gone.
fn change_all(conn: &mut Conn, of: &Of<'_>, changed: Vec<(Id, Item)>) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<Id> = changed.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.iter().try_for_each(|id| serialise(conn, *id))?;
    let there: Vec<Prospect> = prospects::table
        .filter(prospects::id.eq_any(&ids).and(prospects::state.eq("active")))
        .select(Prospect::as_select())
        .load(conn)?;
    let there: BTreeMap<Id, There> =
        with_consents(conn, there)?.into_iter().map(|one| (one.prospect.id, one)).collect();
    for (id, item) in &changed {
        let Some(before) = there.get(id) else { continue };
        let change = Change::of(before, &item.given, of.keys, of.zone)?;
        if change.changes.is_empty() {
            continue;
        }
        update(conn, of, &before.prospect, &change)?;
        let subject = Subject::new("prospect", *id, Some(of.branch));
        audit::record(conn, of.caller, "prospect.import", subject, json!({ "row": item.given.row, "new": false }))?;
        words::watch(conn, of.caller, *id, of.branch, "note", item.given.note.as_deref())?;
    }
    Ok(())
}

fn update(conn: &mut Conn, of: &Of<'_>, before: &Prospect, change: &Change) -> Result<()> {
    let (by, caller, after) = (of.author(before.broker_id), of.caller, &change.after);
    if let Some(consent) = &change.consent {
        create::record_consent(conn, caller, before.id, by, consent)?;
    }
    let (sealed, hash) = match &change.mobile {
        Some(mobile) => (Some(seal_mobile(of.keys, mobile)?), Some(mobile_hash(of.keys, mobile))),
        None => (before.mobile.clone(), before.mobile_hash.clone()),
    };
    funnel::mark(conn, before.id)?;
    diesel::update(prospects::table.find(before.id))
        .set((
            (prospects::name.eq(&after.name), prospects::name_folded.eq(fold(&after.name))),
            (prospects::met_at.eq(after.met_at), prospects::met_on.eq(after.met_at.date_in(of.zone))),
            (prospects::mobile.eq(sealed), prospects::mobile_hash.eq(hash)),
            prospects::source.eq(after.source),
            prospects::preferred_channel.eq(after.preferred_channel),
            prospects::outlet_id.eq(after.outlet_id),
            prospects::referrer.eq(&after.referrer),
            prospects::experience.eq(after.experience),
            prospects::note.eq(&after.note),
            prospects::version.eq(prospects::version + 1),
            prospects::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    funnel::mark(conn, before.id)?;
    let told = ["met_at", "preferred_channel", "mobile"];
    for change in change.changes.iter().filter(|change| told.contains(&change.field)) {
        keep_in_history(conn, of, before.id, by, change)?;
    }
    if before.met_at != after.met_at {
        change::move_meeting(conn, before, after, of.zone)?;
    }
    if change.mobile.is_some() && before.stage == Stage::Met {
        let at = caller.now.max(before.stage_at);
        let change = NewChange { from: Some(Stage::Met), to: Stage::Reachable, at, reason: None, touch: None, by };
        stage_log::append(conn, caller, before.id, &change)?;
    }
    followups::recompute(conn, caller, before.id)
}

/// The history shows when and how, never a name or a number.
fn keep_in_history(conn: &mut Conn, of: &Of<'_>, prospect: Id, by: Id, change: &FieldChange) -> Result<()> {
    let shown = |text: &str| match (change.field, text) {
        (_, "") => None,
        ("mobile", _) => Some("there".to_owned()),
        (_, text) => Some(text.to_owned()),
    };
    diesel::insert_into(prospect_changes::table)
        .values((
            prospect_changes::id.eq(Id::new()),
            prospect_changes::prospect_id.eq(prospect),
            prospect_changes::by_user.eq(by),
            prospect_changes::at.eq(of.caller.now),
            prospect_changes::field.eq(change.field),
            prospect_changes::old.eq(shown(&change.from)),
            prospect_changes::new.eq(shown(&change.to)),
            prospect_changes::reason.eq("import"),
        ))
        .execute(conn)?;
    Ok(())
}
