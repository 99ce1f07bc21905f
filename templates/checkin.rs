//! The check-in: the one big button, and the way without a position. Both are plain form posts; `assets/checkin.js`
//! fills the position in between tap and post, and opens the second where the browser gives none.

use maud::{Markup, html};

use super::form::{Field, csrf_field, hidden, submit};
use super::icons::{Icon, icon};

/// What a check-in form needs.
pub struct CheckIn<'a> {
    pub action: &'a str,
    pub csrf: &'a str,
    /// Ids made for this showing of the page, so that a form sent twice is one check-in: the first for the button,
    /// the second for the form with a reason.
    pub ids: (&'a str, &'a str),
    /// `in` or `out`.
    pub kind: &'a str,
    pub outlet_id: Option<&'a str>,
    /// Shown until agreed to once: the question, and what becomes of the position.
    pub consent: Option<(&'a str, &'a str)>,
    /// The button's word, and the line under it.
    pub big: (&'a str, &'a str),
    /// What was typed into the reason, and what is wrong with it. Either opens the form.
    pub reason: &'a str,
    pub error: Option<&'a str>,
    pub words: CheckInWords<'a>,
}

/// The words around it, translated. `{m}` in `settling` becomes the metres.
pub struct CheckInWords<'a> {
    pub locating: &'a str,
    pub settling: &'a str,
    pub sending: &'a str,
    pub denied: &'a str,
    pub timeout: &'a str,
    pub unavailable: &'a str,
    pub insecure: &'a str,
    /// The line that opens the way without a position.
    pub without: &'a str,
    pub reason: &'a str,
    pub reason_hint: &'a str,
    pub send_reason: &'a str,
}

/// The button and the way around it.
pub fn check_in(one: &CheckIn<'_>) -> Markup {
    html! { div { (button(one)) (without_position(one)) } }
}

fn button(one: &CheckIn<'_>) -> Markup {
    let words = &one.words;
    html! {
        form method="post" action=(one.action) data-checkin data-good="40" data-locating=(words.locating)
            data-settling=(words.settling) data-sending=(words.sending) {
            (fields(one, one.ids.0))
            @for name in ["lat", "lon", "accuracy_m", "at"] { (hidden(name, "")) }
            @if let Some((question, after)) = one.consent {
                (Field::new("agree", question).hint(after).required().checkbox())
            }
            button.big-action.out[one.kind == "out"] type="submit" {
                (icon(Icon::Pin))
                b { (one.big.0) }
                span { (one.big.1) }
            }
            p.live aria-live="polite" data-live {}
        }
    }
}

fn without_position(one: &CheckIn<'_>) -> Markup {
    let words = &one.words;
    let open = one.error.is_some() || !one.reason.is_empty();
    let reason = Field::new("reason", words.reason).hint(words.reason_hint).value(one.reason);
    html! {
        details.more open[open] data-no-position data-denied=(words.denied) data-timeout=(words.timeout)
            data-unavailable=(words.unavailable) data-insecure=(words.insecure) {
            summary { (words.without) }
            p.quiet role="status" data-why {}
            form.form method="post" action=(one.action) {
                (fields(one, one.ids.1))
                (reason.error(one.error).required().maxlength(500).textarea(2))
                div { (submit(words.send_reason)) }
            }
        }
    }
}

/// What both forms carry.
fn fields(one: &CheckIn<'_>, id: &str) -> Markup {
    html! {
        (csrf_field(one.csrf))
        (hidden("id", id))
        (hidden("kind", one.kind))
        @if let Some(outlet) = one.outlet_id { (hidden("outlet_id", outlet)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample<'a>(error: Option<&'a str>, evil: &'a str) -> CheckIn<'a> {
        CheckIn {
            action: "/check-ins",
            csrf: "t",
            ids: ("a", "b"),
            kind: "in",
            outlet_id: None,
            consent: None,
            big: (evil, evil),
            reason: "",
            error,
            words: CheckInWords {
                locating: evil,
                settling: evil,
                sending: evil,
                denied: evil,
                timeout: evil,
                unavailable: evil,
                insecure: evil,
                without: evil,
                reason: evil,
                reason_hint: evil,
                send_reason: evil,
            },
        }
    }

    #[test]
    fn the_script_finds_the_fields_it_fills() {
        let html = check_in(&sample(None, "x")).into_string();
        for name in ["lat", "lon", "accuracy_m", "at", "kind"] {
            assert!(html.contains(&format!("name=\"{name}\"")), "{name} is missing");
        }
        for mark in ["data-checkin", "data-live", "data-no-position", "data-why", "data-denied"] {
            assert!(html.contains(mark), "{mark} is missing");
        }
        assert!(!html.contains("<details class=\"more\" open"));
    }

    #[test]
    fn a_reason_that_was_refused_is_shown_open_with_its_error() {
        let html = check_in(&sample(Some("Say why"), "x")).into_string();
        assert!(html.contains("open data-no-position") && html.contains("id=\"reason-error\""));
    }

    #[test]
    fn its_words_are_never_markup() {
        let html = check_in(&sample(None, "\"><script>x")).into_string();
        assert!(!html.contains("<script>"));
    }
}
