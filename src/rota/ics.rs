//! A calendar as iCalendar text (RFC 5545): escaped, folded at 75 octets, and the same bytes for the same shifts.
//!
//! Times are in UTC: every reader knows them, none has to find a zone's rules in the file, and a phone shows them on its own clock.

use crate::db::At;

/// The longest line in octets, its end not counted.
const LINE: usize = 75;

/// A calendar.
#[derive(Debug)]
pub struct Calendar {
    /// What readers call it.
    pub name: String,
    /// The zone that readers of the whole calendar may show it in.
    pub zone: chrono_tz::Tz,
    /// What is in it.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The same for ever, whatever becomes of it.
    pub uid: String,
    /// Counts its changes.
    pub sequence: i32,
    /// When it was last changed.
    pub changed_at: At,
    /// From when.
    pub starts_at: At,
    /// Until when.
    pub ends_at: At,
    /// Whether it does not take place any more.
    pub is_cancelled: bool,
    /// What it is.
    pub summary: String,
    /// Where, in words.
    pub location: String,
    /// Where, in WGS-84.
    pub point: Option<(f64, f64)>,
    /// More about it.
    pub url: String,
}

impl Calendar {
    /// The text.
    pub fn text(&self) -> String {
        let mut out = Lines::default();
        out.put("BEGIN", "VCALENDAR");
        out.put("VERSION", "2.0");
        out.put("PRODID", "-//Bankside//Rota//EN");
        out.put("CALSCALE", "GREGORIAN");
        out.put_text("NAME", &self.name);
        out.put_text("X-WR-CALNAME", &self.name);
        out.put("X-WR-TIMEZONE", self.zone.name());
        out.put("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
        out.put("X-PUBLISHED-TTL", "PT1H");
        self.events.iter().for_each(|event| event.write(&mut out));
        out.put("END", "VCALENDAR");
        out.0
    }
}

impl Event {
    fn write(&self, out: &mut Lines) {
        out.put("BEGIN", "VEVENT");
        out.put_text("UID", &self.uid);
        out.put("SEQUENCE", &self.sequence.to_string());
        // Without a METHOD the stamp is the moment of the last change, so nothing here depends on when it is read.
        out.put("DTSTAMP", &utc(self.changed_at));
        out.put("LAST-MODIFIED", &utc(self.changed_at));
        out.put("DTSTART", &utc(self.starts_at));
        out.put("DTEND", &utc(self.ends_at));
        out.put("STATUS", if self.is_cancelled { "CANCELLED" } else { "CONFIRMED" });
        out.put_text("SUMMARY", &self.summary);
        if !self.location.is_empty() {
            out.put_text("LOCATION", &self.location);
        }
        if let Some((lat, lon)) = self.point {
            out.put("GEO", &format!("{lat:.6};{lon:.6}"));
        }
        out.put("URL", &self.url);
        out.put("END", "VEVENT");
    }
}

fn utc(at: At) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A line whose value needs no escaping.
    fn put(&mut self, name: &str, value: &str) {
        let mut room = LINE;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                // The space counts.
                room = LINE - 1;
            }
            room -= c.len_utf8();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }

    /// A line of text as people wrote it.
    fn put_text(&mut self, name: &str, text: &str) {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\\' | ',' | ';' => escaped.extend(['\\', c]),
                '\n' => escaped.push_str("\\n"),
                c if c.is_control() => {}
                c => escaped.push(c),
            }
        }
        self.put(name, &escaped);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unfolded(text: &str) -> String {
        text.replace("\r\n ", "")
    }

    fn line(name: &str, text: &str) -> String {
        let mut lines = Lines::default();
        lines.put_text(name, text);
        lines.0
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(line("SUMMARY", "a,b;c\\d\ne\rf"), "SUMMARY:a\\,b\\;c\\\\d\\nef\r\n");
    }

    #[test]
    fn a_line_of_75_octets_stands_and_the_next_one_is_folded() {
        let fits = line("SUMMARY", &"x".repeat(67));
        assert_eq!(fits.lines().count(), 1);
        let folded = line("SUMMARY", &"x".repeat(68));
        assert_eq!(folded.lines().map(str::len).collect::<Vec<_>>(), [75, 2]);
    }

    proptest! {
        #[test]
        fn no_line_is_over_75_octets_and_no_character_is_cut(text in "[a-z 一-龥😀,;]{0,200}") {
            let folded = line("LOCATION", &text);
            for one in folded.split("\r\n") {
                prop_assert!(one.len() <= LINE, "{} octets", one.len());
            }
            let back = unfolded(&folded).replace("\\,", ",").replace("\\;", ";");
            prop_assert_eq!(back, format!("LOCATION:{text}\r\n"));
        }
    }
}
