//! How things are on the days of a plan: everything that is read of a branch before it is planned, at one moment.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::facts::Facts;
use super::instance::{self, Seen};
use super::runs;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::rota::drafts;
use crate::rota::edits;
use crate::rota::posts::{self, Place, Posts};
use crate::rota::rules::Book;

/// What was read.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The rules, of whole weeks.
    pub book: Book,
    facts: Facts,
    base: Posts,
    live: Posts,
    used: BTreeSet<Place>,
}

impl Situation {
    /// Of a branch from `from` to `to`. `drafted`: with the open draft of those days laid over what stands.
    ///
    /// # Errors
    /// `Conflict("draft_overlaps")` where a draft has some of the days and not all.
    pub fn load(
        conn: &mut Conn,
        keys: &Keys,
        branch: Id,
        (from, to): (NaiveDate, NaiveDate),
        drafted: bool,
        today: NaiveDate,
    ) -> Result<Situation> {
        let (start, end) = instance::widened(from, to);
        let book = Book::load(conn, branch, start, end)?;
        let live = edits::standing(&book);
        let draft = if drafted { runs::draft_for(conn, branch, from, to)? } else { None };
        let base = match draft {
            Some(draft) => posts::laid_over(&live, &posts::wanted(&drafts::steps(conn, draft.id)?)),
            None => live.clone(),
        };
        Ok(Situation {
            facts: Facts::load(conn, keys, branch, today)?,
            base,
            live,
            used: edits::used(conn, branch, start, end)?,
            book,
        })
    }

    /// For making an instance.
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            book: &self.book,
            facts: &self.facts,
            base: &self.base,
            live: &self.live,
            used: &self.used,
            published: &self.book.published,
        }
    }
}
