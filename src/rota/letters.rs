//! What the mails about the rota say. No personal data stands in a subject.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::changes::{Change, Stand};
use super::swaps::{self, Swap};
use crate::db::{At, Id};
use crate::language::Lang;
use crate::mail::letters::{Letter, letter};
use crate::t;
use crate::templates::attendance::words;
use crate::templates::mail::{Content, Item, Section};

/// What changed for one broker.
pub struct Told<'a> {
    /// The changes.
    pub changes: &'a [&'a Change],
    /// The swaps of theirs that lapsed by it.
    pub lapsed: &'a [&'a Swap],
    /// The names of the outlets in them.
    pub places: &'a HashMap<Id, String>,
    /// The branch's zone.
    pub zone: Tz,
    /// Who changed it.
    pub by: Option<&'a str>,
}

/// A day before and after, whatever happened in between.
#[derive(Default)]
struct Day<'a> {
    old: Option<Stand>,
    new: Option<Stand>,
    reason: &'a str,
}

/// What became of a leave or a swap, in the reader's words.
pub struct Answered {
    /// The subject, without personal data.
    pub subject: String,
    /// The first sentence.
    pub lead: String,
    /// What it is about, a line each.
    pub about: Vec<String>,
}

/// An answer, and what it changed in the reader's rota.
pub fn answered(lang: Lang, words: Answered, told: &Told<'_>, base_url: &str) -> Letter {
    let items = words.about.into_iter().map(|title| Item { title, ..Item::default() }).collect();
    let mut sections = vec![Section { heading: String::new(), items }];
    sections.extend(changed(lang, told).1);
    sections.extend(lapsed(lang, told));
    sections.push(way_to_it(lang, base_url));
    let content = Content { lead: words.lead, sections, foot: t!(lang, "rota-mail-foot"), ..Content::default() };
    letter(lang, words.subject, content)
}

/// The rota of a broker changed: what is new, what is otherwise, what is off.
pub fn changes(lang: Lang, told: &Told<'_>, base_url: &str) -> Letter {
    let (n, mut sections) = changed(lang, told);
    let (subject, lead) = match told.by {
        _ if n == 0 => (t!(lang, "swap-mail-lapsed"), t!(lang, "swap-mail-lapsed-changed")),
        Some(name) => (t!(lang, "rota-mail-subject", n = n), t!(lang, "rota-mail-lead-by", name = name)),
        None => (t!(lang, "rota-mail-subject", n = n), t!(lang, "rota-mail-lead")),
    };
    sections.extend(lapsed(lang, told));
    sections.push(way_to_it(lang, base_url));
    let content = Content { lead, sections, foot: t!(lang, "rota-mail-foot"), ..Content::default() };
    letter(lang, subject, content)
}

/// The swaps that lapsed, where there are any.
fn lapsed(lang: Lang, told: &Told<'_>) -> Option<Section> {
    if told.lapsed.is_empty() {
        return None;
    }
    let (heading, lines) = swaps::lapsed_words(lang, told.lapsed);
    let items = lines.into_iter().map(|title| Item { title, ..Item::default() }).collect();
    Some(Section { heading, items })
}

/// How many days changed, and how, by kind.
fn changed(lang: Lang, told: &Told<'_>) -> (usize, Vec<Section>) {
    let mut days: BTreeMap<NaiveDate, Day<'_>> = BTreeMap::new();
    for change in told.changes {
        let day = days.entry(change.date).or_default();
        day.old = day.old.or(change.old);
        day.new = change.new.or(day.new);
        if !change.reason.is_empty() {
            day.reason = &change.reason;
        }
    }
    let mut sections = Vec::new();
    type Which = fn(&Day<'_>) -> bool;
    let kinds: [(&str, Which); 3] = [
        ("rota-mail-new", |day| day.old.is_none()),
        ("rota-mail-otherwise", |day| day.old.is_some() && day.new.is_some()),
        ("rota-mail-off", |day| day.new.is_none()),
    ];
    for (key, is) in kinds {
        let items: Vec<Item> =
            days.iter().filter(|(_, day)| is(day)).map(|(date, day)| item(lang, told, *date, day)).collect();
        if !items.is_empty() {
            sections.push(Section { heading: t!(lang, key, n = items.len()), items });
        }
    }
    (days.len(), sections)
}

/// Where the rota is to be seen.
pub fn way_to_it(lang: Lang, base_url: &str) -> Section {
    let href = Some(format!("{base_url}/my-rota"));
    let item = Item { title: t!(lang, "rota-mail-see"), lines: Vec::new(), href };
    Section { heading: String::new(), items: vec![item] }
}

fn item(lang: Lang, told: &Told<'_>, date: NaiveDate, day: &Day<'_>) -> Item {
    let place = |stand: &Stand| {
        let name = told.places.get(&stand.outlet_id).map_or("", String::as_str);
        t!(lang, "rota-mail-stand", place = name, hours = hours(told.zone, stand.starts_at, stand.ends_at))
    };
    let mut lines = Vec::new();
    match (&day.old, &day.new) {
        (Some(old), Some(new)) => lines.extend([place(new), t!(lang, "rota-mail-before", stand = place(old))]),
        (None, Some(stand)) | (Some(stand), None) => lines.push(place(stand)),
        (None, None) => {}
    }
    if !day.reason.is_empty() {
        lines.push(t!(lang, "rota-mail-reason", reason = day.reason));
    }
    Item { title: words::column_day(lang, date), lines, href: None }
}

/// `09:00–17:00` on the branch's clock.
pub fn hours(zone: Tz, starts: At, ends: At) -> String {
    let clock = |at: At| words::clock(at.utc().with_timezone(&zone).time());
    format!("{}–{}", clock(starts), clock(ends))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rota::changes::ChangeKind;

    fn at(text: &str) -> At {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    #[test]
    fn a_letter_says_what_is_new_otherwise_and_off_and_nothing_of_it_in_the_subject() {
        let (south, north) = (Id::new(), Id::new());
        let places = HashMap::from([(south, "南大街支行".to_owned()), (north, "北关支行".to_owned())]);
        let stand =
            |outlet_id| Stand { outlet_id, starts_at: at("2026-11-25T01:00:00Z"), ends_at: at("2026-11-25T09:00:00Z") };
        let change = |kind, date: &str, old: Option<Id>, new: Option<Id>, reason: &str| Change {
            kind,
            shift_id: Id::new(),
            sequence: 1,
            broker_id: Id::new(),
            date: date.parse().unwrap(),
            old: old.map(stand),
            new: new.map(stand),
            reason: reason.to_owned(),
        };
        let all = [
            change(ChangeKind::Assigned, "2026-11-25", None, Some(south), ""),
            change(ChangeKind::Moved, "2026-11-26", Some(south), Some(north), "银行装修"),
            change(ChangeKind::Removed, "2026-11-27", Some(south), None, ""),
            // Taken away and put elsewhere at once is a change of that day.
            change(ChangeKind::Removed, "2026-11-28", Some(south), None, ""),
            change(ChangeKind::Assigned, "2026-11-28", None, Some(north), ""),
        ];
        let all: Vec<&Change> = all.iter().collect();
        for lang in Lang::ALL {
            let told =
                Told { changes: &all, lapsed: &[], places: &places, zone: Tz::Asia__Shanghai, by: Some("陈静") };
            let letter = changes(lang, &told, "http://x");
            assert!(letter.subject.contains('4') && !letter.subject.contains("支行"), "{}", letter.subject);
            for part in ["南大街支行", "北关支行", "09:00–17:00", "银行装修", "陈静", "http://x/my-rota"]
            {
                assert!(letter.text.contains(part) && letter.html.contains(part), "{part}: {}", letter.text);
            }
            for (key, n) in [("rota-mail-new", 1), ("rota-mail-otherwise", 2), ("rota-mail-off", 1)] {
                assert!(letter.text.contains(&t!(lang, key, n = n)), "{key}: {}", letter.text);
            }
        }
    }
}
