//! A file of any accepted make as a table: which of its columns are known, its rows with their numbers, and warnings.

use super::columns::Columns;
use super::error::{FileError, Located, Problem};
use super::grid::{Cells, Grid, MAX_BYTES};
use super::headers::{self, Header};
use super::{decode, delimited, workbook};

/// A file's content by field.
#[derive(Debug)]
pub struct Table {
    /// The known columns that the file has.
    pub headers: Vec<Header>,
    pub rows: Vec<Row>,
    pub warnings: Vec<Located>,
}

/// A row with something in a known column.
#[derive(Debug)]
pub struct Row {
    /// As a spreadsheet numbers it.
    pub number: u32,
    /// What is wrong with the row as a whole: then its cells may stand under the wrong headers.
    pub fault: Option<Box<Problem>>,
    /// As many as the table has headers, in their order.
    cells: Cells,
}

/// Reads a file. What it is is told by its content, never by its name.
pub fn read(bytes: &[u8], columns: &Columns) -> Result<Table, FileError> {
    if bytes.len() > MAX_BYTES {
        return Err(FileError::TooLarge { max_mb: MAX_BYTES / 1024 / 1024 });
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let sheet = workbook::read(bytes, |grid| headers::is_complete(grid, columns))?;
        let mut table = of_grid(sheet.grid, columns)?;
        if !sheet.others.is_empty() {
            let problem =
                Problem::new("other_sheets").with("sheet", sheet.name).with("others", sheet.others.join(", "));
            table.warnings.push(Located::nowhere(problem));
        }
        return Ok(table);
    }
    let text = decode::decode(bytes)?;
    let delimiter = delimited::declared(&text).unwrap_or_else(|| likely_delimiter(&text, columns));
    of_grid(delimited::read(&text, delimiter)?, columns)
}

/// The delimiter under which the header names most fields; a comma where all do alike.
fn likely_delimiter(text: &str, columns: &Columns) -> char {
    let mut best = (',', 0);
    for delimiter in delimited::DELIMITERS {
        let count = headers::recognised(&delimited::sample(text, delimiter, 60), columns);
        if count > best.1 {
            best = (delimiter, count);
        }
    }
    best.0
}

fn of_grid(grid: Grid, columns: &Columns) -> Result<Table, FileError> {
    if grid.rows.is_empty() {
        return Err(FileError::Empty);
    }
    let header = headers::find(&grid, columns)?;
    let mut warnings = headers::unread(&grid, &header, columns);
    let width = grid.rows[header.at].width;
    let mut rows = Vec::with_capacity(grid.rows.len() - header.at - 1);
    for row in grid.rows.into_iter().skip(header.at + 1) {
        // An unquoted comma in an address moves every cell after it; nothing in such a row can be trusted.
        let count = if grid.is_delimited { row.cells.count() } else { 0 };
        let fault = (count > width)
            .then(|| Problem::new("too_many_cells").with("cells", count).with("columns", width))
            .map(Box::new);
        let cells = Cells::of(header.headers.iter().map(|h| row.cells.cell(h.index)));
        if fault.is_some() || !cells.is_blank() {
            rows.push(Row { number: row.number, fault, cells });
        }
    }
    if rows.is_empty() {
        warnings.push(Located::nowhere("no_rows"));
    }
    Ok(Table { headers: header.headers, rows, warnings })
}

impl Table {
    /// Whether the file has a column for the field.
    pub fn has(&self, field: &str) -> bool {
        self.headers.iter().any(|h| h.field == field)
    }

    /// The text of a cell; none where it is empty or the file has no such column.
    pub fn text<'a>(&self, row: &'a Row, field: &str) -> Result<Option<&'a str>, Located> {
        let Some(place) = self.headers.iter().position(|h| h.field == field) else {
            return Ok(None);
        };
        match row.cells.text(place) {
            Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            Err(problem) => Err(self.at(row, field, problem.clone())),
        }
    }

    /// The value of a cell, read by one of the readers of [`super::values`]; none where the cell is empty.
    pub fn value<T, P: Into<Problem>>(
        &self,
        row: &Row,
        field: &str,
        read: impl FnOnce(&str) -> Result<T, P>,
    ) -> Result<Option<T>, Located> {
        match self.text(row, field)? {
            Some(text) => read(text).map(Some).map_err(|problem| self.at(row, field, problem)),
            None => Ok(None),
        }
    }

    /// A finding about one cell, with the header as it stands in the file.
    pub fn at(&self, row: &Row, field: &str, problem: impl Into<Problem>) -> Located {
        let header = self.headers.iter().find(|h| h.field == field).map_or(field, |h| &h.text);
        Located { row: Some(row.number), column: Some(header.to_owned()), problem: problem.into() }
    }

    /// What is wrong with rows as a whole.
    pub fn row_faults(&self) -> impl Iterator<Item = Located> + '_ {
        self.rows.iter().filter_map(|row| row.fault.clone().map(|fault| Located::row(row.number, *fault)))
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
