//! My prospects, or the branch's: by meeting, by what is due, and searched.

use maud::{Markup, html};

use super::{Problems, as_choices, choices};
use crate::t;
use crate::templates::form::{self, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Row, Tab};
use crate::templates::{Lang, State};

/// A line of the list.
#[derive(Debug, Clone)]
pub struct Person {
    pub href: String,
    pub initial: String,
    pub name: String,
    /// Stage, mobile, who cares.
    pub meta: String,
    pub state: State,
    pub word: String,
}

/// The list.
#[derive(Debug, Default, Clone)]
pub struct ListView {
    pub csrf: String,
    /// Whether the reader takes prospects in.
    pub own: bool,
    /// Whether the reader may take all of them along.
    pub may_export: bool,
    pub by_due: bool,
    pub stage: String,
    /// Whose may be asked for, by id and name; nothing where that is not to choose.
    pub brokers: Vec<(String, String)>,
    pub broker: String,
    /// Met where may be asked for.
    pub outlets: Vec<(String, String)>,
    pub outlet: String,
    /// In which order a broker sees the own.
    pub sort: String,
    /// What was searched for, on the page of a search.
    pub sought: Option<String>,
    pub elsewhere: bool,
    pub people: Vec<Person>,
    pub next: Option<String>,
    pub problems: Problems,
}

const STAGES: [&str; 9] =
    ["met", "reachable", "contacted", "intent", "account_opened", "custody_signed", "funded", "trading", "lost"];

const SORTS: [&str; 3] = ["newest", "due", "name"];

impl ListView {
    /// Whether only some are asked for.
    fn is_narrowed(&self) -> bool {
        [&self.stage, &self.broker, &self.outlet].iter().any(|chosen| !chosen.is_empty())
    }
}

/// The page.
pub fn list(lang: Lang, view: &ListView) -> Markup {
    let title = if view.own { t!(lang, "prospect-mine") } else { t!(lang, "prospect-all") };
    let add = parts::button_link("/prospects/new", "do", Some(Icon::Plus), &t!(lang, "prospect-new"));
    let export = parts::button_link("/prospects/export", "", None, &t!(lang, "export-title"));
    html! {
        (parts::head(None, &title, None, if view.may_export { Some(&export) } else { view.own.then_some(&add) }))
        (search_form(lang, view))
        @if view.sought.is_none() { (views(lang, view)) }
        @if view.elsewhere {
            (parts::note(State::Soon, &html! { p { (t!(lang, "prospect-elsewhere-somewhere")) } }))
        }
        @if view.people.is_empty() { (nobody(lang, view)) } @else { (people(&view.people)) }
        @if let Some(next) = &view.next {
            (parts::pagination(&t!(lang, "prospect-pages"), "", None, Some((next, &t!(lang, "prospect-next")))))
        }
    }
}

fn search_form(lang: Lang, view: &ListView) -> Markup {
    html! {
        form.filters method="post" action="/prospects/search" role="search" {
            (form::csrf_field(&view.csrf))
            div.grow { (Field::new("q", &t!(lang, "prospect-search-label")).value(view.sought.as_deref().unwrap_or_default()).error(view.problems.of("q")).required().autocomplete("off").maxlength(100).search()) }
            button.btn type="submit" { (icon(Icon::Search)) (t!(lang, "prospect-search")) }
        }
    }
}

fn views(lang: Lang, view: &ListView) -> Markup {
    let (all, due) = (t!(lang, "prospect-view-all"), t!(lang, "prospect-view-due"));
    let (stages, sorts) = (choices(lang, "prospect-stage", &STAGES), choices(lang, "prospect-sort", &SORTS));
    html! {
        (parts::tabs(&t!(lang, "prospect-views"), &[
            Tab { href: "/prospects", label: &all, count: None, current: !view.by_due },
            Tab { href: "/prospects?view=due", label: &due, count: None, current: view.by_due },
        ]))
        @if !view.by_due {
            form.filters method="get" action="/prospects" {
                (Field::new("stage", &t!(lang, "prospect-stage")).value(&view.stage).select(Some(&t!(lang, "prospect-stage-any")), &as_choices(&stages)))
                @if !view.brokers.is_empty() {
                    (Field::new("broker_id", &t!(lang, "prospect-broker")).value(&view.broker).select(Some(&t!(lang, "prospect-broker-any")), &as_choices(&view.brokers)))
                }
                @if !view.outlets.is_empty() {
                    (Field::new("outlet_id", &t!(lang, "prospect-outlet")).value(&view.outlet).select(Some(&t!(lang, "prospect-outlet-any")), &as_choices(&view.outlets)))
                }
                @if view.own {
                    (Field::new("sort", &t!(lang, "prospect-sort")).value(&view.sort).select(None, &as_choices(&sorts)))
                }
                button.btn type="submit" { (t!(lang, "prospect-filter")) }
            }
        }
    }
}

/// Lines of people.
pub fn people(all: &[Person]) -> Markup {
    html! {
        ul.rows {
            @for person in all {
                @let lead = parts::face(&person.initial);
                @let meta = html! { (person.meta) };
                (parts::row(&Row::link(&person.href, &person.name).lead(&lead).meta(&meta).state(person.state, &person.word)))
            }
        }
    }
}

fn nobody(lang: Lang, view: &ListView) -> Markup {
    let add = parts::button_link("/prospects/new", "do", Some(Icon::Plus), &t!(lang, "prospect-new"));
    let all = parts::button_link("/prospects", "", None, &t!(lang, "prospect-view-all"));
    match (&view.sought, view.by_due, !view.is_narrowed()) {
        (Some(_), ..) => parts::empty(
            Icon::Search,
            &t!(lang, "prospect-none-found"),
            &t!(lang, "prospect-none-found-hint"),
            Some(&all),
        ),
        (None, true, _) => {
            parts::empty(Icon::Check, &t!(lang, "prospect-none-due"), &t!(lang, "prospect-none-due-hint"), Some(&all))
        }
        (None, false, false) => parts::empty(
            Icon::List,
            &t!(lang, "prospect-none-stage"),
            &t!(lang, "prospect-none-stage-hint"),
            Some(&all),
        ),
        (None, false, true) => parts::empty(
            Icon::PersonAdd,
            &t!(lang, "prospect-none"),
            &t!(lang, "prospect-none-hint"),
            view.own.then_some(&add),
        ),
    }
}
