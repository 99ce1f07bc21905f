//! The lines under a row of dates: whose they are, and what stands in each day's cell.

use chrono::NaiveDate;

use super::layout::Block;
use super::meaning::Directory;
use super::table::Table;
use super::{Fault, Spot, dates};
use crate::imports::grid::Cell;
use crate::text::fold;

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// A broker a line, codes of outlets in the cells.
    People,
    /// An outlet a line, brokers' names in the cells.
    Outlets,
}

/// A filled cell.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Where.
    pub spot: Spot,
    /// Of which day.
    pub date: NaiveDate,
    /// What stands there.
    pub text: String,
}

/// A line with something in it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where its name stands.
    pub spot: Spot,
    /// The broker or the outlet, as written.
    pub name: String,
    /// Its filled cells.
    pub marks: Vec<Mark>,
}

/// A block with its lines.
#[derive(Debug, Clone)]
pub struct Section {
    /// What its lines are.
    pub axis: Axis,
    /// The lines.
    pub rows: Vec<Row>,
    /// How many of them name somebody or something that is known.
    pub known: usize,
    /// What is wrong with cells of it.
    pub faults: Vec<Fault>,
    /// What was not read.
    pub notes: Vec<Fault>,
}

const PEOPLE: [&str; 9] = ["姓名", "人员", "员工", "经纪人", "客户经理", "名字", "name", "broker", "employee"];
const OUTLETS: [&str; 8] = ["网点", "网点名称", "支行", "驻点", "银行", "outlet", "bank", "branch"];
/// What ends a table, not a person.
const FOOTERS: [&str; 14] =
    ["合计", "小计", "总计", "人数", "备注", "说明", "注", "注意", "制表", "审核", "total", "sum", "note", "notes"];

/// The lines of a block.
pub fn read(table: &Table, block: &Block, directory: &Directory) -> Section {
    let (at, axis) = name_column(table, block, directory);
    let mut section = Section { axis, rows: Vec::new(), known: 0, faults: Vec::new(), notes: Vec::new() };
    let Some(at) = at else {
        section.faults.push(Fault::new(Spot::of(table, block.header, block.days[0].0), "no_names"));
        return section;
    };
    for line in block.header + 1..block.end {
        if is_aside(table, block, line, at) {
            continue;
        }
        let row = row(table, block, line, at, &mut section.faults);
        if row.marks.is_empty() {
            continue;
        }
        if let Cell::Bad(problem) = table.cell(line, at) {
            section.faults.push(Fault::new(row.spot, (**problem).clone()));
            continue;
        }
        section.known += usize::from(knows(directory, axis, &row.name));
        section.rows.push(row);
    }
    section.notes = unread(table, block, at);
    section
}

fn row(table: &Table, block: &Block, line: usize, at: usize, faults: &mut Vec<Fault>) -> Row {
    let mut marks = Vec::new();
    for (day, date) in &block.days {
        let spot = Spot::of(table, line, *day);
        match table.cell(line, *day) {
            Cell::Bad(problem) => faults.push(Fault::new(spot, (**problem).clone())),
            Cell::Text(text) if text.is_empty() => {}
            Cell::Text(text) => marks.push(Mark { spot, date: *date, text: text.clone() }),
        }
    }
    Row { spot: Spot::of(table, line, at), name: table.text(line, at).to_owned(), marks }
}

fn knows(directory: &Directory, axis: Axis, name: &str) -> bool {
    match axis {
        Axis::People => directory.knows_broker(name),
        Axis::Outlets => directory.knows_outlet(name),
    }
}

/// The column before the dates in which most names are known, else the one headed like names, else the first with words; and what the lines are.
fn name_column(table: &Table, block: &Block, directory: &Directory) -> (Option<usize>, Axis) {
    let mut best: Option<((usize, bool, usize), usize, Axis)> = None;
    for at in 0..block.days[0].0 {
        let names = (block.header + 1..block.end).map(|line| table.text(line, at)).filter(|name| !name.is_empty());
        let (mut people, mut outlets, mut words) = (0, 0, 0);
        for name in names {
            people += usize::from(directory.knows_broker(name));
            outlets += usize::from(directory.knows_outlet(name));
            words += usize::from(name.chars().any(char::is_alphabetic));
        }
        let title = heading_over(table, block, at);
        let headed = |words: &[&str]| words.iter().any(|word| title.contains(word));
        let is_outlets = outlets > people || (outlets == people && headed(&OUTLETS) && !headed(&PEOPLE));
        let axis = if is_outlets { Axis::Outlets } else { Axis::People };
        let score = (people.max(outlets), headed(&PEOPLE) || headed(&OUTLETS), usize::from(words > 0));
        if score > (0, false, 0) && best.as_ref().is_none_or(|(b, ..)| score > *b) {
            best = Some((score, at, axis));
        }
    }
    best.map_or((None, Axis::People), |(_, at, axis)| (Some(at), axis))
}

/// What heads a column of names: beside the dates, or a line above them where the heading is merged over both.
fn heading_over(table: &Table, block: &Block, at: usize) -> String {
    let here = fold(table.text(block.header, at));
    if here.is_empty() && block.header > 0 { fold(table.text(block.header - 1, at)) } else { here }
}

/// A line without a name, of weekdays, of totals or remarks, or headings again.
fn is_aside(table: &Table, block: &Block, line: usize, at: usize) -> bool {
    if table.cell(line, at).is_blank() {
        return true;
    }
    let name = fold(table.text(line, at));
    let word = name.trim_end_matches([':', '。', '.']);
    let opens = FOOTERS.iter().any(|footer| word == *footer || name.starts_with(&format!("{footer}:")));
    if opens || PEOPLE.contains(&word) || OUTLETS.contains(&word) {
        return true;
    }
    let mut filled =
        block.days.iter().map(|(day, _)| table.text(line, *day)).filter(|text| !text.is_empty()).peekable();
    let is_weekdays = dates::is_weekday(&name) || ["weekday", "day", "date", "日期"].contains(&name.as_str());
    is_weekdays && filled.peek().is_some() && filled.all(dates::is_weekday)
}

/// Columns among the dates that have no date but hold something.
fn unread(table: &Table, block: &Block, names: usize) -> Vec<Fault> {
    let (Some((first, _)), Some((last, _))) = (block.days.first(), block.days.last()) else { return Vec::new() };
    let has_day = |at: usize| block.days.iter().any(|(day, _)| *day == at);
    let is_named = |line: usize| !is_aside(table, block, line, names);
    let holds =
        |at: usize| (block.header + 1..block.end).find(|line| is_named(*line) && !table.cell(*line, at).is_blank());
    let found = (*first..=*last).filter(|at| !has_day(*at)).filter_map(|at| holds(at).map(|line| (line, at)));
    found.map(|(line, at)| Fault::new(Spot::of(table, line, at), "column_without_date")).collect()
}
