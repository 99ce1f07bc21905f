//! The page of targets against the time.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::board::{self, Board, BoardLine};
use super::measure::Measure;
use super::period::Period;
use super::settings::Tier;
use super::targets::{self, CopyInput, NewCopy, Subject};
use crate::attendance::filter::date;
use crate::attendance::now::{Choice, choose, named, offered};
use crate::attendance::pages::no_branch;
use crate::db::{At, Conn, Id};
use crate::error::{Error, FieldError, Result};
use crate::language::Lang;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::goals::targets::{self as view, Goal, MemberRow, Table, TargetsView};
use crate::templates::goals::{period as period_words, table as table_view};
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, see_other};

/// Rows of a table that are shown at first.
const ROWS: usize = 60;

/// Which targets.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    period: Option<String>,
    from: Option<String>,
    to: Option<String>,
    branch: Option<String>,
    all: Option<String>,
}

impl Which {
    /// The period that is meant: by name, by two dates, else this month.
    fn period(&self, today: chrono::NaiveDate) -> std::result::Result<Period, FieldError> {
        let wrong = |field: &'static str| move |code| FieldError::new(field, code);
        match (&self.period, &self.from, &self.to) {
            (Some(text), ..) => Period::parse(text).map_err(wrong("from")),
            (None, None, None) => Ok(Period::month_of(today)),
            (None, from, to) => {
                let from = from.as_deref().ok_or("required").and_then(date).map_err(wrong("from"))?;
                let to = to.as_deref().ok_or("required").and_then(date).map_err(wrong("to"))?;
                Period::new(from, to).map_err(wrong("to"))
            }
        }
    }
}

struct Read {
    choice: Choice,
    board: Board,
    around: Vec<Period>,
    has_before: bool,
}

fn read(conn: &mut Conn, user: &CurrentUser, branch: Option<&str>, period: Period, now: At) -> Result<Read> {
    let choice = choose(conn, user, branch)?;
    let of = choice.chosen.clone();
    let board = board::load(conn, user.reach(), &of, period, now)?;
    let around = targets::periods_around(conn, of.id, now.date_in(of.zone()))?;
    let has_before = choice.writes && !targets::of_period(conn, of.id, period.before())?.is_empty();
    Ok(Read { choice, board, around, has_before })
}

/// `GET /targets`
///
/// # Errors
/// 404 for a branch out of reach; a wrong period is shown at its field.
pub async fn show(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let today = now.date_in(user.zone());
    let (period, problems) = match which.0.period(today) {
        Ok(period) => (period, Vec::new()),
        Err(fault) => (Period::month_of(today), vec![(fault.field.clone(), message(lang, &fault))]),
    };
    let (asked, who) = (which.0.branch.clone(), user.clone());
    let named_branch = asked.is_some();
    let found = here.app.db.read(move |conn| read(conn, &who, asked.as_deref(), period, now)).await;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let body = match found {
        Err(Error::NotFound(_)) if !named_branch => no_branch(lang),
        found => {
            let found = found?;
            let shown = Shown { user: &user, found: &found, period, today, all: which.0.all.is_some() };
            let choice = &found.choice;
            let (branches, branch) = (offered(&choice.all), named(&choice.chosen));
            view::page(lang, &shown.view(lang, here.csrf(), &branches, &branch, &problems))
        }
    };
    Ok(Page::new(t!(lang, "targets-title"), body).wide().status(status).answer(&here))
}

struct Shown<'a> {
    user: &'a CurrentUser,
    found: &'a Read,
    period: Period,
    today: chrono::NaiveDate,
    all: bool,
}

impl Shown<'_> {
    fn view<'v>(
        &self,
        lang: Lang,
        csrf: &'v str,
        branches: &'v [crate::templates::attendance::Branch],
        branch: &'v crate::templates::attendance::Branch,
        problems: &'v [(String, String)],
    ) -> TargetsView<'v> {
        let (found, is_own) = (self.found, self.user.role == Role::Broker);
        let items = &found.board.items;
        let goals = |of: Subject| items.iter().filter(|one| one.subject == of).map(|one| goal(lang, one)).collect();
        let none = || Table { measures: Vec::new(), rows: Vec::new(), hidden: 0, all: String::new() };
        let mut offered: Vec<Period> =
            [Period::month_of(self.today), Period::quarter_of(self.today), Period::year_of(self.today)].into();
        offered.extend(found.around.iter().chain([&self.period]));
        let mut seen = std::collections::HashSet::new();
        offered.retain(|one| seen.insert(*one));
        TargetsView {
            csrf,
            branches,
            branch,
            writes: found.choice.writes,
            is_own,
            period: self.period,
            offered,
            time: found.board.time,
            branch_goals: goals(Subject::Branch),
            own_goals: if is_own { goals(Subject::Broker) } else { Vec::new() },
            people: if is_own { none() } else { self.table(lang, Subject::Broker) },
            outlets: self.table(lang, Subject::Outlet),
            copy: found.has_before.then(|| Id::new().to_string()),
            problems,
        }
    }

    /// The members in the order of the board, whose worst line comes first.
    fn table(&self, lang: Lang, of: Subject) -> Table {
        let lines: Vec<&BoardLine> = self.found.board.items.iter().filter(|one| one.subject == of).collect();
        let mut measures: Vec<Measure> = lines.iter().map(|one| one.measure).collect();
        measures.sort_unstable();
        measures.dedup();
        let mut order: Vec<(&str, &str)> = Vec::new();
        let mut by_member: std::collections::HashMap<&str, Vec<&BoardLine>> = std::collections::HashMap::new();
        for line in lines {
            let own = by_member.entry(&line.member).or_default();
            if own.is_empty() {
                order.push((&line.member, &line.name));
            }
            own.push(line);
        }
        let row = |(member, name): (&str, &str)| MemberRow {
            name: name.to_owned(),
            href: (of == Subject::Outlet).then(|| format!("/outlets/{member}")),
            cells: measures
                .iter()
                .map(|measure| by_member[member].iter().find(|one| one.measure == *measure).map(|one| goal(lang, one)))
                .collect(),
        };
        let shown = if self.all { order.len() } else { ROWS.min(order.len()) };
        let rows = order.iter().take(shown).copied().map(row).collect();
        let all = format!("/targets?period={}&branch={}&all=1", self.period.text(), self.found.choice.chosen.code);
        Table { hidden: order.len() - shown, rows, measures, all }
    }
}

fn goal(lang: Lang, line: &BoardLine) -> Goal {
    let yardstick = line.yardstick.as_ref().map(|class| class_words(lang, line.subject, class));
    Goal { measure: line.measure, progress: line.progress, yardstick }
}

/// A grade or tier in words.
pub(super) fn class_words(lang: Lang, of: Subject, class: &str) -> String {
    match (of, Tier::parse(class)) {
        (Subject::Broker | Subject::Tier, Some(tier)) => table_view::tier(lang, tier),
        _ => t!(lang, "targets-grade", grade = class),
    }
}

/// The posted copy.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CopyForm {
    id: String,
    into_period: String,
}

/// `POST /targets/copies`: the targets of the period before.
///
/// # Errors
/// 403 for who is not the desk of a branch; 422 for no period.
pub async fn copy(here: Here, form: Form<CopyForm>) -> Result<HttpResponse> {
    super::settings::desk(here.user()?)?;
    let into = Period::parse(&form.fields.into_period).map_err(|code| Error::field("into_period", code))?;
    let input = CopyInput {
        id: form.fields.id.parse().ok(),
        from_period: Some(into.before().text()),
        into_period: Some(into.text()),
    };
    let (new, caller, keys, lang) = (NewCopy::parse(&input)?, here.caller(), here.app.keys.clone(), here.lang());
    let copied = here.app.db.write(move |conn| targets::copy(conn, &keys, &caller, &new)).await?.body;
    let done = t!(lang, "targets-copied", n = copied.copied, left = copied.left, period = period_words(lang, into));
    Ok(see_other(&here, &format!("/targets?period={}", into.text()), Some(Message::done(done))))
}
