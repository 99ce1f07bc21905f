//! One prospect, and its stage moved by hand.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web::Path};
use chrono_tz::Tz;
use diesel::prelude::*;
use maud::html;
use serde::Deserialize;

use super::{entry, problems, say, typed};
use crate::db::schema::outlets;
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::State as Due;
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::Caller;
use crate::prospects::history::{History, StageView, TouchView};
use crate::prospects::lost::LostReason;
use crate::prospects::move_stage::{self, StageInput, StageMove};
use crate::prospects::stage::{Stage, StageNow, WantedMove, decide};
use crate::prospects::store::{self, Prospect};
use crate::prospects::view::{self, ProspectItem};
use crate::prospects::{duplicates, history, sms};
use crate::t;
use crate::templates::prospects::{Line, OneView, Problems, TouchEntryView, one};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, see_other};

/// What was typed into one of the page's forms and refused.
#[derive(Debug, Default)]
pub struct Refused {
    /// The form of a touch.
    pub touch: Option<TouchEntryView>,
    /// The form of a stage, and what is wrong with it.
    pub stage: Option<(StageForm, Problems)>,
}

/// `GET /prospects/{id}`
///
/// # Errors
/// 404, 410.
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    answer(&here, id.into_inner(), Refused::default()).await
}

/// The posted stage.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageForm {
    #[serde(default)]
    stage: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    reason: String,
}

/// What is written down as the reason: for a loss a usual one in its words, with what else was said after it.
fn said(lang: Lang, form: &StageForm) -> Option<String> {
    let usual = LostReason::parse(&form.why).filter(|_| form.stage == Stage::Lost.as_str());
    let words = usual.map(|usual| usual.wordings()[usize::from(lang == Lang::En)].to_owned());
    match (words, super::filled(&form.reason)) {
        (Some(words), Some(more)) => Some(format!("{words}{}{more}", t!(lang, "colon"))),
        (words, more) => words.or(more),
    }
}

/// `POST /prospects/{id}/stage`
///
/// # Errors
/// As the API's; a wrong field shows the page again.
pub async fn stage(here: Here, id: Path<Id>, form: Form<StageForm>) -> Result<HttpResponse> {
    let (caller, keys, lang, id) = (here.caller(), here.app.keys.clone(), here.lang(), id.into_inner());
    let form = form.fields;
    let input = StageInput { stage: super::filled(&form.stage), at: None, reason: said(lang, &form) };
    let moved = match StageMove::parse(&input) {
        Ok(wanted) => here.app.db.write(move |conn| move_stage::move_stage(conn, &keys, &caller, id, &wanted)).await,
        Err(error) => Err(error),
    };
    match moved {
        Ok(view) => {
            let words = t!(lang, "prospect-stage-done", stage = say::stage(lang, view.item.stage));
            Ok(see_other(&here, &format!("/prospects/{id}"), Some(Message::done(words))))
        }
        Err(error) => {
            let refused = Refused { stage: Some((form, problems(lang, error)?)), ..Refused::default() };
            answer(&here, id, refused).await
        }
    }
}

/// The page, with what was refused of it.
pub(super) async fn answer(here: &Here, id: Id, refused: Refused) -> Result<HttpResponse> {
    let (caller, keys, lang) = (here.caller(), here.app.keys.clone(), here.lang());
    let bad = refused.touch.is_some() || refused.stage.is_some();
    let house = here.house();
    let mut view = here.app.db.read(move |conn| content(conn, &keys, &caller, (lang, &house), id)).await?;
    view.csrf = here.csrf().to_owned();
    if let Some(touch) = refused.touch {
        view.touch = touch;
    }
    if let Some((typed, problems)) = refused.stage {
        (view.to, view.why, view.reason, view.stage_problems) = (typed.stage, typed.why, typed.reason, problems);
    }
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let body = html! { (one(lang, &view)) };
    Ok(Page::new(view.name.clone(), body).status(status).answer(here))
}

/// What the words need to know of where and when they are read.
struct Reading<'a> {
    lang: Lang,
    now: At,
    zone: Tz,
    outlet: Option<String>,
    /// The reader's firm and branch.
    house: &'a str,
    user: &'a crate::people::CurrentUser,
}

fn content(conn: &mut Conn, keys: &Keys, caller: &Caller, (lang, house): (Lang, &str), id: Id) -> Result<OneView> {
    let user = caller.user()?;
    let row = store::find(conn, user.reach(), id)?;
    let found = duplicates::find(conn, user.reach(), row.mobile_hash.as_deref(), Some(id))?;
    let same = entry::same_mobile(conn, user.reach(), &found.in_reach)?;
    let elsewhere = duplicates::branch_names(conn, &found.elsewhere)?;
    let item = view::view(conn, keys, caller, &row, found)?.item;
    let history = history::of(conn, id)?;
    let names = history::names(conn, vec![row.broker_id, row.met_by])?;
    let outlet = match row.outlet_id {
        Some(outlet) => outlets::table.find(outlet).select(outlets::name).first(conn).optional()?,
        None => None,
    };
    let kept = crate::followups::store::current(conn, id)?.kept_at.is_some();
    let reading = Reading { lang, now: caller.now, zone: store::zone(conn, &row)?, outlet, house, user };
    let own = row.broker_id == user.id;
    let mobile = if own { row.mobile(keys)? } else { None };
    let text = sms_text(&reading, &row);
    let next = next_step(&row, &history);
    Ok(OneView {
        csrf: String::new(),
        id: id.to_string(),
        name: row.name.clone(),
        about: about(&reading, &row),
        due: say::due(lang, &item.follow_up, caller.now.date_in(reading.zone)),
        next: (own && item.follow_up.state == Due::Open).then(|| t!(lang, next)),
        called_for: next == "prospect-next-call",
        sms: mobile.as_ref().map(|mobile| sms::sms_link(mobile, &text)),
        tel: mobile.as_ref().map(|mobile| (sms::tel_link(mobile), store::shown(mobile, true))),
        sms_text: mobile.map(|_| text),
        own,
        touch_ids: (Id::new().to_string(), Id::new().to_string()),
        touch: TouchEntryView {
            channel: row.preferred_channel.as_str().into(),
            outcome: "reached".into(),
            at: typed(caller.now, reading.zone),
            ..TouchEntryView::default()
        },
        steps: steps(&reading, &history),
        step: usize::try_from(row.stage_before_lost.unwrap_or(row.stage).ordinal()).ok(),
        lost: row.stage == Stage::Lost,
        place: place(lang, &row),
        moves: moves(lang, &row, kept, caller.now),
        to: ahead(&row),
        stage_problems: Problems::default(),
        whys: LostReason::ALL
            .map(|why| (why.as_str().to_owned(), t!(lang, &format!("lost-{}", why.as_str().replace('_', "-")))))
            .into(),
        why: String::new(),
        reason: String::new(),
        same,
        elsewhere,
        agreed: item.consent.is_some(),
        lines: lines(&reading, id, &history),
        facts: facts(&reading, &item, &names),
    })
}

/// `11 月 18 日 15:40 在南大街支行认识 · 愿意收短信`
fn about(reading: &Reading<'_>, row: &Prospect) -> String {
    let lang = reading.lang;
    let when = say::moment(lang, row.met_at, reading.now, reading.zone);
    let met = match &reading.outlet {
        Some(outlet) => t!(lang, "prospect-met-at-outlet", when = when, outlet = outlet.clone()),
        None => t!(lang, "prospect-met-when", when = when),
    };
    format!("{met} · {}", say::word(lang, "prefers", row.preferred_channel.as_str()))
}

fn sms_text(reading: &Reading<'_>, row: &Prospect) -> String {
    let day = say::plain_day(reading.lang, row.met_on, reading.now.date_in(reading.zone));
    let from = sms::From { house: reading.house, broker: &reading.user.name };
    sms::text(reading.lang, &row.name, from, &day, reading.outlet.as_deref())
}

/// An SMS first, then the call; without a number neither.
fn next_step(row: &Prospect, history: &History) -> &'static str {
    let standing = |touch: &&TouchView| touch.withdrawn_at.is_none();
    let sms = || history.touches.iter().filter(standing).any(|touch| touch.channel.as_str() == "sms");
    match &row.mobile_hash {
        None => "prospect-next-number",
        Some(_) if sms() => "prospect-next-call",
        Some(_) => "prospect-next-sms",
    }
}

fn place(lang: Lang, row: &Prospect) -> String {
    match row.stage {
        Stage::Lost => t!(lang, "prospect-place-lost"),
        stage => t!(lang, "prospect-place", stage = say::stage(lang, stage), step = stage.ordinal() + 1),
    }
}

/// The funnel's steps, with the day each was first reached.
fn steps(reading: &Reading<'_>, history: &History) -> Vec<(String, Option<String>)> {
    let today = reading.now.date_in(reading.zone);
    let reached = |stage: Stage| history.stages.iter().find(|change| change.to == stage);
    let when = |change: &StageView| say::day(reading.lang, change.at.date_in(reading.zone), today);
    Stage::ALL[..8].iter().map(|stage| (say::stage(reading.lang, *stage), reached(*stage).map(when))).collect()
}

/// The moves that the table allows now, given a reason.
fn moves(lang: Lang, row: &Prospect, has_keeping_touch: bool, now: At) -> Vec<(String, String)> {
    let from = StageNow {
        stage: row.stage,
        before_lost: row.stage_before_lost,
        last_change_at: row.stage_at.utc(),
        has_keeping_touch,
    };
    let at = now.max(row.stage_at).utc();
    let allowed = |stage: &Stage| {
        *stage != row.stage && decide(&from, &WantedMove { stage: *stage, at, reason: Some("x") }, at).is_ok()
    };
    Stage::ALL.iter().filter(|s| allowed(s)).map(|s| (s.as_str().to_owned(), say::stage(lang, *s))).collect()
}

/// The step after the present one: what a change of stage nearly always is.
fn ahead(row: &Prospect) -> String {
    let next = Stage::ALL.iter().find(|stage| stage.ordinal() > row.stage.ordinal());
    next.map_or_else(String::new, |stage| stage.as_str().to_owned())
}

/// Touches, stages and changes in one line of time, the latest first.
fn lines(reading: &Reading<'_>, id: Id, history: &History) -> Vec<Line> {
    let touches = history.touches.iter().map(|touch| (touch.at, touch_line(reading, id, touch)));
    let stages = history.stages.iter().map(|change| (change.at, stage_line(reading, change)));
    let changes = history.changes.iter().map(|change| {
        let title = say::word(reading.lang, "changed", &change.field);
        (change.at, line(reading, change.at, &change.by_name, title))
    });
    let mut all: Vec<(At, Line)> = stages.chain(changes).chain(touches).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.into_iter().map(|(_, line)| line).collect()
}

fn line(reading: &Reading<'_>, at: At, by: &str, title: String) -> Line {
    let when = say::moment(reading.lang, at, reading.now, reading.zone);
    Line { when, at: at.rfc3339(), by: by.to_owned(), title, text: None, open: None, strong: false }
}

fn stage_line(reading: &Reading<'_>, change: &StageView) -> Line {
    let lang = reading.lang;
    let to = say::stage(lang, change.to);
    let title = change.from.map_or_else(|| to.clone(), |from| format!("{} → {to}", say::stage(lang, from)));
    Line { text: change.reason.clone(), ..line(reading, change.at, &change.by_name, title) }
}

fn touch_line(reading: &Reading<'_>, id: Id, touch: &TouchView) -> Line {
    let lang = reading.lang;
    let said = |channel: &str, outcome: &str| {
        format!("{} · {}", say::word(lang, "channel", channel), say::word(lang, "outcome", outcome))
    };
    let mut title = said(touch.channel.as_str(), touch.outcome.as_str());
    if touch.withdrawn_at.is_some() {
        title = t!(lang, "prospect-touch-withdrawn", touch = title);
    } else if let Some(before) = touch.before.first() {
        let was = said(before.channel.as_str(), before.outcome.as_str());
        title = t!(lang, "prospect-touch-changed", touch = title, was = was);
    }
    let same_day = touch.created_at.date_in(reading.zone) == reading.now.date_in(reading.zone);
    let open = (touch.withdrawn_at.is_none() && touch.by_user == reading.user.id && same_day).then(|| {
        let path = format!("/prospects/{id}/touches/{}", touch.id);
        (format!("{path}/edit"), format!("{path}/withdrawal"))
    });
    let strong = touch.withdrawn_at.is_none();
    Line { text: touch.note.clone(), open, strong, ..line(reading, touch.at, &touch.by_name, title) }
}

fn facts(reading: &Reading<'_>, item: &ProspectItem, names: &HashMap<Id, String>) -> Vec<(String, String)> {
    let lang = reading.lang;
    let consent = item.consent.as_ref().map(|consent| {
        format!("{} · {}", say::moment(lang, consent.given_at, reading.now, reading.zone), consent.purpose)
    });
    let all = [
        ("prospect-mobile", item.mobile.clone()),
        ("prospect-source", Some(say::word(lang, "source", item.source.as_str()))),
        ("prospect-referrer", item.referrer.clone()),
        ("prospect-experience", Some(say::word(lang, "experience", item.experience.as_str()))),
        ("prospect-note", item.note.clone()),
        ("prospect-consent-fact", Some(consent.unwrap_or_else(|| t!(lang, "prospect-consent-none")))),
        ("prospect-broker", names.get(&item.broker_id).cloned()),
    ];
    all.into_iter().filter_map(|(key, value)| value.map(|value| (t!(lang, key), value))).collect()
}
