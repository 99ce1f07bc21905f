//! Who fills what fell open: somebody is ill, a bank closes for a day. As few changes to what stands as it takes, within seconds.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::explained::{Explanation, Gap};
use super::instance::{self, Ask, Keep, Nothing, Prepared};
use super::reported::Report;
use super::situation::Situation;
use super::{conditions, outcome, runner};
use crate::app::App;
use crate::attendance::filter::{at_most, date};
use crate::db::schema::shift_changes;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::people::CurrentUser;
use crate::planner::{Budget, Watch};
use crate::rota::changes::ChangeKind;
use crate::rota::drafts::{self, Draft, State};
use crate::rota::edits::Edit;
use crate::rota::rules::days;

/// The most days at once.
pub const MOST_DAYS: i64 = 31;
/// How long is searched: an answer comes within five seconds, with everything around it.
const SEARCH: Duration = Duration::from_millis(2_500);
/// What a changed day of somebody costs: less than a gap, more than what a nicer rota would save.
const CHANGE_COST: i64 = 60;

/// What fell open.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairInput {
    /// The first local date, today or later.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The last local date, at most 31 days; left out: the first alone.
    #[schema(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// Only what this broker leaves open; left out: everything that is open on those days.
    pub broker_id: Option<Id>,
    /// As this open draft has those days; left out: as they stand.
    pub draft_id: Option<Id>,
}

/// The same, checked.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The first date.
    pub from: NaiveDate,
    /// The last date.
    pub to: NaiveDate,
    /// Who leaves it open.
    pub broker: Option<Id>,
    /// The draft that is to be repaired.
    pub draft: Option<Id>,
}

impl Wanted {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &RepairInput, today: NaiveDate) -> Result<Wanted> {
        let mut faults = Faults::new();
        let from = faults.take("from", input.from.as_deref().ok_or("required").and_then(date));
        let to = input.to.as_deref().map_or(from, |to| faults.take("to", date(to)));
        if let (Some(from), Some(to)) = (from, to) {
            at_most(&mut faults, from, to, MOST_DAYS);
            if to < today {
                faults.add("to", "in_the_past");
            }
        }
        match (from, to, faults.is_empty()) {
            // What is past of a leave is nobody's to fill any more.
            (Some(from), Some(to), true) => {
                Ok(Wanted { from: from.max(today), to, broker: input.broker_id, draft: input.draft_id })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// A day of somebody that would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RepairChange)]
pub struct Change {
    /// Whose day.
    pub broker_id: Id,
    /// Which local date.
    pub date: NaiveDate,
    /// Where they would be; null: nowhere.
    pub outlet_id: Option<Id>,
    /// Where they are; null: nowhere. As `seen_outlet_id` of an edit, so that nothing is overwritten that changed meanwhile.
    pub seen_outlet_id: Option<Id>,
}

/// A proposal; nothing is changed by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Repair)]
pub struct Proposal {
    /// The first date looked at.
    pub from: NaiveDate,
    /// The last date looked at.
    pub to: NaiveDate,
    /// What would change, by date.
    pub changes: Vec<Change>,
    /// What stays open all the same, and why.
    pub gaps: Vec<Gap>,
}

impl Change {
    fn of(edit: &Edit) -> Change {
        Change {
            broker_id: edit.place.0,
            date: edit.place.1,
            outlet_id: edit.wanted.map(|post| post.outlet_id),
            seen_outlet_id: edit.seen,
        }
    }
}

/// What is to be repaired, read at one moment.
pub struct Broken {
    situation: Situation,
    wanted: Wanted,
    /// The outlets and days to be filled; none: all.
    only: Option<BTreeSet<(Id, NaiveDate)>>,
    today: NaiveDate,
}

/// Reads how things are.
///
/// # Errors
/// `Forbidden` for who plans nothing; `NotFound` naming `broker_id`, or of a draft out of reach; `Conflict("draft_closed")`; 422 naming `to` where the draft
/// has not all of the days.
pub fn load(conn: &mut Conn, app: &App, user: &CurrentUser, wanted: Wanted, now: At) -> Result<Broken> {
    let branch = conditions::desk(user)?;
    let today = now.date_in(user.zone());
    if let Some(draft) = wanted.draft {
        covers(&drafts::find(conn, user, draft)?, wanted)?;
    }
    let days = (wanted.from, wanted.to);
    let situation = Situation::load(conn, &app.keys, branch, days, wanted.draft.is_some(), today)?;
    let only = match wanted.broker {
        None => None,
        Some(broker) if situation.book.brokers.contains_key(&broker) => {
            Some(left_open(conn, &situation, broker, wanted)?)
        }
        Some(_) => return Err(Error::NotFound(Some("broker_id"))),
    };
    Ok(Broken { situation, wanted, only, today })
}

fn covers(draft: &Draft, wanted: Wanted) -> Result<()> {
    if draft.state != State::Open {
        return Err(Error::Conflict("draft_closed"));
    }
    let all = draft.from <= wanted.from && wanted.to <= draft.to;
    if all { Ok(()) } else { Err(Error::field("to", "outside_draft")) }
}

/// Where a broker is no more: what a rule forbids them by now, and what was taken from them.
fn left_open(conn: &mut Conn, situation: &Situation, broker: Id, wanted: Wanted) -> Result<BTreeSet<(Id, NaiveDate)>> {
    use shift_changes as c;
    let seen = situation.seen();
    let theirs = days(wanted.from, wanted.to).filter_map(|date| {
        let post = seen.base.get(&(broker, date))?;
        let forbidden = seen.book.judge(broker, post.outlet_id, date, post.starts_at, post.ends_at).is_err();
        forbidden.then_some((post.outlet_id, date))
    });
    let mut open: BTreeSet<(Id, NaiveDate)> = theirs.collect();
    // A draft may have sent them elsewhere, or home.
    let left = days(wanted.from, wanted.to).filter_map(|date| {
        let (stood, stands) = (seen.live.get(&(broker, date))?, seen.base.get(&(broker, date)));
        stands.is_none_or(|post| post.outlet_id != stood.outlet_id).then_some((stood.outlet_id, date))
    });
    open.extend(left);
    let taken: Vec<(Option<Id>, NaiveDate)> = c::table
        .filter(c::broker_id.eq(broker).and(c::date.between(wanted.from, wanted.to)))
        .filter(c::kind.eq(ChangeKind::Removed))
        .select((c::old_outlet_id, c::date))
        .load(conn)?;
    open.extend(taken.into_iter().filter_map(|(outlet, date)| Some((outlet?, date))));
    Ok(open)
}

impl Broken {
    /// Finds who fills it. Takes some seconds of a thread.
    ///
    /// # Errors
    /// A fault of the planner.
    pub fn propose(&self) -> Result<Proposal> {
        let Wanted { from, to, .. } = self.wanted;
        let nothing = Proposal { from, to, changes: Vec::new(), gaps: Vec::new() };
        let mut prepared = match self.prepare() {
            Ok(prepared) => prepared,
            Err(Nothing::Outlets) => return Ok(nothing),
            Err(why) => return Err(Error::Conflict(why.code())),
        };
        let budget = Budget { deadline: Some(Instant::now() + SEARCH), iterations: None, seed: 1 };
        let planned = runner::solve(&mut prepared, budget, Watch::default())?;
        let (edits, _) = outcome::legal(&self.situation.book, outcome::edits(&prepared, &planned.plan));
        let mut gaps = Explanation::of(&Report::new(&prepared, &planned.plan, &edits), true).gaps;
        gaps.retain(|gap| (from..=to).contains(&gap.date));
        Ok(Proposal { changes: edits.iter().map(Change::of).collect(), gaps, ..nothing })
    }

    fn prepare(&self) -> std::result::Result<Prepared, Nothing> {
        let seen = self.situation.seen();
        let ask = Ask {
            from: self.wanted.from,
            to: self.wanted.to,
            keep: Keep::Nothing,
            change_cost: CHANGE_COST,
            weights: seen.facts.weights,
            today: self.today,
        };
        let mut prepared = instance::prepare(seen, &ask)?;
        prepared.wish.current = Some(prepared.now.clone());
        if let Some(only) = &self.only {
            prepared.fill_only(only);
            if let Some(broker) = self.wanted.broker {
                prepared.spare(broker, only);
            }
        }
        Ok(prepared)
    }
}
