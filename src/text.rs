//! Text as people type it: folding for comparison, cleaning before it is stored, and the two watches over free text
//! (personal numbers that must not be there, words a broker must not use).

pub mod conduct;
pub mod mobile;
pub mod money;
pub mod sensitive;

use unicode_normalization::UnicodeNormalization;

/// Why a text was refused; [`TextError::code`] is stable, the message is the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("the text is empty")]
    Empty,
    #[error("the text is longer than {max} characters")]
    TooLong { max: usize },
    #[error("the text holds a control character")]
    ControlCharacter,
}

impl TextError {
    /// The stable code that API answers and import reports carry.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacter => "control_character",
        }
    }
}

/// What was typed, without the white space around it; nothing where that is all.
pub fn filled(typed: &str) -> Option<String> {
    Some(typed.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The form in which two names are equal and a search finds them: NFKC (full width becomes half), lower case, runs of
/// white space one space, none at the ends.
pub fn fold(text: &str) -> String {
    collapse(&nfkc(text).to_lowercase())
}

/// Compatibility form without invisible characters: full-width digits, letters and brackets become plain ones.
pub fn nfkc(text: &str) -> String {
    text.nfkc().filter(|c| !is_invisible(*c)).collect()
}

/// A name or number on one line, as it is stored: NFKC, white space collapsed, at most `max` characters.
pub fn clean_name(text: &str, max: usize) -> Result<String, TextError> {
    if text.chars().any(is_refused) {
        return Err(TextError::ControlCharacter);
    }
    let name = collapse(&nfkc(text));
    if name.is_empty() {
        return Err(TextError::Empty);
    }
    at_most(name, max)
}

/// A note of several lines: line ends become LF, white space at the ends goes, the writer's own punctuation stays
/// (NFKC would turn `，` into `,`). An empty note is an empty text, not an error.
pub fn clean_note(text: &str, max: usize) -> Result<String, TextError> {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    if lines.chars().any(|c| is_refused(c) && c != '\n' && c != '\t') {
        return Err(TextError::ControlCharacter);
    }
    let note: String = lines.nfc().collect();
    at_most(note.trim().to_owned(), max)
}

/// Line breaks and tabs as spaces: a spreadsheet cell wrapped by hand is still one name or address.
pub fn one_line(text: &str) -> String {
    collapse(text)
}

fn at_most(text: String, max: usize) -> Result<String, TextError> {
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    Ok(text)
}

fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Zero-width characters that make two equal names differ; copied along from web pages.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
}

/// Control characters, and the marks that turn the direction of text and so hide what it says.
fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// RFC 3986: everything but unreserved characters, a space as `%20` (phones show a `+` as such).
pub fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folding_makes_width_case_and_spaces_equal() {
        assert_eq!(fold("  ＡＢＣ　Bank\u{200B} (西安) "), "abc bank (西安)");
        assert_eq!(fold("中国银行（钟楼支行）"), fold("中国银行(钟楼支行)"));
        assert_eq!(fold("１３８"), "138");
        assert_eq!(fold(" \t "), "");
    }

    #[test]
    fn a_name_is_one_clean_line() {
        assert_eq!(clean_name(" 王　 小明 ", 10).as_deref(), Ok("王 小明"));
        assert_eq!(clean_name("１３８００１３８０００", 11).as_deref(), Ok("13800138000"));
        assert_eq!(clean_name("\u{200B} ", 10), Err(TextError::Empty));
        assert_eq!(clean_name("a\0b", 10), Err(TextError::ControlCharacter));
        assert_eq!(clean_name("a\nb", 10), Err(TextError::ControlCharacter));
        assert_eq!(clean_name("a\u{202E}b", 10), Err(TextError::ControlCharacter));
        assert_eq!(clean_name("四个汉字", 3), Err(TextError::TooLong { max: 3 }));
    }

    #[test]
    fn a_note_keeps_its_lines_and_punctuation() {
        assert_eq!(clean_note(" 第一行，\r\n第二行\t\r", 50).as_deref(), Ok("第一行，\n第二行"));
        assert_eq!(clean_note("", 50).as_deref(), Ok(""));
        assert_eq!(clean_note("a\0", 50), Err(TextError::ControlCharacter));
        assert_eq!(clean_note("a\u{7}", 50), Err(TextError::ControlCharacter));
        assert_eq!(clean_note("abc", 2), Err(TextError::TooLong { max: 2 }));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_cleaned_name_is_clean(text in any::<String>()) {
            if let Ok(name) = clean_name(&text, 100) {
                prop_assert_eq!(clean_name(&name, 100), Ok(name.clone()));
            }
        }
    }
}
