//! What there is in the tables, and what somebody with paper and pencil makes of it: none of the program's own rules is used, only the records.

use bankside::attendance::checkin::Kind;
use bankside::db::schema::{checkins, follow_ups, outlets, prospects, shifts, stage_changes};
use bankside::db::{At, Id};
use bankside::prospects::kinds::Source;
use bankside::prospects::stage::Stage;
use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use diesel::prelude::*;

use crate::support::TestApp;

pub const ZONE: Tz = chrono_tz::Asia::Shanghai;
pub const STEPS: [&str; 8] =
    ["met", "reachable", "contacted", "intent", "account_opened", "custody_signed", "funded", "trading"];
pub const BANDS: [&str; 8] = ["0", "1", "2", "3", "4-7", "8-30", "31-", "never"];

/// Somebody who was met and not merged into another, with all that happened.
pub struct Met {
    pub branch: Id,
    pub owner: Id,
    pub met_by: Id,
    pub met_on: NaiveDate,
    pub outlet: Option<Id>,
    pub bank: Option<Id>,
    pub source: Source,
    pub erased: bool,
    /// To which stage, when, with which words; in their order.
    pub history: Vec<(Stage, At, Option<String>)>,
    /// In their order, the first with the meeting.
    pub due: Vec<Due>,
}

pub struct Due {
    pub broker: Id,
    pub due_on: NaiveDate,
    pub kept: Option<(At, NaiveDate)>,
    pub waived_at: Option<At>,
}

pub struct Shift {
    pub branch: Id,
    pub outlet: Id,
    pub broker: Id,
    pub date: NaiveDate,
    /// As the contract names it.
    pub status: &'static str,
    pub came: bool,
}

pub struct Records {
    pub today: NaiveDate,
    pub met: Vec<Met>,
    pub shifts: Vec<Shift>,
}

impl Records {
    pub fn of(app: &TestApp) -> Records {
        let now = app.now();
        let (mut met, shifts) = app.arrange(move |conn| {
            type Person = ((Id, Id, Id, Id), NaiveDate, Option<Id>, Source, String);
            let people: Vec<Person> = prospects::table
                .filter(prospects::merged_into.is_null())
                .select((
                    (prospects::id, prospects::branch_id, prospects::broker_id, prospects::met_by),
                    prospects::met_on,
                    prospects::outlet_id,
                    prospects::source,
                    prospects::state,
                ))
                .load(conn)?;
            let banks: Vec<(Id, Option<Id>)> = outlets::table.select((outlets::id, outlets::bank_id)).load(conn)?;
            let bank = |outlet: Id| banks.iter().find(|(id, _)| *id == outlet).unwrap().1;
            let met = people.into_iter().map(|((id, branch, owner, met_by), met_on, outlet, source, state)| {
                let (bank, erased) = (outlet.and_then(bank), state == "erased");
                (id, Met { branch, owner, met_by, met_on, outlet, bank, source, erased, history: vec![], due: vec![] })
            });
            let mut met: Vec<(Id, Met)> = met.collect();
            let find = |met: &mut Vec<(Id, Met)>, id: Id| met.iter().position(|(of, _)| *of == id);
            type Change = (Id, Stage, At, Option<String>);
            let changes: Vec<Change> = stage_changes::table
                .order(stage_changes::number)
                .select((stage_changes::prospect_id, stage_changes::to_stage, stage_changes::at, stage_changes::reason))
                .load(conn)?;
            for (of, to, at, reason) in changes {
                if let Some(place) = find(&mut met, of) {
                    met[place].1.history.push((to, at, reason));
                }
            }
            type Row = (Id, Id, NaiveDate, Option<At>, Option<NaiveDate>, Option<At>);
            let due: Vec<Row> = follow_ups::table
                .order(follow_ups::number)
                .select((
                    follow_ups::prospect_id,
                    follow_ups::broker_id,
                    follow_ups::due_on,
                    follow_ups::kept_at,
                    follow_ups::kept_on,
                    follow_ups::waived_at,
                ))
                .load(conn)?;
            for (of, broker, due_on, kept_at, kept_on, waived_at) in due {
                if let Some(place) = find(&mut met, of) {
                    met[place].1.due.push(Due { broker, due_on, kept: kept_at.zip(kept_on), waived_at });
                }
            }
            Ok((met, shifts_of(conn, now)?))
        });
        Records { today: now.date_in(ZONE), met: met.drain(..).map(|(_, met)| met).collect(), shifts }
    }
}

/// Every shift, judged by the check-ins of its broker at its outlet on its day.
fn shifts_of(conn: &mut bankside::db::Conn, now: At) -> bankside::error::Result<Vec<Shift>> {
    type Planned = (Id, Id, Id, NaiveDate, At, At);
    let planned: Vec<Planned> = shifts::table
        .select((
            shifts::branch_id,
            shifts::outlet_id,
            shifts::broker_id,
            shifts::date,
            shifts::starts_at,
            shifts::ends_at,
        ))
        .load(conn)?;
    type Checkin = (Id, Option<Id>, NaiveDate, Kind, At);
    let seen: Vec<Checkin> = checkins::table
        .select((checkins::broker_id, checkins::outlet_id, checkins::date, checkins::kind, checkins::at))
        .load(conn)?;
    let judge = |(branch, outlet, broker, date, starts_at, ends_at): Planned| {
        let here = |kind| {
            let of = seen.iter().filter(move |one| (one.0, one.1, one.2, one.3) == (broker, Some(outlet), date, kind));
            of.map(|one| one.4)
        };
        let (came, left) = (here(Kind::In).min(), here(Kind::Out).max());
        let minute = Duration::seconds(60);
        let status = match (came, left) {
            _ if now < starts_at => "upcoming",
            (None, _) if now < ends_at => "open",
            (None, _) => "absent",
            (Some(_), None) if now.date_in(ZONE) <= date => "open",
            (Some(_), None) => "not_confirmed",
            (Some(came), Some(left)) => match (came >= starts_at + minute, left <= ends_at - minute) {
                (false, false) => "on_time",
                (true, false) => "late",
                (false, true) => "left_early",
                (true, true) => "late_and_left_early",
            },
        };
        Shift { branch, outlet, broker, date, status, came: came.is_some() }
    };
    Ok(planned.into_iter().map(judge).collect())
}

impl Met {
    /// When they first came just here.
    fn first(&self, step: usize) -> Option<At> {
        self.history.iter().filter(|(to, ..)| to.ordinal() as usize == step).map(|(_, at, _)| *at).min()
    }

    /// When they first came here or further.
    pub fn reached(&self, step: usize) -> Option<At> {
        (step..8).filter_map(|step| self.first(step)).min()
    }

    pub fn is_lost(&self) -> bool {
        self.history.last().unwrap().0 == Stage::Lost
    }
}

/// How many came how far, how many are lost, and the days between the steps.
#[derive(Debug, Default)]
pub struct Funnel {
    pub entered: [u64; 8],
    pub lost: u64,
    pub days: [Vec<f64>; 8],
}

pub fn funnel<'a>(people: impl Iterator<Item = &'a Met>) -> Funnel {
    let mut all = Funnel::default();
    for one in people {
        all.lost += u64::from(one.is_lost());
        for step in 0..8 {
            all.entered[step] += u64::from(one.reached(step).is_some());
            if let Some((before, at)) = step.checked_sub(1).and_then(|before| one.first(before)).zip(one.first(step)) {
                all.days[step].push((at - before).num_seconds() as f64 / 86_400.0);
            }
        }
    }
    all.days.iter_mut().for_each(|days| days.sort_by(f64::total_cmp));
    all
}

impl Funnel {
    pub fn conversion(&self, step: usize) -> Option<f64> {
        let before = self.entered[step.checked_sub(1)?];
        (before > 0).then(|| self.entered[step] as f64 / before as f64)
    }

    pub fn median(&self, step: usize) -> Option<f64> {
        median(&self.days[step])
    }

    /// The smallest that nine in ten do not exceed.
    pub fn p90(&self, step: usize) -> Option<f64> {
        let all = &self.days[step];
        all.iter().find(|x| all.iter().filter(|y| y <= x).count() * 10 >= all.len() * 9).copied()
    }
}

/// Of what is in order.
fn median(all: &[f64]) -> Option<f64> {
    let n = all.len();
    (n > 0).then(|| if n % 2 == 1 { all[n / 2] } else { (all[n / 2 - 1] + all[n / 2]) / 2.0 })
}

/// The middle of at least three.
pub fn middle(all: impl Iterator<Item = f64>) -> Option<f64> {
    let mut all: Vec<f64> = all.collect();
    all.sort_by(f64::total_cmp);
    median(&all).filter(|_| all.len() >= 3)
}

/// What became of the first follow-ups: counted, kept, waived, pending, then by the days to the first contact.
pub fn quality<'a>(people: impl Iterator<Item = &'a Met>, today: NaiveDate) -> [u64; 12] {
    let mut line = [0; 12];
    for (one, due) in people.filter_map(|one| Some((one, one.due.first()?))) {
        let is_waived = due.waived_at.is_some_and(|waived| due.kept.is_none_or(|(kept, _)| waived <= kept));
        if due.due_on >= today {
            line[3] += 1;
        } else if is_waived {
            line[2] += 1;
        } else {
            line[0] += 1;
            line[1] += u64::from(due.kept.is_some_and(|(_, on)| on <= due.due_on));
            let band = match due.kept.map(|(_, on)| (on - one.met_on).num_days()) {
                None => 7,
                Some(days @ 0..=3) => days as usize,
                Some(4..=7) => 4,
                Some(..=30) => 5,
                Some(_) => 6,
            };
            line[4 + band] += 1;
        }
    }
    line
}

/// Shifts, by status: all that have begun, on time, late, left early, absent, not confirmed, and without a position, which is all who came.
pub fn roll<'a>(shifts: impl Iterator<Item = &'a Shift>) -> [u64; 7] {
    let mut line = [0; 7];
    for shift in shifts {
        let is = |any: &[&str]| u64::from(any.contains(&shift.status));
        line[0] += 1 - is(&["upcoming"]);
        line[1] += is(&["on_time"]);
        line[2] += is(&["late", "late_and_left_early"]);
        line[3] += is(&["left_early", "late_and_left_early"]);
        line[4] += is(&["absent"]);
        line[5] += is(&["not_confirmed"]);
        line[6] += u64::from(shift.came);
    }
    line
}
