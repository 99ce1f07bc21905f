//! A rota out of the spreadsheets people have: found in the sheet, its codes understood once and remembered, looked at, then taken in as a draft.
//!
//! `table`, `layout`, `rows`, `meaning` and `reading` know no database; `memory` keeps what was explained; `plan` judges; `apply` puts all of it into drafts, or nothing.

pub mod apply;
pub mod codes;
pub mod dates;
pub mod layout;
pub mod meaning;
pub mod memory;
pub mod pages;
pub mod plan;
pub mod reading;
pub mod rows;
pub mod table;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::imports::error::Problem;
use table::Table;

/// A place in a file, as people name it: `3月 表 C7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot(pub String);

impl Spot {
    /// A cell of a table.
    pub fn of(table: &Table, line: usize, at: usize) -> Spot {
        Spot(table.reference(line, at))
    }

    /// A sheet as a whole.
    pub fn sheet(table: &Table) -> Spot {
        Spot(table.name.clone())
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong, or to be noticed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub spot: Spot,
    /// What.
    pub problem: Problem,
}

impl Fault {
    /// A finding at a place.
    pub fn new(spot: Spot, problem: impl Into<Problem>) -> Fault {
        Fault { spot, problem: problem.into() }
    }
}
