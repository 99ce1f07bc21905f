//! The page that finds who fills what fell open, and its API: a proposal of few changes, applied at once or put into a draft.

use std::sync::Arc;

use actix_web::HttpResponse;
use chrono::NaiveDate;
use serde::Deserialize;

use super::explained::Gap;
use super::repair::{self, Change, Proposal, RepairInput, Wanted};
use super::worded::{self, Names};
use super::{conditions, runner, runs};
use crate::app::App;
use crate::attendance::filter::at_most;
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::people::{Caller, CurrentUser};
use crate::rota::drafts::{self, NewDraft};
use crate::rota::edits::{Edit, EditInput, Outcome};
use crate::rota::pages::{brokers, said};
use crate::rota::rules::{Book, Scope};
use crate::rota::{draw, leave, live};
use crate::t;
use crate::templates::rota::repair::{self as view, Found, RepairPage, Swap};
use crate::text;
use crate::web::api::{Problem, message};
use crate::web::flash::Message;
use crate::web::{Body, Form, Here, Page, Query, json, refused, see_other};

/// A proposal, worked out aside, at the lowest priority.
async fn propose(here: &Here, wanted: Wanted) -> Result<Proposal> {
    let (app, user, now) = (here.app.clone().into_inner(), here.user()?.clone(), here.app.clock.now());
    let (done, wait) = tokio::sync::oneshot::channel();
    let work = move || {
        runner::yield_to_others();
        // Whoever asked may have gone meanwhile.
        drop(done.send(worked_out(&app, &user, wanted, now)));
    };
    std::thread::Builder::new().name("mend a rota".into()).spawn(work).map_err(Error::internal)?;
    wait.await.map_err(Error::internal)?
}

fn worked_out(app: &Arc<App>, user: &CurrentUser, wanted: Wanted, now: crate::db::At) -> Result<Proposal> {
    app.db.read_now(|conn| repair::load(conn, app, user, wanted, now))?.propose()
}

/// `POST /api/v1/rota-repairs`
///
/// # Errors
/// 404 naming `broker_id`; 422 by field.
#[utoipa::path(post, path = "/api/v1/rota-repairs", tag = "rota", request_body = RepairInput,
    responses(
        (status = 200, description = "A proposal; nothing is changed. Its `changes` fit `PUT /rota-drafts/{id}/cells`", body = Proposal),
        (status = 403, description = "The caller answers for no branch", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such broker in the branch, or no such draft", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`too_much`: more brokers and outlets than are planned at once; `draft_closed`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(here: Here, body: Body<RepairInput>) -> Result<HttpResponse> {
    let user = here.user()?;
    conditions::desk(user)?;
    let wanted = Wanted::parse(&body.0, here.app.clock.now().date_in(user.zone()))?;
    Ok(json(propose(&here, wanted).await?))
}

/// What fell open.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    from: Option<String>,
    to: Option<String>,
    broker: Option<String>,
    draft: Option<Id>,
}

/// `GET /rota/repair`
///
/// # Errors
/// `Forbidden` for the head office.
pub async fn show(here: Here, asked: Query<Asked>) -> Result<HttpResponse> {
    let (user, lang) = (here.user()?.clone(), here.lang());
    let branch = conditions::desk(&user)?;
    let today = here.app.clock.now().date_in(user.zone());
    let given = |text: &Option<String>| text.as_deref().and_then(text::filled);
    let (from, to, broker) = (given(&asked.0.from), given(&asked.0.to), given(&asked.0.broker));
    // A broker who is none must not become everybody.
    let broker_id = broker.as_deref().map(str::parse).transpose().map_err(|_| Error::field("broker", "wrong_type"))?;
    let input = RepairInput { from: from.clone(), to: to.clone(), broker_id, draft_id: asked.0.draft };
    let (mut problems, mut found) = (Vec::new(), None);
    if from.is_some() {
        match Wanted::parse(&input, today) {
            Ok(wanted) => match shown(&here, wanted).await {
                Ok(proposal) => found = Some(proposal),
                Err(error) => problems = refused::beside(lang, error, "to")?,
            },
            Err(error) => problems = refused::beside(lang, error, "from")?,
        }
    }
    let people = here.app.db.read(move |conn| brokers(conn, branch)).await?;
    let page = RepairPage {
        branch: user.own_branch()?.name.clone(),
        from: from.unwrap_or_else(|| today.to_string()),
        to: to.unwrap_or_default(),
        broker: broker.unwrap_or_default(),
        draft: asked.0.draft.map(|id| id.to_string()),
        brokers: people,
        problems,
        found,
    };
    let body = view::repair(lang, &page, here.csrf());
    Ok(Page::new(t!(lang, "repair-title"), body).answer(&here))
}

async fn shown(here: &Here, wanted: Wanted) -> Result<Found> {
    let proposal = propose(here, wanted).await?;
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let read = move |conn: &mut Conn| {
        let branch = conditions::desk(&user)?;
        let scope = Scope { history: false, ..Scope::all(proposal.from, proposal.to) };
        let book = Book::of(conn, branch, &scope)?;
        let today = now.date_in(user.zone());
        let names = Names::of(lang, &book, None);
        let told = |change: &&Change| change.date >= today && book.published.holds(change.date);
        let swap = |change: &Change| Swap {
            date: change.date,
            who: names.person(change.broker_id),
            from: change.seen_outlet_id.map(|id| names.outlet(id)),
            to: change.outlet_id.map(|id| names.outlet(id)),
        };
        let outside = |gap: &&Gap| (proposal.from..=proposal.to).contains(&gap.date);
        let gaps: Vec<Gap> = proposal.gaps.iter().filter(outside).cloned().collect();
        let due = match wanted.broker {
            Some(broker) => leave::due_meanwhile(conn, broker, proposal.from, proposal.to)?.len(),
            None => 0,
        };
        Ok(Found {
            due: wanted.broker.filter(|_| due > 0).map(|broker| (due, format!("/handovers?from={broker}"))),
            wants_reason: wanted.draft.is_none() && proposal.changes.iter().any(|change| told(&change)),
            swaps: proposal.changes.iter().map(swap).collect(),
            missing: gaps.iter().map(|gap| gap.missing).sum(),
            gaps: worded::gaps(lang, &book, &gaps),
            changes: serde_json::to_string(&proposal.changes).map_err(Error::internal)?,
        })
    };
    here.app.db.read(read).await
}

/// A proposal that is taken.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Taken {
    changes: String,
    way: String,
    reason: String,
    back: String,
}

/// `POST /rota/repair`
///
/// # Errors
/// `Forbidden` for the head office; a refusal is said on the page.
pub async fn take(here: Here, form: Form<Taken>) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    conditions::desk(&user)?;
    let Taken { changes, way, reason, back } = form.fields;
    let changes: Vec<EditInput> = crate::web::extract::parse_json(changes.as_bytes())?;
    let edits = Edit::parse_all(&changes)?;
    let Some((first, last)) = draw::span(&edits) else { return Err(Error::field("changes", "required")) };
    let mut faults = Faults::new();
    at_most(&mut faults, first, last, drafts::LONGEST);
    faults.check()?;
    let reason = live::reason(&reason)?;
    let (caller, post, keys) = (here.caller(), here.app.post(), here.app.keys.clone());
    let lang = here.lang();
    let back = if back.starts_with("/rota/repair?") { back } else { "/rota/repair".to_owned() };
    if way == "draft" {
        let made = here.app.db.write(move |conn| into_draft(conn, &keys, &caller, (first, last), &edits)).await;
        return match made {
            Ok((draft, left)) => {
                let told = match left {
                    0 => Message::done(t!(lang, "repair-drafted")),
                    left => Message::bad(t!(lang, "repair-left", n = left)),
                };
                Ok(see_other(&here, &format!("/rota?draft={draft}"), Some(told)))
            }
            Err(error) => said(&here, &back, Err(error), "repair-drafted"),
        };
    }
    let n = edits.len();
    match here.app.db.write(move |conn| live::put(conn, &post, &caller, &edits, &reason)).await {
        Ok(Outcome::Done(_)) => {
            let done = Message::done(t!(lang, "repair-done", n = n));
            Ok(see_other(&here, &format!("/rota?day={first}"), Some(done)))
        }
        Ok(Outcome::Refused(_)) => Ok(see_other(&here, &back, Some(Message::bad(t!(lang, "problem-repair-changed"))))),
        Err(Error::Invalid(faults)) => {
            let words = faults.iter().map(|f| message(lang, f)).collect::<Vec<_>>().join(" ");
            Ok(see_other(&here, &back, Some(Message::bad(words))))
        }
        Err(error) => said(&here, &back, Err(error), "repair-done"),
    }
}

/// The draft of the days, begun where there is none, with the changes in it; and how many of them could not be made any more.
fn into_draft(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    (first, last): (NaiveDate, NaiveDate),
    edits: &[Edit],
) -> Result<(Id, usize)> {
    let branch = conditions::desk(caller.user()?)?;
    let draft = match runs::draft_for(conn, branch, first, last)? {
        Some(draft) => draft.id,
        None => drafts::create(conn, keys, caller, &NewDraft::of(Id::new(), first, last))?.body.id,
    };
    let (_, left) = draw::put_possible(conn, caller, draft, edits)?;
    if left == edits.len() {
        return Err(Error::Conflict("repair_changed"));
    }
    Ok((draft, left))
}
