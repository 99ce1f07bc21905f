//! What the pages of plans show.

use chrono::{NaiveDate, NaiveDateTime};

use super::Problems;
use crate::rota::planning::instance::Keep;
use crate::rota::planning::runs::PlanState;
use crate::templates::attendance::Branch;

/// The runs of a branch.
pub struct PlanList {
    /// Which.
    pub branch: Branch,
    /// Those within reach.
    pub branches: Vec<Branch>,
    /// Whether the reader answers for it.
    pub writes: bool,
    /// The latest first.
    pub all: Vec<PlanLine>,
}

/// One of them.
pub struct PlanLine {
    /// Its page.
    pub href: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How it stands.
    pub state: PlanState,
    /// What it costs.
    pub total: Option<i64>,
    /// When it was asked for.
    pub at: NaiveDateTime,
}

/// The form, as typed.
pub struct PlanForm<'a> {
    /// For whom.
    pub branch: String,
    /// Made by the server.
    pub id: &'a str,
    /// The first day.
    pub from: &'a str,
    /// The last day.
    pub to: &'a str,
    /// What stays.
    pub keep: &'a str,
    /// How long.
    pub seconds: &'a str,
    /// What a changed day costs.
    pub change_cost: &'a str,
    /// Each weight: its name, what was typed, what it usually is.
    pub weights: Vec<(&'static str, &'a str, i64)>,
    /// The run that is under way.
    pub running: Option<String>,
    /// What is wrong.
    pub problems: &'a Problems,
}

/// A run.
pub struct PlanPage {
    /// Its page.
    pub href: String,
    /// Whether the reader answers for it.
    pub writes: bool,
    /// Who asked for it.
    pub by: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How it stands.
    pub state: PlanState,
    /// What stays.
    pub keep: Keep,
    /// How long it plans.
    pub seconds: i64,
    /// How long it has planned.
    pub gone: i64,
    /// The cheapest so far.
    pub best: Option<i64>,
    /// What it costs, part by part.
    pub parts: Vec<PartLine>,
    /// The weights that were turned: name, to what, from what.
    pub turned: Vec<(&'static str, i64, i64)>,
    /// Why there is no plan or no draft: a code.
    pub problem: Option<String>,
    /// Days that were left as they are.
    pub left: i64,
    /// Its draft.
    pub draft: Option<String>,
    /// Whether that is still being drawn up.
    pub draft_open: bool,
    /// Why it is as it is.
    pub why: Option<Why>,
}

/// A part of the cost.
pub struct PartLine {
    /// Which.
    pub key: &'static str,
    /// Of what stood.
    pub before: i64,
    /// Of the plan.
    pub after: i64,
}

/// The explanation in words.
pub struct Why {
    /// Brokers missing in all.
    pub missing: usize,
    /// Gaps that are not told one by one.
    pub more: usize,
    /// Where people are missing.
    pub gaps: Vec<GapLine>,
    /// People new to an outlet.
    pub faces: Vec<StretchLine>,
    /// People who should have rotated.
    pub overstays: Vec<StretchLine>,
    /// Long ways.
    pub ways: Vec<StretchLine>,
    /// For how many people something changes.
    pub people: usize,
    /// On how many days.
    pub days: usize,
    /// What would help.
    pub hints: Vec<String>,
}

/// A gap.
pub struct GapLine {
    /// Where somebody is chosen for it.
    pub href: String,
    /// The outlet.
    pub place: String,
    /// The day.
    pub date: NaiveDate,
    /// How many are missing.
    pub missing: usize,
    /// What keeps people out.
    pub reasons: Vec<Reason>,
    /// What could be done all the same.
    pub choices: Vec<String>,
}

/// What keeps some people from a post.
pub struct Reason {
    /// In words.
    pub rule: String,
    /// How many.
    pub n: usize,
    /// Some of them.
    pub names: String,
}

/// Somebody's days at an outlet.
pub struct StretchLine {
    /// Who.
    pub who: String,
    /// Where.
    pub place: String,
    /// When.
    pub days: String,
    /// What it costs.
    pub cost: i64,
    /// How far it is.
    pub km: Option<i64>,
    /// The next best choice.
    pub next: String,
}
