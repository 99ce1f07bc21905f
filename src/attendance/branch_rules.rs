//! What a branch sets for its days: how early people are there, what counts as late, when it is time to rotate.

use diesel::prelude::*;

use super::days;
use crate::audit::{self, Subject};
use crate::db::schema::branches;
use crate::db::{Conn, serialise};
use crate::error::{Error, Faults, Result};
use crate::people::store::{self, Branch};
use crate::people::{Caller, CurrentUser, Role};
use crate::text::{self, money};

/// The most that a person-day costs: 100,000 yuan.
const DEAREST_DAY: i32 = 10_000_000;

/// What was typed in yuan as fen; nothing typed: no rate.
fn day_rate_of(typed: &str) -> std::result::Result<Option<i32>, &'static str> {
    let Some(typed) = text::filled(typed) else { return Ok(None) };
    let fen = money::fen(&typed).ok_or("not_an_amount")?;
    let rate = i32::try_from(fen).ok().filter(|rate| (0..=DEAREST_DAY).contains(rate));
    rate.map(Some).ok_or("out_of_range")
}

/// What is set, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchRules {
    /// How many minutes before an outlet opens its people are there: 0 to 120.
    pub lead_minutes: i32,
    /// By how many minutes one may come late or leave early: 0 to 60.
    pub grace_minutes: i32,
    /// After how many weeks at one established outlet it is time to rotate: 1 to 104.
    pub rotation_weeks: i32,
    /// What a person-day on site costs, in fen: up to 100,000 yuan; none: not said.
    pub day_rate_fen: Option<i32>,
}

impl BranchRules {
    /// Checks what was typed.
    ///
    /// # Errors
    /// By field: `lead_minutes`, `grace_minutes`, `rotation_weeks`, `day_rate`.
    pub fn parse(lead: &str, grace: &str, rotation: &str, day_rate: &str) -> Result<BranchRules> {
        let mut faults = Faults::new();
        let mut number = |field: &str, typed: &str, least: i32, most: i32| {
            let read = match typed.trim() {
                "" => Err("required"),
                typed => typed.parse::<i32>().map_err(|_| "not_whole"),
            };
            faults.take(field, read).and_then(|n| faults.within(field, n, least..=most))
        };
        let lead = number("lead_minutes", lead, 0, 120);
        let grace = number("grace_minutes", grace, 0, 60);
        let rotation = number("rotation_weeks", rotation, 1, 104);
        let day_rate = faults.take("day_rate", day_rate_of(day_rate));
        match (lead, grace, rotation, day_rate) {
            (Some(lead_minutes), Some(grace_minutes), Some(rotation_weeks), Some(day_rate_fen)) => {
                Ok(BranchRules { lead_minutes, grace_minutes, rotation_weeks, day_rate_fen })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// The branch whose settings somebody may change: the own one, an admin's by its code, else the first.
///
/// # Errors
/// `Forbidden` for who answers for none; `NotFound` out of reach.
pub fn branch(conn: &mut Conn, user: &CurrentUser, code: Option<&str>) -> Result<Branch> {
    user.must_be(&[Role::Coordinator, Role::Manager, Role::Admin])?;
    if user.role != Role::Admin {
        user.own_branch()?;
    }
    let mut all = store::branches_in_reach(conn, user.reach())?;
    let at = match code {
        Some(code) => all.iter().position(|b| b.code == code),
        None => (!all.is_empty()).then_some(0),
    };
    at.map(|at| all.swap_remove(at)).ok_or_else(Error::not_found)
}

/// Keeps a branch's settings. What follows from the grace is worked out on reading; days that were added up are so anew.
///
/// # Errors
/// As [`branch`].
pub fn change(conn: &mut Conn, caller: &Caller, code: Option<&str>, new: BranchRules) -> Result<Branch> {
    let id = branch(conn, caller.user()?, code)?.id;
    serialise(conn, id)?;
    diesel::update(branches::table.find(id))
        .set((
            branches::lead_minutes.eq(new.lead_minutes),
            branches::grace_minutes.eq(new.grace_minutes),
            branches::rotation_weeks.eq(new.rotation_weeks),
            branches::day_rate_fen.eq(new.day_rate_fen),
        ))
        .execute(conn)?;
    days::mark_all(conn, id, caller.now)?;
    let detail = serde_json::json!({
        "lead_minutes": new.lead_minutes, "grace_minutes": new.grace_minutes, "rotation_weeks": new.rotation_weeks,
        "day_rate_fen": new.day_rate_fen,
    });
    audit::record(conn, caller, "branch.settings", Subject::new("branch", id, Some(id)), detail)?;
    Ok(branches::table.find(id).first(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_rate_is_yuan_with_at_most_two_decimals() {
        assert_eq!(
            ["", " 350 ", "0.29", "100000"].map(day_rate_of),
            [Ok(None), Ok(Some(35_000)), Ok(Some(29)), Ok(Some(10_000_000))]
        );
        for (typed, code) in [
            ("-1", "out_of_range"),
            ("100000.01", "out_of_range"),
            ("1亿", "out_of_range"),
            ("1.234", "not_an_amount"),
            ("NaN", "not_an_amount"),
            ("much", "not_an_amount"),
        ] {
            assert_eq!(day_rate_of(typed), Err(code), "{typed}");
        }
    }
}
