//! What people ask of the rota in the demo: a leave, swaps, a correction; whom an outlet does not want; a spot check. Days are counted from this Monday.

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use chrono_tz::Asia::Shanghai;
use diesel::prelude::*;
use serde::Deserialize;

use super::demo::Filler;
use crate::attendance::corrections::{self, CorrectionInput, NewCorrection};
use crate::attendance::spot_checks::{self, NewSpotCheck, SpotCheckInput};
use crate::calendar::local::at_local;
use crate::db::schema::shifts;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::rota::leave::{self, LeaveInput, NewLeave};
use crate::rota::swaps::{self, NewSwap, SwapInput};
use crate::rota::unwelcome::{self, UnwelcomeInput};

/// All of it.
#[derive(Deserialize)]
pub struct Asked {
    leaves: Vec<LeaveRecord>,
    swaps: Vec<SwapRecord>,
    unwelcome: Vec<UnwelcomeRecord>,
    corrections: Vec<CorrectionRecord>,
    spot_checks: Vec<SpotRecord>,
}

#[derive(Deserialize)]
struct LeaveRecord {
    broker: String,
    from: i64,
    to: i64,
    kind: String,
    reason: String,
}

#[derive(Deserialize)]
struct SwapRecord {
    from: String,
    to: String,
    day: i64,
    taken: bool,
    reason: String,
}

#[derive(Deserialize)]
struct UnwelcomeRecord {
    by: String,
    outlet: String,
    broker: String,
    reason: String,
}

#[derive(Deserialize)]
struct CorrectionRecord {
    broker: String,
    day: i64,
    left: String,
    reason: String,
}

#[derive(Deserialize)]
struct SpotRecord {
    by: String,
    broker: String,
    outlet: String,
    day: i64,
    at: String,
    badge: bool,
    note: String,
}

impl Filler<'_> {
    /// Everything that is asked for, by the verbs.
    ///
    /// # Errors
    /// What a verb says.
    pub(super) fn asked(&self, conn: &mut Conn, asked: &Asked) -> Result<()> {
        for record in &asked.leaves {
            let caller = self.as_user(&record.broker, self.now)?;
            let new = NewLeave::parse(&LeaveInput {
                id: Some(Id::new()),
                broker_id: None,
                from: Some(self.day(record.from).to_string()),
                to: Some(self.day(record.to).to_string()),
                kind: Some(record.kind.clone()),
                reason: Some(record.reason.clone()),
            })?;
            leave::ask(conn, self.keys, &caller, &new)?;
        }
        for record in &asked.swaps {
            self.swap(conn, record)?;
        }
        for record in &asked.unwelcome {
            let outlet = self.place(&record.outlet)?.0;
            let input = UnwelcomeInput {
                id: Id::new().to_string(),
                broker_id: self.id_of(&record.broker)?.to_string(),
                reason: record.reason.clone(),
                ..UnwelcomeInput::default()
            };
            unwelcome::add(conn, self.post, &self.as_user(&record.by, self.now)?, outlet, &input)?;
        }
        for record in &asked.corrections {
            let new = NewCorrection::parse(&CorrectionInput {
                id: Some(Id::new()),
                shift_id: Some(self.shift_of(conn, &record.broker, record.day)?),
                in_at: None,
                out_at: Some(self.at(record.day, &record.left)?.rfc3339()),
                reason: Some(record.reason.clone()),
            })?;
            corrections::ask(conn, self.keys, &self.as_user(&record.broker, self.now)?, &new)?;
        }
        for record in &asked.spot_checks {
            let new = NewSpotCheck::parse(&SpotCheckInput {
                id: Some(Id::new()),
                broker_id: Some(self.id_of(&record.broker)?),
                outlet_id: Some(self.place(&record.outlet)?.0),
                at: Some(self.at(record.day, &record.at)?.rfc3339()),
                present: Some(true),
                dress_ok: Some(true),
                badge_ok: Some(record.badge),
                note: Some(record.note.clone()),
            })?;
            spot_checks::record(conn, self.keys, &self.as_user(&record.by, self.now)?, &new)?;
        }
        Ok(())
    }

    fn swap(&self, conn: &mut Conn, record: &SwapRecord) -> Result<()> {
        let new = NewSwap::parse(&SwapInput {
            id: Some(Id::new()),
            shift_id: Some(self.shift_of(conn, &record.from, record.day)?),
            to_broker_id: None,
            other_shift_id: Some(self.shift_of(conn, &record.to, record.day)?),
            reason: Some(record.reason.clone()),
        })?;
        let swap = swaps::offer(conn, self.post, &self.as_user(&record.from, self.now)?, &new)?.body;
        if record.taken {
            swaps::reply(conn, self.post, &self.as_user(&record.to, self.now)?, swap.id, true)?;
        }
        Ok(())
    }

    fn day(&self, from_monday: i64) -> NaiveDate {
        let today = self.now.date_in(Shanghai);
        today + Duration::days(from_monday - i64::from(today.weekday().num_days_from_monday()))
    }

    fn at(&self, day: i64, clock: &str) -> Result<At> {
        let time = NaiveTime::parse_from_str(clock, "%H:%M").map_err(Error::internal)?;
        Ok(At::from(at_local(self.day(day), time, Shanghai)))
    }

    fn id_of(&self, login: &str) -> Result<Id> {
        Ok(self.as_user(login, self.now)?.user()?.id)
    }

    fn shift_of(&self, conn: &mut Conn, login: &str, day: i64) -> Result<Id> {
        let of_day = shifts::broker_id.eq(self.id_of(login)?).and(shifts::date.eq(self.day(day)));
        Ok(shifts::table.filter(of_day).select(shifts::id).first(conn)?)
    }
}
