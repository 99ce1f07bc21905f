//! The table to set many targets at once.
//!
//! A field's name carries what it is for and what stood there when the table was shown, so that what is sent says which cells were changed, and two who
//! type at once do not undo each other's.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::board::{self, Member};
use super::measure::Measure;
use super::pages::class_words;
use super::period::Period;
use super::settings::{Tier, desk};
use super::targets::{self, Cell, Slot, Subject, Target, within};
use crate::db::{Conn, Id};
use crate::error::{Error, FieldError, Result};
use crate::language::Lang;
use crate::people::CurrentUser;
use crate::t;
use crate::templates::goals::period as period_words;
use crate::templates::goals::table::{self as view, TableView, TypedCell, TypedRow};
use crate::text::{fold, nfkc};
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::ticked::Pairs;
use crate::web::{Form, Here, Page, Query, see_other};

/// Rows of one table: as many as fit into a form.
const ROWS: usize = 60;

/// Which table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    period: Option<String>,
    of: Option<String>,
    skip: Option<usize>,
}

/// A table, as its address names it.
#[derive(Clone, Copy, Debug)]
struct Asked {
    period: Period,
    of: Subject,
    skip: usize,
}

/// What was typed and what is wrong with it, by the field's name.
#[derive(Debug, Default)]
struct Typed {
    values: HashMap<Slot, String>,
    errors: HashMap<Slot, String>,
}

/// `GET /targets/edit`
///
/// # Errors
/// 403 for who is not the desk of a branch; 422 for no such table.
pub async fn show(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let user = here.user()?;
    desk(user)?;
    let period = match which.0.period.as_deref() {
        Some(text) => Period::parse(text).map_err(|code| Error::field("period", code))?,
        None => Period::month_of(here.app.clock.now().date_in(user.zone())),
    };
    let of = which.0.of.as_deref().map_or(Ok(Subject::Broker), subject)?;
    let asked = Asked { period, of, skip: which.0.skip.unwrap_or(0) };
    render(&here, asked, &Typed::default(), StatusCode::OK).await
}

fn subject(text: &str) -> Result<Subject> {
    Subject::parse(text).ok_or_else(|| Error::field("of", "unknown_value"))
}

struct Rows {
    members: Vec<(String, String, Option<String>)>,
    targets: Vec<Target>,
}

/// Whom the table lists: key, name, grade or tier.
fn rows(conn: &mut Conn, user: &CurrentUser, asked: Asked) -> Result<Rows> {
    let branch = desk(user)?;
    let listed = |all: Vec<Member>| {
        let active = all.into_iter().filter(|one| one.is_active);
        active.map(|one| (one.id.to_string(), one.name, one.class)).collect::<Vec<_>>()
    };
    let targets = targets::of_period(conn, branch.id, asked.period)?;
    let members = match asked.of {
        Subject::Branch => vec![(String::new(), branch.name.clone(), None)],
        Subject::Broker => listed(board::brokers(conn, branch.id, None)?),
        Subject::Outlet => listed(board::places(conn, branch.id)?),
        Subject::Tier => Tier::ALL.map(|tier| (tier.to_string(), tier.to_string(), None)).into(),
        Subject::Grade => grades(board::places(conn, branch.id)?, &targets),
    };
    Ok(Rows { members, targets })
}

/// The grades that outlets have, and those that targets still name, each once.
fn grades(places: Vec<Member>, targets: &[Target]) -> Vec<(String, String, Option<String>)> {
    let named = targets.iter().filter(|row| row.subject == Subject::Grade).map(|row| row.member.clone());
    let mut all: Vec<String> = places.into_iter().filter_map(|one| one.class).chain(named).collect();
    all.sort_by_key(|grade| fold(grade));
    all.dedup_by_key(|grade| fold(grade));
    all.into_iter().map(|grade| (grade.clone(), grade, None)).collect()
}

async fn render(here: &Here, asked: Asked, typed: &Typed, status: StatusCode) -> Result<HttpResponse> {
    let (user, lang) = (here.user()?.clone(), here.lang());
    let branch = desk(&user)?.name.clone();
    let all = here.app.db.read(move |conn| rows(conn, &user, asked)).await?;
    let there: HashMap<Slot, i64> =
        all.targets.iter().map(|row| ((row.subject, row.member.clone(), row.measure), row.value)).collect();
    let skip = asked.skip.min(all.members.len().saturating_sub(1) / ROWS * ROWS);
    let link = |skip: usize| format!("/targets/edit?period={}&of={}&skip={skip}", asked.period.text(), asked.of);
    let shown = all.members.iter().skip(skip).take(ROWS);
    let view = TableView {
        csrf: here.csrf(),
        branch: &branch,
        period: asked.period,
        of: asked.of,
        rows: shown.map(|member| row(lang, asked.of, member, &there, typed)).collect(),
        before: (skip > 0).then(|| link(skip.saturating_sub(ROWS))),
        after: (skip + ROWS < all.members.len()).then(|| link(skip + ROWS)),
        skip,
    };
    let title = t!(lang, "targets-table", period = period_words(lang, asked.period));
    Ok(Page::new(title, view::table(lang, &view)).wide().status(status).answer(here))
}

fn row(
    lang: Lang,
    of: Subject,
    (member, name, class): &(String, String, Option<String>),
    there: &HashMap<Slot, i64>,
    typed: &Typed,
) -> TypedRow {
    let default = |measure: Measure| {
        let (kind, class) =
            (if of == Subject::Broker { Subject::Tier } else { Subject::Grade }, fold(class.as_deref()?));
        let same = |slot: &Slot| slot.0 == kind && slot.2 == measure && fold(&slot.1) == class;
        there.iter().find(|(slot, _)| same(slot)).map(|(_, value)| *value)
    };
    let cell = |measure: Measure| {
        let slot = (of, member.clone(), measure);
        let seen = there.get(&slot).map(ToString::to_string).unwrap_or_default();
        TypedCell {
            name: format!("{of}|{member}|{measure}|{seen}"),
            value: typed.values.get(&slot).cloned().unwrap_or(seen),
            default: default(measure),
            error: typed.errors.get(&slot).cloned(),
        }
    };
    let is_class = matches!(of, Subject::Tier | Subject::Grade);
    TypedRow {
        name: if is_class { class_words(lang, of, name) } else { name.clone() },
        class: class.as_ref().map(|class| class_words(lang, of, class)),
        cells: Measure::ALL.map(cell).into(),
    }
}

/// A field's name: what it is for, and what stood there.
fn slot(name: &str) -> Option<(Slot, Option<i64>)> {
    let (subject, rest) = name.split_once('|')?;
    let (rest, seen) = rest.rsplit_once('|')?;
    let (member, measure) = rest.rsplit_once('|')?;
    let subject = Subject::parse(subject)?;
    let member = subject.member(Some(member)).ok()?;
    let seen = if seen.is_empty() { None } else { Some(seen.parse().ok()?) };
    Some(((subject, member, Measure::parse(measure)?), seen))
}

/// A typed number: none where the field is empty.
fn number(measure: Measure, typed: &str) -> std::result::Result<Option<i64>, FieldError> {
    let plain: String = nfkc(typed).chars().filter(|c| !c.is_whitespace() && *c != ',' && *c != '%').collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let value = plain.parse::<i64>().map_err(|_| FieldError::new("value", "not_whole"))?;
    within(measure, value).map(Some)
}

/// `POST /targets`
///
/// # Errors
/// 403 for who is not the desk of a branch; what is wrong is shown at its cell.
pub async fn post(here: Here, form: Form<Pairs>) -> Result<HttpResponse> {
    desk(here.user()?)?;
    let lang = here.lang();
    let (asked, fields) = sort(form.fields)?;
    let mut typed = Typed::default();
    let mut cells = Vec::new();
    for ((slot, seen), value) in fields {
        match number(slot.2, &value) {
            Ok(wanted) => cells.push(Cell { slot: slot.clone(), seen, wanted }),
            Err(fault) => {
                typed.errors.insert(slot.clone(), message(lang, &fault));
            }
        }
        typed.values.insert(slot, value);
    }
    if typed.errors.is_empty() {
        let (caller, sent) = (here.caller(), cells.clone());
        let put = here.app.db.write(move |conn| targets::put(conn, &caller, asked.period, &sent)).await?;
        if put.stale.is_empty() {
            let done = Message::done(t!(lang, "targets-saved", n = put.changed));
            return Ok(see_other(&here, &format!("/targets?period={}", asked.period.text()), Some(done)));
        }
        for (place, now) in put.stale {
            let now = now.map_or_else(|| "–".to_owned(), |n| n.to_string());
            typed.errors.insert(cells[place].slot.clone(), t!(lang, "targets-stale", now = now));
        }
    }
    render(&here, asked, &typed, StatusCode::UNPROCESSABLE_ENTITY).await
}

type Field = ((Slot, Option<i64>), String);

/// The table that was sent, and its cells.
fn sort(pairs: Pairs) -> Result<(Asked, Vec<Field>)> {
    let (mut period, mut of, mut skip, mut fields) = (None, None, 0, Vec::new());
    for (name, value) in pairs {
        match name.as_str() {
            "period" => period = Some(Period::parse(&value).map_err(|code| Error::field("period", code))?),
            "of" => of = Some(subject(&value)?),
            "skip" => skip = value.parse().map_err(|_| Error::field("skip", "wrong_type"))?,
            _ => {
                let slot = slot(&name).ok_or_else(|| Error::field(name.clone(), "unknown_field"))?;
                fields.push((slot, value));
            }
        }
    }
    let period = period.ok_or_else(|| Error::field("period", "required"))?;
    let of = of.ok_or_else(|| Error::field("of", "required"))?;
    Ok((Asked { period, of, skip }, fields))
}

/// The ids of brokers in a form of tiers, with what was chosen.
pub(super) fn tiers(pairs: Pairs) -> Result<Vec<(Id, Option<Tier>)>> {
    let one = |(name, value): (String, String)| {
        let id = name.parse::<Id>().map_err(|_| Error::field(name.clone(), "unknown_field"))?;
        match value.as_str() {
            "" => Ok((id, None)),
            tier => Tier::parse(tier).map(|tier| (id, Some(tier))).ok_or_else(|| Error::field(name, "unknown_value")),
        }
    };
    pairs.into_iter().map(one).collect()
}
