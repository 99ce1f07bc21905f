//! Some rows of the export: read along the index on the meeting, and put into cells. The columns that an import knows have the names and the words it knows.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveTime, SubsecRound};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::Wanted;
use crate::db::schema::{consents, follow_ups, outlets, prospects, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::store::Branch;
use crate::prospects::store::{Prospect, shown};
use crate::t;
use crate::web::table_file::Value;

/// The columns by the key of their heading.
const COLUMNS: [&str; 21] = [
    "name",
    "mobile",
    "met-at",
    "source",
    "channel",
    "outlet-code",
    "outlet",
    "broker",
    "broker-name",
    "consent-at",
    "consent-purpose",
    "referrer",
    "experience",
    "note",
    "stage",
    "stage-at",
    "due-on",
    "kept-on",
    "branch",
    "created-at",
    "id",
];

/// The heading.
pub fn heading(lang: Lang, in_full: bool) -> Vec<String> {
    let key = |column: &&str| match (*column, in_full) {
        ("mobile", false) => "export-masked".to_owned(),
        (column, _) => format!("export-{column}"),
    };
    COLUMNS.iter().map(|column| t!(lang, &key(column))).collect()
}

/// A prospect with what hangs on it.
pub struct Row {
    prospect: Prospect,
    /// Login and name.
    broker: (String, String),
    /// Code and name.
    outlet: Option<(String, String)>,
    consent: Option<(At, String)>,
    /// When the current follow-up was due, and when it was kept.
    follow_up: Option<(NaiveDate, Option<NaiveDate>)>,
}

/// The next rows after a place, by meeting and id.
///
/// # Errors
/// What the database says.
pub fn read(conn: &mut Conn, wanted: &Wanted, after: Option<(At, Id)>, limit: i64) -> Result<Vec<Row>> {
    let mut query = prospects::table
        .inner_join(users::table.on(users::id.eq(prospects::broker_id)))
        .left_join(outlets::table.on(prospects::outlet_id.eq(outlets::id.nullable())))
        .filter(prospects::state.eq("active"))
        .order((prospects::met_at, prospects::id))
        .limit(limit)
        .select((
            Prospect::as_select(),
            (users::login, users::name),
            (outlets::code.nullable(), outlets::name.nullable()),
        ))
        .into_boxed();
    if let Some(branch) = &wanted.branch {
        query = query.filter(prospects::branch_id.eq(branch.id));
    }
    if let Some(from) = wanted.from {
        // No zone is a day away from UTC: the index begins there.
        query = query.filter(prospects::met_on.ge(from).and(prospects::met_at.ge(utc(from - Days::new(1)))));
    }
    if let Some(to) = wanted.to {
        query = query.filter(prospects::met_on.le(to).and(prospects::met_at.lt(utc(to + Days::new(2)))));
    }
    if let Some((at, id)) = after {
        // Said so that the index is entered at the place and not walked up to it.
        query = query.filter(prospects::met_at.ge(at)).filter(prospects::met_at.gt(at).or(prospects::id.gt(id)));
    }
    type Loaded = (Prospect, (String, String), (Option<String>, Option<String>));
    let rows: Vec<Loaded> = query.load(conn)?;
    let ids: Vec<Id> = rows.iter().map(|(prospect, ..)| prospect.id).collect();
    let (mut agreed, mut due) = (consents_of(conn, &ids)?, follow_ups_of(conn, &ids)?);
    let row = |(prospect, broker, outlet): Loaded| Row {
        consent: agreed.remove(&prospect.id),
        follow_up: due.remove(&prospect.id),
        outlet: outlet.0.zip(outlet.1),
        broker,
        prospect,
    };
    Ok(rows.into_iter().map(row).collect())
}

fn utc(day: NaiveDate) -> At {
    day.and_time(NaiveTime::MIN).and_utc().into()
}

/// The consent that holds, by prospect: the latest that was not withdrawn.
fn consents_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, (At, String)>> {
    let rows: Vec<(Id, At, String)> = consents::table
        .filter(consents::prospect_id.eq_any(ids).and(consents::withdrawn_at.is_null()))
        .order((consents::recorded_at, consents::id))
        .select((consents::prospect_id, consents::given_at, consents::purpose))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, at, purpose)| (id, (at, purpose))).collect())
}

/// The current follow-up, by prospect.
fn follow_ups_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, (NaiveDate, Option<NaiveDate>)>> {
    let rows: Vec<(Id, NaiveDate, Option<NaiveDate>)> = follow_ups::table
        .filter(follow_ups::prospect_id.eq_any(ids))
        .order(follow_ups::number)
        .select((follow_ups::prospect_id, follow_ups::due_on, follow_ups::kept_on))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, due, kept)| (id, (due, kept))).collect())
}

impl Row {
    /// Its place in the order.
    pub fn place(&self) -> (At, Id) {
        (self.prospect.met_at, self.prospect.id)
    }

    /// Its branch.
    pub fn branch(&self) -> Id {
        self.prospect.branch_id
    }

    /// Its cells.
    ///
    /// # Errors
    /// When a number was sealed with another key.
    pub fn values(&self, keys: &Keys, lang: Lang, branch: Option<&Branch>, in_full: bool) -> Result<Vec<Value>> {
        let one = &self.prospect;
        let zone = branch.map_or(Tz::Asia__Shanghai, Branch::zone);
        let to_the_second = |at: At| Value::Moment(at.utc().with_timezone(&zone).naive_local().trunc_subsecs(0));
        let moment = |at: At| Value::Moment(at.utc().with_timezone(&zone).naive_local());
        let date = |date: Option<NaiveDate>| date.map_or(Value::Nothing, Value::Date);
        let word = |of: &str, name: &str| Value::Text(t!(lang, &format!("prospect-{of}-{}", name.replace('_', "-"))));
        let mobile = one.mobile(keys)?.map(|mobile| shown(&mobile, in_full));
        Ok(vec![
            Value::text(Some(&one.name)),
            Value::text(mobile.as_deref()),
            moment(one.met_at),
            word("source", one.source.as_str()),
            word("channel", one.preferred_channel.as_str()),
            Value::text(self.outlet.as_ref().map(|(code, _)| code.as_str())),
            Value::text(self.outlet.as_ref().map(|(_, name)| name.as_str())),
            Value::text(Some(&self.broker.0)),
            Value::text(Some(&self.broker.1)),
            self.consent.as_ref().map_or(Value::Nothing, |(at, _)| moment(*at)),
            Value::text(self.consent.as_ref().map(|(_, purpose)| purpose.as_str())),
            Value::text(one.referrer.as_deref()),
            word("experience", one.experience.as_str()),
            Value::text(one.note.as_deref()),
            word("stage", one.stage.as_str()),
            to_the_second(one.stage_at),
            date(self.follow_up.map(|(due, _)| due)),
            date(self.follow_up.and_then(|(_, kept)| kept)),
            Value::text(branch.map(|branch| branch.code.as_str())),
            to_the_second(one.created_at),
            Value::Text(one.id.to_string()),
        ])
    }
}
