//! What a coordinator should know before posting somebody: warnings, never refusals.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};

use super::rules::{Book, days_before};
use crate::db::Id;

/// Away from an outlet for longer than this, somebody who comes back begins anew; and so long a face is remembered.
const FORGOTTEN_AFTER_DAYS: u64 = 28;
/// A certificate that ends within so many days is about to.
const SOON_DAYS: u64 = 30;

crate::text_enum! {
    /// Something to know about a shift that may well be.
    #[derive(PartialOrd, Ord)]
    pub enum Warning {
        /// In the launch months the person at an outlet should not change.
        NewFace = "new_face",
        /// At one established outlet for longer than the branch lets anybody stay.
        Overstay = "overstay",
        /// More brokers than the outlet wants.
        OverWanted = "over_wanted",
        /// The practice certificate is about to expire.
        CertificateSoon = "certificate_soon",
    }
}

/// Who stood where lately: since when without a long break, and who is known at each outlet.
#[derive(Clone, Debug, Default)]
pub struct Stays {
    since: HashMap<(Id, Id), (NaiveDate, NaiveDate)>,
    faces: HashMap<Id, HashSet<Id>>,
    /// How often a broker stood where in the last weeks.
    lately: HashMap<Id, HashMap<Id, usize>>,
}

impl Stays {
    /// From shifts of the days before `from`, in order of their dates.
    pub(super) fn new(from: NaiveDate, past: &[(Id, Id, NaiveDate)]) -> Stays {
        let mut stays = Stays::default();
        for (outlet, broker, date) in past {
            let stay = stays.since.entry((*outlet, *broker)).or_insert((*date, *date));
            if *date > later(stay.1, FORGOTTEN_AFTER_DAYS) {
                stay.0 = *date;
            }
            stay.1 = *date;
            if later(*date, FORGOTTEN_AFTER_DAYS) >= from {
                stays.faces.entry(*outlet).or_default().insert(*broker);
                *stays.lately.entry(*broker).or_default().entry(*outlet).or_default() += 1;
            }
        }
        stays
    }

    /// The stays go on with what stands on the days looked at, in order of their dates.
    pub(super) fn go_on(&mut self, standing: impl Iterator<Item = (Id, Id, NaiveDate)>) {
        for (outlet, broker, date) in standing {
            let stay = self.since.entry((outlet, broker)).or_insert((date, date));
            if date > later(stay.1, FORGOTTEN_AFTER_DAYS) {
                stay.0 = date;
            }
            stay.1 = stay.1.max(date);
        }
    }

    /// Since when a broker is at an outlet, seen from `date`; none: not lately.
    pub fn since(&self, outlet: Id, broker: Id, date: NaiveDate) -> Option<NaiveDate> {
        let (since, last) = self.since.get(&(outlet, broker))?;
        (*since <= date && date <= later(*last, FORGOTTEN_AFTER_DAYS)).then_some(*since)
    }

    /// Where a broker stood most in the last weeks (where last, among several), and since when.
    pub fn usual(&self, broker: Id) -> Option<(Id, NaiveDate)> {
        let stay = |outlet: Id| self.since.get(&(outlet, broker)).copied();
        let counts = self.lately.get(&broker)?.iter();
        let found = counts.filter_map(|(outlet, n)| Some((*n, stay(*outlet)?, *outlet)));
        let (_, (since, _), outlet) = found.max_by_key(|(n, (_, last), outlet)| (*n, *last, *outlet))?;
        Some((outlet, since))
    }
}

fn later(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(date)
}

/// The first and the last day before `from` of which it matters who stood where.
pub(super) fn remembered(from: NaiveDate, rotation_weeks: i32) -> (NaiveDate, NaiveDate) {
    let weeks = u64::try_from(rotation_weeks).unwrap_or_default();
    (days_before(from, weeks * 7 + FORGOTTEN_AFTER_DAYS), days_before(from, 1))
}

impl Book {
    /// What to know about a broker at an outlet on a date, where `others` more stand.
    pub fn warnings(&self, broker: Id, outlet: Id, date: NaiveDate, others: usize) -> Vec<Warning> {
        let mut found = Vec::new();
        let phase = self.outlets.get(&outlet).map_or("", |o| o.phase.as_str());
        let known = self.stays.faces.get(&outlet);
        if phase == "launch" && known.is_some_and(|known| !known.contains(&broker)) {
            found.push(Warning::NewFace);
        }
        let weeks = u64::try_from(self.rotation_weeks).unwrap_or_default();
        let stayed = self.stays.since(outlet, broker, date).is_some_and(|since| later(since, weeks * 7) <= date);
        if phase == "established" && weeks > 0 && stayed {
            found.push(Warning::Overstay);
        }
        let wanted = self.wanted(outlet, date);
        if others >= wanted && others > 0 {
            found.push(Warning::OverWanted);
        }
        let expires = self.brokers.get(&broker).and_then(|b| b.certificate_expires_on);
        if expires.is_some_and(|last| last >= date && last <= later(date, SOON_DAYS)) {
            found.push(Warning::CertificateSoon);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_stay_begins_anew_after_a_long_break_and_faces_are_forgotten() {
        let (outlet, zhang, li) = (Id::new(), Id::new(), Id::new());
        let past = [
            (outlet, zhang, day("2026-08-03")),
            (outlet, li, day("2026-08-10")),
            (outlet, zhang, day("2026-09-14")),
            (outlet, zhang, day("2026-10-05")),
        ];
        let stays = Stays::new(day("2026-10-12"), &past);
        assert_eq!(stays.since(outlet, zhang, day("2026-10-12")), Some(day("2026-09-14")));
        assert_eq!(stays.since(outlet, zhang, day("2026-11-12")), None);
        let mut on = stays.clone();
        on.go_on([(outlet, zhang, day("2026-10-20")), (outlet, zhang, day("2026-11-10"))].into_iter());
        assert_eq!(on.since(outlet, zhang, day("2026-11-12")), Some(day("2026-09-14")), "what stands meanwhile counts");
        assert_eq!(on.since(outlet, zhang, day("2026-12-09")), None);
        assert_eq!(stays.faces[&outlet], HashSet::from([zhang]));
    }

    #[test]
    fn one_day_elsewhere_does_not_make_it_the_usual_outlet() {
        let (home, away, zhang) = (Id::new(), Id::new(), Id::new());
        let past =
            [(home, zhang, day("2026-09-28")), (home, zhang, day("2026-09-29")), (away, zhang, day("2026-10-09"))];
        let stays = Stays::new(day("2026-10-12"), &past);
        assert_eq!(stays.usual(zhang), Some((home, day("2026-09-28"))));
        assert_eq!(stays.usual(Id::new()), None);
    }
}
