//! Delimited text to rows. A reader of our own, because rows must be numbered as a spreadsheet numbers them (blank lines
//! count, a line break within quotes does not) and a quotation mark that is never closed must be an error, not a cell
//! that swallows the rest of the file.

use super::error::FileError;
use super::grid::{Cell, Grid, MAX_COLUMNS};
use crate::web::download::text_of;

/// The delimiters a spreadsheet program may have written.
pub const DELIMITERS: [char; 3] = [',', ';', '\t'];

/// Sheets are saved with all their empty columns; a row of more commas than any sheet has is no row.
const MAX_CELLS_OF_A_ROW: usize = 20_000;

/// All rows of a text.
pub fn read(text: &str, delimiter: char) -> Result<Grid, FileError> {
    let mut grid = Grid::delimited();
    let mut records = Records::new(text, delimiter);
    while let Some(cells) = records.next_record() {
        grid.push(records.row, cells?)?;
    }
    Ok(grid)
}

/// The first rows, to try a delimiter on. A quotation mark open at their end is no error.
pub fn sample(text: &str, delimiter: char, rows: u32) -> Grid {
    // Rows of a hundred columns are below this; cutting elsewhere only shortens the sample.
    let cut = text.char_indices().map(|(at, _)| at).nth(60_000).unwrap_or(text.len());
    let mut grid = Grid::delimited();
    let mut records = Records::new(&text[..cut], delimiter);
    while let Some(Ok(cells)) = records.next_record() {
        if records.row > rows || grid.push(records.row, cells).is_err() {
            break;
        }
    }
    grid
}

/// `sep=;` in the first line, by which some programs say the delimiter. The line counts as a row.
pub fn declared(text: &str) -> Option<char> {
    let line = text.lines().next()?.trim().to_ascii_lowercase();
    let mut rest = line.strip_prefix("sep=").map(|rest| rest.chars());
    let delimiter = rest.as_mut().and_then(Iterator::next).or_else(|| text.starts_with("sep=\t").then_some('\t'));
    delimiter.filter(|c| DELIMITERS.contains(c))
}

/// Walks over the records of a text; `row` is the number of the one read last.
struct Records<'a> {
    rest: &'a str,
    delimiter: char,
    row: u32,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, delimiter: char) -> Self {
        Self { rest: text, delimiter, row: 0 }
    }

    fn next_record(&mut self) -> Option<Result<Vec<Cell>, FileError>> {
        if self.rest.is_empty() {
            return None;
        }
        self.row = self.row.saturating_add(1);
        let mut cells = Vec::new();
        loop {
            let Some((text, end)) = self.next_field() else {
                self.rest = "";
                return Some(Err(FileError::UnclosedQuote { row: self.row }));
            };
            // The apostrophe with which an export keeps a text from being a formula is not part of it.
            cells.push(Cell::text(text_of(&text)));
            if cells.len() > MAX_CELLS_OF_A_ROW {
                self.rest = "";
                return Some(Err(FileError::TooManyColumns { max: MAX_COLUMNS }));
            }
            if end == End::Record {
                return Some(Ok(cells));
            }
        }
    }

    /// One field and what ended it; none where a quotation mark is never closed.
    fn next_field(&mut self) -> Option<(String, End)> {
        let mut text = String::new();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            self.rest = quoted;
            loop {
                let at = self.rest.find('"')?;
                text.push_str(&self.rest[..at]);
                self.rest = &self.rest[at + 1..];
                let Some(after) = self.rest.strip_prefix('"') else { break };
                text.push('"');
                self.rest = after;
            }
        }
        // What follows a closing quotation mark, and a mark within a plain field, is taken as it stands.
        let at = self.rest.find([self.delimiter, '\n', '\r']).unwrap_or(self.rest.len());
        text.push_str(&self.rest[..at]);
        let ended = &self.rest[at..];
        let end = if ended.starts_with(self.delimiter) { End::Field } else { End::Record };
        let length = if ended.starts_with("\r\n") { 2 } else { ended.chars().next().map_or(0, char::len_utf8) };
        self.rest = &ended[length..];
        Some((text, end))
    }
}

#[derive(PartialEq, Eq)]
enum End {
    Field,
    Record,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, delimiter: char) -> Vec<(u32, Vec<String>)> {
        let grid = read(text, delimiter).unwrap();
        let plain = |cell: Cell| match cell {
            Cell::Text(text) => text,
            Cell::Bad(problem) => format!("!{}", problem.code),
        };
        grid.rows.iter().map(|row| (row.number, row.cells.all().map(plain).collect())).collect()
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (number, cells.iter().map(|c| (*c).to_owned()).collect())
    }

    #[test]
    fn quotes_breaks_and_ragged_rows_are_read() {
        let text = "a,b,c\r\n\"x, \"\"y\"\"\",\"two\nlines\", z \n\n1,2\n,,\n4,5,6,7";
        assert_eq!(
            rows(text, ','),
            [
                row(1, &["a", "b", "c"]),
                row(2, &["x, \"y\"", "two\nlines", "z"]),
                row(4, &["1", "2"]),
                row(6, &["4", "5", "6", "7"])
            ]
        );
    }

    #[test]
    fn every_line_end_ends_a_row() {
        for text in ["a\nb", "a\r\nb\r\n", "a\rb\r"] {
            assert_eq!(rows(text, ','), [row(1, &["a"]), row(2, &["b"])], "{text:?}");
        }
    }

    #[test]
    fn loose_quotes_are_kept_and_open_ones_refused() {
        assert_eq!(rows("5\" pipe,\"a\"b\n", ','), [row(1, &["5\" pipe", "ab"])]);
        assert_eq!(read("a,b\n1,\"open\n2,3\n", ',').unwrap_err(), FileError::UnclosedQuote { row: 2 });
    }

    #[test]
    fn empty_columns_at_the_end_are_nothing() {
        assert_eq!(rows(&format!("a,b{}\n", ",".repeat(16_000)), ','), [row(1, &["a", "b"])]);
        assert_eq!(read(&",".repeat(30_000), ',').unwrap_err(), FileError::TooManyColumns { max: MAX_COLUMNS });
    }

    #[test]
    fn the_delimiter_may_be_declared() {
        assert_eq!(declared("sep=;\na;b"), Some(';'));
        assert_eq!(declared("SEP=,\r\n"), Some(','));
        assert_eq!(declared("sep=\t\na\tb"), Some('\t'));
        assert_eq!(declared("sep=x\n"), None);
        assert_eq!(declared("a,b\n"), None);
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(table in prop::collection::vec(prop::collection::vec("[a-c\",;\n ]{1,6}x", 1..4), 1..5)) {
            let line = |cells: &Vec<String>| cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>().join(";");
            let text = table.iter().map(line).collect::<Vec<_>>().join("\r\n");
            let read: Vec<Vec<String>> = rows(&text, ';').into_iter().map(|(_, cells)| cells).collect();
            let trimmed: Vec<Vec<String>> = table.iter().map(|cells| cells.iter().map(|c| c.trim().to_owned()).collect()).collect();
            prop_assert_eq!(read, trimmed);
        }

        #[test]
        fn it_never_panics(text in "[a\",;\t\r\n\\PC]{0,80}", delimiter in prop::sample::select(DELIMITERS.to_vec())) {
            let _ = read(&text, delimiter);
            sample(&text, delimiter, 3);
            declared(&text);
        }
    }
}
