//! Plans: the form that asks for one, the page that shows how far it is, and what came of it in words.

use chrono::NaiveDate;
use maud::{Markup, html};

pub use super::plan_view::*;
use super::{error, summary};
use crate::rota::planning::instance::Keep;
use crate::rota::planning::runs::PlanState;
use crate::t;
use crate::templates::attendance::words;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Figure, Row};
use crate::templates::{Lang, State};

/// Gaps that are told without being asked for.
const AT_ONCE: usize = 8;

fn period(lang: Lang, from: NaiveDate, to: NaiveDate) -> String {
    format!("{} – {}", words::short_day(lang, from), words::short_day(lang, to))
}

fn state(lang: Lang, state: PlanState) -> (State, String) {
    let shape = match state {
        PlanState::Running => State::Soon,
        PlanState::Done => State::Fine,
        PlanState::Failed => State::Late,
        PlanState::Cancelled | PlanState::Interrupted => State::Unknown,
    };
    (shape, t!(lang, &format!("plan-state-{state}")))
}

/// A number with its thousands apart.
fn points(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let parts: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|c| std::str::from_utf8(c).ok()).collect();
    format!("{}{}", if n < 0 { "−" } else { "" }, parts.join(","))
}

/// The list.
pub fn list(lang: Lang, view: &PlanList) -> Markup {
    let acts = html! {
        (parts::button_link("/rota/plans/new", "do", None, &t!(lang, "plan-new")))
        (parts::button_link("/rota/conditions", "bare", Some(Icon::Gear), &t!(lang, "conditions-title")))
    };
    html! {
        div {
            (parts::back("/rota", &t!(lang, "board-title")))
            (parts::head(Some(&view.branch.name), &t!(lang, "plan-list"), Some(&t!(lang, "plan-about")), view.writes.then_some(&acts)))
        }
        @if view.branches.len() > 1 {
            nav.cluster aria-label=(t!(lang, "requests-branches")) {
                @for one in &view.branches {
                    a.btn.bare href={ "/rota/plans?branch=" (one.code) } aria-current=[(one.code == view.branch.code).then_some("page")] { (one.name) }
                }
            }
        }
        @if view.all.is_empty() { (parts::empty(Icon::Calendar, &t!(lang, "plan-none"), &t!(lang, "plan-none-hint"), None)) }
        ul.rows {
            @for one in &view.all {
                @let (shape, word) = state(lang, one.state);
                @let meta = html! {
                    (words::short_day(lang, one.at.date())) " " span.num { (words::clock(one.at.time())) }
                    @if let Some(total) = one.total { " · " (t!(lang, "plan-total", n = points(total))) }
                };
                (parts::row(&Row::link(&one.href, &period(lang, one.from, one.to)).meta(&meta).state(shape, &word)))
            }
        }
    }
}

/// The form.
pub fn form(lang: Lang, view: &PlanForm<'_>, csrf: &str) -> Markup {
    let problem = |field: &str| error(view.problems, field);
    let keeps: Vec<(&str, String)> =
        Keep::ALL.iter().map(|keep| (keep.as_str(), t!(lang, &format!("plan-keep-{keep}")))).collect();
    let keeps: Vec<Choice<'_>> = keeps.iter().map(|(value, label)| Choice { value, label }).collect();
    let number = |name: &'static str, value: &str, most: &str| {
        Field::new(name, &t!(lang, &format!("plan-{}", name.replace('_', "-"))))
            .hint(&t!(lang, &format!("plan-{}-hint", name.replace('_', "-"))))
            .value(value)
            .error(problem(name))
            .short()
            .inputmode("numeric")
            .range(Some(if name == "seconds" { "10" } else { "0" }), Some(most))
            .number()
    };
    let wrong = view.weights.iter().any(|(name, ..)| problem(name).is_some()) || problem("change_cost").is_some();
    let turned = wrong || view.weights.iter().any(|(_, typed, _)| !typed.is_empty());
    html! {
        div {
            (parts::back("/rota/plans", &t!(lang, "plan-list")))
            (parts::head(Some(&view.branch), &t!(lang, "plan-new"), Some(&t!(lang, "plan-about")), None))
        }
        @if let Some(running) = &view.running {
            (parts::note(State::Soon, &html! { p { (t!(lang, "problem-plan-running")) " " a href=(running) { (t!(lang, "plan-look")) } } }))
        }
        (summary(lang, view.problems))
        form.form method="post" action="/rota/plans" {
            (form::csrf_field(csrf)) (form::hidden("id", view.id))
            div.pair {
                (Field::new("from", &t!(lang, "board-from")).value(view.from).error(problem("from")).required().date())
                (Field::new("to", &t!(lang, "board-to")).value(view.to).error(problem("to")).required().date())
            }
            (Field::new("keep", &t!(lang, "plan-keep")).hint(&t!(lang, "plan-keep-hint")).value(view.keep).error(problem("keep")).select(None, &keeps))
            (number("seconds", view.seconds, "300"))
            (form::more(&t!(lang, "plan-weights"), turned, &html! {
                p.hint { (t!(lang, "plan-weights-hint")) }
                div.form {
                    @for (name, typed, usual) in &view.weights {
                        (weight(lang, name, typed, *usual, problem(name)))
                    }
                    (number("change_cost", view.change_cost, "10000"))
                }
            }))
            div { (form::submit(&t!(lang, "plan-start"))) }
        }
    }
}

/// A weight with what it means; empty: as usual.
pub(super) fn weight(lang: Lang, name: &str, typed: &str, usual: i64, problem: Option<&str>) -> Markup {
    let key = name.replace('_', "-");
    let hint = format!("{}{}", t!(lang, &format!("plan-{key}-hint")), t!(lang, "plan-usual", n = usual));
    Field::new(name, &t!(lang, &format!("plan-{key}")))
        .hint(&hint)
        .value(typed)
        .error(problem)
        .short()
        .inputmode("numeric")
        .range(Some("0"), Some("10000"))
        .number()
}

/// The page of a run.
pub fn page(lang: Lang, view: &PlanPage, csrf: &str) -> Markup {
    html! {
        div {
            (parts::back("/rota/plans", &t!(lang, "plan-list")))
            (parts::head(Some(&period(lang, view.from, view.to)), &t!(lang, "plan-title"), None, None))
        }
        div #plan data-part={ (view.href) "/part" } { (part(lang, view, csrf)) }
    }
}

/// What of it changes while it is planned.
pub fn part(lang: Lang, view: &PlanPage, csrf: &str) -> Markup {
    let (shape, word) = state(lang, view.state);
    html! {
        div.part data-running[view.state == PlanState::Running] {
            div.cluster {
                (parts::chip(shape, &word))
                span.quiet { (t!(lang, "plan-by", who = view.by.as_str())) " · " (t!(lang, &format!("plan-keep-{}", view.keep))) }
            }
            @if let Some(code) = &view.problem {
                (parts::note(State::Late, &html! { p { (t!(lang, &format!("problem-{}", code.replace('_', "-")))) } }))
            }
            @match view.state {
                PlanState::Running => { (progress(lang, view, csrf)) }
                PlanState::Done => { (done(lang, view, csrf)) }
                PlanState::Cancelled | PlanState::Interrupted | PlanState::Failed => {
                    p { (t!(lang, &format!("plan-{}-words", view.state))) }
                    @if view.writes { div.acts { (parts::button_link("/rota/plans/new", "do", None, &t!(lang, "plan-again"))) } }
                }
            }
        }
    }
}

fn progress(lang: Lang, view: &PlanPage, csrf: &str) -> Markup {
    let left = (view.seconds - view.gone).max(0);
    let percent = view.gone as f64 * 100.0 / view.seconds.max(1) as f64;
    let said = t!(lang, "plan-progress", gone = view.gone.min(view.seconds), all = view.seconds);
    html! {
        div {
            (parts::lead_number(&left.to_string(), &t!(lang, "plan-seconds-left"), view.best.map(|best| t!(lang, "plan-best", n = points(best))).as_deref(), None))
            (parts::meter(percent, None, &said))
        }
        p.quiet { (t!(lang, "plan-leave")) }
        div.acts {
            @if view.writes {
                (form::button_form(&format!("{}/finish", view.href), csrf, &[], "do", &html! { (t!(lang, "plan-finish")) }))
                (form::button_form(&format!("{}/cancellation", view.href), csrf, &[], "grave", &html! { (t!(lang, "plan-cancel")) }))
            }
            a.btn.bare href=(view.href) { (t!(lang, "plan-look-again")) }
        }
    }
}

fn done(lang: Lang, view: &PlanPage, csrf: &str) -> Markup {
    html! {
        (outcome(lang, view))
        div.acts {
            @match &view.draft {
                Some(draft) if view.draft_open => {
                    (parts::button_link(&format!("/rota?draft={draft}"), "do", Some(Icon::Calendar), &t!(lang, "plan-open-draft")))
                    (parts::button_link(&format!("/rota/drafts/{draft}/changes"), "", None, &t!(lang, "board-compare")))
                }
                Some(draft) => { (parts::button_link(&format!("/rota/drafts/{draft}/changes"), "", None, &t!(lang, "plan-draft-over"))) }
                None => {
                    @if view.writes && view.why.is_some() {
                        (form::button_form(&format!("{}/draft", view.href), csrf, &[], "do", &html! { (t!(lang, "plan-into-draft")) }))
                    }
                }
            }
            @if view.writes { (parts::button_link("/rota/plans/new", "bare", None, &t!(lang, "plan-again"))) }
        }
        @if view.left > 0 { (parts::note(State::Unknown, &html! { p { (t!(lang, "plan-left", n = view.left)) } })) }
        (costs(lang, view))
        @match &view.why {
            Some(why) => { (explained(lang, why)) }
            None => { p.quiet { (t!(lang, "plan-forgotten")) } }
        }
    }
}

/// What came of it, in a sentence and a few numbers.
fn outcome(lang: Lang, view: &PlanPage) -> Markup {
    let total = view.parts.iter().find(|part| part.key == "total");
    let (Some(total), Some(why)) = (total, &view.why) else { return html! {} };
    let numbers = [why.missing.to_string(), why.people.to_string(), why.days.to_string()];
    let labels = ["missing", "people", "days"].map(|key| t!(lang, &format!("plan-n-{key}")));
    let gaps = if why.missing > 0 { State::Soon } else { State::Fine };
    let states = [Some(gaps), None, None];
    let figures: Vec<Figure<'_>> = numbers
        .iter()
        .zip(&labels)
        .zip(states)
        .map(|((number, label), state)| Figure { number, label, state })
        .collect();
    let saved = total.before - total.after;
    let key = match saved {
        0 => "plan-same",
        n if n > 0 => "plan-better",
        _ => "plan-worse",
    };
    html! {
        p { (t!(lang, key, n = points(saved.abs()), why = differences(lang, &view.parts))) }
        (parts::figures(&figures))
    }
}

/// The parts that differ, the largest first: `缺人 −1,200，换新人 +120`.
fn differences(lang: Lang, parts: &[PartLine]) -> String {
    let mut all: Vec<(&str, i64)> = parts
        .iter()
        .filter(|part| part.key != "total" && part.before != part.after)
        .map(|part| (part.key, part.after - part.before))
        .collect();
    all.sort_by_key(|(_, n)| -n.abs());
    let sign = |n: i64| format!("{}{}", if n > 0 { "+" } else { "" }, points(n));
    let told = all.iter().map(|(key, n)| format!("{} {}", t!(lang, &format!("plan-part-{key}")), sign(*n)));
    told.collect::<Vec<_>>().join(&t!(lang, "plan-comma"))
}

fn costs(lang: Lang, view: &PlanPage) -> Markup {
    let head = ["part", "before", "after", "more"].map(|key| t!(lang, &format!("plan-col-{key}")));
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "plan-costs")) } }
            table.table.keep {
                thead { tr { @for (at, word) in head.iter().enumerate() { th.n[at > 0] scope="col" { (word) } } } }
                tbody {
                    @for part in &view.parts {
                        tr {
                            th scope="row" { (t!(lang, &format!("plan-part-{}", part.key))) }
                            td.n { (points(part.before)) }
                            td.n { (points(part.after)) }
                            td.n { @if part.after > part.before { "+" } (points(part.after - part.before)) }
                        }
                    }
                }
            }
            p.hint { (t!(lang, "plan-costs-hint")) }
            @if !view.turned.is_empty() {
                p.hint {
                    (t!(lang, "plan-turned")) " "
                    @for (at, (name, n, usual)) in view.turned.iter().enumerate() {
                        @if at > 0 { (t!(lang, "plan-comma")) }
                        (t!(lang, &format!("plan-{}", name.replace('_', "-")))) " " (n) " (" (usual) ")"
                    }
                }
            }
        }
    }
}

fn explained(lang: Lang, why: &Why) -> Markup {
    html! {
        @if !why.gaps.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "plan-gaps", n = why.missing)) } }
                @let (first, rest) = why.gaps.split_at(why.gaps.len().min(AT_ONCE));
                (gap_lines(lang, first))
                @if !rest.is_empty() { (form::more(&t!(lang, "plan-more-gaps", n = rest.len()), false, &gap_lines(lang, rest))) }
                @if why.more > 0 { p.quiet { (t!(lang, "plan-more", n = why.more)) } }
            }
        }
        @if !why.hints.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "plan-hints")) } }
                ul.rows { @for hint in &why.hints { li.row { span { (hint) } } } }
            }
        }
        (stretches(lang, "faces", &why.faces))
        (stretches(lang, "overstays", &why.overstays))
        (stretches(lang, "ways", &why.ways))
    }
}

/// Gaps with what keeps people out and what could be done.
pub(super) fn gap_lines(lang: Lang, gaps: &[GapLine]) -> Markup {
    html! {
        ul.rows {
            @for gap in gaps {
                @let title = format!("{} {}", words::column_day(lang, gap.date), gap.place);
                @let meta = html! {
                    (t!(lang, "board-missing", n = gap.missing))
                    @for (at, reason) in gap.reasons.iter().enumerate() {
                        (if at == 0 { " · ".to_owned() } else { t!(lang, "plan-semicolon") })
                        (t!(lang, "plan-reason", why = reason.rule.as_str(), n = reason.n, names = reason.names.as_str()))
                    }
                    @if let Some(first) = gap.choices.first() { br; (t!(lang, "plan-could", what = first.as_str())) }
                };
                (parts::row(&Row::link(&gap.href, &title).meta(&meta)))
            }
        }
    }
}

fn stretches(lang: Lang, kind: &str, all: &[StretchLine]) -> Markup {
    html! {
        @if !all.is_empty() {
            (form::more(&t!(lang, &format!("plan-{kind}"), n = all.len()), false, &html! {
                ul.rows {
                    @for one in all {
                        @let title = format!("{} → {}", one.who, one.place);
                        @let meta = html! {
                            (one.days)
                            @if let Some(km) = one.km.filter(|_| kind == "ways") { " · " (t!(lang, "plan-way-km", n = km)) }
                            " · " (t!(lang, "plan-costs-n", n = points(one.cost)))
                            br; (t!(lang, "plan-next", what = one.next.as_str()))
                        };
                        (parts::row(&Row::plain(&title).meta(&meta)))
                    }
                }
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-12_345_678, "−12,345,678")] {
            assert_eq!(points(n), text);
        }
    }
}
