//! Follow-up quality: how many are contacted within three days, how soon, by whom and where, and what is overdue now.

use maud::{Markup, html};

use super::{Column, columns};
use crate::t;
use crate::templates::form::{self, Field};
use crate::templates::funnel::{Link, choices, linked, number, percent, share, strip};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Figure};
use crate::templates::{Lang, State};

/// Those contacted after so many days.
#[derive(Debug)]
pub struct BandRow {
    pub label: String,
    pub people: Link,
    pub in_time: bool,
}

/// A person, an outlet, a week or a branch.
#[derive(Debug)]
pub struct ShareRow {
    pub label: String,
    /// To look into it.
    pub href: Option<String>,
    pub counted: Link,
    pub kept: Link,
    pub share: Option<f64>,
    /// Clearly below the middle.
    pub below: bool,
}

/// What waits at somebody.
#[derive(Debug)]
pub struct WaitingRow {
    pub name: String,
    /// The list of theirs.
    pub href: String,
    pub overdue: i64,
    pub coming: i64,
}

/// The page.
#[derive(Debug, Default)]
pub struct QualityPage {
    pub from: String,
    pub to: String,
    /// The branches to choose from, where there are several; the code of the one chosen.
    pub branches: Vec<(String, String)>,
    pub branch: String,
    /// Whether these are the reader's own follow-ups.
    pub own: bool,
    pub share: Option<f64>,
    pub counted: Link,
    pub middle: Option<f64>,
    pub overdue: Option<i64>,
    /// Where they are listed.
    pub overdue_href: Option<String>,
    pub waived: Option<Link>,
    pub pending: Option<Link>,
    pub bands: Vec<BandRow>,
    pub weeks: Vec<ShareRow>,
    pub brokers: Vec<ShareRow>,
    pub outlets: Vec<ShareRow>,
    pub by_branch: Vec<ShareRow>,
    pub waiting: Vec<WaitingRow>,
    pub problems: Vec<(String, String)>,
}

/// The page.
pub fn page(lang: Lang, view: &QualityPage) -> Markup {
    let about = t!(lang, if view.own { "quality-about-own" } else { "quality-about" });
    html! {
        (parts::back("/follow-ups", &t!(lang, "follow-ups-title")))
        (parts::head(None, &t!(lang, "quality-title"), Some(&about), None))
        (controls(lang, view))
        @match view.share {
            None => (parts::empty(Icon::Clock, &t!(lang, "quality-empty"), &t!(lang, "quality-empty-words"), None)),
            Some(share) => (numbers(lang, view, share)),
        }
        @if !view.waiting.is_empty() { (waiting(lang, view)) }
        @if view.share.is_some() {
            div.split.even { (distribution(lang, view)) (weeks(lang, view)) }
            (table(lang, "quality-by-branch", &view.by_branch))
            @if !view.own { (table(lang, "quality-by-broker", &view.brokers)) }
            (table(lang, "quality-by-outlet", &view.outlets))
        }
    }
}

fn controls(lang: Lang, view: &QualityPage) -> Markup {
    let of = |field: &str| view.problems.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str());
    html! {
        form.filters method="get" action="/follow-ups/quality" {
            (Field::new("from", &t!(lang, "funnel-from")).value(&view.from).error(of("from")).date())
            (Field::new("to", &t!(lang, "funnel-to")).value(&view.to).error(of("to")).date())
            @if !view.branches.is_empty() {
                (Field::new("branch", &t!(lang, "quality-branch")).value(&view.branch).select(Some(&t!(lang, "quality-all-branches")), &choices(&view.branches)))
            }
            (form::submit(&t!(lang, "funnel-show")))
        }
    }
}

fn numbers(lang: Lang, view: &QualityPage, share: f64) -> Markup {
    let under = view.middle.map(|middle| {
        t!(lang, if view.own { "quality-middle-own" } else { "quality-middle" }, share = percent(middle))
    });
    let (overdue, waived, pending) = (
        view.overdue.map(|n| n.to_string()),
        view.waived.as_ref().map(|link| number(link.count)),
        view.pending.as_ref().map(|link| number(link.count)),
    );
    let labels = ["quality-overdue", "quality-pending", "quality-waived", "quality-counted"].map(|key| t!(lang, key));
    let counted = number(view.counted.count);
    let mut figures = Vec::new();
    if let Some(n) = &overdue {
        let state = if n == "0" { State::Fine } else { State::Late };
        let figure = Figure { number: n, label: &labels[0], state: Some(state) };
        figures.push((figure, view.overdue_href.as_deref().unwrap_or_default()));
    }
    figures.push((plain(&counted, &labels[3]), to(Some(&view.counted))));
    figures.extend(pending.as_ref().map(|n| (plain(n, &labels[1]), to(view.pending.as_ref()))));
    figures.extend(waived.as_ref().map(|n| (plain(n, &labels[2]), to(view.waived.as_ref()))));
    html! {
        (parts::lead_number(&format!("{}%", percent(share)), &t!(lang, "quality-share"), under.as_deref(), None))
        (parts::linked_figures(&figures))
    }
}

/// Where a number leads, if it is one.
fn to(link: Option<&Link>) -> &str {
    link.filter(|link| link.count > 0).map_or("", |link| link.href.as_str())
}

fn plain<'a>(number: &'a str, label: &'a str) -> Figure<'a> {
    Figure { number, label, state: None }
}

fn waiting(lang: Lang, view: &QualityPage) -> Markup {
    let labels = ["quality-overdue", "quality-coming"].map(|key| t!(lang, key));
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "quality-waiting")) } a href="/follow-ups" { (t!(lang, "quality-to-list")) } }
            table.table.keep {
                thead { tr { th scope="col" { (t!(lang, "follow-ups-broker")) } @for label in &labels { th.n scope="col" { (label) } } } }
                tbody { @for row in &view.waiting {
                    tr {
                        th scope="row" { a href=(row.href) { (row.name) } }
                        td.n data-label=(labels[0]) { @if row.overdue > 0 { (parts::chip(State::Late, &row.overdue.to_string())) } @else { "0" } }
                        td.n data-label=(labels[1]) { (row.coming) }
                    }
                } }
            }
        }
    }
}

/// How soon, as a picture and as its table.
fn distribution(lang: Lang, view: &QualityPage) -> Markup {
    let most = view.bands.iter().map(|band| band.people.count).max().unwrap_or(1).max(1) as f64;
    let numbers: Vec<String> = view.bands.iter().map(|band| number(band.people.count)).collect();
    let all: Vec<Column<'_>> = view
        .bands
        .iter()
        .zip(&numbers)
        .map(|(band, number)| Column {
            label: &band.label,
            number,
            height: band.people.count as f64 / most,
            weak: !band.in_time,
        })
        .collect();
    let labels = ["quality-days", "quality-people", "quality-part"].map(|key| t!(lang, key));
    html! {
        section {
            h2 { (t!(lang, "quality-how-soon")) }
            (columns(&t!(lang, "quality-how-soon-words"), &all))
            (form::more(&t!(lang, "quality-table"), false, &html! {
                table.table.keep {
                    thead { tr { @for label in &labels { th.n scope="col" { (label) } } } }
                    tbody { @for band in &view.bands {
                        tr {
                            th.n scope="row" { (band.label) }
                            td.n { (linked(&band.people)) }
                            td.n { (percent(band.people.count as f64 / view.counted.count.max(1) as f64)) "%" }
                        }
                    } }
                }
            }))
        }
    }
}

fn weeks(lang: Lang, view: &QualityPage) -> Markup {
    html! {
        section {
            h2 { (t!(lang, "quality-by-week")) }
            ul.strips {
                @for week in &view.weeks {
                    li {
                        span { (week.label) " " small.quiet { (linked(&week.kept)) " / " (linked(&week.counted)) } }
                        b.num { (share(week.share)) }
                        (strip(week.share.unwrap_or(0.0), week.below))
                    }
                }
            }
        }
    }
}

fn table(lang: Lang, key: &str, rows: &[ShareRow]) -> Markup {
    let labels = ["quality-counted", "quality-kept", "quality-share-short"].map(|key| t!(lang, key));
    html! {
        @if !rows.is_empty() {
            section {
                h2 { (t!(lang, key)) }
                div.scroll tabindex="0" role="region" aria-label=(t!(lang, key)) { table.table.keep {
                    thead { tr { th scope="col" { (t!(lang, &format!("{key}-name"))) } @for label in &labels { th.n scope="col" { (label) } } } }
                    tbody { @for row in rows {
                        tr {
                            th scope="row" { @if let Some(href) = &row.href { a href=(href) { (row.label) } } @else { (row.label) } }
                            td.n data-label=(labels[0]) { (linked(&row.counted)) }
                            td.n data-label=(labels[1]) { (linked(&row.kept)) }
                            td.n data-label=(labels[2]) {
                                @if let Some(share) = row.share {
                                    @if row.below { (parts::chip(State::Soon, &format!("{}%", percent(share)))) } @else { (percent(share)) "%" }
                                } @else { "–" }
                            }
                        }
                    } }
                } }
                @if rows.iter().any(|row| row.below) { p.small { (parts::chip(State::Soon, &t!(lang, "quality-below"))) } }
            }
        }
    }
}
