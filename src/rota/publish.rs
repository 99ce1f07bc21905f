//! Publishing: a draft against what stands, then all of the difference at once, told to each person in one mail.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::changes::Why;
use super::drafts::{self, Draft, State};
use super::edits::{self, Outcome, Trouble};
use super::live;
use super::posts::{self, Difference, Place, Posts, Wanted};
use super::rules::{self, Book, Scope};
use super::tell;
use super::warnings::Warning;
use crate::audit::{self, Subject};
use crate::db::schema::rota_publications;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::mail;
use crate::people::{Caller, CurrentUser};

/// A draft beside what stands.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What publishing would do, by date and person.
    pub differences: Vec<(Place, Difference)>,
    /// What it leaves alone, since somebody checked in for it or asked for a correction.
    pub left_alone: Vec<(Place, Difference)>,
    /// What a hard rule forbids: while there is any, nothing is published.
    pub blocking: Vec<Trouble>,
    /// What to know, and no hindrance.
    pub warnings: Vec<(Place, Vec<Warning>)>,
    /// Where everybody would be.
    pub result: Posts,
}

/// Compares: pure.
pub fn compare(book: &Book, wanted: &Wanted, used: &BTreeSet<Place>) -> Comparison {
    let live = edits::standing(book);
    let (left_alone, differences): (Vec<_>, Vec<_>) =
        posts::differences(&live, wanted).into_iter().partition(|(place, _)| used.contains(place));
    let doable: Wanted =
        wanted.iter().filter(|(place, _)| !used.contains(place)).map(|(place, post)| (*place, *post)).collect();
    let result = posts::laid_over(&live, &doable);
    let mut there: HashMap<(Id, NaiveDate), usize> = HashMap::new();
    for ((_, date), post) in &result {
        *there.entry((post.outlet_id, *date)).or_default() += 1;
    }
    let mut blocking = Vec::new();
    let mut warnings = Vec::new();
    for (place, difference) in &differences {
        let (Difference::Added(new) | Difference::Moved(_, new)) = difference else { continue };
        match book.judge(place.0, new.outlet_id, place.1, new.starts_at, new.ends_at) {
            Err(clash) => blocking.push(Trouble::forbidden(clash.code(), *place, new.outlet_id)),
            Ok(_) => {
                let others = there.get(&(new.outlet_id, place.1)).map_or(0, |all| all.saturating_sub(1));
                let found = book.warnings(place.0, new.outlet_id, place.1, others);
                if !found.is_empty() {
                    warnings.push((*place, found));
                }
            }
        }
    }
    Comparison { differences, left_alone, blocking, warnings, result }
}

/// A draft within reach and its comparison.
///
/// # Errors
/// `NotFound` out of reach.
pub fn load(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<(Draft, Book, Comparison)> {
    let draft = drafts::find(conn, user, id)?;
    let (book, comparison) = read(conn, &draft, true)?;
    Ok((draft, book, comparison))
}

/// `history`: with what the warnings look at.
fn read(conn: &mut Conn, draft: &Draft, history: bool) -> Result<(Book, Comparison)> {
    let book = Book::of(conn, draft.branch_id, &Scope { history, ..Scope::all(draft.from, draft.to) })?;
    let wanted = posts::wanted(&drafts::steps(conn, draft.id)?);
    let used = edits::used_in(conn, &book)?;
    let comparison = compare(&book, &wanted, &used);
    Ok((book, comparison))
}

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Publication {
    /// Its id.
    pub id: Id,
    /// The draft, now `published`.
    pub draft: Draft,
    /// Shifts that are new.
    pub added: usize,
    /// Shifts that are elsewhere, or at other times.
    pub moved: usize,
    /// Shifts that are no more.
    pub removed: usize,
    /// Days left as they stood, since somebody checked in for them.
    pub left_alone: usize,
    /// How many people went a mail.
    pub told: usize,
}

/// Publishes a draft: one transaction, one mail a person. `version`: the draft as its author last saw it.
///
/// # Errors
/// As `drafts::hold`; `Conflict("draft_changed")` where somebody changed it since. Blocking conflicts come back as `Refused`.
pub fn publish(
    conn: &mut Conn,
    post: &mail::Post,
    caller: &Caller,
    id: Id,
    version: i32,
) -> Result<Outcome<Publication>> {
    let draft = drafts::hold(conn, caller, id)?;
    if draft.version != version {
        return Err(Error::Conflict("draft_changed"));
    }
    rules::hold(conn, draft.branch_id)?;
    // Warnings are no hindrance: what they look at need not be read while others wait for their turn to write.
    let (book, comparison) = read(conn, &draft, false)?;
    if !comparison.blocking.is_empty() {
        return Ok(Outcome::Refused(comparison.blocking));
    }
    let count = |is: fn(&Difference) -> bool| comparison.differences.iter().filter(|(_, d)| is(d)).count();
    let mut publication = Publication {
        id: Id::new(),
        draft: drafts::close(conn, caller, draft, State::Published)?,
        added: count(|d| matches!(d, Difference::Added(_))),
        moved: count(|d| matches!(d, Difference::Moved(..))),
        removed: count(|d| matches!(d, Difference::Removed(_))),
        left_alone: comparison.left_alone.len(),
        told: 0,
    };
    keep(conn, caller, &publication)?;
    let why = Why { publication: Some(publication.id), ..Why::default() };
    let wanted = comparison.differences.iter().map(|(place, difference)| match difference {
        Difference::Added(new) | Difference::Moved(_, new) => (*place, Some(*new)),
        Difference::Removed(_) => (*place, None),
    });
    let made = live::apply(conn, caller, &book, wanted, &why)?;
    publication.told = tell::tell(conn, post, caller, &book, &made)?;
    let subject = Subject::new("rota_draft", id, Some(book.branch));
    let detail = serde_json::json!({
        "publication": publication.id, "added": publication.added, "moved": publication.moved,
        "removed": publication.removed, "left_alone": publication.left_alone,
    });
    audit::record(conn, caller, "rota_draft.publish", subject, detail)?;
    Ok(Outcome::Done(publication))
}

fn keep(conn: &mut Conn, caller: &Caller, publication: &Publication) -> Result<()> {
    use rota_publications as p;
    let count = |n: usize| i32::try_from(n).map_err(Error::internal);
    diesel::insert_into(p::table)
        .values((
            p::id.eq(publication.id),
            p::branch_id.eq(publication.draft.branch_id),
            p::draft_id.eq(publication.draft.id),
            p::from_date.eq(publication.draft.from),
            p::to_date.eq(publication.draft.to),
            p::by_user.eq(caller.user()?.id),
            p::at.eq(caller.now),
            p::added.eq(count(publication.added)?),
            p::moved.eq(count(publication.moved)?),
            p::removed.eq(count(publication.removed)?),
        ))
        .execute(conn)?;
    Ok(())
}
