//! A broker's own results, each beside the middle of the branch.

use maud::{Markup, html};

use crate::t;
use crate::templates::form::{self, Field};
use crate::templates::funnel::{StepRow, linked, number, percent, strip};
use crate::templates::{Lang, parts};

/// A share beside the branch's middle.
#[derive(Debug, Default)]
pub struct Beside {
    pub share: Option<f64>,
    pub middle: Option<f64>,
    /// What it is of: so many of so many.
    pub part: u64,
    pub all: u64,
}

/// The page.
#[derive(Debug, Default)]
pub struct MinePage {
    pub from: String,
    pub to: String,
    pub follow_ups: Beside,
    pub attendance: Beside,
    pub absent: u64,
    pub steps: Vec<StepRow>,
    /// The middle of the brokers, by step.
    pub middle: Vec<Option<f64>>,
    /// The address of the whole funnel.
    pub funnel: String,
    pub problems: Vec<(String, String)>,
}

/// The page.
pub fn page(lang: Lang, view: &MinePage) -> Markup {
    let of = |field: &str| view.problems.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str());
    html! {
        (parts::head(None, &t!(lang, "mine-title"), Some(&t!(lang, "mine-about")), None))
        form.filters method="get" action="/my-results" {
            (Field::new("from", &t!(lang, "mine-from")).value(&view.from).error(of("from")).date())
            (Field::new("to", &t!(lang, "funnel-to")).value(&view.to).error(of("to")).date())
            (form::submit(&t!(lang, "funnel-show")))
        }
        div.split.even {
            (beside(lang, "follow-ups", &view.follow_ups, "/follow-ups/quality", None))
            (beside(lang, "attendance", &view.attendance, "/attendance", Some(view.absent)))
        }
        (funnel(lang, view))
    }
}

fn beside(lang: Lang, what: &str, one: &Beside, href: &str, absent: Option<u64>) -> Markup {
    html! {
        section {
            div.sec-head { h2 { (t!(lang, &format!("mine-{what}"))) } a href=(href) { (t!(lang, "mine-more")) } }
            @match one.share {
                None => p.quiet { (t!(lang, &format!("mine-{what}-none"))) },
                Some(share) => {
                    (parts::lead_number(&format!("{}%", percent(share)), &t!(lang, &format!("mine-{what}-words")),
                        Some(&t!(lang, "mine-of", part = number(one.part), all = number(one.all))), None))
                    (parts::meter(share * 100.0, one.middle.map(|middle| middle * 100.0), &t!(lang, &format!("mine-{what}-words"))))
                    p.small.quiet {
                        @if let Some(middle) = one.middle { (t!(lang, "mine-middle", share = percent(middle))) } @else { (t!(lang, "mine-no-middle")) }
                        @if let Some(absent) = absent.filter(|n| *n > 0) { " · " (t!(lang, "mine-absent", n = absent)) }
                    }
                }
            }
        }
    }
}

fn funnel(lang: Lang, view: &MinePage) -> Markup {
    let most = view.steps.iter().map(|step| step.people.count).max().unwrap_or(1).max(1) as f64;
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "mine-funnel")) } a href=(view.funnel) { (t!(lang, "mine-more")) } }
            ul.strips {
                @for (at, step) in view.steps.iter().enumerate() {
                    li {
                        span { b { (step.name) } " " small.quiet { (words(lang, step, view.middle.get(at).copied().flatten())) } }
                        span.num { (linked(&step.people)) }
                        (strip(step.people.count as f64 / most, false))
                    }
                }
            }
        }
    }
}

fn words(lang: Lang, step: &StepRow, middle: Option<f64>) -> String {
    let share = step.conversion.map(|share| t!(lang, "funnel-conversion", share = percent(share)));
    let middle = middle.map(|share| t!(lang, "mine-step-middle", share = percent(share)));
    let median = step.median.map(|days| t!(lang, "funnel-median", days = format!("{days:.1}")));
    [share, middle, median].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
