//! Sheets as tables whose every cell is there: merged regions filled with what they show, and readable across or down, since some people put the days into
//! rows.

use crate::imports::error::FileError;
use crate::imports::grid::{Cell, Grid, MAX_BYTES, letter};
use crate::imports::{decode, delimited, workbook};

/// More rows than any rota has.
const MAX_ROWS: usize = 3_000;
/// More sheets than any rota has.
const MAX_SHEETS: usize = 60;

/// One sheet.
#[derive(Debug, Clone)]
pub struct Table {
    /// The sheet's name; empty for delimited text.
    pub name: String,
    rows: usize,
    columns: usize,
    cells: Vec<Cell>,
    /// Lines are columns.
    turned: bool,
}

/// Reads the sheets of a file.
///
/// # Errors
/// Why it is no table at all.
pub fn read(bytes: &[u8]) -> Result<Vec<Table>, FileError> {
    if bytes.len() > MAX_BYTES {
        return Err(FileError::TooLarge { max_mb: MAX_BYTES / 1024 / 1024 });
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let sheets = workbook::read_all(bytes, MAX_SHEETS)?;
        return sheets.into_iter().map(|sheet| Table::new(sheet.name, sheet.grid, &sheet.merged)).collect();
    }
    let text = decode::decode(bytes)?;
    let delimiter = delimited::declared(&text).unwrap_or_else(|| widest(&text));
    let grid = delimited::read(&text, delimiter)?;
    if grid.rows.is_empty() {
        return Err(FileError::Empty);
    }
    Ok(vec![Table::new(String::new(), grid, &[])?])
}

/// A rota is wide: the delimiter under which the first rows have most cells.
fn widest(text: &str) -> char {
    let cells = |delimiter: char| -> usize {
        delimited::sample(text, delimiter, 60).rows.iter().map(|row| row.cells.count()).sum()
    };
    let mut best = (',', 0);
    for delimiter in delimited::DELIMITERS {
        let count = cells(delimiter);
        if count > best.1 {
            best = (delimiter, count);
        }
    }
    best.0
}

type Region = ((u32, u32), (u32, u32));

impl Table {
    /// A table of what stands in a grid.
    ///
    /// # Errors
    /// `TooManyRows`.
    pub fn new(name: String, grid: Grid, merged: &[Region]) -> Result<Table, FileError> {
        let rows = grid.rows.iter().map(|row| row.number as usize).max().unwrap_or(0);
        let columns = grid.rows.iter().map(|row| row.cells.count()).max().unwrap_or(0);
        if rows > MAX_ROWS {
            return Err(FileError::TooManyRows { max: MAX_ROWS as u32 });
        }
        let mut cells = vec![Cell::empty(); rows * columns];
        for row in grid.rows {
            let start = (row.number as usize - 1) * columns;
            for (at, cell) in row.cells.all().enumerate() {
                cells[start + at] = cell;
            }
        }
        let mut table = Table { name, rows, columns, cells, turned: false };
        merged.iter().for_each(|region| table.fill(*region));
        Ok(table)
    }

    /// A merged region shows its first cell everywhere.
    fn fill(&mut self, (first, last): Region) {
        let within = |n: u32, size: usize| (n as usize).min(size.saturating_sub(1));
        let (top, left) = (first.0 as usize, first.1 as usize);
        if top >= self.rows || left >= self.columns {
            return;
        }
        let shown = self.cells[top * self.columns + left].clone();
        for row in top..=within(last.0, self.rows) {
            for column in left..=within(last.1, self.columns) {
                self.cells[row * self.columns + column] = shown.clone();
            }
        }
    }

    /// The same cells with lines down instead of across.
    pub fn turned(&self) -> Table {
        Table { turned: !self.turned, ..self.clone() }
    }

    /// How many lines.
    pub fn lines(&self) -> usize {
        if self.turned { self.columns } else { self.rows }
    }

    /// How many cells a line has.
    pub fn width(&self) -> usize {
        if self.turned { self.rows } else { self.columns }
    }

    fn place(&self, line: usize, at: usize) -> (usize, usize) {
        if self.turned { (at, line) } else { (line, at) }
    }

    /// A cell; `line` and `at` from 0.
    pub fn cell(&self, line: usize, at: usize) -> &Cell {
        let (row, column) = self.place(line, at);
        &self.cells[row * self.columns + column]
    }

    /// The text of a cell; empty where it has none.
    pub fn text(&self, line: usize, at: usize) -> &str {
        match self.cell(line, at) {
            Cell::Text(text) => text,
            Cell::Bad(_) => "",
        }
    }

    /// What people call a cell: `3月 表 C7`, or `C7` in a file without sheets.
    pub fn reference(&self, line: usize, at: usize) -> String {
        let (row, column) = self.place(line, at);
        let cell = format!("{}{}", letter(column), row + 1);
        if self.name.is_empty() { cell } else { format!("{} {cell}", self.name) }
    }
}
