//! The way of every import: a file becomes a table, the table a plan against what is there, and a plan without an error is applied whole.
//!
//! Planning reads only, so the preview and the dry run are the import itself, stopped before it writes. Each kind has a file of its own with
//! `plan(conn, terms, table) -> Plan`; the rows already carry what will be written, and `apply` writes it.

use std::fmt;
use std::sync::Arc;

use fluent_bundle::FluentArgs;
use serde_json::json;

use super::columns::{self, Columns};
use super::error::{Located, Problem};
use super::report::{ImportReport, Issue};
use super::table::{self, Row, Table};
use super::words;
use super::{agreements, brokers, calendar, communities, contacts, outlets};
use crate::audit::{self, Subject};
use crate::db::{At, Conn, Database, Id, serialise};
use crate::error::Result;
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::Caller;
use crate::people::store::Branch;
use crate::place::Datum;

crate::text_enum! {
    /// What a file holds.
    #[derive(clap::ValueEnum)]
    #[schema(as = ImportKind)]
    pub enum Kind {
        // In the order in which the page offers them.
        /// Bank outlets.
        Outlets = "outlets",
        /// People at outlets.
        Contacts = "contacts",
        /// Brokers, as users who have yet to be invited.
        Brokers = "brokers",
        /// Prospects with their consents.
        Prospects = "prospects",
        /// Residential communities.
        Communities = "communities",
        /// Days of a calendar.
        Calendar = "calendar",
        /// What was done for promises to a bank and of a bank.
        Agreements = "agreements",
    }
}

impl Kind {
    /// The columns it knows.
    pub fn columns(self) -> &'static Columns {
        match self {
            Kind::Outlets => &columns::OUTLETS,
            Kind::Brokers => &columns::BROKERS,
            Kind::Contacts => &columns::CONTACTS,
            Kind::Communities => &columns::COMMUNITIES,
            Kind::Prospects => &columns::PROSPECTS,
            Kind::Calendar => &columns::CALENDAR,
            Kind::Agreements => &columns::AGREEMENTS,
        }
    }
}

/// For whom a file is read, and how its places are meant.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The branch; none: a calendar that holds for all.
    pub branch: Option<Branch>,
    /// The system of its coordinates.
    pub datum: Datum,
    /// What seals and finds mobile numbers.
    pub keys: Arc<Keys>,
    /// The moment of the import.
    pub now: At,
    /// Whether people's e-mail addresses are taken from it: the link that sets a password goes there, so only an admin says where.
    pub emails: bool,
}

impl Terms {
    /// The branch that all kinds but a calendar have.
    ///
    /// # Errors
    /// `branch`: `required`.
    pub fn branch(&self) -> Result<&Branch> {
        self.branch.as_ref().ok_or_else(|| crate::error::Error::field("branch", "required"))
    }
}

/// A field that becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field's name.
    pub field: &'static str,
    /// What is there.
    pub from: String,
    /// What will be.
    pub to: String,
}

/// A row that adds or changes a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// As the spreadsheet numbers it.
    pub row: u32,
    /// Which record, in words.
    pub title: String,
    /// The fields that change; empty: the record is new.
    pub fields: Vec<FieldChange>,
}

type Apply = Box<dyn FnOnce(&mut Conn, &Caller) -> Result<()> + Send>;

/// What a file would do.
pub struct Plan {
    /// Rows that add a record.
    pub added: Vec<RowChange>,
    /// Rows that change one.
    pub changed: Vec<RowChange>,
    /// How many rows change nothing.
    pub unchanged: u64,
    /// What was noticed.
    pub findings: Findings,
    apply: Apply,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = (self.added.len(), self.changed.len(), self.unchanged);
        f.debug_struct("Plan").field("counts", &counts).field("findings", &self.findings).finish_non_exhaustive()
    }
}

/// Warnings and errors with their places.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Things to look at.
    pub warnings: Vec<Located>,
    /// Why nothing is written.
    pub errors: Vec<Located>,
}

impl Findings {
    /// The value, or nothing and the error noted.
    pub fn take<T>(&mut self, value: std::result::Result<Option<T>, Located>) -> Option<T> {
        value.unwrap_or_else(|error| {
            self.errors.push(error);
            None
        })
    }

    /// Notes that rows as a whole are wrong; says whether this one is.
    pub fn is_faulty(&mut self, row: &Row) -> bool {
        if let Some(fault) = &row.fault {
            self.errors.push(Located::row(row.number, (**fault).clone()));
        }
        row.fault.is_some()
    }
}

impl Plan {
    /// A plan that applies `apply`.
    pub fn new(findings: Findings, apply: impl FnOnce(&mut Conn, &Caller) -> Result<()> + Send + 'static) -> Plan {
        Plan { added: Vec::new(), changed: Vec::new(), unchanged: 0, findings, apply: Box::new(apply) }
    }

    /// The plan, applied this way.
    #[must_use]
    pub fn applying(self, apply: impl FnOnce(&mut Conn, &Caller) -> Result<()> + Send + 'static) -> Plan {
        Plan { apply: Box::new(apply), ..self }
    }

    /// How many rows add a record, change one, change nothing.
    pub fn counts(&self) -> (usize, usize, u64) {
        (self.added.len(), self.changed.len(), self.unchanged)
    }

    /// A plan for a file that cannot be read.
    pub fn refused(error: Located) -> Plan {
        let findings = Findings { errors: vec![error], ..Findings::default() };
        Plan::new(findings, |_, _| Ok(()))
    }

    /// Whether it may be applied.
    pub fn is_clean(&self) -> bool {
        self.findings.errors.is_empty()
    }

    /// Counts a row: new, changed in these fields, or as it was.
    pub fn count(&mut self, row: u32, title: String, is_new: bool, fields: Vec<FieldChange>) {
        match (is_new, fields.is_empty()) {
            (true, _) => self.added.push(RowChange { row, title, fields: Vec::new() }),
            (false, false) => self.changed.push(RowChange { row, title, fields }),
            (false, true) => self.unchanged += 1,
        }
    }

    /// The report in a language. With an error in it nothing is written, so nothing is counted.
    pub fn report(&self, lang: Lang) -> ImportReport {
        let words = |all: &[Located]| all.iter().cloned().map(|one| Issue::of(one, |p| words(lang, p))).collect();
        let count = |n: usize| if self.is_clean() { n as u64 } else { 0 };
        ImportReport {
            added: count(self.added.len()),
            changed: count(self.changed.len()),
            unchanged: count(self.unchanged as usize),
            warnings: words(&self.findings.warnings),
            errors: words(&self.findings.errors),
        }
    }
}

/// What a finding says: `import-{code}`, or the words that fields of forms have for it.
pub fn words(lang: Lang, problem: &Problem) -> String {
    let mut args = FluentArgs::new();
    for (name, value) in &problem.args {
        args.set(*name, value.clone());
    }
    if let Some(allowed) = words::allowed(lang, problem.code) {
        args.set("words", allowed);
    }
    let code = problem.code.replace('_', "-");
    let own = format!("import-{code}");
    let key = if lang.has(&own) { own } else { format!("error-{code}") };
    lang.text(&key, Some(&args))
}

/// Plans a file against what is there. Reads only.
///
/// # Errors
/// What the database says; what is wrong with the file is in the plan.
pub fn plan(conn: &mut Conn, kind: Kind, bytes: &[u8], terms: &Terms) -> Result<Plan> {
    let table = match table::read(bytes, kind.columns()) {
        Ok(table) => table,
        Err(error) => return Ok(Plan::refused(error.located())),
    };
    plan_table(conn, kind, table, terms)
}

fn plan_table(conn: &mut Conn, kind: Kind, table: Table, terms: &Terms) -> Result<Plan> {
    with_warnings(table, |table| match kind {
        Kind::Outlets => outlets::plan(conn, terms, &table),
        Kind::Brokers => brokers::plan(conn, terms, &table),
        Kind::Contacts => contacts::plan(conn, terms, &table),
        Kind::Communities => communities::plan(conn, terms, &table),
        Kind::Prospects => crate::prospects::import::plan(conn, terms, table),
        Kind::Calendar => calendar::plan(conn, terms, &table),
        Kind::Agreements => agreements::plan(conn, terms, &table),
    })
}

/// Something that has the findings of a table.
pub trait Found {
    /// They themselves.
    fn findings(&mut self) -> &mut Findings;
}

impl Found for Plan {
    fn findings(&mut self) -> &mut Findings {
        &mut self.findings
    }
}

/// The warnings of the file itself come first, and errors by row.
///
/// # Errors
/// What `plan` returns.
pub fn with_warnings<P: Found>(mut table: Table, plan: impl FnOnce(Table) -> Result<P>) -> Result<P> {
    let warnings = std::mem::take(&mut table.warnings);
    let mut planned = plan(table)?;
    let findings = planned.findings();
    findings.warnings.splice(0..0, warnings);
    findings.errors.sort_by_key(|e| e.row);
    Ok(planned)
}

/// Plans and, where there is no error, applies: one transaction, all of it or nothing. The plan comes back for its report.
///
/// # Errors
/// What the database says.
pub fn run(conn: &mut Conn, caller: &Caller, kind: Kind, bytes: &[u8], terms: &Terms) -> Result<Plan> {
    match table::read(bytes, kind.columns()) {
        Ok(table) => run_table(conn, caller, kind, table, terms),
        Err(error) => Ok(Plan::refused(error.located())),
    }
}

/// `run` for a file that was read.
///
/// # Errors
/// What the database says.
pub fn run_table(conn: &mut Conn, caller: &Caller, kind: Kind, table: Table, terms: &Terms) -> Result<Plan> {
    // Two imports at once would each plan without seeing the other's records.
    serialise(conn, Id(uuid::Uuid::from_u128(0x1311)))?;
    let mut plan = plan_table(conn, kind, table, terms)?;
    if plan.is_clean() {
        let apply = std::mem::replace(&mut plan.apply, Box::new(|_, _| Ok(())));
        apply(conn, caller)?;
        record(conn, caller, kind, terms, plan.counts())?;
    }
    Ok(plan)
}

/// Puts an import on record with its counts.
///
/// # Errors
/// What the database says.
pub fn record(
    conn: &mut Conn,
    caller: &Caller,
    kind: Kind,
    terms: &Terms,
    (added, changed, unchanged): (usize, usize, u64),
) -> Result<()> {
    let subject = Subject { kind: "import", id: None, branch: terms.branch.as_ref().map(|b| b.id) };
    let counts = json!({ "kind": kind, "added": added, "changed": changed, "unchanged": unchanged });
    audit::record(conn, caller, "import.run", subject, counts)
}

/// `run`, or with `dry` only `plan`, for commands.
///
/// # Errors
/// As `run`.
pub fn run_now(db: &Database, caller: &Caller, kind: Kind, bytes: Vec<u8>, terms: Terms, dry: bool) -> Result<Plan> {
    if dry {
        return db.read_now(|conn| plan(conn, kind, &bytes, &terms));
    }
    if kind == Kind::Prospects {
        return crate::prospects::import::take_in(db, caller, bytes, terms);
    }
    let caller = caller.clone();
    db.write_now(move |conn| run(conn, &caller, kind, &bytes, &terms))
}
