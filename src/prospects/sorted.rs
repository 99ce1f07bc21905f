//! A broker's own prospects in another order than by meeting: who is due next, or by name. They are a broker's alone, so a page is found by its number.

use chrono::{Duration, NaiveDate};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Integer, Nullable};

use super::list::CURRENT;
use super::stage::Stage;
use super::store::Prospect;
use super::view::{self, ProspectItem};
use crate::db::Conn;
use crate::db::schema::{follow_ups, prospects};
use crate::error::Result;
use crate::followups::due::DAYS_TO_MISSED;
use crate::keys::Keys;
use crate::people::Caller;

crate::text_enum! {
    /// In which order a broker sees the own prospects.
    #[derive(Default)]
    pub enum Sort {
        /// The latest met first.
        #[default]
        Newest = "newest",
        /// Whose follow-up is due next first, then those without an open one.
        Due = "due",
        /// By name.
        Name = "name",
    }
}

/// Page `page`, from 0, of the caller's own, and whether there is another.
///
/// # Errors
/// What the database says.
pub fn own(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    stage: Option<Stage>,
    sort: Sort,
    (page, at_once): (i64, i64),
) -> Result<(Vec<ProspectItem>, bool)> {
    let user = caller.user()?;
    let mut query = prospects::table
        .inner_join(follow_ups::table)
        .filter(prospects::state.eq("active").and(prospects::broker_id.eq(user.id)))
        .filter(sql::<Bool>(CURRENT))
        .select(Prospect::as_select())
        .into_boxed();
    if let Some(stage) = stage {
        query = query.filter(prospects::stage.eq(stage));
    }
    query = match sort {
        Sort::Newest => query.order((prospects::met_at.desc(), prospects::id.desc())),
        Sort::Name => query.order((prospects::name_folded, prospects::id)),
        Sort::Due => {
            let open =
                "CASE WHEN follow_ups.kept_at IS NULL AND follow_ups.waived_at IS NULL AND follow_ups.due_on >= ";
            let since: NaiveDate = caller.now.date_in(user.zone()) - Duration::days(DAYS_TO_MISSED);
            let is_open = sql::<Integer>(open).bind::<Date, _>(since).sql(" THEN 0 ELSE 1 END");
            let due_on = sql::<Nullable<Date>>(open).bind::<Date, _>(since).sql(" THEN follow_ups.due_on END");
            query.order((is_open, due_on, prospects::met_at.desc(), prospects::id.desc()))
        }
    };
    let mut rows: Vec<Prospect> = query.limit(at_once + 1).offset(page * at_once).load(conn)?;
    let more = rows.len() as i64 > at_once;
    rows.truncate(at_once as usize);
    Ok((view::items(conn, keys, user, caller.now, &rows)?, more))
}
