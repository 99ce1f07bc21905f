//! Shifts and check-ins, day by day: where a broker is posted, when they came and left, what the phone said, and the signs that follow from it.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Asia::Shanghai;

use super::Plan;
use super::bulk::Waiting;
use super::draw::Draw;
use super::rows::{CheckinRow, ShiftRow};
use super::world::{Broker, RADIUS_M, Site, World, moved};
use crate::attendance::checkin::Kind;
use crate::attendance::positions::first_kept;
use crate::attendance::{Fix, Flag, Signs, Verdict, flags, minutes_early, minutes_late, one_decimal, verdict};
use crate::calendar::local::at_local;
use crate::db::{At, Id};
use crate::error::{Error, Result};
use crate::place::{Datum, Fence, Point};

/// How long a broker stays at one outlet, in days.
const ROTATION: i64 = 84;
/// One broker in so many has a phone that tells the same position every day.
const SPOOFERS: usize = 150;

/// The last positions of a broker, the newest last; as many as a new one may be compared with.
#[derive(Clone, Debug, Default)]
struct Trail(Vec<(At, NaiveDate, Point)>);

impl Trail {
    fn previous(&self) -> Vec<(DateTime<Utc>, Point)> {
        self.0.last().map(|(at, _, point)| (at.utc(), *point)).into_iter().collect()
    }

    fn other_days(&self, date: NaiveDate) -> Vec<Point> {
        self.0.iter().rev().filter(|(_, day, _)| *day != date).take(3).map(|(_, _, point)| *point).collect()
    }

    fn add(&mut self, at: At, date: NaiveDate, point: Point) {
        // Two of this day and three of others are all that is ever looked at.
        if self.0.len() == 5 {
            self.0.remove(0);
        }
        self.0.push((at, date, point));
    }
}

/// The outlet at which a broker is posted on a date.
pub fn posted_at<'a>(plan: &Plan, world: &'a World, broker: usize, date: NaiveDate) -> Option<&'a Site> {
    let branch = &world.branches[world.brokers[broker].branch];
    let period = (date - plan.first_day()).num_days() / ROTATION;
    let place = broker / world.branches.len() + period as usize * 7;
    branch.posted.get(place % branch.posted.len().max(1))
}

/// A time on the wall in China, which has known no other since 1991.
pub fn wall(date: NaiveDate, time: &str) -> Result<At> {
    let time: NaiveTime = time.parse().map_err(Error::internal)?;
    Ok(At::from(at_local(date, time, Shanghai)))
}

/// Makes shifts and check-ins.
pub struct Attendance<'a> {
    plan: &'a Plan,
    world: &'a World,
    trails: Vec<Trail>,
}

/// A shift that somebody has, as far as a check-in at it needs it.
#[derive(Clone, Copy)]
struct Posted {
    id: Id,
    starts_at: At,
    ends_at: At,
}

impl<'a> Attendance<'a> {
    /// For all brokers, before the first day.
    pub fn new(plan: &'a Plan, world: &'a World) -> Attendance<'a> {
        Attendance { plan, world, trails: vec![Trail::default(); world.brokers.len()] }
    }

    /// One workday of one broker.
    ///
    /// # Errors
    /// Only when the makers themselves are wrong.
    pub fn day(&mut self, date: NaiveDate, number: usize, waiting: &mut Waiting) -> Result<()> {
        let broker = self.world.brokers[number];
        let Some(site) = posted_at(self.plan, self.world, number, date) else { return Ok(()) };
        let mut draw = Draw::of(self.plan.seed, "day", (number as u64) << 20 | day_number(date));
        // On a Saturday that is worked instead of a holiday the branch's own hours hold.
        let weekend = date.weekday().number_from_monday() > 5;
        let (opens, closes) = if weekend { ("09:00", "17:00") } else { site.hours };
        let (starts_at, ends_at) = (wall(date, opens)?, wall(date, closes)?);
        let branch = &self.world.branches[broker.branch];
        let has_shift = broker.certificate >= date && draw.chance(0.92);
        let posted = has_shift.then(|| {
            let created_at = starts_at - Duration::days(draw.between(4, 10));
            let shift = ShiftRow {
                id: draw.id(created_at),
                branch_id: branch.id,
                outlet_id: site.id,
                broker_id: broker.id,
                date,
                starts_at,
                ends_at,
                created_by: Some(branch.coordinator),
                created_at,
            };
            let posted = Posted { id: shift.id, starts_at, ends_at };
            waiting.shifts.push(shift);
            posted
        });
        // Some come without being posted; some do not come.
        let comes = date < self.plan.today && if has_shift { draw.chance(0.97) } else { draw.chance(0.1) };
        if !comes {
            return Ok(());
        }
        let came = starts_at + Duration::seconds((draw.normal() * 420.0) as i64 - 420);
        self.check_in(&mut draw, number, Kind::In, came, date, site, posted, waiting)?;
        if draw.chance(0.95) {
            let left = ends_at + Duration::seconds((draw.normal() * 500.0) as i64 + 500);
            self.check_in(&mut draw, number, Kind::Out, left, date, site, posted, waiting)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one moment of one broker: what the day has worked out already")]
    fn check_in(
        &mut self,
        draw: &mut Draw,
        number: usize,
        kind: Kind,
        at: At,
        date: NaiveDate,
        site: &Site,
        posted: Option<Posted>,
        waiting: &mut Waiting,
    ) -> Result<()> {
        let broker = self.world.brokers[number];
        let branch = &self.world.branches[broker.branch];
        let fix = fix(draw, number, site)?;
        let (offline, received_at) = received(draw, at, self.plan.ends());
        let fence = Fence::circle(site.point, f64::from(RADIUS_M)).map_err(|_| Error::internal("a fence"))?;
        let judged = verdict(Some(&fence), fix.as_ref());
        let flags = self.signs(&broker, number, date, (at, received_at, offline), fix.as_ref(), posted.is_some());
        if let Some(fix) = &fix {
            self.trails[number].add(at, date, fix.wgs84());
        }
        let looked_at = judged.verdict != Verdict::OnSite || flags.iter().any(|flag| *flag != Flag::NoShift);
        // The coordinator keeps up, but for the last days.
        let reviewed = looked_at && draw.chance(0.9) && date + Duration::days(5) < self.plan.today;
        let names: Vec<&str> = flags.iter().map(|flag| flag.as_str()).collect();
        let kept = fix.filter(|_| received_at >= first_kept(self.plan.ends(), self.plan.keep_positions_days));
        waiting.checkins.push(CheckinRow {
            id: draw.id(at),
            branch_id: branch.id,
            broker_id: broker.id,
            outlet_id: Some(site.id),
            shift_id: posted.map(|shift| shift.id),
            kind,
            at,
            date,
            received_at,
            offline,
            lat: kept.map(|fix| fix.wgs84().lat),
            lon: kept.map(|fix| fix.wgs84().lon),
            accuracy_m: fix.map(|fix| fix.accuracy_m()),
            datum: Datum::Wgs84,
            given_lat: kept.map(|fix| fix.given().lat),
            given_lon: kept.map(|fix| fix.given().lon),
            reason: fix.is_none().then_some("室内没有信号"),
            verdict: judged.verdict,
            distance_m: judged.distance_m.map(one_decimal),
            minutes_late: posted.filter(|_| kind == Kind::In).map(|s| minutes_late(at.utc(), s.starts_at.utc()) as i32),
            minutes_early: posted
                .filter(|_| kind == Kind::Out)
                .map(|s| minutes_early(at.utc(), s.ends_at.utc()) as i32),
            flags: names.join(" "),
            review: looked_at.then_some(if reviewed { "accepted" } else { "waiting" }),
            reviewed_by: reviewed.then_some(branch.coordinator),
            reviewed_at: reviewed.then_some(received_at + Duration::hours(20)),
        });
        Ok(())
    }

    fn signs(
        &self,
        broker: &Broker,
        number: usize,
        date: NaiveDate,
        (at, received_at, offline): (At, At, bool),
        fix: Option<&Fix>,
        has_shift: bool,
    ) -> Vec<Flag> {
        let trail = &self.trails[number];
        flags(&Signs {
            at: at.utc(),
            received_at: received_at.utc(),
            offline,
            fix,
            previous: &trail.previous(),
            recent_other_days: &trail.other_days(date),
            has_shift,
            certificate_ok: broker.certificate >= date,
        })
    }
}

fn day_number(date: NaiveDate) -> u64 {
    u64::try_from((date - NaiveDate::default()).num_days()).unwrap_or(0)
}

/// What the phone says: mostly good, sometimes poor, elsewhere, nothing, or what somebody told it to say.
fn fix(draw: &mut Draw, number: usize, site: &Site) -> Result<Option<Fix>> {
    let (near, far) = (draw.normal(), draw.normal());
    let accuracy = 6.0 + draw.delay(1.0).num_seconds() as f64 / 4_000.0;
    let (point, accuracy) = match draw.weighted(&[(0, 9_300), (1, 300), (2, 200), (3, 150), (4, 30), (5, 20)]) {
        _ if number % SPOOFERS == 7 => (moved(site.point, 21.0, -13.0), 10.0),
        0 => (moved(site.point, near * 30.0, far * 30.0), accuracy),
        1 => (moved(site.point, near * 1_500.0, far * 1_500.0), accuracy),
        2 => (moved(site.point, near * 200.0, far * 200.0), 300.0 + accuracy * 20.0),
        3 => return Ok(None),
        4 => (moved(site.point, near * 30.0, far * 30.0), 0.0),
        _ => (moved(site.point, 900_000.0, far * 100_000.0), accuracy),
    };
    let accuracy = (accuracy * 10.0).round() / 10.0;
    Fix::parse(point.lat, point.lon, accuracy, Datum::Wgs84)
        .map(Some)
        .map_err(|_| Error::internal("a made-up position"))
}

/// Whether it was made without a network, and when it arrived.
fn received(draw: &mut Draw, at: At, ends: At) -> (bool, At) {
    let prompt = at + Duration::milliseconds(draw.between(300, 4_000));
    let (offline, received_at) = match draw.weighted(&[(0, 970), (1, 22), (2, 4), (3, 4)]) {
        0 => (false, prompt),
        1 => (true, at + draw.delay(0.05)),
        2 => (true, at + Duration::hours(24) + draw.delay(0.5)),
        // A clock that is wrong.
        _ => (false, at + Duration::minutes(draw.between(6, 50))),
    };
    (offline, received_at.min(ends - Duration::seconds(1)))
}
