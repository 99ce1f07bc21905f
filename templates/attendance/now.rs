//! Now: who should be where, and who is. What needs doing stands first.

use chrono::{NaiveDate, NaiveTime};
use maud::{Markup, html};

use super::words;
use crate::attendance::whereabouts::Whereabouts;
use crate::attendance::{Flag, Verdict};
use crate::outlets::naming;
use crate::t;
use crate::templates::form::{Choice, Field, csrf_field};
use crate::templates::icons::{Icon, icon};
use crate::templates::map::{MapPoint, MapWords, svg_map};
use crate::templates::parts::{self, Figure, Row};
use crate::templates::{Lang, State};

/// What Now shows.
#[derive(Debug, Clone)]
pub struct NowView {
    /// The date looked at, in the branch's zone.
    pub date: NaiveDate,
    /// The time on its wall.
    pub now: NaiveTime,
    /// Whether the date is today.
    pub is_today: bool,
    /// To choose from, at the head office.
    pub branches: Vec<Branch>,
    /// The one shown.
    pub branch: Branch,
    /// Whether the reader may answer and plan for it.
    pub writes: bool,
    /// What wants a look, the latest first.
    pub to_look: Vec<Look>,
    /// How many in all.
    pub waiting: i64,
    /// The shifts, what needs doing first.
    pub people: Vec<PersonRow>,
    /// The day's outlets.
    pub marks: Vec<OutletMark>,
}

/// A branch of the brokerage.
#[derive(Debug, Clone, Default)]
pub struct Branch {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A check-in that wants a look.
#[derive(Debug, Clone)]
pub struct Look {
    /// Its id.
    pub id: String,
    /// Whose.
    pub broker: String,
    /// Where.
    pub outlet: Option<String>,
    /// On which date.
    pub date: NaiveDate,
    /// When.
    pub at: NaiveTime,
    /// Whether somebody came or left.
    pub came: bool,
    /// What the position says.
    pub verdict: Verdict,
    /// Its numbers.
    pub distance_m: Option<f64>,
    /// Its numbers.
    pub accuracy_m: Option<f64>,
    /// Its numbers; none: a polygon.
    pub radius_m: Option<i32>,
    /// What was noticed.
    pub flags: Vec<Flag>,
    /// What the broker said.
    pub reason: Option<String>,
    /// What was asked about it, and what the broker answered.
    pub answered: Option<(Option<String>, String)>,
}

/// A shift and how it stands.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// Who.
    pub broker: String,
    /// Where.
    pub outlet: String,
    /// The outlet's page.
    pub href: String,
    /// From when.
    pub starts: NaiveTime,
    /// Until when.
    pub ends: NaiveTime,
    /// When they came.
    pub came: Option<NaiveTime>,
    /// When they left.
    pub left: Option<NaiveTime>,
    /// How it stands.
    pub stands: Whereabouts,
    /// Its row of the roll.
    pub row: String,
}

/// An outlet on the map.
#[derive(Debug, Clone)]
pub struct OutletMark {
    /// WGS-84.
    pub lat: f64,
    /// WGS-84.
    pub lon: f64,
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// The worst of its shifts.
    pub stands: Whereabouts,
}

/// The page. What `now_part` draws is fetched again when `mark` is no more the newest.
pub fn now(lang: Lang, view: &NowView, csrf: &str, mark: &str) -> Markup {
    let over = if view.is_today {
        format!("{} {}", words::day(lang, view.date), words::clock(view.now))
    } else {
        words::day(lang, view.date)
    };
    let plan = parts::button_link("/rota", "", Some(Icon::Calendar), &t!(lang, "shifts-title"));
    html! {
        (parts::head(Some(&over), &t!(lang, "now-title"), Some(&view.branch.name), Some(&plan)))
        (choose(lang, view))
        @if view.is_today {
            div data-events={ "/now/events?branch=" (view.branch.code) } data-part={ "/now/part?branch=" (view.branch.code) } {
                (now_part(lang, view, csrf, mark))
            }
        } @else {
            (now_part(lang, view, csrf, mark))
        }
    }
}

/// What of the page changes as the day goes on.
pub fn now_part(lang: Lang, view: &NowView, csrf: &str, mark: &str) -> Markup {
    html! {
        div.part data-mark=(mark) {
            p.quiet.small.as-of { (t!(lang, "now-as-of", time = words::clock(view.now))) }
            (figures(lang, view))
            div.split { (people(lang, view)) (map(lang, view)) }
            (looks(lang, view, csrf))
        }
    }
}

fn choose(lang: Lang, view: &NowView) -> Markup {
    let choices: Vec<Choice<'_>> = view.branches.iter().map(|b| Choice { value: &b.code, label: &b.name }).collect();
    html! {
        form.filters method="get" action="/now" {
            @if choices.len() > 1 {
                (Field::new("branch", &t!(lang, "now-branch")).value(&view.branch.code).select(None, &choices))
            }
            (Field::new("date", &t!(lang, "now-date")).value(&view.date.to_string()).date())
            button.btn type="submit" { (t!(lang, "now-show")) }
        }
    }
}

fn figures(lang: Lang, view: &NowView) -> Markup {
    let count = |which: fn(&Whereabouts) -> bool| view.people.iter().filter(|p| which(&p.stands)).count();
    let missing = count(|w| matches!(w, Whereabouts::Missing { .. } | Whereabouts::Absent));
    let there = count(|w| matches!(w, Whereabouts::There { .. }));
    let numbers = [missing.to_string(), view.waiting.to_string(), there.to_string(), view.people.len().to_string()];
    let labels = ["missing", "to-look", "there", "shifts"].map(|key| t!(lang, &format!("now-{key}")));
    parts::figures(&[
        Figure { number: &numbers[0], label: &labels[0], state: (missing > 0).then_some(State::Late) },
        Figure { number: &numbers[1], label: &labels[1], state: (view.waiting > 0).then_some(State::Soon) },
        Figure { number: &numbers[2], label: &labels[2], state: Some(State::Fine) },
        Figure { number: &numbers[3], label: &labels[3], state: None },
    ])
}

fn looks(lang: Lang, view: &NowView, csrf: &str) -> Markup {
    html! {
        @if !view.to_look.is_empty() {
            (parts::section(&t!(lang, "now-looks"), None, &html! {
                ul.rows { @for one in &view.to_look { (look(lang, view, one, csrf)) } }
                @if view.waiting > view.to_look.len() as i64 {
                    p.quiet { (t!(lang, "now-more-looks", n = view.waiting - view.to_look.len() as i64)) }
                }
            }))
        }
    }
}

fn look(lang: Lang, view: &NowView, one: &Look, csrf: &str) -> Markup {
    let title = match &one.outlet {
        Some(outlet) => format!("{} · {outlet}", one.broker),
        None => one.broker.clone(),
    };
    let did = t!(lang, if one.came { "today-checked-in" } else { "today-checked-out" });
    let meta = html! {
        @if one.date != view.date { (words::short_day(lang, one.date)) " " }
        span.num { (words::clock(one.at)) } " " (did) " · "
        (words::numbers(lang, one.distance_m, one.accuracy_m, one.radius_m))
        @if let Some(reason) = &one.reason { br; (t!(lang, "now-reason", reason = reason.as_str())) }
        @for flag in &one.flags { " " span.tag { (words::flag(lang, *flag)) } }
        @if let Some((question, answer)) = &one.answered {
            @if let Some(question) = question { br; (t!(lang, "question-asked", words = question.as_str())) }
            br; b { (t!(lang, "question-answered", words = answer.as_str())) }
        }
    };
    let word = words::verdict(lang, one.verdict);
    let note = t!(lang, "now-note");
    let acts = html! {
        form method="post" action={ "/check-ins/" (one.id) "/review" } {
            (csrf_field(csrf))
            button.btn type="submit" name="decision" value="accepted" { (icon(Icon::Check)) (t!(lang, "now-accept")) }
            button.btn type="submit" name="decision" value="questioned" { (icon(Icon::Question)) (t!(lang, "now-question")) }
            input.in type="text" name="note" maxlength="500" autocomplete="off" aria-label=(note) placeholder=(note);
        }
    };
    let row = Row::plain(&title).meta(&meta).state(words::verdict_state(one.verdict), &word);
    parts::row(&if view.writes { row.actions(&acts) } else { row })
}

fn people(lang: Lang, view: &NowView) -> Markup {
    let head = ["broker", "outlet", "shift", "in", "out", "state"].map(|key| t!(lang, &format!("now-col-{key}")));
    html! {
        section {
            h2 { (t!(lang, "now-people")) }
            @if view.people.is_empty() {
                (parts::empty(Icon::Calendar, &t!(lang, "now-none"), &t!(lang, "now-none-hint"),
                    view.writes.then(|| parts::button_link("/rota", "do", Some(Icon::Plus), &t!(lang, "shifts-add"))).as_ref()))
            } @else {
                table.table {
                    thead { tr { @for word in &head { th { (word) } } } }
                    tbody { @for one in &view.people { (person(lang, one, &head)) } }
                }
            }
        }
    }
}

fn person(lang: Lang, one: &PersonRow, head: &[String; 6]) -> Markup {
    let clock = |at: Option<NaiveTime>| at.map(words::clock).unwrap_or_default();
    html! {
        tr {
            th scope="row" { a href=(one.row) { (one.broker) } }
            td data-label=(head[1]) { a href=(one.href) { (one.outlet) } }
            td.num data-label=(head[2]) { (words::clock(one.starts)) " – " (words::clock(one.ends)) }
            td.num data-label=(head[3]) { (clock(one.came)) }
            td.num data-label=(head[4]) { (clock(one.left)) }
            td data-label=(head[5]) { (parts::chip(state(one.stands), &said(lang, one.stands))) }
        }
    }
}

/// How a shift's standing is to be taken.
fn state(stands: Whereabouts) -> State {
    match stands {
        Whereabouts::Missing { .. } | Whereabouts::Absent => State::Late,
        Whereabouts::Unclear { verdict, .. } => words::verdict_state(verdict),
        Whereabouts::There { late } | Whereabouts::Done { late, early: 0 } if late == 0 => State::Fine,
        Whereabouts::There { .. } | Whereabouts::Done { .. } | Whereabouts::NotConfirmed => State::Soon,
        Whereabouts::NotYet => State::Unknown,
    }
}

/// A shift's standing in words.
fn said(lang: Lang, stands: Whereabouts) -> String {
    match stands {
        Whereabouts::Missing { minutes: 0 } => t!(lang, "stands-missing-now"),
        Whereabouts::Missing { minutes } => t!(lang, "stands-missing", time = words::minutes(lang, minutes)),
        Whereabouts::Absent => t!(lang, "stands-absent"),
        Whereabouts::Unclear { verdict, .. } => words::verdict(lang, verdict),
        Whereabouts::There { late: 0 } => t!(lang, "verdict-on-site"),
        Whereabouts::There { late } => format!("{} · {}", t!(lang, "verdict-on-site"), words::late(lang, late)),
        Whereabouts::Done { late: 0, early: 0 } => t!(lang, "stands-done"),
        Whereabouts::Done { late, early: 0 } => words::late(lang, late),
        Whereabouts::Done { late: 0, early } => words::early(lang, early),
        Whereabouts::Done { late, early } => {
            format!("{} · {}", words::late(lang, late), words::early(lang, early))
        }
        Whereabouts::NotConfirmed => t!(lang, "stands-not-confirmed"),
        Whereabouts::NotYet => t!(lang, "stands-not-yet"),
    }
}

fn map(lang: Lang, view: &NowView) -> Markup {
    if view.marks.is_empty() {
        return html! {};
    }
    let points: Vec<MapPoint> = view
        .marks
        .iter()
        .map(|mark| MapPoint {
            lat: mark.lat,
            lon: mark.lon,
            label: format!("{}: {}", mark.name, said(lang, mark.stands)),
            short: naming::short(&mark.name),
            href: mark.href.clone(),
            state: state(mark.stands),
            fence_m: None,
        })
        .collect();
    let texts =
        ["map", "map-caption", "map-north", "map-metre", "map-kilometre"].map(|key| t!(lang, &format!("now-{key}")));
    svg_map(
        &points,
        &MapWords {
            title: &texts[0],
            caption: &texts[1],
            north: &texts[2],
            metre: &texts[3],
            kilometre: &texts[4],
            cluster: &|n| t!(lang, "now-map-cluster", n = n),
            cluster_href: &|area| {
                let (path, near, metres) = area.outlets();
                format!("{path}?near={near}&within_m={metres}")
            },
        },
    )
}
