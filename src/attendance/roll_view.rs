//! The roll as its pages show it: from rows to what a template takes.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::corrections::{Correction, CorrectionState};
use super::month::{Line, Stretch, Totals, Wanted};
use super::now::{named, offered};
use super::roll::{Attended, Standing};
use super::spot_checks::SpotCheck;
use super::today;
use crate::calendar::store as calendar;
use crate::db::schema::{attendance_corrections as corrections, users};
use crate::db::{At, Conn, Id, word};
use crate::error::Result;
use crate::people::{CurrentUser, Role, store};
use crate::templates::attendance::{
    Asked, CorrectionForm, DayRow, DaysView, Mark, MonthRow, MonthView, OneView, Outcome, Spot, SpotForm,
};

/// How many waiting corrections a page shows; the rest come when these are answered.
const WAITING: i64 = 50;

/// An instant on the wall of a zone.
pub fn clock(at: At, zone: Tz) -> NaiveTime {
    at.utc().with_timezone(&zone).time()
}

fn address(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}

fn months_around(first: NaiveDate) -> (NaiveDate, NaiveDate) {
    let one = Months::new(1);
    (first.checked_sub_months(one).unwrap_or(first), first.checked_add_months(one).unwrap_or(first))
}

/// A branch's month, a row a person or an outlet.
///
/// # Errors
/// What the database says.
pub fn month(conn: &mut Conn, stretch: &Stretch, by_outlet: bool) -> Result<MonthView> {
    let days: Vec<NaiveDate> = stretch.first.iter_days().take_while(|day| *day <= stretch.last).collect();
    let branch = stretch.choice.as_ref().map(|c| c.chosen.id);
    let workdays = calendar::workdays(conn, branch, stretch.first, stretch.last)?;
    let (before, after) = months_around(stretch.first);
    let mut rows: BTreeMap<(&str, Id), Vec<&Line>> = BTreeMap::new();
    for line in &stretch.lines {
        let shift = &line.row.shift;
        let key = if by_outlet { (&*line.outlet, shift.outlet_id) } else { (&*line.broker, shift.broker_id) };
        rows.entry(key).or_default().push(line);
    }
    let code = stretch.choice.as_ref().map(|c| c.chosen.code.as_str()).unwrap_or_default();
    let shown = address(stretch.first);
    let row = |((name, id), lines): ((&str, Id), Vec<&Line>)| {
        let which = if by_outlet { "outlet_id" } else { "broker_id" };
        MonthRow {
            name: name.to_owned(),
            href: format!("/attendance?branch={code}&month={shown}&{which}={id}"),
            totals: Totals::of(lines.iter().copied()),
            cells: cells(&days, &lines),
        }
    };
    let writes = stretch.choice.as_ref().is_some_and(|c| c.writes);
    Ok(MonthView {
        off: days.iter().map(|day| !workdays.is_workday(*day)).collect(),
        branches: stretch.choice.as_ref().map(|c| offered(&c.all)).unwrap_or_default(),
        branch: stretch.choice.as_ref().map(|c| named(&c.chosen)).unwrap_or_default(),
        by_outlet,
        totals: Totals::of(&stretch.lines),
        rows: rows.into_iter().map(row).collect(),
        around: (address(before), address(after)),
        waiting: match branch {
            Some(branch) => waiting(conn, branch, stretch.choice.as_ref().map_or(Tz::UTC, |c| c.chosen.zone()))?,
            None => Vec::new(),
        },
        writes,
        days,
    })
}

fn cells(days: &[NaiveDate], lines: &[&Line]) -> Vec<Vec<Mark>> {
    let mut cells = vec![Vec::new(); days.len()];
    for line in lines {
        // The days stand without a gap.
        let at = usize::from(line.row.shift.date.day() as u16 - 1);
        if let Some(cell) = cells.get_mut(at) {
            cell.push(Mark { status: line.row.counts().status, unclear: line.unclear() });
        }
    }
    cells
}

/// A list of rows: one's own month, a person's, an outlet's, a day.
pub fn days(stretch: &Stretch, wanted: &Wanted) -> DaysView {
    let own = stretch.choice.is_none();
    let code = stretch.choice.as_ref().map(|c| c.chosen.code.clone()).unwrap_or_default();
    let about = stretch.about.clone().or_else(|| stretch.choice.as_ref().map(|c| c.chosen.name.clone()));
    let mut query: Vec<String> = Vec::new();
    if !own {
        query.push(format!("branch={code}"));
    }
    query.extend(wanted.broker.map(|id| format!("broker_id={id}")));
    query.extend(wanted.outlet.map(|id| format!("outlet_id={id}")));
    let with = |more: String| query.iter().cloned().chain([more]).collect::<Vec<_>>().join("&");
    let (here, around) = match wanted.day {
        Some(day) => {
            let (before, after) = (day.checked_sub_days(Days::new(1)), day.checked_add_days(Days::new(1)));
            let of = |day: Option<NaiveDate>| format!("date={}", day.unwrap_or(stretch.first));
            (of(Some(day)), (of(before), of(after)))
        }
        None => {
            let (before, after) = months_around(stretch.first);
            let of = |month| format!("month={}", address(month));
            (of(stretch.first), (of(before), of(after)))
        }
    };
    let named = wanted.broker.is_none() && !own;
    let mut rows: Vec<DayRow> = stretch.lines.iter().map(|line| day_row(line, named)).collect();
    if wanted.day.is_none() {
        rows.reverse();
    }
    DaysView {
        about,
        first: stretch.first,
        one_day: wanted.day.is_some(),
        back: (!own).then(|| format!("/attendance?branch={code}&month={}", address(stretch.first))),
        around: (format!("/attendance?{}", with(around.0)), format!("/attendance?{}", with(around.1))),
        query: with(here),
        rows,
        totals: Totals::of(&stretch.lines),
    }
}

fn minutes(standing: &Standing) -> (i64, i64) {
    (standing.minutes_late.unwrap_or(0), standing.minutes_early.unwrap_or(0))
}

fn day_row(line: &Line, named: bool) -> DayRow {
    let (row, counts) = (&line.row, line.row.counts());
    let wall = |at: At| clock(at, row.zone);
    let wrong = |s: &SpotCheck| !s.present || s.dress_ok == Some(false) || s.badge_ok == Some(false);
    DayRow {
        href: format!("/attendance/{}", row.shift.id),
        date: row.shift.date,
        broker: named.then(|| line.broker.clone()),
        outlet: line.outlet.clone(),
        starts: wall(row.shift.starts_at),
        ends: wall(row.shift.ends_at),
        came: counts.in_at.map(wall),
        left: counts.out_at.map(wall),
        status: counts.status,
        minutes: minutes(counts),
        unclear: row.came.map(|came| came.verdict).filter(|_| line.unclear()),
        corrected: row.corrected.is_some(),
        spot: (!line.spots.is_empty()).then(|| line.spots.iter().any(wrong)),
    }
}

/// What is typed on the page of one shift.
#[derive(Debug, Clone, Default)]
pub struct TypedHere {
    /// The form of a correction.
    pub ask: Option<CorrectionForm>,
    /// The form of a spot check.
    pub spot: Option<SpotForm>,
    /// What is wrong with an answer.
    pub answer_error: Option<String>,
}

/// The page of one shift.
///
/// # Errors
/// What the database says.
pub fn one(conn: &mut Conn, user: &CurrentUser, line: Line, typed: TypedHere, now: At) -> Result<OneView> {
    let (row, zone) = (&line.row, line.row.zone);
    let shift = &row.shift;
    let own = user.role == Role::Broker;
    let of_branch = user.branch.as_ref().is_some_and(|b| b.id == shift.branch_id);
    let writes = of_branch && matches!(user.role, Role::Coordinator | Role::Manager);
    let (begun, today) = (shift.starts_at <= now, now.date_in(zone));
    let mut back = format!("/attendance?month={}", address(shift.date));
    if !own {
        back = format!("{back}&branch={}", store::branch(conn, shift.branch_id)?.code);
    }
    let fresh_spot = || SpotForm {
        id: Id::new().to_string(),
        at: if shift.date == today { clock(now, zone).format("%H:%M").to_string() } else { String::new() },
        present: "yes".into(),
        ..SpotForm::default()
    };
    Ok(OneView {
        href: format!("/attendance/{}", shift.id),
        back,
        date: shift.date,
        broker: line.broker.clone(),
        outlet: line.outlet.clone(),
        outlet_href: format!("/outlets/{}", shift.outlet_id),
        starts: clock(shift.starts_at, zone),
        ends: clock(shift.ends_at, zone),
        recorded: outcome(row, &row.recorded),
        corrected: row.corrected.as_ref().map(|standing| outcome(row, standing)),
        seen: today::seen(conn, shift.broker_id, shift.date, zone, Some(shift.outlet_id))?,
        spots: line.spots.iter().map(|s| spot(s, zone)).collect(),
        corrections: of_shift(conn, shift.id, &line.broker, zone)?,
        ask: (own && begun).then(|| {
            typed.ask.unwrap_or_else(|| CorrectionForm { id: Id::new().to_string(), ..CorrectionForm::default() })
        }),
        spot: (writes && shift.date <= today).then(|| typed.spot.unwrap_or_else(fresh_spot)),
        writes,
        answer_error: typed.answer_error,
    })
}

fn outcome(row: &Attended, standing: &Standing) -> Outcome {
    let wall = |at: At| clock(at, row.zone);
    Outcome {
        came: standing.in_at.map(wall),
        left: standing.out_at.map(wall),
        status: standing.status,
        minutes: minutes(standing),
    }
}

fn spot(one: &SpotCheck, zone: Tz) -> Spot {
    Spot {
        at: clock(one.at, zone),
        present: one.present,
        dress: one.dress_ok,
        badge: one.badge_ok,
        note: one.note.clone(),
    }
}

fn asked((row, broker): (Correction, String), zone: Tz) -> Asked {
    let page = format!("/attendance/{}", row.shift_id);
    Asked {
        href: format!("{page}/corrections/{}", row.id),
        row: page,
        broker,
        date: row.date,
        came: row.in_at.map(|at| clock(at, zone)),
        left: row.out_at.map(|at| clock(at, zone)),
        reason: row.reason,
        state: row.state,
        note: row.decision_note,
    }
}

fn of_shift(conn: &mut Conn, shift: Id, broker: &str, zone: Tz) -> Result<Vec<Asked>> {
    let rows: Vec<Correction> = corrections::table
        .filter(corrections::shift_id.eq(shift))
        .order((corrections::asked_at.desc(), corrections::id.desc()))
        .select(Correction::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| asked((row, broker.to_owned()), zone)).collect())
}

/// A branch's corrections that wait for an answer, the oldest first.
///
/// # Errors
/// What the database says.
pub fn waiting(conn: &mut Conn, branch: Id, zone: Tz) -> Result<Vec<Asked>> {
    let rows: Vec<(Correction, String)> = corrections::table
        .inner_join(users::table.on(users::id.eq(corrections::broker_id)))
        .filter(corrections::branch_id.eq(branch).and(corrections::state.eq(word("asked"))))
        .order((corrections::asked_at, corrections::id))
        .limit(WAITING)
        .select((Correction::as_select(), users::name))
        .load(conn)?;
    debug_assert!(rows.iter().all(|(row, _)| row.state == CorrectionState::Asked));
    Ok(rows.into_iter().map(|row| asked(row, zone)).collect())
}

/// For how many days Today tells of an answer.
const TOLD_FOR: u64 = 5;
/// For how many days back corrections are looked through for one.
const LOOKED_BACK: u64 = 60;

/// A broker's corrections answered of late.
///
/// # Errors
/// What the database says.
pub fn answered(conn: &mut Conn, broker: Id, now: At, zone: Tz) -> Result<Vec<Asked>> {
    let since = now - chrono::Duration::days(TOLD_FOR as i64);
    let from = now.date_in(zone).checked_sub_days(Days::new(LOOKED_BACK)).unwrap_or(NaiveDate::MIN);
    let rows: Vec<Correction> = corrections::table
        .filter(corrections::broker_id.eq(broker).and(corrections::date.ge(from)))
        .filter(corrections::decided_at.ge(since))
        .order((corrections::decided_at.desc(), corrections::id.desc()))
        .limit(5)
        .select(Correction::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| asked((row, String::new()), zone)).collect())
}
