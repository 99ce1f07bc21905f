//! What was asked for and waits for an answer: for the desk one page and a number, for a broker the notices on Today.

use std::collections::HashMap;

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::leave::{Leave, LeaveState};
use super::letters::hours;
use super::standing::{self, Amiss};
use super::swaps::{Swap, SwapState, is_open};
use crate::attendance::now::{choose, named, offered};
use crate::attendance::roll_view;
use crate::db::schema::{leaves, outlets, shifts, swaps, users};
use crate::db::{At, Conn, Id, word};
use crate::error::Result;
use crate::language::Lang;
use crate::people::CurrentUser;
use crate::t;
use crate::templates::State;
use crate::templates::attendance::words;
use crate::templates::rota::{AmissRow, LeaveRow, Notice, RequestsView, SwapRow, Words};

/// The most of a kind on one page.
const SHOWN: i64 = 100;
/// How long Today tells of an answer.
const TOLD_FOR: Duration = Duration::days(3);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many requests of a branch wait for its desk: leave, swaps, corrections of attendance.
///
/// # Errors
/// What the database says.
pub fn waiting(conn: &mut Conn, branch: Id) -> Result<u32> {
    let count: Count = diesel::sql_query(
        "SELECT (SELECT COUNT(*) FROM leaves WHERE branch_id = $1 AND state = 'asked') \
         + (SELECT COUNT(*) FROM swaps WHERE branch_id = $1 AND state IN ('offered', 'taken') AND state = 'taken') \
         + (SELECT COUNT(*) FROM attendance_corrections WHERE branch_id = $1 AND state = 'asked') AS n",
    )
    .bind::<Binary, _>(branch)
    .get_result(conn)?;
    Ok(u32::try_from(count.n).unwrap_or(u32::MAX))
}

/// What waits in a branch.
///
/// # Errors
/// `NotFound` for a branch out of reach.
pub fn load(conn: &mut Conn, user: &CurrentUser, code: Option<&str>, now: At, lang: Lang) -> Result<RequestsView> {
    let choice = choose(conn, user, code)?;
    let (branch, zone) = (choice.chosen.id, choice.chosen.zone());
    let asked: Vec<(Leave, String)> = leaves::table
        .inner_join(users::table)
        .filter(leaves::branch_id.eq(branch).and(leaves::state.eq(word("asked"))))
        .order((leaves::asked_at, leaves::id))
        .limit(SHOWN)
        .select((Leave::as_select(), users::name))
        .load(conn)?;
    let taken: Vec<Swap> = swaps::table
        .filter(swaps::branch_id.eq(branch).and(is_open()).and(swaps::state.eq(word("taken"))))
        .order((swaps::date, swaps::id))
        .limit(SHOWN)
        .select(Swap::as_select())
        .load(conn)?;
    let facts = Facts::load(conn, &taken, zone)?;
    let amiss = standing::of_branch(conn, branch, now.date_in(zone))?;
    Ok(RequestsView {
        branches: offered(&choice.all),
        branch: named(&choice.chosen),
        writes: choice.writes,
        leaves: asked.into_iter().map(|(leave, broker)| leave_row(lang, zone, &leave, broker)).collect(),
        swaps: taken.iter().map(|swap| swap_row(lang, &facts, swap)).collect(),
        corrections: roll_view::waiting(conn, branch, zone)?,
        n_amiss: amiss.len(),
        amiss: amiss.iter().take(SHOWN as usize).map(|one| amiss_row(lang, one)).collect(),
    })
}

fn amiss_row(lang: Lang, one: &Amiss) -> AmissRow {
    AmissRow {
        href: format!("/rota/cell?date={}&outlet={}", one.shift.date, one.shift.outlet_id),
        title: format!("{} · {}", one.broker, one.outlet),
        day: words::column_day(lang, one.shift.date),
        why: Words::new(lang).clash(one.code),
    }
}

fn leave_row(lang: Lang, zone: Tz, leave: &Leave, broker: String) -> LeaveRow {
    LeaveRow {
        href: format!("/leaves/{}", leave.id),
        broker,
        kind: t!(lang, &format!("leave-kind-{}", leave.kind)),
        days: leave.days(lang),
        n: (leave.to_date - leave.from_date).num_days() + 1,
        reason: leave.reason.clone(),
        asked: words::short_day(lang, leave.asked_at.date_in(zone)),
    }
}

fn swap_row(lang: Lang, facts: &Facts, swap: &Swap) -> SwapRow {
    SwapRow {
        id: swap.id.to_string(),
        from: facts.name(swap.from_broker_id),
        to: swap.to_broker_id.map(|to| facts.name(to)).unwrap_or_default(),
        own: facts.place(lang, swap.shift_id, swap.date),
        other: swap.other_shift_id.zip(swap.other_date).map(|(id, date)| facts.place(lang, id, date)),
        reason: swap.reason.clone(),
    }
}

/// Names and places of some swaps, in two queries.
pub struct Facts {
    names: HashMap<Id, String>,
    places: HashMap<Id, (String, String)>,
}

impl Facts {
    /// Loads them.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(conn: &mut Conn, all: &[Swap], zone: Tz) -> Result<Facts> {
        if all.is_empty() {
            return Ok(Facts { names: HashMap::new(), places: HashMap::new() });
        }
        let names = super::swaps::names(conn, all.iter().flat_map(Swap::people).collect())?;
        let ids: Vec<Id> = all.iter().flat_map(|s| [Some(s.shift_id), s.other_shift_id]).flatten().collect();
        let rows: Vec<(Id, String, At, At)> = shifts::table
            .inner_join(outlets::table)
            .filter(shifts::id.eq_any(ids))
            .select((shifts::id, outlets::name, shifts::starts_at, shifts::ends_at))
            .load(conn)?;
        let places = rows.into_iter().map(|(id, outlet, from, to)| (id, (outlet, hours(zone, from, to)))).collect();
        Ok(Facts { names, places })
    }

    /// Somebody's name.
    pub fn name(&self, id: Id) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    /// A shift in words; only its day where it is no more.
    pub fn place(&self, lang: Lang, shift: Id, date: NaiveDate) -> String {
        let day = words::column_day(lang, date);
        match self.places.get(&shift) {
            Some((outlet, hours)) => format!("{day} {hours} {outlet}"),
            None => day,
        }
    }
}

/// What Today tells a broker: who wants to swap with them, and what became of their own requests.
///
/// # Errors
/// What the database says.
pub fn notices(conn: &mut Conn, user: &CurrentUser, now: At, lang: Lang) -> Result<Vec<Notice>> {
    let (today, since) = (now.date_in(user.zone()), now - TOLD_FOR);
    let answered: Vec<Leave> = leaves::table
        .filter(leaves::broker_id.eq(user.id).and(leaves::to_date.ge(today)))
        .filter(leaves::state.eq_any([LeaveState::Approved, LeaveState::Refused]).and(leaves::decided_at.gt(since)))
        .order(leaves::decided_at.desc())
        .limit(5)
        .select(Leave::as_select())
        .load(conn)?;
    let of_mine = swaps::from_broker_id.eq(user.id).or(swaps::to_broker_id.eq(user.id));
    let moved: Vec<Swap> = swaps::table
        .filter(of_mine)
        .filter(swaps::date.ge(today - Duration::days(7)))
        .order(swaps::offered_at.desc())
        .limit(10)
        .select(Swap::as_select())
        .load(conn)?;
    let facts = Facts::load(conn, &moved, user.zone())?;
    let of_leave = answered.iter().map(|leave| leave_notice(lang, leave));
    let of_swaps = moved.iter().filter_map(|swap| swap_notice(lang, &facts, user.id, swap, since, today));
    Ok(of_leave.chain(of_swaps).collect())
}

fn leave_notice(lang: Lang, leave: &Leave) -> Notice {
    let (state, key) = match leave.state {
        LeaveState::Approved => (State::Fine, "notice-leave-approved"),
        _ => (State::Late, "notice-leave-refused"),
    };
    Notice { state, text: t!(lang, key, days = leave.days(lang)), note: leave.decision_note.clone() }
}

fn swap_notice(lang: Lang, facts: &Facts, me: Id, swap: &Swap, since: At, today: NaiveDate) -> Option<Notice> {
    let mine = swap.from_broker_id == me;
    let recent = |at: Option<At>| at.is_some_and(|at| at > since);
    let (state, key) = match swap.state {
        SwapState::Offered if !mine && swap.date >= today && swap.other_date.is_none() => {
            (State::Soon, "notice-swap-given")
        }
        SwapState::Offered if !mine && swap.date >= today => (State::Soon, "notice-swap-offered"),
        SwapState::Taken if mine && recent(swap.taken_at) => (State::Soon, "notice-swap-taken"),
        SwapState::Declined if mine && recent(swap.decided_at) => (State::Late, "notice-swap-declined"),
        SwapState::Approved if recent(swap.decided_at) => (State::Fine, "notice-swap-approved"),
        SwapState::Refused if recent(swap.decided_at) => (State::Late, "notice-swap-refused"),
        SwapState::Withdrawn if !mine && recent(swap.decided_at) => (State::Unknown, "notice-swap-withdrawn"),
        SwapState::Lapsed if recent(swap.decided_at) => (State::Unknown, "notice-swap-lapsed"),
        _ => return None,
    };
    let other = if mine { swap.to_broker_id } else { Some(swap.from_broker_id) };
    let name = other.map(|id| facts.name(id)).unwrap_or_default();
    let text = t!(lang, key, name = name, days = swap.days(lang));
    Some(Notice { state, text, note: swap.decision_note.clone() })
}
