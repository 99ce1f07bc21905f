//! The pieces pages are put together from: headings, numbers, states, rows, facts, steps, history, messages.

pub mod chart;
mod moves;
mod progress;
mod rows;

use maud::{Markup, html};

use super::State;
use super::icons::{Icon, icon};
pub use moves::{Tab, flash, pagination, tabs};
pub use progress::{DayLine, Happening, Step, day_line, meter, steps, timeline};
pub use rows::{Row, days, row, rows};

/// A page's head: a small line over the title, the title, what it is about, and what can be done.
pub fn head(over: Option<&str>, title: &str, about: Option<&str>, actions: Option<&Markup>) -> Markup {
    html! {
        div.head {
            div {
                h1 { @if let Some(over) = over { span.over { (over) } } (title) }
                @if let Some(about) = about { p { (about) } }
            }
            @if let Some(actions) = actions { div.acts { (actions) } }
        }
    }
}

/// A section with its heading and, beside it, the way to all of it (address, words).
pub fn section(title: &str, all: Option<(&str, &str)>, inside: &Markup) -> Markup {
    html! {
        section {
            div.sec-head { h2 { (title) } @if let Some((href, words)) = all { a href=(href) { (words) } } }
            (inside)
        }
    }
}

/// The way back to the page above.
pub fn back(href: &str, label: &str) -> Markup {
    html! { a.back href=(href) { (icon(Icon::Chevron)) (label) } }
}

/// A link that looks like a button; `class` adds `do`, `grave`, `bare` or `full`.
pub fn button_link(href: &str, class: &str, sign: Option<Icon>, label: &str) -> Markup {
    html! { a class={ "btn " (class) } href=(href) { @if let Some(sign) = sign { (icon(sign)) } (label) } }
}

/// The one number of the page, large, with what it counts.
pub fn lead_number(number: &str, words: &str, under: Option<&str>, state: Option<State>) -> Markup {
    html! {
        p class={ "lead" @if let Some(state) = state { " " (state.class()) } } {
            b { (number) } " "
            span { (words) @if let Some(under) = under { small { (under) } } }
        }
    }
}

/// One of a line of numbers.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    pub number: &'a str,
    pub label: &'a str,
    pub state: Option<State>,
}

/// A line of numbers.
pub fn figures(all: &[Figure<'_>]) -> Markup {
    let all: Vec<(Figure<'_>, &str)> = all.iter().map(|one| (*one, "")).collect();
    linked_figures(&all)
}

/// A line of numbers, each with where it leads, if anywhere.
pub fn linked_figures(all: &[(Figure<'_>, &str)]) -> Markup {
    html! {
        dl.figures {
            @for (one, href) in all {
                div class=[one.state.map(State::class)] {
                    dt { (one.label) }
                    dd { @if href.is_empty() { (one.number) } @else { a href=(href) { (one.number) } } }
                }
            }
        }
    }
}

/// A state: its shape, its colour, its word.
pub fn chip(state: State, words: &str) -> Markup {
    html! { span class={ "chip " (state.class()) } { (shape(state)) (words) } }
}

/// The shape of a state: a full disc, a half disc, a triangle, an empty ring.
pub fn shape(state: State) -> Markup {
    html! {
        svg viewBox="0 0 12 12" fill="currentColor" aria-hidden="true" focusable="false" {
            @match state {
                State::Fine => { circle cx="6" cy="6" r="5" {} }
                State::Soon => {
                    circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" stroke-width="1.6" {}
                    path d="M6 1.400a4.6 4.6 0 0 1 0 9.200z" {}
                }
                State::Late => { path d="M6 .8 11.7 11H.3z" {} }
                State::Unknown => { circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2.6 2.1" {} }
            }
        }
    }
}

/// How many wait.
pub fn count(number: u32) -> Markup {
    html! { span.count { @if number > 99 { "99+" } @else { (number) } } }
}

/// The round mark of a person: their first character.
pub fn face(initial: &str) -> Markup {
    html! { span.face aria-hidden="true" { (initial) } }
}

/// A page or a list with nothing on it yet: what it is for, and what to do first.
pub fn empty(sign: Icon, title: &str, words: &str, actions: Option<&Markup>) -> Markup {
    html! {
        div.empty {
            (icon(sign))
            h2 { (title) }
            p { (words) }
            @if let Some(actions) = actions { div.acts { (actions) } }
        }
    }
}

/// Facts: what, and how it is.
pub fn kv(pairs: &[(&str, Markup)]) -> Markup {
    html! { dl.kv { @for (what, how) in pairs { div { dt { (what) } dd { (how) } } } } }
}

/// A remark that belongs to the page, not to a tap.
pub fn note(state: State, inside: &Markup) -> Markup {
    html! { div class={ "note " (state.class()) } { (inside) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_never_colour_alone() {
        let shapes: Vec<String> = [State::Fine, State::Soon, State::Late, State::Unknown]
            .iter()
            .map(|state| shape(*state).into_string())
            .collect();
        for (at, one) in shapes.iter().enumerate() {
            assert!(!shapes[..at].contains(one), "two states share a shape");
        }
        assert!(chip(State::Late, "2 days late").into_string().contains("2 days late"));
    }

    #[test]
    fn what_people_typed_is_never_markup() {
        let evil = "\"><script>x</script>";
        let meta = html! { (evil) };
        let parts = [
            head(Some(evil), evil, Some(evil), None),
            section(evil, Some((evil, evil)), &meta),
            chip(State::Fine, evil),
            rows(&[Row::link(evil, evil).meta(&meta).state(State::Soon, evil)]),
            kv(&[(evil, html! { (evil) })]),
            steps(&[Step { label: evil, when: Some(evil) }], Some(0), false, evil),
            timeline(&[Happening {
                when: evil,
                at: evil,
                by: Some(evil),
                title: evil,
                text: Some(evil),
                actions: None,
                strong: true,
            }]),
            empty(Icon::List, evil, evil, None),
            pagination(evil, evil, Some((evil, evil)), None),
            meter(50.0, None, evil),
        ];
        for part in parts {
            let part = part.into_string();
            assert!(!part.contains("<script>") && !part.contains("\">x"), "{part}");
        }
    }

    #[test]
    fn steps_mark_what_is_done_and_where_one_is() {
        let all = [Step { label: "a", when: None }, Step { label: "b", when: None }, Step { label: "c", when: None }];
        let html = steps(&all, Some(1), false, "b, 2 of 3").into_string();
        assert_eq!(html.matches("class=\"done\"").count(), 1);
        assert_eq!(html.matches("aria-current=\"step\"").count(), 1);
        assert!(steps(&all, Some(1), true, "lost").into_string().contains("lost\" aria-current"));
    }

    #[test]
    fn the_day_line_stays_within_the_day_and_shows_what_was_missed() {
        let day = DayLine { starts: 540, ends: 1020, came: Some(552), left: None, now: Some(600), words: "x" };
        let html = day_line(&day).into_string();
        assert!(html.contains("class=\"late\"") && html.contains("class=\"done\""));
        let whole = DayLine { starts: 0, ends: 1440, came: None, left: None, now: None, words: "x" };
        assert!(day_line(&whole).into_string().contains("class=\"shift\""));
    }
}
