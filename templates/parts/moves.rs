//! Between pages: what the last tap did, the views of a list, its next page.

use maud::{Markup, html};

use crate::templates::form::{csrf_field, hidden};
use crate::templates::icons::{Icon, icon};
use crate::templates::layout::{Flash, FlashKind};

/// What the last tap did, and the way to take it back.
pub fn flash(flash: &Flash<'_>, csrf: &str) -> Markup {
    let (class, sign, role) = match flash.kind {
        FlashKind::Done => ("flash", Icon::Check, "status"),
        FlashKind::Warn => ("flash warn", Icon::Alert, "status"),
        FlashKind::Bad => ("flash bad", Icon::Alert, "alert"),
    };
    html! {
        div class=(class) role=(role) {
            (icon(sign))
            p { (flash.text) @if let Some((href, words)) = flash.link { " " a href=(href) { (words) } } }
            @if let Some(undo) = &flash.undo {
                form method="post" action=(undo.action) {
                    (csrf_field(csrf))
                    @for (name, value) in undo.fields { (hidden(name, value)) }
                    button.btn type="submit" { (icon(Icon::Undo)) (undo.label) }
                }
            }
        }
    }
}

/// A tab: address, words, how many, whether it is the one shown.
pub struct Tab<'a> {
    pub href: &'a str,
    pub label: &'a str,
    pub count: Option<u32>,
    pub current: bool,
}

/// Views of one list side by side.
pub fn tabs(label: &str, all: &[Tab<'_>]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for tab in all {
                a href=(tab.href) aria-current=[tab.current.then_some("page")] {
                    (tab.label)
                    @if let Some(number) = tab.count { " " span.count.calm { (number) } }
                }
            }
        }
    }
}

/// The way on through a long list: how much is shown, and the pages beside it (address, words).
pub fn pagination(label: &str, shown: &str, before: Option<(&str, &str)>, after: Option<(&str, &str)>) -> Markup {
    html! {
        nav.pages aria-label=(label) {
            span.num { (shown) }
            div.acts {
                @if let Some((href, words)) = before { a.btn href=(href) rel="prev" { (words) } }
                @if let Some((href, words)) = after { a.btn href=(href) rel="next" { (words) } }
            }
        }
    }
}
