//! How a field is drawn: label, hint, error, control, tied together by their ids.

use maud::{Markup, html};

use super::{Choice, Field, field_error};

impl Field<'_> {
    /// A line of text.
    pub fn text(&self) -> Markup {
        self.line("text")
    }

    /// A telephone number.
    pub fn tel(&self) -> Markup {
        self.line("tel")
    }

    /// A mail address.
    pub fn email(&self) -> Markup {
        self.line("email")
    }

    /// A search box.
    pub fn search(&self) -> Markup {
        self.line("search")
    }

    /// A number; the text keyboard's arrows and wheel do not change it by accident.
    pub fn number(&self) -> Markup {
        let field = if self.inputmode.is_none() { self.inputmode("decimal") } else { *self };
        field.line("number")
    }

    /// A day.
    pub fn date(&self) -> Markup {
        self.line("date")
    }

    /// A day and a time of the branch's clock.
    pub fn datetime_local(&self) -> Markup {
        self.line("datetime-local")
    }

    /// A time of day.
    pub fn time(&self) -> Markup {
        self.line("time")
    }

    /// A password, never sent back.
    pub fn password(&self) -> Markup {
        self.value("").line("password")
    }

    /// A file; `accept` as in HTML.
    pub fn file(&self, accept: &str) -> Markup {
        self.wrap(&html! {
            input.in #(self.id) type="file" name=(self.name) accept=(accept) required[self.required]
                aria-invalid=[self.invalid()] aria-describedby=[self.described_by()];
        })
    }

    /// Several lines.
    pub fn textarea(&self, rows: u8) -> Markup {
        self.wrap(&html! {
            textarea.in #(self.id) name=(self.name) rows=(rows) required[self.required] autofocus[self.autofocus]
                maxlength=[self.maxlength] autocomplete=[self.autocomplete] aria-invalid=[self.invalid()]
                aria-describedby=[self.described_by()] {
                // A browser drops the first line break of a textarea; this one is for it.
                "\n" (self.value)
            }
        })
    }

    /// A list to choose from; `empty` is the first line, without a value.
    pub fn select(&self, empty: Option<&str>, choices: &[Choice<'_>]) -> Markup {
        self.wrap(&html! {
            select.in #(self.id) name=(self.name) required[self.required] autocomplete=[self.autocomplete]
                aria-invalid=[self.invalid()] aria-describedby=[self.described_by()] {
                @if let Some(empty) = empty { option value="" { (empty) } }
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == self.value] { (choice.label) }
                }
            }
        })
    }

    /// One of a few, each a target for a thumb.
    pub fn radio(&self, choices: &[Choice<'_>]) -> Markup {
        self.group(&html! {
            @for (at, choice) in choices.iter().enumerate() {
                label.pill {
                    // The first carries the group's id: the problem list leads there.
                    input type="radio" name=(self.name) value=(choice.value) id=[(at == 0).then_some(self.id)]
                        checked[choice.value == self.value] required[self.required];
                    span { (choice.label) }
                }
            }
        })
    }

    /// Yes or nothing, with the label beside it. It is on where the value is `on`.
    pub fn checkbox(&self) -> Markup {
        html! {
            div.field {
                (self.error_text())
                label.check {
                    input #(self.id) type="checkbox" name=(self.name) value="on" checked[self.value == "on"]
                        required[self.required] aria-invalid=[self.invalid()] aria-describedby=[self.described_by()];
                    span {
                        (self.label)
                        @if let Some(hint) = self.hint { small #{ (self.id) "-hint" } { (hint) } }
                    }
                }
            }
        }
    }

    fn line(&self, kind: &str) -> Markup {
        self.wrap(&html! {
            input.in.short[self.short] #(self.id) type=(kind) name=(self.name) value=[(kind != "password").then_some(self.value)]
                required[self.required] autofocus[self.autofocus] autocomplete=[self.autocomplete]
                inputmode=[self.inputmode] maxlength=[self.maxlength] min=[self.min] max=[self.max] step=[self.step]
                list=[self.list] aria-invalid=[self.invalid()] aria-describedby=[self.described_by()];
        })
    }

    fn wrap(&self, control: &Markup) -> Markup {
        html! {
            div.field {
                label for=(self.id) { (self.label) (self.optional_word()) }
                (self.hint_text())
                (self.error_text())
                (control)
            }
        }
    }

    fn group(&self, controls: &Markup) -> Markup {
        html! {
            fieldset.field role="radiogroup" aria-invalid=[self.invalid()] aria-describedby=[self.described_by()] {
                legend { (self.label) (self.optional_word()) }
                (self.hint_text())
                (self.error_text())
                div.pills { (controls) }
            }
        }
    }

    fn optional_word(&self) -> Markup {
        html! { @if let Some(word) = self.optional { span.opt { (word) } } }
    }

    fn hint_text(&self) -> Markup {
        html! { @if let Some(hint) = self.hint { p.hint #{ (self.id) "-hint" } { (hint) } } }
    }

    fn error_text(&self) -> Markup {
        html! { @if let Some(error) = self.error { (field_error(self.id, error)) } }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }

    fn described_by(&self) -> Option<String> {
        let hint = self.hint.map(|_| format!("{}-hint", self.id));
        let error = self.error.map(|_| format!("{}-error", self.id));
        match (error, hint) {
            (Some(error), Some(hint)) => Some(format!("{error} {hint}")),
            (error, hint) => error.or(hint),
        }
    }
}
