//! A prospect as it is kept, loaded through the reach of who asks.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::kinds::{Experience, Source};
use super::stage::Stage;
use crate::db::schema::{consents, outlets, prospects};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::followups::store::ProspectKeys;
use crate::followups::touch::PreferredChannel;
use crate::keys::Keys;
use crate::people::{Caller, CurrentUser, Reach, store as people};
use crate::text::mobile::Mobile;

/// A row of `prospects`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = prospects)]
pub struct Prospect {
    /// Its id.
    pub id: Id,
    /// The branch it belongs to.
    pub branch_id: Id,
    /// Who cares for it.
    pub broker_id: Id,
    /// Who met the person.
    pub met_by: Id,
    /// The person's name.
    pub name: String,
    /// The mobile, sealed.
    pub mobile: Option<Vec<u8>>,
    /// The keyed hash of the mobile.
    pub mobile_hash: Option<Vec<u8>>,
    /// When they met.
    pub met_at: At,
    /// The local date of that.
    pub met_on: NaiveDate,
    /// How they met.
    pub source: Source,
    /// How the person likes to be reached.
    pub preferred_channel: PreferredChannel,
    /// Where they met.
    pub outlet_id: Option<Id>,
    /// Who introduced them.
    pub referrer: Option<String>,
    /// New to the market or not.
    pub experience: Experience,
    /// What else there is to know.
    pub note: Option<String>,
    /// How far they have come.
    pub stage: Stage,
    /// Since when.
    pub stage_at: At,
    /// The stage a lost one had.
    pub stage_before_lost: Option<Stage>,
    /// `active`, `merged` or `erased`.
    pub state: String,
    /// Counts the changes, for `If-Match`.
    pub version: i32,
    /// Since when it is kept here.
    pub created_at: At,
    /// When it was last changed.
    pub updated_at: At,
}

impl Prospect {
    /// What a follow-up repeats of it.
    pub fn keys(&self) -> ProspectKeys {
        ProspectKeys { id: self.id, branch_id: self.branch_id, broker_id: self.broker_id }
    }

    /// The mobile, opened: only towards its own broker, an export, or a reveal on record.
    ///
    /// # Errors
    /// When the key does not fit.
    pub fn mobile(&self, keys: &Keys) -> Result<Option<Mobile>> {
        let Some(sealed) = &self.mobile else { return Ok(None) };
        let e164 = keys.open_text("mobile", sealed)?;
        Mobile::parse(&e164).map(Some).map_err(|error| Error::internal(format!("a kept mobile: {error}")))
    }

    /// Lets only its own broker on.
    ///
    /// # Errors
    /// `Forbidden` for everybody else.
    pub fn must_be_of(&self, user: &CurrentUser) -> Result<()> {
        if self.broker_id == user.id { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// The keyed hash by which a mobile is found again.
pub fn mobile_hash(keys: &Keys, mobile: &Mobile) -> Vec<u8> {
    keys.find(mobile.e164().as_bytes())
}

/// The mobile as it is kept.
///
/// # Errors
/// Only when sealing fails.
pub fn seal_mobile(keys: &Keys, mobile: &Mobile) -> Result<Vec<u8>> {
    keys.seal("mobile", mobile.e164().as_bytes())
}

/// A number as it is shown: as people dial it here, with its country elsewhere; to others than its own broker masked.
pub fn shown(mobile: &Mobile, in_full: bool) -> String {
    let e164 = mobile.e164();
    match (in_full, e164.starts_with("+86")) {
        (false, _) => mobile.masked(),
        (true, true) => mobile.national().to_owned(),
        (true, false) => e164,
    }
}

/// Whether a record of this branch and broker is in reach.
pub fn reaches(reach: Reach, branch: Id, broker: Id) -> bool {
    match reach {
        Reach::All => true,
        Reach::Branch(own) => own == branch,
        Reach::Own { broker: own, .. } => own == broker,
    }
}

/// A prospect in reach, by its id.
///
/// # Errors
/// `NotFound` out of reach and for one merged into another; `Gone` for an erased one.
pub fn find(conn: &mut Conn, reach: Reach, id: Id) -> Result<Prospect> {
    let mut query = prospects::table.filter(prospects::id.eq(id)).select(Prospect::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(prospects::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(prospects::broker_id.eq(broker)),
    }
    let prospect: Prospect = query.first(conn)?;
    match prospect.state.as_str() {
        "active" => Ok(prospect),
        "erased" => Err(Error::Gone),
        _ => Err(Error::not_found()),
    }
}

/// A prospect that the caller is about to change: in reach, the caller's own, and nobody else's turn meanwhile.
///
/// # Errors
/// As `find`; `Forbidden` for who may read it but not write.
pub fn find_own(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Prospect> {
    let user = caller.user()?;
    serialise(conn, id)?;
    let prospect = find(conn, user.reach(), id)?;
    prospect.must_be_of(user)?;
    Ok(prospect)
}

/// The zone in which a prospect's days are judged.
///
/// # Errors
/// What the database says.
pub fn zone(conn: &mut Conn, prospect: &Prospect) -> Result<Tz> {
    Ok(people::branch(conn, prospect.branch_id)?.zone())
}

/// The consent that holds, if one does: the latest that was not withdrawn.
///
/// # Errors
/// What the database says.
pub fn consent(conn: &mut Conn, prospect: Id) -> Result<Option<(At, String)>> {
    Ok(consents::table
        .filter(consents::prospect_id.eq(prospect))
        .filter(consents::withdrawn_at.is_null())
        .order((consents::recorded_at.desc(), consents::id.desc()))
        .select((consents::given_at, consents::purpose))
        .first(conn)
        .optional()?)
}

/// An outlet may be named where it is of the user's own branch.
///
/// # Errors
/// `NotFound` naming `outlet_id`.
pub fn outlet_in_branch(conn: &mut Conn, branch: Id, outlet: Id) -> Result<()> {
    let found: i64 =
        outlets::table.filter(outlets::id.eq(outlet)).filter(outlets::branch_id.eq(branch)).count().get_result(conn)?;
    if found == 0 { Err(Error::NotFound(Some("outlet_id"))) } else { Ok(()) }
}
