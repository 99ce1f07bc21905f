//! The funnel: each step as a bar with how many went on and how long that took, the period before beside it, and the groups below as numbers to click.

use maud::{Markup, html};

use super::Lang;
use super::form::{self, Choice, Field};
use super::icons::Icon;
use super::parts;
use super::prospects::{Person, people as person_rows};
use crate::t;

/// A number and the way to the people behind it.
#[derive(Debug, Clone)]
pub struct Link {
    pub count: u64,
    pub href: String,
}

/// A step of the funnel.
#[derive(Debug)]
pub struct StepRow {
    pub name: String,
    pub people: Link,
    /// How many in the period before.
    pub before: u64,
    pub conversion: Option<f64>,
    pub conversion_before: Option<f64>,
    pub median: Option<f64>,
    pub p90: Option<f64>,
}

/// A group.
#[derive(Debug)]
pub struct GroupRow {
    pub label: String,
    /// To look into it.
    pub href: Option<String>,
    pub steps: Vec<Link>,
    pub lost: Link,
}

/// The page.
#[derive(Debug)]
pub struct FunnelView {
    pub from: String,
    pub to: String,
    pub group_by: String,
    /// Names and labels of the groupings.
    pub groupings: Vec<(String, String)>,
    /// Whether it is narrowed to one outlet, broker or source.
    pub narrowed: bool,
    pub before_from: String,
    pub before_to: String,
    pub step_names: Vec<String>,
    pub steps: Vec<StepRow>,
    pub lost: Link,
    pub groups: Vec<GroupRow>,
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
            (steps(lang, view))
            (groups(lang, view))
        }
    }
}

fn controls(lang: Lang, view: &FunnelView) -> Markup {
    let of = |field: &str| view.problems.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str());
    let choices: Vec<Choice<'_>> = view.groupings.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        form.filters method="get" action="/funnel" {
            (Field::new("from", &t!(lang, "funnel-from")).value(&view.from).error(of("from")).date())
            (Field::new("to", &t!(lang, "funnel-to")).value(&view.to).error(of("to")).date())
            (Field::new("group_by", &t!(lang, "funnel-group-by")).value(&view.group_by).error(of("group_by")).select(None, &choices))
            (form::submit(&t!(lang, "funnel-show")))
            @if view.narrowed {
                (parts::button_link(&format!("/funnel?from={}&to={}", view.from, view.to), "bare", None, &t!(lang, "funnel-widen")))
            }
        }
    }
}

/// The bars are the same numbers as the words beside them, so they are not read out.
fn steps(lang: Lang, view: &FunnelView) -> Markup {
    let most = view.steps.iter().map(|step| step.people.count.max(step.before)).max().unwrap_or(1).max(1);
    let compared = view.steps.iter().any(|step| step.before > 0);
    let period = t!(lang, "funnel-before", from = view.before_from.as_str(), to = view.before_to.as_str());
    html! {
        section {
            h2.vh { (t!(lang, "funnel-steps")) }
            ol.funnel {
                @for step in &view.steps { li { (bar(lang, step, most, compared)) } }
            }
            @if compared { p.quiet.small { span.funnel-key aria-hidden="true" {} (period) } }
            p { a href=(view.lost.href) { (t!(lang, "funnel-lost", n = view.lost.count)) } }
        }
    }
}

fn bar(lang: Lang, step: &StepRow, most: u64, compared: bool) -> Markup {
    let wide = |count: u64| format!("{:.2}", count as f64 * 1000.0 / most as f64);
    html! {
        div.funnel-head {
            b { (step.name) }
            a.num href=(step.people.href) { (number(step.people.count)) }
        }
        svg.funnel-bar viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.now width=(wide(step.people.count)) height="10" {}
            rect.was y="11" width=(wide(step.before)) height="3" {}
        }
        p.small.quiet { (words(lang, step, compared).join(" · ")) }
    }
}

/// How many went on, how long it took, and how it was before where there is a before.
fn words(lang: Lang, step: &StepRow, compared: bool) -> Vec<String> {
    let days = |days: f64| format!("{days:.1}");
    let mut words = Vec::new();
    if let Some(share) = step.conversion {
        let share = t!(lang, "funnel-conversion", share = percent(share));
        let change = points(step).map(|points| t!(lang, "funnel-points", points = points));
        words.push(change.map_or(share.clone(), |change| t!(lang, "funnel-changed", share = share, change = change)));
    }
    words.extend(step.median.map(|median| t!(lang, "funnel-median", days = days(median))));
    words.extend(step.p90.map(|p90| t!(lang, "funnel-p90", days = days(p90))));
    if compared {
        words.push(t!(lang, "funnel-was", n = number(step.before)));
    }
    words
}

/// By how many points the conversion differs from the period before; none where it is the same, rounded.
fn points(step: &StepRow) -> Option<String> {
    let points = ((step.conversion? - step.conversion_before?) * 100.0).round();
    (points != 0.0).then(|| format!("{points:+}"))
}

fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// With the thousands apart, as both languages write them.
fn number(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    groups.join(",")
}

fn groups(lang: Lang, view: &FunnelView) -> Markup {
    html! {
        section {
            h2 { (t!(lang, &format!("funnel-title-by-{}", view.group_by))) }
            div.scroll tabindex="0" role="region" aria-label=(t!(lang, &format!("funnel-title-by-{}", view.group_by))) {
                table.table.keep.groups {
                    thead { tr {
                        th scope="col" { (t!(lang, &format!("funnel-by-{}", view.group_by))) }
                        @for name in &view.step_names { th.n scope="col" { (name) } }
                        th.n scope="col" { (t!(lang, "prospect-stage-lost")) }
                    } }
                    tbody { @for group in &view.groups { (row(group)) } }
                }
            }
            @if view.hidden > 0 { p.quiet { (t!(lang, "funnel-hidden", n = view.hidden)) } }
        }
    }
}

fn row(group: &GroupRow) -> Markup {
    let cell = |link: &Link| html! { td.n { @if link.count == 0 { span.quiet { "0" } } @else { a href=(link.href) { (number(link.count)) } } } };
    html! {
        tr {
            th scope="row" { @if let Some(href) = &group.href { a href=(href) { (group.label) } } @else { (group.label) } }
            @for step in &group.steps { (cell(step)) }
            (cell(&group.lost))
        }
    }
}

/// Those behind a number.
#[derive(Debug)]
pub struct PeopleView {
    pub back: String,
    pub from: String,
    pub to: String,
    pub stage: String,
    pub all: i64,
    pub erased: i64,
    pub people: Vec<Person>,
    pub next: Option<String>,
}

/// The page of people.
pub fn people(lang: Lang, view: &PeopleView) -> Markup {
    let about = t!(lang, "funnel-people-about", from = view.from.as_str(), to = view.to.as_str());
    html! {
        (parts::back(&view.back, &t!(lang, "funnel-title")))
        (parts::head(None, &view.stage, Some(&about), None))
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
