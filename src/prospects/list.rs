//! Lists of prospects within reach: by meeting, by what is due, and searched by name or mobile.

use chrono::{Duration, NaiveDate};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::duplicates;
use super::kinds::Source;
use super::stage::Stage;
use super::store::{Prospect, mobile_hash};
use super::view::{self, ProspectItem};
use crate::attendance::filter::date;
use crate::audit::{self, Subject};
use crate::db::schema::{follow_ups, prospects};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::followups::due::{DAYS_TO_MISSED, State};
use crate::followups::lists::{Days, due_since};
use crate::followups::settled::{kept, unsettled, waived};
use crate::followups::touch::PreferredChannel;
use crate::keys::Keys;
use crate::people::{Caller, Reach};
use crate::text;
use crate::text::mobile::Mobile;
use crate::web::pagination::{List, Part};

/// A place in the list: when they met, and the id where two met at one moment.
pub type Place = (At, Id);

/// What a list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// How far they have come.
    pub stage: Option<Stage>,
    /// Where they met.
    pub outlet_id: Option<Id>,
    /// How they met.
    pub source: Option<Source>,
    /// How they like to be reached.
    pub preferred_channel: Option<PreferredChannel>,
    /// Who cares for them.
    pub broker_id: Option<Id>,
    /// What became of the current follow-up.
    pub follow_up: Option<State>,
    /// Met on this local date or later.
    pub from: Option<NaiveDate>,
    /// Met on this local date or earlier.
    pub to: Option<NaiveDate>,
    /// Folded text within the name.
    pub name: Option<String>,
    /// The keyed hash of the mobile.
    pub hash: Option<Vec<u8>>,
}

/// The filters of `GET /prospects`. No name and no number: those are searched by POST.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// How far they have come.
    #[param(value_type = Option<Stage>)]
    pub stage: Option<String>,
    /// Where they met.
    pub outlet_id: Option<Id>,
    /// How they met.
    #[param(value_type = Option<Source>)]
    pub source: Option<String>,
    /// How they like to be reached.
    #[param(value_type = Option<PreferredChannel>)]
    pub preferred_channel: Option<String>,
    /// Who cares for them.
    pub broker_id: Option<Id>,
    /// What became of the current follow-up, by today in the reader's zone.
    #[param(value_type = Option<State>)]
    pub follow_up: Option<String>,
    /// Met on this local date or later.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// Met on this local date or earlier.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// 1 to 500, 50 where it is absent.
    pub limit: Option<i64>,
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
}

impl ListQuery {
    /// Checks the filters.
    ///
    /// # Errors
    /// By field.
    pub fn parse(&self) -> Result<(Filter, Part<Place>)> {
        let mut faults = Faults::new();
        let filter = Filter {
            stage: one_of(&mut faults, "stage", &self.stage, Stage::parse),
            outlet_id: self.outlet_id,
            source: one_of(&mut faults, "source", &self.source, Source::parse),
            preferred_channel: one_of(
                &mut faults,
                "preferred_channel",
                &self.preferred_channel,
                PreferredChannel::parse,
            ),
            broker_id: self.broker_id,
            follow_up: one_of(&mut faults, "follow_up", &self.follow_up, State::parse),
            from: day(&mut faults, "from", &self.from),
            to: day(&mut faults, "to", &self.to),
            name: None,
            hash: None,
        };
        faults.check()?;
        Ok((filter, Part::parse(self.limit, self.cursor.as_deref())?))
    }
}

fn one_of<T>(faults: &mut Faults, field: &str, given: &Option<String>, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    given.as_deref().and_then(|given| faults.take(field, parse(given).ok_or("unknown_value")))
}

fn day(faults: &mut Faults, field: &str, given: &Option<String>) -> Option<NaiveDate> {
    given.as_deref().and_then(|given| faults.take(field, date(given)))
}

/// What is searched for: a name or a mobile.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchInput {
    /// A mobile if it reads as one, else part of a name.
    pub q: Option<String>,
    /// Part of a name.
    pub name: Option<String>,
    /// A whole mobile, however typed.
    pub mobile: Option<String>,
    /// How far they have come.
    #[schema(value_type = Option<Stage>)]
    pub stage: Option<String>,
    /// 1 to 500, 50 where it is absent.
    pub limit: Option<i64>,
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Found {
    /// Those in reach, the latest met first.
    pub items: Vec<ProspectItem>,
    /// Give it as `cursor` to go on; null at the end.
    pub next_cursor: Option<String>,
    /// Whether one out of reach has the mobile that was searched for.
    pub duplicate_elsewhere: bool,
}

/// A search, checked.
#[derive(Clone, Debug)]
pub struct Search {
    name: Option<String>,
    mobile: Option<Mobile>,
    stage: Option<Stage>,
    part: Part<Place>,
}

impl Search {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field; `q` is required where neither name nor mobile is there.
    pub fn parse(input: &SearchInput) -> Result<Search> {
        let mut faults = Faults::new();
        let stage = one_of(&mut faults, "stage", &input.stage, Stage::parse);
        let mut mobile =
            input.mobile.as_deref().and_then(|m| faults.take("mobile", Mobile::parse(m).map_err(|e| e.code())));
        let mut name = input.name.as_deref().and_then(|name| faults.take("name", words(name)));
        if let Some(q) = input.q.as_deref() {
            match Mobile::parse(q) {
                Ok(number) if mobile.is_none() => mobile = Some(number),
                _ => name = faults.take("q", words(q)),
            }
        }
        if faults.is_empty() && name.is_none() && mobile.is_none() {
            faults.add("q", "required");
        }
        faults.check()?;
        Ok(Search { name, mobile, stage, part: Part::parse(input.limit, input.cursor.as_deref())? })
    }
}

fn words(given: &str) -> std::result::Result<String, &'static str> {
    text::clean_name(given, 100).map(|name| text::fold(&name)).map_err(text::TextError::code)
}

/// Searches within reach, and puts on record that it was done.
///
/// # Errors
/// `TooMany` after too many hits out of reach.
pub fn search(conn: &mut Conn, keys: &Keys, caller: &Caller, search: &Search) -> Result<Found> {
    let user = caller.user()?;
    let hash = search.mobile.as_ref().map(|mobile| mobile_hash(keys, mobile));
    let elsewhere = duplicates::look(conn, caller, hash.as_deref(), None)?.elsewhere;
    let filter = Filter { stage: search.stage, name: search.name.clone(), hash, ..Filter::default() };
    let found = list(conn, keys, caller, &filter, &search.part)?;
    let by = if search.mobile.is_some() { "mobile" } else { "name" };
    let subject = Subject::new("user", user.id, user.branch.as_ref().map(|b| b.id));
    audit::record(conn, caller, "prospect.search", subject, json!({ "by": by, "found": found.items.len() }))?;
    Ok(Found { items: found.items, next_cursor: found.next_cursor, duplicate_elsewhere: !elsewhere.is_empty() })
}

/// A part of the list, the latest met first.
///
/// # Errors
/// What the database says.
pub fn list(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    filter: &Filter,
    part: &Part<Place>,
) -> Result<List<ProspectItem>> {
    let user = caller.user()?;
    let mut query = prospects::table.filter(prospects::state.eq("active")).select(Prospect::as_select()).into_boxed();
    match user.reach() {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(prospects::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(prospects::broker_id.eq(broker)),
    }
    if let Some(stage) = filter.stage {
        query = query.filter(prospects::stage.eq(stage));
    }
    if let Some(outlet) = filter.outlet_id {
        query = query.filter(prospects::outlet_id.eq(outlet));
    }
    if let Some(source) = filter.source {
        query = query.filter(prospects::source.eq(source));
    }
    if let Some(channel) = filter.preferred_channel {
        query = query.filter(prospects::preferred_channel.eq(channel));
    }
    if let Some(broker) = filter.broker_id {
        query = query.filter(prospects::broker_id.eq(broker));
    }
    if let Some(from) = filter.from {
        query = query.filter(prospects::met_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(prospects::met_on.le(to));
    }
    if let Some(name) = &filter.name {
        let escaped = name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query = query.filter(prospects::name_folded.like(format!("%{escaped}%")).escape('\\'));
    }
    if let Some(hash) = &filter.hash {
        query = query.filter(prospects::mobile_hash.eq(hash.clone()));
    }
    // Only where it is asked for: of a join PostgreSQL believes that few come through, and sorts a whole branch for the fifty that are shown.
    let current = || follow_ups::table.filter(follow_ups::prospect_id.eq(prospects::id)).filter(sql::<Bool>(CURRENT));
    match filter.follow_up {
        None => {}
        Some(state @ (State::Open | State::Missed)) => {
            let days = Days::load(conn, user.reach(), caller.now)?;
            let of = || current().filter(unsettled!());
            query = match (state, days.one_cut(DAYS_TO_MISSED)) {
                (State::Open, Some(cut)) => query.filter(exists(of().filter(follow_ups::due_on.ge(cut)))),
                (State::Open, None) => query.filter(exists(of().filter(due_since!(days, DAYS_TO_MISSED)))),
                (_, Some(cut)) => query.filter(exists(of().filter(follow_ups::due_on.lt(cut)))),
                (_, None) => query.filter(exists(of().filter(not(due_since!(days, DAYS_TO_MISSED))))),
            };
        }
        Some(State::Waived) => query = query.filter(exists(current().filter(waived!()))),
        Some(State::Kept) => {
            let in_time = follow_ups::kept_on.le(follow_ups::due_on.nullable());
            query = query.filter(exists(current().filter(kept!()).filter(in_time)));
        }
        Some(State::KeptLate) => {
            let late = follow_ups::kept_on.gt(follow_ups::due_on.nullable());
            query = query.filter(exists(current().filter(kept!()).filter(late)));
        }
    }
    if let Some((at, id)) = part.after {
        let earlier = prospects::met_at.lt(at);
        query = query.filter(earlier.or(prospects::met_at.eq(at).and(prospects::id.lt(id))));
    }
    let rows: Vec<Prospect> =
        query.order((prospects::met_at.desc(), prospects::id.desc())).limit(part.limit + 1).load(conn)?;
    finish(conn, keys, caller, part, rows)
}

/// Of a prospect's follow-ups the current one.
pub const CURRENT: &str =
    "follow_ups.number = (SELECT MAX(f.number) FROM follow_ups f WHERE f.prospect_id = follow_ups.prospect_id)";

fn finish(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    part: &Part<Place>,
    rows: Vec<Prospect>,
) -> Result<List<ProspectItem>> {
    let rows = part.list(rows, |row| (row.met_at, row.id), |row| row)?;
    let items = view::items(conn, keys, caller.user()?, caller.now, &rows.items)?;
    Ok(List { items, next_cursor: rows.next_cursor })
}

/// Those with an open follow-up, the most urgent first.
///
/// # Errors
/// What the database says.
pub fn by_due(conn: &mut Conn, keys: &Keys, caller: &Caller, most: i64) -> Result<Vec<ProspectItem>> {
    let user = caller.user()?;
    let overdue_since = caller.now.date_in(user.zone()) - Duration::days(DAYS_TO_MISSED);
    let mut query = follow_ups::table
        .inner_join(prospects::table)
        .filter(prospects::state.eq("active"))
        .filter(sql::<Bool>(CURRENT))
        .filter(follow_ups::kept_at.is_null())
        .filter(follow_ups::waived_at.is_null())
        .filter(follow_ups::due_on.ge(overdue_since))
        .select(Prospect::as_select())
        .into_boxed();
    match user.reach() {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(follow_ups::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(follow_ups::broker_id.eq(broker)),
    }
    let rows: Vec<Prospect> =
        query.order((follow_ups::due_on, follow_ups::starts_at, follow_ups::id)).limit(most).load(conn)?;
    view::items(conn, keys, user, caller.now, &rows)
}

/// A number of a version in `If-Match`, as this API's `ETag` has it; `*` asks for none.
///
/// # Errors
/// `Stale` for what cannot be one of ours.
pub fn if_match(header: Option<&str>) -> Result<Option<i32>> {
    match header.map(str::trim) {
        None | Some("*") => Ok(None),
        Some(tag) => {
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            let number = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
            number.map(Some).ok_or(Error::Stale)
        }
    }
}
