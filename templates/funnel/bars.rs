//! What of the funnel is drawn: the steps, and the reasons. The bars are the same numbers as the words beside them, so they are not read out.

use maud::{Markup, html};

use super::{FunnelView, Lang, StepRow, linked, number, percent};
use crate::t;
use crate::templates::{State, parts};

/// The steps.
pub fn steps(lang: Lang, view: &FunnelView) -> Markup {
    let most = view.steps.iter().map(|step| step.people.count.max(step.before)).max().unwrap_or(1).max(1);
    html! {
        section {
            h2.vh { (t!(lang, "funnel-steps")) }
            ol.funnel {
                @for step in &view.steps { li { (bar(lang, step, most, view.before.is_some())) } }
            }
            @if let Some((from, to)) = &view.before {
                p.quiet.small { span.funnel-key aria-hidden="true" {} (t!(lang, "funnel-before", from = from.as_str(), to = to.as_str())) }
            }
            @if let Some((from, to)) = &view.before_empty {
                p.quiet.small { (t!(lang, "funnel-before-empty", from = from.as_str(), to = to.as_str())) }
            }
            p {
                @if view.lost.count == 0 { (t!(lang, "funnel-lost", n = 0)) }
                @else { a href=(view.lost.href) { (t!(lang, "funnel-lost", n = view.lost.count)) } }
            }
        }
    }
}

fn bar(lang: Lang, step: &StepRow, most: u64, compared: bool) -> Markup {
    let wide = |count: u64| format!("{:.2}", count as f64 * 1000.0 / most as f64);
    html! {
        div.funnel-head {
            b { (step.name) @if step.weak { " " (parts::chip(State::Soon, &t!(lang, "funnel-weak"))) } }
            span.num { (linked(&step.people)) }
        }
        svg.funnel-bar.weak[step.weak] viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.rail width="1000" height="10" {}
            rect.now width=(wide(step.people.count)) height="10" {}
            @if compared { rect.was y="11" width=(wide(step.before)) height="3" {} }
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
    words.extend(step.conversion_whole.map(|share| t!(lang, "funnel-whole", share = percent(share))));
    words.extend(step.median.map(|median| t!(lang, "funnel-median", days = days(median))));
    words.extend(step.p90.map(|p90| t!(lang, "funnel-p90", days = days(p90))));
    if compared {
        words.push(t!(lang, "funnel-was", n = number(step.before)));
    }
    words
}

/// By how many points the conversion differs from the other period; none where it is the same, rounded.
fn points(step: &StepRow) -> Option<String> {
    let points = ((step.conversion? - step.conversion_before?) * 100.0).round();
    (points != 0.0).then(|| format!("{points:+}"))
}

/// Why some were lost.
pub fn reasons(lang: Lang, view: &FunnelView) -> Markup {
    let most = view.reasons.iter().map(|reason| reason.people.count).max().unwrap_or(1).max(1);
    html! {
        section {
            h2 { (t!(lang, "funnel-reasons")) }
            @if view.reasons.is_empty() { p.quiet { (t!(lang, "funnel-lost", n = 0)) } }
            ul.strips {
                @for reason in &view.reasons {
                    li {
                        span { (reason.label) }
                        span.num { (linked(&reason.people)) }
                        (strip(reason.people.count as f64 / most as f64, false))
                    }
                }
            }
        }
    }
}

/// A bar of a list, by its share of the longest.
pub fn strip(share: f64, weak: bool) -> Markup {
    html! {
        svg.strip.weak[weak] viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.rail width="1000" height="6" {}
            rect.now width=(format!("{:.1}", share.clamp(0.0, 1.0) * 1000.0)) height="6" {}
        }
    }
}
