//! What the admin sees of the outbox, and what can be done about a mail.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::outbox::{self, MailState, NewMail};
use super::{Kind, letters};
use crate::audit::{self, Subject};
use crate::calendar::local::{day_end, day_start};
use crate::db::schema::{branches, mails, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::{Caller, Role};

const SHOWN: i64 = 100;

/// A mail as the admin sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mails)]
pub struct MailRow {
    /// Its id.
    pub id: Id,
    /// What it is for.
    pub kind: Kind,
    /// The recipient.
    pub to_address: String,
    /// The day it speaks of.
    pub day: NaiveDate,
    /// The subject.
    pub subject: String,
    /// The same on every try.
    pub message_id: String,
    /// How it stands.
    pub state: MailState,
    /// How often it was tried.
    pub tries: i32,
    /// When it is tried next.
    pub next_try_at: At,
    /// What the server said last.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: At,
    /// When it left.
    pub sent_at: Option<At>,
}

/// Somebody whom no reminder reaches.
#[derive(Clone, Debug, Queryable)]
pub struct WithoutAddress {
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Their branch's name.
    pub branch: String,
}

/// The outbox at a glance.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Nothing is sent: a restored copy.
    pub suspended: bool,
    /// How many wait.
    pub waiting: i64,
    /// How many left since the day began.
    pub sent_today: i64,
    /// How many were refused for good.
    pub failed_count: i64,
    /// Those, the latest first.
    pub failed: Vec<MailRow>,
    /// The latest of all others.
    pub latest: Vec<MailRow>,
    /// How many people no reminder reaches.
    pub without_count: i64,
    /// The first of them.
    pub without: Vec<WithoutAddress>,
}

/// The outbox at a glance, today as in `zone`.
///
/// # Errors
/// What the database says.
pub fn overview(conn: &mut Conn, zone: chrono_tz::Tz, now: At) -> Result<Overview> {
    let today = now.date_in(zone);
    let (from, to) = (At::from(day_start(today, zone)), At::from(day_end(today, zone)));
    let list = || mails::table.order((mails::created_at.desc(), mails::id.desc())).select(MailRow::as_select());
    let reminded = vec![Role::Broker, Role::Coordinator, Role::Manager];
    let without = || {
        users::table
            .inner_join(branches::table)
            .filter(users::email.is_null().and(users::disabled_at.is_null()))
            .filter(users::role.eq_any(reminded.clone()))
    };
    Ok(Overview {
        suspended: outbox::is_suspended(conn)?,
        waiting: mails::table
            .filter(mails::state.eq_any([MailState::Waiting, MailState::Sending]))
            .count()
            .get_result(conn)?,
        sent_today: mails::table
            .filter(mails::state.eq(MailState::Sent))
            // What was sent today was queued at most a few days ago; the index is on that.
            .filter(mails::created_at.ge(from - chrono::Duration::days(7)))
            .filter(mails::sent_at.ge(from).and(mails::sent_at.lt(to)))
            .count()
            .get_result(conn)?,
        failed_count: mails::table.filter(mails::state.eq(MailState::Failed)).count().get_result(conn)?,
        failed: list().filter(mails::state.eq(MailState::Failed)).limit(SHOWN).load(conn)?,
        latest: list().filter(mails::state.ne(MailState::Failed)).limit(SHOWN).load(conn)?,
        without_count: without().count().get_result(conn)?,
        without: without()
            .order((branches::code, users::name))
            .select((users::name, users::role, branches::name))
            .limit(SHOWN)
            .load(conn)?,
    })
}

/// One mail.
///
/// # Errors
/// `NotFound`.
pub fn find(conn: &mut Conn, id: Id) -> Result<MailRow> {
    Ok(mails::table.find(id).select(MailRow::as_select()).first(conn)?)
}

/// Notes that the admin read what a mail says.
///
/// # Errors
/// What the database says.
pub fn record_reading(conn: &mut Conn, caller: &Caller, id: Id, kind: Kind) -> Result<()> {
    let detail = serde_json::json!({ "kind": kind.as_str() });
    audit::record(conn, caller, "mail.read", Subject::new("mail", id, None), detail)
}

/// Has a failed or waiting mail tried again at once.
///
/// # Errors
/// `not_waiting` (409) for one that was sent or given up.
pub fn try_again(conn: &mut Conn, caller: &Caller, id: Id) -> Result<()> {
    open_for_change(conn, id)?;
    diesel::update(mails::table.find(id))
        .set((mails::state.eq(MailState::Waiting), mails::next_try_at.eq(caller.now), mails::unanswered.eq(0)))
        .execute(conn)?;
    audit::record(conn, caller, "mail.retry", Subject::new("mail", id, None), serde_json::json!({}))
}

/// Gives a failed or waiting mail up; what it says is forgotten.
///
/// # Errors
/// As `try_again`.
pub fn give_up(conn: &mut Conn, caller: &Caller, id: Id) -> Result<()> {
    open_for_change(conn, id)?;
    let nothing: Vec<u8> = Vec::new();
    diesel::update(mails::table.find(id))
        .set((mails::state.eq(MailState::GivenUp), mails::body.eq(nothing)))
        .execute(conn)?;
    audit::record(conn, caller, "mail.give_up", Subject::new("mail", id, None), serde_json::json!({}))
}

fn open_for_change(conn: &mut Conn, id: Id) -> Result<()> {
    serialise(conn, id)?;
    match find(conn, id)?.state {
        MailState::Waiting | MailState::Failed => Ok(()),
        MailState::Sending | MailState::Sent | MailState::GivenUp => Err(Error::Conflict("not_waiting")),
    }
}

/// Queues a test mail.
///
/// # Errors
/// What the database says.
pub fn send_test(conn: &mut Conn, keys: &Keys, caller: &Caller, lang: Lang, to: &str) -> Result<Id> {
    let user = caller.user()?;
    let letters::Letter { subject, text, html } = letters::test(lang);
    let day = caller.now.date_in(user.zone());
    let mail = NewMail { kind: Kind::Test, user_id: Some(user.id), to: to.to_owned(), day, subject, text, html };
    let id = outbox::queue(conn, keys, mail, caller.now)?;
    audit::record(conn, caller, "mail.test", Subject::new("mail", id, None), serde_json::json!({}))?;
    Ok(id)
}
