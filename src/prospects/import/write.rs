//! A row as the prospect it adds or changes, and the writing of it.

use diesel::prelude::*;
use serde_json::json;

use super::known::{Known, There};
use super::row::{Given, Key};
use crate::audit::{self, Subject};
use crate::db::schema::{prospect_changes, prospects};
use crate::db::{Conn, Id, serialise};
use crate::error::Result;
use crate::followups::store as followups;
use crate::followups::touch::PreferredChannel;
use crate::funnel;
use crate::imports::cells::put;
use crate::imports::run::{FieldChange, Findings};
use crate::imports::table::{Row, Table};
use crate::keys::Keys;
use crate::people::Caller;
use crate::people::store::Branch;
use crate::prospects::input::{NewConsent, NewProspect};
use crate::prospects::kinds::{Experience, Source};
use crate::prospects::mobile::Mobile;
use crate::prospects::stage::Stage;
use crate::prospects::stage_log::{self, NewChange};
use crate::prospects::store::{Prospect, mobile_hash, seal_mobile};
use crate::prospects::{change, create, words};
use crate::text::fold;

/// A prospect as it will be.
pub struct Draft {
    pub given: Given,
    /// As it is; none for a new one.
    pub before: Option<Prospect>,
    after: Option<Prospect>,
    /// The number it gets.
    mobile: Option<Mobile>,
    /// The consent it gets.
    consent: Option<NewConsent>,
    changes: Vec<FieldChange>,
}

impl Draft {
    /// What a row means for what is there; none where it is left out or cannot be.
    ///
    /// # Errors
    /// When a number was sealed with another key.
    pub fn of(
        table: &Table,
        row: &Row,
        given: Given,
        known: &Known,
        keys: &Keys,
        findings: &mut Findings,
    ) -> Result<Option<Draft>> {
        let hash = given.mobile.as_ref().map(|mobile| mobile_hash(keys, mobile));
        if hash.as_ref().is_some_and(|hash| known.erased.contains(hash)) {
            findings.warnings.push(table.at(row, "mobile", "erased_person"));
            return Ok(None);
        }
        let Some(found) = find(table, row, &given, hash.as_deref(), known, findings) else { return Ok(None) };
        warn_of_others(table, row, &given, hash.as_deref(), found, known, findings);
        match found {
            None => Ok(Draft::new(table, row, given, findings)),
            Some(there) => Draft::change(table, row, given, there, hash.as_deref(), keys, findings).map(Some),
        }
    }

    fn new(table: &Table, row: &Row, given: Given, findings: &mut Findings) -> Option<Draft> {
        let before = findings.errors.len();
        for (field, is_there) in
            [("name", given.name.is_some()), ("met_at", given.met_at.is_some()), ("broker", given.broker.is_some())]
        {
            if !is_there {
                findings.errors.push(table.at(row, field, "required"));
            }
        }
        if given.mobile.is_some() && given.consent.is_none() {
            findings.errors.push(table.at(row, "consent_given_at", "consent_required"));
        }
        let (mobile, consent) = (given.mobile.clone(), given.consent.clone());
        let draft = Draft { given, before: None, after: None, mobile, consent, changes: Vec::new() };
        (findings.errors.len() == before).then_some(draft)
    }

    fn change(
        table: &Table,
        row: &Row,
        given: Given,
        there: &There,
        hash: Option<&[u8]>,
        keys: &Keys,
        findings: &mut Findings,
    ) -> Result<Draft> {
        let before = there.prospect.clone();
        let (mut after, mut changes) = (before.clone(), Vec::new());
        let consent = given
            .consent
            .clone()
            .filter(|new| there.consents.iter().all(|(at, purpose, _)| *at != new.given_at || *purpose != new.purpose));
        let agreed = consent.is_some() || there.consents.iter().any(|(.., withdrawn)| !withdrawn);
        let mut mobile = given.mobile.clone().filter(|_| before.mobile_hash.as_deref() != hash);
        if mobile.is_some() && !agreed {
            if given.consent.is_some() {
                findings.warnings.push(table.at(row, "mobile", "consent_withdrawn"));
                mobile = None;
            } else {
                findings.errors.push(table.at(row, "consent_given_at", "consent_required"));
            }
        }
        fill(&mut after, &given, &mut changes);
        if let Some(new) = &mobile {
            let from = before.mobile(keys)?.map(|old| old.masked()).unwrap_or_default();
            changes.push(FieldChange { field: "mobile", from, to: new.masked() });
        }
        if let Some(new) = &consent {
            changes.push(FieldChange { field: "consent", from: String::new(), to: new.purpose.clone() });
        }
        Ok(Draft { given, before: Some(before), after: Some(after), mobile, consent, changes })
    }

    /// What the row is known by within its file.
    pub fn key(&self) -> Key {
        self.given.key()
    }

    /// Row, title, whether it is new, what changes.
    pub fn counted(&self) -> (u32, String, bool, Vec<FieldChange>) {
        let name = self.given.name.clone().or_else(|| self.before.as_ref().map(|before| before.name.clone()));
        (self.given.row, name.unwrap_or_default(), self.before.is_none(), self.changes.clone())
    }
}

/// The record a row means: `Some(None)` for a new one, `None` where that cannot be told.
#[expect(clippy::option_option, reason = "found, new, and not to be told are three things")]
fn find<'k>(
    table: &Table,
    row: &Row,
    given: &Given,
    hash: Option<&[u8]>,
    known: &'k Known,
    findings: &mut Findings,
) -> Option<Option<&'k There>> {
    let broker = given.broker.as_ref().map(|broker| broker.id);
    let is_theirs = |there: &&There| broker.is_none_or(|broker| there.prospect.broker_id == broker);
    let with_number: Vec<&There> = hash
        .and_then(|hash| known.by_hash.get(hash))
        .map_or_else(Vec::new, |all| all.iter().filter(is_theirs).collect());
    match with_number.as_slice() {
        [] => {}
        [one] => return Some(Some(one)),
        [one, ..] if broker.is_some() => return Some(Some(one)),
        _ => {
            findings.errors.push(table.at(row, "broker", "several_records"));
            return None;
        }
    }
    let (Some(name), Some(met_at), Some(broker)) = (&given.name, given.met_at, broker) else { return Some(None) };
    let met_then = |there: &&There| {
        let one = &there.prospect;
        // Somebody else's number is somebody else.
        let may_be = hash.is_none() || one.mobile_hash.is_none();
        may_be && one.broker_id == broker && met_at.is(one.met_at, given.zone)
    };
    Some(known.by_name.get(&fold(name)).and_then(|all| all.iter().find(met_then)))
}

fn warn_of_others(
    table: &Table,
    row: &Row,
    given: &Given,
    hash: Option<&[u8]>,
    found: Option<&There>,
    known: &Known,
    findings: &mut Findings,
) {
    let Some(hash) = hash else { return };
    let owner = found.map(|there| there.prospect.broker_id).or(given.broker.as_ref().map(|broker| broker.id));
    let here = known.by_hash.get(hash).map_or(&[][..], Vec::as_slice);
    if here.iter().any(|there| Some(there.prospect.broker_id) != owner) {
        findings.warnings.push(table.at(row, "mobile", "also_with_another"));
    } else if known.elsewhere.contains(hash) {
        findings.warnings.push(table.at(row, "mobile", "also_elsewhere"));
    }
}

/// Puts what the row gives in place of what is there.
fn fill(after: &mut Prospect, given: &Given, changes: &mut Vec<FieldChange>) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    put(&mut after.name, given.name.clone(), "name", changes, String::clone);
    let met_at = given.met_at.filter(|when| !when.is(after.met_at, given.zone)).map(|when| when.at);
    put(&mut after.met_at, met_at, "met_at", changes, |at| at.rfc3339());
    put(&mut after.source, given.source, "source", changes, ToString::to_string);
    put(&mut after.preferred_channel, given.preferred_channel, "preferred_channel", changes, ToString::to_string);
    let outlet = |id: &Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    put(&mut after.outlet_id, given.outlet.map(Some), "outlet", changes, outlet);
    put(&mut after.referrer, given.referrer.clone().map(Some), "referrer", changes, text);
    put(&mut after.experience, given.experience, "experience", changes, ToString::to_string);
    put(&mut after.note, given.note.clone().map(Some), "note", changes, text);
}

/// Writes a row.
///
/// # Errors
/// What the database says.
pub fn apply(conn: &mut Conn, keys: &Keys, caller: &Caller, branch: &Branch, draft: &Draft) -> Result<()> {
    let is_new = draft.before.is_none();
    let id = match (&draft.before, &draft.after) {
        (Some(before), Some(after)) if !draft.changes.is_empty() => {
            update(conn, keys, caller, branch, draft, before, after)?;
            before.id
        }
        (Some(_), _) => return Ok(()),
        (None, _) => match add(conn, keys, caller, branch, draft)? {
            Some(id) => id,
            None => return Ok(()),
        },
    };
    let subject = Subject::new("prospect", id, Some(branch.id));
    audit::record(conn, caller, "prospect.import", subject, json!({ "row": draft.given.row, "new": is_new }))?;
    words::watch(conn, caller, id, branch.id, "note", draft.given.note.as_deref())
}

/// None where the draft lacks what it was checked to have.
fn add(conn: &mut Conn, keys: &Keys, caller: &Caller, branch: &Branch, draft: &Draft) -> Result<Option<Id>> {
    let given = &draft.given;
    let (Some(name), Some(met_at), Some(broker)) = (&given.name, given.met_at, &given.broker) else {
        return Ok(None);
    };
    let new = NewProspect {
        id: Id::new(),
        name: name.clone(),
        met_at: met_at.at,
        // What a file does not say is not made up: the least that can be said of it.
        source: given.source.unwrap_or(Source::Other),
        preferred_channel: given.preferred_channel.unwrap_or(PreferredChannel::Call),
        mobile: draft.mobile.clone(),
        outlet_id: given.outlet,
        referrer: given.referrer.clone(),
        experience: given.experience.unwrap_or(Experience::Unknown),
        consent: draft.consent.clone(),
        note: given.note.clone(),
    };
    let hash = new.mobile.as_ref().map(|mobile| mobile_hash(keys, mobile));
    create::insert(conn, keys, caller, &new, branch.id, broker.id, hash.as_deref(), branch.zone())?;
    if let Some(consent) = &new.consent {
        create::record_consent(conn, caller, new.id, author(caller, broker.id), consent)?;
    }
    Ok(Some(new.id))
}

/// Who is named as the author: whoever imports, the broker where a command does.
fn author(caller: &Caller, broker: Id) -> Id {
    caller.user.as_ref().map_or(broker, |user| user.id)
}

fn update(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    branch: &Branch,
    draft: &Draft,
    before: &Prospect,
    after: &Prospect,
) -> Result<()> {
    serialise(conn, before.id)?;
    let by = author(caller, before.broker_id);
    if let Some(consent) = &draft.consent {
        create::record_consent(conn, caller, before.id, by, consent)?;
    }
    let (sealed, hash) = match &draft.mobile {
        Some(mobile) => (Some(seal_mobile(keys, mobile)?), Some(mobile_hash(keys, mobile))),
        None => (before.mobile.clone(), before.mobile_hash.clone()),
    };
    let counted = change::counted(before, after);
    if counted {
        funnel::mark(conn, before.id)?;
    }
    diesel::update(prospects::table.find(before.id))
        .set((
            (prospects::name.eq(&after.name), prospects::name_folded.eq(fold(&after.name))),
            (prospects::met_at.eq(after.met_at), prospects::met_on.eq(after.met_at.date_in(branch.zone()))),
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
    if counted {
        funnel::mark(conn, before.id)?;
    }
    for change in
        draft.changes.iter().filter(|change| matches!(change.field, "met_at" | "preferred_channel" | "mobile"))
    {
        keep_in_history(conn, caller, before.id, by, change)?;
    }
    if before.met_at != after.met_at {
        change::move_meeting(conn, before, after, branch.zone())?;
    }
    if draft.mobile.is_some() && before.stage == Stage::Met {
        let at = caller.now.max(before.stage_at);
        let change = NewChange { from: Some(Stage::Met), to: Stage::Reachable, at, reason: None, touch: None, by };
        stage_log::append(conn, caller, before.id, &change)?;
    }
    followups::recompute(conn, caller, before.id)
}

/// The history shows when and how, never a name or a number.
fn keep_in_history(conn: &mut Conn, caller: &Caller, prospect: Id, by: Id, change: &FieldChange) -> Result<()> {
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
            prospect_changes::at.eq(caller.now),
            prospect_changes::field.eq(change.field),
            prospect_changes::old.eq(shown(&change.from)),
            prospect_changes::new.eq(shown(&change.to)),
            prospect_changes::reason.eq("import"),
        ))
        .execute(conn)?;
    Ok(())
}
