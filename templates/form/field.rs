//! What a field is, said before it is drawn.

/// A field before it is drawn: `Field::new("mobile", "Mobile").required().error(e).tel()`.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) id: &'a str,
    pub(super) value: &'a str,
    pub(super) hint: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    pub(super) optional: Option<&'a str>,
    pub(super) required: bool,
    pub(super) autofocus: bool,
    pub(super) short: bool,
    pub(super) autocomplete: Option<&'a str>,
    pub(super) inputmode: Option<&'a str>,
    pub(super) maxlength: Option<u32>,
    pub(super) min: Option<&'a str>,
    pub(super) max: Option<&'a str>,
    pub(super) step: Option<&'a str>,
    pub(super) list: Option<&'a str>,
}

/// One of the answers of a select, or a group of pills.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    pub value: &'a str,
    pub label: &'a str,
}

impl<'a> Field<'a> {
    /// A field whose id is its name.
    pub fn new(name: &'a str, label: &'a str) -> Self {
        Field {
            name,
            label,
            id: name,
            value: "",
            hint: None,
            error: None,
            optional: None,
            required: false,
            autofocus: false,
            short: false,
            autocomplete: None,
            inputmode: None,
            maxlength: None,
            min: None,
            max: None,
            step: None,
            list: None,
        }
    }

    /// Another id than the name, where a page holds two fields of one name.
    pub fn id(mut self, id: &'a str) -> Self {
        self.id = id;
        self
    }

    /// What was typed, or what is known. A password field never shows it.
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// How to fill it in, under the label.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What is wrong with it and how to mend it.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// The word that says it may be left empty.
    pub fn optional(mut self, word: &'a str) -> Self {
        self.optional = Some(word);
        self
    }

    /// The browser asks for it too.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Where typing starts: at most one on a page.
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// A narrow box, for what is short.
    pub fn short(mut self) -> Self {
        self.short = true;
        self
    }

    /// What the browser may fill in (`tel`, `email`, `off`, ...).
    pub fn autocomplete(mut self, token: &'a str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// The keyboard a phone shows (`numeric`, `decimal`, `tel`, ...).
    pub fn inputmode(mut self, mode: &'a str) -> Self {
        self.inputmode = Some(mode);
        self
    }

    /// The most characters.
    pub fn maxlength(mut self, characters: u32) -> Self {
        self.maxlength = Some(characters);
        self
    }

    /// The least and the most of a number, date or time.
    pub fn range(mut self, min: Option<&'a str>, max: Option<&'a str>) -> Self {
        self.min = min;
        self.max = max;
        self
    }

    /// A number's step, `any` for any fraction.
    pub fn step(mut self, step: &'a str) -> Self {
        self.step = Some(step);
        self
    }

    /// The id of a `datalist` with suggestions.
    pub fn list(mut self, id: &'a str) -> Self {
        self.list = Some(id);
        self
    }
}
