//! A stretch of the roll for people to read: a month or a day, of a person, an outlet or a branch, with names and spot checks.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;

use super::filter::date;
use super::now::{Choice, choose};
use super::roll::{Attended, RollShift, attend};
use super::spot_checks::SpotCheck;
use super::status::Status;
use crate::calendar::months::last_day;
use crate::db::schema::{outlets, shifts, spot_checks, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::{CurrentUser, Role};

/// Which part of the roll.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The branch by its code; none: the first in reach.
    pub branch: Option<String>,
    /// Its first day; none: this month.
    pub month: Option<NaiveDate>,
    /// One day of it alone.
    pub day: Option<NaiveDate>,
    /// One broker's.
    pub broker: Option<Id>,
    /// One outlet's.
    pub outlet: Option<Id>,
}

/// The first day of a month as addresses write it: `2026-11`.
///
/// # Errors
/// `not_a_month`, `out_of_range`.
pub fn month(given: &str) -> std::result::Result<NaiveDate, &'static str> {
    date(&format!("{given}-01")).map_err(|code| if code == "not_a_date" { "not_a_month" } else { code })
}

/// A row with its names.
#[derive(Debug, Clone)]
pub struct Line {
    /// The row of the roll.
    pub row: Attended,
    /// Who.
    pub broker: String,
    /// The outlet's code.
    pub code: String,
    /// Where.
    pub outlet: String,
    /// What was seen on the spot, the latest last.
    pub spots: Vec<SpotCheck>,
}

impl Line {
    /// Whether the arrival that counts does not show that they were at the outlet, and nobody accepted it.
    pub fn unclear(&self) -> bool {
        self.row.is_unclear()
    }
}

/// A stretch of the roll.
#[derive(Debug)]
pub struct Stretch {
    /// The branches to choose from and the one chosen; none for a broker.
    pub choice: Option<Choice>,
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// Today at the branch.
    pub today: NaiveDate,
    /// Whose or which it is, where it is one broker's or one outlet's; also of a stretch without a row.
    pub about: Option<String>,
    /// The rows, by date and start.
    pub lines: Vec<Line>,
}

/// How often what happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Shifts that have begun.
    pub shifts: u32,
    /// Came and left in time.
    pub on_time: u32,
    /// Came late.
    pub late: u32,
    /// Left early.
    pub left_early: u32,
    /// Did not come.
    pub absent: u32,
    /// Came, and the day ended without a check-out.
    pub not_confirmed: u32,
    /// Came, off site or uncertain, and nobody accepted it.
    pub unclear: u32,
    /// Spot checks that found the dress or the badge wrong.
    pub dress: u32,
}

impl Totals {
    /// Of some rows.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Totals {
        let mut all = Totals::default();
        for line in lines {
            all.add(line);
        }
        all
    }

    fn add(&mut self, line: &Line) {
        let status = line.row.counts().status;
        self.shifts += u32::from(status != Status::Upcoming);
        self.on_time += u32::from(status == Status::OnTime);
        self.late += u32::from(matches!(status, Status::Late | Status::LateAndLeftEarly));
        self.left_early += u32::from(matches!(status, Status::LeftEarly | Status::LateAndLeftEarly));
        self.absent += u32::from(status == Status::Absent);
        self.not_confirmed += u32::from(status == Status::NotConfirmed);
        self.unclear += u32::from(line.unclear());
        let wrong = |s: &&SpotCheck| s.dress_ok == Some(false) || s.badge_ok == Some(false);
        self.dress += line.spots.iter().filter(wrong).count() as u32;
    }
}

/// Reads a stretch: a broker's own, or a branch's within reach; seven queries at most, however long it is.
///
/// # Errors
/// `NotFound` for a branch out of reach.
pub fn load(conn: &mut Conn, user: &CurrentUser, wanted: &Wanted, now: At) -> Result<Stretch> {
    let own = user.role == Role::Broker;
    let choice = if own { None } else { Some(choose(conn, user, wanted.branch.as_deref())?) };
    let zone = choice.as_ref().map_or_else(|| user.zone(), |c| c.chosen.zone());
    let today = now.date_in(zone);
    let (first, last) = days(wanted, today);
    let names = (users::name, outlets::code, outlets::name);
    let mut query = shifts::table
        .inner_join(users::table)
        .inner_join(outlets::table)
        .filter(shifts::date.between(first, last))
        .select((RollShift::as_select(), names))
        .into_boxed();
    match &choice {
        None => query = query.filter(shifts::broker_id.eq(user.id)),
        Some(choice) => query = query.filter(shifts::branch_id.eq(choice.chosen.id)),
    }
    if let Some(broker) = wanted.broker {
        query = query.filter(shifts::broker_id.eq(broker));
    }
    if let Some(outlet) = wanted.outlet {
        query = query.filter(shifts::outlet_id.eq(outlet));
    }
    type Row = (RollShift, (String, String, String));
    let rows: Vec<Row> = query.order((shifts::date, shifts::starts_at, shifts::id)).load(conn)?;
    let spots = spots(conn, user, choice.as_ref(), first, last)?;
    let lines = lines(conn, rows, spots, now)?;
    let about = match &choice {
        Some(choice) => about(conn, choice.chosen.id, wanted, &lines)?,
        None => None,
    };
    Ok(Stretch { choice, first, last, today, about, lines })
}

/// The name of the broker or the outlet that is asked for, as far as the branch has them.
fn about(conn: &mut Conn, branch: Id, wanted: &Wanted, lines: &[Line]) -> Result<Option<String>> {
    Ok(match (lines.first(), wanted.broker, wanted.outlet) {
        (Some(line), Some(_), _) => Some(line.broker.clone()),
        (Some(line), None, Some(_)) => Some(line.outlet.clone()),
        (None, Some(id), _) => {
            let of_branch = users::table.filter(users::id.eq(id).and(users::branch_id.eq(branch)));
            of_branch.select(users::name).first(conn).optional()?
        }
        (None, None, Some(id)) => {
            let of_branch = outlets::table.filter(outlets::id.eq(id).and(outlets::branch_id.eq(branch)));
            of_branch.select(outlets::name).first(conn).optional()?
        }
        (_, None, None) => None,
    })
}

fn days(wanted: &Wanted, today: NaiveDate) -> (NaiveDate, NaiveDate) {
    if let Some(day) = wanted.day {
        return (day, day);
    }
    let first = wanted.month.or(today.with_day(1)).unwrap_or(today);
    (first, last_day(first))
}

type Spots = HashMap<(Id, NaiveDate, Id), Vec<SpotCheck>>;

fn spots(
    conn: &mut Conn,
    user: &CurrentUser,
    choice: Option<&Choice>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Spots> {
    let mut query =
        spot_checks::table.filter(spot_checks::date.between(first, last)).select(SpotCheck::as_select()).into_boxed();
    match choice {
        None => query = query.filter(spot_checks::broker_id.eq(user.id)),
        Some(choice) => query = query.filter(spot_checks::branch_id.eq(choice.chosen.id)),
    }
    let mut all = Spots::new();
    for spot in query.order((spot_checks::at, spot_checks::id)).load::<SpotCheck>(conn)? {
        all.entry((spot.broker_id, spot.date, spot.outlet_id)).or_default().push(spot);
    }
    Ok(all)
}

fn lines(
    conn: &mut Conn,
    rows: Vec<(RollShift, (String, String, String))>,
    mut spots: Spots,
    now: At,
) -> Result<Vec<Line>> {
    let (shifts, names): (Vec<RollShift>, Vec<_>) = rows.into_iter().unzip();
    let attended = attend(conn, shifts, now)?;
    let line = |(row, (broker, code, outlet)): (Attended, (String, String, String))| {
        let spots = spots.remove(&(row.shift.broker_id, row.shift.date, row.shift.outlet_id)).unwrap_or_default();
        Line { row, broker, code, outlet, spots }
    };
    Ok(attended.into_iter().zip(names).map(line).collect())
}

/// One row with its names, within reach.
///
/// # Errors
/// `NotFound` out of reach.
pub fn one(conn: &mut Conn, user: &CurrentUser, id: Id, now: At) -> Result<Line> {
    use crate::people::Reach;
    let names = (users::name, outlets::code, outlets::name);
    let mut query = shifts::table
        .inner_join(users::table)
        .inner_join(outlets::table)
        .filter(shifts::id.eq(id))
        .select((RollShift::as_select(), names))
        .into_boxed();
    match user.reach() {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(shifts::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(shifts::broker_id.eq(broker)),
    }
    let row: (RollShift, (String, String, String)) = query.first(conn)?;
    let shift = &row.0;
    let seen: Vec<SpotCheck> = spot_checks::table
        .filter(spot_checks::broker_id.eq(shift.broker_id).and(spot_checks::date.eq(shift.date)))
        .filter(spot_checks::outlet_id.eq(shift.outlet_id))
        .order((spot_checks::at, spot_checks::id))
        .select(SpotCheck::as_select())
        .load(conn)?;
    let spots = Spots::from([((shift.broker_id, shift.date, shift.outlet_id), seen)]);
    lines(conn, vec![row], spots, now)?.pop().ok_or_else(Error::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_in_one_way_and_has_all_its_days() {
        assert_eq!(month("2026-11").map(|d| d.to_string()), Ok("2026-11-01".into()));
        for wrong in ["2026-1", "2026-13", "2026-11-01", "", "November"] {
            assert_eq!(month(wrong), Err("not_a_month"), "{wrong}");
        }
        let of = |text: &str| {
            let wanted = Wanted { month: month(text).ok(), ..Wanted::default() };
            days(&wanted, NaiveDate::MIN).1.to_string()
        };
        assert_eq!([of("2026-12"), of("2028-02"), of("2026-02")], ["2026-12-31", "2028-02-29", "2026-02-28"]);
    }
}
