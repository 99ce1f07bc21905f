//! What the mails say, in the reader's language. No personal data stands in a subject.

use std::collections::HashSet;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::digest::shortened;
use super::due_lists::{OpenFollowUp, Recipient, ShiftToday};
use crate::db::Id;
use crate::followups::due::days_left;
use crate::followups::touch::PreferredChannel;
use crate::language::Lang;
use crate::prospects::sms;
use crate::t;
use crate::templates::mail::{self, Content, Item, Section};

/// A mail's words.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Content under its subject, as text and HTML.
pub(crate) fn letter(lang: Lang, subject: String, content: Content) -> Letter {
    let content = Content { title: subject.clone(), ..content };
    Letter { text: mail::text(&content), html: mail::html(lang, &content).into_string(), subject }
}

/// What a broker is told: what is open, by urgency, and the shift of the day.
pub struct ForBroker<'a> {
    /// W.
    pub today: NaiveDate,
    /// The branch's zone.
    pub zone: Tz,
    /// The firm and the branch, as a broker names them to a prospect.
    pub house: &'a str,
    /// Today's shift.
    pub shift: Option<&'a ShiftToday>,
    /// The follow-ups whose SMS was sent.
    pub with_sms: &'a HashSet<Id>,
    /// Due before today.
    pub overdue: Vec<&'a OpenFollowUp>,
    /// Due before the next workday.
    pub due_now: Vec<&'a OpenFollowUp>,
    /// Due before the workday after that.
    pub coming: Vec<&'a OpenFollowUp>,
}

/// A broker's morning; none when there is nothing to tell.
pub fn broker_digest(person: &Recipient, about: &ForBroker<'_>, base_url: &str) -> Option<Letter> {
    let lang = person.language;
    let asked = about.overdue.len() + about.due_now.len();
    let subject = match (asked, about.coming.len(), about.shift) {
        (0, 0, None) => return None,
        (0, 0, Some(_)) => t!(lang, "mail-subject-shift"),
        (0, n, _) => t!(lang, "mail-subject-coming", n = n),
        (n, ..) => t!(lang, "mail-subject-due", n = n),
    };
    let mut sections = Vec::new();
    for (key, all) in [
        ("mail-heading-overdue", &about.overdue),
        ("mail-heading-due-now", &about.due_now),
        ("mail-heading-coming", &about.coming),
    ] {
        if !all.is_empty() {
            let items = all.iter().map(|one| own_item(person, about, one, base_url)).collect();
            sections.push(Section { heading: t!(lang, key, n = all.len()), items });
        }
    }
    if let Some(shift) = about.shift {
        let time = |at: crate::db::At| at.utc().with_timezone(&about.zone).format("%H:%M").to_string();
        let hours = t!(lang, "mail-shift-hours", from = time(shift.starts_at), to = time(shift.ends_at));
        let items = vec![Item { title: shift.outlet.clone(), lines: vec![hours], href: None }];
        sections.push(Section { heading: t!(lang, "mail-heading-shift"), items });
    }
    let content =
        Content { lead: t!(lang, "mail-morning"), sections, foot: t!(lang, "mail-foot-digest"), ..Content::default() };
    Some(letter(lang, subject, content))
}

/// A broker's afternoon: what is still open and due before the next workday; none when there is nothing.
pub fn nudge(person: &Recipient, about: &ForBroker<'_>, base_url: &str) -> Option<Letter> {
    let (lang, n) = (person.language, about.due_now.len());
    if n == 0 {
        return None;
    }
    let items = about.due_now.iter().map(|one| own_item(person, about, one, base_url)).collect();
    let content = Content {
        lead: t!(lang, "mail-afternoon"),
        sections: vec![Section { heading: t!(lang, "mail-heading-due-now", n = n), items }],
        foot: t!(lang, "mail-foot-nudge"),
        ..Content::default()
    };
    Some(letter(lang, t!(lang, "mail-subject-nudge", n = n), content))
}

/// A follow-up as its own broker sees it: who, where they met, what to do next, and the way to it.
fn own_item(person: &Recipient, about: &ForBroker<'_>, one: &OpenFollowUp, base_url: &str) -> Item {
    let lang = person.language;
    let met = t!(lang, "mail-met", day = day(lang, one.met_on), place = place(lang, one));
    let next = if about.with_sms.contains(&one.id) {
        match one.preferred {
            PreferredChannel::Wechat => t!(lang, "mail-next-wechat"),
            PreferredChannel::Sms | PreferredChannel::Call => t!(lang, "mail-next-call"),
        }
    } else {
        let from = sms::From { house: about.house, broker: &person.name };
        let text = sms::text(lang, &one.name, from, &day(lang, one.met_on), one.outlet.as_deref());
        t!(lang, "mail-next-sms", text = text)
    };
    Item {
        title: format!("{} · {}", one.name, due(lang, one.due_on, about.today)),
        lines: vec![met, next],
        href: Some(prospect_link(base_url, one.prospect_id)),
    }
}

/// Which follow-ups of the branch a digest is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestOf {
    /// Coordinators: all that is overdue.
    Overdue,
    /// Managers: what is so for two workdays or more.
    Escalated,
}

/// The morning of a coordinator or manager: the branch's overdue follow-ups by broker, names shortened; none when there are none.
pub fn desk_digest(
    person: &Recipient,
    which: DigestOf,
    groups: &[(&str, Vec<&OpenFollowUp>)],
    today: NaiveDate,
    base_url: &str,
) -> Option<Letter> {
    let lang = person.language;
    let n: usize = groups.iter().map(|(_, all)| all.len()).sum();
    if n == 0 {
        return None;
    }
    let (subject, lead) = match which {
        DigestOf::Overdue => ("mail-subject-overdue", "mail-desk-lead"),
        DigestOf::Escalated => ("mail-subject-escalated", "mail-escalated-lead"),
    };
    let item = |one: &&OpenFollowUp| Item {
        title: format!("{} · {}", shortened(&one.name), due(lang, one.due_on, today)),
        lines: vec![t!(lang, "mail-met", day = day(lang, one.met_on), place = place(lang, one))],
        href: Some(prospect_link(base_url, one.prospect_id)),
    };
    let sections = groups
        .iter()
        .map(|(broker, all)| Section {
            heading: t!(lang, "mail-of-broker", name = *broker, n = all.len()),
            items: all.iter().map(item).collect(),
        })
        .collect();
    let content = Content { lead: t!(lang, lead), sections, foot: t!(lang, "mail-foot-digest"), ..Content::default() };
    Some(letter(lang, t!(lang, subject, n = n), content))
}

/// A new user is invited to set a password. `link` works once, for 24 hours.
pub fn invitation(lang: Lang, name: &str, link: &str) -> Letter {
    with_link(lang, "invitation", name, link)
}

/// A user is offered to set a new password. `link` works once, for 24 hours.
pub fn reset(lang: Lang, name: &str, link: &str) -> Letter {
    with_link(lang, "reset", name, link)
}

fn with_link(lang: Lang, what: &str, name: &str, link: &str) -> Letter {
    let key = |part: &str| format!("mail-{what}-{part}");
    let item = Item { title: t!(lang, &key("do")), lines: vec![t!(lang, "mail-link-once")], href: Some(link.into()) };
    let content = Content {
        lead: t!(lang, &key("lead"), name = name),
        sections: vec![Section { heading: String::new(), items: vec![item] }],
        foot: t!(lang, &key("foot")),
        ..Content::default()
    };
    letter(lang, t!(lang, &key("subject")), content)
}

/// The admin's trial.
pub fn test(lang: Lang) -> Letter {
    let content = Content { lead: t!(lang, "mail-test-lead"), foot: t!(lang, "mail-test-foot"), ..Content::default() };
    letter(lang, t!(lang, "mail-test-subject"), content)
}

fn prospect_link(base_url: &str, id: Id) -> String {
    format!("{base_url}/prospects/{id}")
}

fn place(lang: Lang, one: &OpenFollowUp) -> String {
    one.outlet.clone().unwrap_or_else(|| lang.text(&format!("mail-at-{}", one.source.replace('_', "-")), None))
}

fn due(lang: Lang, due_on: NaiveDate, today: NaiveDate) -> String {
    match days_left(due_on, today) {
        left if left < 0 => t!(lang, "mail-due-overdue", n = -left, day = day(lang, due_on)),
        0 => t!(lang, "mail-due-today"),
        left => t!(lang, "mail-due-later", n = left, day = day(lang, due_on)),
    }
}

fn day(lang: Lang, date: NaiveDate) -> String {
    date.format(if lang == Lang::Zh { "%-m月%-d日" } else { "%-d %b" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Role;

    fn person(lang: Lang) -> Recipient {
        let name = "张伟".to_owned();
        Recipient { id: Id::new(), name, role: Role::Broker, email: Some("z@example.com".into()), language: lang }
    }

    fn open(name: &str, due_on: &str) -> OpenFollowUp {
        OpenFollowUp {
            id: Id::new(),
            prospect_id: Id::new(),
            broker_id: Id::new(),
            broker: "张伟".into(),
            due_on: due_on.parse().unwrap(),
            name: name.into(),
            met_on: "2026-11-19".parse().unwrap(),
            source: "on_site".into(),
            outlet: None,
            preferred: PreferredChannel::Call,
        }
    }

    #[test]
    fn a_digest_has_its_headings_in_order_and_no_name_in_the_subject() {
        let (a, b, c) = (open("王小明", "2026-11-20"), open("李四", "2026-11-23"), open("钱五", "2026-11-24"));
        let with_sms = HashSet::from([b.id]);
        for lang in Lang::ALL {
            let about = ForBroker {
                today: "2026-11-23".parse().unwrap(),
                zone: Tz::Asia__Shanghai,
                house: "长安证券西安营业部",
                shift: None,
                with_sms: &with_sms,
                overdue: vec![&a],
                due_now: vec![&b],
                coming: vec![&c],
            };
            let letter = broker_digest(&person(lang), &about, "http://x").unwrap();
            for body in [&letter.text, &letter.html] {
                let places: Vec<_> = ["王小明", "李四", "钱五"].iter().map(|name| body.find(name).unwrap()).collect();
                assert!(places.is_sorted(), "{body}");
                for one in [&a, &b, &c] {
                    assert_eq!(body.matches(&format!("http://x/prospects/{}", one.prospect_id)).count(), 1);
                }
            }
            assert!(!letter.subject.contains('王') && letter.subject.contains('2'), "{}", letter.subject);
            let from = sms::From { house: "长安证券西安营业部", broker: "张伟" };
            let sms_to = |name: &str| sms::text(lang, name, from, &day(lang, a.met_on), None);
            assert!(sms_to("王小明").contains("长安证券西安营业部"));
            assert!(letter.text.contains(&sms_to("王小明")), "{}", letter.text);
            assert!(!letter.text.contains(&sms_to("李四")), "{}", letter.text);
            let quiet = ForBroker { overdue: vec![], due_now: vec![], coming: vec![], ..about };
            assert!(broker_digest(&person(lang), &quiet, "http://x").is_none());
        }
    }

    #[test]
    fn a_coordinator_reads_only_the_first_character_of_a_name() {
        let a = open("王小明", "2026-11-20");
        let groups = [("张伟", vec![&a])];
        for (lang, which) in Lang::ALL.into_iter().zip([DigestOf::Overdue, DigestOf::Escalated]) {
            let letter = desk_digest(&person(lang), which, &groups, "2026-11-23".parse().unwrap(), "http://x").unwrap();
            for text in [&letter.subject, &letter.text, &letter.html] {
                assert!(!text.contains("小明"), "{text}");
            }
            assert!(letter.text.contains("王**") && letter.text.contains("张伟"));
            assert!(letter.text.contains(&format!("http://x/prospects/{}", a.prospect_id)));
        }
    }

    #[test]
    fn every_other_letter_carries_its_link() {
        for lang in Lang::ALL {
            for letter in [invitation(lang, "张伟", "http://x/i/1"), reset(lang, "张伟", "http://x/i/1")] {
                assert!(letter.text.contains("http://x/i/1") && letter.html.contains("http://x/i/1"));
                assert!(!letter.subject.contains("张伟"));
            }
            assert!(!test(lang).text.is_empty());
        }
    }
}
