//! An outlet as it is kept, loaded through the reach of who asks; its fence and its hours on a day.

use chrono::{NaiveDate, NaiveTime, Weekday};
use diesel::prelude::*;

use crate::attendance::hours::{Closure, Hours, Opening, hours_on};
use crate::calendar::workdays::Workdays;
use crate::db::schema::{outlet_closures, outlet_hours, outlets};
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
    /// `head_office` … `sub_office`, or unknown.
    pub tier: Option<String>,
    /// The outlet above it.
    pub parent_id: Option<Id>,
    /// `prospecting` … `ended`.
    pub phase: String,
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

/// The hours of an outlet on a date, by the rule of `attendance::hours`; none: closed.
///
/// # Errors
/// What the database says.
pub fn hours(conn: &mut Conn, outlet: Id, date: NaiveDate, workdays: &Workdays) -> Result<Option<Hours>> {
    let opening = opening(conn, outlet)?;
    let closures: Vec<(NaiveDate, NaiveDate)> = outlet_closures::table
        .filter(outlet_closures::outlet_id.eq(outlet))
        .filter(outlet_closures::from_date.le(date).and(outlet_closures::to_date.ge(date)))
        .select((outlet_closures::from_date, outlet_closures::to_date))
        .load(conn)?;
    let closures: Vec<Closure> = closures.into_iter().map(|(first, last)| Closure { first, last }).collect();
    Ok(hours_on(date, &opening, &closures, workdays.is_workday(date)))
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
    rows.iter()
        .map(|(weekday, from, to)| {
            let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").map_err(Error::internal);
            let weekday = Weekday::try_from((weekday - 1) as u8).map_err(Error::internal)?;
            Ok(Opening { weekday, hours: Hours { from: time(from)?, to: time(to)? } })
        })
        .collect()
}
