//! A prospect as it is answered: one shape for the page and the API, the mobile in full for its own broker only.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::duplicates::{self, Duplicates};
use super::history::{self, History};
use super::input::NewProspect;
use super::kinds::{Experience, Source};
use super::stage::Stage;
use super::store::{Prospect, shown};
use crate::calendar::local::zone_named;
use crate::db::schema::{branches, consents, follow_ups};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::State;
use crate::followups::store::{self as followups, FollowUp};
use crate::followups::touch::PreferredChannel;
use crate::keys::Keys;
use crate::people::{Caller, CurrentUser};

/// The current follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowUpView {
    /// Its id.
    pub id: Id,
    /// The last day to contact the person, in the branch's zone.
    pub due_on: NaiveDate,
    /// What has become of it.
    pub state: State,
}

impl FollowUpView {
    /// As of a moment.
    pub fn of(follow_up: &FollowUp, now: At, zone: Tz) -> FollowUpView {
        FollowUpView { id: follow_up.id, due_on: follow_up.due_on, state: follow_up.state(now, zone) }
    }
}

/// The consent that holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentView {
    /// When it was given.
    pub given_at: At,
    /// What for.
    pub purpose: String,
}

/// A prospect in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProspectItem {
    /// Its id.
    pub id: Id,
    /// The person's name.
    pub name: String,
    /// When they met.
    pub met_at: At,
    /// How they met.
    pub source: Source,
    /// How the person likes to be reached.
    pub preferred_channel: PreferredChannel,
    /// In full towards its own broker, `138****5678` towards others.
    pub mobile: Option<String>,
    /// Where they met.
    pub outlet_id: Option<Id>,
    /// Who introduced them.
    pub referrer: Option<String>,
    /// New to the market or not.
    pub experience: Experience,
    /// The consent that holds.
    pub consent: Option<ConsentView>,
    /// What else there is to know.
    pub note: Option<String>,
    /// Who cares for it.
    pub broker_id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// How far they have come.
    pub stage: Stage,
    /// Since when.
    pub stage_at: At,
    /// The current follow-up.
    pub follow_up: FollowUpView,
    /// Counts the changes; the `ETag` holds it.
    pub version: i32,
    /// Since when it is kept here.
    pub created_at: At,
    /// When it was last changed.
    pub updated_at: At,
}

/// A prospect by itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProspectView {
    /// The prospect.
    #[serde(flatten)]
    pub item: ProspectItem,
    /// Others in reach with the same mobile.
    pub possible_duplicates: Vec<Id>,
    /// Whether one out of reach has it.
    pub duplicate_elsewhere: bool,
}

/// A prospect with all that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProspectFile {
    /// The prospect.
    #[serde(flatten)]
    pub view: ProspectView,
    /// Touches, stages and changes.
    pub history: History,
}

/// The items of rows, in their order; a handful of queries however many there are.
///
/// # Errors
/// What the database says.
pub fn items(
    conn: &mut Conn,
    keys: &Keys,
    user: &CurrentUser,
    now: At,
    rows: &[Prospect],
) -> Result<Vec<ProspectItem>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    // In order, so that of several the last, the current one, stays in the map.
    let current: HashMap<Id, FollowUp> = follow_ups::table
        .filter(follow_ups::prospect_id.eq_any(&ids))
        .order(follow_ups::number)
        .select(FollowUp::as_select())
        .load(conn)?
        .into_iter()
        .map(|one: FollowUp| (one.prospect_id, one))
        .collect();
    let consents: HashMap<Id, ConsentView> = consents::table
        .filter(consents::prospect_id.eq_any(&ids))
        .filter(consents::withdrawn_at.is_null())
        .order((consents::recorded_at, consents::id))
        .select((consents::prospect_id, consents::given_at, consents::purpose))
        .load::<(Id, At, String)>(conn)?
        .into_iter()
        .map(|(of, given_at, purpose)| (of, ConsentView { given_at, purpose }))
        .collect();
    let zones = zones(conn, rows)?;
    rows.iter()
        .map(|row| {
            let zone = zones.get(&row.branch_id).copied().unwrap_or(chrono_tz::Asia::Shanghai);
            let follow_up = current.get(&row.id).ok_or_else(|| crate::error::Error::internal("no follow-up"))?;
            let own = row.broker_id == user.id;
            Ok(ProspectItem {
                id: row.id,
                name: row.name.clone(),
                met_at: row.met_at,
                source: row.source,
                preferred_channel: row.preferred_channel,
                mobile: row.mobile(keys)?.map(|mobile| shown(&mobile, own)),
                outlet_id: row.outlet_id,
                referrer: row.referrer.clone(),
                experience: row.experience,
                consent: consents.get(&row.id).cloned(),
                note: row.note.clone(),
                broker_id: row.broker_id,
                branch_id: row.branch_id,
                stage: row.stage,
                stage_at: row.stage_at,
                follow_up: FollowUpView::of(follow_up, now, zone),
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
            })
        })
        .collect()
}

fn zones(conn: &mut Conn, rows: &[Prospect]) -> Result<HashMap<Id, Tz>> {
    let mut ids: Vec<Id> = rows.iter().map(|row| row.branch_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let named: Vec<(Id, String)> =
        branches::table.filter(branches::id.eq_any(&ids)).select((branches::id, branches::time_zone)).load(conn)?;
    Ok(named.into_iter().map(|(id, zone)| (id, zone_named(&zone))).collect())
}

/// One prospect, with what is known of duplicates.
///
/// # Errors
/// What the database says.
pub fn view(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    row: &Prospect,
    duplicates: Duplicates,
) -> Result<ProspectView> {
    let user = caller.user()?;
    let mut items = items(conn, keys, user, caller.now, std::slice::from_ref(row))?;
    let item = items.pop().ok_or_else(|| crate::error::Error::internal("a row without its item"))?;
    Ok(ProspectView {
        item,
        possible_duplicates: duplicates.in_reach,
        duplicate_elsewhere: !duplicates.elsewhere.is_empty(),
    })
}

/// One just taken in by its broker, as `view` would read it again.
pub fn of_new(
    new: &NewProspect,
    (broker, branch): (Id, Id),
    follow_up: FollowUpView,
    now: At,
    duplicates: Duplicates,
) -> ProspectView {
    let consent = new.consent.as_ref();
    ProspectView {
        item: ProspectItem {
            id: new.id,
            name: new.name.clone(),
            met_at: new.met_at,
            source: new.source,
            preferred_channel: new.preferred_channel,
            mobile: new.mobile.as_ref().map(|mobile| shown(mobile, true)),
            outlet_id: new.outlet_id,
            referrer: new.referrer.clone(),
            experience: new.experience,
            consent: consent.map(|c| ConsentView { given_at: c.given_at, purpose: c.purpose.clone() }),
            note: new.note.clone(),
            broker_id: broker,
            branch_id: branch,
            stage: Stage::first(new.mobile.is_some()),
            stage_at: new.met_at,
            follow_up,
            version: 1,
            created_at: now,
            updated_at: now,
        },
        possible_duplicates: duplicates.in_reach,
        duplicate_elsewhere: !duplicates.elsewhere.is_empty(),
    }
}

/// One prospect as it stands, by id.
///
/// # Errors
/// As `store::find`.
pub fn file(conn: &mut Conn, keys: &Keys, caller: &Caller, id: Id) -> Result<ProspectFile> {
    let reach = caller.user()?.reach();
    let row = super::store::find(conn, reach, id)?;
    let duplicates = duplicates::find(conn, reach, row.mobile_hash.as_deref(), Some(id))?;
    let view = view(conn, keys, caller, &row, duplicates)?;
    Ok(ProspectFile { view, history: history::of(conn, id)? })
}

/// What a touch changes: the stage and the follow-up.
///
/// # Errors
/// What the database says.
pub fn standing(conn: &mut Conn, now: At, zone: Tz, prospect: Id) -> Result<FollowUpView> {
    Ok(FollowUpView::of(&followups::current(conn, prospect)?, now, zone))
}
