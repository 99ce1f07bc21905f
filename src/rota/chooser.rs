//! Who could sit at an outlet on a day, or where somebody could: the familiar first, then the free, then those who sit elsewhere, and why others cannot.

use chrono::NaiveDate;

use super::drafts;
use super::edits::EditInput;
use super::frame::Frame;
use super::posts::{self, Post};
use super::rules::Book;
use super::ties::{self, Ties};
use crate::attendance::hours::Hours;
use crate::attendance::now::choose;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::CurrentUser;
use crate::templates::rota::{Candidate, Chooser, Group, Sitting};

/// Which cell.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// The day.
    pub date: String,
    /// Of this outlet,
    pub outlet: Option<Id>,
    /// or of this broker.
    pub broker: Option<Id>,
    /// As a draft has it.
    pub draft: Option<Id>,
    /// Only the inside of the page.
    pub part: Option<String>,
}

/// An edit in one word, as a button of a form sends it: who, where to, from where.
pub fn word(broker: Id, outlet: Option<Id>, seen: Option<Id>) -> String {
    let id = |id: Option<Id>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    format!("{broker}|{}|{}", id(outlet), id(seen))
}

/// The edit that such a word asks for.
///
/// # Errors
/// 422 naming `edit`.
pub fn edit_of(word: &str, date: &str) -> Result<EditInput> {
    let bad = || Error::field("edit", "not_an_id");
    let parts: Vec<&str> = word.split('|').collect();
    let [broker, outlet, seen] = parts.as_slice() else { return Err(bad()) };
    let id = |text: &str| if text == "-" { Ok(None) } else { text.parse::<Id>().map(Some).map_err(|_| bad()) };
    Ok(EditInput {
        broker_id: id(broker)?,
        date: Some(date.to_owned()),
        outlet_id: id(outlet)?,
        seen_outlet_id: id(seen)?,
        ..EditInput::default()
    })
}

/// Reads what the page offers.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who may not write; 422 by field.
pub fn load(conn: &mut Conn, user: &CurrentUser, which: &Which, now: At) -> Result<Chooser> {
    user.own_branch()?;
    let branch = choose(conn, user, None)?.chosen;
    let today = now.date_in(branch.zone());
    let date = crate::attendance::filter::date(&which.date).map_err(|code| Error::field("date", code))?;
    let draft = which.draft.map(|id| drafts::find(conn, user, id)).transpose()?;
    let wanted = draft.as_ref().map(|d| drafts::steps(conn, d.id)).transpose()?.map(|steps| posts::wanted(&steps));
    let book = Book::of_day(conn, &branch, date, which.outlet, which.broker)?;
    let ties = ties::of_day(conn, branch.id, date)?;
    let frame = Frame::new(book, wanted.as_ref(), today);
    let at = Asked { frame: &frame, date, ties };
    let (title, hours, now, groups, cannot, there) = match (which.outlet, which.broker) {
        (Some(outlet), _) => at.outlet(outlet)?,
        (None, Some(broker)) => at.person(broker)?,
        (None, None) => return Err(Error::field("outlet", "required")),
    };
    Ok(Chooser {
        title,
        date,
        hours: hours.map(|h| (h.from, h.to)),
        is_outlet: which.outlet.is_some(),
        draft: draft.map(|d| d.id.to_string()),
        wants_reason: which.draft.is_none() && frame.book.published.holds(date) && date >= today,
        now,
        groups,
        cannot,
        there,
    })
}

struct Asked<'a> {
    frame: &'a Frame,
    date: NaiveDate,
    ties: Ties,
}

type Offered = (String, Option<Hours>, Vec<Sitting>, Vec<Group>, Vec<(String, String)>, String);

impl Asked<'_> {
    fn post(outlet_id: Id) -> Post {
        Post { outlet_id, starts_at: None, ends_at: None }
    }

    fn outlet_name(&self, outlet: Id) -> String {
        self.frame.outlets.get(&outlet).map(ToString::to_string).unwrap_or_default()
    }

    fn person_name(&self, broker: Id) -> String {
        self.frame.people.get(&broker).map(ToString::to_string).unwrap_or_default()
    }

    /// Why somebody cannot sit at an outlet that day.
    fn refusal(&self, broker: Id, outlet: Id) -> Option<String> {
        if self.ties.used.contains(&(broker, self.date)) {
            return Some("has_checkins".to_owned());
        }
        self.frame.conflict((broker, self.date), &Self::post(outlet)).map(str::to_owned)
    }

    fn sitting(&self, broker: Id, outlet: Id, label: String) -> Sitting {
        let post = self.frame.posts.get(&(broker, self.date)).copied();
        let conflict = post.and_then(|post| self.frame.conflict((broker, self.date), &post));
        // In a draft the times of what stands are nobody's step.
        let stale = conflict == Some("hours_changed") && !self.frame.drafted;
        Sitting {
            label,
            conflict,
            by_hours: stale.then(|| word(broker, Some(outlet), Some(outlet))),
            clear: word(broker, None, Some(outlet)),
            fixed: self.ties.used.contains(&(broker, self.date)),
            due: self.due(broker),
            hand_over: format!("/handovers?from={broker}"),
        }
    }

    fn due(&self, broker: Id) -> usize {
        self.ties.due.get(&broker).copied().unwrap_or_default()
    }

    fn known(&self, broker: Id, outlet: Id) -> bool {
        self.frame.book.stays.since(outlet, broker, self.date).is_some()
    }

    fn outlet(&self, outlet: Id) -> Result<Offered> {
        let facts = self.frame.book.outlets.get(&outlet).ok_or_else(Error::not_found)?;
        let sitting = self.frame.at(outlet, self.date);
        let now = sitting.iter().map(|broker| self.sitting(*broker, outlet, self.person_name(*broker))).collect();
        let there = sitting.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let (mut known, mut free, mut busy, mut cannot) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (broker, facts) in &self.frame.book.brokers {
            if !facts.enabled || sitting.contains(broker) {
                continue;
            }
            let (label, seen) = (self.person_name(*broker), self.frame.posts.get(&(*broker, self.date)));
            if let Some(code) = self.refusal(*broker, outlet) {
                cannot.push((label, code));
                continue;
            }
            let elsewhere = seen.map(|post| self.outlet_name(post.outlet_id));
            let edit = word(*broker, Some(outlet), seen.map(|post| post.outlet_id));
            let candidate = Candidate { edit, label, elsewhere, missing: 0, due: self.due(*broker) };
            match (seen, self.known(*broker, outlet)) {
                (Some(_), _) => busy.push(candidate),
                (None, true) => known.push(candidate),
                (None, false) => free.push(candidate),
            }
        }
        let groups = groups([("known", known), ("free", free), ("busy", busy)]);
        Ok((facts.name.clone(), self.frame.book.hours(outlet, self.date), now, groups, sorted(cannot), there))
    }

    fn person(&self, broker: Id) -> Result<Offered> {
        let facts = self.frame.book.brokers.get(&broker).ok_or_else(Error::not_found)?;
        let seen = self.frame.posts.get(&(broker, self.date)).map(|post| post.outlet_id);
        let now = seen.map(|outlet| self.sitting(broker, outlet, self.outlet_name(outlet))).into_iter().collect();
        let (mut missing, mut known, mut other, mut cannot) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (outlet, found) in &self.frame.book.outlets {
            if Some(*outlet) == seen || !matches!(found.phase.as_str(), "launch" | "established") {
                continue;
            }
            let label = self.outlet_name(*outlet);
            if let Some(code) = self.refusal(broker, *outlet) {
                cannot.push((label, code));
                continue;
            }
            let gap = self.frame.missing(*outlet, self.date);
            let edit = word(broker, Some(*outlet), seen);
            let candidate = Candidate { edit, label, elsewhere: None, missing: gap, due: 0 };
            match (gap > 0, self.known(broker, *outlet)) {
                (true, _) => missing.push(candidate),
                (false, true) => known.push(candidate),
                (false, false) => other.push(candidate),
            }
        }
        let groups = groups([("missing", missing), ("knows", known), ("other", other)]);
        Ok((facts.name.clone(), None, now, groups, sorted(cannot), String::new()))
    }
}

fn groups(all: [(&'static str, Vec<Candidate>); 3]) -> Vec<Group> {
    let group = |(key, mut candidates): (&'static str, Vec<Candidate>)| {
        candidates.sort_by(|a, b| a.label.cmp(&b.label));
        Group { key, candidates }
    };
    all.into_iter().map(group).filter(|group| !group.candidates.is_empty()).collect()
}

fn sorted(mut all: Vec<(String, String)>) -> Vec<(String, String)> {
    all.sort();
    all
}
