//! A mobile number as people type it (full-width digits, spaces, dashes, with or without a country's code) made one
//! thing: E.164. It is personal data: it prints itself masked or not at all.

use std::fmt;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, ParseError, Type};
use unicode_normalization::UnicodeNormalization;

const MAINLAND: &str = "86";
const MAINLAND_DIGITS: usize = 11;

/// A mobile number of mainland China or another country.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mobile {
    country: String,
    national: String,
}

/// What is wrong with a text that is no mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MobileError {
    #[error("a mobile number has no letters")]
    Letters,
    #[error("too few digits for a mobile number")]
    TooShort,
    #[error("too many digits for a mobile number")]
    TooLong,
    #[error("not a mobile number")]
    NotAMobile,
}

impl MobileError {
    /// The stable code of the API, also the key of the message.
    pub fn code(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NotAMobile => "not_a_mobile",
        }
    }
}

impl Mobile {
    /// Reads a number as typed. Without `+` or `00` it is one of mainland China, 86 before it or not.
    pub fn parse(text: &str) -> Result<Self, MobileError> {
        let folded = fold(text)?;
        match folded.strip_prefix('+').or_else(|| folded.strip_prefix("00")) {
            Some(international) => match international.strip_prefix(MAINLAND) {
                Some(national) => Self::mainland(national),
                None => Self::foreign(international),
            },
            None => Self::mainland(folded.strip_prefix(MAINLAND).unwrap_or(&folded)),
        }
    }

    /// Every 13 to 19 number is for mobiles; new ranges open faster than any list of them is kept (1610 and 154
    /// are missing in the library's), so that only the shape is asked for. A 0 before it is an old habit of
    /// dialling to another city; before anything else it begins an area code.
    fn mainland(digits: &str) -> Result<Self, MobileError> {
        let national = digits.strip_prefix('0').unwrap_or(digits);
        let looks_mobile = national.starts_with('1') && !national[1..].starts_with(['0', '1', '2']);
        if national.len() != digits.len() && !looks_mobile {
            return Err(MobileError::NotAMobile);
        }
        match national.len() {
            ..MAINLAND_DIGITS => Err(MobileError::TooShort),
            MAINLAND_DIGITS if looks_mobile => Ok(Self { country: MAINLAND.into(), national: national.into() }),
            MAINLAND_DIGITS => Err(MobileError::NotAMobile),
            _ => Err(MobileError::TooLong),
        }
    }

    /// Elsewhere the library knows which numbers are mobiles; in some countries (the USA) they look like the rest.
    fn foreign(digits: &str) -> Result<Self, MobileError> {
        let number = phonenumber::parse(None, format!("+{digits}")).map_err(|error| match error {
            ParseError::NoNumber | ParseError::TooShortAfterIdd | ParseError::TooShortNsn => MobileError::TooShort,
            ParseError::TooLong => MobileError::TooLong,
            _ => MobileError::NotAMobile,
        })?;
        if !matches!(number.number_type(&DATABASE), Type::Mobile | Type::FixedLineOrMobile) {
            return Err(MobileError::NotAMobile);
        }
        let country = number.code().value().to_string();
        let e164 = number.format().mode(Mode::E164).to_string();
        let national = e164.trim_start_matches('+').strip_prefix(&country).ok_or(MobileError::NotAMobile)?;
        Ok(Self { national: national.into(), country })
    }

    /// `+8613812345678`: the one form in which it is stored, compared and dialled.
    pub fn e164(&self) -> String {
        format!("+{}{}", self.country, self.national)
    }

    /// The digits without the country's: `13812345678`.
    pub fn national(&self) -> &str {
        &self.national
    }

    /// Enough to tell it from another, not enough to dial: `138****5678`, `+852 ****4567`.
    pub fn masked(&self) -> String {
        let shown = (self.national.len() / 2).min(4); // some islands' mobiles have five digits
        let tail = &self.national[self.national.len() - shown..];
        if self.country == MAINLAND {
            format!("{}****{tail}", &self.national[..3])
        } else {
            format!("+{} ****{tail}", self.country)
        }
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mobile(…)")
    }
}

/// Full-width forms made plain, separators and invisible marks left out: digits, with or without a `+` before them.
/// Letters are refused here, before any library reads "138OOO" as digits of a telephone's keys.
fn fold(text: &str) -> Result<String, MobileError> {
    let folded: String = text.nfkc().filter(|c| !is_separator(*c)).collect();
    if folded.chars().any(char::is_alphabetic) {
        return Err(MobileError::Letters);
    }
    let digits = folded.strip_prefix('+').unwrap_or(&folded);
    if !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(MobileError::NotAMobile);
    }
    Ok(folded)
}

/// What stands between digits: space, dashes of all lengths, brackets, points, and the invisible marks that come
/// along when a number is copied from a contact. Not a slash or a comma: those stand between two numbers.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '(' | ')' | '.' | '·' | '•' | 'ー' | '\u{2010}'..='\u{2015}' | '\u{2212}')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn e164(text: &str) -> Result<String, MobileError> {
        Mobile::parse(text).map(|mobile| mobile.e164())
    }

    #[test]
    fn one_number_however_it_is_typed() {
        for text in [
            "13812345678",
            " 138 1234 5678 ",
            "138-1234-5678",
            "138.1234.5678",
            "(138)12345678",
            "13812345678",
            "+86 138-1234-5678",
            "+8613812345678",
            "86 13812345678",
            "0086 138 1234 5678",
            "013812345678",
            "+86 (0)138 1234 5678",
            "\u{202d}138\u{a0}1234\u{3000}5678\u{202c}",
            "138–1234—5678",
        ] {
            assert_eq!(e164(text).as_deref(), Ok("+8613812345678"), "{text}");
        }
    }

    #[test]
    fn new_ranges_of_mainland_numbers_are_known() {
        for text in ["16101234567", "19212345678", "17012345678", "14712345678", "16612345678", "19912345678"] {
            assert_eq!(e164(text), Ok(format!("+86{text}")));
        }
    }

    #[test]
    fn mobiles_of_other_countries_are_known_by_their_code() {
        for (text, expected) in [
            ("+852 9123 4567", "+85291234567"),
            ("00852-6123-4567", "+85261234567"),
            ("+853 6612 3456", "+85366123456"),
            ("+886 912 345 678", "+886912345678"),
            ("+886 0912 345 678", "+886912345678"),
            ("+65 8123 4567", "+6581234567"),
            ("+44 7912 345678", "+447912345678"),
            ("+1 650 253 0000", "+16502530000"),
            ("+81 90-1234-5678", "+819012345678"),
        ] {
            assert_eq!(e164(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_mobile_is_refused_with_the_reason() {
        use MobileError::*;
        for (text, error) in [
            ("13800138OOO", Letters),
            ("138 1234 567x", Letters),
            ("手机13812345678", Letters),
            ("一三八12345678", Letters),
            ("13812345678 ext 5", Letters),
            ("", TooShort),
            ("+", TooShort),
            ("  ", TooShort),
            ("1381234567", TooShort),
            ("+86 138 1234 567", TooShort),
            ("88888888", TooShort),
            ("138123456789", TooLong),
            ("13812345678 13912345678", TooLong),
            ("+852 9123 4567 8901 2345 67", TooLong),
            ("12812345678", NotAMobile),
            ("11012345678", NotAMobile),
            ("23812345678", NotAMobile),
            ("010-62345678", NotAMobile),
            ("(029) 8888 8888", NotAMobile),
            ("+86 29 8888 8888", TooShort),
            ("13812345678/13912345678", NotAMobile),
            ("138+12345678", NotAMobile),
            ("++8613812345678", NotAMobile),
            ("*13812345678", NotAMobile),
            ("138\u{0}12345678", NotAMobile),
            ("١٣٨١٢٣٤٥٦٧٨", NotAMobile),
            ("+852 2123 4567", NotAMobile), // a landline
            ("+44 20 7946 0958", NotAMobile),
            ("+999 123456789", NotAMobile),
        ] {
            assert_eq!(e164(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_masked_number_cannot_be_dialled_and_a_printed_one_says_nothing() {
        let mainland = Mobile::parse("13812345678").expect("a mobile");
        let hong_kong = Mobile::parse("+85291234567").expect("a mobile");
        assert_eq!(mainland.masked(), "138****5678");
        assert_eq!(hong_kong.masked(), "+852 ****4567");
        let niue = Mobile::parse("+683 8881234").map(|mobile| mobile.masked());
        assert_eq!(niue.as_deref(), Ok("+683 ****234"));
        assert_eq!([mainland.national(), hong_kong.national()], ["13812345678", "91234567"]);
        assert_eq!(format!("{mainland:?} {:?}", Some(&hong_kong)), "Mobile(…) Some(Mobile(…))");
    }

    proptest! {
        #[test]
        fn decoration_changes_nothing(
            national in "1[3-9][0-9]{9}",
            prefix in prop::sample::select(vec!["", "+86", "86", "0086", "+86 ", "+86 0", "0"]),
            gaps in prop::collection::vec(prop::sample::select(vec!["", " ", "-", "\u{3000}", "–", "\u{200b}"]), 11),
            wide in prop::collection::vec(any::<bool>(), 11),
        ) {
            let mut typed = prefix.to_owned();
            for ((digit, gap), wide) in national.chars().zip(gaps).zip(wide) {
                let full_width = char::from_u32(digit as u32 + 0xFEE0).expect("a full-width digit");
                typed.push(if wide { full_width } else { digit });
                typed.push_str(gap);
            }
            prop_assert_eq!(e164(&typed), Ok(format!("+86{national}")));
        }

        #[test]
        fn anything_typed_is_a_number_or_a_refusal(text in "\\PC{0,24}|[+0-9 ()\\-]{0,24}") {
            if let Ok(number) = e164(&text) {
                prop_assert!(number.len() <= 16 && number[1..].bytes().all(|b| b.is_ascii_digit()));
                prop_assert_eq!(e164(&number), Ok(number.clone()), "what was stored reads back");
            }
        }

        #[test]
        fn a_number_abroad_reads_back_as_itself(text in "(\\+|00)(852[569]|8536|8869|447|658|1[2-9]|7[0-9]|39[03])[0-9]{6,10}") {
            if let Ok(number) = e164(&text) {
                prop_assert_eq!(e164(&number), Ok(number.clone()));
            }
        }
    }
}
