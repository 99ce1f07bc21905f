//! `bankside import KIND FILE`: exit 0 when the file was taken in, 1 when it was refused, with a line a bad cell, at most 20.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, say, sealed, tell};
use crate::app::App;
use crate::db::Conn;
use crate::error::Error;
use crate::imports::report::{ImportReport, Issue};
use crate::imports::run::{self, Kind, Terms};
use crate::language::Lang;
use crate::people::Caller;
use crate::people::store;
use crate::place::Datum;
use crate::settings::Settings;

/// How many lines a refusal takes at most.
const LINES: usize = 20;

/// What the command takes.
#[derive(Args)]
pub struct Import {
    /// What the file holds
    kind: Kind,
    /// CSV (comma, semicolon or tab; UTF-8, UTF-16 or GB18030) or XLSX
    file: PathBuf,
    /// The branch's code; may be left out while there is one, and for a calendar, which then holds for all
    #[arg(long, value_name = "CODE")]
    branch: Option<String>,
    /// The system of the coordinates
    #[arg(long, default_value = "wgs84", value_parser = ["wgs84", "gcj02", "bd09"])]
    datum: String,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
///
/// # Errors
/// Why nothing was written.
pub fn run(settings: Settings, command: Import) -> Outcome {
    let bytes = std::fs::read(&command.file).map_err(|e| format!("{}: {e}", command.file.display()))?;
    let app = App::start(settings)?;
    let (kind, code) = (command.kind, command.branch.clone());
    let branch = app.db.read_now(move |conn| branch(conn, kind, code.as_deref())).map_err(say)?;
    let caller = Caller::program(app.clock.now());
    let datum = Datum::parse(&command.datum).ok_or_else(|| format!("--datum: {} is none", command.datum))?;
    let terms = Terms { branch, datum, keys: app.keys.clone(), now: caller.now, emails: true };
    let plan = run::run_now(&app.db, &caller, command.kind, bytes, terms, command.dry_run).map_err(say)?;
    let report = plan.report(Lang::En);
    if report.is_clean() {
        sealed(&app)?;
    }
    print(&report, &command)?;
    if report.is_clean() { Ok(()) } else { Err(refusal(&report.errors)) }
}

fn branch(conn: &mut Conn, kind: Kind, code: Option<&str>) -> crate::error::Result<Option<store::Branch>> {
    match code {
        Some(code) => {
            Ok(Some(store::branch_by_code(conn, code)?.ok_or_else(|| Error::field("--branch", "not_found"))?))
        }
        None if kind == Kind::Calendar => Ok(None),
        None => Ok(Some(store::only_branch(conn)?.ok_or_else(|| Error::field("--branch", "required"))?)),
    }
}

fn print(report: &ImportReport, command: &Import) -> Outcome {
    if command.json {
        tell(serde_json::to_string(report).map_err(|e| e.to_string())?)?;
    } else if report.is_clean() {
        let would = if command.dry_run { "would be " } else { "" };
        let (added, changed, unchanged) = (report.added, report.changed, report.unchanged);
        tell(format!("{would}added: {added}, changed: {changed}, unchanged: {unchanged}"))?;
        for warning in report.warnings.iter().take(LINES) {
            tell(format!("warning: {}", line(warning)))?;
        }
        if report.warnings.len() > LINES {
            tell(format!("and {} more warnings (--json shows all)", report.warnings.len() - LINES))?;
        }
    }
    Ok(())
}

/// A line a bad cell.
fn refusal(errors: &[Issue]) -> String {
    let shown = if errors.len() > LINES { LINES - 1 } else { errors.len() };
    let mut lines: Vec<String> = errors.iter().take(shown).map(line).collect();
    if errors.len() > shown {
        lines.push(format!("and {} more", errors.len() - shown));
    }
    lines.join("\n")
}

fn line(issue: &Issue) -> String {
    match (issue.row, &issue.column) {
        (Some(row), Some(column)) => format!("row {row}, {column}: {}", issue.message),
        (Some(row), None) => format!("row {row}: {}", issue.message),
        (None, Some(column)) => format!("{column}: {}", issue.message),
        (None, None) => issue.message.clone(),
    }
}
