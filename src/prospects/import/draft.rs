//! A row as the prospect it adds or changes: worked out against what is there, written elsewhere.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::known::{Known, There};
use super::row::{Given, Key};
use crate::db::Id;
use crate::error::Result;
use crate::imports::cells::put;
use crate::imports::run::{FieldChange, Findings};
use crate::imports::table::{Row, Table};
use crate::keys::Keys;
use crate::prospects::input::NewConsent;
use crate::prospects::store::{Prospect, mobile_hash};
use crate::text::fold;
use crate::text::mobile::Mobile;

/// What is to be written of a row: all that is needed, sealed while it waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Item {
    /// The record that changes; none for a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub there: Option<Id>,
    pub given: Given,
}

/// A prospect as it will be.
pub struct Draft {
    pub item: Item,
    /// Whose row it is.
    pub title: String,
    /// Empty for a new one, and where nothing changes.
    pub changes: Vec<FieldChange>,
}

impl Draft {
    /// What a row means for what is there; none where it is left out or cannot be.
    ///
    /// # Errors
    /// When a number was sealed with another key.
    pub fn of(
        at: (&Table, &Row),
        given: Given,
        known: &Known,
        keys: &Keys,
        zone: Tz,
        findings: &mut Findings,
    ) -> Result<Option<Draft>> {
        let (table, row) = at;
        let hash = given.mobile.as_ref().map(|mobile| mobile_hash(keys, mobile));
        if hash.as_ref().is_some_and(|hash| known.erased.contains(hash)) {
            findings.warnings.push(table.at(row, "mobile", "erased_person"));
            return Ok(None);
        }
        let Some(found) = find(at, &given, hash.as_deref(), known, zone, findings) else { return Ok(None) };
        warn_of_others(at, &given, hash.as_deref(), found, known, findings);
        let Some(there) = found else { return Ok(Draft::new(at, given, findings)) };
        if there.is_merged() {
            let title = there.prospect.name.clone();
            return Ok(Some(Draft {
                item: Item { there: Some(there.prospect.id), given },
                title,
                changes: Vec::new(),
            }));
        }
        let change = Change::of(there, &given, keys, zone)?;
        if change.consent_withdrawn {
            findings.warnings.push(table.at(row, "mobile", "consent_withdrawn"));
        }
        if change.consent_missing {
            findings.errors.push(table.at(row, "consent_given_at", "consent_required"));
        }
        let title = given.name.clone().unwrap_or_else(|| there.prospect.name.clone());
        let item = Item { there: Some(there.prospect.id), given };
        Ok(Some(Draft { item, title, changes: change.changes }))
    }

    fn new((table, row): (&Table, &Row), given: Given, findings: &mut Findings) -> Option<Draft> {
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
        let title = given.name.clone().unwrap_or_default();
        let draft = Draft { item: Item { there: None, given }, title, changes: Vec::new() };
        (findings.errors.len() == before).then_some(draft)
    }

    /// What the row is known by within its file.
    pub fn key(&self) -> Key {
        self.item.given.key()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.item.there.is_some() && self.changes.is_empty()
    }
}

/// What a row changes of a record.
pub struct Change {
    pub after: Prospect,
    /// The number it gets.
    pub mobile: Option<Mobile>,
    /// The consent it gets.
    pub consent: Option<NewConsent>,
    pub changes: Vec<FieldChange>,
    /// The number is left out: the consent of the file is one that was withdrawn.
    pub consent_withdrawn: bool,
    /// The number cannot be kept: nobody agreed.
    pub consent_missing: bool,
}

impl Change {
    /// Works it out; pure but for the opening of the old number.
    ///
    /// # Errors
    /// When the number was sealed with another key.
    pub fn of(there: &There, given: &Given, keys: &Keys, zone: Tz) -> Result<Change> {
        let before = &there.prospect;
        let (mut after, mut changes) = (before.clone(), Vec::new());
        let is_known = |new: &NewConsent| {
            there.consents.iter().any(|(at, purpose, _)| *at == new.given_at && *purpose == new.purpose)
        };
        let consent = given.consent.clone().filter(|new| !is_known(new));
        let agreed = consent.is_some() || there.consents.iter().any(|(.., withdrawn)| !withdrawn);
        let hash = given.mobile.as_ref().map(|mobile| mobile_hash(keys, mobile));
        let wanted = given.mobile.clone().filter(|_| before.mobile_hash != hash);
        let refused = wanted.is_some() && !agreed;
        let mobile = wanted.filter(|_| agreed);
        fill(&mut after, given, zone, &mut changes);
        if let Some(new) = &mobile {
            let from = before.mobile(keys)?.map(|old| old.masked()).unwrap_or_default();
            changes.push(FieldChange { field: "mobile", from, to: new.masked() });
        }
        if let Some(new) = &consent {
            changes.push(FieldChange { field: "consent", from: String::new(), to: new.purpose.clone() });
        }
        let consent_withdrawn = refused && given.consent.is_some();
        Ok(Change {
            after,
            mobile,
            consent,
            changes,
            consent_withdrawn,
            consent_missing: refused && !consent_withdrawn,
        })
    }
}

/// The record a row means: `Some(None)` for a new one, `None` where that cannot be told.
#[expect(clippy::option_option, reason = "found, new, and not to be told are three things")]
fn find<'k>(
    (table, row): (&Table, &Row),
    given: &Given,
    hash: Option<&[u8]>,
    known: &'k Known,
    zone: Tz,
    findings: &mut Findings,
) -> Option<Option<&'k There>> {
    let all = hash.and_then(|hash| known.by_hash.get(hash)).map_or(&[][..], Vec::as_slice);
    let with_number: Vec<&There> = match given.broker {
        Some(broker) => best(all.iter(), broker).into_iter().collect(),
        None => all.iter().filter(|there| !there.is_merged()).collect(),
    };
    match with_number.as_slice() {
        [] => {}
        [one] => return Some(Some(one)),
        _ => {
            findings.errors.push(table.at(row, "broker", "several_records"));
            return None;
        }
    }
    let (Some(name), Some(met_at), Some(broker)) = (&given.name, given.met_at, given.broker) else { return Some(None) };
    let met_then = |there: &&There| {
        let one = &there.prospect;
        // Somebody else's number is somebody else.
        let may_be = hash.is_none() || one.mobile_hash.is_none();
        may_be && met_at.is(one.met_at, zone)
    };
    Some(known.by_name.get(&fold(name)).and_then(|all| best(all.iter().filter(met_then), broker)))
}

/// Of some records the one that a row of a broker's means: theirs, else one they met and handed over, else one that was merged.
fn best<'k>(all: impl Iterator<Item = &'k There>, broker: Id) -> Option<&'k There> {
    all.filter(|there| there.was_of(broker)).min_by_key(|there| (there.is_merged(), there.prospect.broker_id != broker))
}

fn warn_of_others(
    (table, row): (&Table, &Row),
    given: &Given,
    hash: Option<&[u8]>,
    found: Option<&There>,
    known: &Known,
    findings: &mut Findings,
) {
    let Some(hash) = hash else { return };
    let owner = found.map(|there| there.prospect.broker_id).or(given.broker);
    let here = known.by_hash.get(hash).map_or(&[][..], Vec::as_slice);
    if here.iter().any(|there| !there.is_merged() && Some(there.prospect.broker_id) != owner) {
        findings.warnings.push(table.at(row, "mobile", "also_with_another"));
    } else if known.elsewhere.contains(hash) {
        findings.warnings.push(table.at(row, "mobile", "also_elsewhere"));
    }
}

/// Puts what the row gives in place of what is there.
fn fill(after: &mut Prospect, given: &Given, zone: Tz, changes: &mut Vec<FieldChange>) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    put(&mut after.name, given.name.clone(), "name", changes, String::clone);
    let met_at = given.met_at.filter(|when| !when.is(after.met_at, zone)).map(|when| when.at);
    put(&mut after.met_at, met_at, "met_at", changes, |at| at.rfc3339());
    put(&mut after.source, given.source, "source", changes, ToString::to_string);
    put(&mut after.preferred_channel, given.preferred_channel, "preferred_channel", changes, ToString::to_string);
    let outlet = |id: &Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    put(&mut after.outlet_id, given.outlet.map(Some), "outlet", changes, outlet);
    put(&mut after.referrer, given.referrer.clone().map(Some), "referrer", changes, text);
    put(&mut after.experience, given.experience, "experience", changes, ToString::to_string);
    put(&mut after.note, given.note.clone().map(Some), "note", changes, text);
}
