//! The first SMS ("we met at … on …") as text, and the links by which a phone opens its own message and call.

use crate::language::Lang;
use crate::t;
use crate::text::mobile::Mobile;
use crate::text::percent;

/// Who writes: the firm with its branch, and the broker's name.
#[derive(Clone, Copy, Debug)]
pub struct From<'a> {
    /// Firm and branch.
    pub house: &'a str,
    /// Their name.
    pub broker: &'a str,
}

/// The text of the first SMS in a language.
pub fn text(lang: Lang, prospect: &str, from: From<'_>, day: &str, place: Option<&str>) -> String {
    let From { house, broker } = from;
    match place {
        Some(place) => {
            t!(lang, "prospect-sms-text", name = prospect, house = house, broker = broker, day = day, place = place)
        }
        None => t!(lang, "prospect-sms-text-nowhere", name = prospect, house = house, broker = broker, day = day),
    }
}

/// Opens the phone's own message: `?&body=` is what both iOS and Android read.
pub fn sms_link(mobile: &Mobile, body: &str) -> String {
    format!("sms:{}?&body={}", mobile.e164(), percent(body))
}

/// Calls.
pub fn tel_link(mobile: &Mobile) -> String {
    format!("tel:{}", mobile.e164())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_gets_the_number_and_every_character_of_the_text() {
        let mobile = Mobile::parse("138 1234 5678").unwrap();
        assert_eq!(sms_link(&mobile, "您好 a&b+c"), "sms:+8613812345678?&body=%E6%82%A8%E5%A5%BD%20a%26b%2Bc");
        assert_eq!(tel_link(&mobile), "tel:+8613812345678");
    }
}
