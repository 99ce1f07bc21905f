//! Questions about check-ins: a coordinator asks, the broker reads it on Today and answers in a word, and the check-in waits for a look again.

use chrono_tz::Tz;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::checkin::{Kind, remark};
use super::records::{Checkin, CheckinView, Review};
use super::roll_view::clock;
use crate::audit::{self, Subject};
use crate::db::schema::{checkins, outlets};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::people::{Caller, Role};
use crate::templates::attendance::Question;

/// So many Today shows.
const SHOWN: i64 = 5;

/// A broker's answer, as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CheckinAnswerInput)]
pub struct AnswerInput {
    /// What to tell the coordinator; at most 500 characters.
    #[schema(required, value_type = String, max_length = 500)]
    pub answer: Option<String>,
}

/// The same, checked.
#[derive(Clone, Debug)]
pub struct NewAnswer(String);

impl NewAnswer {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `answer`.
    pub fn parse(input: &AnswerInput) -> Result<NewAnswer> {
        let text = remark(input.answer.as_deref().unwrap_or_default()).map_err(|code| Error::field("answer", code))?;
        text.map(NewAnswer).ok_or_else(|| Error::field("answer", "required"))
    }
}

/// Keeps what the broker says to a question about a check-in of their own. Sent again with the same words it changes nothing.
///
/// # Errors
/// `NotFound` for somebody else's; `Conflict("not_asked")` where nobody asks.
pub fn answer(conn: &mut Conn, caller: &Caller, id: Id, new: &NewAnswer) -> Result<CheckinView> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    serialise(conn, id)?;
    let own = checkins::table.filter(checkins::id.eq(id).and(checkins::broker_id.eq(user.id)));
    let mut row: Checkin = own.select(Checkin::as_select()).first(conn)?;
    if row.review != Some(Review::Questioned) {
        let said = row.answer.as_deref() == Some(new.0.as_str());
        return if said { Ok(CheckinView::of(row, user)) } else { Err(Error::Conflict("not_asked")) };
    }
    (row.review, row.answer, row.answered_at) = (Some(Review::Waiting), Some(new.0.clone()), Some(caller.now));
    diesel::update(checkins::table.find(id))
        .set((
            checkins::review.eq(row.review),
            checkins::answer.eq(&row.answer),
            checkins::answered_at.eq(row.answered_at),
        ))
        .execute(conn)?;
    let subject = Subject::new("checkin", id, Some(row.branch_id));
    audit::record(conn, caller, "checkin.answer", subject, serde_json::json!({}))?;
    Ok(CheckinView::of(row, user))
}

/// Somebody has a question about it: in the words of the index over those.
pub fn is_asked() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("checkins.review = 'questioned'")
}

/// The questions that wait for a broker, the latest first.
///
/// # Errors
/// What the database says.
pub fn open(conn: &mut Conn, broker: Id, zone: Tz) -> Result<Vec<Question>> {
    type Row = (Id, At, Kind, Option<String>, Option<String>);
    let rows: Vec<Row> = checkins::table
        .left_join(outlets::table)
        .filter(checkins::broker_id.eq(broker).and(is_asked()))
        .order((checkins::at.desc(), checkins::id.desc()))
        .limit(SHOWN)
        .select((checkins::id, checkins::at, checkins::kind, checkins::review_note, outlets::name.nullable()))
        .load(conn)?;
    let question = |(id, at, kind, note, outlet): Row| Question {
        id: id.to_string(),
        date: at.date_in(zone),
        at: clock(at, zone),
        came: kind == Kind::In,
        outlet,
        note,
    };
    Ok(rows.into_iter().map(question).collect())
}
