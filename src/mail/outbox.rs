//! The outbox: a mail is queued in the transaction of what causes it, and sent from here.
//!
//! Whoever has the turn claims one in a short transaction, hands it over outside any, and marks it in another. Killed between the two, it is sent
//! again with the same `Message-ID`. Pauses are of real time and grow; what is refused for good waits for the admin.

use std::time::{Duration as RealTime, Instant};

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::transport::{Refusal, RefusalKind};
use super::turn::Turn;
use super::{Kind, Outgoing};
use crate::app::App;
use crate::db::schema::{mails, settings};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::keys::Keys;

crate::text_enum! {
    /// How a mail stands.
    pub enum MailState: Text {
        /// To be sent at its next try.
        Waiting = "waiting",
        /// Being handed over by whoever has the turn.
        Sending = "sending",
        /// Taken by the server, or written as a file.
        Sent = "sent",
        /// Refused for good: the admin sees to it.
        Failed = "failed",
        /// The admin gave it up.
        GivenUp = "given_up",
    }
}

const OPEN: [MailState; 2] = [MailState::Waiting, MailState::Sending];

/// Minutes until the next try, by how many there were; the last holds for all after.
const PAUSES: [i64; 6] = [1, 2, 5, 15, 30, 60];
/// After a refused login no server likes to be asked at once.
const SLOW_PAUSE: i64 = 15;
/// A mail is given up on only after both: that many tries, and that many hours (a clock may leap, tries may be forced).
const LAST_TRY: i32 = 52;
const HOURS: i64 = 48;
/// A server that had the whole mail twice without an answer may have kept both.
const MOST_UNANSWERED: i32 = 2;
/// After that many refusals in a row that are not about the mail, the others are not even tried.
const LOST_IN_A_ROW: u32 = 3;
/// How long `try_each` waits for another process that is sending.
const WAIT_FOR_TURN: RealTime = RealTime::from_secs(10);

const SUSPENDED: &str = "mail_suspended";

/// A mail to be queued.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What it is for.
    pub kind: Kind,
    /// The user it goes to, if it goes to one.
    pub user_id: Option<Id>,
    /// The one recipient's address.
    pub to: String,
    /// The day it speaks of.
    pub day: NaiveDate,
    /// The subject, without personal data.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    text: String,
    html: String,
}

/// Queues a mail in the caller's transaction. Its body is sealed.
///
/// # Errors
/// What the database says.
pub fn queue(conn: &mut Conn, keys: &Keys, new: NewMail, now: At) -> Result<Id> {
    let id = Id::new();
    let body = serde_json::to_vec(&Body { text: new.text, html: new.html }).map_err(Error::internal)?;
    diesel::insert_into(mails::table)
        .values((
            mails::id.eq(id),
            mails::kind.eq(new.kind),
            mails::user_id.eq(new.user_id),
            mails::to_address.eq(&new.to),
            mails::day.eq(new.day),
            mails::subject.eq(&new.subject),
            mails::body.eq(keys.seal("mail", &body)?),
            mails::message_id.eq(id.to_string()),
            mails::state.eq(MailState::Waiting),
            mails::next_try_at.eq(now),
            mails::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Whether nothing is sent because this is a restored copy.
///
/// # Errors
/// What the database says.
pub fn is_suspended(conn: &mut Conn) -> Result<bool> {
    let value: Option<String> = settings::table.find(SUSPENDED).select(settings::value).first(conn).optional()?;
    Ok(value.as_deref() == Some("1"))
}

/// Lets mail go out again. True if it was suspended.
///
/// # Errors
/// What the database says.
pub fn resume(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::delete(settings::table.find(SUSPENDED)).execute(conn)? > 0)
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mails that left.
    pub sent: usize,
    /// Mails that wait, whether tried or not.
    pub waiting: usize,
    /// Mails refused for good.
    pub failed: usize,
}

/// Sends what is due, for about as long as told. A job.
///
/// # Errors
/// What the database says.
pub fn send_due(app: &App, at_most: RealTime) -> Result<Tally> {
    let now = app.clock.now();
    let due = app.db.read_now(|conn| due(conn, Some(now)))?;
    if due.is_empty() {
        return Ok(Tally::default());
    }
    match Turn::take(&app.db)? {
        Some(turn) => send_all(app, turn, due, at_most, LOST_IN_A_ROW),
        None => Ok(Tally::default()),
    }
}

/// Tries each waiting mail once, whether its pause is over or not.
///
/// # Errors
/// What the database says.
pub fn try_each(app: &App) -> Result<Tally> {
    let all = app.db.read_now(|conn| due(conn, None))?;
    let mut tally = Tally::default();
    if !all.is_empty()
        && let Some(turn) = wait_for_turn(app)?
    {
        tally = send_all(app, turn, all, RealTime::MAX, u32::MAX)?;
    }
    let waiting: i64 =
        app.db.read_now(|conn| Ok(mails::table.filter(mails::state.eq_any(OPEN)).count().get_result(conn)?))?;
    tally.waiting = usize::try_from(waiting).unwrap_or_default();
    Ok(tally)
}

fn wait_for_turn(app: &App) -> Result<Option<Turn>> {
    let began = Instant::now();
    loop {
        match Turn::take(&app.db)? {
            None if began.elapsed() < WAIT_FOR_TURN => std::thread::sleep(RealTime::from_millis(50)),
            turn => return Ok(turn),
        }
    }
}

/// The mails to try, oldest due first: those whose pause is over at `now`, or all.
fn due(conn: &mut Conn, now: Option<At>) -> Result<Vec<Id>> {
    if is_suspended(conn)? {
        return Ok(Vec::new());
    }
    let mut query = mails::table
        .filter(mails::state.eq_any(OPEN))
        .order((mails::next_try_at, mails::id))
        .select(mails::id)
        .into_boxed();
    if let Some(now) = now {
        // A pause that ends later than the longest one was set before the clock was turned back.
        let no_pause = now + Duration::minutes(PAUSES[PAUSES.len() - 1] + 1);
        query = query.filter(mails::next_try_at.le(now).or(mails::next_try_at.gt(no_pause))).limit(500);
    }
    Ok(query.load(conn)?)
}

/// Sends one after the other, for about as long as told; `patience`: after how many lost in a row the server is left alone for now.
fn send_all(app: &App, mut turn: Turn, due: Vec<Id>, at_most: RealTime, patience: u32) -> Result<Tally> {
    let began = Instant::now();
    let mut tally = Tally::default();
    let mut opened = app.mailer.open();
    let mut lost = 0;
    for id in due {
        if began.elapsed() >= at_most || lost >= patience || !turn.holds() {
            break;
        }
        let Some(claimed) = claim(app, id)? else { continue };
        let result = match claimed.outgoing(&app.keys) {
            Ok(mail) => opened.send(&mail),
            // Sealed with another key, or damaged: it will not open on another try either.
            Err(error) => Err(Refusal::new(RefusalKind::Never, error.to_string())),
        };
        lost = match &result {
            Err(refusal) if matches!(refusal.kind, RefusalKind::Unreachable | RefusalKind::Login) => lost + 1,
            _ => 0,
        };
        match mark(app, &claimed, result)? {
            MailState::Sent => tally.sent += 1,
            MailState::Failed => tally.failed += 1,
            _ => tally.waiting += 1,
        }
    }
    Ok(tally)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mails)]
struct Claimed {
    id: Id,
    kind: Kind,
    to_address: String,
    day: NaiveDate,
    subject: String,
    body: Vec<u8>,
    message_id: String,
    tries: i32,
    unanswered: i32,
    created_at: At,
}

impl Claimed {
    fn outgoing(&self, keys: &Keys) -> Result<Outgoing> {
        let body: Body = serde_json::from_slice(&keys.open("mail", &self.body)?).map_err(Error::internal)?;
        Ok(Outgoing {
            id: self.id,
            kind: self.kind,
            to: self.to_address.clone(),
            day: self.day,
            subject: self.subject.clone(),
            text: body.text,
            html: body.html,
            message_id: self.message_id.clone(),
            created_at: self.created_at,
        })
    }
}

/// Marks a mail as being sent; none if it is no longer to be. From the first claim on its `Message-ID` is complete, whatever the settings become.
fn claim(app: &App, id: Id) -> Result<Option<Claimed>> {
    let (now, domain) = (app.clock.now(), app.mailer.domain().to_owned());
    app.db.write_now(move |conn| {
        if is_suspended(conn)? {
            return Ok(None);
        }
        let open = mails::table.find(id).filter(mails::state.eq_any(OPEN));
        let Some(mut mail) = open.select(Claimed::as_select()).first(conn).optional()? else { return Ok(None) };
        if mail.tries == 0 {
            mail.message_id = format!("{id}@{domain}");
        }
        mail.tries = mail.tries.saturating_add(1);
        diesel::update(mails::table.find(id))
            .set((
                mails::state.eq(MailState::Sending),
                mails::tries.eq(mail.tries),
                mails::message_id.eq(&mail.message_id),
                // Should this process die now, another tries again after the usual pause.
                mails::next_try_at.eq(now + pause(mail.tries, false)),
            ))
            .execute(conn)?;
        Ok(Some(mail))
    })
}

fn pause(tries: i32, slow: bool) -> Duration {
    let step = usize::try_from(tries.max(1) - 1).unwrap_or_default().min(PAUSES.len() - 1);
    Duration::minutes(if slow { PAUSES[step].max(SLOW_PAUSE) } else { PAUSES[step] })
}

/// Writes what came of a try. A database that is busy just now must not make a sent mail go twice, so it is asked more than once.
fn mark(app: &App, claimed: &Claimed, result: std::result::Result<(), Refusal>) -> Result<MailState> {
    let now = app.clock.now();
    let (state, error, unanswered) = judge(claimed, result, now);
    let slow = error.as_ref().is_some_and(|refusal| refusal.kind == RefusalKind::Login);
    let kind = error.as_ref().map(|refusal| refusal.kind);
    tracing::info!(mail = %claimed.id, kind = claimed.kind.as_str(), tries = claimed.tries, state = state.as_str(), refused = ?kind, "mail");
    let (id, tries, words) = (claimed.id, claimed.tries, error.map(|refusal| refusal.words));
    let mut more = 3;
    loop {
        let words = words.clone();
        let written = app.db.write_now(move |conn| {
            let row = mails::table.find(id);
            diesel::update(row)
                .set((mails::state.eq(state), mails::last_error.eq(words), mails::unanswered.eq(unanswered)))
                .execute(conn)?;
            if state == MailState::Sent {
                let nothing: Vec<u8> = Vec::new();
                diesel::update(row).set((mails::sent_at.eq(now), mails::body.eq(nothing))).execute(conn)?;
            } else {
                diesel::update(row).set(mails::next_try_at.eq(now + pause(tries, slow))).execute(conn)?;
            }
            Ok(())
        });
        match written {
            Ok(()) => return Ok(state),
            Err(Error::Unavailable(_) | Error::StorageFull) if more > 0 => {
                more -= 1;
                std::thread::sleep(RealTime::from_secs(1));
            }
            Err(error) => return Err(error),
        }
    }
}

/// What follows from a try: the state, the refusal to show, and how often the server has left one unanswered.
fn judge(claimed: &Claimed, result: std::result::Result<(), Refusal>, now: At) -> (MailState, Option<Refusal>, i32) {
    let Err(refusal) = result else { return (MailState::Sent, None, claimed.unanswered) };
    let unanswered = claimed.unanswered + i32::from(refusal.kind == RefusalKind::Unanswered);
    let too_old = claimed.tries >= LAST_TRY && now - claimed.created_at >= Duration::hours(HOURS);
    let over = refusal.kind == RefusalKind::Never || unanswered >= MOST_UNANSWERED || too_old;
    (if over { MailState::Failed } else { MailState::Waiting }, Some(refusal), unanswered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_a_refused_login_waits_longer() {
        let minutes = |slow| [1, 2, 3, 4, 5, 6, 7, 40].map(|tries| pause(tries, slow).num_minutes());
        assert_eq!(minutes(false), [1, 2, 5, 15, 30, 60, 60, 60]);
        assert_eq!(minutes(true), [15, 15, 15, 15, 30, 60, 60, 60]);
    }

    #[test]
    fn states_read_back_from_what_is_stored() {
        assert_eq!(MailState::ALL.map(|state| MailState::parse(state.as_str())), MailState::ALL.map(Some));
    }
}
