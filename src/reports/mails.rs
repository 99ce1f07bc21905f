//! Reports by mail: totals and a link, nothing of any client. A day's report goes out on the next workday, a longer one on the first workday after it, at the
//! first pass in the morning's window, or on a later day where nobody passed then. Once a person and period: the row in `report_mails` is written with
//! the mail.

use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::figures::{SHORT, columns};
use super::file::name;
use super::load::{self, Report, Whose};
use super::period::{Period, Unit};
use crate::app::App;
use crate::calendar::local::at_local;
use crate::calendar::workdays::Workdays;
use crate::calendar::{self, workdays::CalendarDay};
use crate::db::schema::{branches, report_mails, report_schedules, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::mail::Kind;
use crate::mail::digest::MailKind;
use crate::mail::letters::{Letter, letter};
use crate::mail::outbox::{self, NewMail};
use crate::people::Role;
use crate::people::store::Branch;
use crate::t;
use crate::templates::mail::{Content, Item, Section};
use crate::templates::reports::shown;

/// When the morning's window opens.
const OPENS: NaiveTime = match NaiveTime::from_hms_opt(8, 30, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// At most so many periods of a kind go out at once.
const TOGETHER: usize = 4;

/// Somebody who wants a report.
#[derive(Clone, Debug)]
struct Wish {
    user: Id,
    unit: Unit,
    set_at: At,
    email: String,
    language: Lang,
    /// None: the head office.
    branch: Option<Branch>,
}

impl Wish {
    fn zone(&self) -> Tz {
        self.branch.as_ref().map_or(Tz::Asia__Shanghai, Branch::zone)
    }

    /// The periods to be reported at a moment, the latest first.
    fn due(&self, at: At, workdays: &Workdays) -> Vec<Period> {
        let zone = self.zone();
        let Some(today) = MailKind::Digest.day_at(at.utc(), zone, workdays) else { return Vec::new() };
        let (since, periods) = match self.unit {
            Unit::Day => (today, vec![Unit::Day.of(last_workday_before(today, workdays))]),
            unit => {
                let now = unit.of(today);
                // A week of holidays has no workday on which the week before it could go out.
                let is_free = |period: &Period| first_workday(period.first, workdays) > period.last;
                let ended = std::iter::successors(Some(now.before()), |one| is_free(one).then(|| one.before()));
                (first_workday(now.first, workdays), ended.take(TOGETHER).collect())
            }
        };
        // Who asks within a period waits for its end.
        let asked_before = self.set_at <= At::from(at_local(since, OPENS, zone));
        if today >= since && asked_before { periods } else { Vec::new() }
    }
}

fn first_workday(date: NaiveDate, workdays: &Workdays) -> NaiveDate {
    if workdays.is_workday(date) { date } else { workdays.next_workday(date) }
}

fn last_workday_before(date: NaiveDate, workdays: &Workdays) -> NaiveDate {
    let earlier = (1..=60).filter_map(|days| date.checked_sub_days(Days::new(days)));
    earlier.into_iter().find(|day| workdays.is_workday(*day)).unwrap_or(date)
}

/// One pass as if it were `at`. Answers how many mails were queued. One that fails does not keep the others from theirs.
///
/// # Errors
/// The first failure, after everybody had their turn.
pub fn pass(app: &App, at: At) -> Result<usize> {
    let wishes = app.db.read_now(|conn| if outbox::is_suspended(conn)? { Ok(Vec::new()) } else { wishes(conn) })?;
    let (mut queued, mut first) = (0, None);
    for wish in wishes {
        match of_one(app, &wish, at) {
            Ok(n) => queued += n,
            Err(error) => {
                tracing::error!(user = %wish.user, period = wish.unit.as_str(), %error, "a report could not be queued");
                first.get_or_insert(error);
            }
        }
    }
    first.map_or(Ok(queued), Err)
}

fn wishes(conn: &mut Conn) -> Result<Vec<Wish>> {
    type Row = (Id, Unit, At, Option<String>, Lang, Option<Id>);
    let rows: Vec<Row> = report_schedules::table
        .inner_join(users::table)
        .filter(users::role.eq(Role::Manager).and(users::disabled_at.is_null()).and(users::email.is_not_null()))
        .order((report_schedules::user_id, report_schedules::period))
        .select((
            report_schedules::user_id,
            report_schedules::period,
            report_schedules::set_at,
            users::email,
            users::language,
            users::branch_id,
        ))
        .load(conn)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<Branch> = branches::table.load(conn)?;
    let wish = |(user, unit, set_at, email, language, branch): Row| {
        let branch = match branch {
            Some(id) => Some(all.iter().find(|one| one.id == id)?.clone()),
            None => None,
        };
        Some(Wish { user, unit, set_at, email: email?, language, branch })
    };
    Ok(rows.into_iter().filter_map(wish).collect())
}

fn of_one(app: &App, wish: &Wish, at: At) -> Result<usize> {
    // Most passes fall outside the window, and then nothing is read: every day counts as worked for that first look.
    let today = at.date_in(wish.zone());
    let every_day = Workdays::new([CalendarDay { date: today, is_workday: Some(true) }], []);
    if MailKind::Digest.day_at(at.utc(), wish.zone(), &every_day).is_none() {
        return Ok(0);
    }
    let due = app.db.read_now(|conn| {
        let of = wish.branch.as_ref().map(|branch| branch.id);
        // A year's first workday may be looked for from its end.
        let workdays = calendar::store::workdays(conn, of, today - Days::new(400), today + Days::new(40))?;
        let mut due = wish.due(at, &workdays);
        let decided: Vec<NaiveDate> = report_mails::table
            .filter(report_mails::user_id.eq(wish.user).and(report_mails::period.eq(wish.unit)))
            .filter(report_mails::first_day.eq_any(due.iter().map(|period| period.first)))
            .select(report_mails::first_day)
            .load(conn)?;
        due.retain(|period| !decided.contains(&period.first));
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let whose = match &wish.branch {
            Some(branch) => Whose { branches: vec![branch.clone()], one: true },
            None => Whose { branches: branches::table.order(branches::code).load(conn)?, one: false },
        };
        // The earliest first.
        due.into_iter().rev().map(|period| load::report(conn, &whose, period, at)).collect()
    })?;
    due.iter().try_fold(0, |queued, report| Ok(queued + queue(app, wish, today, report)?))
}

/// Queues the mail and notes it, in one transaction. Nothing if another pass was first.
fn queue(app: &App, wish: &Wish, day: NaiveDate, report: &Report) -> Result<usize> {
    let Letter { subject, text, html } = written(wish.language, report, &app.settings.base_url);
    let (user, unit, first, to) = (wish.user, wish.unit, report.period.first, wish.email.clone());
    let (keys, now) = (app.keys.clone(), app.clock.now());
    let written = app.db.write_now(move |conn| {
        let mail = NewMail { kind: Kind::Report, user_id: Some(user), to, day, subject, text, html };
        let mail = outbox::queue(conn, &keys, mail, now)?;
        diesel::insert_into(report_mails::table)
            .values((
                report_mails::user_id.eq(user),
                report_mails::period.eq(unit),
                report_mails::first_day.eq(first),
                report_mails::mail_id.eq(mail),
                report_mails::decided_at.eq(now),
            ))
            .execute(conn)?;
        Ok(())
    });
    match written {
        Ok(()) => Ok(1),
        // The key of `report_mails`: the whole transaction is undone, the mail with it.
        Err(Error::Conflict(_)) => Ok(0),
        Err(error) => Err(error),
    }
}

fn written(lang: Lang, report: &Report, base_url: &str) -> Letter {
    let period = report.period;
    let line = |(key, of): super::figures::Column| {
        let (now, before) = (shown(of(&report.total)), shown(of(&report.before)));
        Item {
            title: format!("{} {now}", name(lang, key)),
            lines: vec![t!(lang, "report-mail-before", n = before)],
            href: None,
        }
    };
    let href = format!("{base_url}/reports?period={}&date={}", period.unit.as_str(), period.first);
    let link = Item { title: t!(lang, "report-mail-open"), lines: Vec::new(), href: Some(href) };
    let content = Content {
        lead: t!(lang, "report-mail-lead", scope = super::file::scope(lang, report)),
        sections: vec![
            Section { heading: period.name(lang), items: columns(&SHORT).into_iter().map(line).collect() },
            Section { heading: String::new(), items: vec![link] },
        ],
        foot: t!(lang, "report-mail-foot"),
        ..Content::default()
    };
    letter(lang, t!(lang, "report-mail-subject", period = period.name(lang)), content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(dates: &[&str]) -> Vec<NaiveDate> {
        dates.iter().map(|date| date.parse().expect("a date")).collect()
    }

    fn due(unit: Unit, set_at: &str, at: &str) -> Vec<NaiveDate> {
        let moment = |text: &str| At::from(text.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant"));
        let (user, email, language) = (Id::new(), String::new(), Lang::En);
        let wish = Wish { user, unit, set_at: moment(set_at), email, language, branch: None };
        // Spring Festival 2026: free from the Sunday to the Monday of the week after next.
        let free = days(&["2026-02-15"])[0].iter_days().take(9);
        let rows = free.map(|date| CalendarDay { date, is_workday: Some(false) });
        wish.due(moment(at), &Workdays::new(rows, [])).iter().map(|period| period.first).collect()
    }

    #[test]
    fn what_ended_before_a_week_of_holidays_goes_out_with_it() {
        let early = "2026-01-01T00:00:00Z";
        assert_eq!(due(Unit::Week, early, "2026-02-18T01:00:00Z"), [], "a holiday");
        assert_eq!(due(Unit::Week, early, "2026-02-24T01:00:00Z"), days(&["2026-02-16", "2026-02-09"]));
        assert_eq!(due(Unit::Week, early, "2026-02-26T01:00:00Z"), days(&["2026-02-16", "2026-02-09"]), "a later pass");
        assert_eq!(due(Unit::Week, early, "2026-03-02T01:00:00Z"), days(&["2026-02-23"]));
        assert_eq!(due(Unit::Month, early, "2026-03-02T01:00:00Z"), days(&["2026-02-01"]));
        assert_eq!(due(Unit::Week, "2026-02-25T00:00:00Z", "2026-02-26T01:00:00Z"), [], "asked for after it was due");
    }
}
