//! A broker's own results: the own funnel, the share contacted in time, the attendance, each beside the middle of the branch's brokers.

use std::collections::HashMap;

use chrono::{Months, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::contact::Quality;
use super::quality::{self, Scope};
use crate::attendance::filter::date;
use crate::attendance::roll::{RollShift, attend};
use crate::attendance::status::Status;
use crate::calendar::months::first_day;
use crate::db::schema::shifts;
use crate::db::{At, Conn, Id};
use crate::error::{Faults, FieldError, Result};
use crate::followups::lists::Days;
use crate::funnel::groups::{self, Funnel};
use crate::funnel::query::{Compare, FunnelQuery, GroupBy, Only};
use crate::funnel::stands::Ages;
use crate::funnel::yardstick::{FEWEST_PEOPLE, Yardstick, middle};
use crate::language::Lang;
use crate::people::CurrentUser;

/// The parameters.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MineInput {
    /// From this local date on; the first of the month two months back where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// Until this local date; today where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
}

/// A period, checked.
///
/// # Errors
/// By field: `from`, `to`.
pub fn period(input: &MineInput, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let mut faults = Faults::new();
    let mut day = |field: &str, given: Option<&str>| given.and_then(|given| faults.take(field, date(given)));
    let (from, to) = (day("from", input.from.as_deref()), day("to", input.to.as_deref()));
    let to = to.unwrap_or(today);
    let from = from.unwrap_or_else(|| first_day(to).checked_sub_months(Months::new(2)).unwrap_or(to));
    if from > to {
        faults.push(FieldError::new("to", "from_after_to"));
    }
    faults.check()?;
    Ok((from, to))
}

/// How often somebody was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = MyAttended)]
pub struct Attended {
    /// Shifts that are over.
    pub shifts: u64,
    /// Of those, came and left in time.
    pub on_time: u64,
    /// Of those, did not come.
    pub absent: u64,
    /// `on_time` by `shifts`; null over none.
    pub share: Option<f64>,
}

impl Attended {
    /// Counts one more; what is not over yet is left out.
    pub fn add(&mut self, status: Status) {
        if matches!(status, Status::Upcoming | Status::Open) {
            return;
        }
        self.shifts += 1;
        self.on_time += u64::from(status == Status::OnTime);
        self.absent += u64::from(status == Status::Absent);
        self.share = Some(self.on_time as f64 / self.shifts as f64);
    }
}

/// What a broker achieved.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Mine {
    /// The first local date.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// Of those the broker met in the period and still looks after; `whole` is the branch's.
    pub funnel: Funnel,
    /// The middle of the branch's brokers, step by step; null where there are fewer than 3.
    pub middle: Option<Yardstick>,
    /// How soon they were contacted.
    pub follow_ups: Quality,
    /// The middle of the brokers' shares within three days.
    pub follow_ups_middle: Option<f64>,
    /// How often the broker was there.
    pub attendance: Attended,
    /// The middle of the brokers' shares on time.
    pub attendance_middle: Option<f64>,
}

/// Reads it. For brokers; of colleagues it tells the middle alone.
///
/// # Errors
/// What the database says.
pub fn mine(conn: &mut Conn, user: &CurrentUser, lang: Lang, from: NaiveDate, to: NaiveDate, now: At) -> Result<Mine> {
    let (zone, branch) = (user.zone(), user.own_branch()?.id);
    let today = now.date_in(zone);
    let only = Only { broker: Some(user.id), ..Only::default() };
    let query = FunnelQuery { from, to, group_by: GroupBy::Broker, only, compare: Compare::Before };
    let mut funnel = groups::funnel(conn, user.reach(), lang, &query, Ages::of(today, zone))?;
    let middle_of_funnel = funnel.yardsticks.pop();
    let days = Days::load(conn, user.reach(), now)?;
    let counted = quality::count(conn, Scope { reach: user.reach(), only: Some(user.id) }, &days, from, to)?;
    let attended = attendance(conn, branch, from, to, now)?;
    let enough = attended.values().filter(|one| one.shifts >= FEWEST_PEOPLE);
    Ok(Mine {
        from,
        to,
        funnel,
        middle: middle_of_funnel,
        follow_ups: counted.total,
        follow_ups_middle: counted.middle,
        attendance: attended.get(&user.id).copied().unwrap_or_default(),
        attendance_middle: middle(enough.filter_map(|one| one.share)),
    })
}

/// How often each broker of a branch was there.
fn attendance(conn: &mut Conn, branch: Id, from: NaiveDate, to: NaiveDate, now: At) -> Result<HashMap<Id, Attended>> {
    let planned: Vec<RollShift> = shifts::table
        .filter(shifts::branch_id.eq(branch).and(shifts::date.between(from, to)))
        .select(RollShift::as_select())
        .load(conn)?;
    let mut by_broker: HashMap<Id, Attended> = HashMap::new();
    for row in attend(conn, planned, now)? {
        by_broker.entry(row.shift.broker_id).or_default().add(row.counts().status);
    }
    Ok(by_broker)
}
