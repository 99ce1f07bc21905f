//! The rows that new prospects become, made outside the transaction that writes them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::row::Given;
use crate::db::schema::{consents, follow_ups, prospects, stage_changes};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::followups::due;
use crate::followups::touch::PreferredChannel;
use crate::keys::Keys;
use crate::people::Caller;
use crate::prospects::create::CONSENT_TEXT;
use crate::prospects::input::NewConsent;
use crate::prospects::kinds::{Experience, Source};
use crate::prospects::stage::Stage;
use crate::prospects::store::{mobile_hash, seal_mobile};
use crate::text::{conduct, fold};

#[derive(Insertable)]
#[diesel(table_name = prospects, treat_none_as_default_value = false)]
struct ProspectRow {
    id: Id,
    branch_id: Id,
    broker_id: Id,
    met_by: Id,
    name: String,
    name_folded: String,
    mobile: Option<Vec<u8>>,
    mobile_hash: Option<Vec<u8>>,
    met_at: At,
    met_on: NaiveDate,
    source: Source,
    preferred_channel: PreferredChannel,
    outlet_id: Option<Id>,
    referrer: Option<String>,
    experience: Experience,
    note: Option<String>,
    stage: Stage,
    stage_at: At,
    version: i32,
    created_at: At,
    updated_at: At,
}

#[derive(Insertable)]
#[diesel(table_name = stage_changes, treat_none_as_default_value = false)]
struct StageRow {
    id: Id,
    prospect_id: Id,
    number: i32,
    to_stage: Stage,
    at: At,
    by_user: Id,
    recorded_at: At,
}

#[derive(Insertable)]
#[diesel(table_name = follow_ups, treat_none_as_default_value = false)]
struct FollowUpRow {
    id: Id,
    prospect_id: Id,
    branch_id: Id,
    broker_id: Id,
    number: i32,
    starts_at: At,
    due_on: NaiveDate,
    created_at: At,
}

#[derive(Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
struct ConsentRow {
    id: Id,
    prospect_id: Id,
    given_at: At,
    purpose: String,
    text_version: &'static str,
    way: &'static str,
    recorded_by: Id,
    recorded_at: At,
}

/// A new prospect's own rows.
struct NewRows {
    prospect: ProspectRow,
    stage: StageRow,
    follow_up: FollowUpRow,
    consent: Option<ConsentRow>,
}

/// What somebody newly imported is noted by.
pub struct Added {
    pub id: Id,
    /// The row in the file.
    pub row: u32,
    pub met_on: NaiveDate,
    /// A note in which the lint finds something.
    pub note: Option<String>,
}

/// New prospects, ready to be written.
#[derive(Default)]
pub struct New {
    rows: Vec<NewRows>,
    pub added: Vec<Added>,
}

/// Whose file it is.
pub struct Of<'a> {
    pub keys: &'a Keys,
    pub caller: &'a Caller,
    pub branch: Id,
    pub zone: Tz,
}

impl Of<'_> {
    /// Who is named as the author: whoever imports, the broker where a command does.
    pub fn author(&self, broker: Id) -> Id {
        self.caller.user.as_ref().map_or(broker, |user| user.id)
    }
}

impl New {
    /// Makes the rows of somebody new.
    ///
    /// # Errors
    /// When a number cannot be sealed, or the row lacks what it was checked to have.
    pub fn push(&mut self, of: &Of<'_>, given: Given) -> Result<()> {
        let (Some(name), Some(met_at), Some(broker)) = (given.name, given.met_at, given.broker) else {
            return Err(Error::internal("a row of an import lacks what it was checked to have"));
        };
        let (id, now, met_at) = (Id::new(), of.caller.now, met_at.at);
        let stage = Stage::first(given.mobile.is_some());
        let met_on = met_at.date_in(of.zone);
        let said = given.note.as_deref().is_some_and(|note| !conduct::hits(note).is_empty());
        let note = given.note.clone().filter(|_| said);
        self.added.push(Added { id, row: given.row, met_on, note });
        let prospect = ProspectRow {
            id,
            branch_id: of.branch,
            broker_id: broker,
            met_by: broker,
            name_folded: fold(&name),
            name,
            mobile: given.mobile.as_ref().map(|mobile| seal_mobile(of.keys, mobile)).transpose()?,
            mobile_hash: given.mobile.as_ref().map(|mobile| mobile_hash(of.keys, mobile)),
            met_at,
            met_on,
            // What a file does not say is not made up: the least that can be said of it.
            source: given.source.unwrap_or(Source::Other),
            preferred_channel: given.preferred_channel.unwrap_or(PreferredChannel::Call),
            outlet_id: given.outlet,
            referrer: given.referrer,
            experience: given.experience.unwrap_or(Experience::Unknown),
            note: given.note,
            stage,
            stage_at: met_at,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let by_user = of.author(broker);
        let stage = StageRow {
            id: Id::new(),
            prospect_id: id,
            number: 1,
            to_stage: stage,
            at: met_at,
            by_user: broker,
            recorded_at: now,
        };
        let follow_up = FollowUpRow {
            id: Id::new(),
            prospect_id: id,
            branch_id: of.branch,
            broker_id: broker,
            number: 1,
            starts_at: met_at,
            due_on: due::due_on(met_at.utc(), of.zone),
            created_at: now,
        };
        let consent = given.consent.map(|NewConsent { given_at, purpose }| ConsentRow {
            id: Id::new(),
            prospect_id: id,
            given_at,
            purpose,
            text_version: CONSENT_TEXT,
            way: "spoken",
            recorded_by: by_user,
            recorded_at: now,
        });
        self.rows.push(NewRows { prospect, stage, follow_up, consent });
        Ok(())
    }

    /// The hashes of the numbers among them.
    pub fn hashes(&self) -> Vec<&[u8]> {
        self.rows.iter().filter_map(|row| row.prospect.mobile_hash.as_deref()).collect()
    }

    /// Leaves those with one of these numbers out.
    pub fn leave_out(&mut self, hashes: &[Vec<u8>]) {
        let is_out = |row: &NewRows| row.prospect.mobile_hash.as_ref().is_some_and(|hash| hashes.contains(hash));
        let out: Vec<Id> = self.rows.iter().filter(|row| is_out(row)).map(|row| row.prospect.id).collect();
        self.rows.retain(|row| !is_out(row));
        self.added.retain(|one| !out.contains(&one.id));
    }

    /// Writes them: on SQLite by one prepared statement a table, on PostgreSQL by one statement of many rows.
    ///
    /// # Errors
    /// What the database says.
    pub fn insert(self, conn: &mut Conn) -> Result<()> {
        let (mut people, mut stages, mut follow_ups_of, mut agreed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in self.rows {
            people.push(row.prospect);
            stages.push(row.stage);
            follow_ups_of.push(row.follow_up);
            agreed.extend(row.consent);
        }
        crate::insert_all!(conn, prospects::table, people);
        crate::insert_all!(conn, stage_changes::table, stages);
        crate::insert_all!(conn, follow_ups::table, follow_ups_of);
        crate::insert_all!(conn, consents::table, agreed);
        Ok(())
    }
}
