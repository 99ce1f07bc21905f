//! A chart of columns, each with its number on top and its name below. Whoever does not see it reads the table beside it.

use maud::{Markup, html};

/// A column.
#[derive(Debug)]
pub struct Column<'a> {
    pub label: &'a str,
    pub number: &'a str,
    /// As a part of the highest.
    pub height: f64,
    /// Not as it should be.
    pub weak: bool,
}

const WIDE: usize = 44;
const HIGH: f64 = 110.0;

/// The chart; `words` say in one sentence what it shows.
pub fn columns(words: &str, all: &[Column<'_>]) -> Markup {
    html! {
        svg.columns viewBox=(format!("0 0 {} 150", all.len() * WIDE)) role="img" aria-label=(words) {
            @for (at, one) in all.iter().enumerate() {
                @let high = one.height.clamp(0.0, 1.0) * HIGH;
                @let middle = at * WIDE + WIDE / 2;
                rect.weak[one.weak] x=(at * WIDE + 6) y=(format!("{:.1}", 130.0 - high)) width=(WIDE - 12) height=(format!("{high:.1}")) {}
                text x=(middle) y=(format!("{:.1}", 125.0 - high)) { (one.number) }
                text.name x=(middle) y="145" { (one.label) }
            }
            path.base d=(format!("M0 130.500H{}", all.len() * WIDE)) {}
        }
    }
}
