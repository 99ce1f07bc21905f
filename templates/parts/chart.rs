//! A chart: bars with their labels and their numbers as words beside them, from zero. It is drawn in the same list that says it, so nobody who does not see
//! it misses anything, and the table of the same numbers stands below.

use maud::{Markup, html};

/// A bar.
#[derive(Debug, Clone)]
pub struct Bar {
    pub label: String,
    /// None: nothing to be drawn.
    pub value: Option<f64>,
    /// The value in words.
    pub words: String,
}

/// Bars of one measure.
#[derive(Debug, Clone)]
pub struct Bars {
    pub title: String,
    pub bars: Vec<Bar>,
    /// How much a whole line is; the largest value where it is none.
    pub full: Option<f64>,
}

/// The chart.
pub fn bars(chart: &Bars) -> Markup {
    let most = chart.bars.iter().filter_map(|bar| bar.value).fold(0.0, f64::max);
    let full = chart.full.unwrap_or(most).max(f64::MIN_POSITIVE);
    html! {
        figure.chart {
            figcaption { (chart.title) }
            ol {
                @for bar in &chart.bars {
                    li {
                        span { (bar.label) }
                        svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                            rect.rest width="100" height="10" {}
                            @if let Some(value) = bar.value { rect width=(format!("{:.2}", value / full * 100.0)) height="10" {} }
                        }
                        b { (bar.words) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_at_zero_and_say_their_numbers() {
        let bar = |value: Option<f64>| Bar { label: "<1>".into(), value, words: format!("{value:?}") };
        let of = |full| Bars { title: "x".into(), bars: vec![bar(Some(5.0)), bar(Some(0.0)), bar(None)], full };
        let html = bars(&of(None)).into_string();
        assert!(html.contains("width=\"100.00\"") && html.contains("width=\"0.00\""), "{html}");
        assert_eq!(
            (html.matches("<rect").count(), html.contains("&lt;1&gt;"), html.contains("Some(5.0)")),
            (5, true, true)
        );
        assert!(bars(&of(Some(10.0))).into_string().contains("width=\"50.00\""));
        let nothing = Bars { title: "x".into(), bars: vec![bar(Some(0.0))], full: None };
        assert!(!bars(&nothing).into_string().contains("NaN"));
    }
}
