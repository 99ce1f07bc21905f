//! The outlets' scorecard: what to do where and why, then every outlet with its numbers.

use maud::{Markup, html};

use crate::t;
use crate::templates::form::{self, Field};
use crate::templates::funnel::{Link, choices, linked, number, percent, share};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Figure};
use crate::templates::{Lang, State};

/// What an outlet, or all of them, did.
#[derive(Debug, Clone, Default)]
pub struct ScoreView {
    pub prospects: u64,
    pub prospects_before: u64,
    pub accounts: u64,
    pub accounts_before: u64,
    pub funded: u64,
    pub funded_before: u64,
    pub days: u64,
    pub coverage: Option<f64>,
    pub attendance: Option<f64>,
    /// In yuan.
    pub cost: Option<String>,
    pub cost_per_account: Option<String>,
    /// What the clients keep here, where that is known, in ten thousand yuan.
    pub assets: Option<String>,
}

/// An outlet.
#[derive(Debug)]
pub struct OutletRow {
    pub href: String,
    pub name: String,
    pub phase: (State, String),
    pub grade: Option<String>,
    pub footfall: Option<i32>,
    pub prospects: Link,
    pub accounts: Link,
    pub funded: Link,
    pub score: ScoreView,
    /// What to do, and why.
    pub advice: Option<&'static str>,
    pub reasons: Vec<String>,
}

/// The page.
#[derive(Debug)]
pub struct ScorecardPage {
    pub from: String,
    pub to: String,
    /// From when to when the period before goes.
    pub before: (String, String),
    pub branches: Vec<(String, String)>,
    pub branch: String,
    pub branch_name: String,
    pub total: ScoreView,
    /// The day rate in yuan.
    pub rate: Option<String>,
    pub may_set_rate: bool,
    /// How many of each advice.
    pub counts: Vec<(&'static str, usize)>,
    pub rows: Vec<OutletRow>,
    pub csv: String,
    pub problems: Vec<(String, String)>,
}

/// The page.
pub fn page(lang: Lang, view: &ScorecardPage) -> Markup {
    let act = parts::button_link(&view.csv, "", Some(Icon::Download), &t!(lang, "score-csv"));
    html! {
        (parts::back("/outlets", &t!(lang, "place-outlets")))
        (parts::head(Some(&view.branch_name), &t!(lang, "score-title"), Some(&t!(lang, "score-about")), Some(&act)))
        (controls(lang, view))
        @if view.rows.is_empty() {
            (parts::empty(Icon::Bank, &t!(lang, "score-empty"), &t!(lang, "score-empty-words"), None))
        } @else {
            (totals(lang, view))
            (to_do(lang, view))
            (table(lang, view))
        }
    }
}

fn controls(lang: Lang, view: &ScorecardPage) -> Markup {
    let of = |field: &str| view.problems.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str());
    html! {
        form.filters method="get" action="/outlets/scorecard" {
            (Field::new("from", &t!(lang, "mine-from")).value(&view.from).error(of("from")).date())
            (Field::new("to", &t!(lang, "funnel-to")).value(&view.to).error(of("to")).date())
            @if !view.branches.is_empty() {
                (Field::new("branch", &t!(lang, "quality-branch")).value(&view.branch).select(None, &choices(&view.branches)))
            }
            (form::submit(&t!(lang, "funnel-show")))
        }
    }
}

fn totals(lang: Lang, view: &ScorecardPage) -> Markup {
    let all = &view.total;
    let coverage = all.coverage.map(|share| format!("{}%", percent(share)));
    let attendance = all.attendance.map(|share| format!("{}%", percent(share)));
    let labels = ["prospects", "accounts", "funded", "days", "coverage", "attendance", "cost", "assets"]
        .map(|key| t!(lang, &format!("score-{key}")));
    let numbers = [all.prospects, all.accounts, all.funded, all.days].map(number);
    let mut figures: Vec<Figure<'_>> =
        numbers.iter().zip(&labels).map(|(number, label)| Figure { number, label, state: None }).collect();
    figures.extend(coverage.as_ref().map(|number| Figure { number, label: &labels[4], state: None }));
    figures.extend(attendance.as_ref().map(|number| Figure { number, label: &labels[5], state: None }));
    figures.extend(all.cost.as_ref().map(|number| Figure { number, label: &labels[6], state: None }));
    figures.extend(all.assets.as_ref().map(|number| Figure { number, label: &labels[7], state: None }));
    html! {
        (parts::figures(&figures))
        p.quiet.small {
            (t!(lang, "score-before", from = view.before.0.as_str(), to = view.before.1.as_str(), prospects = number(all.prospects_before), accounts = number(all.accounts_before)))
            " "
            @match &view.rate {
                Some(rate) => (t!(lang, "score-rate", rate = rate.as_str())),
                None => (t!(lang, "score-no-rate")),
            }
            @if view.may_set_rate { " " a href="/branch-settings" { (t!(lang, "rules-title")) } }
        }
    }
}

/// What asks for somebody to do something.
fn to_do(lang: Lang, view: &ScorecardPage) -> Markup {
    let asks = ["open", "strengthen", "leave"];
    let count = |what: &str| view.counts.iter().find(|(name, _)| *name == what).map_or(0, |(_, n)| *n);
    html! {
        section {
            h2 { (t!(lang, "score-to-do")) }
            @if asks.iter().all(|what| count(what) == 0) { p.quiet { (t!(lang, "score-nothing")) } }
            @for what in asks {
                @if count(what) > 0 {
                    h3 { (t!(lang, &format!("advice-{what}"))) " · " span.num { (count(what)) } }
                    ul.rows {
                        @for row in view.rows.iter().filter(|row| row.advice == Some(what)).take(20) {
                            @let meta = html! { (row.reasons.join(" · ")) };
                            (parts::row(&parts::Row::link(&row.href, &row.name).meta(&meta).state(state(what), &t!(lang, &format!("advice-{what}")))))
                        }
                    }
                }
            }
        }
    }
}

fn state(advice: &str) -> State {
    match advice {
        "open" | "strengthen" => State::Soon,
        "leave" => State::Late,
        "keep" => State::Fine,
        _ => State::Unknown,
    }
}

fn table(lang: Lang, view: &ScorecardPage) -> Markup {
    let labels = [
        "advice",
        "footfall",
        "prospects",
        "accounts",
        "funded",
        "assets",
        "days",
        "cost-per-account",
        "coverage",
        "attendance",
    ]
    .map(|key| t!(lang, &format!("score-{key}")));
    html! {
        section {
            h2 { (t!(lang, "score-all")) }
            div.scroll tabindex="0" role="region" aria-label=(t!(lang, "score-all")) {
                table.table.keep.groups {
                    thead { tr { th scope="col" { (t!(lang, "score-outlet")) } th scope="col" { (labels[0]) } @for label in &labels[1..] { th.n scope="col" { (label) } } } }
                    tbody { @for row in &view.rows {
                        tr {
                            th scope="row" {
                                a href=(row.href) { (row.name) }
                                br;
                                small.quiet { (row.phase.1) @if let Some(grade) = &row.grade { " · " (grade) } }
                            }
                            td {
                                @if let Some(advice) = row.advice {
                                    (parts::chip(state(advice), &t!(lang, &format!("advice-{advice}"))))
                                    small.quiet { " " (row.reasons.join(" · ")) }
                                }
                            }
                            td.n { @if let Some(people) = row.footfall { (people) } @else { "–" } }
                            td.n { (linked(&row.prospects)) small { (change(row.score.prospects, row.score.prospects_before)) } }
                            td.n { (linked(&row.accounts)) small { (change(row.score.accounts, row.score.accounts_before)) } }
                            td.n { (linked(&row.funded)) small { (change(row.score.funded, row.score.funded_before)) } }
                            td.n { (row.score.assets.as_deref().unwrap_or("–")) }
                            td.n { (number(row.score.days)) }
                            td.n { (row.score.cost_per_account.as_deref().unwrap_or("–")) }
                            td.n { (share(row.score.coverage)) }
                            td.n { (share(row.score.attendance)) }
                        }
                    } }
                }
            }
        }
    }
}

/// By how many more or fewer than before.
fn change(now: u64, before: u64) -> String {
    match i64::try_from(now).unwrap_or(i64::MAX) - i64::try_from(before).unwrap_or(i64::MAX) {
        0 => "±0".into(),
        more => format!("{more:+}"),
    }
}

/// An outlet's own page: its last months in one line.
pub fn on_outlet(lang: Lang, score: &ScoreView, funnel: &str) -> Markup {
    let labels = ["prospects", "accounts", "funded", "assets", "days", "coverage", "attendance"]
        .map(|key| t!(lang, &format!("score-{key}")));
    let numbers = [
        number(score.prospects),
        number(score.accounts),
        number(score.funded),
        score.assets.clone().unwrap_or_else(|| "–".into()),
        number(score.days),
        share(score.coverage),
        share(score.attendance),
    ];
    let figures: Vec<Figure<'_>> =
        numbers.iter().zip(&labels).map(|(number, label)| Figure { number, label, state: None }).collect();
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "score-section")) } a href="/outlets/scorecard" { (t!(lang, "score-title")) } }
            (parts::figures(&figures))
            p.quiet.small {
                (t!(lang, "score-section-before", prospects = number(score.prospects_before), accounts = number(score.accounts_before))) " "
                a href=(funnel) { (t!(lang, "funnel-title")) }
            }
        }
    }
}
