//! Whom a reminder pass writes to, when, and about which follow-ups: the windows of the day and the choice.
//! W is today, N the next workday, both of the branch. What falls due while nobody works belongs to the last
//! workday before, and whatever is due by then is asked for in time.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::calendar::local::{local_date, local_time};
use crate::calendar::workdays::Workdays;

crate::text_enum! {
    /// A reminder mail; at most one of each goes to a person on a day.
    pub enum MailKind {
        /// The morning's list.
        Digest = "digest",
        /// The afternoon's reminder of what is still open and due before the next workday.
        Nudge = "nudge",
    }
}

const WINDOWS_END: NaiveTime = hour(20, 0);

impl MailKind {
    /// When its window opens on the branch's clock.
    fn opens(self) -> NaiveTime {
        match self {
            Self::Digest => hour(8, 30),
            Self::Nudge => hour(16, 0),
        }
    }

    /// The date W for which a pass at `moment` decides this mail; `None` outside its window or on a day off.
    /// The window holds its first instant and not its last: 08:30:00 is in, 19:59:59 is in, 20:00:00 is out.
    pub fn day_at(self, moment: DateTime<Utc>, tz: Tz, workdays: &Workdays) -> Option<NaiveDate> {
        let (today, time) = (local_date(moment, tz), local_time(moment, tz));
        let in_window = self.opens() <= time && time < WINDOWS_END;
        (in_window && workdays.is_workday(today)).then_some(today)
    }
}

const fn hour(hour: u32, minute: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, minute, 0) {
        Some(time) => time,
        None => NaiveTime::MIN,
    }
}

/// How pressing an open follow-up is to its broker, in the order of the digest's headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Due before today.
    Overdue,
    /// Due today, or before anybody works again. The nudge is about these.
    DueNow,
    /// Due on the next workday, or before the one after it.
    Coming,
}

/// The days by which a pass sorts what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestDays {
    /// W.
    pub today: NaiveDate,
    /// N.
    pub next: NaiveDate,
    /// The workday after N.
    pub after_next: NaiveDate,
}

impl DigestDays {
    pub fn of(today: NaiveDate, workdays: &Workdays) -> Self {
        let next = workdays.next_workday(today);
        Self { today, next, after_next: workdays.next_workday(next) }
    }

    /// `None`: not yet to be spoken of.
    pub fn urgency(&self, due_on: NaiveDate) -> Option<Urgency> {
        if due_on < self.today {
            Some(Urgency::Overdue)
        } else if due_on < self.next {
            Some(Urgency::DueNow)
        } else if due_on < self.after_next {
            Some(Urgency::Coming)
        } else {
            None
        }
    }
}

/// Whether a manager hears of an open follow-up: when `today` is the second workday after `due_on` or later.
/// The coordinators heard on the first.
pub fn reaches_manager(due_on: NaiveDate, today: NaiveDate, workdays: &Workdays) -> bool {
    workdays.nth_workday_after(due_on, 2) <= today
}

/// A name as others than the broker see it in a mail: its first character and two stars, which tell nothing of
/// how long it is. A mark that combines with the first character stays with it.
pub fn shortened(name: &str) -> String {
    let mut chars = name.trim().nfc().peekable();
    let mut short: String = chars.next().into_iter().collect();
    while let Some(mark) = chars.next_if(|c| is_combining_mark(*c)) {
        short.push(mark);
    }
    short.push_str("**");
    short
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
