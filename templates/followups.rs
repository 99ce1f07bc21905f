//! The follow-ups page: what is overdue first, then today, then what is coming; for the desk by broker, for the head office by branch.

use maud::{Markup, html};

use super::form::{self, Field};
use super::icons::{Icon, icon};
use super::parts::{self, Figure, Row, Tab};
use super::{Lang, State};
use crate::t;

/// The states one may look at, in the order of the tabs.
pub const TABS: [&str; 5] = ["open", "kept", "kept_late", "missed", "waived"];

/// The page.
#[derive(Debug, Default)]
pub struct FollowUpsView {
    /// Which tab: one of [`TABS`].
    pub tab: String,
    /// What of the address narrows the list.
    pub narrowed: String,
    /// The one broker whose follow-ups are shown to somebody else.
    pub only: Option<String>,
    /// Overdue now, in reach.
    pub overdue: i64,
    /// Open and not overdue.
    pub coming: i64,
    /// Per cent kept within three days over the last thirty, where there is anything to count.
    pub share: Option<i64>,
    /// Numbers of several branches or brokers: shown as a table.
    pub table: Vec<TableRow>,
    /// Whether the table is by branch; by broker otherwise.
    pub by_branch: bool,
    /// What is listed.
    pub groups: Vec<Group>,
    /// The form that waives, where the reader may.
    pub waiver: Option<WaiverForm>,
    /// The address of the rest of the list.
    pub next: Option<String>,
    /// Whether the reader may merge records: who has a branch.
    pub may_merge: bool,
    /// Whether the reader may hand over: the desk of a branch.
    pub may_hand_over: bool,
}

/// The numbers of one branch or broker.
#[derive(Debug)]
pub struct TableRow {
    pub name: String,
    /// The list of this one alone.
    pub href: Option<String>,
    pub overdue: i64,
    pub coming: i64,
    pub share: Option<i64>,
}

/// Follow-ups under one heading.
#[derive(Debug)]
pub struct Group {
    pub title: String,
    pub lines: Vec<Line>,
}

/// A follow-up.
#[derive(Debug)]
pub struct Line {
    pub id: String,
    pub href: String,
    pub name: String,
    /// In full to its own broker, masked to others.
    pub mobile: Option<String>,
    pub days_left: i64,
    pub due_on: String,
    /// Where and when they met.
    pub met: String,
    /// What to do next, while it is open.
    pub next: Option<String>,
    /// Links of the broker's own phone.
    pub sms: Option<String>,
    pub tel: Option<String>,
    /// Why it was waived.
    pub reason: Option<String>,
    pub is_open: bool,
    pub ticked: bool,
}

/// The form that waives what is ticked.
#[derive(Debug, Default)]
pub struct WaiverForm {
    pub csrf: String,
    pub id: String,
    pub reason: String,
    pub error: Option<String>,
    pub tick_error: Option<String>,
}

/// The whole page.
pub fn page(lang: Lang, view: &FollowUpsView) -> Markup {
    html! {
        (parts::head(None, &t!(lang, "follow-ups-title"), Some(&t!(lang, "follow-ups-about")), Some(&ways(lang, view))))
        @if let Some(name) = &view.only {
            p { (t!(lang, "follow-ups-only", name = name.as_str())) " " a href="/follow-ups" { (t!(lang, "follow-ups-everybody")) } }
        }
        (numbers(lang, view))
        (tabs(lang, view))
        @if view.groups.is_empty() { (nothing(lang, &view.tab)) }
        @if let Some(waiver) = view.waiver.as_ref().filter(|_| !view.groups.is_empty()) {
            form method="post" action="/follow-ups/waivers" {
                (form::csrf_field(&waiver.csrf))
                (form::hidden("id", &waiver.id))
                @for group in &view.groups { (section(lang, group, true)) }
                (waiver_fields(lang, waiver))
            }
        } @else {
            @for group in &view.groups { (section(lang, group, false)) }
        }
        @if let Some(next) = &view.next {
            (parts::pagination(&t!(lang, "follow-ups-pages"), "", None, Some((next, &t!(lang, "follow-ups-next")))))
        }
        @if !view.table.is_empty() { (table(lang, view)) }
    }
}

/// To what else can be done with the people met.
fn ways(lang: Lang, view: &FollowUpsView) -> Markup {
    html! {
        (parts::button_link("/follow-ups/quality", "", None, &t!(lang, "quality-title")))
        @if view.may_merge { (parts::button_link("/merges", "", None, &t!(lang, "merge-title"))) }
        @if view.may_hand_over { (parts::button_link("/handovers", "", None, &t!(lang, "handover-title"))) }
    }
}

fn numbers(lang: Lang, view: &FollowUpsView) -> Markup {
    let state = if view.overdue > 0 { State::Late } else { State::Fine };
    let coming = t!(lang, "follow-ups-coming-count", n = view.coming);
    html! {
        (parts::lead_number(&view.overdue.to_string(), &t!(lang, "follow-ups-overdue-count", n = view.overdue), Some(&coming), Some(state)))
        @if let Some(share) = view.share {
            (parts::figures(&[Figure { number: &format!("{share}%"), label: &t!(lang, "follow-ups-share"), state: None }]))
        }
    }
}

fn tabs(lang: Lang, view: &FollowUpsView) -> Markup {
    let labels: Vec<String> = TABS.iter().map(|tab| state_word(lang, tab)).collect();
    let hrefs: Vec<String> = TABS.iter().map(|tab| format!("/follow-ups?state={tab}{}", view.narrowed)).collect();
    let all: Vec<Tab<'_>> = TABS
        .iter()
        .zip(labels.iter().zip(&hrefs))
        .map(|(tab, (label, href))| Tab { href, label, count: None, current: *tab == view.tab })
        .collect();
    parts::tabs(&t!(lang, "follow-ups-which"), &all)
}

/// A state in words.
pub fn state_word(lang: Lang, state: &str) -> String {
    lang.text(&format!("follow-up-{}", state.replace('_', "-")), None)
}

fn nothing(lang: Lang, tab: &str) -> Markup {
    let (title, words) = if tab == "open" {
        (t!(lang, "follow-ups-none-open"), t!(lang, "follow-ups-none-open-words"))
    } else {
        (t!(lang, "follow-ups-none"), t!(lang, "follow-ups-none-words"))
    };
    parts::empty(Icon::Check, &title, &words, None)
}

fn section(lang: Lang, group: &Group, may_tick: bool) -> Markup {
    parts::section(&group.title, None, &html! { ul.rows { @for line in &group.lines { (row(lang, line, may_tick)) } } })
}

fn row(lang: Lang, line: &Line, may_tick: bool) -> Markup {
    let lead = days(lang, line);
    let meta = html! {
        (line.met)
        @if let Some(mobile) = &line.mobile { " · " span.tel { (mobile) } }
        @if let Some(next) = &line.next { " · " (next) }
        @if let Some(reason) = &line.reason { " · " (reason) }
    };
    let acts = html! {
        @if let Some(sms) = &line.sms { a.btn href=(sms) { (icon(Icon::Message)) (t!(lang, "follow-ups-sms")) } }
        @if let Some(tel) = &line.tel { a.btn href=(tel) { (icon(Icon::Phone)) (t!(lang, "follow-ups-call")) } }
        @if may_tick && line.is_open {
            label.check {
                input type="checkbox" name="follow_up" value=(line.id) checked[line.ticked]
                    aria-label=(t!(lang, "follow-ups-tick-name", name = line.name.as_str()));
                span { (t!(lang, "follow-ups-tick")) }
            }
        }
    };
    let has_acts = line.sms.is_some() || line.tel.is_some() || (may_tick && line.is_open);
    let row = Row::link(&line.href, &line.name).lead(&lead).meta(&meta);
    parts::row(&if has_acts { row.actions(&acts) } else { row })
}

fn days(lang: Lang, line: &Line) -> Markup {
    if !line.is_open {
        return html! { span.days { small { (line.due_on) } } };
    }
    let (state, word) = match line.days_left {
        late @ ..=-1 => (State::Late, t!(lang, "follow-ups-days-late", n = -late)),
        0 => (State::Soon, t!(lang, "follow-ups-due-today")),
        1 => (State::Soon, t!(lang, "follow-ups-days-left", n = 1)),
        n => (State::Fine, t!(lang, "follow-ups-days-left", n = n)),
    };
    parts::days(state, &line.days_left.abs().to_string(), &word)
}

fn waiver_fields(lang: Lang, waiver: &WaiverForm) -> Markup {
    html! {
        div.panel {
            h2 { (t!(lang, "follow-ups-waive-title")) }
            p.quiet { (t!(lang, "follow-ups-waive-words")) }
            @if let Some(error) = &waiver.tick_error { (form::field_error("follow_up", error)) }
            (Field::new("reason", &t!(lang, "follow-ups-reason")).value(&waiver.reason).error(waiver.error.as_deref()).maxlength(500).required().text())
            (form::submit(&t!(lang, "follow-ups-waive")))
        }
    }
}

fn table(lang: Lang, view: &FollowUpsView) -> Markup {
    let by = t!(lang, if view.by_branch { "follow-ups-branch" } else { "follow-ups-broker" });
    let labels = ["follow-ups-overdue", "follow-ups-coming", "follow-ups-share"].map(|key| t!(lang, key));
    html! {
        table.table {
            caption { (t!(lang, "follow-ups-table")) }
            thead { tr { th { (by) } @for label in &labels { th.n { (label) } } } }
            tbody {
                @for row in &view.table {
                    tr {
                        th scope="row" { @if let Some(href) = &row.href { a href=(href) { (row.name) } } @else { (row.name) } }
                        td.n data-label=(labels[0]) { (row.overdue) }
                        td.n data-label=(labels[1]) { (row.coming) }
                        td.n data-label=(labels[2]) { @match row.share { Some(share) => { (share) "%" } None => { "–" } } }
                    }
                }
            }
        }
    }
}
