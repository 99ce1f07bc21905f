//! A plan into drafts: the one that is open for a day takes it, the rest of a month gets one of its own. All of it, or nothing.

use chrono::{Days, Months, NaiveDate};

use super::plan::{self, Plan};
use crate::audit::{self, Subject};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::people::Caller;
use crate::rota::drafts::{self, Draft, DraftInput, NewDraft};
use crate::rota::draw;
use crate::rota::edits::{Edit, Outcome};

/// Puts a clean plan into drafts and answers them, by their first day.
///
/// # Errors
/// `Conflict`: `draft_overlaps` where no draft can have a month's days, `cell_changed` and the hard rules where somebody was quicker; `Forbidden`.
pub fn apply(conn: &mut Conn, keys: &Keys, caller: &Caller, plan: &Plan) -> Result<Vec<Draft>> {
    let branch = caller.user()?.own_branch()?.id;
    let mut drawn: Vec<Draft> = Vec::new();
    let mut rest: Vec<Edit> = plan.edits.clone();
    for draft in drafts::open(conn, branch)? {
        let (inside, outside): (Vec<_>, Vec<_>) = rest.into_iter().partition(|edit| holds(&draft, edit));
        rest = outside;
        drawn.extend(put(conn, caller, draft, &inside)?);
    }
    for ((year, month), edits) in plan::by_month(&rest) {
        let draft = begin(conn, keys, caller, branch, (year, month), &edits)?;
        drawn.extend(put(conn, caller, draft, &edits)?);
    }
    drawn.sort_by_key(|draft| draft.from);
    let counts =
        serde_json::json!({ "added": plan.added.len(), "moved": plan.moved.len(), "unchanged": plan.unchanged });
    audit::record(
        conn,
        caller,
        "rota_sheet.import",
        Subject { kind: "rota_sheet", id: None, branch: Some(branch) },
        counts,
    )?;
    Ok(drawn)
}

fn holds(draft: &Draft, edit: &Edit) -> bool {
    (draft.from..=draft.to).contains(&edit.place.1)
}

fn put(conn: &mut Conn, caller: &Caller, draft: Draft, edits: &[Edit]) -> Result<Option<Draft>> {
    if edits.is_empty() {
        return Ok(None);
    }
    match draw::put(conn, caller, draft.id, edits)? {
        Outcome::Done(drawn) => Ok(Some(drawn.draft)),
        Outcome::Refused(troubles) => Err(troubles
            .first()
            .map_or_else(|| Error::internal("refused without a reason"), crate::rota::edits::Trouble::error)),
    }
}

/// A draft for a month, from today on; for the days themselves where another draft has a part of the month.
fn begin(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    branch: Id,
    (year, month): (i32, u32),
    edits: &[Edit],
) -> Result<Draft> {
    let dates = || edits.iter().map(|edit| edit.place.1);
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
        return Err(Error::internal("a month without days"));
    };
    let (month_first, month_last) = bounds(year, month).unwrap_or((first, last));
    let whole = (month_first.max(caller_day(caller, first)), month_last);
    let (from, to) = if drafts::open_within(conn, branch, whole.0, whole.1)?.is_none() { whole } else { (first, last) };
    let input = DraftInput { id: Some(Id::new()), from: Some(from.to_string()), to: Some(to.to_string()) };
    Ok(drafts::create(conn, keys, caller, &NewDraft::parse(&input)?)?.body)
}

/// Today in the caller's zone, at most `first`.
fn caller_day(caller: &Caller, first: NaiveDate) -> NaiveDate {
    caller.user.as_ref().map_or(first, |user| caller.now.date_in(user.zone())).min(first)
}

fn bounds(year: i32, month: u32) -> Option<(NaiveDate, NaiveDate)> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some((first, first.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?))
}
