//! What can be wrong with a file, a row or a cell: a stable code and the arguments its message needs. The words, in the
//! reader's language, are the caller's.

/// One finding without its place: a stable code, and arguments by name for the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl Problem {
    pub fn new(code: &'static str) -> Self {
        Self { code, args: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

impl From<&'static str> for Problem {
    fn from(code: &'static str) -> Self {
        Self::new(code)
    }
}

/// A finding with its place: the row as a spreadsheet numbers it, the column by its header in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    pub row: Option<u32>,
    pub column: Option<String>,
    pub problem: Problem,
}

impl Located {
    /// About the file as a whole.
    pub fn nowhere(problem: impl Into<Problem>) -> Self {
        Self { row: None, column: None, problem: problem.into() }
    }

    /// About one column.
    pub fn column(column: impl Into<String>, problem: impl Into<Problem>) -> Self {
        Self { row: None, column: Some(column.into()), problem: problem.into() }
    }

    /// About one row.
    pub fn row(row: u32, problem: impl Into<Problem>) -> Self {
        Self { row: Some(row), column: None, problem: problem.into() }
    }
}

/// Why a file could not be read as a table at all. The display text is for logs; people get a message by [`FileError::problem`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("the file is empty")]
    Empty,
    #[error("the file is larger than {max_mb} MB")]
    TooLarge { max_mb: usize },
    #[error("a workbook of the old .xls format")]
    OldExcel,
    #[error("a workbook protected by a password")]
    Protected,
    #[error("not a spreadsheet but {what}")]
    NotASpreadsheet { what: &'static str },
    #[error("neither text nor a workbook")]
    NotText,
    #[error("text in {encoding} with a broken character in line {line}")]
    BrokenText { encoding: &'static str, line: usize },
    #[error("a damaged workbook: {detail}")]
    Damaged { detail: String },
    #[error("an archive that unpacks to more than is allowed")]
    UnpacksTooLarge,
    #[error("a quotation mark opened in row {row} is never closed")]
    UnclosedQuote { row: u32 },
    #[error("more than {max} rows")]
    TooManyRows { max: u32 },
    #[error("more than {max} columns")]
    TooManyColumns { max: usize },
    #[error("more than {max} sheets")]
    TooManySheets { max: usize },
    #[error("no row with known column names")]
    NoHeader { expected: String },
    #[error("the column {columns} is missing (header in row {row})")]
    MissingColumns { row: u32, columns: String },
    #[error("the columns {first} and {second} (row {row}) mean the same")]
    DoubledColumn { row: u32, first: String, second: String },
}

impl FileError {
    /// The finding for the report, with its place where there is one.
    pub fn located(&self) -> Located {
        let problem = self.problem();
        match self {
            Self::UnclosedQuote { row } => Located::row(*row, problem),
            Self::MissingColumns { row, columns } => {
                Located { row: Some(*row), column: Some(columns.clone()), problem }
            }
            Self::DoubledColumn { row, second, .. } => {
                Located { row: Some(*row), column: Some(second.clone()), problem }
            }
            _ => Located::nowhere(problem),
        }
    }

    /// Code and arguments for the message.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Empty => "file_empty".into(),
            Self::TooLarge { max_mb } => Problem::new("file_too_large").with("max", max_mb),
            Self::OldExcel => "file_old_excel".into(),
            Self::Protected => "file_protected".into(),
            Self::NotASpreadsheet { what } => Problem::new("file_not_a_spreadsheet").with("what", what),
            Self::NotText => "file_not_text".into(),
            Self::BrokenText { encoding, line } => {
                Problem::new("file_broken_text").with("encoding", encoding).with("line", line)
            }
            Self::Damaged { detail } => Problem::new("file_damaged").with("detail", detail),
            Self::UnpacksTooLarge => "file_unpacks_too_large".into(),
            Self::UnclosedQuote { row } => Problem::new("unclosed_quote").with("row", row),
            Self::TooManyRows { max } => Problem::new("too_many_rows").with("max", max),
            Self::TooManyColumns { max } => Problem::new("too_many_columns").with("max", max),
            Self::TooManySheets { max } => Problem::new("too_many_sheets").with("max", max),
            Self::NoHeader { expected } => Problem::new("no_header").with("expected", expected),
            Self::MissingColumns { columns, .. } => Problem::new("missing_columns").with("columns", columns),
            Self::DoubledColumn { first, second, .. } => {
                Problem::new("doubled_column").with("first", first).with("second", second)
            }
        }
    }
}
