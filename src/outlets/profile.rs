//! What the page of one outlet shows, loaded in a handful of queries and put into words.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::contacts::{self, Contact};
use super::phase::Phase;
use super::view::{self, OutletView};
use super::{on_site, record};
use crate::db::schema::{branches, outlet_closures, outlet_phases, outlet_special_hours, outlets, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::people::store::Branch;
use crate::people::{CurrentUser, Role};
use crate::place::{Datum, Point};
use crate::results::scorecard::{self, Scorecard, ScorecardInput};
use crate::results::scorecard_pages;
use crate::rota::planning::repair::MOST_DAYS;
use crate::t;
use crate::templates::outlets::{ClosureLine, ContactLine, Crumb, PhaseLine, Profile, SpecialLine, WayThere};
use crate::templates::results::scorecard::ScoreView;

/// How many outlets below one are listed.
const CHILDREN: i64 = 100;

/// An outlet with what hangs on it.
#[derive(Debug)]
pub struct Seen {
    /// The outlet.
    pub outlet: OutletView,
    /// Of which branch.
    pub branch_id: Id,
    /// Its bank.
    pub bank_id: Option<Id>,
    parent: Option<(Id, String)>,
    children: Vec<(Id, String)>,
    closures: Vec<(Id, NaiveDate, NaiveDate, String)>,
    specials: Vec<(NaiveDate, String, String, String)>,
    contacts: Vec<Contact>,
    phases: Vec<(Phase, String, At, Option<String>)>,
    on_site: Option<on_site::Seen>,
    /// What it did in the last months, for those who answer for it.
    score: Option<Scorecard>,
}

/// Loads it.
///
/// # Errors
/// `NotFound` out of reach.
pub fn load(conn: &mut Conn, user: &CurrentUser, id: Id, now: At) -> Result<Seen> {
    let reach = user.reach();
    let outlet = record::find(conn, reach, id)?;
    let score = match user.role {
        Role::Broker => None,
        Role::Coordinator | Role::Manager | Role::Admin => {
            let branch: Branch = branches::table.find(outlet.branch_id).first(conn)?;
            let period = ScorecardInput::default().period(now.date_in(branch.zone()))?;
            Some(scorecard::load(conn, &branch, period, Some(id), now)?)
        }
    };
    let parent = match outlet.parent_id {
        // A parent of another branch is named to nobody who may not see it.
        Some(parent) => match record::find(conn, reach, parent) {
            Ok(p) => Some((p.id, p.name)),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let children = outlets::table
        .filter(outlets::parent_id.eq(id).and(outlets::branch_id.eq(outlet.branch_id)))
        .order(outlets::code)
        .limit(CHILDREN)
        .select((outlets::id, outlets::name))
        .load(conn)?;
    let closures = outlet_closures::table
        .filter(outlet_closures::outlet_id.eq(id))
        .order(outlet_closures::from_date)
        .select((outlet_closures::id, outlet_closures::from_date, outlet_closures::to_date, outlet_closures::reason))
        .load(conn)?;
    let specials = outlet_special_hours::table
        .filter(outlet_special_hours::outlet_id.eq(id))
        .order(outlet_special_hours::date)
        .select((
            outlet_special_hours::date,
            outlet_special_hours::opens,
            outlet_special_hours::closes,
            outlet_special_hours::reason,
        ))
        .load(conn)?;
    let phases = outlet_phases::table
        .left_join(users::table.on(users::id.nullable().eq(outlet_phases::by_user)))
        .filter(outlet_phases::outlet_id.eq(id))
        .order((outlet_phases::at.desc(), outlet_phases::id.desc()))
        .limit(CHILDREN)
        .select((outlet_phases::phase, outlet_phases::reason, outlet_phases::at, users::name.nullable()))
        .load(conn)?;
    let contacts = contacts::of_outlet(conn, id)?;
    let on_site = on_site::load(conn, user, &outlet, now)?;
    let (branch_id, bank_id) = (outlet.branch_id, outlet.bank_id);
    let outlet = view::of_one(conn, &outlet)?;
    Ok(Seen { outlet, branch_id, bank_id, parent, children, closures, specials, contacts, phases, on_site, score })
}

/// The page's view of it.
pub fn view<'a>(
    seen: &'a Seen,
    lang: Lang,
    user: &CurrentUser,
    may_write: bool,
    csrf: &'a str,
    now: At,
) -> Profile<'a> {
    let crumb = |(id, name): &(Id, String)| Crumb { href: format!("/outlets/{id}"), name: name.clone() };
    let base = format!("/outlets/{}", seen.outlet.id);
    let zone = user.zone();
    let own = user.branch.as_ref().is_some_and(|b| b.code == seen.outlet.branch);
    let desk = own && matches!(user.role, Role::Coordinator | Role::Manager);
    let today = now.date_in(zone);
    let special = |(date, opens, closes, reason): &(NaiveDate, String, String, String)| SpecialLine {
        date: date.to_string(),
        hours: format!("{opens} – {closes}"),
        reason: reason.clone(),
    };
    Profile {
        outlet: &seen.outlet,
        may_write,
        csrf,
        parent: seen.parent.as_ref().map(crumb),
        children: seen.children.iter().map(crumb).collect(),
        closures: seen.closures.iter().map(|c| closure(&base, desk.then_some(today), c)).collect(),
        specials: seen.specials.iter().map(special).collect(),
        desk,
        contacts: seen.contacts.iter().map(|c| contact(&base, lang, c)).collect(),
        agreements: None,
        phases: seen.phases.iter().map(|p| phase(zone, p)).collect(),
        on_site: seen.on_site.as_ref().map(|on_site| on_site::view(on_site, &seen.outlet.id.to_string(), lang)),
        score: seen.score.as_ref().map(|card| of_months(card, seen.outlet.id)),
        way: seen.outlet.lat.zip(seen.outlet.lon).map(|(lat, lon)| way(Point::new(lat, lon), &seen.outlet.name)),
    }
}

fn of_months(card: &Scorecard, outlet: Id) -> (ScoreView, String) {
    let funnel = format!("/funnel?from={}&to={}&outlet_id={outlet}&group_by=broker", card.from, card.to);
    (scorecard_pages::score(&card.total, &card.total_before, card.assets_fen), funnel)
}

/// `today`: for the desk, which can mend the rota of days to come.
fn closure(
    base: &str,
    today: Option<NaiveDate>,
    (id, from, to, reason): &(Id, NaiveDate, NaiveDate, String),
) -> ClosureLine {
    let days = if from == to { from.to_string() } else { format!("{from} – {to}") };
    let open = today.filter(|today| to >= today && (*to - *from).num_days() < MOST_DAYS);
    ClosureLine {
        action: format!("{base}/closures/{id}/removal"),
        days,
        reason: reason.clone(),
        repair: open.map(|today| format!("/rota/repair?from={}&to={to}", today.max(*from))),
    }
}

fn contact(base: &str, lang: Lang, contact: &Contact) -> ContactLine {
    let influence = contact.influence.map(|i| t!(lang, &format!("influence-{}", i.as_str().replace('_', "-"))));
    let introduced = Some(contact.introduced_by.as_str())
        .filter(|by| !by.is_empty())
        .map(|by| t!(lang, "contact-introduced", by = by));
    let birthday = Some(contact.birthday.as_str()).filter(|d| !d.is_empty()).map(|d| t!(lang, "contact-born", day = d));
    let facts: Vec<String> = [Some(contact.role.clone()), influence, introduced, birthday, Some(contact.note.clone())]
        .into_iter()
        .flatten()
        .filter(|f| !f.is_empty())
        .collect();
    ContactLine {
        href: format!("{base}/contacts/{}", contact.id),
        name: contact.name.clone(),
        facts: facts.join(" · "),
        phone: contact.phone.clone(),
        is_client: contact.is_client,
    }
}

fn phase(zone: Tz, (phase, reason, at, by): &(Phase, String, At, Option<String>)) -> PhaseLine {
    PhaseLine {
        phase: *phase,
        when: at.date_in(zone).to_string(),
        at: at.rfc3339(),
        by: by.clone(),
        reason: reason.clone(),
    }
}

/// Links to a place, each in the system that its map expects.
pub fn way(point: Point, name: &str) -> WayThere {
    let (gcj, bd) = (Datum::Gcj02.from_wgs84(point), Datum::Bd09.from_wgs84(point));
    let query = |pairs: &[(&str, String)]| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let lat_lon = |p: Point| format!("{:.6},{:.6}", p.lat, p.lon);
    let amap = query(&[("position", format!("{:.6},{:.6}", gcj.lon, gcj.lat)), ("name", name.to_owned())]);
    let baidu = query(&[
        ("location", lat_lon(bd)),
        ("title", name.to_owned()),
        ("content", name.to_owned()),
        ("coord_type", "bd09ll".to_owned()),
        ("output", "html".to_owned()),
    ]);
    let apple = query(&[("ll", lat_lon(gcj)), ("q", name.to_owned())]);
    WayThere {
        amap: format!("https://uri.amap.com/marker?{amap}"),
        baidu: format!("https://api.map.baidu.com/marker?{baidu}"),
        apple: format!("https://maps.apple.com/?{apple}"),
        geo: format!("geo:{}", lat_lon(point)),
    }
}
