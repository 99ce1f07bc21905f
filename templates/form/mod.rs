//! The parts of a form. Each field has a label, may have a hint, keeps what was typed, and shows its error beside
//! itself: the input is marked invalid and described by the message, so that a screen reader says both together.

mod controls;
mod field;

use maud::{Markup, html};

pub use field::{Choice, Field};

use super::icons::{Icon, icon};

/// The message beside a field of this id.
pub fn field_error(id: &str, message: &str) -> Markup {
    html! { p.err #{ (id) "-error" } { (icon(Icon::Alert)) span { (message) } } }
}

/// A value that goes with the form.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The token without which no change is taken.
pub fn csrf_field(token: &str) -> Markup {
    hidden("csrf", token)
}

/// What is wrong with the whole form, on top of it: each problem leads to its field.
///
/// `problems` holds a field's id and the message that also stands beside it.
pub fn error_summary(title: &str, problems: &[(&str, &str)]) -> Markup {
    html! {
        @if !problems.is_empty() {
            div.problems role="alert" tabindex="-1" data-focus {
                h2 { (title) }
                ul { @for (id, message) in problems { li { a href={ "#" (id) } { (message) } } } }
            }
        }
    }
}

/// The button that does what the page is for.
pub fn submit(label: &str) -> Markup {
    html! { button.btn.do type="submit" { (label) } }
}

/// A button that sends its own name and value: two ways to end one form.
pub fn submit_as(name: &str, value: &str, label: &str) -> Markup {
    html! { button.btn type="submit" name=(name) value=(value) { (label) } }
}

/// What is behind "more": closed until asked for, open where an error hides in it.
pub fn more(summary: &str, open: bool, inside: &Markup) -> Markup {
    html! { details.more open[open] { summary { (summary) } (inside) } }
}

/// A form of one button, for a change that needs no more words.
pub fn button_form(action: &str, csrf: &str, fields: &[(&str, &str)], class: &str, label: &Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            (csrf_field(csrf))
            @for (name, value) in fields { (hidden(name, value)) }
            button class={ "btn " (class) } type="submit" { (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_tied_to_its_field() {
        let html = Field::new("mobile", "Mobile")
            .hint("11 digits")
            .value("138")
            .error(Some("Eleven digits"))
            .tel()
            .into_string();
        assert!(html.contains("aria-invalid=\"true\""));
        assert!(html.contains("aria-describedby=\"mobile-error mobile-hint\""));
        assert!(html.contains("id=\"mobile-error\"") && html.contains("id=\"mobile-hint\""));
        assert!(html.contains("<label for=\"mobile\">") && html.contains("id=\"mobile\""));
        assert!(html.contains("value=\"138\""), "what was typed stays");
    }

    #[test]
    fn a_field_without_an_error_is_not_marked() {
        let html = Field::new("name", "Name").text().into_string();
        assert!(!html.contains("aria-invalid") && !html.contains("aria-describedby"));
    }

    #[test]
    fn what_was_typed_is_never_markup() {
        let evil = "\"><script>x</script>";
        let field = Field::new("a", evil).value(evil).hint(evil).error(Some(evil));
        let choices = [Choice { value: evil, label: evil }];
        for html in [
            field.text(),
            field.textarea(3),
            field.select(Some(evil), &choices),
            field.radio(&choices),
            field.checkbox(),
            hidden("a", evil),
            error_summary(evil, &[("a", evil)]),
        ] {
            let html = html.into_string();
            assert!(!html.contains("<script>") && !html.contains("\">x"), "{html}");
        }
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let html = Field::new("password", "Password").value("secret words").password().into_string();
        assert!(!html.contains("secret words") && !html.contains("value="));
    }

    #[test]
    fn a_group_of_pills_keeps_the_choice_and_ties_its_error() {
        let choices = [Choice { value: "sms", label: "SMS" }, Choice { value: "call", label: "Call" }];
        let html =
            Field::new("channel", "Reach by").value("call").error(Some("Choose one")).radio(&choices).into_string();
        assert!(html.contains("value=\"call\" checked"));
        assert!(html.contains("id=\"channel\"") && html.contains("id=\"channel-error\""));
        assert_eq!(html.matches("checked").count(), 1);
    }

    #[test]
    fn a_text_that_begins_with_a_line_break_keeps_it() {
        let html = Field::new("note", "Note").value("\nx").textarea(3).into_string();
        assert!(html.contains(">\n\nx</textarea>"));
    }

    #[test]
    fn the_problem_list_leads_to_each_field() {
        let html = error_summary("Two things", &[("mobile", "Eleven digits"), ("name", "A name")]).into_string();
        assert!(html.contains("href=\"#mobile\"") && html.contains("href=\"#name\""));
        assert!(error_summary("None", &[]).into_string().is_empty());
    }
}
