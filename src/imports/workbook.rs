//! XLSX to rows: the first visible sheet with a header that is known. Cells are streamed, since a sheet that names one cell
//! in its far corner would otherwise take all memory. Values come out as a person sees them: 13800138000 without a
//! point or exponent, dates as `YYYY-MM-DD`.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use super::error::{FileError, Problem};
use super::grid::{Cell, Cells, Grid, MAX_CELLS, MAX_COLUMNS, MAX_ROWS};
use super::zip_guard;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// The sheet that was read.
#[derive(Debug)]
pub struct Sheet {
    pub name: String,
    pub grid: Grid,
    /// Other visible sheets that hold something.
    pub others: Vec<String>,
}

/// Reads the first visible sheet that `is_wanted`, else the first that holds anything.
pub fn read(bytes: &[u8], is_wanted: impl Fn(&Grid) -> bool) -> Result<Sheet, FileError> {
    zip_guard::check(bytes)?;
    // The reader is code of others over input of anyone: should it panic, the file is damaged and nothing else.
    catch_unwind(AssertUnwindSafe(|| read_book(bytes, is_wanted)))
        .unwrap_or_else(|_| Err(FileError::Damaged { detail: "the reader panicked".to_owned() }))
}

fn read_book(bytes: &[u8], is_wanted: impl Fn(&Grid) -> bool) -> Result<Sheet, FileError> {
    let mut book: Book = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let visible =
        |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let names: Vec<String> = book.sheets_metadata().iter().filter(visible).map(|sheet| sheet.name.clone()).collect();
    let mut first: Option<(String, Grid)> = None;
    let mut wanted = None;
    for name in &names {
        let grid = read_sheet(&mut book, name)?;
        if is_wanted(&grid) {
            wanted = Some((name.clone(), grid));
            break;
        }
        if first.is_none() && !grid.rows.is_empty() {
            first = Some((name.clone(), grid));
        }
    }
    let (name, grid) = wanted.or(first).ok_or(FileError::Empty)?;
    let mut others = Vec::new();
    for other in names.into_iter().filter(|other| *other != name) {
        if holds_anything(&mut book, &other)? {
            others.push(other);
        }
    }
    Ok(Sheet { name, grid, others })
}

/// A sheet as it stands, with the regions that were merged: rows and columns from 0, first and last.
#[derive(Debug)]
pub struct Whole {
    pub name: String,
    pub grid: Grid,
    pub merged: Vec<((u32, u32), (u32, u32))>,
}

/// Reads every visible sheet that holds anything, at most `most`.
pub fn read_all(bytes: &[u8], most: usize) -> Result<Vec<Whole>, FileError> {
    zip_guard::check(bytes)?;
    catch_unwind(AssertUnwindSafe(|| all_of_book(bytes, most)))
        .unwrap_or_else(|_| Err(FileError::Damaged { detail: "the reader panicked".to_owned() }))
}

fn all_of_book(bytes: &[u8], most: usize) -> Result<Vec<Whole>, FileError> {
    let mut book: Book = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let is_shown =
        |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let names: Vec<String> = book.sheets_metadata().iter().filter(is_shown).map(|sheet| sheet.name.clone()).collect();
    let mut found = Vec::new();
    for name in names {
        let grid = read_sheet(&mut book, &name)?;
        if grid.rows.is_empty() {
            continue;
        }
        if found.len() == most {
            return Err(FileError::TooManySheets { max: most });
        }
        let merged = book.merge_cells_by_sheet_name(&name).map_err(damaged)?;
        let merged = merged.iter().map(|region| (region.start, region.end)).collect();
        found.push(Whole { name, grid, merged });
    }
    if found.is_empty() { Err(FileError::Empty) } else { Ok(found) }
}

fn read_sheet(book: &mut Book, name: &str) -> Result<Grid, FileError> {
    let mut reader = book.worksheet_cells_reader(name).map_err(damaged)?;
    // By number, because a file may give its rows in any order.
    let mut rows: BTreeMap<u32, Cells> = BTreeMap::new();
    let (mut here, mut cells): (u32, Vec<Cell>) = (0, Vec::new());
    let mut filled = 0;
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(damaged)? {
        let cell = match cell_of(&record.value) {
            cell if cell.is_blank() && record.formula.is_some() && record.value == DataRef::Empty => {
                Cell::bad("formula_without_value")
            }
            cell => cell,
        };
        if cell.is_blank() {
            continue;
        }
        let (row, column) = (record.pos.0, record.pos.1 as usize);
        if row >= MAX_ROWS {
            return Err(FileError::TooManyRows { max: MAX_ROWS });
        }
        if column >= MAX_COLUMNS {
            return Err(FileError::TooManyColumns { max: MAX_COLUMNS });
        }
        if here != row + 1 {
            if !cells.is_empty() {
                rows.insert(here, Cells::of(std::mem::take(&mut cells)));
            }
            here = row + 1;
            cells = rows.get(&here).map_or_else(Vec::new, |before| before.all().collect());
        }
        if cells.len() <= column {
            filled += column + 1 - cells.len();
            cells.resize(column + 1, Cell::empty());
        }
        if filled > MAX_CELLS {
            return Err(FileError::UnpacksTooLarge);
        }
        cells[column] = cell;
    }
    if !cells.is_empty() {
        rows.insert(here, Cells::of(cells));
    }
    let mut grid = Grid::default();
    while let Some((number, cells)) = rows.pop_first() {
        grid.push(number, cells.all().collect())?;
    }
    Ok(grid)
}

fn holds_anything(book: &mut Book, name: &str) -> Result<bool, FileError> {
    let mut reader = book.worksheet_cells_reader(name).map_err(damaged)?;
    while let Some(cell) = reader.next_cell().map_err(damaged)? {
        if *cell.get_value() != DataRef::Empty {
            return Ok(true);
        }
    }
    Ok(false)
}

fn cell_of(value: &DataRef) -> Cell {
    match value {
        DataRef::Empty => Cell::empty(),
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(yes) => Cell::Text(yes.to_string()),
        DataRef::Int(number) => Cell::Text(number.to_string()),
        DataRef::Float(number) => number_cell(*number),
        DataRef::DateTime(moment) => moment_cell(moment),
        DataRef::DateTimeIso(text) => Cell::text(text.strip_suffix("T00:00:00").unwrap_or(text)),
        DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Error(error) => Cell::bad(Problem::new("cell_error").with("value", error)),
    }
}

/// A spreadsheet keeps fifteen digits of a number and shows no more; an identifier longer than that has already lost its
/// end when it was typed, and nobody can say what it was.
fn number_cell(number: f64) -> Cell {
    if !number.is_finite() || number.abs() >= 1e15 {
        return Cell::bad("number_too_long");
    }
    let shown = format!("{number:.14e}").parse().unwrap_or(number);
    Cell::Text(if shown == 0.0 { "0".to_owned() } else { format!("{shown}") })
}

/// Days and parts of days since the epoch: a date, a date with a time, or a time of day alone.
fn moment_cell(moment: &ExcelDateTime) -> Cell {
    const END_OF_9999: f64 = 2_958_466.0;
    let days = moment.as_f64();
    if !(0.0..END_OF_9999).contains(&days) {
        return Cell::bad("bad_date");
    }
    if moment.is_duration() || days < 1.0 {
        let seconds = (days * 86_400.0).round() as u64;
        return Cell::Text(clock(seconds / 3600, seconds / 60 % 60, seconds % 60));
    }
    let Some(moment) = moment.as_datetime().and_then(to_second) else {
        return Cell::bad("bad_date");
    };
    let date = moment.format("%Y-%m-%d").to_string();
    if moment.time() == NaiveTime::MIN {
        return Cell::Text(date);
    }
    let seconds = u64::from(chrono::Timelike::num_seconds_from_midnight(&moment.time()));
    Cell::Text(format!("{date} {}", clock(seconds / 3600, seconds / 60 % 60, seconds % 60)))
}

/// A time of day kept as a fraction comes back a millisecond off.
fn to_second(moment: NaiveDateTime) -> Option<NaiveDateTime> {
    let half_up = moment.checked_add_signed(TimeDelta::milliseconds(500))?;
    chrono::Timelike::with_nanosecond(&half_up, 0)
}

fn clock(hours: u64, minutes: u64, seconds: u64) -> String {
    if seconds == 0 { format!("{hours:02}:{minutes:02}") } else { format!("{hours:02}:{minutes:02}:{seconds:02}") }
}

fn damaged(error: XlsxError) -> FileError {
    match error {
        XlsxError::Password => FileError::Protected,
        error => FileError::Damaged { detail: error.to_string() },
    }
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
