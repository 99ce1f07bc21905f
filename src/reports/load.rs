//! A report put together: totals, the same before, over time, and by branch, or by person and outlet of one.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::branch::{self, About};
use super::figures::{Event, Figures};
use super::period::{Period, Unit};
use super::together;
use crate::attendance::filter::date;
use crate::db::schema::{outlets, shifts, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::people::store::{self, Branch};
use crate::people::{CurrentUser, Reach};
use crate::rota::wants::Wants;
use crate::text;

/// Above so many shifts a report of all branches leaves attendance and rota to those of each.
const SHIFTS_AT_MOST: i64 = 400_000;

/// The parameters.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportInput {
    /// `day`, `week`, `month` (where it is absent), `quarter` or `year`.
    #[param(value_type = Option<Unit>)]
    pub period: Option<String>,
    /// Any local date in it; today where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub date: Option<String>,
    /// A branch's code; all within reach where it is absent.
    pub branch: Option<String>,
}

/// The parameters, checked.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Over which days.
    pub period: Period,
    /// One branch, by its code.
    pub branch: Option<String>,
}

impl Wanted {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `period`, `date`.
    pub fn parse(input: &ReportInput, today: NaiveDate) -> Result<Wanted> {
        let given = |text: &Option<String>| text.as_deref().and_then(text::filled);
        let mut faults = Faults::new();
        let unit = match given(&input.period) {
            Some(name) => faults.take("period", Unit::parse(&name).ok_or("unknown_value")),
            None => Some(Unit::Month),
        };
        let day = match given(&input.date) {
            Some(text) => faults.take("date", date(&text)),
            None => Some(today),
        };
        match (unit, day) {
            (Some(unit), Some(day)) => Ok(Wanted { period: unit.of(day), branch: given(&input.branch) }),
            _ => Err(faults.into_error()),
        }
    }
}

/// A branch, as a report names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfBranch {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A part of a period with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Piece {
    /// Which days.
    #[serde(flatten)]
    pub period: Period,
    /// What was counted.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A branch, a person or an outlet with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ReportGroup)]
pub struct Group {
    /// The branch's code, or the id; null for what happened at no outlet.
    pub key: Option<String>,
    /// Its name; empty for none.
    pub label: String,
    /// What was counted.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Report {
    /// Which days.
    #[serde(flatten)]
    pub period: Period,
    /// Of which branch; null: all within reach.
    pub branch: Option<OfBranch>,
    /// All together.
    pub total: Figures,
    /// The same of the period before.
    pub before: Figures,
    /// Whether attendance and rota were left to the reports of each branch, because there are too many shifts.
    pub without_shifts: bool,
    /// A week in days, a month in weeks, longer ones in months.
    pub over_time: Vec<Piece>,
    /// By branch, by code; of several branches only.
    pub branches: Vec<Group>,
    /// By broker, by name; of one branch only.
    pub people: Vec<Group>,
    /// By outlet, where most were met first; of one branch only.
    pub outlets: Vec<Group>,
}

/// Whose figures: some branches, and whether they are looked at one by one.
#[derive(Clone, Debug)]
pub struct Whose {
    /// The branches.
    pub branches: Vec<Branch>,
    /// One branch, with its people and outlets.
    pub one: bool,
}

impl Whose {
    /// What somebody sees; `code` names a branch within reach.
    ///
    /// # Errors
    /// `Forbidden` for brokers; `NotFound` for a branch out of reach.
    pub fn of(conn: &mut Conn, user: &CurrentUser, code: Option<&str>) -> Result<Whose> {
        if matches!(user.reach(), Reach::Own { .. }) {
            return Err(Error::Forbidden);
        }
        let all = store::branches_in_reach(conn, user.reach())?;
        match code {
            Some(code) => {
                let found = all.into_iter().find(|branch| branch.code == code).ok_or_else(Error::not_found)?;
                Ok(Whose { branches: vec![found], one: true })
            }
            None => Ok(Whose { one: matches!(user.reach(), Reach::Branch(_)), branches: all }),
        }
    }
}

/// What gathers while a branch's events go by.
#[derive(Default)]
struct Sums {
    total: Figures,
    pieces: Vec<Figures>,
    people: HashMap<Id, Figures>,
    outlets: HashMap<Option<Id>, Figures>,
}

impl Sums {
    fn add(&mut self, pieces: &[Period], one: bool, about: About, event: Event<'_>) {
        self.total.add(event);
        let at = pieces.partition_point(|piece| piece.last < about.date);
        if let Some(piece) = self.pieces.get_mut(at) {
            piece.add(event);
        }
        if one {
            if let Some(person) = about.person {
                self.people.entry(person).or_default().add(event);
            }
            self.outlets.entry(about.outlet).or_default().add(event);
        }
    }
}

/// Puts a report together.
///
/// # Errors
/// What the database says.
pub fn report(conn: &mut Conn, whose: &Whose, period: Period, now: At) -> Result<Report> {
    let pieces = period.pieces();
    let mut sums = Sums { pieces: vec![Figures::default(); pieces.len()], ..Sums::default() };
    let without_shifts = !whose.one && shifts_in(conn, period)? > SHIFTS_AT_MOST;
    let (mut before, mut own) = (Figures::default(), HashMap::new());
    match whose.branches.as_slice() {
        [branch] if whose.one => {
            let of = |period: Period| branch::Span { branch, first: period.first, last: period.last, now };
            branch::events(conn, &of(period), |about, event| sums.add(&pieces, true, about, event))?;
            branch::events(conn, &of(period.before()), |_, event| before.add(event))?;
        }
        branches => {
            // Of both periods at once: most of it is what outlets there are.
            let ids: Vec<Id> = branches.iter().map(|branch| branch.id).collect();
            let load = || Wants::load(conn, &ids, period.before().first, period.last);
            let wants = (!without_shifts).then(load).transpose()?;
            let of = |period: Period| {
                let Period { first, last, .. } = period;
                together::Span { branches, first, last, now, wants: wants.as_ref() }
            };
            together::events(conn, &of(period), |branch, date, event| {
                own.entry(branch).or_insert_with(Figures::default).add(event);
                sums.add(&pieces, false, About { date, person: None, outlet: None }, event);
            })?;
            together::events(conn, &of(period.before()), |_, _, event| before.add(event))?;
        }
    }
    let group = |branch: &Branch| Group {
        key: Some(branch.code.clone()),
        label: branch.name.clone(),
        figures: own.get(&branch.id).copied().unwrap_or_default(),
    };
    let one = whose.branches.first().filter(|_| whose.one);
    Ok(Report {
        period,
        branch: one.map(|branch| OfBranch { code: branch.code.clone(), name: branch.name.clone() }),
        total: sums.total,
        before,
        without_shifts,
        over_time: pieces.into_iter().zip(sums.pieces).map(|(period, figures)| Piece { period, figures }).collect(),
        branches: if whose.one { Vec::new() } else { whose.branches.iter().map(group).collect() },
        people: people(conn, sums.people)?,
        outlets: places(conn, sums.outlets)?,
    })
}

fn shifts_in(conn: &mut Conn, period: Period) -> Result<i64> {
    Ok(shifts::table.filter(shifts::date.between(period.first, period.last)).count().get_result(conn)?)
}

/// Ids in one question; both databases take this many.
const AT_ONCE: usize = 10_000;

fn people(conn: &mut Conn, sums: HashMap<Id, Figures>) -> Result<Vec<Group>> {
    let ids: Vec<Id> = sums.keys().copied().collect();
    let mut names: HashMap<Id, String> = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(Id, String)> =
            users::table.filter(users::id.eq_any(some)).select((users::id, users::name)).load(conn)?;
        names.extend(found);
    }
    let mut groups: Vec<Group> = sums
        .into_iter()
        .map(|(id, figures)| Group {
            key: Some(id.to_string()),
            label: names.get(&id).cloned().unwrap_or_default(),
            figures,
        })
        .collect();
    groups.sort_by(|a, b| a.label.cmp(&b.label).then_with(|| a.key.cmp(&b.key)));
    Ok(groups)
}

fn places(conn: &mut Conn, sums: HashMap<Option<Id>, Figures>) -> Result<Vec<Group>> {
    let ids: Vec<Id> = sums.keys().flatten().copied().collect();
    let mut names: HashMap<Id, String> = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(Id, String)> =
            outlets::table.filter(outlets::id.eq_any(some)).select((outlets::id, outlets::name)).load(conn)?;
        names.extend(found);
    }
    let label = |id: Option<Id>| id.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
    let mut groups: Vec<Group> = sums
        .into_iter()
        .map(|(id, figures)| Group { key: id.map(|id| id.to_string()), label: label(id), figures })
        .collect();
    groups.sort_by(|a, b| {
        let met = |group: &Group| group.figures.funnel.met;
        met(b).cmp(&met(a)).then_with(|| a.label.cmp(&b.label)).then_with(|| a.key.cmp(&b.key))
    });
    Ok(groups)
}
