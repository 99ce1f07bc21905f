//! What the board's templates are given.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::templates::attendance::Branch;

/// The board: a branch's days, by outlet or by person.
#[derive(Debug, Clone)]
pub struct Board {
    /// The branch shown.
    pub branch: Branch,
    /// To choose from, at the head office.
    pub branches: Vec<Branch>,
    /// Whether the reader may change anything.
    pub writes: bool,
    /// Whether a change of what stands here wants a reason.
    pub wants_reason: bool,
    /// The columns.
    pub days: Vec<Day>,
    /// Today at the branch.
    pub today: NaiveDate,
    /// The day that phones show.
    pub focus: NaiveDate,
    /// People by days; else outlets by days.
    pub people: bool,
    /// A period; else one day.
    pub month: bool,
    /// The rows.
    pub rows: Vec<Row>,
    /// Whom or what to put into cells.
    pub palette: Vec<Chip>,
    /// What is to be done.
    pub sum: Sum,
    /// Where brokers are missing, the first of them.
    pub gaps: Vec<Pointer>,
    /// Whom a rule forbids, the first of them.
    pub conflicts: Vec<Pointer>,
    /// Whether the draft is laid over.
    pub laid: bool,
    /// The open draft of these days.
    pub draft: Option<DraftLine>,
    /// Whether the reader has a change of what stands to take back.
    pub undo: bool,
    /// What is filtered.
    pub filters: Filters,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// Its date.
    pub date: NaiveDate,
    /// Not worked.
    pub rest: bool,
    /// A rota was published for it.
    pub published: bool,
    /// Outside the draft that is laid over: it stays as it stands.
    pub fixed: bool,
}

/// A line: an outlet's or a person's days.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its short name.
    pub label: String,
    /// Its whole name.
    pub title: String,
    /// What a search looks at.
    pub search: String,
    /// `launch` and so on, or `certificate`.
    pub mark: Option<String>,
    /// A cell a column.
    pub cells: Vec<Cell>,
    /// Something to be done on the day that phones show.
    pub look: bool,
}

impl Row {
    /// Whether something is to be done on any of its days.
    pub fn wants_a_look(&self) -> bool {
        self.cells.iter().any(Cell::wants_a_look)
    }
}

/// A day of a row.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Who sits there, or where they sit.
    pub people: Vec<Who>,
    /// How many more are wanted.
    pub missing: usize,
    /// Why the person is away.
    pub away: Option<&'static str>,
    /// The day is over: a gap is nothing to fill any more.
    pub past: bool,
}

impl Cell {
    /// A gap or a conflict.
    pub fn wants_a_look(&self) -> bool {
        (self.missing > 0 && !self.past) || self.people.iter().any(|who| who.conflict.is_some())
    }
}

/// Somebody in a cell (or an outlet, where rows are people).
#[derive(Debug, Clone)]
pub struct Who {
    /// What they are called.
    pub label: Arc<str>,
    /// The hard rule that forbids it.
    pub conflict: Option<&'static str>,
    /// New at an outlet in its launch months.
    pub new_face: bool,
    /// There for longer than the branch lets anybody stay.
    pub overstay: bool,
    /// More than the outlet wants.
    pub over: bool,
    /// Other than what stands.
    pub changed: bool,
    /// Taken away by the draft.
    pub gone: bool,
}

impl Who {
    /// Somebody whom the draft takes away.
    pub fn gone(label: &Arc<str>) -> Who {
        let label = label.clone();
        Who { label, conflict: None, new_face: false, overstay: false, over: false, changed: false, gone: true }
    }
}

/// Whom or what to put into a cell.
#[derive(Debug, Clone)]
pub struct Chip {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// How many days they have, or how many brokers it misses.
    pub count: usize,
}

/// What is to be done on coming days.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    /// Brokers missing.
    pub gaps: usize,
    /// People whom a hard rule forbids.
    pub conflicts: usize,
    /// People to think about.
    pub warnings: usize,
}

/// Where something is to be done.
#[derive(Debug, Clone)]
pub struct Pointer {
    /// The outlet.
    pub outlet: String,
    /// What it is called.
    pub label: String,
    /// When.
    pub date: NaiveDate,
    /// How many are missing.
    pub missing: usize,
    /// Who must not be there.
    pub who: Option<String>,
    /// By which rule.
    pub code: Option<&'static str>,
}

/// An open draft.
#[derive(Debug, Clone)]
pub struct DraftLine {
    /// Its id.
    pub id: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// In how many people's days it differs from what stands.
    pub changes: usize,
    /// The reader has a step to take back.
    pub undo: bool,
    /// The reader has a step to put back.
    pub redo: bool,
}

/// What is filtered, and by what it can be.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// To choose from.
    pub banks: Vec<String>,
    /// To choose from.
    pub grades: Vec<String>,
    /// Only this bank's outlets.
    pub bank: Option<String>,
    /// Only outlets in this phase.
    pub phase: Option<String>,
    /// Only outlets of this grade.
    pub grade: Option<String>,
    /// Only rows with a gap or a conflict.
    pub gaps: bool,
    /// Only rows with this in their names.
    pub q: Option<String>,
}

impl Filters {
    /// Whether anything is.
    pub fn any(&self) -> bool {
        self.gaps || [&self.bank, &self.phase, &self.grade, &self.q].into_iter().any(Option::is_some)
    }
}

/// An address of the board: what is kept of where the reader is, with some of it changed.
#[derive(Debug, Clone, Default)]
pub struct Way(Vec<(&'static str, String)>);

impl Way {
    /// Where the reader is, without the filters.
    pub fn of(board: &Board) -> Way {
        let mut way = Way::default();
        if board.branches.len() > 1 {
            way = way.with("branch", &board.branch.code);
        }
        way = match board.month {
            true => way.with("month", &board.focus.format("%Y-%m").to_string()),
            false => way.with("day", &board.focus.to_string()),
        };
        if board.people {
            way = way.with("view", "people");
        }
        match board.draft.as_ref().filter(|_| board.laid) {
            Some(draft) => way.with("draft", &draft.id),
            None => way,
        }
    }

    /// With this instead.
    pub fn with(mut self, name: &'static str, value: &str) -> Way {
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value.to_owned()));
        self
    }

    /// Without this.
    pub fn without(mut self, name: &str) -> Way {
        self.0.retain(|(other, _)| *other != name);
        self
    }

    /// With the filters.
    pub fn filtered(self, filters: &Filters) -> Way {
        let given = [("bank", &filters.bank), ("phase", &filters.phase), ("grade", &filters.grade), ("q", &filters.q)];
        let way = given.into_iter().fold(self, |way, (name, value)| match value {
            Some(value) => way.with(name, value),
            None => way,
        });
        if filters.gaps { way.with("gaps", "on") } else { way }
    }

    /// What is kept.
    pub fn pairs(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// The address.
    pub fn href(&self) -> String {
        self.to("/rota")
    }

    /// The address of another page with the same.
    pub fn to(&self, path: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}
