//! What Today shows of a broker's day: the shift, what was checked in, who is to be contacted.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::Verdict;
use super::checkin::Kind;
use super::questions;
use super::records::Review;
use super::roll_view;
use super::standing::{self, missed_through};
use crate::calendar::local;
use crate::db::schema::{checkins, follow_ups, outlets, prospects, shifts, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::days_left;
use crate::language::Lang;
use crate::people::CurrentUser;
use crate::people::certificate::FIRST_WARNING;
use crate::place::{Datum, Point};
use crate::rota::asked;
use crate::templates::attendance::{Due, Reviewed, Seen, ShiftCard, TodayView, Way};

/// How many follow-ups Today names.
const NAMED: i64 = 6;

/// Reads a broker's day.
///
/// # Errors
/// What the database says.
pub fn load(conn: &mut Conn, user: &CurrentUser, now: At, lang: Lang, kept_days: u32) -> Result<TodayView> {
    let zone = user.zone();
    let here = now.utc().with_timezone(&zone);
    let date = here.date_naive();
    let shift = shift_card(conn, user, here)?;
    let waiting = standing::open_due_dates(conn, user.id, date)?;
    let due = if waiting.is_empty() { Vec::new() } else { due(conn, user.id, date)? };
    let seen = seen(conn, user.id, date, zone, shift.as_ref().map(|(id, _)| *id))?;
    let left = seen.last().is_some_and(|last| last.kind == Kind::Out);
    let next = if shift.is_none() || left { next_shift(conn, user.id, date, zone)? } else { None };
    let asked = exists(checkins::table.filter(checkins::broker_id.eq(user.id).and(questions::is_asked())));
    let (expires, asked): (Option<NaiveDate>, bool) =
        users::table.find(user.id).select((users::certificate_expires_on, asked)).first(conn)?;
    Ok(TodayView {
        date,
        zone: zone.name().to_owned(),
        now: here.time(),
        shift: shift.map(|(_, card)| card),
        next,
        questions: if asked { questions::open(conn, user.id, zone)? } else { Vec::new() },
        notices: asked::notices(conn, user, now, lang)?,
        seen,
        due,
        open: waiting.len() as i64,
        overdue: waiting.iter().filter(|due_on| **due_on < date).count() as i64,
        due_today: waiting.iter().filter(|due_on| **due_on == date).count() as i64,
        certificate: match expires {
            Some(last) if (last - date).num_days() > FIRST_WARNING => None,
            other => Some(other),
        },
        answered: roll_view::answered(conn, user.id, now, zone)?,
        agreed: user.position_agreed_at.is_some(),
        kept_days,
    })
}

fn shift_card(conn: &mut Conn, user: &CurrentUser, here: DateTime<Tz>) -> Result<Option<(Id, ShiftCard)>> {
    type OutletRow = (Id, String, String, Option<f64>, Option<f64>);
    let row: Option<(At, At, OutletRow)> = shifts::table
        .inner_join(outlets::table)
        .filter(shifts::broker_id.eq(user.id).and(shifts::date.eq(here.date_naive())))
        .select((
            shifts::starts_at,
            shifts::ends_at,
            (outlets::id, outlets::name, outlets::address, outlets::lat, outlets::lon),
        ))
        .first(conn)
        .optional()?;
    let Some((starts_at, ends_at, (outlet, name, address, lat, lon))) = row else { return Ok(None) };
    let with: Vec<String> = shifts::table
        .inner_join(users::table)
        .filter(shifts::outlet_id.eq(outlet).and(shifts::date.eq(here.date_naive())))
        .filter(shifts::broker_id.ne(user.id))
        .order((shifts::starts_at, users::name))
        .limit(20)
        .select(users::name)
        .load(conn)?;
    let on_the_wall = |at: At| at.utc().with_timezone(&here.timezone()).time();
    let card = ShiftCard {
        href: format!("/outlets/{outlet}"),
        way: lat.zip(lon).map(|(lat, lon)| way(Point::new(lat, lon), &name)),
        outlet: name,
        starts: on_the_wall(starts_at),
        ends: on_the_wall(ends_at),
        minutes_left: (ends_at.utc() - here.to_utc()).num_minutes(),
        with,
        address,
    };
    Ok(Some((outlet, card)))
}

/// Links to a place on four maps.
fn way(point: Point, name: &str) -> Way {
    let (gcj, bd) = (Datum::Gcj02.from_wgs84(point), Datum::Bd09.from_wgs84(point));
    let query = |pairs: &[(&str, &str)]| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let pair = |a: f64, b: f64| format!("{a:.6},{b:.6}");
    Way {
        amap: format!(
            "https://uri.amap.com/marker?{}",
            query(&[
                ("position", &pair(gcj.lon, gcj.lat)),
                ("name", name),
                ("coordinate", "gaode"),
                ("src", "bankside")
            ])
        ),
        baidu: format!(
            "https://api.map.baidu.com/marker?{}",
            query(&[
                ("location", &pair(bd.lat, bd.lon)),
                ("title", name),
                ("content", name),
                ("coord_type", "bd09ll"),
                ("output", "html"),
                ("src", "bankside"),
            ])
        ),
        apple: format!("https://maps.apple.com/?{}", query(&[("ll", &pair(gcj.lat, gcj.lon)), ("q", name)])),
        geo: format!("geo:{}", pair(point.lat, point.lon)),
    }
}

fn next_shift(
    conn: &mut Conn,
    broker: Id,
    today: NaiveDate,
    zone: Tz,
) -> Result<Option<(NaiveDate, chrono::NaiveTime, String)>> {
    let row: Option<(NaiveDate, At, String)> = shifts::table
        .inner_join(outlets::table)
        .filter(shifts::broker_id.eq(broker).and(shifts::date.gt(today)))
        .order(shifts::date)
        .select((shifts::date, shifts::starts_at, outlets::name))
        .first(conn)
        .optional()?;
    Ok(row.map(|(date, at, outlet)| (date, at.utc().with_timezone(&zone).time(), outlet)))
}

type SeenRow = (
    (Kind, At, Verdict, Option<f64>, Option<f64>, Option<i32>, Option<i32>),
    (Option<Review>, Option<String>, Option<String>),
    Option<(Id, String, i32, Option<String>)>,
);

/// The check-ins of a date in their order; the outlet is named where it is not the shift's.
///
/// # Errors
/// What the database says.
pub fn seen(conn: &mut Conn, broker: Id, date: NaiveDate, zone: Tz, outlet: Option<Id>) -> Result<Vec<Seen>> {
    let (starts, ends) = (At::from(local::day_start(date, zone)), At::from(local::day_end(date, zone)));
    let mut rows: Vec<SeenRow> = checkins::table
        .left_join(outlets::table)
        // A local day is a stretch of time along the broker's index.
        .filter(checkins::broker_id.eq(broker).and(checkins::at.ge(starts)).and(checkins::at.lt(ends)))
        .order((checkins::at.desc(), checkins::received_at.desc()))
        .limit(12)
        .select((
            (
                checkins::kind,
                checkins::at,
                checkins::verdict,
                checkins::distance_m,
                checkins::accuracy_m,
                checkins::minutes_late,
                checkins::minutes_early,
            ),
            (checkins::review, checkins::review_note, checkins::answer),
            (outlets::id, outlets::name, outlets::radius_m, outlets::fence).nullable(),
        ))
        .load(conn)?;
    rows.reverse();
    Ok(rows.into_iter().map(|row| seen_of(row, zone, outlet)).collect())
}

fn seen_of(row: SeenRow, zone: Tz, shift_outlet: Option<Id>) -> Seen {
    let ((kind, at, verdict, distance_m, accuracy_m, late, early), (review, note, answer), outlet) = row;
    Seen {
        kind,
        at: at.utc().with_timezone(&zone).time(),
        radius_m: outlet.as_ref().filter(|(.., fence)| fence.is_none()).map(|(_, _, radius, _)| *radius),
        outlet: outlet.filter(|(id, ..)| Some(*id) != shift_outlet).map(|(_, name, ..)| name),
        verdict,
        distance_m,
        accuracy_m,
        late,
        early,
        review: review.map(|review| Reviewed { review, note, answer }),
    }
}

/// The open follow-ups that press most.
fn due(conn: &mut Conn, broker: Id, today: NaiveDate) -> Result<Vec<Due>> {
    type Row = (Id, String, NaiveDate, NaiveDate, Option<String>);
    let rows: Vec<Row> = follow_ups::table
        .inner_join(prospects::table.left_join(outlets::table))
        .filter(follow_ups::broker_id.eq(broker).and(follow_ups::due_on.gt(missed_through(today))))
        .filter(follow_ups::kept_at.is_null().and(follow_ups::waived_at.is_null()))
        .filter(prospects::state.eq("active"))
        .order((follow_ups::due_on, follow_ups::starts_at))
        .limit(NAMED)
        .select((prospects::id, prospects::name, prospects::met_on, follow_ups::due_on, outlets::name.nullable()))
        .load(conn)?;
    let due = |(id, name, met_on, due_on, outlet): Row| Due {
        href: format!("/prospects/{id}"),
        name,
        met_on,
        outlet,
        days_left: days_left(due_on, today),
    };
    Ok(rows.into_iter().map(due).collect())
}
