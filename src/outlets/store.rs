//! The verbs on outlets: making one, changing one, with the history of its phases.

use diesel::prelude::*;
use serde_json::json;

use super::input::{NewOutlet, OpenHours, OutletChange, Place};
use super::phase::Phase;
use super::record::{self, Outlet};
use super::view::{self, OutletView};
use super::{bank_store, record::find};
use crate::audit::{self, Subject};
use crate::db::schema::{banks, outlet_hours, outlet_phases, outlets};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::people::store::branch_by_code;
use crate::people::{Caller, CurrentUser, Role};
use crate::place::Ring;
use crate::requests::{self, Answer};
use crate::text::fold;

/// How many outlets may stand above one another.
const DEEPEST: usize = 20;

/// The branch that a user acts for: an admin names it by code, others act for their own.
///
/// # Errors
/// `Forbidden` for brokers and the head office; `branch`: `required` or not found.
pub fn acting_branch(conn: &mut Conn, user: &CurrentUser, code: Option<&str>) -> Result<Id> {
    user.must_be(&[Role::Coordinator, Role::Manager, Role::Admin])?;
    if user.role == Role::Admin {
        let code = code.ok_or_else(|| Error::field("branch", "required"))?;
        return Ok(branch_by_code(conn, code)?.ok_or(Error::NotFound(Some("branch")))?.id);
    }
    let own = user.own_branch()?;
    if code.is_some_and(|code| code != own.code) {
        return Err(Error::NotFound(Some("branch")));
    }
    Ok(own.id)
}

/// What a search looks in: code, name, bank, address and district, folded.
pub fn search_text(code: &str, name: &str, bank: &str, address: &str, district: &str) -> String {
    fold(&[code, name, bank, district, address].join(" "))
}

/// Makes an outlet, once for its id.
///
/// # Errors
/// As `requests::once`; `code`: `taken`; `parent_id` or `branch` not found.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewOutlet) -> Result<Answer<OutletView>> {
    let branch = acting_branch(conn, caller.user()?, new.branch.as_deref())?;
    let asked = (branch, NewOutlet { branch: None, ..new.clone() });
    requests::once(conn, keys, caller, "outlet", new.id, &asked, |conn| make(conn, caller, branch, new))
}

fn make(conn: &mut Conn, caller: &Caller, branch: Id, new: &NewOutlet) -> Result<OutletView> {
    // One that was brought in by a file has its id too.
    if diesel::select(diesel::dsl::exists(outlets::table.find(new.id))).get_result(conn)? {
        return Err(Error::Conflict("id_taken"));
    }
    code_is_free(conn, &new.code, None)?;
    if let Some(parent) = new.parent_id {
        check_parent(conn, caller, new.id, parent)?;
    }
    let bank = new.bank.as_deref().map(|name| bank_store::named(conn, name, caller.now)).transpose()?;
    let bank_name = bank_name_of(conn, bank)?;
    let place = new.place;
    diesel::insert_into(outlets::table)
        .values((
            (
                outlets::id.eq(new.id),
                outlets::code.eq(&new.code),
                outlets::name.eq(&new.name),
                outlets::name_folded.eq(fold(&new.name)),
                outlets::search_text.eq(search_text(&new.code, &new.name, &bank_name, &new.address, &new.district)),
                outlets::branch_id.eq(branch),
                outlets::bank_id.eq(bank),
                outlets::bank_by_hand.eq(new.bank.is_some()),
                outlets::tier.eq(new.tier),
                outlets::tier_by_hand.eq(new.tier.is_some()),
                outlets::parent_id.eq(new.parent_id),
                outlets::parent_by_hand.eq(new.parent_id.is_some()),
                outlets::phase.eq(new.phase),
                outlets::grade.eq(&new.grade),
            ),
            placed(place),
            (
                outlets::radius_m.eq(new.radius_m),
                outlets::wanted_brokers.eq(new.wanted_brokers),
                outlets::footfall.eq(new.footfall),
                outlets::assets_fen.eq(new.assets_fen),
                outlets::assets_at.eq(new.assets_fen.map(|_| caller.now)),
                outlets::fence.eq(fence_text(new.fence.as_ref())?),
                outlets::address.eq(&new.address),
                outlets::district.eq(&new.district),
                outlets::phone.eq(&new.phone),
                outlets::note.eq(&new.note),
                outlets::version.eq(1),
                outlets::created_at.eq(caller.now),
                outlets::updated_at.eq(caller.now),
            ),
        ))
        .execute(conn)?;
    write_opening(conn, new.id, &new.opening)?;
    add_phase(conn, caller, new.id, new.phase, "", caller.now)?;
    let subject = Subject::new("outlet", new.id, Some(branch));
    audit::record(conn, caller, "outlet.create", subject, json!({ "code": new.code, "phase": new.phase }))?;
    let outlet = find(conn, crate::people::Reach::All, new.id)?;
    view::of_one(conn, &outlet)
}

type Placed = (
    diesel::dsl::Eq<outlets::lat, Option<f64>>,
    diesel::dsl::Eq<outlets::lon, Option<f64>>,
    diesel::dsl::Eq<outlets::datum, crate::place::Datum>,
    diesel::dsl::Eq<outlets::given_lat, Option<f64>>,
    diesel::dsl::Eq<outlets::given_lon, Option<f64>>,
);

/// The five columns of a place.
pub fn placed(place: Option<Place>) -> Placed {
    (
        outlets::lat.eq(place.map(|p| p.point.lat)),
        outlets::lon.eq(place.map(|p| p.point.lon)),
        outlets::datum.eq(place.map(|p| p.datum).unwrap_or_default()),
        outlets::given_lat.eq(place.map(|p| p.given.lat)),
        outlets::given_lon.eq(place.map(|p| p.given.lon)),
    )
}

/// Changes an outlet. `version`: the one that the caller saw, where they say so.
///
/// # Errors
/// `NotFound` out of reach, `Forbidden` for who may only read, `Stale` for an old version, `Conflict("phase_not_allowed")`, and what is wrong by field.
pub fn change(
    conn: &mut Conn,
    caller: &Caller,
    id: Id,
    seen: Option<&Seen>,
    change: &OutletChange,
) -> Result<OutletView> {
    let user = caller.user()?;
    serialise(conn, id)?;
    let mut outlet = writable(conn, user, id)?;
    if seen.is_some_and(|seen| !seen.covers(outlet.version)) {
        return Err(Error::Stale);
    }
    if let Some(code) = &change.branch
        && acting_branch(conn, user, Some(code))? != outlet.branch_id
    {
        return Err(Error::field("branch", "cannot_move"));
    }
    let mut changed = Vec::new();
    change_own_words(conn, &mut outlet, change, &mut changed)?;
    change_standing(conn, caller, &mut outlet, change, &mut changed)?;
    change_place(&mut outlet, change, &mut changed)?;
    if let Some(hours) = &change.opening
        && hours_differ(conn, id, hours)?
    {
        diesel::delete(outlet_hours::table.filter(outlet_hours::outlet_id.eq(id))).execute(conn)?;
        write_opening(conn, id, hours)?;
        changed.push("opening");
    }
    let by_hand = (change.bank.is_some(), change.tier.is_some(), change.parent_id.is_some());
    mark_by_hand(conn, id, by_hand)?;
    if !changed.is_empty() {
        outlet.version += 1;
        outlet.updated_at = caller.now;
        if changed.contains(&"assets_fen") {
            outlet.assets_at = outlet.assets_fen.map(|_| caller.now);
        }
        write_row(conn, &outlet)?;
        let subject = Subject::new("outlet", id, Some(outlet.branch_id));
        audit::record(
            conn,
            caller,
            "outlet.change",
            subject,
            json!({ "changed": changed, "version": outlet.version }),
        )?;
    }
    view::of_one(conn, &outlet)
}

/// The versions that an `If-Match` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// `*`: any.
    Any,
    /// One of these; none: no version there ever is.
    These(Vec<i32>),
}

impl Seen {
    /// Reads `"3"`, a list of such, or `*`. What is no tag of ours fits no version.
    pub fn parse(header: &str) -> Seen {
        if header.trim() == "*" {
            return Seen::Any;
        }
        let version = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        Seen::These(header.split(',').filter_map(version).collect())
    }

    fn covers(&self, version: i32) -> bool {
        match self {
            Seen::Any => true,
            Seen::These(versions) => versions.contains(&version),
        }
    }
}

/// An outlet that the user may change.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who may only read it.
pub fn writable(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<Outlet> {
    let outlet = record::find(conn, user.reach(), id)?;
    user.must_be(&[Role::Coordinator, Role::Manager, Role::Admin])?;
    if user.role != Role::Admin {
        user.own_branch()?;
    }
    Ok(outlet)
}

/// Puts a value in place and notes the field where it differs.
fn put<T: PartialEq + Clone>(slot: &mut T, value: Option<&T>, field: &'static str, changed: &mut Vec<&'static str>) {
    if let Some(value) = value.filter(|v| *v != slot) {
        *slot = value.clone();
        changed.push(field);
    }
}

fn change_own_words(
    conn: &mut Conn,
    outlet: &mut Outlet,
    change: &OutletChange,
    changed: &mut Vec<&'static str>,
) -> Result<()> {
    if let Some(code) = change.code.as_ref().filter(|c| **c != outlet.code) {
        code_is_free(conn, code, Some(outlet.id))?;
    }
    put(&mut outlet.code, change.code.as_ref(), "code", changed);
    put(&mut outlet.name, change.name.as_ref(), "name", changed);
    put(&mut outlet.grade, change.grade.as_ref(), "grade", changed);
    put(&mut outlet.address, change.address.as_ref(), "address", changed);
    put(&mut outlet.district, change.district.as_ref(), "district", changed);
    put(&mut outlet.phone, change.phone.as_ref(), "phone", changed);
    put(&mut outlet.note, change.note.as_ref(), "note", changed);
    Ok(())
}

fn change_standing(
    conn: &mut Conn,
    caller: &Caller,
    outlet: &mut Outlet,
    change: &OutletChange,
    changed: &mut Vec<&'static str>,
) -> Result<()> {
    if let Some(bank) = &change.bank {
        let bank = bank.as_deref().map(|name| bank_store::named(conn, name, caller.now)).transpose()?;
        put(&mut outlet.bank_id, Some(&bank), "bank", changed);
    }
    put(&mut outlet.tier, change.tier.as_ref(), "tier", changed);
    if let Some(Some(parent)) = change.parent_id.filter(|p| *p != outlet.parent_id) {
        check_parent(conn, caller, outlet.id, parent)?;
    }
    put(&mut outlet.parent_id, change.parent_id.as_ref(), "parent_id", changed);
    if let Some(to) = change.phase {
        let from = outlet.phase;
        if !from.may_become(to) {
            return Err(Error::Conflict("phase_not_allowed"));
        }
        if from != to {
            add_phase(conn, caller, outlet.id, to, &change.phase_reason, caller.now)?;
        }
        put(&mut outlet.phase, Some(&to), "phase", changed);
    }
    Ok(())
}

fn change_place(outlet: &mut Outlet, change: &OutletChange, changed: &mut Vec<&'static str>) -> Result<()> {
    if let Some(place) = change.place {
        let before = (outlet.given_lat, outlet.given_lon, outlet.datum);
        set_place(outlet, place);
        if before != (outlet.given_lat, outlet.given_lon, outlet.datum) {
            changed.push("place");
        }
    }
    put(&mut outlet.wanted_brokers, change.wanted_brokers.as_ref(), "wanted_brokers", changed);
    put(&mut outlet.footfall, change.footfall.as_ref(), "footfall", changed);
    put(&mut outlet.assets_fen, change.assets_fen.as_ref(), "assets_fen", changed);
    put(&mut outlet.radius_m, change.radius_m.as_ref(), "radius_m", changed);
    if let Some(fence) = &change.fence {
        put(&mut outlet.fence, Some(&fence_text(fence.as_ref())?), "fence", changed);
    }
    Ok(())
}

/// Puts a place, or that none is known, into a row.
pub fn set_place(outlet: &mut Outlet, place: Option<Place>) {
    outlet.lat = place.map(|p| p.point.lat);
    outlet.lon = place.map(|p| p.point.lon);
    outlet.given_lat = place.map(|p| p.given.lat);
    outlet.given_lon = place.map(|p| p.given.lon);
    outlet.datum = place.map(|p| p.datum).unwrap_or_default();
}

/// A set by hand stays set by hand, also where it was emptied: no name read at import fills it again.
fn mark_by_hand(conn: &mut Conn, id: Id, (bank, tier, parent): (bool, bool, bool)) -> Result<()> {
    let row = || outlets::table.find(id);
    if bank {
        diesel::update(row()).set(outlets::bank_by_hand.eq(true)).execute(conn)?;
    }
    if tier {
        diesel::update(row()).set(outlets::tier_by_hand.eq(true)).execute(conn)?;
    }
    if parent {
        diesel::update(row()).set(outlets::parent_by_hand.eq(true)).execute(conn)?;
    }
    Ok(())
}

/// Writes a row as it stands, with what is derived from it.
///
/// # Errors
/// What the database says.
pub fn write_row(conn: &mut Conn, outlet: &Outlet) -> Result<()> {
    let bank = bank_name_of(conn, outlet.bank_id)?;
    diesel::update(outlets::table.find(outlet.id))
        .set((
            (
                outlets::code.eq(&outlet.code),
                outlets::name.eq(&outlet.name),
                outlets::name_folded.eq(fold(&outlet.name)),
                outlets::search_text.eq(search_text(
                    &outlet.code,
                    &outlet.name,
                    &bank,
                    &outlet.address,
                    &outlet.district,
                )),
                outlets::bank_id.eq(outlet.bank_id),
                outlets::tier.eq(outlet.tier),
                outlets::parent_id.eq(outlet.parent_id),
                outlets::phase.eq(outlet.phase),
                outlets::grade.eq(&outlet.grade),
                outlets::lat.eq(outlet.lat),
                outlets::lon.eq(outlet.lon),
                outlets::datum.eq(outlet.datum),
            ),
            (
                outlets::given_lat.eq(outlet.given_lat),
                outlets::given_lon.eq(outlet.given_lon),
                outlets::radius_m.eq(outlet.radius_m),
                outlets::wanted_brokers.eq(outlet.wanted_brokers),
                outlets::footfall.eq(outlet.footfall),
                outlets::assets_fen.eq(outlet.assets_fen),
                outlets::assets_at.eq(outlet.assets_at),
                outlets::fence.eq(&outlet.fence),
                outlets::address.eq(&outlet.address),
                outlets::district.eq(&outlet.district),
                outlets::phone.eq(&outlet.phone),
                outlets::note.eq(&outlet.note),
                outlets::version.eq(outlet.version),
                outlets::updated_at.eq(outlet.updated_at),
            ),
        ))
        .execute(conn)?;
    Ok(())
}

fn bank_name_of(conn: &mut Conn, bank: Option<Id>) -> Result<String> {
    match bank {
        Some(id) => Ok(banks::table.find(id).select(banks::name).first(conn)?),
        None => Ok(String::new()),
    }
}

/// A fence as it is kept.
fn fence_text(fence: Option<&Ring>) -> Result<Option<String>> {
    fence.map(serde_json::to_string).transpose().map_err(Error::internal)
}

fn code_is_free(conn: &mut Conn, code: &str, but: Option<Id>) -> Result<()> {
    let holder: Option<Id> =
        outlets::table.filter(outlets::code.eq(code)).select(outlets::id).first(conn).optional()?;
    match holder {
        Some(holder) if Some(holder) != but => Err(Error::field("code", "taken")),
        _ => Ok(()),
    }
}

/// The parent must be within reach, and not below the outlet itself.
fn check_parent(conn: &mut Conn, caller: &Caller, id: Id, parent: Id) -> Result<()> {
    let reach = caller.user()?.reach();
    let mut above = Some(match find(conn, reach, parent) {
        Err(Error::NotFound(_)) => return Err(Error::NotFound(Some("parent_id"))),
        other => other?.id,
    });
    for _ in 0..DEEPEST {
        match above {
            None => return Ok(()),
            Some(at) if at == id => return Err(Error::field("parent_id", "circular")),
            Some(at) => above = outlets::table.find(at).select(outlets::parent_id).first(conn)?,
        }
    }
    Err(Error::field("parent_id", "circular"))
}

fn hours_differ(conn: &mut Conn, outlet: Id, hours: &[OpenHours]) -> Result<bool> {
    let kept: Vec<(i32, String, String)> = outlet_hours::table
        .filter(outlet_hours::outlet_id.eq(outlet))
        .order((outlet_hours::weekday, outlet_hours::opens))
        .select((outlet_hours::weekday, outlet_hours::opens, outlet_hours::closes))
        .load(conn)?;
    let given: Vec<_> = hours.iter().map(hours_row).collect();
    Ok(kept != given)
}

/// Opening hours as they are kept.
pub fn hours_row(hours: &OpenHours) -> (i32, String, String) {
    (i32::from(hours.weekday), hours.from.format("%H:%M").to_string(), hours.to.format("%H:%M").to_string())
}

/// Writes the opening hours of an outlet that has none.
///
/// # Errors
/// What the database says.
pub fn write_opening(conn: &mut Conn, outlet: Id, hours: &[OpenHours]) -> Result<()> {
    for (weekday, opens, closes) in hours.iter().map(hours_row) {
        diesel::insert_into(outlet_hours::table)
            .values((
                outlet_hours::outlet_id.eq(outlet),
                outlet_hours::weekday.eq(weekday),
                outlet_hours::opens.eq(opens),
                outlet_hours::closes.eq(closes),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Adds a phase to the history.
///
/// # Errors
/// What the database says.
pub fn add_phase(conn: &mut Conn, caller: &Caller, outlet: Id, phase: Phase, reason: &str, at: At) -> Result<()> {
    diesel::insert_into(outlet_phases::table)
        .values((
            outlet_phases::id.eq(Id::new()),
            outlet_phases::outlet_id.eq(outlet),
            outlet_phases::phase.eq(phase),
            outlet_phases::reason.eq(reason),
            outlet_phases::by_user.eq(caller.user.as_ref().map(|u| u.id)),
            outlet_phases::at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
