//! What Now shows of a branch's day: every shift with its check-ins, and what wants a look.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::checkin::Kind;
use super::records::Review;
use super::roll::{self, Came, SEEN, Seen, gather};
use super::roll_view::clock;
use super::status::ShiftFacts;
use super::whereabouts::Whereabouts;
use super::{Flag, Verdict};
use crate::calendar::local;
use crate::db::schema::{checkins, outlets, shifts, users};
use crate::db::{At, Conn, Id, word};
use crate::error::{Error, Result};
use crate::people::store::{self, Branch};
use crate::people::{CurrentUser, Reach, Role};
use crate::templates::attendance::{self as view, Look, NowView, OutletMark, PersonRow};

/// How many check-ins to look at one page shows.
const LOOKS: i64 = 50;

/// The branches somebody may look at, and the one meant.
#[derive(Debug)]
pub struct Choice {
    /// All within reach, by code.
    pub all: Vec<Branch>,
    /// The one asked for, else the first.
    pub chosen: Branch,
    /// Whether they may write for it.
    pub writes: bool,
}

/// The branch of a code within reach; without one the first.
///
/// # Errors
/// `NotFound` out of reach.
pub fn choose(conn: &mut Conn, user: &CurrentUser, code: Option<&str>) -> Result<Choice> {
    let all = match (user.reach(), &user.branch) {
        // Their session has brought it along.
        (Reach::Branch(_) | Reach::Own { .. }, Some(own)) => vec![own.clone()],
        (reach, _) => store::branches_in_reach(conn, reach)?,
    };
    let chosen = match code {
        Some(code) => all.iter().find(|b| b.code == code),
        None => all.first(),
    };
    let chosen = chosen.cloned().ok_or_else(Error::not_found)?;
    let own = user.branch.as_ref().is_some_and(|b| b.id == chosen.id);
    let writes = own && matches!(user.role, Role::Coordinator | Role::Manager);
    Ok(Choice { all, chosen, writes })
}

/// The branches as a page offers them.
pub fn offered(all: &[Branch]) -> Vec<view::Branch> {
    all.iter().map(named).collect()
}

/// A branch as a page names it.
pub fn named(branch: &Branch) -> view::Branch {
    view::Branch { code: branch.code.clone(), name: branch.name.clone() }
}

/// Reads a branch's day, and which branch it is; `date` none: today.
///
/// # Errors
/// `NotFound` for a branch out of reach.
pub fn load(
    conn: &mut Conn,
    user: &CurrentUser,
    code: Option<&str>,
    date: Option<NaiveDate>,
    now: At,
) -> Result<(Id, NowView)> {
    let choice = choose(conn, user, code)?;
    let (branch, zone) = (choice.chosen.id, choice.chosen.zone());
    let today = now.date_in(zone);
    let date = date.unwrap_or(today);
    let arrivals = arrivals(conn, branch, date)?;
    let shifts = shifts_of(conn, branch, date)?;
    let day = Day { branch: &choice.chosen, date, zone, now };
    let mut people: Vec<(PersonRow, Option<(f64, f64)>)> =
        shifts.into_iter().map(|shift| person(shift, &arrivals, &day)).collect();
    people.sort_by(|(a, _), (b, _)| {
        (a.stands.rank(), &a.outlet, a.starts, &a.broker).cmp(&(b.stands.rank(), &b.outlet, b.starts, &b.broker))
    });
    let (to_look, waiting) = to_look(conn, branch, zone)?;
    let view = NowView {
        date,
        now: clock(now, zone),
        is_today: date == today,
        branches: offered(&choice.all),
        branch: named(&choice.chosen),
        writes: choice.writes,
        to_look,
        waiting,
        marks: marks(&people),
        people: people.into_iter().map(|(row, _)| row).collect(),
    };
    Ok((branch, view))
}

/// The outlets of the day with the worst of their shifts; the rows come in that order.
fn marks(people: &[(PersonRow, Option<(f64, f64)>)]) -> Vec<OutletMark> {
    let mut seen = std::collections::HashSet::new();
    let mut marks = Vec::new();
    for (row, point) in people {
        if let Some((lat, lon)) = *point
            && seen.insert(&row.href)
        {
            marks.push(OutletMark { lat, lon, name: row.outlet.clone(), href: row.href.clone(), stands: row.stands });
        }
    }
    marks
}

/// The check-ins of the day, gathered as the roll gathers them.
fn arrivals(conn: &mut Conn, branch: Id, date: NaiveDate) -> Result<HashMap<roll::Place, Seen>> {
    let of_the_day = checkins::branch_id.eq(branch).and(checkins::date.eq(date));
    Ok(gather(checkins::table.filter(of_the_day).select(SEEN).load(conn)?))
}

type ShiftRow = (Id, Id, At, At, String, (Id, String, Option<f64>, Option<f64>));

fn shifts_of(conn: &mut Conn, branch: Id, date: NaiveDate) -> Result<Vec<ShiftRow>> {
    Ok(shifts::table
        .inner_join(outlets::table)
        .inner_join(users::table)
        .filter(shifts::branch_id.eq(branch).and(shifts::date.eq(date)))
        .select((
            shifts::id,
            shifts::broker_id,
            shifts::starts_at,
            shifts::ends_at,
            users::name,
            (outlets::id, outlets::name, outlets::lat, outlets::lon),
        ))
        .load(conn)?)
}

/// What the day is judged by.
struct Day<'a> {
    branch: &'a Branch,
    date: NaiveDate,
    zone: Tz,
    now: At,
}

fn person(
    (shift, broker, starts_at, ends_at, name, (outlet, outlet_name, lat, lon)): ShiftRow,
    arrivals: &HashMap<roll::Place, Seen>,
    &Day { branch, date, zone, now }: &Day<'_>,
) -> (PersonRow, Option<(f64, f64)>) {
    let Seen { came, left } = arrivals.get(&(broker, date, outlet)).copied().unwrap_or_default();
    // One that a person accepted counts as on site.
    let verdict = |came: Came| if came.review == Some(Review::Accepted) { Verdict::OnSite } else { came.verdict };
    let facts = ShiftFacts {
        starts_at: starts_at.utc(),
        ends_at: ends_at.utc(),
        day_ends_at: local::day_end(date, zone),
        in_at: came.map(|came| came.at.utc()),
        out_at: left.map(At::utc),
    };
    let clock = |at: At| clock(at, zone);
    let row = PersonRow {
        broker: name,
        outlet: outlet_name,
        href: format!("/outlets/{outlet}"),
        starts: clock(starts_at),
        ends: clock(ends_at),
        came: came.map(|came| clock(came.at)),
        left: left.map(clock),
        stands: Whereabouts::of(&facts, came.map(verdict), i64::from(branch.grace_minutes), now.utc()),
        row: format!("/attendance/{shift}"),
    };
    (row, lat.zip(lon))
}

type LookRow = (
    (Id, NaiveDate, At, Kind, Verdict, Option<f64>, Option<f64>, String, Option<String>),
    (Option<String>, Option<String>),
    String,
    Option<(String, i32, Option<String>)>,
);

/// The latest check-ins that wait for an answer, and how many wait in all.
fn to_look(conn: &mut Conn, branch: Id, zone: Tz) -> Result<(Vec<Look>, i64)> {
    let waiting = checkins::branch_id.eq(branch).and(checkins::review.eq(word("waiting").nullable()));
    let count = checkins::table.filter(waiting.clone()).count().get_result(conn)?;
    let rows: Vec<LookRow> = checkins::table
        .inner_join(users::table)
        .left_join(outlets::table)
        .filter(waiting)
        .order((checkins::at.desc(), checkins::id.desc()))
        .limit(LOOKS)
        .select((
            (
                checkins::id,
                checkins::date,
                checkins::at,
                checkins::kind,
                checkins::verdict,
                checkins::distance_m,
                checkins::accuracy_m,
                checkins::flags,
                checkins::reason,
            ),
            (checkins::review_note, checkins::answer),
            users::name,
            (outlets::name, outlets::radius_m, outlets::fence).nullable(),
        ))
        .load(conn)?;
    Ok((rows.into_iter().map(|row| look(row, zone)).collect(), count))
}

fn look(row: LookRow, zone: Tz) -> Look {
    let ((id, date, at, kind, verdict, distance_m, accuracy_m, flags, reason), (question, answer), broker, outlet) =
        row;
    Look {
        id: id.to_string(),
        broker,
        date,
        at: clock(at, zone),
        came: kind == Kind::In,
        verdict,
        distance_m,
        accuracy_m,
        radius_m: outlet.as_ref().filter(|(.., fence)| fence.is_none()).map(|(_, radius, _)| *radius),
        outlet: outlet.map(|(name, ..)| name),
        flags: Flag::all(&flags),
        reason,
        answered: answer.map(|answer| (question, answer)),
    }
}
