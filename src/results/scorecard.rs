//! The outlets' scorecard: prospects and accounts of those first met there in a period, the person-days and what they cost, attendance and coverage, the
//! period before, and what to do about each outlet.
//!
//! Prospects count by the day of the first meeting. Shifts count once their day is over, so that a morning does not look like an absence; who is wanted and
//! planned counts today as well, as in the reports.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::advice::{self, Advice, Case, FEWEST_DAYS, Middle, Reason};
use super::mine::{MineInput, period};
use crate::attendance::roll::{RollShift, attend};
use crate::db::schema::{outlets, shifts};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::funnel::query::{Compare, FunnelQuery, GroupBy, Only};
use crate::funnel::store::sweep;
use crate::funnel::yardstick::middle;
use crate::outlets::phase::Phase;
use crate::people::Reach;
use crate::people::store::Branch;
use crate::prospects::stage::Stage;
use crate::rota::rules::{Book, Scope, days};

/// The parameters.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScorecardInput {
    /// From this local date on; the first of the month two months back where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// Until this local date; today where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// The branch by its code; the first in reach where it is absent.
    pub branch: Option<String>,
}

impl ScorecardInput {
    /// The period.
    ///
    /// # Errors
    /// By field: `from`, `to`.
    pub fn period(&self, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
        period(&MineInput { from: self.from.clone(), to: self.to.clone() }, today)
    }
}

/// What an outlet did in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Score {
    /// First met there.
    pub prospects: u64,
    /// Of those, ever opened an account.
    pub accounts: u64,
    /// Of those, ever brought money.
    pub funded: u64,
    /// Shifts that were wanted there, until today.
    pub wanted: u64,
    /// Of those, planned: a day too many makes up for no other.
    pub covered: u64,
    /// Shifts that were planned there, until yesterday.
    pub shifts: u64,
    /// Shifts to which somebody came: person-days.
    pub days: u64,
    /// `covered` by `wanted`; null where none was wanted.
    pub coverage: Option<f64>,
    /// `days` by `shifts`; null where none was planned.
    pub attendance: Option<f64>,
    /// `days` at the branch's day rate, in fen; null where no rate is set.
    pub cost_fen: Option<i64>,
    /// `cost_fen` by `accounts`; null over none.
    pub cost_per_account_fen: Option<i64>,
}

impl Score {
    /// What follows from the counts.
    fn settle(&mut self, day_rate_fen: Option<i32>) {
        self.coverage = (self.wanted > 0).then(|| self.covered as f64 / self.wanted as f64);
        self.attendance = (self.shifts > 0).then(|| self.days as f64 / self.shifts as f64);
        self.cost_fen = day_rate_fen.map(|rate| i64::from(rate) * self.days as i64);
        self.cost_per_account_fen = self.cost_fen.filter(|_| self.accounts > 0).map(|cost| cost / self.accounts as i64);
    }

    fn add(&mut self, other: &Score) {
        self.prospects += other.prospects;
        self.accounts += other.accounts;
        self.funded += other.funded;
        self.wanted += other.wanted;
        self.covered += other.covered;
        self.shifts += other.shifts;
        self.days += other.days;
    }
}

/// An outlet on the scorecard.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ScoreLine {
    /// Which outlet.
    pub outlet_id: Id,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How far the co-operation has come.
    pub phase: Phase,
    /// Its grade.
    pub grade: Option<String>,
    /// How many people come on a usual day.
    pub footfall: Option<i32>,
    /// What the clients won there keep with the brokerage, in fen, as it was last said.
    pub assets_fen: Option<i64>,
    /// When.
    pub assets_at: Option<At>,
    /// The period.
    pub score: Score,
    /// The period before.
    pub before: Score,
    /// What to do; null for an ended outlet.
    pub advice: Option<Advice>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// The scorecard of a branch.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Scorecard {
    /// The branch's code.
    pub branch: String,
    /// The first local date.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// The first one of the period before.
    pub before_from: NaiveDate,
    /// The last one of the period before.
    pub before_to: NaiveDate,
    /// What a person-day costs, in fen.
    pub day_rate_fen: Option<i32>,
    /// The middle of the outlets' accounts a person-day, over those with at least 10 person-days; null over fewer than 3.
    pub accounts_per_day: Option<f64>,
    /// The middle of how many people come on a usual day; null over fewer than 3.
    pub footfall: Option<f64>,
    /// By what is to be done first, then by prospects.
    pub outlets: Vec<ScoreLine>,
    /// The clients' assets of all outlets of which they are known; null where they are of none.
    pub assets_fen: Option<i64>,
    /// All together.
    pub total: Score,
    /// All together in the period before.
    pub total_before: Score,
}

/// Reads the scorecard of a branch; `only` of one of its outlets, without advice, which needs them all.
///
/// # Errors
/// What the database says.
pub fn load(
    conn: &mut Conn,
    branch: &Branch,
    (from, to): (NaiveDate, NaiveDate),
    only: Option<Id>,
    now: At,
) -> Result<Scorecard> {
    let of = Only { outlet: only, ..Only::default() };
    let query = FunnelQuery { from, to, group_by: GroupBy::Outlet, only: of, compare: Compare::None };
    let earlier = query.before();
    let mut lines = lines(conn, branch.id, only)?;
    met(conn, branch.id, (from, to), &mut lines, |line| &mut line.score)?;
    met(conn, branch.id, (earlier.from, earlier.to), &mut lines, |line| &mut line.before)?;
    let today = now.date_in(branch.zone());
    let periods = [(from, to.min(today)), (earlier.from, earlier.to.min(today))];
    on_site(conn, branch.id, periods, &mut lines, only, (today, now))?;
    let (mut total, mut total_before) = (Score::default(), Score::default());
    for line in lines.values_mut() {
        total.add(&line.score);
        total_before.add(&line.before);
        line.score.settle(branch.day_rate_fen);
        line.before.settle(branch.day_rate_fen);
    }
    total.settle(branch.day_rate_fen);
    total_before.settle(branch.day_rate_fen);
    let middle = if only.is_none() { advised(&mut lines) } else { Middle::default() };
    let idle = |line: &ScoreLine| line.phase == Phase::Ended && line.score == line.before && line.score.prospects == 0;
    let mut outlets: Vec<ScoreLine> = lines.into_values().filter(|line| only.is_some() || !idle(line)).collect();
    let first = |line: &ScoreLine| line.advice.unwrap_or(Advice::Keep);
    outlets.sort_by(|a, b| {
        first(a).cmp(&first(b)).then(b.score.prospects.cmp(&a.score.prospects)).then_with(|| a.code.cmp(&b.code))
    });
    Ok(Scorecard {
        branch: branch.code.clone(),
        from,
        to,
        before_from: earlier.from,
        before_to: earlier.to,
        day_rate_fen: branch.day_rate_fen,
        accounts_per_day: middle.yields,
        footfall: middle.footfall,
        assets_fen: outlets.iter().filter_map(|line| line.assets_fen).reduce(|all, one| all + one),
        outlets,
        total,
        total_before,
    })
}

type Lines = BTreeMap<Id, ScoreLine>;

fn lines(conn: &mut Conn, branch: Id, only: Option<Id>) -> Result<Lines> {
    type Row = (Id, String, String, Phase, Option<String>, Option<i32>, (Option<i64>, Option<At>));
    let mut query = outlets::table
        .filter(outlets::branch_id.eq(branch))
        .select((
            outlets::id,
            outlets::code,
            outlets::name,
            outlets::phase,
            outlets::grade,
            outlets::footfall,
            (outlets::assets_fen, outlets::assets_at),
        ))
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(outlets::id.eq(only));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let line = |(outlet_id, code, name, phase, grade, footfall, (assets_fen, assets_at))| ScoreLine {
        outlet_id,
        code,
        name,
        phase,
        grade,
        footfall,
        assets_fen,
        assets_at,
        score: Score::default(),
        before: Score::default(),
        advice: None,
        reasons: Vec::new(),
    };
    Ok(rows.into_iter().map(|row| (row.0, line(row))).collect())
}

/// Who was first met where, and how far they came.
fn met(
    conn: &mut Conn,
    branch: Id,
    (from, to): (NaiveDate, NaiveDate),
    lines: &mut Lines,
    score: impl Fn(&mut ScoreLine) -> &mut Score,
) -> Result<()> {
    sweep(conn, Reach::Branch(branch), from, to, |_, facts| {
        if let Some(line) = facts.outlet.and_then(|outlet| lines.get_mut(&outlet)) {
            let score = score(line);
            let came = |stage: Stage| u64::from(i32::from(facts.path.furthest) >= stage.ordinal());
            score.prospects += 1;
            score.accounts += came(Stage::AccountOpened);
            score.funded += came(Stage::Funded);
        }
    })
}

/// Who was wanted, planned and there: both periods in one go, since one follows the other.
fn on_site(
    conn: &mut Conn,
    branch: Id,
    [here, before]: [(NaiveDate, NaiveDate); 2],
    lines: &mut Lines,
    only: Option<Id>,
    (today, now): (NaiveDate, At),
) -> Result<()> {
    let last = here.1.max(before.1);
    let mut query = shifts::table
        .filter(shifts::branch_id.eq(branch).and(shifts::date.between(before.0, last)))
        .select(RollShift::as_select())
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(shifts::outlet_id.eq(only));
    }
    let planned: Vec<RollShift> = query.load(conn)?;
    let of = |date: NaiveDate| (here.0 <= date && date <= here.1, before.0 <= date && date <= before.1);
    fn one(line: &mut ScoreLine, (here, before): (bool, bool)) -> Option<&mut Score> {
        match (here, before) {
            (true, _) => Some(&mut line.score),
            (_, true) => Some(&mut line.before),
            _ => None,
        }
    }
    let mut posted: HashMap<(Id, NaiveDate), u64> = HashMap::new();
    for row in attend(conn, planned, now)? {
        let (outlet, date) = (row.shift.outlet_id, row.shift.date);
        *posted.entry((outlet, date)).or_default() += 1;
        let line = lines.get_mut(&outlet).filter(|_| date < today);
        if let Some(score) = line.and_then(|line| one(line, of(date))) {
            score.shifts += 1;
            score.days += u64::from(row.counts().in_at.is_some());
        }
    }
    let scope =
        Scope { from: before.0, to: last, brokers: Some(Vec::new()), outlets: only.map(|id| vec![id]), history: false };
    let book = Book::of(conn, branch, &scope)?;
    for (outlet, line) in lines {
        for date in days(before.0, last) {
            if let Some(score) = one(line, of(date)) {
                let wanted = book.wanted(*outlet, date) as u64;
                score.wanted += wanted;
                score.covered += wanted.min(posted.get(&(*outlet, date)).copied().unwrap_or_default());
            }
        }
    }
    Ok(())
}

fn advised(lines: &mut Lines) -> Middle {
    let yields = |line: &ScoreLine| line.score.accounts as f64 / line.score.days as f64;
    let enough = lines.values().filter(|line| line.score.days >= FEWEST_DAYS);
    let middle = Middle {
        yields: middle(enough.map(yields)),
        footfall: middle(lines.values().filter_map(|line| line.footfall.map(f64::from))),
    };
    for line in lines.values_mut().filter(|line| line.phase != Phase::Ended) {
        let case = Case {
            phase: Some(line.phase),
            grade: line.grade.clone(),
            footfall: line.footfall.and_then(|n| u64::try_from(n).ok()),
            days: line.score.days,
            prospects: line.score.prospects,
            accounts: line.score.accounts,
            coverage: line.score.coverage,
            attendance: line.score.attendance,
            before: (line.before.days, line.before.prospects),
        };
        let (what, reasons) = advice::advise(&case, &middle);
        (line.advice, line.reasons) = (Some(what), reasons);
    }
    middle
}

/// How many of each advice.
pub fn counts(card: &Scorecard) -> HashMap<Advice, usize> {
    let mut all = HashMap::new();
    for advice in card.outlets.iter().filter_map(|line| line.advice) {
        *all.entry(advice).or_default() += 1;
    }
    all
}
