//! My rota on the phone: two weeks, leave, swaps.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{Problems, error, leave_state, summary, swap_state};
use crate::rota::leave::{LeaveKind, LeaveState};
use crate::rota::swaps::SwapState;
use crate::t;
use crate::templates::attendance::words;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// Something to know, on Today.
#[derive(Debug, Clone)]
pub struct Notice {
    /// How to take it.
    pub state: State,
    /// What happened.
    pub text: String,
    /// What was said with it.
    pub note: String,
}

/// A day of two weeks.
pub struct MyDay {
    /// Which.
    pub date: NaiveDate,
    /// Whether it is today.
    pub is_today: bool,
    /// Whether it is past.
    pub is_past: bool,
    /// The shift.
    pub shift: Option<MyShift>,
    /// On approved leave: its kind.
    pub leave: Option<String>,
    /// What was changed after the day was published.
    pub changed: Option<String>,
}

/// A shift.
pub struct MyShift {
    /// The outlet's name.
    pub outlet: String,
    /// Its page.
    pub href: String,
    /// From when to when.
    pub hours: String,
    /// Where it can be offered to a colleague.
    pub swap: Option<String>,
}

/// A leave of one's own.
pub struct MyLeave {
    /// From when to when.
    pub days: String,
    /// What for.
    pub kind: String,
    /// How it stands.
    pub state: LeaveState,
    /// What was said with the answer.
    pub note: String,
    /// Where it is taken back.
    pub withdraw: Option<String>,
}

/// A swap that one offered or was offered.
pub struct MySwap {
    /// The colleague.
    pub name: String,
    /// Whether one offered it oneself.
    pub mine: bool,
    /// The shift one gives.
    pub gives: Option<String>,
    /// The shift one gets.
    pub gets: Option<String>,
    /// Why.
    pub reason: String,
    /// How it stands.
    pub state: SwapState,
    /// What the branch said.
    pub note: String,
    /// Where one answers it.
    pub answer: Option<String>,
    /// Where it is taken back.
    pub withdraw: Option<String>,
}

/// All of it.
pub struct MyRota {
    /// This week and the next.
    pub days: Vec<MyDay>,
    /// Lately and ahead.
    pub leaves: Vec<MyLeave>,
    /// Lately and ahead.
    pub swaps: Vec<MySwap>,
}

/// The page.
pub fn my_rota(lang: Lang, view: &MyRota, csrf: &str) -> Markup {
    let acts = html! {
        (parts::button_link("/leaves/new", "", Some(Icon::Plus), &t!(lang, "leave-new")))
        (parts::button_link("/account/calendar", "bare", Some(Icon::Calendar), &t!(lang, "my-rota-calendar")))
    };
    let (mut waiting, mut rest): (Vec<&MySwap>, Vec<&MySwap>) = view.swaps.iter().partition(|s| s.answer.is_some());
    waiting.append(&mut rest);
    html! {
        (parts::head(None, &t!(lang, "my-rota-title"), None, Some(&acts)))
        @if !waiting.is_empty() {
            section #swaps {
                div.sec-head { h2 { (t!(lang, "my-rota-swaps")) } }
                ul.rows { @for one in waiting { (swap_row(lang, one, csrf)) } }
            }
        }
        @for (title, week) in ["my-rota-this-week", "my-rota-next-week"].iter().zip(view.days.chunks(7)) {
            section {
                div.sec-head { h2 { (t!(lang, title)) } }
                ul.rows { @for day in week { (day_row(lang, day)) } }
            }
        }
        @if !view.leaves.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "my-rota-leaves")) } }
                ul.rows { @for one in &view.leaves { (leave_row(lang, one, csrf)) } }
            }
        }
    }
}

fn day_row(lang: Lang, day: &MyDay) -> Markup {
    let when = words::column_day(lang, day.date);
    let today = t!(lang, "my-rota-today");
    // Weekday and date a line each: a date is not to break at its hyphen.
    let (weekday, date) = when.split_once(' ').unwrap_or((&when, ""));
    let lead =
        html! { span.days.fine[day.is_today] { (weekday) br; (date) @if day.is_today { br; small { (today) } } } };
    let changed = html! { @if let Some(changed) = &day.changed { (parts::chip(State::Soon, &t!(lang, "my-rota-changed"))) " " (changed) } };
    let Some(shift) = &day.shift else {
        let title = day.leave.clone().unwrap_or_else(|| t!(lang, "my-rota-free"));
        return parts::row(&Row::plain(&title).lead(&lead).meta(&changed));
    };
    let title = shift.outlet.as_str();
    let meta = html! { span.num { (shift.hours) } @if day.changed.is_some() { br; (changed) } };
    let acts = html! {
        @if let Some(href) = &shift.swap { (parts::button_link(href, "bare", None, &t!(lang, "my-rota-swap"))) }
    };
    let row = Row::link(&shift.href, title).lead(&lead).meta(&meta);
    parts::row(&if shift.swap.is_some() && !day.is_past { row.actions(&acts) } else { row })
}

fn leave_row(lang: Lang, one: &MyLeave, csrf: &str) -> Markup {
    let (shape, word) = leave_state(lang, one.state);
    let meta = html! { (one.kind) @if !one.note.is_empty() { " · " (one.note) } };
    let acts = html! {
        @if let Some(action) = &one.withdraw { (form::button_form(action, csrf, &[], "bare", &html! { (t!(lang, "leave-withdraw")) })) }
    };
    let row = Row::plain(&one.days).meta(&meta).state(shape, &word);
    parts::row(&if one.withdraw.is_some() { row.actions(&acts) } else { row })
}

fn swap_row(lang: Lang, one: &MySwap, csrf: &str) -> Markup {
    let (shape, mut word) = swap_state(lang, one.state);
    if one.answer.is_some() {
        word = t!(lang, "swap-state-yours");
    }
    let key = match (one.mine, &one.gives) {
        (true, _) => "swap-to",
        (false, Some(_)) => "swap-from",
        (false, None) => "swap-from-given",
    };
    let title = t!(lang, key, name = one.name.as_str());
    let meta = html! {
        @if let Some(gives) = &one.gives { (t!(lang, "swap-gives", shift = gives.as_str())) br; }
        @if let Some(gets) = &one.gets { (t!(lang, "swap-gets", shift = gets.as_str())) br; }
        @for text in [&one.reason, &one.note] { @if !text.is_empty() { (text) br; } }
    };
    let acts = html! {
        @if let Some(action) = &one.answer {
            (form::button_form(action, csrf, &[("take", "yes")], "do", &html! { (t!(lang, "swap-take")) }))
            (form::button_form(action, csrf, &[("take", "no")], "", &html! { (t!(lang, "swap-decline")) }))
        }
        @if let Some(action) = &one.withdraw { (form::button_form(action, csrf, &[], "bare", &html! { (t!(lang, "swap-withdraw")) })) }
    };
    let row = Row::plain(&title).meta(&meta).state(shape, &word);
    parts::row(&if one.answer.is_some() || one.withdraw.is_some() { row.actions(&acts) } else { row })
}

/// What Today tells besides.
pub fn notices(lang: Lang, all: &[Notice]) -> Markup {
    html! {
        @for one in all {
            (parts::note(one.state, &html! {
                p { (one.text) @if !one.note.is_empty() { br; span.quiet { (one.note) } } }
                p { a href="/my-rota" { (t!(lang, "notice-see")) } }
            }))
        }
    }
}

/// The form of a leave as it was typed.
pub struct LeaveFormView<'a> {
    /// Made by the server.
    pub id: &'a str,
    /// For whom, at the desk.
    pub broker_id: &'a str,
    /// The first day.
    pub from: &'a str,
    /// The last day.
    pub to: &'a str,
    /// What for.
    pub kind: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Asked for somebody else.
    pub desk: bool,
    /// Who can be chosen.
    pub brokers: &'a [(String, String)],
    /// What is wrong.
    pub problems: &'a Problems,
}

/// Asking for leave.
pub fn leave_form(lang: Lang, view: &LeaveFormView<'_>, csrf: &str) -> Markup {
    let (back, back_label) = if view.desk { ("/requests", "requests-title") } else { ("/my-rota", "my-rota-title") };
    let kinds: Vec<(&str, String)> =
        LeaveKind::ALL.iter().map(|k| (k.as_str(), t!(lang, &format!("leave-kind-{k}")))).collect();
    let kinds: Vec<Choice<'_>> = kinds.iter().map(|(value, label)| Choice { value, label }).collect();
    let people: Vec<Choice<'_>> = view.brokers.iter().map(|(value, label)| Choice { value, label }).collect();
    let hint = t!(lang, if view.desk { "leave-about-desk" } else { "leave-about" });
    let problem = |field: &str| error(view.problems, field);
    let optional = t!(lang, "leave-optional");
    html! {
        div { (parts::back(back, &t!(lang, back_label))) (parts::head(None, &t!(lang, "leave-new"), Some(&hint), None)) }
        (summary(lang, view.problems))
        form.form method="post" action="/leaves" {
            (form::csrf_field(csrf))
            (form::hidden("id", view.id))
            @if view.desk {
                (Field::new("broker_id", &t!(lang, "leave-broker")).value(view.broker_id).error(problem("broker_id")).required().select(Some(&t!(lang, "leave-choose")), &people))
            }
            (Field::new("kind", &t!(lang, "leave-kind")).value(view.kind).error(problem("kind")).radio(&kinds))
            div.pair {
                (Field::new("from", &t!(lang, "leave-from")).value(view.from).error(problem("from")).required().date())
                (Field::new("to", &t!(lang, "leave-to")).value(view.to).error(problem("to")).hint(&t!(lang, "leave-to-hint")).date())
            }
            (Field::new("reason", &t!(lang, "leave-reason")).value(view.reason).error(problem("reason")).optional(&optional).maxlength(300).textarea(2))
            div.acts { (form::submit(&t!(lang, "leave-do"))) (parts::button_link(back, "bare", None, &t!(lang, "outlet-leave"))) }
        }
    }
}

/// To whom a shift can be offered.
pub struct Offer {
    /// What is sent.
    pub value: String,
    /// The colleague.
    pub name: String,
    /// Their shift; empty: given away.
    pub place: String,
}

/// The page that offers a shift.
pub struct SwapView {
    /// The shift.
    pub shift: String,
    /// In words.
    pub own: String,
    /// Against which shifts.
    pub against: Vec<Offer>,
    /// To whom it can be given.
    pub away: Vec<Offer>,
    /// There are more than are shown.
    pub more: bool,
    /// It has begun.
    pub is_past: bool,
}

/// One tap on a colleague offers the shift.
pub fn swap(lang: Lang, view: &SwapView, id: &str, csrf: &str) -> Markup {
    let nobody = view.against.is_empty() && view.away.is_empty();
    html! {
        div { (parts::back("/my-rota", &t!(lang, "my-rota-title"))) (parts::head(Some(&view.own), &t!(lang, "swap-title"), Some(&t!(lang, "swap-about")), None)) }
        @if nobody {
            @let words = t!(lang, if view.is_past { "swap-is-past" } else { "swap-nobody-words" });
            (parts::empty(Icon::People, &t!(lang, "swap-nobody"), &words, None))
        } @else {
            form.form method="post" action="/swaps" {
                (form::csrf_field(csrf))
                (form::hidden("id", id))
                (form::hidden("shift_id", &view.shift))
                (form::more(&t!(lang, "swap-reason-more"), false, &Field::new("reason", &t!(lang, "leave-reason")).maxlength(300).text()))
                (offers(&t!(lang, "swap-against"), &t!(lang, "swap-do"), &view.against))
                (offers(&t!(lang, "swap-away"), &t!(lang, "swap-give"), &view.away))
            }
            @if view.more { p.quiet { (t!(lang, "swap-more")) } }
        }
    }
}

fn offers(title: &str, label: &str, all: &[Offer]) -> Markup {
    html! {
        @if !all.is_empty() {
            section {
                div.sec-head { h2 { (title) } }
                ul.rows {
                    @for one in all {
                        li.row {
                            div { span.row-title { (one.name) } @if !one.place.is_empty() { span.row-meta { (one.place) } } }
                            div.row-end { button.btn type="submit" name="choice" value=(one.value) aria-label={ (label) " " (one.name) " " (one.place) } { (label) } }
                        }
                    }
                }
            }
        }
    }
}
