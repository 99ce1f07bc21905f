//! Targets beside what was done: a branch's period, the worst first. A grade's or a tier's target is the default of each of its members.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::counted::{self, Counted, Of, Row};
use super::measure::Measure;
use super::period::Period;
use super::progress::{Progress, Time, judge, judge_share};
use super::settings::{self, GoalSettings};
use super::targets::{self, Subject, Target};
use crate::calendar::store::workdays;
use crate::db::schema::{outlets, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::people::store::Branch;
use crate::people::{Reach, Role};
use crate::text::fold;

/// A target and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BoardLine {
    /// `branch`, `broker` or `outlet`.
    pub subject: Subject,
    /// The id of the broker or outlet; empty for the branch.
    pub member: String,
    /// Its name.
    pub name: String,
    /// What is counted.
    pub measure: Measure,
    /// The grade or tier whose yardstick it is; null for a target of its own.
    pub yardstick: Option<String>,
    /// How far.
    pub progress: Progress,
}

/// The targets of a period in reach.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Board {
    /// The branch's code.
    pub branch: String,
    /// The first local date.
    pub from: chrono::NaiveDate,
    /// The last local date.
    pub to: chrono::NaiveDate,
    /// How much of the period is gone.
    pub time: Time,
    /// The same in per cent with one decimal.
    pub time_percent: f64,
    /// The branch's, then people's, then outlets', the furthest behind first.
    pub items: Vec<BoardLine>,
}

/// Somebody or something that a target can name.
#[derive(Clone, Debug)]
pub struct Member {
    /// The id.
    pub id: Id,
    /// The name.
    pub name: String,
    /// The grade of an outlet, the tier of a broker.
    pub class: Option<String>,
    /// Whether it takes a default: an outlet we work with, a broker who works here.
    pub is_active: bool,
}

/// The brokers of a branch with their tiers, by name; with `only` that one alone.
///
/// # Errors
/// What the database says.
pub fn brokers(conn: &mut Conn, branch: Id, only: Option<Id>) -> Result<Vec<Member>> {
    let tiers = settings::tiers(conn, branch)?;
    let mut query = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)))
        .order((users::name, users::id))
        .select((users::id, users::name, users::disabled_at))
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(users::id.eq(only));
    }
    let rows: Vec<(Id, String, Option<At>)> = query.load(conn)?;
    let member = |(id, name, disabled): (Id, String, Option<At>)| Member {
        class: tiers.get(&id).map(ToString::to_string),
        is_active: disabled.is_none(),
        id,
        name,
    };
    Ok(rows.into_iter().map(member).collect())
}

/// The outlets of a branch with their grades, by name.
///
/// # Errors
/// What the database says.
pub fn places(conn: &mut Conn, branch: Id) -> Result<Vec<Member>> {
    let rows: Vec<(Id, String, Option<String>, String)> = outlets::table
        .filter(outlets::branch_id.eq(branch))
        .order((outlets::name_folded, outlets::id))
        .select((outlets::id, outlets::name, outlets::grade, outlets::phase))
        .load(conn)?;
    let member = |(id, name, grade, phase): (Id, String, Option<String>, String)| Member {
        id,
        name,
        class: grade.filter(|grade| !grade.trim().is_empty()),
        is_active: phase != "ended",
    };
    Ok(rows.into_iter().map(member).collect())
}

/// What holds for whom: the value of each measure, and whose yardstick it is.
type Yardsticks = BTreeMap<(Subject, String, Measure), (i64, Option<String>)>;

/// Own targets, and for who has none of a measure the one of their grade or tier.
fn holding(rows: &[Target], subject: Subject, class: Subject, members: &[Member]) -> Yardsticks {
    let own = |member: &Member, measure: Measure| {
        let id = member.id.to_string();
        rows.iter().find(|row| row.subject == subject && row.member == id && row.measure == measure)
    };
    let default = |member: &Member, measure: Measure| {
        let folded = fold(member.class.as_deref().filter(|_| member.is_active)?);
        rows.iter().find(|row| row.subject == class && row.measure == measure && fold(&row.member) == folded)
    };
    let mut all = Yardsticks::new();
    for member in members {
        for measure in Measure::ALL {
            let found = own(member, measure)
                .map(|row| (row.value, None))
                .or_else(|| default(member, measure).map(|row| (row.value, Some(row.member.clone()))));
            if let Some(found) = found {
                all.insert((subject, member.id.to_string(), measure), found);
            }
        }
    }
    all
}

/// How a branch's time stands in a period.
///
/// # Errors
/// What the database says.
pub fn time(conn: &mut Conn, branch: &Branch, period: Period, now: At) -> Result<(Time, GoalSettings)> {
    let rules = settings::of_branch(conn, branch.id)?;
    let days = workdays(conn, Some(branch.id), period.from, period.to)?;
    Ok((Time::of(rules.time_by, period, now.date_in(branch.zone()), &days), rules))
}

/// The board of a branch's period, as far as `reach` goes: a broker sees their own lines.
///
/// # Errors
/// What the database says.
pub fn load(conn: &mut Conn, reach: Reach, branch: &Branch, period: Period, now: At) -> Result<Board> {
    let (time, rules) = time(conn, branch, period, now)?;
    let rows = targets::of_period(conn, branch.id, period)?;
    let names = |any: &[Subject]| rows.iter().any(|row| any.contains(&row.subject));
    let only = if let Reach::Own { broker, .. } = reach { Some(broker) } else { None };
    let people = if names(&[Subject::Broker, Subject::Tier]) { brokers(conn, branch.id, only)? } else { Vec::new() };
    let by_place = only.is_none() && names(&[Subject::Outlet, Subject::Grade]);
    let outlets = if by_place { places(conn, branch.id)? } else { Vec::new() };
    let mut held = holding(&rows, Subject::Broker, Subject::Tier, &people);
    held.extend(holding(&rows, Subject::Outlet, Subject::Grade, &outlets));
    if only.is_none() {
        let of_branch = rows.iter().filter(|row| row.subject == Subject::Branch);
        held.extend(of_branch.map(|row| ((Subject::Branch, String::new(), row.measure), (row.value, None))));
    }
    let mut measures: Vec<Measure> = held.keys().map(|(.., measure)| *measure).collect();
    measures.sort_unstable();
    measures.dedup();
    let of = only.map_or(Of::Branch, Of::Broker);
    let counted = counted::count(conn, branch, of, period, &measures, now)?;
    let named: HashMap<String, &str> =
        people.iter().chain(&outlets).map(|one| (one.id.to_string(), one.name.as_str())).collect();
    let mut items: Vec<BoardLine> = held
        .into_iter()
        .map(|((subject, member, measure), (value, yardstick))| BoardLine {
            name: named.get(&member).map_or(branch.name.as_str(), |name| name).to_owned(),
            progress: progress(row_of(&counted, subject, &member), measure, value, time, rules.margin_points),
            subject,
            member,
            measure,
            yardstick,
        })
        .collect();
    items.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name)));
    Ok(Board {
        branch: branch.code.clone(),
        from: period.from,
        to: period.to,
        time,
        time_percent: time.percent(),
        items,
    })
}

/// The branch, then people, then outlets; in each the furthest behind first.
fn order(line: &BoardLine) -> (u8, u8, i64) {
    let kind = match line.subject {
        Subject::Branch => 0,
        Subject::Broker | Subject::Tier => 1,
        Subject::Outlet | Subject::Grade => 2,
    };
    (kind, line.progress.stand.rank(), line.progress.points.map_or(0, |points| (points * 10.0) as i64))
}

fn row_of(counted: &Counted, subject: Subject, member: &str) -> Row {
    let of = |all: &HashMap<Id, Row>| member.parse::<Id>().ok().and_then(|id| all.get(&id).copied());
    match subject {
        Subject::Branch => counted.all,
        Subject::Broker | Subject::Tier => of(&counted.by_broker).unwrap_or_default(),
        Subject::Outlet | Subject::Grade => of(&counted.by_outlet).unwrap_or_default(),
    }
}

/// How far a measure has come.
pub fn progress(row: Row, measure: Measure, value: i64, time: Time, margin_points: i32) -> Progress {
    if measure.is_share() {
        judge_share(row.number(measure), row.whole(), value, time.over, margin_points)
    } else {
        judge(row.number(measure), value, time, margin_points)
    }
}
