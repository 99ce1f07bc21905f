//! My rota: a broker's two weeks, what changed in them since they were published, their leave and their swaps.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::asked::Facts;
use super::changes::ChangeKind;
use super::leave::{Leave, LeaveState};
use super::letters::hours;
use super::rules::{Book, Scope, days, days_before};
use super::shifts::Shift;
use super::swaps::{self as verbs, Swap, SwapState};
use crate::db::schema::{leaves, outlets, rota_publications, shift_changes, shifts, swaps, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::people::CurrentUser;
use crate::t;
use crate::templates::attendance::words;
use crate::templates::rota::{MyDay, MyLeave, MyRota, MyShift, MySwap, Offer, SwapView};

/// How far ahead a colleague's shift may lie that one is swapped against.
const AHEAD_DAYS: u64 = 20;
/// How many offers of a kind a page holds.
const OFFERS: usize = 40;

/// Reads a broker's rota of this week and next.
///
/// # Errors
/// What the database says.
pub fn load(conn: &mut Conn, user: &CurrentUser, now: At, lang: Lang) -> Result<MyRota> {
    let zone = user.zone();
    let today = now.date_in(zone);
    let monday = days_before(today, u64::from(today.weekday().num_days_from_monday()));
    let last = monday.checked_add_days(Days::new(13)).unwrap_or(monday);
    let shifts = shifts_of(conn, user.id, monday, last)?;
    let all_leaves: Vec<Leave> = leaves::table
        .filter(leaves::broker_id.eq(user.id).and(leaves::to_date.ge(days_before(today, 14))))
        .filter(leaves::state.ne(LeaveState::Withdrawn))
        .order((leaves::from_date, leaves::asked_at))
        .limit(50)
        .select(Leave::as_select())
        .load(conn)?;
    let changed = changed(conn, user, lang, monday, last)?;
    let of_mine = swaps::from_broker_id.eq(user.id).or(swaps::to_broker_id.eq(user.id));
    let my_swaps: Vec<Swap> = swaps::table
        .filter(of_mine)
        .filter(swaps::date.ge(days_before(today, 7)))
        .filter(swaps::state.ne(SwapState::Withdrawn))
        .order((swaps::date, swaps::id))
        .limit(50)
        .select(Swap::as_select())
        .load(conn)?;
    let facts = Facts::load(conn, &my_swaps, zone)?;
    let open: Vec<Id> = my_swaps.iter().filter(|s| is_open(s)).map(|s| s.shift_id).collect();
    let day = |date: NaiveDate| MyDay {
        date,
        is_today: date == today,
        is_past: date < today,
        shift: shifts.get(&date).map(|(shift, outlet)| MyShift {
            outlet: outlet.clone(),
            href: format!("/outlets/{}", shift.outlet_id),
            hours: hours(zone, shift.starts_at, shift.ends_at),
            swap: (shift.starts_at > now && !open.contains(&shift.id))
                .then(|| format!("/swaps/new?shift={}", shift.id)),
        }),
        leave: all_leaves
            .iter()
            .find(|l| l.state == LeaveState::Approved && (l.from_date..=l.to_date).contains(&date))
            .map(|l| t!(lang, &format!("leave-kind-{}", l.kind))),
        changed: changed.get(&date).cloned(),
    };
    Ok(MyRota {
        days: days(monday, last).map(day).collect(),
        leaves: all_leaves.iter().map(|leave| my_leave(lang, leave, today)).collect(),
        swaps: my_swaps.iter().map(|swap| my_swap(lang, &facts, user.id, swap)).collect(),
    })
}

fn is_open(swap: &Swap) -> bool {
    matches!(swap.state, SwapState::Offered | SwapState::Taken)
}

fn shifts_of(
    conn: &mut Conn,
    broker: Id,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<HashMap<NaiveDate, (Shift, String)>> {
    let rows: Vec<(Shift, String)> = shifts::table
        .inner_join(outlets::table)
        .filter(shifts::broker_id.eq(broker).and(shifts::date.between(from, to)))
        .select((Shift::as_select(), outlets::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.0.date, row)).collect())
}

type ChangeRow = (ChangeKind, NaiveDate, Option<Id>, Option<At>, Option<At>, String, At, String);

/// What was changed on each day after it had been published, the last change of each, in words.
fn changed(
    conn: &mut Conn,
    user: &CurrentUser,
    lang: Lang,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<HashMap<NaiveDate, String>> {
    use shift_changes as c;
    let branch = user.own_branch()?.id;
    let published: Vec<(NaiveDate, NaiveDate, At)> = rota_publications::table
        .filter(rota_publications::branch_id.eq(branch).and(rota_publications::to_date.ge(from)))
        .filter(rota_publications::from_date.le(to))
        .select((rota_publications::from_date, rota_publications::to_date, rota_publications::at))
        .load(conn)?;
    if published.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<ChangeRow> = c::table
        .inner_join(users::table.on(users::id.eq(c::by_user)))
        .filter(c::broker_id.eq(user.id).and(c::date.between(from, to)))
        .order((c::at, c::sequence))
        .select((c::kind, c::date, c::old_outlet_id, c::old_starts_at, c::old_ends_at, c::reason, c::at, users::name))
        .load(conn)?;
    let old: Vec<Id> = rows.iter().filter_map(|row| row.2).collect();
    let places: Vec<(Id, String)> =
        outlets::table.filter(outlets::id.eq_any(old)).select((outlets::id, outlets::name)).load(conn)?;
    let places: HashMap<Id, String> = places.into_iter().collect();
    let after = |date: NaiveDate, at: At| published.iter().any(|(f, t, was)| (*f..=*t).contains(&date) && *was < at);
    let told = rows.iter().filter(|row| after(row.1, row.6));
    Ok(told.map(|row| (row.1, change_words(lang, user.zone(), &places, row))).collect())
}

fn change_words(lang: Lang, zone: Tz, places: &HashMap<Id, String>, row: &ChangeRow) -> String {
    let (kind, _, outlet, starts, ends, reason, at, by) = row;
    let local = at.utc().with_timezone(&zone);
    let when = format!("{} {}", words::short_day(lang, local.date_naive()), words::clock(local.time()));
    let before = outlet.and_then(|id| places.get(&id)).zip(starts.zip(*ends));
    let mut said = match (kind, before) {
        (ChangeKind::Assigned, _) | (_, None) => t!(lang, "my-rota-added", when = when, name = by.as_str()),
        (kind, Some((place, (starts, ends)))) => {
            let key = if *kind == ChangeKind::Removed { "my-rota-removed" } else { "my-rota-moved" };
            let before = format!("{place} {}", hours(zone, starts, ends));
            t!(lang, key, when = when, name = by.as_str(), before = before)
        }
    };
    if !reason.is_empty() {
        said.push_str(&t!(lang, "my-rota-reason", reason = reason.as_str()));
    }
    said
}

fn my_leave(lang: Lang, leave: &Leave, today: NaiveDate) -> MyLeave {
    let open = matches!(leave.state, LeaveState::Asked | LeaveState::Approved) && leave.to_date >= today;
    MyLeave {
        days: leave.days(lang),
        kind: t!(lang, &format!("leave-kind-{}", leave.kind)),
        state: leave.state,
        note: leave.decision_note.clone(),
        withdraw: open.then(|| format!("/leaves/{}/withdrawal", leave.id)),
    }
}

fn my_swap(lang: Lang, facts: &Facts, me: Id, swap: &Swap) -> MySwap {
    let mine = swap.from_broker_id == me;
    let other = if mine { swap.to_broker_id } else { Some(swap.from_broker_id) };
    let (own, theirs) = (
        facts.place(lang, swap.shift_id, swap.date),
        swap.other_shift_id.zip(swap.other_date).map(|(id, date)| facts.place(lang, id, date)),
    );
    MySwap {
        name: other.map(|id| facts.name(id)).unwrap_or_default(),
        mine,
        gives: if mine { Some(own.clone()) } else { theirs.clone() },
        gets: if mine { theirs } else { Some(own) },
        reason: swap.reason.clone(),
        state: swap.state,
        note: swap.decision_note.clone(),
        answer: (!mine && swap.state == SwapState::Offered).then(|| format!("/swaps/{}/answer", swap.id)),
        withdraw: (mine && is_open(swap)).then(|| format!("/swaps/{}/withdrawal", swap.id)),
    }
}

/// To whom a shift can be offered: against which shifts of colleagues, or given away.
///
/// # Errors
/// `NotFound` for a shift that is not one's own.
pub fn offers(conn: &mut Conn, user: &CurrentUser, now: At, shift: Id, lang: Lang) -> Result<SwapView> {
    let branch = user.own_branch()?.id;
    let (own, outlet): (Shift, String) = shifts::table
        .inner_join(outlets::table)
        .filter(shifts::id.eq(shift).and(shifts::broker_id.eq(user.id)))
        .select((Shift::as_select(), outlets::name))
        .first(conn)
        .map_err(Error::from)?;
    let today = now.date_in(user.zone());
    let last = today.checked_add_days(Days::new(AHEAD_DAYS)).unwrap_or(today).max(own.date);
    let scope = Scope { history: false, ..Scope::all(today, last) };
    let book = Book::of(conn, branch, &scope)?;
    let zone = book.zone;
    let name = |id: Id| book.brokers.get(&id).map_or("", |b| b.name.as_str());
    let place = |shift: &Shift| {
        let outlet = book.outlets.get(&shift.outlet_id).map_or("", |o| o.name.as_str());
        format!("{} {} {outlet}", words::column_day(lang, shift.date), hours(zone, shift.starts_at, shift.ends_at))
    };
    let coming = own.starts_at > now;
    let mut against: Vec<&Shift> = book.shifts.iter().filter(|s| coming && s.broker_id != user.id).collect();
    against.retain(|s| s.starts_at > now && verbs::clash(&book, &own, Some(s), s.broker_id).is_none());
    against.sort_by_key(|s| ((s.date - own.date).num_days().abs(), s.date, s.id));
    let away = book.brokers.keys().filter(|b| coming && **b != user.id);
    let mut away: Vec<Id> = away.filter(|b| verbs::clash(&book, &own, None, **b).is_none()).copied().collect();
    away.sort_by_key(|id| name(*id).to_owned());
    let more = against.len() > OFFERS || away.len() > OFFERS;
    let offer = |value: String, who: Id, place: String| Offer { value, name: name(who).to_owned(), place };
    Ok(SwapView {
        shift: own.id.to_string(),
        own: format!("{} {} {outlet}", words::column_day(lang, own.date), hours(zone, own.starts_at, own.ends_at)),
        against: against.iter().take(OFFERS).map(|s| offer(format!("s:{}", s.id), s.broker_id, place(s))).collect(),
        away: away.iter().take(OFFERS).map(|id| offer(format!("b:{id}"), *id, String::new())).collect(),
        more,
        is_past: !coming,
    })
}
