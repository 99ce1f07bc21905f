//! Follow-ups by urgency, within the reach of who asks. A follow-up's state is derived where it is read, with today's date in its branch's zone.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::dsl::{case_when, not, sql, sum};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::due::{self, DAYS_TO_MISSED, State};
use super::settled::{kept, unsettled, waived};
use super::touch::PreferredChannel;
use crate::calendar::local::zone_named;
use crate::db::schema::{branches, follow_ups, outlets, prospects, touches, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::on_either;
use crate::people::Reach;
use crate::prospects::stage::Stage;
use crate::web::pagination::{List, Part};

/// A place in the order of the list: by due date, then id.
pub type Place = (NaiveDate, Id);

/// Which follow-ups are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<State>,
    /// Due before this date.
    pub due_before: Option<NaiveDate>,
    /// Of this broker.
    pub broker: Option<Id>,
    /// Of prospects met at this outlet.
    pub outlet: Option<Id>,
}

/// An id with the name people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// The record's id.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// The prospect of a follow-up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FollowUpProspect {
    /// Its id.
    pub id: Id,
    /// The person's name.
    pub name: String,
    /// How far they have come.
    pub stage: Stage,
    /// How they like to be reached.
    pub preferred_channel: PreferredChannel,
    /// The outlet where they were met.
    pub outlet: Option<Named>,
}

/// A follow-up as the API lists it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FollowUpItem {
    /// Its id.
    pub id: Id,
    /// What has become of it, as of now.
    pub state: State,
    /// The last date on which it is kept in time.
    pub due_on: NaiveDate,
    /// Days from today in the branch's zone to `due_on`; below 0 when overdue.
    pub days_left: i64,
    /// When the touch that keeps it was made.
    pub kept_at: Option<At>,
    /// Why it was waived.
    pub waived_reason: Option<String>,
    /// Whom it is about.
    pub prospect: FollowUpProspect,
    /// Whose it is.
    pub broker: Named,
}

/// A follow-up with what a page shows besides.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As the API has it.
    pub view: FollowUpItem,
    /// The branch.
    pub branch: Id,
    /// When it began.
    pub starts_at: At,
    /// The sealed mobile number.
    pub mobile: Option<Vec<u8>>,
    /// Whether an SMS went out since it began.
    pub sms_sent: bool,
}

/// Today's date in each branch in reach.
#[derive(Debug, Clone, Default)]
pub struct Days {
    of: HashMap<Id, (NaiveDate, Tz)>,
    latest: NaiveDate,
    /// Branches where it is still one day, two days before `latest`: around the globe there are never more dates at once than three.
    behind: [Vec<Id>; 2],
}

impl Days {
    /// The days of the branches in reach.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(conn: &mut Conn, reach: Reach, now: At) -> Result<Days> {
        let mut query = branches::table.select((branches::id, branches::time_zone)).into_boxed();
        match reach {
            Reach::All => {}
            Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(branches::id.eq(branch)),
        }
        let rows: Vec<(Id, String)> = query.load(conn)?;
        let of: HashMap<Id, (NaiveDate, Tz)> = rows
            .into_iter()
            .map(|(id, zone)| {
                let zone = zone_named(&zone);
                (id, (now.date_in(zone), zone))
            })
            .collect();
        let latest =
            of.values().map(|(today, _)| *today).max().unwrap_or_else(|| now.date_in(chrono_tz::Asia::Shanghai));
        let behind = [1, 2].map(|days| {
            let late =
                |(id, (today, _)): (&Id, &(NaiveDate, Tz))| ((latest - *today).num_days() == days).then_some(*id);
            of.iter().filter_map(late).collect()
        });
        Ok(Days { of, latest, behind })
    }

    /// Today, and the zone, of a branch.
    pub fn of(&self, branch: Id) -> (NaiveDate, Tz) {
        self.of.get(&branch).copied().unwrap_or((self.latest, chrono_tz::Asia::Shanghai))
    }

    /// All branches in reach.
    pub fn branches(&self) -> Vec<Id> {
        self.of.keys().copied().collect()
    }

    /// Branches where it is a day, and two days, before the latest.
    pub fn behind(&self) -> &[Vec<Id>; 2] {
        &self.behind
    }

    /// Three cuts `days` before today: the latest date's, with the branches that are a day or two behind it.
    pub fn cuts(&self, days: i64) -> [NaiveDate; 3] {
        [0, 1, 2].map(|behind| self.latest - chrono::Duration::days(days + behind))
    }

    /// The one cut, where all branches have the same today.
    pub fn one_cut(&self, days: i64) -> Option<NaiveDate> {
        let [today, ..] = self.cuts(days);
        self.behind.iter().all(Vec::is_empty).then_some(today)
    }

    /// The earliest cut that there is a branch for.
    pub fn earliest(&self, days: i64) -> NaiveDate {
        let behind = self.behind.iter().rposition(|branches| !branches.is_empty()).map_or(0, |place| place + 1);
        self.cuts(days)[behind]
    }
}

/// `due_on` is on or after the day that lies `days` before today, in each branch's dates. An index goes by the earliest of them.
macro_rules! due_since {
    ($days_of:expr, $days:expr) => {{
        let [today, one, two] = $days_of.cuts($days);
        follow_ups::due_on.ge($days_of.earliest($days)).and(
            follow_ups::due_on
                .ge(today)
                .or(follow_ups::branch_id.eq_any($days_of.behind()[0].clone()).and(follow_ups::due_on.ge(one)))
                .or(follow_ups::branch_id.eq_any($days_of.behind()[1].clone()).and(follow_ups::due_on.ge(two))),
        )
    }};
}

pub(crate) use due_since;

/// A part of the follow-ups in reach, by due date.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, days: &Days, filter: &Filter, part: &Part<Place>) -> Result<List<Listed>> {
    let mut query = follow_ups::table
        .inner_join(prospects::table.on(prospects::id.eq(follow_ups::prospect_id)))
        .inner_join(users::table.on(users::id.eq(follow_ups::broker_id)))
        .left_join(outlets::table.on(outlets::id.nullable().eq(prospects::outlet_id)))
        .filter(prospects::state.eq("active"))
        .order((follow_ups::due_on, follow_ups::id))
        .limit(part.limit + 1)
        .select((
            (follow_ups::id, follow_ups::branch_id, follow_ups::starts_at, follow_ups::due_on),
            (follow_ups::kept_at, follow_ups::waived_at, follow_ups::waived_reason),
            (prospects::id, prospects::name, prospects::stage, prospects::preferred_channel, prospects::mobile),
            (outlets::id, outlets::name).nullable(),
            (users::id, users::name),
        ))
        .into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(follow_ups::branch_id.eq(branch)),
        Reach::Own { broker, branch } => {
            // One that was kept stays with who kept it, and the person may have changed hands since.
            query = query.filter(prospects::broker_id.eq(broker)).filter(follow_ups::branch_id.eq(branch));
            if matches!(filter.state, Some(State::Open | State::Missed)) {
                query = query.filter(follow_ups::broker_id.eq(broker));
            }
        }
    }
    match filter.state {
        None => {}
        // Where one cut is enough it is said once: of three that say the same PostgreSQL takes each to leave out some more, and reckons with one row.
        Some(State::Open) => {
            query = query.filter(unsettled!());
            query = match days.one_cut(DAYS_TO_MISSED) {
                Some(cut) => query.filter(follow_ups::due_on.ge(cut)),
                None => query.filter(due_since!(days, DAYS_TO_MISSED)),
            };
        }
        Some(State::Missed) => {
            query = query.filter(unsettled!());
            query = match days.one_cut(DAYS_TO_MISSED) {
                Some(cut) => query.filter(follow_ups::due_on.lt(cut)),
                None => query.filter(not(due_since!(days, DAYS_TO_MISSED))),
            };
        }
        Some(State::Kept) => {
            query = query.filter(kept!()).filter(follow_ups::kept_on.le(follow_ups::due_on.nullable()));
        }
        Some(State::KeptLate) => {
            query = query.filter(kept!()).filter(follow_ups::kept_on.gt(follow_ups::due_on.nullable()));
        }
        Some(State::Waived) => query = query.filter(waived!()),
    }
    if let Some(date) = filter.due_before {
        query = query.filter(follow_ups::due_on.lt(date));
    }
    if let Some(broker) = filter.broker {
        query = query.filter(follow_ups::broker_id.eq(broker));
    }
    if let Some(outlet) = filter.outlet {
        query = query.filter(prospects::outlet_id.eq(outlet));
    }
    if let Some((due_on, id)) = part.after {
        query =
            query.filter(follow_ups::due_on.gt(due_on).or(follow_ups::due_on.eq(due_on).and(follow_ups::id.gt(id))));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let mut list = part.list(rows, |row| (row.0.3, row.0.0), |row| listed(row, days))?;
    mark_sms(conn, &mut list.items)?;
    Ok(list)
}

type Row = (
    (Id, Id, At, NaiveDate),
    (Option<At>, Option<At>, Option<String>),
    (Id, String, Stage, PreferredChannel, Option<Vec<u8>>),
    Option<(Id, String)>,
    (Id, String),
);

fn listed(row: Row, days: &Days) -> Listed {
    let ((id, branch, starts_at, due_on), (kept_at, waived_at, waived_reason), prospect, outlet, broker) = row;
    let (today, zone) = days.of(branch);
    let state = due::state(due_on, kept_at.map(At::utc), waived_at.map(At::utc), today, zone);
    let named = |(id, name)| Named { id, name };
    let (prospect_id, name, stage, preferred_channel, mobile) = prospect;
    let prospect = FollowUpProspect { id: prospect_id, name, stage, preferred_channel, outlet: outlet.map(named) };
    let view = FollowUpItem {
        id,
        state,
        due_on,
        days_left: due::days_left(due_on, today),
        kept_at,
        waived_reason,
        prospect,
        broker: named(broker),
    };
    Listed { view, branch, starts_at, mobile, sms_sent: false }
}

/// One query for the whole part: who got an SMS since the follow-up began.
fn mark_sms(conn: &mut Conn, items: &mut [Listed]) -> Result<()> {
    let ids: Vec<Id> = items.iter().map(|one| one.view.prospect.id).collect();
    let sent: Vec<(Id, At)> = touches::table
        .filter(touches::prospect_id.eq_any(ids))
        .filter(touches::channel.eq("sms").and(touches::outcome.ne("refused")).and(touches::withdrawn_at.is_null()))
        .select((touches::prospect_id, touches::at))
        .load(conn)?;
    for one in items {
        one.sms_sent = sent.iter().any(|(prospect, at)| *prospect == one.view.prospect.id && *at > one.starts_at);
    }
    Ok(())
}

/// The numbers of a branch or a broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Open and past the due date.
    pub overdue: i64,
    /// Open, due today or later.
    pub coming: i64,
    /// Due within the last thirty days, today left out, and not waived.
    pub counted: i64,
    /// Of those, kept by the due date.
    pub kept: i64,
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Tally>>(all: I) -> Tally {
        all.fold(Tally::default(), |sum, one| Tally {
            overdue: sum.overdue + one.overdue,
            coming: sum.coming + one.coming,
            counted: sum.counted + one.counted,
            kept: sum.kept + one.kept,
        })
    }
}

/// Days over which the share kept in time is taken.
pub const SHARE_DAYS: i64 = 30;

/// Counts by one column, in one pass over the index on branch and due date that holds all it takes. Those who are not here any more are few, and left out
/// in the words of the index over them.
macro_rules! tally {
    ($conn:expr, $days:expr, $whose:expr, $by:expr) => {{
        macro_rules! so_many {
            ($cond:expr) => {
                sum(case_when($cond, sql::<Integer>("1")).otherwise(sql::<Integer>("0")))
            };
        }
        let open = || unsettled!().and(due_since!($days, DAYS_TO_MISSED));
        let lately = || due_since!($days, SHARE_DAYS).and(not(due_since!($days, 0)));
        let gone = prospects::table.filter(sql::<Bool>("prospects.state <> 'active'")).select(prospects::id);
        let rows: Vec<(Id, [Option<i64>; 4])> = on_either!($conn, conn => {
            let rows: Vec<(Id, Option<i64>, Option<i64>, Option<i64>, Option<i64>)> = follow_ups::table
                .filter($whose.and(due_since!($days, DAYS_TO_MISSED.max(SHARE_DAYS))))
                // In these words PostgreSQL looks each up in a table of them instead of reading them all.
                .filter(not(follow_ups::prospect_id.eq_any(gone)))
                .group_by($by)
                .select((
                    $by,
                    so_many!(open().and(not(due_since!($days, 0)))),
                    so_many!(open().and(due_since!($days, 0))),
                    so_many!(lately().and(kept!().or(follow_ups::waived_at.is_null()))),
                    so_many!(lately().and(kept!()).and(follow_ups::kept_on.le(follow_ups::due_on.nullable()))),
                ))
                .load(conn)?;
            rows.into_iter().map(|(id, a, b, c, d)| (id, [a, b, c, d])).collect()
        });
        let tally = |counts: [Option<i64>; 4]| {
            let [overdue, coming, counted, kept] = counts.map(Option::unwrap_or_default);
            Tally { overdue, coming, counted, kept }
        };
        rows.into_iter().map(|(id, counts)| (id, tally(counts))).collect::<HashMap<Id, Tally>>()
    }};
}

/// The numbers by branch, of all branches in reach.
///
/// # Errors
/// What the database says.
pub fn tally_by_branch(conn: &mut Conn, days: &Days) -> Result<HashMap<Id, Tally>> {
    Ok(tally!(conn, days, follow_ups::branch_id.eq_any(days.branches()), follow_ups::branch_id))
}

/// The numbers by broker, of all branches in reach.
///
/// # Errors
/// What the database says.
pub fn tally_by_broker(conn: &mut Conn, days: &Days) -> Result<HashMap<Id, Tally>> {
    Ok(tally!(conn, days, follow_ups::branch_id.eq_any(days.branches()), follow_ups::broker_id))
}

/// The numbers of one broker, in the branches in reach.
///
/// # Errors
/// What the database says.
pub fn tally_of(conn: &mut Conn, days: &Days, broker: Id) -> Result<Tally> {
    let by_branch = tally!(conn, days, follow_ups::broker_id.eq(broker), follow_ups::branch_id);
    Ok(days.branches().iter().filter_map(|branch| by_branch.get(branch)).copied().sum())
}
