//! A file read by what a branch knows: who is to be where on which day, which words are still to be explained, and what is wrong.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::layout::{self, Hints};
use super::meaning::{Directory, Kind, Meaning, squeeze};
use super::rows::{self, Axis, Mark, Section};
use super::{Fault, Spot, table};
use crate::db::Id;
use crate::imports::error::{FileError, Problem};

/// Somebody somewhere on a day, as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub broker: Id,
    /// Where.
    pub outlet: Id,
    /// On which day.
    pub date: NaiveDate,
    /// Which cell says so.
    pub spot: Spot,
}

/// Somebody whom the file gives a day without an outlet: off, on leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    /// Who.
    pub broker: Id,
    /// On which day.
    pub date: NaiveDate,
    /// Which cell says so.
    pub spot: Spot,
}

/// A word of the file, as far as it is not simply a name.
#[derive(Debug, Clone)]
pub struct Word {
    /// What it is used for.
    pub kind: Kind,
    /// As it stands in the file.
    pub text: String,
    /// Where it stands first.
    pub spot: Spot,
    /// How often it stands there.
    pub times: usize,
    /// What it means by now.
    pub meaning: Meaning,
}

/// What a file comes to.
#[derive(Debug, Default)]
pub struct Reading {
    /// Who is to be where.
    pub entries: Vec<Entry>,
    /// Whom the file leaves free on a day.
    pub off: Vec<Off>,
    /// The words to explain, and those explained before; in the order of the file.
    pub words: Vec<Word>,
    /// Why nothing can be taken in.
    pub faults: Vec<Fault>,
    /// What was not read.
    pub notes: Vec<Fault>,
}

impl Reading {
    /// The words that are still to be explained.
    pub fn unknown(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|word| word.meaning == Meaning::Unknown)
    }
}

/// Reads a file.
///
/// # Errors
/// Where it is no table at all.
pub fn read(bytes: &[u8], hints: Hints<'_>, directory: &Directory) -> Result<Reading, FileError> {
    let tables = table::read(bytes)?;
    let mut reading = Reading::default();
    let mut sections: Vec<(Spot, Section)> = Vec::new();
    let mut unfound: Vec<Fault> = Vec::new();
    for table in &tables {
        match layout::find(table, hints) {
            Ok((table, blocks)) => {
                let read = |block: &layout::Block| (Spot::sheet(&table), rows::read(&table, block, directory));
                sections.extend(blocks.iter().map(read));
            }
            Err(faults) => unfound.extend(faults),
        }
    }
    // A sheet of remarks among rotas is passed over; alone it is what is wrong.
    let (empty, wrong): (Vec<_>, Vec<_>) = unfound.into_iter().partition(|f| f.problem.code == "no_dates");
    let told = if sections.is_empty() { &mut reading.faults } else { &mut reading.notes };
    told.extend(empty);
    reading.faults.extend(wrong);
    let known: usize = sections.iter().map(|(_, section)| section.known).sum();
    for (sheet, section) in sections {
        // The sheet of another branch, in a workbook that holds several.
        if section.known == 0 && known > 0 && !section.rows.is_empty() && !sheet.0.is_empty() {
            reading.notes.push(Fault::new(sheet, "nobody_known"));
            continue;
        }
        take(&mut reading, section, directory);
    }
    if reading.entries.is_empty() && reading.faults.is_empty() && reading.words.is_empty() {
        reading.faults.push(Fault::new(Spot(String::new()), "no_marks"));
    }
    settle(&mut reading);
    Ok(reading)
}

fn take(reading: &mut Reading, section: Section, directory: &Directory) {
    let mut words = Words { found: BTreeMap::new(), directory };
    let (of_line, of_cell) = match section.axis {
        Axis::People => (Kind::Broker, Kind::Outlet),
        Axis::Outlets => (Kind::Outlet, Kind::Broker),
    };
    for row in &section.rows {
        let line = words.meaning(of_line, &row.name, &row.spot);
        if line == Meaning::Nothing {
            continue;
        }
        for mark in &row.marks {
            for text in parts(section.axis, mark, directory) {
                let cell = words.meaning(of_cell, &text, &mark.spot);
                let (date, spot) = (mark.date, mark.spot.clone());
                match (section.axis, line, cell) {
                    (Axis::People, Meaning::One(broker), Meaning::One(outlet))
                    | (Axis::Outlets, Meaning::One(outlet), Meaning::One(broker)) => {
                        reading.entries.push(Entry { broker, outlet, date, spot });
                    }
                    (Axis::People, Meaning::One(broker), Meaning::Nothing) => {
                        reading.off.push(Off { broker, date, spot });
                    }
                    _ => {}
                }
            }
        }
    }
    let mut found: Vec<(usize, Word)> = words.found.into_values().collect();
    found.sort_by_key(|(order, _)| *order);
    for (_, word) in found {
        match reading.words.iter_mut().find(|w| w.kind == word.kind && squeeze(&w.text) == squeeze(&word.text)) {
            Some(before) => before.times += word.times,
            None => reading.words.push(word),
        }
    }
    reading.faults.extend(section.faults);
    reading.notes.extend(section.notes);
}

/// The words that are no plain names, each once.
struct Words<'a> {
    found: BTreeMap<(Kind, String), (usize, Word)>,
    directory: &'a Directory,
}

impl Words<'_> {
    fn meaning(&mut self, kind: Kind, text: &str, spot: &Spot) -> Meaning {
        let meaning = self.directory.meaning(kind, text);
        let by_name = self.directory.named(kind, text).map(Meaning::One);
        if by_name != Some(meaning) {
            let order = self.found.len();
            let new = || Word { kind, text: text.to_owned(), spot: spot.clone(), times: 0, meaning };
            self.found.entry((kind, squeeze(text))).or_insert_with(|| (order, new())).1.times += 1;
        }
        meaning
    }
}

/// What a cell says: one code of a broker's day, or the names of those at an outlet.
fn parts(axis: Axis, mark: &Mark, directory: &Directory) -> Vec<String> {
    let whole = || vec![mark.text.trim().to_owned()];
    if axis == Axis::People || directory.meaning(Kind::Broker, &mark.text) != Meaning::Unknown {
        return whole();
    }
    let names = |separators: &[char]| -> Vec<String> {
        mark.text.split(separators).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let firm = names(&['、', ',', '，', ';', '；', '/', '+', '&', '\n', '\r']);
    // Names with spaces between them, if that makes every one of them known.
    let mut all = Vec::new();
    for name in firm {
        let loose: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
        let is_known = |word: &String| directory.meaning(Kind::Broker, word) != Meaning::Unknown;
        if loose.len() > 1 && directory.meaning(Kind::Broker, &name) == Meaning::Unknown && loose.iter().all(is_known) {
            all.extend(loose);
        } else {
            all.push(name);
        }
    }
    all
}

/// One day of one broker is said once: the same twice counts once, two outlets are a fault at the second.
fn settle(reading: &mut Reading) {
    let mut said: BTreeMap<(Id, NaiveDate), Entry> = BTreeMap::new();
    for entry in std::mem::take(&mut reading.entries) {
        let place = (entry.broker, entry.date);
        match said.get(&place) {
            Some(before) if before.outlet == entry.outlet => {}
            Some(before) => {
                let problem = Problem::new("two_places").with("other", &before.spot);
                reading.faults.push(Fault::new(entry.spot, problem));
            }
            None => drop(said.insert(place, entry)),
        }
    }
    reading.off.retain(|off| !said.contains_key(&(off.broker, off.date)));
    reading.entries = said.into_values().collect();
    reading.entries.sort_by_key(|entry| (entry.date, entry.broker));
}
