//! Who and where: branches with their people, outlets with their hours, phases and contacts.

use chrono::{Duration, NaiveDate};
use chrono_tz::Asia::Shanghai;

use super::bulk::Waiting;
use super::draw::Draw;
use super::names::{self, BANKS, CITIES, DISTRICTS};
use super::rows::{BankRow, BranchRow, ContactRow, HoursRow, OutletRow, PhaseRow, UserRow};
use super::{KNOWN_BROKERS, Plan};
use crate::calendar::local::day_start;
use crate::db::{At, Id};
use crate::outlets::phase::Phase;
use crate::outlets::store::search_text;
use crate::people::Role;
use crate::place::Point;
use crate::text::fold;

/// What the history needs to know of a branch.
#[derive(Debug)]
pub struct Branch {
    /// Its id.
    pub id: Id,
    /// Who draws up its shifts and looks at what is flagged.
    pub coordinator: Id,
    /// Its outlets to which somebody is sent.
    pub posted: Vec<Site>,
    code: String,
    city: usize,
}

/// What the history needs to know of an outlet.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Its id.
    pub id: Id,
    /// Where it is.
    pub point: Point,
    /// When it opens and closes, on Mondays to Fridays.
    pub hours: (&'static str, &'static str),
}

/// What the history needs to know of a broker.
#[derive(Clone, Copy, Debug)]
pub struct Broker {
    /// Their id.
    pub id: Id,
    /// Their branch's place in the list.
    pub branch: usize,
    /// The last day of their certificate.
    pub certificate: NaiveDate,
    /// The share of those they reach whom they win.
    pub skill: f64,
}

/// Everybody and every place.
#[derive(Debug, Default)]
pub struct World {
    /// All branches.
    pub branches: Vec<Branch>,
    /// All brokers; those of one branch stand as far apart as there are branches.
    pub brokers: Vec<Broker>,
}

/// The radius of an outlet's circle.
pub const RADIUS_M: i32 = 150;

/// A point so many metres north and east of another, near enough for what is made up.
pub fn moved(from: Point, north_m: f64, east_m: f64) -> Point {
    let lat = from.lat + north_m / 111_320.0;
    Point::new(lat, from.lon + east_m / (111_320.0 * from.lat.to_radians().cos()))
}

/// Makes everybody and every place.
pub fn make(plan: &Plan, password_hash: &str, waiting: &mut Waiting) -> World {
    let mut maker = Maker { plan, password_hash, began: At::from(day_start(plan.first_day(), Shanghai)) };
    let mut world = World::default();
    maker.head_office(waiting);
    for number in 0..plan.branches() {
        world.branches.push(maker.branch(number, waiting));
    }
    let banks = maker.banks(waiting);
    let mut heads = vec![None; world.branches.len()];
    for number in 0..plan.outlets() {
        maker.outlet(number, &mut world, &mut heads, &banks, waiting);
    }
    for number in 0..plan.brokers() {
        let broker = maker.broker(number, &world, waiting);
        world.brokers.push(broker);
    }
    world
}

struct Maker<'a> {
    plan: &'a Plan,
    password_hash: &'a str,
    /// The first moment of the history.
    began: At,
}

impl Maker<'_> {
    fn user(&self, draw: &mut Draw, login: String, role: Role, branch: Option<Id>, known: bool) -> UserRow {
        UserRow {
            id: draw.id(self.began),
            name: names::person(draw),
            role,
            branch_id: branch,
            email: Some(format!("{login}@example.com")),
            password_hash: known.then(|| self.password_hash.to_owned()),
            certificate_no: None,
            certificate_expires_on: None,
            position_agreed_at: None,
            created_at: self.began,
            updated_at: self.began,
            login,
        }
    }

    fn head_office(&mut self, waiting: &mut Waiting) {
        let mut draw = Draw::of(self.plan.seed, "head office", 0);
        waiting.users.push(self.user(&mut draw, "admin".into(), Role::Admin, None, true));
        waiting.users.push(self.user(&mut draw, "head".into(), Role::Manager, None, true));
    }

    fn branch(&mut self, number: usize, waiting: &mut Waiting) -> Branch {
        let mut draw = Draw::of(self.plan.seed, "branch", number as u64);
        let code = format!("N{:03}", number + 1);
        let city = number % CITIES.len();
        let id = draw.id(self.began);
        let name = format!("{}{}营业部", CITIES[city].0, names::street(&mut draw));
        let name = if number < CITIES.len() { name } else { format!("{name}{}", number / CITIES.len() + 1) };
        waiting.branches.push(BranchRow {
            id,
            code: code.clone(),
            name,
            time_zone: Shanghai.name(),
            created_at: self.began,
        });
        let low = code.to_lowercase();
        waiting.users.push(self.user(&mut draw, format!("manager-{low}"), Role::Manager, Some(id), number == 0));
        let coordinators = [1, 2]
            .map(|n| self.user(&mut draw, format!("coordinator-{low}-{n}"), Role::Coordinator, Some(id), number == 0));
        let coordinator = coordinators[0].id;
        waiting.users.extend(coordinators);
        Branch { id, coordinator, posted: Vec::new(), code, city }
    }

    fn banks(&self, waiting: &mut Waiting) -> Vec<(Id, &'static str)> {
        let row = |(number, (name, kind)): (usize, &(&'static str, &'static str))| BankRow {
            id: Draw::of(self.plan.seed, "bank", number as u64).id(self.began),
            name,
            name_folded: fold(name),
            kind: Some(kind),
            created_at: self.began,
        };
        let rows: Vec<_> = BANKS.iter().enumerate().map(row).collect();
        let banks = rows.iter().map(|bank| (bank.id, bank.name)).collect();
        waiting.banks.extend(rows);
        banks
    }

    fn broker(&self, number: usize, world: &World, waiting: &mut Waiting) -> Broker {
        let mut draw = Draw::of(self.plan.seed, "broker", number as u64);
        let branch = number % world.branches.len();
        let known = number < KNOWN_BROKERS;
        let login = format!("broker{:05}", number + 1);
        // A few certificates ran out a while ago.
        let left = if draw.chance(0.02) { draw.between(-90, -1) } else { draw.between(5, 1_000) };
        let certificate = self.plan.today + Duration::days(left);
        let mut row = self.user(&mut draw, login, Role::Broker, Some(world.branches[branch].id), known);
        row.certificate_no = Some(format!("S{:013}", 1_000_000 + number));
        row.certificate_expires_on = Some(certificate);
        row.position_agreed_at = Some(self.began);
        let broker = Broker { id: row.id, branch, certificate, skill: 0.7 + 0.6 * draw.unit() };
        waiting.users.push(row);
        broker
    }

    fn outlet(
        &self,
        number: usize,
        world: &mut World,
        heads: &mut [Option<Id>],
        banks: &[(Id, &'static str)],
        waiting: &mut Waiting,
    ) {
        let mut draw = Draw::of(self.plan.seed, "outlet", number as u64);
        let place = number % world.branches.len();
        let branch = &mut world.branches[place];
        let (bank, bank_name) = *draw.one_of(banks);
        let (city, lat, lon) = CITIES[branch.city];
        let point = moved(Point::new(lat, lon), draw.normal() * 6_000.0, draw.normal() * 6_000.0);
        let code = format!("{}-{:04}", branch.code, number / self.plan.branches() + 1);
        let street = names::street(&mut draw);
        let district = *draw.one_of(DISTRICTS);
        let head = heads[place];
        let (tier, ending) = match head {
            None => ("branch", "分行"),
            Some(_) => draw.weighted(&[
                (("sub_branch", "支行"), 8),
                (("sub_office", "分理处"), 1),
                (("central_sub_branch", "中心支行"), 1),
            ]),
        };
        let name = if head.is_none() {
            format!("{bank_name}({city}{ending})")
        } else {
            format!("{bank_name}({street}{ending})")
        };
        let address = format!("{city}市{district}{street}{}号", draw.between(1, 300));
        let phase = draw.weighted(&PHASES);
        let id = draw.id(self.began);
        heads[place].get_or_insert(id);
        waiting.outlets.push(OutletRow {
            id,
            name_folded: fold(&name),
            search_text: search_text(&code, &name, bank_name, &address, district),
            code,
            name,
            branch_id: branch.id,
            bank_id: Some(bank),
            bank_by_hand: true,
            tier: Some(tier),
            tier_by_hand: true,
            parent_id: head,
            parent_by_hand: head.is_some(),
            phase,
            grade: draw.weighted(&[(Some("A"), 2), (Some("B"), 5), (Some("C"), 5), (None, 2)]),
            lat: Some(point.lat),
            lon: Some(point.lon),
            given_lat: Some(point.lat),
            given_lon: Some(point.lon),
            radius_m: RADIUS_M,
            address,
            district: district.to_owned(),
            created_at: self.began,
            updated_at: self.began,
        });
        let hours = draw.weighted(&[(("09:00", "17:00"), 6), (("08:30", "17:30"), 2), (("09:00", "16:30"), 2)]);
        self.around(&mut draw, id, phase, hours, branch.coordinator, waiting);
        if matches!(phase, Phase::Launch | Phase::Established) {
            branch.posted.push(Site { id, point, hours });
        }
    }

    /// The hours, the way through the phases and the contacts of an outlet.
    fn around(
        &self,
        draw: &mut Draw,
        outlet: Id,
        phase: Phase,
        hours: (&'static str, &'static str),
        by: Id,
        waiting: &mut Waiting,
    ) {
        let (opens, closes) = hours;
        waiting.hours.extend((1..=5).map(|weekday| HoursRow { outlet_id: outlet, weekday, opens, closes }));
        let mut at = self.began;
        for step in Phase::ALL.into_iter().filter(|step| *step <= phase) {
            if matches!(step, Phase::Dormant) && phase == Phase::Ended {
                continue;
            }
            let reason = if step > Phase::Established { "对方不再合作" } else { "" };
            waiting.phases.push(PhaseRow {
                id: draw.id(at),
                outlet_id: outlet,
                phase: step,
                reason,
                by_user: Some(by),
                at,
            });
            at = at + Duration::days(draw.between(7, 60));
        }
        for (role, influence) in [("大堂经理", "gate_keeps"), ("理财经理", "advises")] {
            let name = names::person(draw);
            waiting.contacts.push(ContactRow {
                id: draw.id(self.began),
                outlet_id: outlet,
                name_folded: fold(&name),
                name,
                role,
                influence: Some(influence),
                created_at: self.began,
                updated_at: self.began,
            });
        }
    }
}

/// How many outlets stand in each phase.
const PHASES: [(Phase, usize); 7] = [
    (Phase::Prospecting, 15),
    (Phase::Contacted, 10),
    (Phase::Negotiating, 6),
    (Phase::Launch, 8),
    (Phase::Established, 50),
    (Phase::Dormant, 7),
    (Phase::Ended, 4),
];
