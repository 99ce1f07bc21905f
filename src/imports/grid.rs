//! Rows of cells as they stand in a file, before any header is known, and the limits every file is held to.

use super::error::{FileError, Problem};

/// A file as uploaded.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
pub const MAX_ROWS: u32 = 200_000;
pub const MAX_COLUMNS: usize = 200;
/// Filled cells of a whole sheet: bounds the memory a file can ask for.
pub const MAX_CELLS: usize = 4_000_000;
/// Characters in one cell.
pub const MAX_CELL_CHARS: usize = 10_000;

/// One cell: its text without white space at the ends, or why it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Bad(Box<Problem>),
}

impl Cell {
    pub fn empty() -> Self {
        Self::Text(String::new())
    }

    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// A cell from what stands in the file.
    pub fn text(raw: &str) -> Self {
        let text = raw.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'));
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Self::bad("control_character");
        }
        // Bytes first: counting characters of every cell would be work for nothing.
        if text.len() > MAX_CELL_CHARS && text.chars().count() > MAX_CELL_CHARS {
            return Self::bad(Problem::new("too_long").with("max", MAX_CELL_CHARS));
        }
        Self::Text(text.to_owned())
    }

    pub fn bad(problem: impl Into<Problem>) -> Self {
        Self::Bad(Box::new(problem.into()))
    }
}

/// Between cells that stand together: no text holds a control character but breaks and tabulators.
const BETWEEN: char = '\u{1F}';

/// The cells of a row, one after the other in one piece of memory: of a long file all rows are held at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    texts: Box<str>,
    /// Those that have none, by their places.
    bad: Vec<(usize, Box<Problem>)>,
}

impl Cells {
    /// Puts cells together; not none.
    pub fn of(cells: impl IntoIterator<Item = Cell>) -> Self {
        let (mut texts, mut bad) = (String::new(), Vec::new());
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                texts.push(BETWEEN);
            }
            match cell {
                Cell::Text(text) => texts.push_str(&text),
                Cell::Bad(problem) => bad.push((at, problem)),
            }
        }
        Self { texts: texts.into(), bad }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.texts.split(BETWEEN).count()
    }

    /// The text of one, or why it has none; empty where there is no such cell.
    pub fn text(&self, at: usize) -> Result<&str, &Problem> {
        match self.bad.iter().find(|(place, _)| *place == at) {
            Some((_, problem)) => Err(problem),
            None => Ok(self.texts.split(BETWEEN).nth(at).unwrap_or_default()),
        }
    }

    /// One of them.
    pub fn cell(&self, at: usize) -> Cell {
        match self.text(at) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(problem) => Cell::bad(problem.clone()),
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = Cell> + '_ {
        self.texts.split(BETWEEN).enumerate().map(|(at, text)| {
            let bad = self.bad.iter().find(|(place, _)| *place == at);
            bad.map_or_else(|| Cell::Text(text.to_owned()), |(_, problem)| Cell::Bad(problem.clone()))
        })
    }

    /// Whether nothing stands in any.
    pub fn is_blank(&self) -> bool {
        self.bad.is_empty() && self.texts.chars().all(|c| c == BETWEEN)
    }
}

/// A row that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridRow {
    /// As a spreadsheet numbers it, from 1, blank rows counted.
    pub number: u32,
    /// Without blank cells at the end.
    pub cells: Cells,
    /// How many cells stand there, blank ones counted.
    pub width: usize,
}

/// The rows of one sheet.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    pub rows: Vec<GridRow>,
    /// Delimited text has as many columns as its header; on a sheet notes may stand anywhere beside the table.
    pub is_delimited: bool,
    filled: usize,
}

impl Grid {
    pub fn delimited() -> Self {
        Self { is_delimited: true, ..Self::default() }
    }

    /// Adds a row unless it is blank, within the limits.
    pub fn push(&mut self, number: u32, mut cells: Vec<Cell>) -> Result<(), FileError> {
        let width = cells.len();
        while cells.last().is_some_and(Cell::is_blank) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        if number > MAX_ROWS {
            return Err(FileError::TooManyRows { max: MAX_ROWS });
        }
        if cells.len() > MAX_COLUMNS {
            return Err(FileError::TooManyColumns { max: MAX_COLUMNS });
        }
        self.filled += cells.len();
        if self.filled > MAX_CELLS {
            return Err(FileError::TooLarge { max_mb: MAX_BYTES / 1024 / 1024 });
        }
        self.rows.push(GridRow { number, cells: Cells::of(cells), width });
        Ok(())
    }
}

/// The name of a column nobody gave one: A, B, … Z, AA.
pub fn letter(index: usize) -> String {
    let mut name = String::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        name.insert(0, char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letter), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn cells_that_stand_together_are_told_apart() {
        let cells = vec![Cell::empty(), Cell::text("a\nb"), Cell::text("\u{1F}"), Cell::text("c"), Cell::empty()];
        let packed = Cells::of(cells.clone());
        assert_eq!(packed.all().collect::<Vec<_>>(), cells);
        assert_eq!((packed.count(), packed.text(1), packed.text(9)), (5, Ok("a\nb"), Ok("")));
        assert_eq!((packed.cell(2), packed.cell(3)), (Cell::bad("control_character"), Cell::text("c")));
        assert!(!packed.is_blank() && Cells::of([Cell::empty(), Cell::empty()]).is_blank());
        assert!(!Cells::of([Cell::bad("bad_date")]).is_blank());
    }

    #[test]
    fn limits_are_kept() {
        let mut grid = Grid::default();
        assert_eq!(grid.push(MAX_ROWS + 1, vec![Cell::empty()]), Ok(()), "blank rows do not count");
        assert_eq!(grid.push(MAX_ROWS + 1, vec![Cell::text("a")]), Err(FileError::TooManyRows { max: MAX_ROWS }));
        assert_eq!(grid.push(1, vec![Cell::text("a"); 201]), Err(FileError::TooManyColumns { max: MAX_COLUMNS }));
        assert_eq!(Cell::text(&"长".repeat(MAX_CELL_CHARS)), Cell::Text("长".repeat(MAX_CELL_CHARS)));
        assert!(matches!(Cell::text(&"长".repeat(MAX_CELL_CHARS + 1)), Cell::Bad(_)));
        assert!(matches!(Cell::text("a\u{7}b"), Cell::Bad(_)));
    }
}
