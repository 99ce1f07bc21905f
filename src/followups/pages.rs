//! The follow-ups page and the form that waives.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::due::State;
use super::lists::{self, Days, Filter, Listed, Place, Tally};
use super::touch::PreferredChannel;
use super::waivers::{self, NewWaiver};
use crate::db::schema::users;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::{CurrentUser, Reach, Role, store as people};
use crate::prospects::{sms, store as prospects};
use crate::requests;
use crate::t;
use crate::templates::followups::{self as template, FollowUpsView, Group, Line, TableRow, WaiverForm};
use crate::text::mobile::Mobile;
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::pagination::{List, Part};
use crate::web::ticked::{Pairs, Ticked};
use crate::web::{Form, Here, Page, Query, see_other};

/// The most lines of one page.
const LINES: i64 = 200;

/// What part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    state: Option<String>,
    broker_id: Option<Id>,
    cursor: Option<String>,
}

/// Which part of the list is shown.
struct Shown {
    state: State,
    /// Of this broker alone.
    broker: Option<Id>,
    part: Part<Place>,
}

/// What the page is made from: one read.
struct Found {
    list: List<Listed>,
    days: Days,
    /// All of them together.
    sum: Tally,
    /// By branch for the head office, by broker for the desk; empty where they are one broker's.
    by: HashMap<Id, Tally>,
    brokers: Vec<(Id, String)>,
    branches: Vec<(Id, String)>,
    /// The one broker whose follow-ups are asked for.
    only: Option<(Id, String)>,
}

/// `GET /follow-ups`
///
/// # Errors
/// 422 for an unknown state or a wrong cursor; 404 for a broker out of reach.
pub async fn index(here: Here, query: Query<PageQuery>) -> Result<HttpResponse> {
    let state = query.0.state.as_deref().unwrap_or("open");
    let state = State::parse(state).ok_or(Error::field("state", "unknown_value"))?;
    let part = Part::parse(Some(LINES), query.0.cursor.as_deref())?;
    let shown = Shown { state, broker: query.0.broker_id, part };
    show(&here, shown, Typed::default(), StatusCode::OK).await
}

/// A refused form as it was typed.
#[derive(Default)]
struct Typed {
    ticked: Vec<Id>,
    form: WaiverForm,
}

/// `POST /follow-ups/waivers`: waives what is ticked.
///
/// # Errors
/// As the API; a refused form is shown again.
pub async fn waive(here: Here, form: Form<Pairs>) -> Result<HttpResponse> {
    let form = Ticked::read(form.fields, &["id", "reason"], "follow_up")?;
    let id = form.id("id")?;
    let new = match NewWaiver::parse(form.ids.clone(), form.text("reason")) {
        Ok(new) => new,
        Err(error) => return refused(&here, form, error).await,
    };
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let answer = here
        .app
        .db
        .write(move |conn| {
            requests::once(conn, &keys, &caller, "waiver", id, &new, |conn| waivers::waive(conn, &caller, id, &new))
        })
        .await?
        .body;
    let text = match (answer.waived.len(), answer.left.len()) {
        (n, 0) => t!(here.lang(), "follow-ups-waived", n = n),
        (n, left) => t!(here.lang(), "follow-ups-waived-left", n = n, left = left),
    };
    Ok(see_other(&here, "/follow-ups", Some(Message::done(text))))
}

async fn refused(here: &Here, form: Ticked, error: Error) -> Result<HttpResponse> {
    let Error::Invalid(faults) = &error else { return Err(error) };
    let of = |field: &str| faults.iter().find(|f| f.field == field).map(|f| message(here.lang(), f));
    let tick_error = of("follow_up_ids").map(|_| t!(here.lang(), "follow-ups-none-ticked"));
    let again =
        WaiverForm { reason: form.text("reason").to_owned(), error: of("reason"), tick_error, ..WaiverForm::default() };
    let typed = Typed { ticked: form.ids, form: again };
    let shown = Shown { state: State::Open, broker: None, part: Part { limit: LINES, after: None } };
    show(here, shown, typed, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn show(here: &Here, shown: Shown, typed: Typed, status: StatusCode) -> Result<HttpResponse> {
    let (reach, now, state) = (here.user()?.reach(), here.app.clock.now(), shown.state);
    let found = here.app.db.read(move |conn| find(conn, reach, &shown, now)).await?;
    let view = view(here, state, found, typed)?;
    Ok(Page::new(t!(here.lang(), "follow-ups-title"), template::page(here.lang(), &view)).status(status).answer(here))
}

fn find(conn: &mut Conn, reach: Reach, shown: &Shown, now: At) -> Result<Found> {
    use diesel::prelude::*;
    let days = Days::load(conn, reach, now)?;
    let only = shown.broker.map(|broker| broker_in_reach(conn, reach, broker)).transpose()?;
    let filter = Filter { state: Some(shown.state), broker: shown.broker, ..Filter::default() };
    let list = lists::list(conn, reach, &days, &filter, &shown.part)?;
    let (mut by, mut brokers) = (HashMap::new(), Vec::new());
    let sum = match (shown.broker, reach) {
        (Some(broker), _) | (None, Reach::Own { broker, .. }) => lists::tally_of(conn, &days, broker)?,
        (None, Reach::All) => {
            by = lists::tally_by_branch(conn, &days)?;
            by.values().copied().sum()
        }
        (None, Reach::Branch(_)) => {
            by = lists::tally_by_broker(conn, &days)?;
            let known = users::table.filter(users::id.eq_any(by.keys().copied().collect::<Vec<Id>>()));
            brokers = known.order(users::name).select((users::id, users::name)).load(conn)?;
            by.values().copied().sum()
        }
    };
    let branches = people::branches_in_reach(conn, reach)?.into_iter().map(|b| (b.id, b.name)).collect();
    Ok(Found { list, days, sum, by, brokers, branches, only })
}

/// A broker whose follow-ups somebody may see.
fn broker_in_reach(conn: &mut Conn, reach: Reach, broker: Id) -> Result<(Id, String)> {
    use diesel::prelude::*;
    let mut query = users::table.filter(users::id.eq(broker)).select((users::id, users::name)).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(users::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(users::id.eq(broker)),
    }
    query.first(conn).optional()?.ok_or_else(Error::not_found)
}

fn view(here: &Here, state: State, found: Found, typed: Typed) -> Result<FollowUpsView> {
    let (lang, keys, user) = (here.lang(), &here.app.keys, here.user()?);
    let house = here.house();
    let from = sms::From { house: &house, broker: &user.name };
    let may_waive = matches!(user.role, Role::Coordinator | Role::Manager) && user.branch.is_some();
    let by_branch = user.branch.is_none();
    let names = if by_branch { &found.branches } else { &found.brokers };
    let sum = found.sum;
    let share = |tally: &Tally| (tally.counted > 0).then(|| tally.kept * 100 / tally.counted);
    let row = |(id, name): &(Id, String)| {
        found.by.get(id).map(|tally| TableRow {
            href: (!by_branch).then(|| format!("/follow-ups?broker_id={id}")),
            name: name.clone(),
            overdue: tally.overdue,
            coming: tally.coming,
            share: share(tally),
        })
    };
    let table = names.iter().filter_map(row).collect();
    let narrowed = found.only.as_ref().map(|(id, _)| format!("&broker_id={id}")).unwrap_or_default();
    let address = format!("/follow-ups?state={}{narrowed}", state.as_str());
    let next = found.list.next_cursor.as_ref().map(|cursor| format!("{address}&cursor={cursor}"));
    let waiver = (may_waive && state == State::Open).then(|| WaiverForm {
        csrf: here.csrf().to_owned(),
        id: Id::new().to_string(),
        ..typed.form
    });
    let mut lines = Vec::with_capacity(found.list.items.len());
    for one in found.list.items {
        let heading = heading(lang, user, state, &one, &found.branches);
        let ticked = typed.ticked.contains(&one.view.id);
        lines.push((heading, Line { ticked, ..line(lang, keys, (user.id, from), &found.days, one)? }));
    }
    Ok(FollowUpsView {
        tab: state.as_str().to_owned(),
        narrowed,
        only: found.only.filter(|_| user.role != Role::Broker).map(|(_, name)| name),
        overdue: sum.overdue,
        coming: sum.coming,
        share: share(&sum),
        table,
        by_branch,
        groups: grouped(lines, user.role != Role::Broker),
        waiver,
        next,
        may_merge: user.branch.is_some() && user.role != Role::Admin,
        may_hand_over: may_waive,
    })
}

/// Under which heading a follow-up stands: urgency for its broker, the broker for the desk, the branch for the head office.
fn heading(lang: Lang, user: &CurrentUser, state: State, one: &Listed, branches: &[(Id, String)]) -> String {
    match (user.role, state, one.view.days_left) {
        (Role::Broker, State::Open, ..=-1) => t!(lang, "follow-ups-group-overdue"),
        (Role::Broker, State::Open, 0) => t!(lang, "follow-ups-group-today"),
        (Role::Broker, State::Open, _) => t!(lang, "follow-ups-group-coming"),
        (Role::Broker, ..) => t!(lang, "follow-ups-group-all"),
        _ if user.branch.is_some() => one.view.broker.name.clone(),
        _ => branches.iter().find(|(id, _)| *id == one.branch).map(|(_, name)| name.clone()).unwrap_or_default(),
    }
}

fn line(lang: Lang, keys: &Keys, (reader, from): (Id, sms::From<'_>), days: &Days, one: Listed) -> Result<Line> {
    let (_, zone) = days.of(one.branch);
    let view = one.view;
    let own = view.broker.id == reader;
    let mobile = one.mobile.as_deref().map(|sealed| open(keys, sealed)).transpose()?;
    let day = |date: chrono::NaiveDate| date.format(if lang == Lang::Zh { "%-m月%-d日" } else { "%-d %b" }).to_string();
    let met_on = day(one.starts_at.date_in(zone));
    let place = view.prospect.outlet.as_ref().map(|outlet| outlet.name.as_str());
    let met = match place {
        Some(place) => t!(lang, "follow-ups-met-at", day = met_on.as_str(), place = place),
        None => t!(lang, "follow-ups-met", day = met_on.as_str()),
    };
    let is_open = view.state == State::Open;
    let next = match (&mobile, one.sms_sent, view.prospect.preferred_channel) {
        (None, ..) => "follow-ups-next-number",
        (Some(_), false, _) => "follow-ups-next-sms",
        (Some(_), true, PreferredChannel::Wechat) => "follow-ups-next-wechat",
        (Some(_), true, _) => "follow-ups-next-call",
    };
    let dialled = mobile.as_ref().filter(|_| own && is_open);
    let text = sms::text(lang, &view.prospect.name, from, &met_on, place);
    Ok(Line {
        id: view.id.to_string(),
        href: format!("/prospects/{}", view.prospect.id),
        mobile: mobile.as_ref().map(|mobile| prospects::shown(mobile, own)),
        days_left: view.days_left,
        due_on: day(view.due_on),
        met,
        next: is_open.then(|| t!(lang, next)),
        sms: dialled.map(|mobile| sms::sms_link(mobile, &text)),
        tel: dialled.map(sms::tel_link),
        reason: view.waived_reason,
        name: view.prospect.name,
        is_open,
        ticked: false,
    })
}

fn open(keys: &Keys, sealed: &[u8]) -> Result<Mobile> {
    Mobile::parse(&keys.open_text("mobile", sealed)?)
        .map_err(|error| Error::internal(format!("a kept mobile: {error}")))
}

/// Lines under their headings; the order of the headings is that of their first lines, or of their names.
fn grouped(lines: Vec<(String, Line)>, by_name: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (title, line) in lines {
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { title, lines: vec![line] }),
        }
    }
    if by_name {
        groups.sort_by(|a, b| a.title.cmp(&b.title));
    }
    groups
}
