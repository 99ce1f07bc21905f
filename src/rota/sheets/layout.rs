//! Where in a sheet the days stand, and which date each is: a row of headings among titles, month names over them, empty and weekend columns between.

use chrono::{Datelike, NaiveDate};

use super::dates::{self, Heading, Month};
use super::table::Table;
use super::{Fault, Spot};
use crate::imports::error::Problem;
use crate::imports::grid::Cell;

/// How far down headings are looked for.
const WITHIN: usize = 40;
/// How many days alone, without a month of their own, make a row of headings.
const DAYS: usize = 3;
/// How many lines over the headings may say month and year.
const ABOVE: usize = 6;

/// A stretch of lines under one row of headings.
#[derive(Debug, Clone)]
pub struct Block {
    /// The line of the headings.
    pub header: usize,
    /// The line after the last.
    pub end: usize,
    /// Where each day stands, with its date.
    pub days: Vec<(usize, NaiveDate)>,
}

/// What a sheet without dates of its own may be read by.
#[derive(Debug, Clone, Copy)]
pub struct Hints<'a> {
    /// The file's name.
    pub file: &'a str,
    /// The day of the import: a year that nothing says is the nearest to it.
    pub today: NaiveDate,
}

/// A line of headings that might be.
struct Candidate {
    line: usize,
    found: Vec<(usize, dates::Read)>,
    /// Cells among them whose value is not known.
    bad: Vec<usize>,
}

/// The blocks of a sheet, read across, or down where the days are in rows; and the table turned that way.
///
/// # Errors
/// Which cells keep the dates from being known.
pub fn find(table: &Table, hints: Hints<'_>) -> Result<(Table, Vec<Block>), Vec<Fault>> {
    let turned = table.turned();
    let (across, down) = (best(table), best(&turned));
    let score = |found: &Option<Candidate>| found.as_ref().map_or(0, |c| c.found.len() + c.bad.len());
    let table = if score(&down) > score(&across) { turned } else { table.clone() };
    let Some(first) = best(&table) else { return Err(nothing(&table)) };
    let least = (first.found.len() / 2).max(DAYS);
    let (line, names) = (first.line, first.found.first().map_or(0, |(at, _)| *at));
    // Another half of the month, or another month, may stand below, headed alike; totals and numbers as codes are not.
    let is_alike = |c: &Candidate| (0..names).all(|at| table.text(c.line, at) == table.text(line, at));
    let below = (line + 1..table.lines()).filter_map(|line| candidate(&table, line));
    let below: Vec<Candidate> = below.filter(|c| c.found.len() >= least && c.bad.is_empty() && is_alike(c)).collect();
    let heads: Vec<Candidate> = std::iter::once(first).chain(below).collect();
    let mut blocks = Vec::new();
    for (n, head) in heads.iter().enumerate() {
        let end = heads.get(n + 1).map_or(table.lines(), |next| next.line);
        blocks.push(Block { header: head.line, end, days: resolve(&table, head, hints)? });
    }
    Ok((table, blocks))
}

/// What to say of a sheet in which no dates were found: the cells that could have been some, if there are any.
fn nothing(table: &Table) -> Vec<Fault> {
    let unread = |line: usize| {
        (0..table.width()).filter_map(move |at| match table.cell(line, at) {
            Cell::Bad(problem) => Some(Fault::new(Spot::of(table, line, at), (**problem).clone())),
            Cell::Text(_) => None,
        })
    };
    let bad: Vec<Fault> = (0..table.lines().min(WITHIN)).flat_map(unread).take(5).collect();
    if bad.is_empty() { vec![Fault::new(Spot::sheet(table), "no_dates")] } else { bad }
}

/// The line among the first that has most dates; of equals the upper one.
fn best(table: &Table) -> Option<Candidate> {
    let mut best: Option<Candidate> = None;
    for candidate in (0..table.lines().min(WITHIN)).filter_map(|line| candidate(table, line)) {
        let size = |c: &Candidate| c.found.len() + c.bad.len();
        if best.as_ref().is_none_or(|b| size(&candidate) > size(b)) {
            best = Some(candidate);
        }
    }
    best
}

fn candidate(table: &Table, line: usize) -> Option<Candidate> {
    let mut found = Vec::new();
    let mut bad = Vec::new();
    let mut last = String::new();
    for at in 0..table.width() {
        match table.cell(line, at) {
            // A merged heading counts once: what follows belongs to the same day and says nothing of its own.
            Cell::Text(text) if !text.is_empty() && *text == last => {}
            Cell::Text(text) => {
                last.clone_from(text);
                found.extend(dates::heading(text).map(|read| (at, read)));
            }
            Cell::Bad(_) => bad.push(at),
        }
    }
    bad.retain(|at| found.first().is_some_and(|(first, _)| at > first));
    let says_itself = found.iter().any(|(_, read)| !matches!(read.heading, Heading::Day(_)));
    let enough = found.len() + bad.len() >= DAYS || (says_itself && !found.is_empty());
    (enough && goes_on(&found)).then_some(Candidate { line, found, bad })
}

/// Whether the days go on from left to right; from the end of a month to the start of the next they may fall once for each month.
fn goes_on(found: &[(usize, dates::Read)]) -> bool {
    let mut falls = 0;
    for pair in found.windows(2) {
        let rises = match (pair[0].1.heading, pair[1].1.heading) {
            (Heading::Date(a), Heading::Date(b)) => a < b,
            (Heading::MonthDay(m, d), Heading::MonthDay(n, e)) => {
                if m > n {
                    falls += 1;
                }
                (m, d) != (n, e) && (m != n || d < e)
            }
            (Heading::Day(a), Heading::Day(b)) if a >= b => {
                falls += 1;
                // A month ends on the 28th at the earliest; what falls before is no row of days.
                a >= 28 && b <= 3
            }
            _ => true,
        };
        if !rises {
            return false;
        }
    }
    falls <= 3
}

/// The dates of a line of headings.
fn resolve(table: &Table, head: &Candidate, hints: Hints<'_>) -> Result<Vec<(usize, NaiveDate)>, Vec<Fault>> {
    let mut faults: Vec<Fault> = Vec::new();
    for at in &head.bad {
        if let Cell::Bad(problem) = table.cell(head.line, *at) {
            faults.push(Fault::new(Spot::of(table, head.line, *at), (**problem).clone()));
        }
    }
    let said = Said::over(table, head.line, hints);
    let mut days: Vec<(usize, NaiveDate)> = Vec::new();
    let mut walk = Walk { context: None, month: None };
    for (at, read) in &head.found {
        let spot = || Spot::of(table, head.line, *at);
        let last = days.last().map(|(_, date)| *date);
        match walk.date(read.heading, &said, *at, last, hints) {
            Ok(date) if read.weekday.is_some_and(|day| day != date.weekday()) => {
                faults.push(Fault::new(spot(), Problem::new("other_weekday").with("date", date)));
            }
            Ok(date) if last.is_some_and(|before| date <= before) => {
                faults.push(Fault::new(spot(), Problem::new("dates_go_back").with("date", date)));
            }
            Ok(date) => days.push((*at, date)),
            Err(code) => faults.push(Fault::new(spot(), code)),
        }
        // Without a month all the other days have none either.
        if faults.len() >= 10 || faults.iter().any(|fault| fault.problem.code == "no_month") {
            break;
        }
    }
    if faults.is_empty() { Ok(days) } else { Err(faults) }
}

/// What stands over the headings, on the sheet's tab and in the file's name.
struct Said {
    /// By position: the month in the nearest line above that says one there or to the left.
    months: Vec<Option<Month>>,
    /// The month of tab, titles or file.
    month: Option<Month>,
    year: Option<i32>,
}

impl Said {
    fn over(table: &Table, header: usize, hints: Hints<'_>) -> Said {
        let above: Vec<usize> = (header.saturating_sub(ABOVE)..header).rev().collect();
        let mut months = vec![None; table.width()];
        // Only a line that names a month over a part of the columns says it by position; a title is for all.
        for line in &above {
            let mut last = None;
            for (at, slot) in months.iter_mut().enumerate() {
                last = dates::month(table.text(*line, at)).or(last);
                *slot = (*slot).or(last);
            }
        }
        let titles = || above.iter().flat_map(|line| (0..table.width()).map(|at| table.text(*line, at)));
        let texts = || std::iter::once(table.name.as_str()).chain(titles()).chain([hints.file]);
        Said { months, month: texts().find_map(dates::month), year: texts().find_map(dates::year) }
    }
}

/// Goes from heading to heading, since a day alone belongs to the month that the one before was in, or to the next.
struct Walk {
    context: Option<Month>,
    month: Option<(i32, u32)>,
}

impl Walk {
    fn date(
        &mut self,
        heading: Heading,
        said: &Said,
        at: usize,
        last: Option<NaiveDate>,
        hints: Hints<'_>,
    ) -> Result<NaiveDate, &'static str> {
        let date = match heading {
            Heading::Date(date) => date,
            Heading::MonthDay(month, day) => {
                let year = match (said.year, last) {
                    (_, Some(last)) if month < last.month() => last.year() + 1,
                    (_, Some(last)) => last.year(),
                    (Some(year), None) => year,
                    (None, None) => nearest_year(month, hints.today),
                };
                NaiveDate::from_ymd_opt(year, month, day).ok_or("bad_date")?
            }
            Heading::Day(day) => {
                let context = said.months[at].or(said.month).ok_or("no_month")?;
                if self.context != Some(context) || self.month.is_none() {
                    let year = context.year.or(said.year).unwrap_or_else(|| nearest_year(context.month, hints.today));
                    // December's column after November's, or January's after December's.
                    let year = match last {
                        Some(last) if context.year.is_none() && (year, context.month) < (last.year(), last.month()) => {
                            year + 1
                        }
                        _ => year,
                    };
                    (self.context, self.month) = (Some(context), Some((year, context.month)));
                }
                let (year, month) = self.month.ok_or("no_month")?;
                let falls = last.is_some_and(|last| (last.year(), last.month()) == (year, month) && day <= last.day());
                let (year, month) = match (falls, month) {
                    (false, _) => (year, month),
                    (true, 12) => (year + 1, 1),
                    (true, _) => (year, month + 1),
                };
                self.month = Some((year, month));
                NaiveDate::from_ymd_opt(year, month, day).ok_or("bad_date")?
            }
        };
        Ok(date)
    }
}

/// The year in which a month is nearest to today.
fn nearest_year(month: u32, today: NaiveDate) -> i32 {
    let distance = |year: i32| {
        NaiveDate::from_ymd_opt(year, month, 15).map_or(i64::MAX, |middle| (middle - today).num_days().abs())
    };
    (today.year() - 1..=today.year() + 1).min_by_key(|year| distance(*year)).unwrap_or(today.year())
}
