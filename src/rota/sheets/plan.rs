//! What a file would do to the rota: added, moved, unchanged, or refused and why; judged by the hard rules against what stands and what is drafted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate};

use super::reading::{Entry, Off, Reading};
use super::{Fault, Spot};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::imports::error::Problem;
use crate::rota::drafts::{self, Draft};
use crate::rota::edits::{self, Edit};
use crate::rota::posts::{self, Place, Post, Posts};
use crate::rota::rules::{Book, Scope};

/// The longest stretch of days in one file.
const LONGEST: Duration = Duration::days(400);

/// A line of the preview.
#[derive(Debug, Clone)]
pub struct Line {
    /// Which cell.
    pub spot: Spot,
    /// Which day.
    pub date: NaiveDate,
    /// Who, by name.
    pub broker: String,
    /// Where to, by name.
    pub outlet: String,
    /// Where from, by name, where somebody moves.
    pub from: Option<String>,
}

/// What a file would do.
#[derive(Debug, Default)]
pub struct Plan {
    /// Days on which somebody stood nowhere.
    pub added: Vec<Line>,
    /// Days on which somebody stood elsewhere.
    pub moved: Vec<Line>,
    /// Days that are as the file has them.
    pub unchanged: usize,
    /// Days before today: left alone.
    pub past: usize,
    /// Why nothing is taken in.
    pub refused: Vec<Fault>,
    /// What stays though the file leaves somebody free.
    pub kept: Vec<Line>,
    /// What to put into the drafts.
    pub(super) edits: Vec<Edit>,
}

impl Plan {
    /// Whether it may be taken in.
    pub fn is_clean(&self) -> bool {
        self.refused.is_empty()
    }
}

/// How things are, as the plan looks at them.
struct Now<'a> {
    book: &'a Book,
    posts: Posts,
    used: BTreeSet<Place>,
}

/// Judges a reading. Reads only.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, branch: Id, today: NaiveDate, reading: &Reading) -> Result<Plan> {
    let mut plan = Plan { refused: reading.faults.clone(), ..Plan::default() };
    let coming: Vec<&Entry> = reading.entries.iter().filter(|entry| entry.date >= today).collect();
    plan.past = reading.entries.len() - coming.len();
    let off = reading.off.iter().filter(|off| off.date >= today);
    let dates = coming.iter().map(|entry| entry.date).chain(off.map(|off| off.date));
    let Some((first, last)) = dates.clone().min().zip(dates.max()) else { return Ok(plan) };
    if last - first > LONGEST {
        plan.refused
            .push(Fault::new(Spot(String::new()), Problem::new("too_many_days").with("max", LONGEST.num_days())));
        return Ok(plan);
    }
    let book = Book::of(conn, branch, &Scope { history: false, ..Scope::all(first, last) })?;
    let now = Now { posts: with_drafts(conn, &book)?, used: edits::used_in(conn, &book)?, book: &book };
    for entry in coming {
        judge(&mut plan, &now, entry);
    }
    plan.kept = reading.off.iter().filter_map(|off| kept(&now, off, today)).collect();
    Ok(plan)
}

/// What stands, with the open drafts laid over it.
fn with_drafts(conn: &mut Conn, book: &Book) -> Result<Posts> {
    let mut all = edits::standing(book);
    for draft in drafts::open(conn, book.branch)? {
        if within(&draft, book.from, book.to) {
            all = posts::laid_over(&all, &posts::wanted(&drafts::steps(conn, draft.id)?));
        }
    }
    Ok(all)
}

fn within(draft: &Draft, from: NaiveDate, to: NaiveDate) -> bool {
    draft.from <= to && draft.to >= from
}

fn judge(plan: &mut Plan, now: &Now<'_>, entry: &Entry) {
    let place = (entry.broker, entry.date);
    let stands = now.posts.get(&place).map(|post| post.outlet_id);
    if stands == Some(entry.outlet) {
        plan.unchanged += 1;
        return;
    }
    let line = line(now.book, entry.spot.clone(), place, entry.outlet, stands);
    let refused = |code: &'static str| {
        let problem =
            Problem::new(code).with("broker", &line.broker).with("outlet", &line.outlet).with("date", entry.date);
        Fault::new(entry.spot.clone(), problem)
    };
    if now.used.contains(&place) {
        plan.refused.push(refused("has_checkins"));
        return;
    }
    if let Err(clash) = now.book.judge(entry.broker, entry.outlet, entry.date, None, None) {
        plan.refused.push(refused(clash.code()));
        return;
    }
    let wanted = Some(Post { outlet_id: entry.outlet, starts_at: None, ends_at: None });
    plan.edits.push(Edit { place, wanted, seen: stands, there: None });
    if stands.is_some() { plan.moved.push(line) } else { plan.added.push(line) }
}

fn line(book: &Book, spot: Spot, (broker, date): Place, outlet: Id, from: Option<Id>) -> Line {
    let outlet_name = |id: Id| book.outlets.get(&id).map(|o| o.name.clone()).unwrap_or_default();
    Line {
        spot,
        date,
        broker: book.brokers.get(&broker).map(|b| b.name.clone()).unwrap_or_default(),
        outlet: outlet_name(outlet),
        from: from.map(outlet_name),
    }
}

/// Somebody stands somewhere on a day on which the file leaves them free: a file takes nobody away.
fn kept(now: &Now<'_>, off: &Off, today: NaiveDate) -> Option<Line> {
    let place = (off.broker, off.date);
    let stands = now.posts.get(&place).filter(|_| off.date >= today)?;
    Some(line(now.book, off.spot.clone(), place, stands.outlet_id, None))
}

/// The edits of a plan by the month they are in: a draft is for a month.
pub(super) fn by_month(edits: &[Edit]) -> BTreeMap<(i32, u32), Vec<Edit>> {
    use chrono::Datelike;
    let mut months: BTreeMap<(i32, u32), Vec<Edit>> = BTreeMap::new();
    for edit in edits {
        let date = edit.place.1;
        months.entry((date.year(), date.month())).or_default().push(edit.clone());
    }
    months
}
