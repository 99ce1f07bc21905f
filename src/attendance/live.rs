//! Who watches Now, and how they learn that something changed.
//!
//! Every change of a branch's day writes an audit entry in its own transaction, whichever server made it. So one look at the newest entries, at most
//! every two seconds and only while somebody watches, tells for all branches at once; between two looks no connection to the database is held.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tokio::sync::watch;

use crate::db::schema::audit_entries;
use crate::db::{Conn, Database, Id};
use crate::error::{Error, Result};

/// How often the newest entries are looked at.
pub const PAUSE: Duration = Duration::from_secs(2);
/// Numbers are given before their transactions end: so far back one that was not there may still come.
const LATE: i64 = 200;
/// More new ones than this at once: everybody is told.
const MOST: i64 = 2_000;
/// How many may watch through one server.
const WATCHERS: usize = 2_000;
/// How many of one person: a browser opens six connections to a server and needs some for its pages.
const OF_ONE: usize = 4;

/// What is known of changes, and who watches.
pub struct Live {
    /// Tells this run of the program from another.
    run: Id,
    known: Mutex<Known>,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Known {
    looked: Option<Instant>,
    /// The highest number seen; none before the first look.
    high: Option<i64>,
    /// What was seen of the latest numbers.
    recent: BTreeSet<i64>,
    changes: HashMap<Id, u64>,
    of_all: u64,
    watching: HashMap<Id, usize>,
}

/// The marks of all branches at one moment.
#[derive(Clone, Debug)]
pub struct Marks {
    run: Id,
    of_all: u64,
    changes: HashMap<Id, u64>,
}

impl Marks {
    /// Stands for all that was known to have changed at a branch: another text, something did since.
    pub fn of(&self, branch: Id) -> String {
        mark(self.run, self.of_all, &self.changes, branch)
    }
}

fn mark(run: Id, of_all: u64, changes: &HashMap<Id, u64>, branch: Id) -> String {
    let count = of_all + changes.get(&branch).copied().unwrap_or_default();
    format!("{run}-{count}")
}

impl Default for Live {
    fn default() -> Live {
        Live { run: Id::new(), known: Mutex::default(), stop: watch::Sender::new(false) }
    }
}

/// Whether a change of such a record may change what Now shows.
fn concerns(kind: &str) -> bool {
    const KINDS: [&str; 6] = ["checkin", "shift", "outlet", "branch", "spot_check", "correction"];
    KINDS.contains(&kind) || kind.starts_with("rota") || kind.starts_with("draft") || kind.starts_with("swap")
}

impl Live {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stands for all that is known to have changed at a branch: another text, something did.
    pub fn mark(&self, branch: Id) -> String {
        let known = self.known();
        mark(self.run, known.of_all, &known.changes, branch)
    }

    /// The marks of all branches as they are now. Whoever reads a branch's day takes them before the reading: what changes meanwhile is then told once too
    /// often rather than never.
    pub fn marks(&self) -> Marks {
        let known = self.known();
        Marks { run: self.run, of_all: known.of_all, changes: known.changes.clone() }
    }

    /// Looks for changes, unless that was done a moment ago.
    ///
    /// # Errors
    /// What the database says.
    pub async fn look(&self, db: &Database) -> Result<()> {
        let from = {
            let mut known = self.known();
            if known.looked.is_some_and(|at| at.elapsed() < PAUSE / 2) {
                return Ok(());
            }
            known.looked = Some(Instant::now());
            known.high.map(|high| high - LATE)
        };
        let rows = db.read(move |conn| newest(conn, from)).await?;
        self.known().take_in(rows);
        Ok(())
    }

    /// Lets one more watch, until the place is dropped.
    ///
    /// # Errors
    /// `Unavailable` where too many do; they ask again by themselves.
    pub fn enter(&self, user: Id) -> Result<watch::Receiver<bool>> {
        let mut known = self.known();
        let all: usize = known.watching.values().sum();
        let own = known.watching.get(&user).copied().unwrap_or_default();
        if all >= WATCHERS || own >= OF_ONE {
            return Err(Error::Unavailable("too many watch".into()));
        }
        known.watching.insert(user, own + 1);
        Ok(self.stop.subscribe())
    }

    /// One watches no more.
    pub fn leave(&self, user: Id) {
        let mut known = self.known();
        if let Some(own) = known.watching.get_mut(&user) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                known.watching.remove(&user);
            }
        }
    }

    /// How many watch.
    pub fn watching(&self) -> usize {
        self.known().watching.values().sum()
    }

    /// Ends every watch: the program stops.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

impl Known {
    fn take_in(&mut self, rows: Vec<(i64, Option<Id>, String)>) {
        let first_look = self.high.is_none();
        let many = rows.len() as i64 == MOST;
        let high = rows.iter().map(|(seq, ..)| *seq).max().max(self.high).unwrap_or_default();
        for (seq, branch, kind) in rows {
            let new = self.recent.insert(seq);
            if let (true, false, false, Some(branch)) = (new, first_look, many, branch)
                && concerns(&kind)
            {
                *self.changes.entry(branch).or_default() += 1;
            }
        }
        // What changed between the reading of a page and the first look is among what is there already, nobody knows where: everybody is told.
        if many || first_look {
            self.of_all += 1;
        }
        self.high = Some(high);
        self.recent = self.recent.split_off(&(high - LATE + 1));
    }
}

/// The entries after a number, the newest first; without one the last few.
fn newest(conn: &mut Conn, from: Option<i64>) -> Result<Vec<(i64, Option<Id>, String)>> {
    let all = audit_entries::table.order(audit_entries::seq.desc()).select((
        audit_entries::seq,
        audit_entries::branch_id,
        audit_entries::subject_kind,
    ));
    Ok(match from {
        Some(from) => all.filter(audit_entries::seq.gt(from)).limit(MOST).load(conn)?,
        None => all.limit(LATE).load(conn)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_also_where_its_number_comes_late() {
        let live = Live::default();
        let (here, there) = (Id::new(), Id::new());
        let row = |seq, branch, kind: &str| (seq, Some(branch), kind.to_owned());
        let page = live.marks();
        live.known().take_in(vec![row(7, here, "checkin")]);
        assert_ne!(live.mark(there), page.of(there), "a page older than the first look is told");
        let before = (live.mark(here), live.mark(there));
        live.known().take_in(vec![row(9, there, "shift"), row(7, here, "checkin")]);
        assert_eq!(live.mark(here), before.0);
        assert_ne!(live.mark(there), before.1);
        live.known().take_in(vec![row(9, there, "shift"), row(8, here, "checkin")]);
        assert_ne!(live.mark(here), before.0);
        let now = live.mark(here);
        live.known().take_in(vec![row(10, here, "prospect"), row(9, there, "shift"), row(8, here, "checkin")]);
        assert_eq!(live.mark(here), now);
    }

    #[test]
    fn nobody_takes_all_the_places() {
        let live = Live::default();
        let user = Id::new();
        for _ in 0..OF_ONE {
            live.enter(user).expect("a place");
        }
        assert!(live.enter(user).is_err() && live.enter(Id::new()).is_ok());
        live.leave(user);
        assert!(live.enter(user).is_ok());
        for _ in OF_ONE + 1..WATCHERS {
            live.enter(Id::new()).expect("a place");
        }
        let late = Id::new();
        assert!(live.enter(late).is_err());
        assert!(!live.known().watching.contains_key(&late), "who was refused leaves nothing behind");
    }
}
