//! An outlet as it is kept, loaded through the reach of who asks; its fence and its weekly hours.

use chrono::{NaiveTime, Weekday};
use diesel::prelude::*;

use super::naming::Tier;
use super::phase::Phase;
use crate::attendance::hours::{Hours, Opening};
use crate::db::schema::{outlet_hours, outlets};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::Reach;
use crate::place::{Datum, Fence, Point, Ring};

/// A row of `outlets`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outlets)]
pub struct Outlet {
    /// Its id.
    pub id: Id,
    /// Its code, unique in the installation.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The branch that keeps it.
    pub branch_id: Id,
    /// Its bank.
    pub bank_id: Option<Id>,
    /// How high it stands, where that is known.
    pub tier: Option<Tier>,
    /// The outlet above it.
    pub parent_id: Option<Id>,
    /// How far the co-operation has come.
    pub phase: Phase,
    /// Its grade.
    pub grade: Option<String>,
    /// WGS-84.
    pub lat: Option<f64>,
    /// WGS-84.
    pub lon: Option<f64>,
    /// The system in which the place was given.
    pub datum: Datum,
    /// As given, in `datum`.
    pub given_lat: Option<f64>,
    /// As given, in `datum`.
    pub given_lon: Option<f64>,
    /// The circle's radius in metres.
    pub radius_m: i32,
    /// How many brokers it wants on a day on which it is open.
    pub wanted_brokers: i32,
    /// How many people come on a usual day.
    pub footfall: Option<i32>,
    /// What the clients won there keep with the brokerage, in fen.
    pub assets_fen: Option<i64>,
    /// When that was last said.
    pub assets_at: Option<At>,
    /// The polygon as JSON `[[lat, lon], …]` in WGS-84; none: the circle.
    pub fence: Option<String>,
    /// Its address.
    pub address: String,
    /// Its district.
    pub district: String,
    /// Its telephone numbers.
    pub phone: String,
    /// Anything else.
    pub note: String,
    /// Counts the changes, for `If-Match`.
    pub version: i32,
    /// When it was last changed.
    pub updated_at: At,
}

impl Outlet {
    /// Its point, if its place is known.
    pub fn point(&self) -> Option<Point> {
        Some(Point::new(self.lat?, self.lon?))
    }

    /// Its polygon, if it has one.
    ///
    /// # Errors
    /// When what is kept is none.
    pub fn ring(&self) -> Result<Option<Ring>> {
        self.fence.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)
    }

    /// The polygon, else the circle around its point, else nothing.
    ///
    /// # Errors
    /// When the kept polygon is none.
    pub fn fence(&self) -> Result<Option<Fence>> {
        Ok(Fence::of_outlet(self.ring()?, self.point(), f64::from(self.radius_m)))
    }
}

/// An outlet within reach; brokers reach those of their branch.
///
/// # Errors
/// `NotFound` out of reach.
pub fn find(conn: &mut Conn, reach: Reach, id: Id) -> Result<Outlet> {
    let mut query = outlets::table.filter(outlets::id.eq(id)).select(Outlet::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(outlets::branch_id.eq(branch)),
    }
    Ok(query.first(conn)?)
}

/// The weekly opening hours, by weekday and start.
///
/// # Errors
/// What the database says.
pub fn opening(conn: &mut Conn, outlet: Id) -> Result<Vec<Opening>> {
    let rows: Vec<(i32, String, String)> = outlet_hours::table
        .filter(outlet_hours::outlet_id.eq(outlet))
        .order((outlet_hours::weekday, outlet_hours::opens))
        .select((outlet_hours::weekday, outlet_hours::opens, outlet_hours::closes))
        .load(conn)?;
    rows.iter().map(|(weekday, from, to)| opening_of(*weekday, from, to)).collect()
}

/// An interval as its row has it.
///
/// # Errors
/// When what is kept is none.
pub fn opening_of(weekday: i32, opens: &str, closes: &str) -> Result<Opening> {
    let weekday = Weekday::try_from((weekday - 1) as u8).map_err(Error::internal)?;
    Ok(Opening { weekday, hours: hours_of(opens, closes)? })
}

/// From and to as a row has them: `HH:MM`.
///
/// # Errors
/// When what is kept is none.
pub fn hours_of(opens: &str, closes: &str) -> Result<Hours> {
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").map_err(Error::internal);
    Ok(Hours { from: time(opens)?, to: time(closes)? })
}
