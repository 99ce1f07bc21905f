//! Imports: from a spreadsheet of whatever make to rows whose cells are known by field, to a plan against what is there, to records, and the
//! report of what came of them. The reader (`table` and what is under it) knows no database; `run` is the way through.

pub mod agreements;
pub mod brokers;
pub mod calendar;
pub mod cells;
pub mod columns;
pub mod communities;
pub mod contacts;
pub mod decode;
pub mod delimited;
pub mod error;
pub mod grid;
pub mod headers;
pub mod opening;
pub mod outlets;
pub mod pages;
pub mod report;
pub mod run;
mod said;
pub mod table;
pub mod upload;
pub mod values;
pub mod words;
pub mod workbook;
pub mod zip_guard;

/// A file of the trial data, or none (said aloud) where the folder is not there.
#[cfg(test)]
pub(crate) fn trial_file(name: &str) -> Option<Vec<u8>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    let folder = std::env::var("BANKSIDE_TRIAL_DATA").unwrap_or_else(|_| default.to_owned());
    let path = std::path::Path::new(&folder).join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            println!("not run: no trial data at {}: {error}", path.display());
            None
        }
    }
}
