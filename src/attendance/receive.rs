//! Receiving a check-in: which outlet and shift it is for, what its position says, and what a person should look at.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::checkin::{CheckinAnswer, Kind, NewCheckin};
use super::flags::APART_AT_ONCE_M;
use super::records::Checkin;
use super::{Flag, Signs, Verdict, days, flags, minutes_early, minutes_late, one_decimal, verdict};
use crate::audit::{self, Subject};
use crate::calendar::local;
use crate::db::schema::{audit_entries, checkins, outlets, requests as kept, shifts, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::on_either;
use crate::people::store::Branch;
use crate::people::{Caller, CurrentUser, Role};
use crate::place::{BoundingBox, Datum, Fence, Point, distance_m};
use crate::requests::{self, Answer, Before, Kept};

/// How far away an outlet may be to be taken for the one meant.
const NEAR_M: f64 = 2_000.0;
/// How many earlier positions a new one is compared with.
const COMPARED: i64 = 3;

/// What is `serialise`d on before a check-in: two of one broker at once must each see the other's position, and a shift must not go while it is used.
pub fn on(user: &CurrentUser, id: Id) -> [Id; 2] {
    [id, user.id]
}

/// Receives a check-in once; the broker's own only. For who `serialise`d `on` what it needs.
///
/// # Errors
/// `NotFound("outlet_id")` where the outlet is out of reach; `Conflict("id_taken")`.
pub fn check_in(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewCheckin) -> Result<Answer<CheckinAnswer>> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    let branch = user.own_branch()?;
    let (kept, standing) = before(conn, user.id, new.at.date_in(branch.zone()), new.id)?;
    let digest = requests::digest(keys, "checkin", &new.asked())?;
    match requests::before(kept, &digest, caller)? {
        Before::Asked(_) => Ok(Answer { body: first_answer(conn, new.id)?, made: false }),
        Before::Never => Ok(Answer { body: receive(conn, caller, user, branch, new, standing, &digest)?, made: true }),
    }
}

/// What a check-in was answered: of its row all that is never changed.
fn first_answer(conn: &mut Conn, id: Id) -> Result<CheckinAnswer> {
    let row: Checkin = checkins::table.find(id).select(Checkin::as_select()).first(conn)?;
    Ok(CheckinAnswer {
        id: row.id,
        outlet_id: row.outlet_id,
        shift_id: row.shift_id,
        verdict: row.verdict,
        distance_m: row.distance_m,
        minutes_late: row.minutes_late,
        minutes_early: row.minutes_early,
        flags: row.flags(),
        received_at: row.received_at,
    })
}

/// What of an outlet a check-in is judged by.
#[derive(Clone, Debug, Queryable)]
struct Site {
    id: Id,
    code: String,
    lat: Option<f64>,
    lon: Option<f64>,
    radius_m: i32,
    fence: Option<String>,
}

type SiteColumns = (outlets::id, outlets::code, outlets::lat, outlets::lon, outlets::radius_m, outlets::fence);
const SITE: SiteColumns = (outlets::id, outlets::code, outlets::lat, outlets::lon, outlets::radius_m, outlets::fence);

impl Site {
    fn fence(&self) -> Result<Option<Fence>> {
        let ring = self.fence.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
        let point = self.lat.zip(self.lon).map(|(lat, lon)| Point::new(lat, lon));
        Ok(Fence::of_outlet(ring, point, f64::from(self.radius_m)))
    }
}

#[derive(Clone, Copy, Debug, Queryable)]
struct OwnShift {
    id: Id,
    outlet_id: Id,
    starts_at: At,
    ends_at: At,
}

/// How a broker stands on the date of a check-in.
struct Standing {
    date: NaiveDate,
    /// The certificate is valid on it, where one is recorded.
    certificate_ok: bool,
    todays: Option<(OwnShift, Site)>,
}

fn receive(
    conn: &mut Conn,
    caller: &Caller,
    user: &CurrentUser,
    branch: &Branch,
    new: &NewCheckin,
    standing: Standing,
    digest: &[u8],
) -> Result<CheckinAnswer> {
    let Standing { date, certificate_ok, todays } = standing;
    let (shift, site) = whereabouts(conn, branch.id, new, todays)?;
    let fence = site.as_ref().map(Site::fence).transpose()?.flatten();
    let judged = verdict(fence.as_ref(), new.fix.as_ref());
    let earlier = Earlier::load(conn, user.id, branch, date, new)?;
    let flags = flags(&Signs {
        at: new.at.utc(),
        received_at: caller.now.utc(),
        offline: new.offline,
        fix: new.fix.as_ref(),
        previous: &earlier.previous,
        recent_other_days: &earlier.other_days,
        has_shift: shift.is_some(),
        certificate_ok,
    });
    let answer = CheckinAnswer {
        id: new.id,
        outlet_id: site.map(|s| s.id),
        shift_id: shift.map(|s| s.id),
        verdict: judged.verdict,
        distance_m: judged.distance_m.map(one_decimal),
        minutes_late: shift
            .filter(|_| new.kind == Kind::In)
            .map(|s| whole(minutes_late(new.at.utc(), s.starts_at.utc()))),
        minutes_early: shift
            .filter(|_| new.kind == Kind::Out)
            .map(|s| whole(minutes_early(new.at.utc(), s.ends_at.utc()))),
        flags,
        received_at: caller.now,
    };
    keep(conn, caller, branch, date, new, digest, &answer)?;
    days::mark_of(conn, user.id, date, answer.received_at)?;
    agree_to_position(conn, caller, user, new)?;
    Ok(answer)
}

/// A shift lasts a day at most, so this never saturates.
fn whole(minutes: i64) -> i32 {
    i32::try_from(minutes).unwrap_or(i32::MAX)
}

/// What is kept of the id, and how the broker stands on the date: one statement, since nearly all check-ins of a brokerage come within the same minutes.
fn before(conn: &mut Conn, broker: Id, date: NaiveDate, id: Id) -> Result<(Option<Kept>, Standing)> {
    type Received = Option<(Id, Option<Vec<u8>>)>;
    type Row = (Option<Kept>, Received, Option<NaiveDate>, Option<OwnShift>, Option<Site>);
    let row = users::table
        .left_join(shifts::table.on(shifts::broker_id.eq(users::id).and(shifts::date.eq(date))))
        .left_join(outlets::table.on(outlets::id.nullable().eq(shifts::outlet_id.nullable())))
        .left_join(kept::table.on(kept::id.eq(id)))
        .left_join(checkins::table.on(checkins::id.eq(id)))
        .filter(users::id.eq(broker))
        .select((
            (kept::user_id, kept::digest.nullable(), kept::answer, kept::gone_at).nullable(),
            (checkins::broker_id, checkins::digest).nullable(),
            users::certificate_expires_on,
            (shifts::id, shifts::outlet_id, shifts::starts_at, shifts::ends_at).nullable(),
            SITE.nullable(),
        ));
    let (kept, received, expires, shift, site): Row = on_either!(conn, c => row.first(c))?;
    let kept = kept.or(received.map(|(broker, digest)| (broker, digest, None, None)));
    let certificate_ok = expires.is_none_or(|last| last >= date);
    Ok((kept, Standing { date, certificate_ok, todays: shift.zip(site) }))
}

/// The shift that the check-in counts for, and the outlet it is judged by.
fn whereabouts(
    conn: &mut Conn,
    branch: Id,
    new: &NewCheckin,
    todays: Option<(OwnShift, Site)>,
) -> Result<(Option<OwnShift>, Option<Site>)> {
    match (new.outlet_id, todays) {
        (None, Some((shift, site))) => Ok((Some(shift), Some(site))),
        (Some(outlet), Some((shift, site))) if shift.outlet_id == outlet => Ok((Some(shift), Some(site))),
        (Some(outlet), _) => {
            let site: Option<Site> = outlets::table
                .filter(outlets::id.eq(outlet).and(outlets::branch_id.eq(branch)))
                .select(SITE)
                .first(conn)
                .optional()?;
            Ok((None, Some(site.ok_or(Error::NotFound(Some("outlet_id")))?)))
        }
        (None, None) => match &new.fix {
            Some(fix) => Ok((None, nearest(conn, branch, fix.wgs84())?)),
            None => Ok((None, None)),
        },
    }
}

/// The radius of an outlet's circle, to say a verdict with its numbers; none: a polygon, or no outlet.
///
/// # Errors
/// What the database says.
pub fn radius(conn: &mut Conn, outlet: Option<Id>) -> Result<Option<i32>> {
    let Some(outlet) = outlet else { return Ok(None) };
    let circle = outlets::table.filter(outlets::id.eq(outlet).and(outlets::fence.is_null()));
    Ok(circle.select(outlets::radius_m).first(conn).optional()?)
}

/// The outlet of the branch nearest to the point, by its fence, within two kilometres; of two equally near the first by code.
fn nearest(conn: &mut Conn, branch: Id, point: Point) -> Result<Option<Site>> {
    let area = BoundingBox::around(point, NEAR_M);
    let living = outlets::table.filter(outlets::branch_id.eq(branch).and(outlets::phase.ne("ended"))).select(SITE);
    let around = living
        .filter(outlets::fence.is_null())
        .filter(outlets::lat.between(area.south, area.north).and(outlets::lon.between(area.west, area.east)));
    // A polygon may reach nearer than its outlet's point.
    let fenced = living.filter(outlets::fence.is_not_null());
    let reachable = around.union_all(fenced);
    let sites: Vec<Site> = on_either!(conn, c => reachable.load(c))?;
    let mut best: Option<(f64, Site)> = None;
    for site in sites {
        let Some(metres) = site.fence()?.map(|fence| fence.distance_m(point)).filter(|m| *m <= NEAR_M) else {
            continue;
        };
        let nearer = best.as_ref().is_none_or(|(least, other)| (metres, &site.code) < (*least, &other.code));
        if nearer {
            best = Some((metres, site));
        }
    }
    Ok(best.map(|(_, site)| site))
}

/// The broker's positions already received that a new one is compared with.
#[derive(Default)]
struct Earlier {
    previous: Vec<(chrono::DateTime<chrono::Utc>, Point)>,
    other_days: Vec<Point>,
}

impl Earlier {
    fn load(conn: &mut Conn, broker: Id, branch: &Branch, date: NaiveDate, new: &NewCheckin) -> Result<Earlier> {
        let Some(fix) = &new.fix else { return Ok(Earlier::default()) };
        // A local day is a stretch of time: what is after it and what is before it are two short walks along one index.
        let (starts, ends) =
            (At::from(local::day_start(date, branch.zone())), At::from(local::day_end(date, branch.zone())));
        let positioned = checkins::table
            .filter(checkins::broker_id.eq(broker).and(checkins::lat.is_not_null()))
            .order((checkins::at.desc(), checkins::received_at.desc()));
        type Row = (At, Option<f64>, Option<f64>);
        const ROW: (checkins::at, checkins::lat, checkins::lon) = (checkins::at, checkins::lat, checkins::lon);
        let latest = positioned.limit(1);
        let before = positioned.filter(checkins::at.lt(starts));
        // Nearly always the latest is earlier than the new one, and nothing is after its day either.
        let (mut previous, mut others): (Option<Row>, Vec<Row>) = match conn {
            Conn::Sqlite(c) => {
                let previous = latest.select(ROW).load(c)?.pop();
                (previous, before.limit(COMPARED).select(ROW).load(c)?)
            }
            Conn::Postgres(c) => {
                let latest = latest.select((true.into_sql::<Bool>(), ROW));
                let before = before.limit(COMPARED).select((false.into_sql::<Bool>(), ROW));
                let rows: Vec<(bool, Row)> = latest.union_all(before).load(c)?;
                let (latest, before): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(is_latest, _)| *is_latest);
                (latest.into_iter().map(|(_, row)| row).next(), before.into_iter().map(|(_, row)| row).collect())
            }
        };
        if previous.as_ref().is_some_and(|(at, ..)| *at > new.at) {
            previous = positioned.filter(checkins::at.le(new.at)).select(ROW).first(conn).optional()?;
            let mut after: Vec<Row> =
                positioned.filter(checkins::at.ge(ends)).limit(COMPARED).select(ROW).load(conn)?;
            after.append(&mut others);
            after.truncate(COMPARED as usize);
            others = after;
        }
        let point = |(at, lat, lon): Row| Some((at.utc(), Point::new(lat?, lon?)));
        let mut previous: Vec<_> = previous.and_then(point).into_iter().collect();
        // One at the same moment and near by says nothing of the others at it, nor of the one before.
        let at_once =
            |(then, there): &(_, Point)| *then == new.at.utc() && distance_m(*there, fix.wgs84()) <= APART_AT_ONCE_M;
        if previous.iter().any(at_once) {
            let same: Vec<Row> = positioned.filter(checkins::at.eq(new.at)).select(ROW).load(conn)?;
            let before: Vec<Row> = positioned.filter(checkins::at.lt(new.at)).limit(1).select(ROW).load(conn)?;
            previous = same.into_iter().chain(before).filter_map(point).collect();
        }
        Ok(Earlier { previous, other_days: others.into_iter().filter_map(point).map(|(_, point)| point).collect() })
    }
}

/// Whether somebody should look at it: anything but a plain "on site", with or without a shift.
fn wants_a_look(answer: &CheckinAnswer) -> bool {
    answer.verdict != Verdict::OnSite || answer.flags.iter().any(|flag| *flag != Flag::NoShift)
}

#[derive(Insertable)]
#[diesel(table_name = checkins, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Id,
    branch_id: Id,
    broker_id: Id,
    outlet_id: Option<Id>,
    shift_id: Option<Id>,
    kind: Kind,
    at: At,
    date: NaiveDate,
    received_at: At,
    offline: bool,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    datum: Datum,
    given_lat: Option<f64>,
    given_lon: Option<f64>,
    reason: Option<&'a str>,
    verdict: Verdict,
    distance_m: Option<f64>,
    minutes_late: Option<i32>,
    minutes_early: Option<i32>,
    flags: String,
    review: Option<&'a str>,
    digest: &'a [u8],
}

/// Keeps it, and says so in the trail.
fn keep(
    conn: &mut Conn,
    caller: &Caller,
    branch: &Branch,
    date: NaiveDate,
    new: &NewCheckin,
    digest: &[u8],
    answer: &CheckinAnswer,
) -> Result<()> {
    let names: Vec<&str> = answer.flags.iter().map(|flag| flag.as_str()).collect();
    let row = NewRow {
        id: new.id,
        branch_id: branch.id,
        broker_id: caller.user()?.id,
        outlet_id: answer.outlet_id,
        shift_id: answer.shift_id,
        kind: new.kind,
        at: new.at,
        date,
        received_at: answer.received_at,
        offline: new.offline,
        lat: new.fix.map(|fix| fix.wgs84().lat),
        lon: new.fix.map(|fix| fix.wgs84().lon),
        accuracy_m: new.fix.map(|fix| fix.accuracy_m()),
        datum: new.datum,
        given_lat: new.fix.map(|fix| fix.given().lat),
        given_lon: new.fix.map(|fix| fix.given().lon),
        reason: new.reason.as_deref(),
        verdict: answer.verdict,
        distance_m: answer.distance_m,
        minutes_late: answer.minutes_late,
        minutes_early: answer.minutes_early,
        flags: names.join(" "),
        review: wants_a_look(answer).then_some("waiting"),
        digest,
    };
    let detail = serde_json::json!({ "kind": new.kind, "verdict": answer.verdict, "flags": answer.flags });
    let subject = Subject::new("checkin", new.id, Some(branch.id));
    let entry = audit::entry(caller, "checkin.create", subject, detail);
    let (row, entry) = (row.insert_into(checkins::table), entry.insert_into(audit_entries::table));
    crate::insert_both!(conn, row, entry)?;
    Ok(())
}

/// The first position sent counts as agreement that a check-in records where one is, and that is put on record.
fn agree_to_position(conn: &mut Conn, caller: &Caller, user: &CurrentUser, new: &NewCheckin) -> Result<()> {
    if new.fix.is_none() || user.position_agreed_at.is_some() {
        return Ok(());
    }
    let agreed = diesel::update(users::table.filter(users::id.eq(user.id).and(users::position_agreed_at.is_null())))
        .set(users::position_agreed_at.eq(caller.now))
        .execute(conn)?;
    if agreed == 0 {
        return Ok(());
    }
    let branch = user.branch.as_ref().map(|b| b.id);
    audit::record(conn, caller, "position.agree", Subject::new("user", user.id, branch), serde_json::json!({}))
}
