//! The roll as a file: a row a shift with real dates and numbers, as CSV and as XLSX.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::month::{Line, Stretch, Totals};
use super::roll::Attended;
use super::roll_view::clock;
use super::spot_checks::SpotCheck;
use crate::db::{At, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::t;
use crate::templates::attendance::words;
use crate::web::download;

/// The columns, by the key of their heading.
const COLUMNS: [&str; 18] = [
    "date",
    "broker",
    "code",
    "outlet",
    "starts",
    "ends",
    "in",
    "out",
    "status",
    "late",
    "early",
    "verdict",
    "corrected-in",
    "corrected-out",
    "corrected-status",
    "dress",
    "badge",
    "note",
];

/// What stands in a cell.
enum Cell {
    Text(String),
    Date(chrono::NaiveDate),
    Time(NaiveTime),
    Number(i64),
    Nothing,
}

fn heading(lang: Lang, column: &str) -> String {
    t!(lang, &format!("roll-file-{column}"))
}

fn cells(lang: Lang, line: &Line) -> Vec<Cell> {
    let row = &line.row;
    let text = |text: &str| if text.is_empty() { Cell::Nothing } else { Cell::Text(text.to_owned()) };
    let corrected = row.corrected.as_ref();
    vec![
        Cell::Date(row.shift.date),
        text(&line.broker),
        text(&line.code),
        text(&line.outlet),
        time(row, Some(row.shift.starts_at)),
        time(row, Some(row.shift.ends_at)),
        time(row, row.recorded.in_at),
        time(row, row.recorded.out_at),
        Cell::Text(words::status(lang, row.recorded.status)),
        row.recorded.minutes_late.map_or(Cell::Nothing, Cell::Number),
        row.recorded.minutes_early.map_or(Cell::Nothing, Cell::Number),
        row.came.map_or(Cell::Nothing, |came| Cell::Text(words::verdict(lang, came.verdict))),
        time(row, corrected.and_then(|c| c.in_at)),
        time(row, corrected.and_then(|c| c.out_at)),
        corrected.map_or(Cell::Nothing, |c| Cell::Text(words::status(lang, c.status))),
        seen(lang, &line.spots, |spot| spot.dress_ok),
        seen(lang, &line.spots, |spot| spot.badge_ok),
        text(&line.spots.iter().map(|s| s.note.as_str()).filter(|n| !n.is_empty()).collect::<Vec<_>>().join(" / ")),
    ]
}

fn time(row: &Attended, at: Option<At>) -> Cell {
    at.map_or(Cell::Nothing, |at| Cell::Time(clock(at, row.zone)))
}

/// Wrong if any spot check found it so.
fn seen(lang: Lang, spots: &[SpotCheck], what: impl Fn(&SpotCheck) -> Option<bool>) -> Cell {
    let found: Vec<bool> = spots.iter().filter_map(what).collect();
    match (found.is_empty(), found.contains(&false)) {
        (true, _) => Cell::Nothing,
        (_, wrong) => Cell::Text(t!(lang, if wrong { "spot-wrong" } else { "spot-right" })),
    }
}

/// As CSV: UTF-8 with the mark that spreadsheets look for, dates and times as they read them.
///
/// # Errors
/// Only when memory cannot be written.
pub fn csv(lang: Lang, stretch: &Stretch) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![0xef, 0xbb, 0xbf]);
    writer.write_record(COLUMNS.map(|column| heading(lang, column))).map_err(Error::internal)?;
    for line in &stretch.lines {
        let record = cells(lang, line).into_iter().map(|cell| match cell {
            Cell::Text(text) => download::cell(&text),
            Cell::Date(date) => date.to_string(),
            Cell::Time(time) => time.format("%H:%M:%S").to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Nothing => String::new(),
        });
        writer.write_record(record).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// As a workbook: the rows, the totals by person, and those by outlet.
///
/// # Errors
/// Only when memory cannot be written.
pub fn xlsx(lang: Lang, stretch: &Stretch) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    rows(lang, stretch, book.add_worksheet()).map_err(Error::internal)?;
    let by_person = Sums { name: "roll-file-totals", head: "roll-person", of: |l| (l.row.shift.broker_id, &l.broker) };
    let by_outlet =
        Sums { name: "roll-file-outlets", head: "now-col-outlet", of: |l| (l.row.shift.outlet_id, &l.outlet) };
    for sums in [by_person, by_outlet] {
        sums.write(lang, stretch, book.add_worksheet()).map_err(Error::internal)?;
    }
    book.save_to_buffer().map_err(Error::internal)
}

fn rows(lang: Lang, stretch: &Stretch, sheet: &mut Worksheet) -> std::result::Result<(), XlsxError> {
    let (bold, day, clock) =
        (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"), Format::new().set_num_format("hh:mm"));
    sheet.set_name(t!(lang, "roll-file-rows"))?.set_freeze_panes(1, 0)?;
    for (at, column) in (0u16..).zip(COLUMNS) {
        sheet.write_string_with_format(0, at, heading(lang, column), &bold)?;
        sheet.set_column_width(at, if matches!(column, "outlet" | "note") { 26 } else { 12 })?;
    }
    for (row, line) in (1u32..).zip(&stretch.lines) {
        for (at, cell) in (0u16..).zip(cells(lang, line)) {
            match cell {
                Cell::Text(text) => sheet.write_string(row, at, text)?,
                Cell::Date(date) => sheet.write_datetime_with_format(row, at, date, &day)?,
                Cell::Time(time) => sheet.write_datetime_with_format(row, at, time, &clock)?,
                Cell::Number(number) => sheet.write_number(row, at, number as f64)?,
                Cell::Nothing => sheet,
            };
        }
    }
    let last = u32::try_from(stretch.lines.len()).unwrap_or(0);
    sheet.autofilter(0, 0, last, COLUMNS.len() as u16 - 1)?;
    Ok(())
}

/// A sheet of totals: what it is called, what a row is, and of whom or which a line is.
struct Sums {
    name: &'static str,
    head: &'static str,
    of: fn(&Line) -> (Id, &str),
}

impl Sums {
    fn write(&self, lang: Lang, stretch: &Stretch, sheet: &mut Worksheet) -> std::result::Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        sheet.set_name(t!(lang, self.name))?.set_freeze_panes(1, 1)?.set_column_width(0, 26)?;
        sheet.write_string_with_format(0, 0, t!(lang, self.head), &bold)?;
        for (at, key) in (1u16..).zip(words::TOTALS) {
            sheet.write_string_with_format(0, at, t!(lang, &format!("roll-total-{key}")), &bold)?;
        }
        let mut groups: BTreeMap<(&str, Id), Vec<&Line>> = BTreeMap::new();
        for line in &stretch.lines {
            let (id, name) = (self.of)(line);
            groups.entry((name, id)).or_default().push(line);
        }
        for (row, ((name, _), lines)) in (1u32..).zip(groups) {
            sheet.write_string(row, 0, name)?;
            for (at, number) in (1u16..).zip(words::totals(&Totals::of(lines))) {
                sheet.write_number(row, at, f64::from(number))?;
            }
        }
        Ok(())
    }
}
