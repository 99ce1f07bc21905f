//! The funnel: where most are lost in words, each step as a bar with how many went on and how long that took, another period beside it, where everybody
//! stands now, why some were lost, and the groups as numbers to click.

mod bars;
mod tables;

use maud::{Markup, html};

pub use bars::strip;

use super::form::{self, Choice, Field};
use super::icons::Icon;
use super::parts;
use super::prospects::{Person, people as person_rows};
use super::{Lang, State};
use crate::t;

/// A number and the way to the people behind it.
#[derive(Debug, Clone, Default)]
pub struct Link {
    pub count: u64,
    pub href: String,
}

/// A step of the funnel.
#[derive(Debug)]
pub struct StepRow {
    pub name: String,
    pub people: Link,
    /// How many in the other period.
    pub before: u64,
    pub conversion: Option<f64>,
    pub conversion_before: Option<f64>,
    /// The whole branch's, where this is only a part of it.
    pub conversion_whole: Option<f64>,
    pub median: Option<f64>,
    pub p90: Option<f64>,
    /// Whether most are lost on the way here.
    pub weak: bool,
}

/// Where most are lost, in words.
#[derive(Debug)]
pub struct WeakView {
    pub share: f64,
    pub words: String,
    pub under: String,
}

/// A step of a group.
#[derive(Debug)]
pub struct Cell {
    pub people: Link,
    pub conversion: Option<f64>,
    /// Whether that is clearly below the middle of the branch's groups.
    pub below: bool,
}

/// A group.
#[derive(Debug)]
pub struct GroupRow {
    pub label: String,
    /// To look into it.
    pub href: Option<String>,
    /// How many were met in the other period.
    pub before: Option<u64>,
    pub steps: Vec<Cell>,
    pub lost: Link,
}

/// Who is at a stage now.
#[derive(Debug)]
pub struct StandRow {
    pub name: String,
    pub all: Link,
    /// The youngest first.
    pub ages: Vec<Link>,
}

/// A reason for which some were lost.
#[derive(Debug)]
pub struct ReasonRow {
    pub label: String,
    pub people: Link,
}

/// The page.
#[derive(Debug)]
pub struct FunnelView {
    pub from: String,
    pub to: String,
    pub group_by: String,
    /// Names and labels of the groupings.
    pub groupings: Vec<(String, String)>,
    pub compare: String,
    pub compares: Vec<(String, String)>,
    /// To what it is narrowed, as hidden fields of the form and in words.
    pub only: Vec<(String, String)>,
    pub narrowed_to: Vec<String>,
    /// From when to when the other period goes.
    pub before: Option<(String, String)>,
    /// The same, where nobody was met in it: there is nothing to put beside.
    pub before_empty: Option<(String, String)>,
    pub weakest: Option<WeakView>,
    pub step_names: Vec<String>,
    pub steps: Vec<StepRow>,
    pub lost: Link,
    pub stands: Vec<StandRow>,
    pub ages: Vec<String>,
    pub erased: u64,
    pub reasons: Vec<ReasonRow>,
    pub groups: Vec<GroupRow>,
    /// The middle of the groups, by step, where one yardstick holds for all.
    pub middle: Option<Vec<Option<f64>>>,
    /// Groups that are not shown.
    pub hidden: usize,
    /// By field.
    pub problems: Vec<(String, String)>,
}

/// The page of the funnel.
pub fn page(lang: Lang, view: &FunnelView) -> Markup {
    let met = view.steps.first().map_or(0, |step| step.people.count);
    html! {
        (parts::head(None, &t!(lang, "funnel-title"), Some(&t!(lang, "funnel-about")), None))
        (controls(lang, view))
        @if met == 0 {
            (parts::empty(Icon::People, &t!(lang, "funnel-empty"), &t!(lang, "funnel-empty-words"), None))
        } @else {
            @if let Some(weakest) = &view.weakest {
                (parts::lead_number(&format!("{}%", percent(weakest.share)), &weakest.words, Some(&weakest.under), Some(State::Soon)))
            }
            (bars::steps(lang, view))
            div.split.even {
                (tables::stands(lang, view))
                (bars::reasons(lang, view))
            }
            (tables::groups(lang, view))
        }
    }
}

fn controls(lang: Lang, view: &FunnelView) -> Markup {
    let of = |field: &str| view.problems.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str());
    let groupings = choices(&view.groupings);
    let compares = choices(&view.compares);
    html! {
        form.filters method="get" action="/funnel" {
            @for (name, value) in &view.only { (form::hidden(name, value)) }
            (Field::new("from", &t!(lang, "funnel-from")).value(&view.from).error(of("from")).date())
            (Field::new("to", &t!(lang, "funnel-to")).value(&view.to).error(of("to")).date())
            (Field::new("group_by", &t!(lang, "funnel-group-by")).value(&view.group_by).error(of("group_by")).select(None, &groupings))
            (Field::new("compare", &t!(lang, "funnel-compare")).value(&view.compare).error(of("compare")).select(None, &compares))
            (form::submit(&t!(lang, "funnel-show")))
        }
        @if !view.only.is_empty() {
            p {
                (t!(lang, "funnel-narrowed", to = view.narrowed_to.join(" · "))) " "
                a href={ "/funnel?from=" (view.from) "&to=" (view.to) } { (t!(lang, "funnel-widen")) }
            }
        }
    }
}

/// Values and labels as a select offers them.
pub fn choices(of: &[(String, String)]) -> Vec<Choice<'_>> {
    of.iter().map(|(value, label)| Choice { value, label }).collect()
}

/// Whole per cent.
pub fn percent(share: f64) -> String {
    // A half goes up, as people round; `{:.0}` takes it to the even number.
    format!("{}", (share * 100.0).round())
}

/// A share as people read it; a dash where it is one of nothing.
pub fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{}%", percent(share)))
}

/// With the thousands apart, as both languages write them.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    groups.join(",")
}

/// A number to click; nobody is behind a zero, and no address may be known.
pub fn linked(link: &Link) -> Markup {
    html! {
        @if link.count == 0 { span.quiet { "0" } }
        @else if link.href.is_empty() { (number(link.count)) }
        @else { a href=(link.href) { (number(link.count)) } }
    }
}

/// Those behind a number.
#[derive(Debug)]
pub struct PeopleView {
    pub back: String,
    pub back_words: String,
    pub title: String,
    pub about: String,
    pub all: i64,
    pub erased: i64,
    pub people: Vec<Person>,
    pub next: Option<String>,
}

/// The page of people.
pub fn people(lang: Lang, view: &PeopleView) -> Markup {
    html! {
        (parts::back(&view.back, &view.back_words))
        (parts::head(None, &view.title, Some(&view.about), None))
        (parts::lead_number(&number(view.all.unsigned_abs()), &t!(lang, "funnel-people-count", n = view.all), None, None))
        (person_rows(&view.people))
        @if view.erased > 0 { p.quiet { (t!(lang, "funnel-erased", n = view.erased)) } }
        @if let Some(next) = &view.next {
            (parts::pagination(&t!(lang, "prospect-pages"), "", None, Some((next, &t!(lang, "prospect-next")))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let shown = [0, 999, 1_000, 12_345, 1_234_567].map(number);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}
