//! All that is held on a person, put into words for the page.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono_tz::Tz;

use super::history;
use super::pages::say;
use super::person_export::{HeldProspect, PersonExport};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::t;
use crate::templates::audit::did;
use crate::templates::held::{HeldPart, HeldRecord, HeldView};

/// In whose words.
struct Reading {
    lang: Lang,
    zone: Tz,
    names: HashMap<Id, String>,
    /// The branch of each record, where there are several.
    branches: HashMap<Id, String>,
}

/// The page of an export.
///
/// # Errors
/// What the database says.
pub fn view(conn: &mut Conn, lang: Lang, zone: Tz, held: &PersonExport) -> Result<HeldView> {
    let several = held.prospects.len() > 1;
    let branch = |record: &HeldProspect| (record.id, record.branch.name.clone());
    let reading = Reading {
        lang,
        zone,
        names: history::names(conn, people(held))?,
        branches: held.prospects.iter().filter(|_| several).map(branch).collect(),
    };
    let json = serde_json::to_vec_pretty(held).map_err(Error::internal)?;
    let record = |one: &HeldProspect| HeldRecord { branch: one.branch.name.clone(), facts: reading.facts(one) };
    let parts = [
        reading.consents(held),
        reading.touches(held),
        reading.touch_changes(held),
        reading.stages(held),
        reading.follow_ups(held),
        reading.changes(held),
        reading.audit(held),
    ];
    Ok(HeldView {
        at: reading.at(held.exported_at),
        records: held.prospects.iter().map(record).collect(),
        parts: parts.into_iter().filter(|part| !part.rows.is_empty()).collect(),
        mails: held.mails.len(),
        file: format!("person-{}.json", held.request_id),
        json: format!("data:application/json;base64,{}", STANDARD.encode(json)),
    })
}

/// Whoever had to do with it.
fn people(held: &PersonExport) -> Vec<Id> {
    let mut all: Vec<Id> = held.consents.iter().map(|one| one.recorded_by).collect();
    all.extend(held.touches.iter().map(|one| one.by_user));
    all.extend(held.touch_changes.iter().map(|one| one.by_user));
    all.extend(held.stages.iter().map(|one| one.by_user));
    all.extend(held.follow_ups.iter().flat_map(|one| [Some(one.broker_id), one.waived_by]).flatten());
    all.extend(held.changes.iter().map(|one| one.by_user));
    all.extend(held.audit.iter().filter_map(|one| one.actor_id));
    all
}

impl Reading {
    fn at(&self, at: At) -> String {
        at.minute_in(self.zone)
    }

    fn maybe(&self, at: Option<At>) -> String {
        at.map(|at| self.at(at)).unwrap_or_default()
    }

    fn name(&self, id: Id) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    /// A word that has a text; any other as it is.
    fn word(&self, of: &str, word: &str) -> String {
        let key = format!("{of}-{}", word.replace('_', "-"));
        if self.lang.has(&key) { t!(self.lang, &key) } else { word.to_owned() }
    }

    fn facts(&self, one: &HeldProspect) -> Vec<(String, String)> {
        let (lang, said) = (self.lang, |of: &str, word: &str| say::word(self.lang, of, word));
        let all = [
            ("prospect-name", Some(one.name.clone())),
            ("prospect-mobile", one.mobile.clone()),
            ("prospect-met-at", Some(self.at(one.met_at))),
            ("held-met-by", Some(one.met_by.name.clone())),
            ("prospect-outlet", one.outlet.as_ref().map(|outlet| outlet.name.clone())),
            ("prospect-source", Some(said("source", one.source.as_str()))),
            ("prospect-referrer", one.referrer.clone()),
            ("held-channel", Some(said("channel", one.preferred_channel.as_str()))),
            ("prospect-experience", Some(said("experience", one.experience.as_str()))),
            ("prospect-note", one.note.clone()),
            ("prospect-stage", Some(format!("{} · {}", say::stage(lang, one.stage), self.at(one.stage_at)))),
            ("prospect-broker", Some(one.broker.name.clone())),
            ("held-state", Some(self.word("held-state", &one.state))),
            ("held-created", Some(self.at(one.created_at))),
            ("held-updated", Some(self.at(one.updated_at))),
            ("data-prospect", Some(one.id.to_string())),
        ];
        all.into_iter().filter_map(|(key, value)| Some((t!(lang, key), value?))).collect()
    }

    /// A part: its columns after the branch, which stands first where there are several records; each row with the record it is of.
    fn part(&self, title: &str, heads: &[&str], rows: impl Iterator<Item = (Option<Id>, Vec<String>)>) -> HeldPart {
        let several = !self.branches.is_empty();
        let branch = several.then_some("held-branch");
        let of = |id: Option<Id>| id.and_then(|id| self.branches.get(&id).cloned()).unwrap_or_default();
        HeldPart {
            title: t!(self.lang, title),
            heads: branch.iter().chain(heads).map(|key| t!(self.lang, key)).collect(),
            rows: rows.map(|(id, cells)| several.then(|| of(id)).into_iter().chain(cells).collect()).collect(),
        }
    }

    fn consents(&self, held: &PersonExport) -> HeldPart {
        let heads = ["held-given", "held-purpose", "held-text", "held-way", "held-by", "held-withdrawn"];
        let rows = held.consents.iter().map(|one| {
            let (text, way) = (one.text_version.clone(), self.word("held-way", &one.way));
            let (by, withdrawn) = (self.name(one.recorded_by), self.maybe(one.withdrawn_at));
            (Some(one.prospect_id), vec![self.at(one.given_at), one.purpose.clone(), text, way, by, withdrawn])
        });
        self.part("held-consents", &heads, rows)
    }

    fn touches(&self, held: &PersonExport) -> HeldPart {
        let heads = ["held-at", "held-channel", "held-outcome", "prospect-note", "held-by", "held-withdrawn"];
        let rows = held.touches.iter().map(|one| {
            let channel = say::word(self.lang, "channel", one.channel.as_str());
            let outcome = say::word(self.lang, "outcome", one.outcome.as_str());
            let note = one.note.clone().unwrap_or_default();
            let (by, withdrawn) = (self.name(one.by_user), self.maybe(one.withdrawn_at));
            (Some(one.prospect_id), vec![self.at(one.at), channel, outcome, note, by, withdrawn])
        });
        self.part("held-touches", &heads, rows)
    }

    fn touch_changes(&self, held: &PersonExport) -> HeldPart {
        let heads = ["held-changed-at", "held-by", "held-at", "held-channel", "held-outcome", "prospect-note"];
        let of: HashMap<Id, Id> = held.touches.iter().map(|touch| (touch.id, touch.prospect_id)).collect();
        let rows = held.touch_changes.iter().map(|one| {
            let channel = say::word(self.lang, "channel", one.channel.as_str());
            let outcome = say::word(self.lang, "outcome", one.outcome.as_str());
            let (by, was) = (self.name(one.by_user), self.at(one.touched_at));
            let note = one.note.clone().unwrap_or_default();
            (of.get(&one.touch_id).copied(), vec![self.at(one.at), by, was, channel, outcome, note])
        });
        self.part("held-touch-changes", &heads, rows)
    }

    fn stages(&self, held: &PersonExport) -> HeldPart {
        let heads = ["held-at", "prospect-stage", "prospect-reason", "held-by"];
        let rows = held.stages.iter().map(|one| {
            let to = say::stage(self.lang, one.to_stage);
            let moved = one.from_stage.map_or(to.clone(), |from| format!("{} → {to}", say::stage(self.lang, from)));
            let reason = one.reason.clone().unwrap_or_default();
            (Some(one.prospect_id), vec![self.at(one.at), moved, reason, self.name(one.by_user)])
        });
        self.part("held-stages", &heads, rows)
    }

    fn follow_ups(&self, held: &PersonExport) -> HeldPart {
        let heads = ["held-begun", "held-due", "held-kept", "held-waived", "prospect-reason", "prospect-broker"];
        let rows = held.follow_ups.iter().map(|one| {
            let (kept, waived) = (self.maybe(one.kept_at), self.maybe(one.waived_at));
            let reason = one.waived_reason.clone().unwrap_or_default();
            let cells =
                vec![self.at(one.starts_at), one.due_on.to_string(), kept, waived, reason, self.name(one.broker_id)];
            (Some(one.prospect_id), cells)
        });
        self.part("held-follow-ups", &heads, rows)
    }

    fn changes(&self, held: &PersonExport) -> HeldPart {
        let heads = ["held-at", "held-what", "held-old", "held-new", "prospect-reason", "held-by"];
        let rows = held.changes.iter().map(|one| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let what = self.word("prospect-changed", &one.field);
            let (old, new) = (text(&one.old), text(&one.new));
            (Some(one.prospect_id), vec![self.at(one.at), what, old, new, text(&one.reason), self.name(one.by_user)])
        });
        self.part("held-changes", &heads, rows)
    }

    fn audit(&self, held: &PersonExport) -> HeldPart {
        let heads = ["held-at", "held-what", "held-by"];
        let of = |one: &super::person_export::HeldAudit| one.subject_id.filter(|id| self.branches.contains_key(id));
        let rows = held.audit.iter().map(|one| {
            let by = one.actor_id.map_or_else(|| t!(self.lang, "audit-program"), |id| self.name(id));
            (of(one), vec![self.at(one.at), did(self.lang, &one.action), by])
        });
        self.part("held-audit", &heads, rows)
    }
}
