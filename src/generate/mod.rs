//! Made-up people and history at a country's size, for benches and trials: pure makers that follow the program's own rules, and a writer in bulk.
//!
//! The same seed, scale and day give the same data on both databases, but for what is sealed (its nonce is random) or hashed with a secret. The history ends
//! with the day before `today`; shifts go on for two weeks. Nothing is kept in memory but the places and people and the last positions of each broker.

mod bulk;
mod days;
mod draw;
mod names;
mod prospects;
mod rows;
mod world;

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Asia::Shanghai;
use diesel::prelude::*;
use serde_json::json;

pub use bulk::{Counts, is_empty, is_half_filled};

use crate::audit::{self, Subject};
use crate::calendar::local::day_start;
use crate::calendar::store::workdays;
use crate::calendar::workdays::Workdays;
use crate::db::schema::users;
use crate::db::{At, Conn};
use crate::error::Result;
use crate::imports::run::{self as imports, Kind, Terms};
use crate::keys::Keys;
use crate::people::{Caller, password};
use crate::place::Datum;
use bulk::Bulk;

/// The password of those who can sign in: `admin`, `head`, the people of branch N001 and the first brokers.
pub const PASSWORD: &str = "national-trial-2026";
/// So many brokers can sign in: `broker00001` and on, of different branches in turn.
pub const KNOWN_BROKERS: usize = 128;
/// So many days ahead people are posted.
const DAYS_AHEAD: u64 = 14;

const CALENDAR: &[u8] = include_bytes!("../../fixtures/calendar-cn-2024-2026.csv");

/// How much, from which seed, up to which day.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// 1 for the whole country.
    pub scale: f64,
    /// Decides every chance.
    pub seed: u64,
    /// The day that has just begun.
    pub today: NaiveDate,
    /// How long a check-in's position is kept; of older ones there is just the verdict, as in a database that has grown.
    pub keep_positions_days: u32,
}

impl Plan {
    fn scaled(&self, whole: f64, least: usize) -> usize {
        ((whole * self.scale).round() as usize).max(least)
    }

    /// How many branches.
    pub fn branches(&self) -> usize {
        self.scaled(400.0, 2)
    }

    /// How many brokers.
    pub fn brokers(&self) -> usize {
        self.scaled(20_000.0, 4)
    }

    /// How many outlets.
    pub fn outlets(&self) -> usize {
        self.scaled(50_000.0, 10)
    }

    /// How many prospects.
    pub fn prospects(&self) -> usize {
        self.scaled(5_000_000.0, 50)
    }

    /// Since when people are met.
    pub fn first_day(&self) -> NaiveDate {
        self.today.checked_sub_months(Months::new(60)).unwrap_or(self.today)
    }

    /// Since when check-ins are kept.
    fn first_checkins(&self) -> NaiveDate {
        self.today.checked_sub_months(Months::new(12)).unwrap_or(self.today)
    }

    /// The first moment that is not history yet.
    fn ends(&self) -> At {
        At::from(day_start(self.today, Shanghai))
    }
}

/// Fills an empty database; none where there is something in it. `tell` hears how far it is, in hundredths.
///
/// # Errors
/// What the database says; then it is only half filled and will not be served.
pub fn fill(conn: &mut Conn, keys: &Keys, plan: &Plan, now: At, tell: impl Fn(usize)) -> Result<Option<Counts>> {
    let Some(mut bulk) = Bulk::begin(conn, now)? else { return Ok(None) };
    let calendar = bulk.with(|conn| calendar(conn, keys, plan, now))?;
    let hash = password::hash_now(PASSWORD)?;
    let world = world::make(plan, &hash, &mut bulk.waiting);
    let mut attendance = days::Attendance::new(plan, &world);
    let last = plan.today + Days::new(DAYS_AHEAD);
    let worked: Vec<NaiveDate> =
        plan.first_day().iter_days().take_while(|day| *day < last).filter(|day| calendar.is_workday(*day)).collect();
    let past = worked.partition_point(|day| *day < plan.today);
    for (number, day) in worked.iter().enumerate() {
        if number < past {
            let (from, to) = (met_before(plan, number, past), met_before(plan, number + 1, past));
            for person in from..to {
                prospects::make(plan, &world, keys, *day, person, &mut bulk.waiting)?;
                bulk.settle()?;
            }
        }
        if *day >= plan.first_checkins() {
            for broker in 0..world.brokers.len() {
                attendance.day(*day, broker, &mut bulk.waiting)?;
                bulk.settle()?;
            }
        }
        tell(100 * (number + 1) / worked.len());
    }
    bulk.with(|conn| {
        let detail = json!({ "scale": plan.scale, "seed": plan.seed, "today": plan.today });
        audit::record(conn, &Caller::program(now), "database.generate", Subject::installation("database"), detail)
    })?;
    bulk.end().map(Some)
}

/// How many people were met before the workday `number` of `days`: a business that grows, from half as many a day to half as many again.
fn met_before(plan: &Plan, number: usize, days: usize) -> usize {
    let (n, days) = (number as u128, days.max(1) as u128);
    // The integral of 1/2 + x from 0 to n/days, over its whole of 1.
    let share = plan.prospects() as u128 * (n * days + n * n);
    usize::try_from(share / (2 * days * days)).unwrap_or(usize::MAX)
}

fn calendar(conn: &mut Conn, keys: &Keys, plan: &Plan, now: At) -> Result<Workdays> {
    let terms = Terms { branch: None, datum: Datum::Wgs84, keys: keys.clone().into(), now, emails: true };
    imports::run(conn, &Caller::program(now), Kind::Calendar, CALENDAR, &terms)?;
    workdays(conn, None, plan.first_day(), plan.today + Days::new(60))
}

/// Role and login of those who can sign in and whom one wants to be shown, a line a role.
///
/// # Errors
/// What the database says.
pub fn logins(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    let shown = ["broker00001", "coordinator-n001-1", "manager-n001", "head", "admin"];
    let mut known: Vec<(String, String)> =
        users::table.filter(users::login.eq_any(shown)).select((users::role, users::login)).load(conn)?;
    known.sort_by_key(|(_, login)| shown.iter().position(|one| one == login));
    Ok(known)
}
