//! What the board shows: a branch's days, by outlet or by person, as they stand or as a draft has them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;

use super::desk::{self, OpenDraft};
use super::drafts;
use super::frame::{Counts, Frame};
use super::posts::{self, Step, Wanted};
use super::rules::{Book, Scope, days};
use crate::attendance::now::{choose, named, offered};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::CurrentUser;
use crate::templates::rota::{Board, Chip, Day, DraftLine, Filters, Pointer, Row, Sum};
use crate::text::fold;

/// The most that the summary names one by one.
const NAMED: usize = 20;

/// What of the rota is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Which branch, at the head office.
    pub branch: Option<String>,
    /// `YYYY-MM`.
    pub month: Option<String>,
    /// One date, or within a month the one that phones show.
    pub day: Option<String>,
    /// `people`; else by outlet.
    pub view: Option<String>,
    /// The draft to lay over.
    pub draft: Option<Id>,
    /// Only outlets of this bank.
    pub bank: Option<String>,
    /// Only outlets in this phase.
    pub phase: Option<String>,
    /// Only outlets of this grade.
    pub grade: Option<String>,
    /// Only rows with a gap or a conflict.
    pub gaps: Option<String>,
    /// Only rows with this in their names.
    pub q: Option<String>,
}

/// The dates shown, and the one that phones show.
struct Shown {
    from: NaiveDate,
    to: NaiveDate,
    focus: NaiveDate,
}

impl Which {
    fn people(&self) -> bool {
        self.view.as_deref() == Some("people")
    }

    fn shown(&self, draft: Option<&OpenDraft>, today: NaiveDate) -> Result<Shown> {
        let day = self.day.as_deref().map(crate::attendance::filter::date).transpose();
        let day = day.map_err(|code| Error::field("day", code))?;
        let (from, to) = match (&self.month, day, draft) {
            (Some(month), ..) => month_of(month)?,
            (None, Some(day), _) => (day, day),
            (None, None, Some(draft)) => (draft.from, draft.to),
            (None, None, None) => month_around(today)?,
        };
        let focus = day.unwrap_or(today).clamp(from, to);
        Ok(Shown { from, to, focus })
    }
}

fn month_of(text: &str) -> Result<(NaiveDate, NaiveDate)> {
    let first =
        crate::attendance::filter::date(&format!("{text}-01")).map_err(|_| Error::field("month", "not_a_date"))?;
    month_around(first)
}

fn month_around(date: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let first = date.with_day(1).ok_or_else(|| Error::field("month", "not_a_date"))?;
    let next = first.checked_add_months(chrono::Months::new(1)).ok_or_else(|| Error::field("month", "out_of_range"))?;
    Ok((first, next.checked_sub_days(Days::new(1)).unwrap_or(first)))
}

/// An open draft and its steps.
struct Drawing {
    draft: OpenDraft,
    steps: Vec<Step>,
    wanted: Wanted,
}

impl Drawing {
    fn load(conn: &mut Conn, draft: OpenDraft) -> Result<Drawing> {
        let steps = drafts::steps(conn, draft.id)?;
        let wanted = posts::wanted(&steps);
        Ok(Drawing { draft, steps, wanted })
    }

    fn line(&self, user: &CurrentUser, frame: &Frame) -> DraftLine {
        // Of days that are not shown nothing is known of what stands; a step there counts as a change.
        let shown = |date: NaiveDate| (frame.book.from..=frame.book.to).contains(&date);
        let (here, elsewhere): (Wanted, Wanted) = self.wanted.iter().partition(|((_, date), _)| shown(*date));
        DraftLine {
            id: self.draft.id.to_string(),
            from: self.draft.from,
            to: self.draft.to,
            changes: posts::differences(&frame.live, &here).len() + elsewhere.len(),
            undo: posts::to_undo(&self.steps, user.id).is_some(),
            redo: posts::to_redo(&self.steps, user.id).is_some(),
        }
    }
}

/// Reads the board.
///
/// # Errors
/// `NotFound` for a branch or a draft out of reach; 422 for no date.
pub fn load(conn: &mut Conn, user: &CurrentUser, which: &Which, now: At) -> Result<Board> {
    let choice = choose(conn, user, which.branch.as_deref())?;
    let branch = choice.chosen.id;
    let today = now.date_in(choice.chosen.zone());
    let desk = desk::of(conn, user, branch, now)?;
    let open = |id: Id| desk.drafts.iter().find(|d| d.id == id).copied().ok_or_else(Error::not_found);
    let asked = which.draft.map(open).transpose()?;
    let shown = which.shown(asked.as_ref(), today)?;
    let laid = asked.is_some();
    let within = |d: &&OpenDraft| d.from <= shown.to && d.to >= shown.from;
    let drawing =
        asked.or_else(|| desk.drafts.iter().find(within).copied()).map(|d| Drawing::load(conn, d)).transpose()?;
    let book = Book::of_branch(conn, &choice.chosen, &Scope::all(shown.from, shown.to))?;
    let wanted = drawing.as_ref().filter(|_| laid).map(|d| &d.wanted);
    let frame = Frame::new(book, wanted, today);
    let draft = drawing.as_ref().map(|d| d.line(user, &frame));
    let days = day_columns(&frame, &shown, drawing.as_ref().filter(|_| laid).map(|d| &d.draft));
    let (sum, gaps, conflicts) = sum(&frame);
    let undo = choice.writes && !laid && desk.undo;
    let told = |day: &Day| day.published && day.date >= today;
    Ok(Board {
        branch: named(&choice.chosen),
        branches: offered(&choice.all),
        writes: choice.writes,
        wants_reason: choice.writes && !laid && days.iter().any(told),
        rows: rows(&frame, which, &shown),
        days,
        today,
        focus: shown.focus,
        people: which.people(),
        month: which.month.is_some() || which.day.is_none(),
        palette: palette(&frame, which.people()),
        sum,
        gaps,
        conflicts,
        laid,
        draft,
        undo,
        filters: filters(which, &frame),
    })
}

fn day_columns(frame: &Frame, shown: &Shown, draft: Option<&OpenDraft>) -> Vec<Day> {
    let day = |date: NaiveDate| Day {
        date,
        rest: !frame.book.is_workday(date),
        published: frame.book.published.holds(date),
        fixed: draft.is_some_and(|d| !(d.from..=d.to).contains(&date)),
    };
    days(shown.from, shown.to).map(day).collect()
}

/// What is to be done on all outlets and days shown, and where.
fn sum(frame: &Frame) -> (Sum, Vec<Pointer>, Vec<Pointer>) {
    let (mut counts, mut gaps, mut conflicts) = (Counts::default(), Vec::new(), Vec::new());
    for date in days(frame.book.from.max(frame.today), frame.book.to) {
        for outlet in frame.book.outlets.keys() {
            let missing = frame.missing(*outlet, date);
            counts.gaps += missing;
            let pointer = |word: Option<&'static str>, who: Option<&str>| Pointer {
                outlet: outlet.to_string(),
                label: frame.outlets.get(outlet).map(ToString::to_string).unwrap_or_default(),
                date,
                missing,
                who: who.map(str::to_owned),
                code: word,
            };
            if missing > 0 && gaps.len() < NAMED {
                gaps.push(pointer(None, None));
            }
            for who in frame.of_outlet(*outlet, date).people.iter().filter(|who| !who.gone) {
                counts.conflicts += usize::from(who.conflict.is_some());
                counts.warnings += usize::from(who.new_face || who.overstay || who.over);
                if who.conflict.is_some() && conflicts.len() < NAMED {
                    conflicts.push(pointer(who.conflict, Some(&who.label)));
                }
            }
        }
    }
    (Sum { gaps: counts.gaps, conflicts: counts.conflicts, warnings: counts.warnings }, gaps, conflicts)
}

fn rows(frame: &Frame, which: &Which, shown: &Shown) -> Vec<Row> {
    let mut rows = if which.people() { rows_of_people(frame) } else { rows_of_outlets(frame, which) };
    let wanted = which.q.as_deref().map(fold).filter(|q| !q.is_empty());
    if let Some(q) = &wanted {
        rows.retain(|row| {
            let named = |who: &crate::templates::rota::Who| fold(&who.label).contains(q);
            fold(&row.search).contains(q) || row.cells.iter().any(|cell| cell.people.iter().any(named))
        });
    }
    if which.gaps.is_some() {
        rows.retain(Row::wants_a_look);
    }
    let at = days(shown.from, shown.to).position(|date| date == shown.focus).unwrap_or(0);
    let one_day = shown.from == shown.to;
    for row in &mut rows {
        row.look = row.cells.get(at).is_some_and(|cell| cell.wants_a_look());
    }
    if one_day {
        rows.sort_by_key(|row| !row.look);
    }
    rows
}

fn rows_of_outlets(frame: &Frame, which: &Which) -> Vec<Row> {
    let is = |asked: &Option<String>, has: Option<&str>| asked.as_deref().is_none_or(|asked| Some(asked) == has);
    let mut found: Vec<Row> = Vec::new();
    for (id, facts) in &frame.book.outlets {
        let fits = is(&which.bank, facts.bank.as_deref())
            && is(&which.grade, facts.grade.as_deref())
            && is(&which.phase, Some(&facts.phase));
        let cells: Vec<_> = days(frame.book.from, frame.book.to).map(|date| frame.of_outlet(*id, date)).collect();
        // An outlet where nobody is wanted and nobody sits would only be an empty line, unless it is asked for.
        let used = matches!(facts.phase.as_str(), "launch" | "established") || which.phase.is_some();
        if fits && (used || cells.iter().any(|cell| !cell.people.is_empty())) {
            found.push(Row {
                id: id.to_string(),
                label: frame.outlets.get(id).map(ToString::to_string).unwrap_or_default(),
                title: facts.name.clone(),
                search: format!("{} {}", facts.code, facts.name),
                mark: (facts.phase != "established").then(|| facts.phase.clone()),
                cells,
                look: false,
            });
        }
    }
    found.sort_by(|a, b| a.label.cmp(&b.label));
    found
}

fn rows_of_people(frame: &Frame) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::new();
    for (id, facts) in &frame.book.brokers {
        let cells: Vec<_> = days(frame.book.from, frame.book.to).map(|date| frame.of_person(*id, date)).collect();
        if facts.enabled || cells.iter().any(|cell| !cell.people.is_empty()) {
            let expired = facts.certificate_expires_on.is_some_and(|last| last < frame.book.to);
            let label = frame.people.get(id).map(ToString::to_string).unwrap_or_default();
            found.push(Row {
                id: id.to_string(),
                search: label.clone(),
                title: label.clone(),
                label,
                mark: expired.then(|| "certificate".to_owned()),
                cells,
                look: false,
            });
        }
    }
    found.sort_by(|a, b| a.label.cmp(&b.label));
    found
}

/// What can be taken and put into a cell: people with how many days they have, or outlets with how many brokers they miss.
fn palette(frame: &Frame, people: bool) -> Vec<Chip> {
    let mut counts: BTreeMap<Id, usize> = BTreeMap::new();
    if people {
        for outlet in frame.book.outlets.keys() {
            let missing = |date| frame.missing(*outlet, date);
            let coming = days(frame.book.from.max(frame.today), frame.book.to);
            counts.insert(*outlet, coming.map(missing).sum());
        }
    } else {
        counts.extend(frame.book.brokers.iter().filter(|(_, facts)| facts.enabled).map(|(id, _)| (*id, 0)));
        for (broker, _) in frame.posts.keys() {
            if let Some(count) = counts.get_mut(broker) {
                *count += 1;
            }
        }
    }
    let labels = if people { &frame.outlets } else { &frame.people };
    let chip = |(id, count): (Id, usize)| Chip {
        id: id.to_string(),
        label: labels.get(&id).map(ToString::to_string).unwrap_or_default(),
        count,
    };
    let mut chips: Vec<Chip> = counts.into_iter().map(chip).collect();
    chips.sort_by(|a, b| a.label.cmp(&b.label));
    chips
}

fn filters(which: &Which, frame: &Frame) -> Filters {
    let banks: BTreeSet<String> = frame.book.outlets.values().filter_map(|o| o.bank.clone()).collect();
    let grades: BTreeSet<String> = frame.book.outlets.values().filter_map(|o| o.grade.clone()).collect();
    Filters {
        banks: banks.into_iter().collect(),
        grades: grades.into_iter().collect(),
        bank: which.bank.clone(),
        phase: which.phase.clone(),
        grade: which.grade.clone(),
        gaps: which.gaps.is_some(),
        q: which.q.clone(),
    }
}
