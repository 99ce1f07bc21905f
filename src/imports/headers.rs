//! Finds the header among the first rows of a file, whatever stands above it, and says which column is which field.

use std::collections::HashMap;

use super::columns::Columns;
use super::error::{FileError, Located};
use super::grid::{Cell, Grid, letter};
use crate::text::fold;

/// How far down a header is looked for: a title, a date, a remark and some blank rows stand above it at most.
const HEADER_WITHIN: usize = 20;

/// A column of the file that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub field: &'static str,
    /// As it stands in the file.
    pub text: String,
    /// From 0, in the file.
    pub index: usize,
}

/// The header row of a file.
#[derive(Debug)]
pub struct HeaderRow {
    /// Index among the grid's rows; the data follow.
    pub at: usize,
    /// As the spreadsheet numbers it.
    pub number: u32,
    pub headers: Vec<Header>,
}

/// How many different fields the best row among the first names: what a delimiter or a sheet is judged by.
pub fn recognised(grid: &Grid, columns: &Columns) -> usize {
    best(grid, columns).map_or(0, |row| distinct(&row.headers))
}

/// Whether the grid has a header with all required columns.
pub fn is_complete(grid: &Grid, columns: &Columns) -> bool {
    best(grid, columns).is_some_and(|row| missing(&row.headers, columns).is_empty())
}

/// The header row, with each field at most once and every required column there.
pub fn find(grid: &Grid, columns: &Columns) -> Result<HeaderRow, FileError> {
    let no_header = || FileError::NoHeader {
        expected: columns.columns.iter().take(6).map(|c| c.names[0]).collect::<Vec<_>>().join(", "),
    };
    let row = best(grid, columns).ok_or_else(no_header)?;
    let missing = missing(&row.headers, columns);
    // One known word is as likely a title; two are a header with something wrong.
    if !missing.is_empty() && distinct(&row.headers) < 2 {
        return Err(no_header());
    }
    for (place, header) in row.headers.iter().enumerate() {
        if let Some(first) = row.headers[..place].iter().find(|other| other.field == header.field) {
            return Err(FileError::DoubledColumn {
                row: row.number,
                first: first.text.clone(),
                second: header.text.clone(),
            });
        }
    }
    if !missing.is_empty() {
        return Err(FileError::MissingColumns { row: row.number, columns: missing.join(", ") });
    }
    Ok(row)
}

/// A warning for each column that is not read: unknown, or without a name though something stands in it.
pub fn unread(grid: &Grid, row: &HeaderRow, columns: &Columns) -> Vec<Located> {
    let header_cells: Vec<Cell> = grid.rows[row.at].cells.all().collect();
    let width = grid.rows[row.at..].iter().map(|r| r.cells.count()).max().unwrap_or(0);
    let mut warnings = Vec::new();
    for index in (0..width).filter(|index| row.headers.iter().all(|h| h.index != *index)) {
        match header_cells.get(index) {
            Some(Cell::Text(text)) if !text.is_empty() => {
                if !is_ignored(text, columns) {
                    warnings.push(Located::column(text.clone(), "unknown_column"));
                }
            }
            // In delimited text a cell beyond the header is an error of its row, said there.
            None if grid.is_delimited => {}
            _ => warnings.push(Located::column(letter(index), "unnamed_column")),
        }
    }
    warnings
}

fn best(grid: &Grid, columns: &Columns) -> Option<HeaderRow> {
    let fields = fields_by_name(columns);
    let mut best: Option<HeaderRow> = None;
    for (at, row) in grid.rows.iter().take(HEADER_WITHIN).enumerate() {
        let headers: Vec<Header> = row
            .cells
            .all()
            .enumerate()
            .filter_map(|(index, cell)| {
                let Cell::Text(text) = cell else { return None };
                field_of(&text, &fields).map(|field| Header { field, text, index })
            })
            .collect();
        if !headers.is_empty() && best.as_ref().is_none_or(|b| distinct(&headers) > distinct(&b.headers)) {
            best = Some(HeaderRow { at, number: row.number, headers });
        }
    }
    best
}

fn distinct(headers: &[Header]) -> usize {
    headers.iter().enumerate().filter(|(place, h)| headers[..*place].iter().all(|other| other.field != h.field)).count()
}

/// Of each group of which one column must be there, the Chinese names where none is.
fn missing(headers: &[Header], columns: &Columns) -> Vec<String> {
    let name_of = |field: &&str| columns.columns.iter().find(|c| c.field == *field).map(|c| c.names[0]);
    let absent =
        columns.required.iter().filter(|group| !group.iter().any(|field| headers.iter().any(|h| h.field == *field)));
    absent.map(|group| group.iter().filter_map(name_of).collect::<Vec<_>>().join("/")).collect()
}

fn fields_by_name(columns: &Columns) -> HashMap<String, &'static str> {
    let names = columns.columns.iter().flat_map(|c| c.names.iter().chain([&c.field]).map(|name| (bare(name), c.field)));
    let mut fields = HashMap::new();
    for (name, field) in names {
        // The first to claim a name has it: the specification is in order.
        fields.entry(name).or_insert(field);
    }
    fields
}

fn field_of(text: &str, fields: &HashMap<String, &'static str>) -> Option<&'static str> {
    // A header is short; a long text is a title or a remark.
    if text.is_empty() || text.chars().count() > 60 {
        return None;
    }
    fields.get(&bare(text)).or_else(|| fields.get(&bare(&without_brackets(text)))).copied()
}

fn is_ignored(text: &str, columns: &Columns) -> bool {
    let name = bare(&without_brackets(text));
    columns.ignored.iter().any(|ignored| bare(ignored) == name)
}

/// Folded, only letters and digits left, and without the words by which forms mark a field.
fn bare(text: &str) -> String {
    const MARKS: &[&str] = &["必填", "选填", "可选", "必须", "required", "optional", "mandatory"];
    let name: String = fold(text).chars().filter(|c| c.is_alphanumeric()).collect();
    let mut name = name.as_str();
    for mark in MARKS {
        let shorter = name.strip_suffix(mark).or_else(|| name.strip_prefix(mark)).unwrap_or(name);
        name = if shorter.is_empty() { name } else { shorter };
    }
    name.to_owned()
}

/// `经度（BD-09）` is 经度, `手机(必填)` is 手机.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in fold(text).chars() {
        match c {
            '(' | '[' | '【' | '〔' | '{' | '<' | '《' => depth += 1,
            ')' | ']' | '】' | '〕' | '}' | '>' | '》' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::columns::{CALENDAR, OUTLETS, PROSPECTS};
    use super::super::delimited;
    use super::*;

    fn fields(text: &str, columns: &Columns) -> Vec<&'static str> {
        find(&delimited::read(text, ',').unwrap(), columns).unwrap().headers.iter().map(|h| h.field).collect()
    }

    #[test]
    fn headers_are_known_in_any_dress() {
        let text = "*姓名（必填）, 手机号码 (Required),见 面 时 间,ＳＯＵＲＣＥ,preferred-channel,Note\n";
        assert_eq!(fields(text, &PROSPECTS), ["name", "mobile", "met_at", "source", "preferred_channel", "note"]);
        assert_eq!(
            fields("网点名称,经度（BD-09）,纬度【BD-09】,半径(米)\n", &OUTLETS),
            ["name", "lon", "lat", "radius"]
        );
        assert_eq!(fields("Date;,is workday,holiday\n", &CALENDAR), ["date", "is_workday", "name"]);
    }

    #[test]
    fn titles_above_are_skipped() {
        let grid = delimited::read(
            "西安网点名单（2026年11月）,,\n\n制表：渠道部,名称,\n编号,名称,地址,经度,纬度\na,b,c,1,2\n",
            ',',
        )
        .unwrap();
        let row = find(&grid, &OUTLETS).unwrap();
        assert_eq!((row.number, row.headers.len()), (4, 5));
    }

    #[test]
    fn what_is_wrong_with_a_header_is_named() {
        let error = |text: &str, columns| find(&delimited::read(text, ',').unwrap(), columns).unwrap_err();
        assert!(matches!(error("a,b,c\n1,2,3\n", &OUTLETS), FileError::NoHeader { .. }));
        assert!(matches!(error("银行,x\n", &OUTLETS), FileError::NoHeader { .. }));
        assert_eq!(
            error("\n银行,地址\n", &OUTLETS),
            FileError::MissingColumns { row: 2, columns: "编号/名称".to_owned() }
        );
        assert_eq!(
            error("名称,地址,网点名称\n", &OUTLETS),
            FileError::DoubledColumn { row: 1, first: "名称".to_owned(), second: "网点名称".to_owned() }
        );
    }

    #[test]
    fn unread_columns_are_warned_about() {
        let grid = delimited::read("序号,名称,颜色,,地址\n1,a,红,x,b\n", ',').unwrap();
        let row = find(&grid, &OUTLETS).unwrap();
        assert_eq!(
            unread(&grid, &row, &OUTLETS),
            [Located::column("颜色", "unknown_column"), Located::column("D", "unnamed_column")]
        );
    }
}
