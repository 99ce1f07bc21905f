//! The report of an import, in the shape that `bankside import --json` prints and the preview page shows.

use serde::{Deserialize, Serialize};

use super::error::{Located, Problem};

/// What an import did, or would do. With an error in it nothing was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub warnings: Vec<Issue>,
    pub errors: Vec<CellError>,
}

/// A warning or an error in words: the row as the spreadsheet numbers it and the column by its header, null where it is
/// about more than one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    pub row: Option<u32>,
    pub column: Option<String>,
    pub code: String,
    pub message: String,
}

/// An error has the same shape as a warning.
pub type CellError = Issue;

impl Issue {
    /// Puts a finding into words by `say`, which knows the reader's language.
    pub fn of(found: Located, say: impl Fn(&Problem) -> String) -> Self {
        let message = say(&found.problem);
        Self { row: found.row, column: found.column, code: found.problem.code.to_owned(), message }
    }
}

impl ImportReport {
    /// Whether the rows may be written.
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_contracts_names() {
        let found = Located { row: Some(7), column: Some("经度".to_owned()), problem: "bad_number".into() };
        let report = ImportReport {
            added: 1,
            errors: vec![Issue::of(found, |problem| format!("?{}", problem.code))],
            ..ImportReport::default()
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"added":1,"changed":0,"unchanged":0,"warnings":[],"errors":[{"row":7,"column":"经度","code":"bad_number","message":"?bad_number"}]}"#
        );
        assert!(!report.is_clean());
    }
}
