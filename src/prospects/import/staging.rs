//! A long file on its way in.
//!
//! Put aside in sealed parts it is nothing yet. One short transaction decides: from then on all of it comes in, a part a transaction, each of which takes
//! its part away, so that no row comes twice and none is left out, whoever is killed meanwhile: a server finishes it before it serves anybody, a job
//! when whoever brought it has gone. What was never decided is forgotten after an hour.

use std::time::{Duration, Instant};

use chrono::Utc;
use diesel::prelude::*;

use super::opened;
use super::rows::Of;
use super::statistics;
use super::write::Ready;
use crate::app::App;
use crate::db::schema::{branches, prospect_import_parts as parts, prospect_imports as imports, users};
use crate::db::{At, Conn, Database, Id, serialise};
use crate::error::{Error, Result};
use crate::jobs;
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::store::Branch;
use crate::people::{Caller, CurrentUser, Role};

/// How many parts are put aside or read together.
const PARTS: i64 = 8;
/// One that has not moved for so long was left by whoever brought it.
const LEFT: chrono::Duration = chrono::Duration::seconds(3);
/// How long one that was never decided is kept.
const KEPT: chrono::Duration = chrono::Duration::hours(1);
/// How long one waits for another to come in.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often a part is tried again where the queue of writers is full.
const TRIES: u32 = 50;

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// With pauses, so that others get their turn.
    Gentle,
    /// Nobody else is there.
    AtOnce,
}

/// Leaves others the machine for half of the time that the work since `began` took, within bounds.
pub fn breathe(began: Instant) {
    std::thread::sleep((began.elapsed() / 2).clamp(Duration::from_micros(500), Duration::from_millis(100)));
}

fn machine_now() -> At {
    Utc::now().into()
}

/// Puts the parts aside.
///
/// # Errors
/// What the database says, and what goes wrong with a part.
pub fn stage(db: &Database, caller: &Caller, branch: Id, all: impl Iterator<Item = Result<Vec<u8>>>) -> Result<Id> {
    let id = Id::new();
    let caller = caller.clone();
    db.write_now(move |conn| {
        diesel::insert_into(imports::table)
            .values((
                imports::id.eq(id),
                imports::branch_id.eq(branch),
                imports::by_user.eq(caller.user.as_ref().map(|user| user.id)),
                imports::address.eq(caller.address.as_deref()),
                imports::request_id.eq(caller.request_id.as_deref()),
                imports::at.eq(caller.now),
                imports::moved_at.eq(machine_now()),
            ))
            .execute(conn)?;
        Ok(())
    })?;
    let mut all = (1..).zip(all).map(|(number, sealed)| sealed.map(|sealed| (number, sealed)));
    loop {
        let some: Vec<(i32, Vec<u8>)> = all.by_ref().take(PARTS as usize).collect::<Result<_>>()?;
        if some.is_empty() {
            return Ok(id);
        }
        let began = Instant::now();
        patiently(db, move |conn| {
            for (number, sealed) in &some {
                diesel::insert_into(parts::table)
                    .values((parts::import_id.eq(id), parts::number.eq(number), parts::sealed.eq(sealed)))
                    .execute(conn)?;
            }
            Ok(())
        })?;
        breathe(began);
    }
}

/// A write that waits for its turn where many others do.
fn patiently<T: Send + 'static>(
    db: &Database,
    body: impl Fn(&mut Conn) -> Result<T> + Clone + Send + 'static,
) -> Result<T> {
    let mut tries = 0;
    loop {
        match db.write_apart(body.clone()) {
            Err(Error::Unavailable(_)) if tries < TRIES => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(200));
            }
            done => return done,
        }
    }
}

/// Whether another file of the branch is just coming in. Two that decide at once wait for each other.
///
/// # Errors
/// What the database says.
pub fn another(conn: &mut Conn, id: Id, branch: Id) -> Result<bool> {
    serialise(conn, branch)?;
    let others: i64 = imports::table
        .filter(imports::branch_id.eq(branch).and(imports::decided_at.is_not_null()).and(imports::id.ne(id)))
        .count()
        .get_result(conn)?;
    Ok(others > 0)
}

/// Decides that it comes in.
///
/// # Errors
/// `NotFound` where it was forgotten meanwhile.
pub fn decide(conn: &mut Conn, id: Id) -> Result<()> {
    let now = machine_now();
    let decided = diesel::update(imports::table.find(id))
        .set((imports::decided_at.eq(now), imports::moved_at.eq(now)))
        .execute(conn)?;
    if decided == 1 { Ok(()) } else { Err(Error::not_found()) }
}

/// Takes one away that was not decided.
///
/// # Errors
/// What the database says.
pub fn discard(db: &Database, id: Id) -> Result<()> {
    loop {
        let some = db.read_now(|conn| numbers(conn, id))?;
        let is_last = some.is_empty();
        db.write_now(move |conn| {
            let of = parts::table.filter(parts::import_id.eq(id).and(parts::number.eq_any(some)));
            diesel::delete(of).execute(conn)?;
            if is_last {
                diesel::delete(imports::table.find(id)).execute(conn)?;
            }
            Ok(())
        })?;
        if is_last {
            return Ok(());
        }
    }
}

fn numbers(conn: &mut Conn, id: Id) -> Result<Vec<i32>> {
    let of = parts::table.filter(parts::import_id.eq(id)).order(parts::number);
    Ok(of.limit(PARTS * 4).select(parts::number).load(conn)?)
}

/// Brings what was decided in.
///
/// # Errors
/// What the database says; what is left then comes in later.
pub fn bring_in(db: &Database, of: &Of<'_>, id: Id, pace: Pace) -> Result<()> {
    loop {
        let some: Vec<(i32, Vec<u8>)> = db.read_now(|conn| {
            let of = parts::table.filter(parts::import_id.eq(id)).order(parts::number);
            Ok(of.limit(PARTS).select((parts::number, parts::sealed)).load(conn)?)
        })?;
        if some.is_empty() {
            return db.write_now(move |conn| Ok(diesel::delete(imports::table.find(id)).execute(conn).map(drop)?));
        }
        for (number, sealed) in some {
            let began = Instant::now();
            bring_part_in(db, of, (id, number), &sealed)?;
            statistics::renew(db, number.unsigned_abs());
            if pace == Pace::Gentle {
                breathe(began);
            }
        }
    }
}

fn bring_part_in(db: &Database, of: &Of<'_>, part: (Id, i32), sealed: &[u8]) -> Result<()> {
    let mut tries = 0;
    loop {
        let ready = Ready::of(of, opened(of.keys, sealed)?)?;
        let (keys, caller, branch, zone) = (of.keys.clone(), of.caller.clone(), of.branch, of.zone);
        let written = db.write_apart(move |conn| {
            // Whoever takes it away brings it in.
            if diesel::delete(parts::table.find(part)).execute(conn)? == 0 {
                return Ok(());
            }
            diesel::update(imports::table.find(part.0)).set(imports::moved_at.eq(machine_now())).execute(conn)?;
            ready.write(conn, &Of { keys: &keys, caller: &caller, branch, zone })
        });
        match written {
            Err(Error::Unavailable(_)) if tries < TRIES => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(200));
            }
            done => return done,
        }
    }
}

/// One that was decided and is not in yet.
#[derive(Queryable)]
struct Decided {
    id: Id,
    branch_id: Id,
    by_user: Option<Id>,
    address: Option<String>,
    request_id: Option<String>,
    at: At,
    moved_at: At,
}

type DecidedColumns = (
    imports::id,
    imports::branch_id,
    imports::by_user,
    imports::address,
    imports::request_id,
    imports::at,
    imports::moved_at,
);

const DECIDED: DecidedColumns = (
    imports::id,
    imports::branch_id,
    imports::by_user,
    imports::address,
    imports::request_id,
    imports::at,
    imports::moved_at,
);

fn decided(conn: &mut Conn) -> Result<Vec<Decided>> {
    let decided = imports::table.filter(imports::decided_at.is_not_null());
    Ok(decided.order(imports::decided_at).select(DECIDED).load(conn)?)
}

impl Decided {
    fn is_left(&self) -> bool {
        self.moved_at < machine_now() - LEFT
    }

    /// Goes on in the name of whoever brought it.
    fn bring_in(self, db: &Database, keys: &Keys, pace: Pace) -> Result<()> {
        let (by, branch) = (self.by_user, self.branch_id);
        let (user, branch) = db.read_now(|conn| {
            let branch: Branch = branches::table.find(branch).first(conn)?;
            Ok((by.map(|id| author(conn, id)).transpose()?, branch))
        })?;
        let caller = Caller { user, signs_in: None, now: self.at, address: self.address, request_id: self.request_id };
        let of = Of { keys, caller: &caller, branch: branch.id, zone: branch.zone() };
        bring_in(db, &of, self.id, pace)
    }
}

/// Whoever began it, as the trail names them.
fn author(conn: &mut Conn, id: Id) -> Result<CurrentUser> {
    let (login, name, role, language, branch): (String, String, Role, Lang, Option<Id>) = users::table
        .find(id)
        .select((users::login, users::name, users::role, users::language, users::branch_id))
        .first(conn)?;
    let branch: Option<Branch> = branch.map(|id| branches::table.find(id).first(conn)).transpose()?;
    let (compliance, position_agreed_at, session) = (false, None, id);
    Ok(CurrentUser { id, login, name, role, branch, compliance, language, position_agreed_at, session })
}

/// Waits until no other file of the branch is coming in, and goes on with one that was left.
///
/// # Errors
/// `Unavailable` where that takes too long.
pub fn settle(db: &Database, keys: &Keys, branch: Id) -> Result<()> {
    let began = Instant::now();
    loop {
        let Some(other) = db.read_now(decided)?.into_iter().find(|one| one.branch_id == branch) else { return Ok(()) };
        if other.is_left() {
            other.bring_in(db, keys, Pace::Gentle)?;
        } else if began.elapsed() > PATIENCE {
            return Err(Error::Unavailable("another file is still coming in".into()));
        } else {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Before anybody is served: what a process that was killed had decided comes in.
///
/// # Errors
/// What the database says.
pub fn finish(app: &App) -> Result<()> {
    for one in app.db.read_now(decided)? {
        tracing::info!(import = %one.id, "an import that was cut short comes in now");
        one.bring_in(&app.db, &app.keys, Pace::AtOnce)?;
    }
    Ok(())
}

/// The job: what was left comes in, what was never decided goes.
///
/// # Errors
/// What the database says.
pub fn go_on(app: &App) -> Result<()> {
    let left = app.db.read_now(decided)?.into_iter().filter(Decided::is_left);
    let came_in = jobs::each(left, |one| one.bring_in(&app.db, &app.keys, Pace::Gentle));
    let old: Vec<Id> = app.db.read_now(|conn| {
        let never = imports::decided_at.is_null().and(imports::moved_at.lt(machine_now() - KEPT));
        Ok(imports::table.filter(never).select(imports::id).load(conn)?)
    })?;
    jobs::each(old, |id| discard(&app.db, id))?;
    came_in
}
