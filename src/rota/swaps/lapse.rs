//! Offers that are over by themselves: their shift changed, or their day passed.

use std::collections::HashSet;

use diesel::prelude::*;

use super::{Swap, SwapState, is_open, keep, said};
use crate::app::App;
use crate::db::schema::{branches, swaps};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::jobs;
use crate::language::Lang;
use crate::people::Caller;
use crate::rota::changes::Made;
use crate::rota::rules::hold;
use crate::rota::tell;
use crate::t;

/// What is open about shifts that changed lapses; answers those swaps, whose people are to be told.
///
/// # Errors
/// What the database says.
pub fn lapse_of(conn: &mut Conn, caller: &Caller, branch: Id, changed: &HashSet<Id>) -> Result<Vec<Swap>> {
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let open = swaps::table.filter(swaps::branch_id.eq(branch).and(is_open()));
    let mut about: Vec<Swap> = open.select(Swap::as_select()).load(conn)?;
    about.retain(|swap| [Some(swap.shift_id), swap.other_shift_id].iter().flatten().any(|id| changed.contains(id)));
    for swap in &mut about {
        (swap.state, swap.decided_at) = (SwapState::Lapsed, Some(caller.now));
        keep(conn, caller, branch, swap, None)?;
    }
    Ok(about)
}

/// What a mail says about swaps that lapsed since their shifts changed: the heading and a line each.
pub fn lapsed_words(lang: Lang, lapsed: &[&Swap]) -> (String, Vec<String>) {
    (t!(lang, "swap-mail-lapsed-heading", n = lapsed.len()), lapsed.iter().map(|swap| swap.days(lang)).collect())
}

/// Lets lapse what is open about days that are past, and tells both people.
///
/// # Errors
/// What the database says.
pub fn lapse_past(app: &App) -> Result<()> {
    let (post, now) = (app.post(), app.clock.now());
    let zones: Vec<(Id, String)> =
        app.db.read_now(|conn| Ok(branches::table.select((branches::id, branches::time_zone)).load(conn)?))?;
    jobs::each(zones, |(branch, zone)| {
        let zone: chrono_tz::Tz = zone.parse().map_err(Error::internal)?;
        let (post, today) = (post.clone(), now.date_in(zone));
        app.db.write_now(move |conn| {
            hold(conn, branch)?;
            let past: Vec<Swap> = swaps::table
                .filter(swaps::branch_id.eq(branch).and(is_open()))
                .filter(swaps::date.lt(today).or(swaps::other_date.lt(today)))
                .limit(100)
                .select(Swap::as_select())
                .load(conn)?;
            let caller = Caller::program(now);
            for mut swap in past {
                (swap.state, swap.decided_at) = (SwapState::Lapsed, Some(now));
                keep(conn, &caller, branch, &swap, None)?;
                for person in swap.people() {
                    tell::answer(conn, &post, &caller, zone, person, &Made::default(), &|lang| {
                        said(lang, "lapsed", "", &swap)
                    })?;
                }
            }
            Ok(())
        })
    })
}
