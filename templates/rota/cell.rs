//! One cell of the board. There are nine thousand on a page, so a cell says what it must and nothing more: nobody wanted is an empty cell, one person without
//! remark a bare name. HTML lets the end of a `td` and the quotes around a word go, and so do we, here alone: that is a quarter of the page.

use maud::Render;
use maud::{Markup, PreEscaped, html};

use super::board_view::{Cell, Who};
use crate::t;
use crate::templates::Lang;

/// The words of cells in a language, looked up once a page.
pub struct Words {
    lang: Lang,
    brief: bool,
    gap: String,
    away: String,
    new_face: String,
    overstay: String,
    over: String,
}

impl Words {
    /// In a language.
    pub fn new(lang: Lang) -> Words {
        Words {
            lang,
            brief: true,
            gap: t!(lang, "board-gap"),
            away: t!(lang, "board-away"),
            new_face: t!(lang, "board-new-face"),
            overstay: t!(lang, "board-overstay"),
            over: t!(lang, "board-over"),
        }
    }

    /// With what is to be thought about in words too: where a day has the room.
    #[must_use]
    pub fn at_length(mut self) -> Words {
        self.brief = false;
        self
    }

    /// A hard rule in a word.
    pub fn clash(&self, code: &str) -> String {
        t!(self.lang, &format!("board-clash-{}", code.replace('_', "-")))
    }

    fn remark(&self, who: &Who) -> Option<String> {
        if self.brief {
            return None;
        }
        let remarks = [(who.new_face, &self.new_face), (who.overstay, &self.overstay), (who.over, &self.over)];
        remarks.into_iter().find(|(is, _)| *is).map(|(_, word)| word.clone())
    }
}

/// How somebody stands there: a letter the style sheet draws a shape for; a capital one where the draft changed it too. (Whom a rule forbids has the rule in
/// words beside the name, and that is their mark.)
fn marks(who: &Who) -> Option<&'static str> {
    let warned = match who {
        Who { conflict: Some(_), .. } => None,
        Who { new_face: true, .. } => Some(("n", "N")),
        Who { overstay: true, .. } => Some(("o", "O")),
        Who { over: true, .. } => Some(("v", "V")),
        _ => None,
    };
    match (warned, who.changed) {
        (Some((_, mark)), true) | (Some((mark, _)), false) => Some(mark),
        (None, true) => Some("c"),
        (None, false) => None,
    }
}

/// The beginning of a cell, with its one class.
fn begin(class: Option<&'static str>) -> impl Render {
    match class {
        Some("l") => PreEscaped("<td class=l>"),
        Some("p") => PreEscaped("<td class=p>"),
        Some("c") => PreEscaped("<td class=c>"),
        Some("n") => PreEscaped("<td class=n>"),
        Some("N") => PreEscaped("<td class=N>"),
        Some("o") => PreEscaped("<td class=o>"),
        Some("O") => PreEscaped("<td class=O>"),
        Some("v") => PreEscaped("<td class=v>"),
        Some("V") => PreEscaped("<td class=V>"),
        _ => PreEscaped("<td>"),
    }
}

/// The cell as a `td`, whose end the next one or the row's says.
pub fn cell(words: &Words, cell: &Cell) -> Markup {
    let gap = |missing: usize| if missing > 1 { format!("{} {missing}", words.gap) } else { words.gap.clone() };
    match (cell.people.as_slice(), cell.missing, cell.away) {
        ([], 0, None) => html! { (begin(None)) },
        ([], 0, Some(_)) => html! { (begin(Some("l"))) em { (words.away) } },
        ([one], 0, _) if !one.gone => html! { (begin(marks(one))) (named(words, one)) },
        (people, missing, away) => html! {
            (begin(match (missing > 0, away) {
                (true, _) => cell.past.then_some("p"),
                (false, away) => away.map(|_| "l"),
            }))
            @for who in people { (one_of_several(words, who)) }
            @if missing > 0 { em { (gap(missing)) } }
        },
    }
}

/// A name, with what is to be known about it.
fn named(words: &Words, who: &Who) -> Markup {
    html! {
        (who.label)
        @if let Some(code) = who.conflict { b { (words.clash(code)) } }
        @else if let Some(remark) = words.remark(who) { small { (remark) } }
    }
}

fn one_of_several(words: &Words, who: &Who) -> Markup {
    if who.gone {
        return html! { del { (who.label) } };
    }
    html! { i class=[marks(who)] { (named(words, who)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(label: &str) -> Who {
        Who { gone: false, ..Who::gone(&label.into()) }
    }

    #[test]
    fn a_cell_says_no_more_than_it_must() {
        let words = Words::new(Lang::Zh);
        let drawn =
            |people: Vec<Who>, missing| cell(&words, &Cell { people, missing, ..Cell::default() }).into_string();
        assert_eq!(drawn(vec![], 0), "<td>");
        assert_eq!(drawn(vec![who("王芳")], 0), "<td>王芳");
        assert_eq!(drawn(vec![who("<王>")], 0), "<td>&lt;王&gt;");
        assert_eq!(drawn(vec![], 1), "<td><em>缺</em>");
        assert_eq!(drawn(vec![who("王芳")], 2), "<td><i>王芳</i><em>缺 2</em>");
        let ill = Who { conflict: Some("on_leave"), changed: true, ..who("李明") };
        assert_eq!(drawn(vec![ill], 0), "<td class=c>李明<b>休假</b>");
        let stayed = Who { overstay: true, ..who("李明") };
        assert_eq!(drawn(vec![stayed.clone()], 0), "<td class=o>李明");
        assert_eq!(drawn(vec![Who { changed: true, ..stayed }], 0), "<td class=O>李明");
        assert_eq!(drawn(vec![Who::gone(&"李明".into())], 0), "<td><del>李明</del>");
    }
}
