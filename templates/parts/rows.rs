//! Lists: a line is one large target, with what needs doing said first.

use maud::{Markup, html};

use super::chip;
use crate::templates::State;
use crate::templates::icons::{Icon, icon};

/// A line of a list. The title is the link and the whole line its target; `actions` stay tappable above it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub href: Option<&'a str>,
    /// A large number or a mark before the title.
    pub lead: Option<&'a Markup>,
    pub title: &'a str,
    pub meta: Option<&'a Markup>,
    pub state: Option<(State, &'a str)>,
    pub actions: Option<&'a Markup>,
}

impl<'a> Row<'a> {
    /// A line that leads somewhere.
    pub fn link(href: &'a str, title: &'a str) -> Self {
        Row { href: Some(href), lead: None, title, meta: None, state: None, actions: None }
    }

    /// A line that only tells.
    pub fn plain(title: &'a str) -> Self {
        Row { href: None, ..Row::link("", title) }
    }

    /// What stands before the title.
    pub fn lead(mut self, lead: &'a Markup) -> Self {
        self.lead = Some(lead);
        self
    }

    /// The quiet line under the title.
    pub fn meta(mut self, meta: &'a Markup) -> Self {
        self.meta = Some(meta);
        self
    }

    /// The state at the end.
    pub fn state(mut self, state: State, words: &'a str) -> Self {
        self.state = Some((state, words));
        self
    }

    /// Buttons under the line.
    pub fn actions(mut self, actions: &'a Markup) -> Self {
        self.actions = Some(actions);
        self
    }
}

/// Lines under one another, with hairlines between.
pub fn rows(all: &[Row<'_>]) -> Markup {
    html! { ul.rows { @for one in all { (row(one)) } } }
}

/// One line, for a list written out by hand.
pub fn row(one: &Row<'_>) -> Markup {
    html! {
        li.row.has-lead[one.lead.is_some()] {
            @if let Some(lead) = one.lead { (lead) }
            div {
                @if let Some(href) = one.href { a.row-title href=(href) { (one.title) } } @else { span.row-title { (one.title) } }
                @if let Some(meta) = one.meta { span.row-meta { (meta) } }
            }
            div.row-end {
                @if let Some((state, words)) = one.state { (chip(state, words)) }
                @if one.href.is_some() { (icon(Icon::Chevron)) }
            }
            @if let Some(actions) = one.actions { div.row-acts { (actions) } }
        }
    }
}

/// Days left or overdue, before a line: the number large, the word small.
pub fn days(state: State, number: &str, word: &str) -> Markup {
    html! { span class={ "days " (state.class()) } { b { (number) } small { (word) } } }
}
