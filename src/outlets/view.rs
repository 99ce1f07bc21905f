//! An outlet as the API and the pages show it.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::naming::Tier;
use super::phase::Phase;
use super::record::Outlet;
use crate::db::schema::{banks, branches, outlet_hours};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::Reach;
use crate::place::Datum;

/// An outlet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OutletView {
    /// Its id.
    pub id: Id,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its bank's name.
    pub bank: Option<String>,
    /// Its tier within the bank.
    pub tier: Option<Tier>,
    /// The outlet above it.
    pub parent_id: Option<Id>,
    /// The code of the branch that keeps it.
    pub branch: String,
    /// How far the co-operation has come.
    pub phase: Phase,
    /// Its grade.
    pub grade: Option<String>,
    /// Latitude in `datum`.
    pub lat: Option<f64>,
    /// Longitude in `datum`.
    pub lon: Option<f64>,
    /// The system of `lat`, `lon` and `fence`: always `wgs84`.
    pub datum: Datum,
    /// The place as it was handed in, in its own system.
    pub given: Option<GivenPlace>,
    /// The circle's radius in metres, where there is no polygon.
    pub radius_m: i32,
    /// How many brokers it wants on a day on which it is open.
    #[serde(default = "usual")]
    pub wanted_brokers: i32,
    /// How many people come on a usual day, as counted or told there.
    #[serde(default)]
    pub footfall: Option<i32>,
    /// What the clients won there keep with the brokerage, in fen; null for brokers.
    #[serde(default)]
    pub assets_fen: Option<i64>,
    /// When that was last said.
    #[serde(default)]
    pub assets_at: Option<At>,
    /// The polygon `[[lat, lon], …]`, or null for the circle.
    pub fence: Option<Vec<[f64; 2]>>,
    /// Its address.
    pub address: String,
    /// Its district.
    pub district: String,
    /// Its telephone numbers.
    pub phone: String,
    /// Anything else.
    pub note: String,
    /// When it is open, on its branch's clock; empty: not known.
    pub opening: Vec<OpeningView>,
    /// Counts the changes; the `ETag`.
    pub version: i32,
    /// When it was last changed.
    pub updated_at: At,
    /// Metres to the point of `near`; only there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
}

/// What a view kept from before there was a number has.
fn usual() -> i32 {
    1
}

/// A place in the system it was given in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct GivenPlace {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
    /// The system.
    pub datum: Datum,
}

/// From one time to another on a weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpeningView {
    /// 1 Monday to 7 Sunday.
    pub weekday: i32,
    /// `HH:MM`
    pub from: String,
    /// `HH:MM`
    pub to: String,
}

/// The views of some outlets, in their order: three queries however many there are.
///
/// # Errors
/// What the database says.
pub fn of(conn: &mut Conn, outlets: &[Outlet]) -> Result<Vec<OutletView>> {
    let banks = bank_names(conn, outlets)?;
    let branches: HashMap<Id, String> = branches::table
        .filter(branches::id.eq_any(distinct(outlets.iter().map(|o| o.branch_id))))
        .select((branches::id, branches::code))
        .load::<(Id, String)>(conn)?
        .into_iter()
        .collect();
    let mut hours = opening_of(conn, outlets.iter().map(|o| o.id).collect())?;
    outlets
        .iter()
        .map(|outlet| {
            let bank = outlet.bank_id.and_then(|id| banks.get(&id).cloned());
            let branch = branches.get(&outlet.branch_id).cloned().unwrap_or_default();
            OutletView::new(outlet, bank, branch, hours.remove(&outlet.id).unwrap_or_default())
        })
        .collect()
}

/// The view of one.
///
/// # Errors
/// What the database says.
pub fn of_one(conn: &mut Conn, outlet: &Outlet) -> Result<OutletView> {
    of(conn, std::slice::from_ref(outlet))?.pop().ok_or_else(|| Error::internal("an outlet without a view"))
}

impl OutletView {
    /// Brokers do not learn the assets: of an outlet with one client they would be that client's.
    pub fn keep_from(&mut self, reach: Reach) {
        if let Reach::Own { .. } = reach {
            (self.assets_fen, self.assets_at) = (None, None);
        }
    }
}

fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    ids.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// The names of the banks of some outlets.
///
/// # Errors
/// What the database says.
pub fn bank_names(conn: &mut Conn, outlets: &[Outlet]) -> Result<HashMap<Id, String>> {
    let names: Vec<(Id, String)> = banks::table
        .filter(banks::id.eq_any(distinct(outlets.iter().filter_map(|o| o.bank_id))))
        .select((banks::id, banks::name))
        .load(conn)?;
    Ok(names.into_iter().collect())
}

fn opening_of(conn: &mut Conn, ids: Vec<Id>) -> Result<HashMap<Id, Vec<OpeningView>>> {
    let rows: Vec<(Id, i32, String, String)> = outlet_hours::table
        .filter(outlet_hours::outlet_id.eq_any(ids))
        .order((outlet_hours::outlet_id, outlet_hours::weekday, outlet_hours::opens))
        .load(conn)?;
    let mut hours: HashMap<Id, Vec<OpeningView>> = HashMap::new();
    for (outlet, weekday, from, to) in rows {
        hours.entry(outlet).or_default().push(OpeningView { weekday, from, to });
    }
    Ok(hours)
}

impl OutletView {
    fn new(outlet: &Outlet, bank: Option<String>, branch: String, opening: Vec<OpeningView>) -> Result<OutletView> {
        let fence: Option<Vec<[f64; 2]>> =
            outlet.fence.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
        let given = match (outlet.given_lat, outlet.given_lon) {
            (Some(lat), Some(lon)) => Some(GivenPlace { lat, lon, datum: outlet.datum }),
            _ => None,
        };
        Ok(OutletView {
            id: outlet.id,
            code: outlet.code.clone(),
            name: outlet.name.clone(),
            bank,
            tier: outlet.tier,
            parent_id: outlet.parent_id,
            branch,
            phase: outlet.phase,
            grade: outlet.grade.clone(),
            lat: outlet.lat,
            lon: outlet.lon,
            datum: Datum::Wgs84,
            given,
            radius_m: outlet.radius_m,
            wanted_brokers: outlet.wanted_brokers,
            footfall: outlet.footfall,
            assets_fen: outlet.assets_fen,
            assets_at: outlet.assets_at,
            fence,
            address: outlet.address.clone(),
            district: outlet.district.clone(),
            phone: outlet.phone.clone(),
            note: outlet.note.clone(),
            opening,
            version: outlet.version,
            updated_at: outlet.updated_at,
            distance_m: None,
        })
    }
}
