//! One cell of the board. There are nine thousand on a page, so a cell says what it must and nothing more: nobody wanted is an empty cell, one person without
//! remark a bare name.

use maud::{Markup, html};

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
        if let Some(code) = who.conflict {
            return Some(self.clash(code));
        }
        if self.brief {
            return None;
        }
        let remarks = [(who.new_face, &self.new_face), (who.overstay, &self.overstay), (who.over, &self.over)];
        remarks.into_iter().find(|(is, _)| *is).map(|(_, word)| word.clone())
    }
}

/// How somebody stands there: a letter the style sheet draws a shape for.
fn marks(who: &Who) -> String {
    let warned = match who {
        Who { conflict: Some(_), .. } => "x",
        Who { new_face: true, .. } => "n",
        Who { overstay: true, .. } => "o",
        Who { over: true, .. } => "v",
        _ => "",
    };
    let marks = [(warned, !warned.is_empty()), ("c", who.changed)];
    marks.into_iter().filter(|(_, is)| *is).map(|(mark, _)| mark).collect::<Vec<_>>().join(" ")
}

/// The cell as a `td`.
pub fn cell(words: &Words, cell: &Cell) -> Markup {
    let gap = |missing: usize| if missing > 1 { format!("{} {missing}", words.gap) } else { words.gap.clone() };
    match (cell.people.as_slice(), cell.missing, cell.away) {
        ([], 0, None) => html! { td {} },
        ([], 0, Some(_)) => html! { td.l { em { (words.away) } } },
        ([one], 0, _) if !one.gone => {
            let marks = marks(one);
            html! { td class=[(!marks.is_empty()).then_some(marks)] { (one.label) @if let Some(remark) = words.remark(one) { small { (remark) } } } }
        }
        (people, missing, away) => html! {
            td class=[if missing > 0 { Some("g") } else { away.map(|_| "l") }] {
                @for who in people { (one_of_several(words, who)) }
                @if missing > 0 { em { (gap(missing)) } }
            }
        },
    }
}

fn one_of_several(words: &Words, who: &Who) -> Markup {
    if who.gone {
        return html! { del { (who.label) } };
    }
    let marks = marks(who);
    html! { i class=[(!marks.is_empty()).then_some(marks)] { (who.label) @if let Some(remark) = words.remark(who) { small { (remark) } } } }
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
        let drawn = |people: Vec<Who>, missing| cell(&words, &Cell { people, missing, away: None }).into_string();
        assert_eq!(drawn(vec![], 0), "<td></td>");
        assert_eq!(drawn(vec![who("王芳")], 0), "<td>王芳</td>");
        assert_eq!(drawn(vec![], 1), "<td class=\"g\"><em>缺</em></td>");
        assert_eq!(drawn(vec![who("王芳")], 2), "<td class=\"g\"><i>王芳</i><em>缺 2</em></td>");
        let ill = Who { conflict: Some("on_leave"), changed: true, ..who("李明") };
        assert_eq!(drawn(vec![ill], 0), "<td class=\"x c\">李明<small>休假</small></td>");
        assert_eq!(drawn(vec![Who::gone(&"李明".into())], 0), "<td><del>李明</del></td>");
    }
}
