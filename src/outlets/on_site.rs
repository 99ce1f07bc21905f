//! Who sits at an outlet today and what spot checks found there, for whom attendance is open to: the desk, managers, the head office.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::record::Outlet;
use crate::attendance::roll_view::clock;
use crate::attendance::spot_checks::SpotCheck;
use crate::calendar::local::zone_named;
use crate::db::schema::{branches, shifts, spot_checks, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::language::Lang;
use crate::people::{CurrentUser, Role};
use crate::templates::attendance::words;
use crate::templates::outlets::{OnSite, SitsLine, SpotLine};

/// How many spot checks a page shows.
const SHOWN: i64 = 5;

/// What is known of an outlet's days.
#[derive(Debug)]
pub struct Seen {
    branch: String,
    zone: chrono_tz::Tz,
    sits: Vec<(Id, String, At, At)>,
    spots: Vec<(SpotCheck, String)>,
}

/// Loads it; nothing for who may not see it.
///
/// # Errors
/// What the database says.
pub fn load(conn: &mut Conn, user: &CurrentUser, outlet: &Outlet, now: At) -> Result<Option<Seen>> {
    if !matches!(user.role, Role::Coordinator | Role::Manager) {
        return Ok(None);
    }
    let (branch, zone): (String, String) =
        branches::table.find(outlet.branch_id).select((branches::code, branches::time_zone)).first(conn)?;
    let zone = zone_named(&zone);
    let sits = shifts::table
        .inner_join(users::table)
        .filter(shifts::outlet_id.eq(outlet.id).and(shifts::date.eq(now.date_in(zone))))
        .order((shifts::starts_at, users::name))
        .select((shifts::id, users::name, shifts::starts_at, shifts::ends_at))
        .load(conn)?;
    let spots = spot_checks::table
        .inner_join(users::table.on(users::id.eq(spot_checks::broker_id)))
        .filter(spot_checks::outlet_id.eq(outlet.id))
        .order((spot_checks::date.desc(), spot_checks::at.desc(), spot_checks::id.desc()))
        .limit(SHOWN)
        .select((SpotCheck::as_select(), users::name))
        .load(conn)?;
    Ok(Some(Seen { branch, zone, sits, spots }))
}

/// The page's view of it.
pub fn view(seen: &Seen, outlet: &str, lang: Lang) -> OnSite {
    let base = format!("/attendance?branch={}&outlet_id={outlet}", seen.branch);
    let hours =
        |from: At, to: At| format!("{}–{}", words::clock(clock(from, seen.zone)), words::clock(clock(to, seen.zone)));
    let sits = |(shift, name, from, to): &(Id, String, At, At)| SitsLine {
        href: format!("/attendance/{shift}"),
        name: name.clone(),
        hours: hours(*from, *to),
    };
    let day = |date: NaiveDate| format!("{base}&date={date}");
    let spot = |(one, name): &(SpotCheck, String)| SpotLine {
        href: day(one.date),
        name: name.clone(),
        when: format!("{} {}", words::column_day(lang, one.date), words::clock(clock(one.at, seen.zone))),
        present: one.present,
        wrong: !one.present || one.dress_ok == Some(false) || one.badge_ok == Some(false),
        note: one.note.clone(),
    };
    OnSite {
        all: base.clone(),
        sits: seen.sits.iter().map(sits).collect(),
        spots: seen.spots.iter().map(spot).collect(),
    }
}
