//! The calendar page.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::form::{self, Choice, Field};
use super::icons::Icon;
use super::parts::{self, Row, Tab};
use super::{Lang, State};
use crate::t;

/// A listed day.
pub struct DayLine {
    /// Which.
    pub date: NaiveDate,
    /// Whether it is worked.
    pub is_workday: bool,
    /// The holiday's name.
    pub name: String,
    /// Whether it is of the calendar shown, and not one that holds for all.
    pub removable: bool,
}

/// A year of a calendar.
pub struct CalendarView<'a> {
    /// The year.
    pub year: i32,
    /// Code and name of the branch; none: what holds for all.
    pub branch: Option<(&'a str, &'a str)>,
    /// Branches to choose from.
    pub branches: &'a [(String, String)],
    /// The days, in order.
    pub days: &'a [DayLine],
    /// This or the next year, where no holiday is listed.
    pub bare: &'a [i32],
    /// As typed.
    pub date: &'a str,
    /// As typed.
    pub is_workday: &'a str,
    /// As typed.
    pub name: &'a str,
    /// The form token.
    pub csrf: &'a str,
    /// Field and message of what is wrong.
    pub problems: &'a [(String, String)],
}

/// The page.
pub fn calendar(lang: Lang, view: &CalendarView<'_>) -> Markup {
    let of = view.branch.map_or_else(|| t!(lang, "calendar-for-all"), |(_, name)| name.to_owned());
    let import = parts::button_link("/imports", "", Some(Icon::Upload), &t!(lang, "place-imports"));
    html! {
        (parts::head(Some(&of), &t!(lang, "calendar-title"), Some(&t!(lang, "calendar-lead")), Some(&import)))
        @for year in view.bare {
            (parts::note(State::Soon, &html! { p { (t!(lang, "calendar-bare", year = year.to_string())) } }))
        }
        @if !view.branches.is_empty() { (choice(lang, view)) }
        (years(lang, view))
        @if view.days.is_empty() {
            (parts::empty(Icon::Calendar, &t!(lang, "calendar-none"), &t!(lang, "calendar-none-hint"), None))
        } @else {
            @for month in 1..=12 { (of_month(lang, view, month)) }
        }
        (day_form(lang, view))
    }
}

fn href(view: &CalendarView<'_>, year: i32) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("year", &year.to_string());
    if let Some((code, _)) = view.branch {
        query.append_pair("branch", code);
    }
    format!("/calendars?{}", query.finish())
}

fn removal_href(branch: &str, date: &str) -> String {
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("branch", branch), ("date", date)]).finish();
    format!("/calendars/removal?{query}")
}

/// A listed day that somebody thinks of taking off the list.
pub struct RemovalView<'a> {
    /// Code and name of the branch; none: what holds for all.
    pub branch: Option<(&'a str, &'a str)>,
    /// The list it is on.
    pub back: &'a str,
    /// Which.
    pub date: NaiveDate,
    /// The holiday's name.
    pub name: &'a str,
    /// Whether it is worked as it is listed.
    pub is_workday: bool,
    /// Whether it is worked once it is off the list.
    pub after: bool,
    /// Whether the day is then what the list for all says; else what its weekday says.
    pub listed_for_all: bool,
    /// The form token.
    pub csrf: &'a str,
}

/// What is lost with the day, and the button that does it.
pub fn removal(lang: Lang, view: &RemovalView<'_>) -> Markup {
    let date = view.date.to_string();
    let weekday = t!(lang, &format!("weekday-{}", view.date.weekday().number_from_monday()));
    let of = view.branch.map_or_else(|| t!(lang, "calendar-for-all"), |(_, name)| name.to_owned());
    let word = |worked: bool| t!(lang, if worked { "calendar-worked" } else { "calendar-free" });
    let why = t!(lang, if view.listed_for_all { "calendar-after-for-all" } else { "calendar-after-week" });
    let branch = view.branch.map(|(code, _)| code).unwrap_or_default();
    html! {
        (parts::back(view.back, &t!(lang, "calendar-title")))
        (parts::head(Some(&of), &t!(lang, "calendar-remove-title"), None, None))
        (parts::kv(&[
            (&t!(lang, "calendar-date"), html! { (date) " " (weekday) }),
            (&t!(lang, "calendar-name"), html! { @if view.name.is_empty() { "–" } @else { (view.name) } }),
            (&t!(lang, "calendar-now"), html! { (word(view.is_workday)) }),
            (&t!(lang, "calendar-after"), html! { (word(view.after)) " " span.quiet { (why) } }),
        ]))
        @if view.is_workday != view.after {
            (parts::note(State::Soon, &html! { p { (t!(lang, "calendar-remove-effect")) } }))
        }
        div.acts {
            (form::button_form("/calendars/removal", view.csrf, &[("branch", branch), ("date", &date)], "grave", &html! { (t!(lang, "calendar-remove-do")) }))
            (parts::button_link(view.back, "bare", None, &t!(lang, "calendar-remove-not")))
        }
    }
}

fn choice(lang: Lang, view: &CalendarView<'_>) -> Markup {
    let branches: Vec<Choice<'_>> = view.branches.iter().map(|(value, label)| Choice { value, label }).collect();
    let current = view.branch.map(|(code, _)| code).unwrap_or_default();
    html! {
        form.filters method="get" action="/calendars" {
            (form::hidden("year", &view.year.to_string()))
            (Field::new("branch", &t!(lang, "imports-branch")).id("of").value(current).select(Some(&t!(lang, "calendar-for-all")), &branches))
            button.btn type="submit" { (t!(lang, "calendar-show")) }
        }
    }
}

fn years(lang: Lang, view: &CalendarView<'_>) -> Markup {
    let all: Vec<(String, String, bool)> =
        (view.year - 1..=view.year + 1).map(|year| (href(view, year), year.to_string(), year == view.year)).collect();
    let tabs: Vec<Tab<'_>> =
        all.iter().map(|(href, label, current)| Tab { href, label, count: None, current: *current }).collect();
    parts::tabs(&t!(lang, "calendar-years"), &tabs)
}

fn of_month(lang: Lang, view: &CalendarView<'_>, month: u32) -> Markup {
    let days: Vec<&DayLine> = view.days.iter().filter(|d| d.date.month() == month).collect();
    let branch = view.branch.map(|(code, _)| code).unwrap_or_default();
    html! {
        @if !days.is_empty() {
            section {
                h2.num { (view.year) "-" (format!("{month:02}")) }
                ul.rows {
                    @for day in days {
                        @let date = day.date.to_string();
                        @let weekday = t!(lang, &format!("weekday-{}", day.date.weekday().number_from_monday()));
                        @let title = format!("{date} {weekday}");
                        @let meta = html! { (day.name) @if !day.removable { " " span.tag { (t!(lang, "calendar-for-all")) } } };
                        @let (state, word) = if day.is_workday { (State::Soon, "calendar-worked") } else { (State::Fine, "calendar-free") };
                        @let word = t!(lang, word);
                        @let act = parts::button_link(&removal_href(branch, &date), "bare", None, &t!(lang, "calendar-remove"));
                        @let row = Row::plain(&title).meta(&meta).state(state, &word);
                        (parts::row(&if day.removable { row.actions(&act) } else { row }))
                    }
                }
            }
        }
    }
}

fn day_form(lang: Lang, view: &CalendarView<'_>) -> Markup {
    let error = |field: &str| view.problems.iter().find(|(f, _)| f == field).map(|(_, m)| m.as_str());
    let problems: Vec<(&str, &str)> = view.problems.iter().map(|(f, m)| (f.as_str(), m.as_str())).collect();
    let words = [t!(lang, "calendar-free"), t!(lang, "calendar-worked")];
    let kinds = [Choice { value: "0", label: &words[0] }, Choice { value: "1", label: &words[1] }];
    let inside = html! {
        (form::error_summary(&t!(lang, "status-422"), &problems))
        form.form method="post" action="/calendars" {
            (form::csrf_field(view.csrf))
            (form::hidden("branch", view.branch.map(|(code, _)| code).unwrap_or_default()))
            (Field::new("date", &t!(lang, "calendar-date")).value(view.date).error(error("date")).required().date())
            (Field::new("is_workday", &t!(lang, "calendar-kind")).value(view.is_workday).error(error("is_workday")).required().radio(&kinds))
            (Field::new("name", &t!(lang, "calendar-name")).value(view.name).error(error("name")).maxlength(60).text())
            div.acts { (form::submit(&t!(lang, "outlet-save"))) }
        }
    };
    parts::section(&t!(lang, "calendar-add"), None, &inside)
}
