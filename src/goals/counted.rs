//! What was done in a period, from the records themselves: by broker, by outlet, and in all.
//!
//! Unlike the funnel, which follows those *met* in a period, a target counts what *came about* in it: an account opened in November counts in November,
//! whenever its owner was met. It counts once, when the person first came so far; a step back does not take it away, and a merged record is nobody of its
//! own. People count for who met them and where they were met, as in the funnel; follow-ups for who keeps them.

use std::collections::HashMap;

use chrono::{Days, Duration, NaiveDate};
use diesel::prelude::*;

use super::measure::Measure;
use super::period::Period;
use crate::attendance::roll::{RollShift, attend};
use crate::calendar::local;
use crate::db::schema::{follow_ups, prospects, shifts, stage_changes};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::is_waived;
use crate::people::store::Branch;
use crate::prospects::kinds::Source;
use crate::prospects::stage::Stage;

/// A follow-up is due so many days after it begins.
const DUE_AFTER: Days = Days::new(3);
/// From the account on, the stages that targets count.
const COUNTED: [Stage; 4] = [Stage::AccountOpened, Stage::CustodySigned, Stage::Funded, Stage::Trading];

/// Whose records are counted.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// All of the branch.
    Branch,
    /// One broker's.
    Broker(Id),
    /// Those at one outlet.
    Outlet(Id),
}

/// The numbers of one broker, one outlet, or all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    met: i64,
    referrals: i64,
    reached: [i64; COUNTED.len()],
    kept: i64,
    kept_of_decided: i64,
    decided: i64,
    attended: i64,
}

impl Row {
    /// The number of a measure; of a share what it is a share of is `whole`.
    pub fn number(&self, measure: Measure) -> i64 {
        match measure {
            Measure::ProspectsMet => self.met,
            Measure::Referrals => self.referrals,
            Measure::ContactedInTime => self.kept,
            Measure::ContactedShare => self.kept_of_decided,
            Measure::AccountsOpened => self.reached[0],
            Measure::CustodySigned => self.reached[1],
            Measure::Funded => self.reached[2],
            Measure::Trading => self.reached[3],
            Measure::ShiftsAttended => self.attended,
        }
    }

    /// Of how many the share contacted in three days is taken: as in the follow-up quality, those whose three days after the first meeting are over.
    pub fn whole(&self) -> i64 {
        self.decided
    }
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// All together.
    pub all: Row,
    /// By broker.
    pub by_broker: HashMap<Id, Row>,
    /// By outlet.
    pub by_outlet: HashMap<Id, Row>,
}

impl Counted {
    fn add(&mut self, broker: Id, outlet: Option<Id>, add: impl Fn(&mut Row)) {
        add(&mut self.all);
        add(self.by_broker.entry(broker).or_default());
        if let Some(outlet) = outlet {
            add(self.by_outlet.entry(outlet).or_default());
        }
    }
}

/// Counts a period of a branch for some measures: a query or two a kind of record, and none for what nobody asks for.
///
/// # Errors
/// What the database says.
pub fn count(
    conn: &mut Conn,
    branch: &Branch,
    of: Of,
    period: Period,
    measures: &[Measure],
    now: At,
) -> Result<Counted> {
    use Measure::*;
    let asks = |any: &[Measure]| measures.iter().any(|one| any.contains(one));
    let mut counted = Counted::default();
    if asks(&[ProspectsMet, Referrals]) {
        met(conn, branch.id, of, period, &mut counted)?;
    }
    if asks(&[AccountsOpened, CustodySigned, Funded, Trading]) {
        reached(conn, branch, of, period, &mut counted)?;
    }
    if asks(&[ContactedInTime, ContactedShare]) {
        followed_up(conn, branch, of, period, now, &mut counted)?;
    }
    if asks(&[ShiftsAttended]) {
        attended(conn, branch.id, of, period, now, &mut counted)?;
    }
    Ok(counted)
}

fn met(conn: &mut Conn, branch: Id, of: Of, period: Period, counted: &mut Counted) -> Result<()> {
    let mut query = prospects::table
        .filter(prospects::branch_id.eq(branch).and(prospects::merged_into.is_null()))
        .filter(prospects::met_on.between(period.from, period.to))
        .select((prospects::met_by, prospects::outlet_id, prospects::source))
        .into_boxed();
    query = match of {
        Of::Branch => query,
        Of::Broker(broker) => query.filter(prospects::met_by.eq(broker)),
        Of::Outlet(outlet) => query.filter(prospects::outlet_id.eq(outlet)),
    };
    let rows: Vec<(Id, Option<Id>, Source)> = query.load(conn)?;
    for (broker, outlet, source) in rows {
        let referred = i64::from(source == Source::Referral);
        counted.add(broker, outlet, |row| {
            row.met += 1;
            row.referrals += referred;
        });
    }
    Ok(())
}

/// One of the changes of a prospect's stage, with whom it counts for.
type Change = (Id, Id, Option<Id>, Stage, At);

fn reached(conn: &mut Conn, branch: &Branch, of: Of, period: Period, counted: &mut Counted) -> Result<()> {
    let zone = branch.zone();
    let (from, until) = (At::from(local::day_start(period.from, zone)), At::from(local::day_end(period.to, zone)));
    // Who was not touched since the period began came nowhere in it. A change may be dated a few minutes ahead of its record. When they were met says
    // nothing: a meeting that was dated anew may lie after what followed it.
    let touched = prospects::updated_at.ge(from - Duration::hours(1));
    let mut query = prospects::table
        .inner_join(stage_changes::table)
        .filter(prospects::branch_id.eq(branch.id).and(prospects::merged_into.is_null()))
        .filter(touched)
        .filter(stage_changes::at.lt(until))
        .order((prospects::id, stage_changes::number))
        .select((prospects::id, prospects::met_by, prospects::outlet_id, stage_changes::to_stage, stage_changes::at))
        .into_boxed();
    query = match of {
        Of::Branch => query,
        Of::Broker(broker) => query.filter(prospects::met_by.eq(broker)),
        Of::Outlet(outlet) => query.filter(prospects::outlet_id.eq(outlet)),
    };
    let rows: Vec<Change> = query.load(conn)?;
    for one in rows.chunk_by(|a, b| a.0 == b.0) {
        let came = COUNTED.map(|stage| first_reached(one, stage).is_some_and(|at| from <= at && at < until));
        if came.contains(&true) {
            let (_, broker, outlet, ..) = one[0];
            counted.add(broker, outlet, |row| {
                row.reached.iter_mut().zip(came).for_each(|(sum, came)| *sum += i64::from(came));
            });
        }
    }
    Ok(())
}

/// When somebody first came to a stage or past it.
fn first_reached(history: &[Change], stage: Stage) -> Option<At> {
    let far_enough = |to: Stage| to != Stage::Lost && to.ordinal() >= stage.ordinal();
    history.iter().filter(|(.., to, _)| far_enough(*to)).map(|(.., at)| *at).min()
}

fn followed_up(conn: &mut Conn, branch: &Branch, of: Of, period: Period, now: At, counted: &mut Counted) -> Result<()> {
    let today = now.date_in(branch.zone());
    // Those that begin in the period, found by the day on which they are due.
    let (first, last) = (period.from + DUE_AFTER, period.to + DUE_AFTER);
    let mut query = follow_ups::table
        .inner_join(prospects::table)
        .filter(follow_ups::branch_id.eq(branch.id).and(follow_ups::due_on.between(first, last)))
        .filter(prospects::merged_into.is_null())
        .select((
            follow_ups::broker_id,
            prospects::outlet_id,
            follow_ups::number,
            follow_ups::due_on,
            (follow_ups::kept_on, follow_ups::kept_at, follow_ups::waived_at),
        ))
        .into_boxed();
    query = match of {
        Of::Branch => query,
        Of::Broker(broker) => query.filter(follow_ups::broker_id.eq(broker)),
        Of::Outlet(outlet) => query.filter(prospects::outlet_id.eq(outlet)),
    };
    type Settled = (Option<NaiveDate>, Option<At>, Option<At>);
    type Row = (Id, Option<Id>, i32, NaiveDate, Settled);
    let rows: Vec<Row> = query.load(conn)?;
    for (broker, outlet, number, due_on, (kept_on, kept_at, waived_at)) in rows {
        let kept = kept_on.is_some_and(|on| on <= due_on);
        let is_decided = number == 1 && due_on < today && !is_waived(kept_at, waived_at);
        counted.add(broker, outlet, |row| {
            row.kept += i64::from(kept);
            row.kept_of_decided += i64::from(kept && is_decided);
            row.decided += i64::from(is_decided);
        });
    }
    Ok(())
}

fn attended(conn: &mut Conn, branch: Id, of: Of, period: Period, now: At, counted: &mut Counted) -> Result<()> {
    let mut query = shifts::table
        .filter(shifts::branch_id.eq(branch).and(shifts::date.between(period.from, period.to)))
        .filter(shifts::starts_at.le(now))
        .select(RollShift::as_select())
        .into_boxed();
    query = match of {
        Of::Branch => query,
        Of::Broker(broker) => query.filter(shifts::broker_id.eq(broker)),
        Of::Outlet(outlet) => query.filter(shifts::outlet_id.eq(outlet)),
    };
    let planned: Vec<RollShift> = query.load(conn)?;
    for row in attend(conn, planned, now)? {
        if row.counts().in_at.is_some() {
            counted.add(row.shift.broker_id, Some(row.shift.outlet_id), |sum| sum.attended += 1);
        }
    }
    Ok(())
}
