//! Calendar feeds: a secret link under which a broker's shifts, or an outlet's, are read by any calendar program.
//!
//! A link's secret is signed from its id, so that a form sent twice shows the same one, and only its hash is kept. What was taken away or moved elsewhere
//! stays in the feed as cancelled, under the same UID with a higher SEQUENCE, or programs that merge would keep it for ever.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;

use super::ics::{Calendar, Event};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::calendar::local::zone_named;
use crate::db::schema::{banks, branches, calendar_feeds, outlets, shift_changes, shifts, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::{Keys, token_hash};
use crate::language::Lang;
use crate::outlets::store as outlet_store;
use crate::people::{Caller, Role};
use crate::t;

/// How far back a feed reaches.
const BACK: Duration = Duration::days(60);
/// How many links a person or an outlet may have at once.
const AT_MOST: i64 = 10;
/// That a feed was read is noted again only after this.
const READ_EVERY: Duration = Duration::hours(1);

/// Whose shifts a feed holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A broker's own.
    Broker(Id),
    /// An outlet's.
    Outlet(Id),
}

/// A link that works.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its id.
    pub id: Id,
    /// When it was made.
    pub created_at: At,
    /// When a program last read it, to the hour.
    pub read_at: Option<At>,
}

/// What a link opens.
#[derive(Clone, Debug)]
pub struct Feed {
    id: Id,
    of: Of,
    branch: Id,
    zone: chrono_tz::Tz,
    lang: Lang,
    read_at: Option<At>,
}

/// Who may see and change the links of what: one's own, or those of an outlet one may write. Answers the branch and what it is called.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub fn owner(conn: &mut Conn, caller: &Caller, of: Of) -> Result<(Id, String)> {
    let user = caller.user()?;
    match of {
        Of::Broker(id) => {
            user.must_be(&[Role::Broker])?;
            if id != user.id {
                return Err(Error::not_found());
            }
            Ok((user.own_branch()?.id, user.name.clone()))
        }
        Of::Outlet(id) => outlet_store::writable(conn, user, id).map(|outlet| (outlet.branch_id, outlet.name)),
    }
}

/// The links that work, the newest first.
///
/// # Errors
/// As `owner`.
pub fn list(conn: &mut Conn, caller: &Caller, of: Of) -> Result<Vec<Link>> {
    owner(conn, caller, of)?;
    let mut query = calendar_feeds::table.filter(calendar_feeds::revoked_at.is_null()).into_boxed();
    query = match of {
        Of::Broker(id) => query.filter(calendar_feeds::user_id.eq(id)),
        Of::Outlet(id) => query.filter(calendar_feeds::outlet_id.eq(id)),
    };
    let rows: Vec<(Id, At, Option<At>)> = query
        .order((calendar_feeds::created_at.desc(), calendar_feeds::id))
        .select((calendar_feeds::id, calendar_feeds::created_at, calendar_feeds::read_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, created_at, read_at)| Link { id, created_at, read_at }).collect())
}

/// Makes a link under the form's id and answers its secret, which is not to be had again.
///
/// # Errors
/// As `owner`; `Conflict`: `id_taken`, `too_many_feeds`; `Gone` for one that was revoked.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, of: Of, id: Id) -> Result<String> {
    let (branch, _) = owner(conn, caller, of)?;
    let user = caller.user()?.id;
    let (Of::Broker(subject) | Of::Outlet(subject)) = of;
    serialise(conn, subject)?;
    let secret = keys.sign("calendar feed", &id.to_string());
    type Known = (Id, Option<Id>, Option<Id>, Option<At>);
    let known: Option<Known> = calendar_feeds::table
        .find(id)
        .select((
            calendar_feeds::created_by,
            calendar_feeds::user_id,
            calendar_feeds::outlet_id,
            calendar_feeds::revoked_at,
        ))
        .first(conn)
        .optional()?;
    let (person, outlet) = match of {
        Of::Broker(id) => (Some(id), None),
        Of::Outlet(id) => (None, Some(id)),
    };
    match known {
        Some((by, ..)) if by != user => return Err(Error::Conflict("id_taken")),
        Some((.., Some(_))) => return Err(Error::Gone),
        Some((_, of_person, of_outlet, None)) if (of_person, of_outlet) == (person, outlet) => return Ok(secret),
        Some(_) => return Err(Error::Conflict("id_taken")),
        None => {}
    }
    if list(conn, caller, of)?.len() as i64 >= AT_MOST {
        return Err(Error::Conflict("too_many_feeds"));
    }
    diesel::insert_into(calendar_feeds::table)
        .values((
            calendar_feeds::id.eq(id),
            calendar_feeds::token_hash.eq(token_hash(&secret)),
            calendar_feeds::branch_id.eq(branch),
            calendar_feeds::user_id.eq(person),
            calendar_feeds::outlet_id.eq(outlet),
            calendar_feeds::created_by.eq(user),
            calendar_feeds::created_at.eq(caller.now),
        ))
        .execute(conn)?;
    record(conn, caller, "calendar_feed.create", id, branch, of)?;
    Ok(secret)
}

fn record(conn: &mut Conn, caller: &Caller, action: &str, id: Id, branch: Id, of: Of) -> Result<()> {
    let detail = match of {
        Of::Broker(id) => serde_json::json!({ "user": id }),
        Of::Outlet(id) => serde_json::json!({ "outlet": id }),
    };
    audit::record(conn, caller, action, Subject::new("calendar_feed", id, Some(branch)), detail)
}

/// Ends a link: from now on it is not found.
///
/// # Errors
/// As `owner`; `NotFound` for a link of somebody else's, or one that ended before.
pub fn revoke(conn: &mut Conn, caller: &Caller, of: Of, id: Id) -> Result<()> {
    let (branch, _) = owner(conn, caller, of)?;
    if !list(conn, caller, of)?.iter().any(|link| link.id == id) {
        return Err(Error::not_found());
    }
    diesel::update(calendar_feeds::table.find(id)).set(calendar_feeds::revoked_at.eq(caller.now)).execute(conn)?;
    record(conn, caller, "calendar_feed.revoke", id, branch, of)
}

/// What a secret opens; nothing where it is none of ours, was revoked, or its broker may not sign in any more.
///
/// # Errors
/// What the database says.
pub fn open(conn: &mut Conn, secret: &str) -> Result<Option<Feed>> {
    type Row = (Id, Option<Id>, Option<Id>, Option<At>, Id, String, Option<Lang>);
    let row: Option<Row> = calendar_feeds::table
        .inner_join(branches::table.on(branches::id.eq(calendar_feeds::branch_id)))
        .left_join(users::table.on(users::id.nullable().eq(calendar_feeds::user_id)))
        .filter(calendar_feeds::token_hash.eq(token_hash(secret)))
        .filter(calendar_feeds::revoked_at.is_null().and(users::disabled_at.is_null()))
        .select((
            calendar_feeds::id,
            calendar_feeds::user_id,
            calendar_feeds::outlet_id,
            calendar_feeds::read_at,
            branches::id,
            branches::time_zone,
            users::language.nullable(),
        ))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(id, user, outlet, read_at, branch, zone, lang)| {
        let of = user.map(Of::Broker).or(outlet.map(Of::Outlet))?;
        let zone = zone_named(&zone);
        Some(Feed { id, of, branch, zone, lang: lang.unwrap_or(Lang::Zh), read_at })
    }))
}

/// Notes that a feed was read.
pub async fn note_read(app: &App, feed: &Feed) {
    let (id, now) = (feed.id, app.clock.now());
    if feed.read_at.is_some_and(|at| now - at < READ_EVERY) {
        return;
    }
    let read = move |conn: &mut Conn| {
        diesel::update(calendar_feeds::table.find(id)).set(calendar_feeds::read_at.eq(now)).execute(conn)?;
        Ok(())
    };
    app.db.note("that a calendar was read", read).await;
}

/// A shift as the feed shows it, standing or gone.
struct Entry {
    id: Id,
    broker: Id,
    outlet: Id,
    starts_at: At,
    ends_at: At,
    sequence: i32,
    changed_at: At,
    is_cancelled: bool,
}

/// A change, as far as a feed needs it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = shift_changes)]
struct Change {
    shift_id: Id,
    sequence: i32,
    broker_id: Id,
    old_outlet_id: Option<Id>,
    old_starts_at: Option<At>,
    old_ends_at: Option<At>,
    new_outlet_id: Option<Id>,
    new_starts_at: Option<At>,
    new_ends_at: Option<At>,
    at: At,
}

impl Change {
    /// Where and when the shift was as the feed last knew it, now that it is not there any more.
    fn gone(&self, of: Of) -> Option<Entry> {
        let old = (self.old_outlet_id, self.old_starts_at, self.old_ends_at);
        let new = (self.new_outlet_id, self.new_starts_at, self.new_ends_at);
        let here = |place: Option<Id>| match of {
            Of::Broker(_) => place.is_some(),
            Of::Outlet(outlet) => place == Some(outlet),
        };
        // The change that led away is the last one here, unless the shift went to somebody else under its own id: that counts one more.
        let (from, sequence) = if here(new.0) { (new, self.sequence + 1) } else { (old, self.sequence) };
        let (Some(outlet), Some(starts_at), Some(ends_at)) = from else { return None };
        Some(Entry {
            id: self.shift_id,
            broker: self.broker_id,
            outlet,
            starts_at,
            ends_at,
            sequence,
            changed_at: self.at,
            is_cancelled: true,
        })
    }
}

/// The feed as a calendar: what stands from sixty days back, and what was taken away since.
///
/// # Errors
/// What the database says.
pub fn calendar(conn: &mut Conn, feed: &Feed, base_url: &str, now: At) -> Result<Calendar> {
    let from = now.date_in(feed.zone) - BACK;
    let entries = entries(conn, feed, from)?;
    let places = places(conn, feed, &entries)?;
    let names = names(conn, feed, &entries)?;
    let name = match feed.of {
        Of::Broker(id) => names.get(&id).cloned(),
        Of::Outlet(id) => places.get(&id).map(|place| place.name.clone()),
    };
    let event = |entry: &Entry| {
        let place = places.get(&entry.outlet)?;
        let summary = match feed.of {
            Of::Broker(_) => place.title(),
            Of::Outlet(_) => names.get(&entry.broker)?.clone(),
        };
        // Some programs show what is cancelled like everything else: the words say it as well.
        let summary = if entry.is_cancelled { t!(feed.lang, "feed-cancelled", what = summary) } else { summary };
        Some(Event {
            uid: format!("{}@bankside", entry.id),
            sequence: entry.sequence,
            changed_at: entry.changed_at,
            starts_at: entry.starts_at,
            ends_at: entry.ends_at,
            is_cancelled: entry.is_cancelled,
            summary,
            location: if place.address.is_empty() { place.name.clone() } else { place.address.clone() },
            point: place.point,
            url: format!("{base_url}/outlets/{}", entry.outlet),
        })
    };
    let events = entries.iter().filter_map(event).collect();
    Ok(Calendar { name: format!("Bankside · {}", name.unwrap_or_default()), zone: feed.zone, events })
}

/// By start.
fn entries(conn: &mut Conn, feed: &Feed, from: NaiveDate) -> Result<Vec<Entry>> {
    let mut standing = shifts::table.filter(shifts::date.ge(from)).into_boxed();
    let mut changes = shift_changes::table.filter(shift_changes::date.ge(from)).into_boxed();
    match feed.of {
        Of::Broker(id) => {
            standing = standing.filter(shifts::broker_id.eq(id));
            changes = changes.filter(shift_changes::broker_id.eq(id));
        }
        Of::Outlet(id) => {
            standing = standing.filter(shifts::outlet_id.eq(id));
            let here = shift_changes::old_outlet_id.eq(id).or(shift_changes::new_outlet_id.eq(id));
            changes = changes.filter(shift_changes::branch_id.eq(feed.branch).and(here));
        }
    }
    type Row = (Id, Id, Id, At, At, i32, At);
    let standing: Vec<Row> = standing
        .select((
            shifts::id,
            shifts::broker_id,
            shifts::outlet_id,
            shifts::starts_at,
            shifts::ends_at,
            shifts::sequence,
            shifts::created_at,
        ))
        .load(conn)?;
    let changes: Vec<Change> =
        changes.order((shift_changes::shift_id, shift_changes::sequence)).select(Change::as_select()).load(conn)?;
    // Of several changes of a shift the last stays.
    let last: BTreeMap<Id, Change> = changes.into_iter().map(|change| (change.shift_id, change)).collect();
    let stand: BTreeSet<Id> = standing.iter().map(|row| row.0).collect();
    let gone = last.values().filter(|change| !stand.contains(&change.shift_id)).filter_map(|c| c.gone(feed.of));
    let mut all: Vec<Entry> = standing
        .into_iter()
        .map(|(id, broker, outlet, starts_at, ends_at, sequence, created_at)| {
            let changed_at = last.get(&id).map_or(created_at, |change| change.at);
            Entry { id, broker, outlet, starts_at, ends_at, sequence, changed_at, is_cancelled: false }
        })
        .chain(gone)
        .collect();
    all.sort_by_key(|entry| (entry.starts_at, entry.id));
    Ok(all)
}

/// An outlet as events name it.
struct Place {
    name: String,
    bank: Option<String>,
    address: String,
    point: Option<(f64, f64)>,
}

impl Place {
    /// The name, with the bank where the name does not say it.
    fn title(&self) -> String {
        match &self.bank {
            Some(bank) if !self.name.contains(bank.as_str()) => format!("{} ({bank})", self.name),
            _ => self.name.clone(),
        }
    }
}

fn places(conn: &mut Conn, feed: &Feed, entries: &[Entry]) -> Result<HashMap<Id, Place>> {
    let mut ids: BTreeSet<Id> = entries.iter().map(|entry| entry.outlet).collect();
    if let Of::Outlet(id) = feed.of {
        ids.insert(id);
    }
    type Row = (Id, String, String, Option<f64>, Option<f64>, Option<String>);
    let rows: Vec<Row> = outlets::table
        .left_join(banks::table)
        .filter(outlets::id.eq_any(ids))
        .select((outlets::id, outlets::name, outlets::address, outlets::lat, outlets::lon, banks::name.nullable()))
        .load(conn)?;
    let place = |(id, name, address, lat, lon, bank): Row| (id, Place { name, bank, address, point: lat.zip(lon) });
    Ok(rows.into_iter().map(place).collect())
}

fn names(conn: &mut Conn, feed: &Feed, entries: &[Entry]) -> Result<HashMap<Id, String>> {
    let ids: BTreeSet<Id> = match feed.of {
        Of::Broker(id) => [id].into(),
        Of::Outlet(_) => entries.iter().map(|entry| entry.broker).collect(),
    };
    let rows: Vec<(Id, String)> =
        users::table.filter(users::id.eq_any(ids)).select((users::id, users::name)).load(conn)?;
    Ok(rows.into_iter().collect())
}
