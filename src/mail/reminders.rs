//! One reminder pass, as of a moment: for every branch in its window on a workday, who gets a digest or a nudge (CONTRACT "Reminder mails").
//!
//! The moment decides what is said; real time decides only when a mail is tried again. A digest is decided once a person and day, at the first pass of
//! its window, also when there is nothing to say; a nudge is sent at most once. The row in `reminder_days` is written with the mail, so that neither a
//! restart nor another instance makes a second one.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::due_lists::{Look, OpenFollowUp, Recipient, ShiftToday};
use super::letters::{self, DigestOf, ForBroker, Letter};
use super::outbox::{self, NewMail};
use super::{Kind, digest::DigestDays, digest::MailKind, digest::Urgency, digest::reaches_manager};
use crate::app::App;
use crate::calendar;
use crate::calendar::workdays::Workdays;
use crate::db::schema::{branches, reminder_days};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::jobs;
use crate::people::Role;
use crate::people::store::Branch;

/// How many people with nothing to be told are noted in one transaction.
const NOTED_AT_ONCE: usize = 200;

/// One pass as if it were `at`. Answers how many mails were queued. A branch that fails does not keep the others from theirs.
///
/// # Errors
/// The first failure, after all branches had their turn.
pub fn pass(app: &App, at: At) -> Result<usize> {
    let (suspended, all) = app.db.read_now(|conn| {
        let all: Vec<Branch> = branches::table.order(branches::code).load(conn)?;
        Ok((outbox::is_suspended(conn)?, all))
    })?;
    let mut queued = 0;
    let mut first = None;
    // A restored copy decides nothing either: on its release it would pour out what was due long ago.
    for branch in all.iter().filter(|_| !suspended) {
        for kind in MailKind::ALL {
            match of_branch(app, branch, kind, at) {
                Ok(n) => queued += n,
                Err(error) => {
                    tracing::error!(branch = branch.code, kind = kind.as_str(), %error, "a branch's reminders failed");
                    first.get_or_insert(error);
                }
            }
        }
    }
    first.map_or(Ok(queued), Err)
}

/// What a pass found out about one branch.
struct Found {
    look: Look,
    days: DigestDays,
    workdays: Workdays,
    recipients: Vec<Recipient>,
    open: Vec<OpenFollowUp>,
    with_sms: HashSet<Id>,
    shifts: HashMap<Id, ShiftToday>,
}

fn of_branch(app: &App, branch: &Branch, kind: MailKind, at: At) -> Result<usize> {
    // Most passes fall outside the window, and then nothing is read: every day counts as worked for that first look.
    let today = at.date_in(branch.zone());
    let every_day = [calendar::workdays::CalendarDay { date: today, is_workday: Some(true) }];
    if kind.day_at(at.utc(), branch.zone(), &Workdays::new(every_day, [])).is_none() {
        return Ok(0);
    }
    let found = app.db.read_now(|conn| match kind {
        MailKind::Digest => look_for_digest(conn, branch, at),
        MailKind::Nudge => look_for_nudge(conn, branch, at),
    })?;
    found.map_or(Ok(0), |found| decide(app, kind, &app.settings.house(&branch.name), &found))
}

/// The days of the branch, if it works today.
fn days_of(conn: &mut Conn, branch: &Branch, at: At) -> Result<Option<(Look, DigestDays, Workdays)>> {
    let zone = branch.zone();
    let today = at.date_in(zone);
    // Back over what is not missed yet, and on over the longest holiday.
    let workdays = calendar::store::workdays(conn, Some(branch.id), today - Days::new(40), today + Days::new(120))?;
    let look = Look { branch: branch.id, zone, at, today };
    Ok(workdays.is_workday(today).then(|| (look, DigestDays::of(today, &workdays), workdays)))
}

fn look_for_digest(conn: &mut Conn, branch: &Branch, at: At) -> Result<Option<Found>> {
    let Some((look, days, workdays)) = days_of(conn, branch, at)? else { return Ok(None) };
    let recipients = look.undecided(conn, Kind::Digest)?;
    if recipients.is_empty() {
        return Ok(None);
    }
    let open = look.open(conn, NaiveDate::MIN, days.after_next)?;
    let with_sms = look.with_sms(conn, days.after_next)?.into_iter().collect();
    let shifts = look.shifts(conn)?.into_iter().map(|shift| (shift.broker_id, shift)).collect();
    Ok(Some(Found { look, days, workdays, recipients, open, with_sms, shifts }))
}

fn look_for_nudge(conn: &mut Conn, branch: &Branch, at: At) -> Result<Option<Found>> {
    let Some((look, days, workdays)) = days_of(conn, branch, at)? else { return Ok(None) };
    let open = look.open(conn, days.today, days.next)?;
    if open.is_empty() {
        return Ok(None);
    }
    let recipients = look.undecided(conn, Kind::Nudge)?;
    let with_sms = look.with_sms(conn, days.next)?.into_iter().collect();
    Ok(Some(Found { look, days, workdays, recipients, open, with_sms, shifts: HashMap::new() }))
}

fn decide(app: &App, kind: MailKind, house: &str, found: &Found) -> Result<usize> {
    let mut of_broker: HashMap<Id, Vec<&OpenFollowUp>> = HashMap::new();
    for one in &found.open {
        of_broker.entry(one.broker_id).or_default().push(one);
    }
    let overdue = grouped(found.open.iter().filter(|one| one.due_on < found.days.today));
    let late = |one: &&OpenFollowUp| {
        one.due_on < found.days.today && reaches_manager(one.due_on, found.days.today, &found.workdays)
    };
    let escalated = grouped(found.open.iter().filter(late));
    let base_url = &app.settings.base_url;
    let (mut queued, mut nothing) = (0, Vec::new());
    let told = jobs::each(&found.recipients, |person| {
        let own = of_broker.get(&person.id).map(Vec::as_slice).unwrap_or_default();
        let letter = match (kind, person.role) {
            (MailKind::Digest, Role::Broker) => {
                let about = for_broker(found, house, own, found.shifts.get(&person.id));
                letters::broker_digest(person, &about, base_url)
            }
            (MailKind::Nudge, _) => letters::nudge(person, &for_broker(found, house, own, None), base_url),
            (MailKind::Digest, Role::Coordinator) => {
                letters::desk_digest(person, DigestOf::Overdue, &overdue, found.days.today, base_url)
            }
            (MailKind::Digest, _) => {
                letters::desk_digest(person, DigestOf::Escalated, &escalated, found.days.today, base_url)
            }
        };
        match letter {
            Some(letter) => queued += usize::from(queue(app, kind, found, person, letter)?),
            None => nothing.push(person.id),
        }
        Ok(())
    });
    if kind == MailKind::Digest {
        note(app, found, &nothing)?;
    }
    told.map(|()| queued)
}

/// By broker in the order of their names, each with what is longest overdue first.
fn grouped<'a>(open: impl Iterator<Item = &'a OpenFollowUp>) -> Vec<(&'a str, Vec<&'a OpenFollowUp>)> {
    let mut groups: BTreeMap<(&str, Id), Vec<&OpenFollowUp>> = BTreeMap::new();
    for one in open {
        groups.entry((&one.broker, one.broker_id)).or_default().push(one);
    }
    groups.into_iter().map(|((name, _), all)| (name, all)).collect()
}

fn for_broker<'a>(
    found: &'a Found,
    house: &'a str,
    own: &[&'a OpenFollowUp],
    shift: Option<&'a ShiftToday>,
) -> ForBroker<'a> {
    let mut about = ForBroker {
        today: found.days.today,
        zone: found.look.zone,
        house,
        shift,
        with_sms: &found.with_sms,
        overdue: Vec::new(),
        due_now: Vec::new(),
        coming: Vec::new(),
    };
    for one in own {
        match found.days.urgency(one.due_on) {
            Some(Urgency::Overdue) => about.overdue.push(one),
            Some(Urgency::DueNow) => about.due_now.push(one),
            Some(Urgency::Coming) => about.coming.push(one),
            None => {}
        }
    }
    about
}

fn stored(kind: MailKind) -> Kind {
    match kind {
        MailKind::Digest => Kind::Digest,
        MailKind::Nudge => Kind::Nudge,
    }
}

/// Queues a mail and notes that it was decided, in one transaction. False if another pass was first.
fn queue(app: &App, kind: MailKind, found: &Found, person: &Recipient, letter: Letter) -> Result<bool> {
    let Some(to) = person.email.clone() else { return Ok(false) };
    let (user, day, keys, now) = (person.id, found.look.today, app.keys.clone(), app.clock.now());
    let kind = stored(kind);
    let Letter { subject, text, html } = letter;
    let written = app.db.write_now(move |conn| {
        let mail = NewMail { kind, user_id: Some(user), to, day, subject, text, html };
        let mail = outbox::queue(conn, &keys, mail, now)?;
        diesel::insert_into(reminder_days::table)
            .values((
                reminder_days::user_id.eq(user),
                reminder_days::kind.eq(kind),
                reminder_days::day.eq(day),
                reminder_days::mail_id.eq(mail),
                reminder_days::decided_at.eq(now),
            ))
            .execute(conn)?;
        Ok(())
    });
    match written {
        Ok(()) => Ok(true),
        // The key of `reminder_days`: the whole transaction is undone, the mail with it.
        Err(Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Notes those whom today's digest has nothing to tell.
fn note(app: &App, found: &Found, people: &[Id]) -> Result<()> {
    let (day, now) = (found.look.today, app.clock.now());
    for some in people.chunks(NOTED_AT_ONCE) {
        let some = some.to_vec();
        app.db.write_now(move |conn| {
            for user in some {
                let row = (
                    reminder_days::user_id.eq(user),
                    reminder_days::kind.eq(Kind::Digest),
                    reminder_days::day.eq(day),
                    reminder_days::decided_at.eq(now),
                );
                crate::on_either!(conn, c => diesel::insert_into(reminder_days::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(c))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}
