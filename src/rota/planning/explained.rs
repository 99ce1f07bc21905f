//! Why a plan is as it is, by ids and dates: what the API answers and what the page puts into words.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reported::Report;
use super::runs::{self, Costs, Run};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::planner::{self, How, Rule};

/// Those whom one rule keeps from a post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanKeptOut)]
pub struct KeptOut {
    /// `level`, `not_welcome`, `too_far`, `unavailable`, `no_post`, `busy`, `week_full`, `in_a_row`.
    pub rule: String,
    /// They.
    pub broker_ids: Vec<Id>,
}

/// Another choice, and what it would cost more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanChoice)]
pub struct Choice {
    /// `open`: nobody comes; `free`: somebody idle comes; `taken`: somebody is missing elsewhere; `exchanged`: two exchange their places; `instead`: somebody
    /// gives up another day.
    pub how: String,
    /// Who would come.
    pub broker_id: Option<Id>,
    /// Where they are now.
    pub from_outlet_id: Option<Id>,
    /// The other day that is given up.
    pub date: Option<NaiveDate>,
    /// How many of the days stay open all the same.
    pub left_open: usize,
    /// What the plan would cost more, part by part; below zero where it would cost less.
    pub more: Costs,
}

/// An outlet that lacks people on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanGap)]
pub struct Gap {
    /// Where.
    pub outlet_id: Id,
    /// When.
    pub date: NaiveDate,
    /// How many are missing.
    pub missing: usize,
    /// What that costs.
    pub cost: i64,
    /// Everybody who cannot come, by what keeps them out.
    pub kept_out: Vec<KeptOut>,
    /// The cheapest ways to fill it all the same.
    pub choices: Vec<Choice>,
}

/// A broker's days at an outlet that cost something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanStretch)]
pub struct Stretch {
    /// Who.
    pub broker_id: Id,
    /// Where.
    pub outlet_id: Id,
    /// When.
    pub dates: Vec<NaiveDate>,
    /// How far it is, roughly; only for the branch itself.
    pub km: Option<i64>,
    /// What it costs.
    pub cost: i64,
    /// The next best choice.
    pub next_best: Choice,
}

/// An outlet with too few people in reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanLacking)]
pub struct Lacking {
    /// Where.
    pub outlet_id: Id,
    /// How many may be sent there at all.
    pub in_reach: usize,
    /// How many may not, by the rule.
    pub kept_out: Vec<(String, usize)>,
    /// The days on which that is too few.
    pub dates: Vec<NaiveDate>,
}

/// A day, or a week from that day on, with more posts than people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanThin)]
pub struct Thin {
    /// The day, or the week's first.
    pub date: NaiveDate,
    /// Person-days wanted.
    pub posts: i64,
    /// Person-days that can be worked.
    pub people: i64,
}

/// Where one more broker would help most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanHire)]
pub struct Hire {
    /// Near this outlet.
    pub outlet_id: Id,
    /// With this level at least.
    pub level: i64,
    /// The missing person-days they would fill.
    pub days: u32,
}

/// Why a plan is as it is; empty while there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanExplanation)]
pub struct Explanation {
    /// Where people are missing, the dearest outlets first.
    pub gaps: Vec<Gap>,
    /// How many more outlets and days lack people.
    pub more_gaps: usize,
    /// People new to an outlet, the dearest first.
    pub new_faces: Vec<Stretch>,
    /// People who should have rotated, the dearest first.
    pub overstays: Vec<Stretch>,
    /// Long ways, the dearest first; only for the branch itself.
    pub long_ways: Vec<Stretch>,
    /// For how many people something changes, on how many days in all.
    pub changed: (usize, usize),
    /// Outlets with too few people in reach.
    pub lacking: Vec<Lacking>,
    /// Days with more posts than people.
    pub thin_days: Vec<Thin>,
    /// Weeks with more posts than people may work.
    pub thin_weeks: Vec<Thin>,
    /// Where one more broker would help most.
    pub hires: Vec<Hire>,
}

/// The stable name of a rule.
pub fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::Unknown => "unknown",
        Rule::Level => "level",
        Rule::NotWelcome => "not_welcome",
        Rule::TooFar => "too_far",
        Rule::Unavailable => "unavailable",
        Rule::NoPost => "no_post",
        Rule::Busy => "busy",
        Rule::WeekFull => "week_full",
        Rule::InARow => "in_a_row",
    }
}

/// The report of a run; none while there is no plan.
///
/// # Errors
/// What the database says; when it cannot be opened.
pub fn report(conn: &mut Conn, keys: &Keys, run: &Run) -> Result<Option<Report>> {
    runs::result(conn, run.id)?.map(|sealed| Report::open(keys, &sealed)).transpose()
}

impl Explanation {
    /// Of a report. `own`: for the desk of the branch itself, with what tells of homes.
    pub fn of(report: &Report, own: bool) -> Explanation {
        let told = Telling { report, own };
        let all = &report.explained;
        let stretches = |all: &[planner::Stretch]| all.iter().filter_map(|s| told.stretch(s)).collect();
        let people = &report.compared.people;
        Explanation {
            gaps: all.gaps.iter().filter_map(|gap| told.gap(gap)).collect(),
            more_gaps: all.more_gaps,
            new_faces: stretches(&all.new_faces),
            overstays: stretches(&all.overstays),
            long_ways: if own { stretches(&all.long_ways) } else { Vec::new() },
            changed: (people.len(), people.iter().map(|person| person.days.len()).sum()),
            lacking: all.hints.lacking.iter().filter_map(|one| told.lacking(one)).collect(),
            thin_days: all.hints.thin_days.iter().map(|one| told.thin(one.day, one.posts, one.people)).collect(),
            thin_weeks: all
                .hints
                .thin_weeks
                .iter()
                .map(|one| told.thin(one.first, one.posts, one.person_days))
                .collect(),
            hires: all.hints.hires.iter().filter_map(|one| told.hire(one)).collect(),
        }
    }
}

struct Telling<'a> {
    report: &'a Report,
    own: bool,
}

impl Telling<'_> {
    fn broker(&self, at: usize) -> Option<Id> {
        self.report.brokers.get(at).copied()
    }

    fn outlet(&self, at: usize) -> Option<Id> {
        self.report.outlets.get(at).copied()
    }

    fn gap(&self, gap: &planner::Gap) -> Option<Gap> {
        let kept = |kept: &planner::KeptOut| KeptOut {
            rule: name(kept.rule).to_owned(),
            broker_ids: match kept.rule {
                Rule::TooFar if !self.own => Vec::new(),
                _ => kept.brokers.iter().filter_map(|one| self.broker(one.broker)).collect(),
            },
        };
        Some(Gap {
            outlet_id: self.outlet(gap.outlet)?,
            date: self.report.date(gap.day),
            missing: gap.missing,
            cost: gap.cost,
            kept_out: gap.kept_out.iter().map(kept).collect(),
            choices: gap.choices.iter().map(|choice| self.choice(choice)).collect(),
        })
    }

    fn stretch(&self, stretch: &planner::Stretch) -> Option<Stretch> {
        Some(Stretch {
            broker_id: self.broker(stretch.broker)?,
            outlet_id: self.outlet(stretch.outlet)?,
            dates: stretch.days.iter().map(|day| self.report.date(*day)).collect(),
            km: self.own.then_some(stretch.km),
            cost: stretch.cost,
            next_best: self.choice(&stretch.next_best),
        })
    }

    fn choice(&self, choice: &planner::Choice) -> Choice {
        let (how, who, from, day) = match choice.how {
            How::Open => ("open", None, None, None),
            How::Free { broker } => ("free", Some(broker), None, None),
            How::Taken { broker, from } => ("taken", Some(broker), Some(from), None),
            How::Exchanged { broker, from } => ("exchanged", Some(broker), Some(from), None),
            How::Instead { broker, from, day } => ("instead", Some(broker), Some(from), Some(day)),
        };
        let mut more = Costs::from(choice.more);
        if !self.own {
            more.total -= more.travel;
            more.travel = 0;
        }
        Choice {
            how: how.to_owned(),
            broker_id: who.and_then(|at| self.broker(at)),
            from_outlet_id: from.and_then(|at| self.outlet(at)),
            date: day.map(|day| self.report.date(day)),
            left_open: choice.left_open,
            more,
        }
    }

    fn lacking(&self, one: &planner::Lacking) -> Option<Lacking> {
        Some(Lacking {
            outlet_id: self.outlet(one.outlet)?,
            in_reach: one.in_reach,
            kept_out: one.kept_out.iter().map(|(rule, n)| (name(*rule).to_owned(), *n)).collect(),
            dates: one.days.iter().map(|day| self.report.date(*day)).collect(),
        })
    }

    fn thin(&self, day: usize, posts: i64, people: i64) -> Thin {
        Thin { date: self.report.date(day), posts, people }
    }

    fn hire(&self, one: &planner::Hire) -> Option<Hire> {
        Some(Hire { outlet_id: self.outlet(one.outlet)?, level: one.level, days: one.days })
    }
}
