//! Moments, states and stages as people say them.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use crate::db::At;
use crate::followups::due::{State as Due, days_left};
use crate::language::Lang;
use crate::prospects::stage::Stage;
use crate::prospects::view::FollowUpView;
use crate::t;
use crate::templates::State;

/// `今天 09:05`, `11 月 18 日 15:40`; `today 09:05`, `18 Nov 15:40`.
pub fn moment(lang: Lang, at: At, now: At, zone: Tz) -> String {
    let time = at.utc().with_timezone(&zone).format("%H:%M");
    format!("{} {time}", day(lang, at.date_in(zone), now.date_in(zone)))
}

/// `今天`, `11 月 18 日`, with its year where that is another.
pub fn day(lang: Lang, date: NaiveDate, today: NaiveDate) -> String {
    if date == today {
        return t!(lang, "prospect-today");
    }
    plain_day(lang, date, today)
}

/// A day by its date, also where it is today: for a text that is read later.
pub fn plain_day(lang: Lang, date: NaiveDate, today: NaiveDate) -> String {
    let other_year = date.year() != today.year();
    match lang {
        Lang::Zh if other_year => format!("{} 年 {} 月 {} 日", date.year(), date.month(), date.day()),
        Lang::Zh => format!("{} 月 {} 日", date.month(), date.day()),
        Lang::En if other_year => date.format("%-d %b %Y").to_string(),
        Lang::En => date.format("%-d %b").to_string(),
    }
}

/// What became of a follow-up: its colour and its word.
pub fn due(lang: Lang, follow_up: &FollowUpView, today: NaiveDate) -> (State, String) {
    let left = days_left(follow_up.due_on, today);
    match follow_up.state {
        Due::Open if left < 0 => (State::Late, t!(lang, "prospect-due-late", days = -left)),
        Due::Open if left == 0 => (State::Soon, t!(lang, "prospect-due-today")),
        Due::Open if left == 1 => (State::Soon, t!(lang, "prospect-due-left", days = left)),
        Due::Open => (State::Fine, t!(lang, "prospect-due-left", days = left)),
        Due::Kept => (State::Fine, t!(lang, "prospect-due-kept")),
        Due::KeptLate => (State::Unknown, t!(lang, "prospect-due-kept-late")),
        Due::Missed => (State::Late, t!(lang, "prospect-due-missed")),
        Due::Waived => (State::Unknown, t!(lang, "prospect-due-waived")),
    }
}

/// A stage's word.
pub fn stage(lang: Lang, stage: Stage) -> String {
    word(lang, "stage", stage.as_str())
}

/// The word of a value: `prospect-{what}-{value}`.
pub fn word(lang: Lang, what: &str, value: &str) -> String {
    t!(lang, &format!("prospect-{what}-{}", value.replace('_', "-")))
}
