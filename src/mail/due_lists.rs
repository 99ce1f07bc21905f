//! What a reminder pass looks at in one branch, as it stood at a moment: a few queries, none of them per person.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::Kind;
use crate::db::schema::{follow_ups, outlets, prospects, reminder_days, shifts, touches, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::DAYS_TO_MISSED;
use crate::followups::touch::{Channel, PreferredChannel};
use crate::language::Lang;
use crate::people::Role;

/// Somebody to write to.
#[derive(Clone, Debug, Queryable)]
pub struct Recipient {
    /// Their id.
    pub id: Id,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Where their mails go.
    pub email: Option<String>,
    /// The language of their mails.
    pub language: Lang,
}

/// An open follow-up.
#[derive(Clone, Debug, Queryable)]
pub struct OpenFollowUp {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub prospect_id: Id,
    /// Who is to reach them.
    pub broker_id: Id,
    /// That broker's name.
    pub broker: String,
    /// By when.
    pub due_on: NaiveDate,
    /// The prospect's name.
    pub name: String,
    /// The local date on which they met.
    pub met_on: NaiveDate,
    /// `on_site`, `event`, …
    pub source: String,
    /// The outlet at which they met.
    pub outlet: Option<String>,
    /// How they like to be reached.
    pub preferred: PreferredChannel,
}

/// A broker's shift of the day.
#[derive(Clone, Debug, Queryable)]
pub struct ShiftToday {
    /// Whose.
    pub broker_id: Id,
    /// Where.
    pub outlet: String,
    /// From.
    pub starts_at: At,
    /// To.
    pub ends_at: At,
}

/// The branch, the moment and the days between which follow-ups are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The branch.
    pub branch: Id,
    /// Its zone.
    pub zone: Tz,
    /// The moment: what is dated later is left out.
    pub at: At,
    /// W.
    pub today: NaiveDate,
}

impl Look {
    /// The people of the branch for whom this mail of the day is not decided yet; those without an address are left out.
    ///
    /// # Errors
    /// What the database says.
    pub fn undecided(&self, conn: &mut Conn, kind: Kind) -> Result<Vec<Recipient>> {
        let roles: &[Role] = match kind {
            Kind::Nudge => &[Role::Broker],
            _ => &[Role::Broker, Role::Coordinator, Role::Manager],
        };
        let decided = reminder_days::table
            .filter(reminder_days::user_id.eq(users::id))
            .filter(reminder_days::kind.eq(kind).and(reminder_days::day.eq(self.today)));
        Ok(users::table
            .filter(users::branch_id.eq(self.branch).and(users::role.eq_any(roles.to_vec())))
            .filter(users::disabled_at.is_null().and(users::email.is_not_null()))
            .filter(diesel::dsl::not(diesel::dsl::exists(decided)))
            .order(users::id)
            .select((users::id, users::name, users::role, users::email, users::language))
            .load(conn)?)
    }

    /// The follow-ups of the branch that were open at the moment, due from `from` and before `before`, the longest due first. One that was kept or waived later
    /// was open then; one due over thirty days ago is missed and asked for no more.
    ///
    /// # Errors
    /// What the database says.
    pub fn open(&self, conn: &mut Conn, from: NaiveDate, before: NaiveDate) -> Result<Vec<OpenFollowUp>> {
        let from = from.max(self.today - Days::new(DAYS_TO_MISSED.unsigned_abs()));
        Ok(follow_ups::table
            .inner_join(prospects::table.on(prospects::id.eq(follow_ups::prospect_id)))
            .inner_join(users::table.on(users::id.eq(follow_ups::broker_id)))
            .left_join(outlets::table.on(prospects::outlet_id.eq(outlets::id.nullable())))
            .filter(follow_ups::branch_id.eq(self.branch))
            .filter(follow_ups::due_on.ge(from).and(follow_ups::due_on.lt(before)))
            .filter(follow_ups::starts_at.le(self.at).and(prospects::state.eq("active")))
            .filter(follow_ups::kept_at.is_null().or(follow_ups::kept_at.gt(self.at)))
            .filter(follow_ups::waived_at.is_null().or(follow_ups::waived_at.gt(self.at)))
            .order((follow_ups::due_on, follow_ups::starts_at, follow_ups::id))
            .select((
                follow_ups::id,
                follow_ups::prospect_id,
                follow_ups::broker_id,
                users::name,
                follow_ups::due_on,
                prospects::name,
                prospects::met_on,
                prospects::source,
                outlets::name.nullable(),
                prospects::preferred_channel,
            ))
            .load(conn)?)
    }

    /// Which of the follow-ups due before `before` have had their SMS by the moment.
    ///
    /// # Errors
    /// What the database says.
    pub fn with_sms(&self, conn: &mut Conn, before: NaiveDate) -> Result<Vec<Id>> {
        let from = self.today - Days::new(DAYS_TO_MISSED.unsigned_abs());
        Ok(follow_ups::table
            .inner_join(touches::table.on(touches::prospect_id.eq(follow_ups::prospect_id)))
            .filter(follow_ups::branch_id.eq(self.branch))
            .filter(follow_ups::due_on.ge(from).and(follow_ups::due_on.lt(before)))
            .filter(touches::channel.eq(Channel::Sms).and(touches::withdrawn_at.is_null()))
            .filter(touches::at.gt(follow_ups::starts_at).and(touches::at.le(self.at)))
            .select(follow_ups::id)
            .distinct()
            .load(conn)?)
    }

    /// The branch's shifts of the day.
    ///
    /// # Errors
    /// What the database says.
    pub fn shifts(&self, conn: &mut Conn) -> Result<Vec<ShiftToday>> {
        Ok(shifts::table
            .inner_join(outlets::table)
            .filter(shifts::branch_id.eq(self.branch).and(shifts::date.eq(self.today)))
            .select((shifts::broker_id, outlets::name, shifts::starts_at, shifts::ends_at))
            .load(conn)?)
    }
}
