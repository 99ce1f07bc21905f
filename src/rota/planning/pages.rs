//! The pages of plans: asking for one, watching it, reading what came of it and why.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::conditions;
use super::explained::{self, Explanation};
use super::instance::Keep;
use super::runs::{self, NewPlan, PlanInput, PlanState, Run};
use super::weights::{NAMES, Weights};
use super::{api, worded};
use crate::attendance::now::{choose, named, offered};
use crate::attendance::pages::no_branch;
use crate::db::schema::users;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::people::CurrentUser;
use crate::people::pages::Nothing;
use crate::rota::drafts;
use crate::rota::pages::said;
use crate::rota::rules::Book;
use crate::t;
use crate::templates::rota::plan::{self as view, PlanForm, PlanLine, PlanList, PlanPage};
use crate::text::filled;
use crate::web::flash::Message;
use crate::web::pagination::Part;
use crate::web::refused::beside;
use crate::web::{Form, Here, Page, Query, assets, see_other};
use diesel::prelude::*;

/// Which branch, at the head office.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    branch: Option<String>,
}

/// `GET /rota/plans`
///
/// # Errors
/// `NotFound` for a branch out of reach.
pub async fn list(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (user, lang, branch) = (here.user()?.clone(), here.lang(), which.0.branch);
    let asked = branch.is_some();
    let body = match here.app.db.read(move |conn| listed(conn, &user, branch.as_deref())).await {
        Err(Error::NotFound(_)) if !asked => no_branch(lang),
        found => view::list(lang, &found?),
    };
    Ok(Page::new(t!(lang, "plan-list"), body).answer(&here))
}

fn listed(conn: &mut Conn, user: &CurrentUser, code: Option<&str>) -> Result<PlanList> {
    let choice = choose(conn, user, code)?;
    let reach = crate::people::Reach::Branch(choice.chosen.id);
    let runs = runs::list(conn, reach, &Part::first())?.items;
    let zone = choice.chosen.zone();
    let line = |run: Run| PlanLine {
        href: format!("/rota/plans/{}", run.id),
        from: run.from,
        to: run.to,
        state: run.state,
        total: run.cost.map(|cost| cost.total),
        at: run.started_at.utc().with_timezone(&zone).naive_local(),
    };
    Ok(PlanList {
        branch: named(&choice.chosen),
        branches: offered(&choice.all),
        writes: choice.writes,
        all: runs.into_iter().map(line).collect(),
    })
}

/// The form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    id: String,
    from: String,
    to: String,
    keep: String,
    seconds: String,
    change_cost: String,
    uncovered_a: String,
    uncovered_b: String,
    uncovered_c: String,
    face_launch: String,
    face_established: String,
    overstay: String,
    km: String,
    imbalance: String,
}

impl Typed {
    fn weights(&self) -> [(&'static str, &str); 8] {
        let all = [
            &self.uncovered_a,
            &self.uncovered_b,
            &self.uncovered_c,
            &self.face_launch,
            &self.face_established,
            &self.overstay,
            &self.km,
            &self.imbalance,
        ];
        std::array::from_fn(|n| (NAMES[n], all[n].as_str()))
    }

    fn input(&self) -> Result<PlanInput> {
        let mut faults = Faults::new();
        let typed: Vec<(&'static str, String)> = self.weights().map(|(name, text)| (name, text.to_owned())).to_vec();
        let weights = conditions::weights_typed(&typed, &mut faults);
        let mut number = |field: &str, text: &str| {
            filled(text).and_then(|text| faults.take(field, text.parse::<i64>().map_err(|_| "not_whole")))
        };
        let (seconds, change_cost) = (number("seconds", &self.seconds), number("change_cost", &self.change_cost));
        faults.check()?;
        Ok(PlanInput {
            id: self.id.parse().ok(),
            from: filled(&self.from),
            to: filled(&self.to),
            keep: filled(&self.keep),
            weights: Some(weights),
            change_cost,
            seconds,
            seed: None,
        })
    }
}

/// The days to begin with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    from: Option<String>,
    to: Option<String>,
}

/// `GET /rota/plans/new`
///
/// # Errors
/// `Forbidden` for the head office.
pub async fn new(here: Here, days: Query<Days>) -> Result<HttpResponse> {
    let (user, now) = (here.user()?.clone(), here.app.clock.now());
    let branch = conditions::desk(&user)?;
    let today = now.date_in(user.zone());
    let (from, to) = here.app.db.read(move |conn| runs::usual_period(conn, branch, today)).await?;
    let typed = Typed {
        id: Id::new().to_string(),
        from: days.0.from.unwrap_or_else(|| from.to_string()),
        to: days.0.to.unwrap_or_else(|| to.to_string()),
        keep: Keep::Published.as_str().to_owned(),
        seconds: "60".into(),
        change_cost: "0".into(),
        ..Typed::default()
    };
    form(&here, &typed, &[], StatusCode::OK).await
}

async fn form(here: &Here, typed: &Typed, problems: &[(String, String)], status: StatusCode) -> Result<HttpResponse> {
    let (user, lang) = (here.user()?.clone(), here.lang());
    let branch = conditions::desk(&user)?;
    let (usual, running) = here
        .app
        .db
        .read(move |conn| Ok((conditions::of_branch(conn, branch)?.1, runs::running(conn, branch)?.map(|run| run.id))))
        .await?;
    let problems: Vec<(String, String)> = problems
        .iter()
        .map(|(field, words)| (field.strip_prefix("weights.").unwrap_or(field).to_owned(), words.clone()))
        .collect();
    let view = PlanForm {
        branch: user.own_branch()?.name.clone(),
        id: &typed.id,
        from: &typed.from,
        to: &typed.to,
        keep: &typed.keep,
        seconds: &typed.seconds,
        change_cost: &typed.change_cost,
        weights: typed.weights().into_iter().zip(usual.numbers()).map(|((n, t), (_, usual))| (n, t, usual)).collect(),
        running: running.map(|id| format!("/rota/plans/{id}")),
        problems: &problems,
    };
    let body = view::form(lang, &view, here.csrf());
    Ok(Page::new(t!(lang, "plan-new"), body).status(status).answer(here))
}

/// `POST /rota/plans`
///
/// # Errors
/// `Forbidden` for the head office; a refused form is shown again.
pub async fn create(here: Here, form: Form<Typed>) -> Result<HttpResponse> {
    conditions::desk(here.user()?)?;
    let asked = match form.fields.input().and_then(|input| NewPlan::parse(&input)) {
        Ok(new) => api::ask(&here, new).await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(answer) => Ok(see_other(&here, &format!("/rota/plans/{}", answer.body.id), None)),
        Err(error) => {
            let status = match error {
                Error::Conflict(_) => StatusCode::CONFLICT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let problems = beside(here.lang(), error, "from")?;
            self::form(&here, &form.fields, &problems, status).await
        }
    }
}

/// `GET /rota/plans/{id}`
///
/// # Errors
/// 404 out of reach.
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (lang, csrf) = (here.lang(), here.csrf().to_owned());
    let page = load(&here, id.into_inner()).await?;
    let body = view::page(lang, &page, &csrf);
    Ok(Page::new(t!(lang, "plan-title"), body).script(&assets::hrefs().plan_js).answer(&here))
}

/// `GET /rota/plans/{id}/part`: what changes while it is planned.
///
/// # Errors
/// 404 out of reach.
pub async fn part(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let page = load(&here, id.into_inner()).await?;
    let body = view::part(here.lang(), &page, here.csrf());
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body.into_string()))
}

async fn load(here: &Here, id: Id) -> Result<PlanPage> {
    let (user, now, keys, lang) = (here.user()?.clone(), here.app.clock.now(), here.app.keys.clone(), here.lang());
    let read = move |conn: &mut Conn| {
        let run = runs::find(conn, &user, id)?;
        let own = user.branch.as_ref().is_some_and(|branch| branch.id == run.branch_id);
        let by: String = users::table.find(run.by_id).select(users::name).first(conn)?;
        let mut page = shown(&run, by, own, now);
        if run.state == PlanState::Done {
            let draft = run.draft_id.map(|id| drafts::find(conn, &user, id)).transpose()?;
            page.draft_open = draft.is_some_and(|draft| draft.state == drafts::State::Open);
            if let Some(report) = explained::report(conn, &keys, &run)? {
                let book = Book::load(conn, run.branch_id, run.from, run.to)?;
                page.why = Some(worded::words(lang, &book, &Explanation::of(&report, own), &run));
            }
        }
        Ok(page)
    };
    here.app.db.read(read).await
}

fn shown(run: &Run, by: String, own: bool, now: At) -> PlanPage {
    let gone = (run.finished_at.unwrap_or(now) - run.started_at).num_seconds().max(0);
    let turned = run.weights.numbers().into_iter().zip(Weights::default().numbers());
    PlanPage {
        href: format!("/rota/plans/{}", run.id),
        writes: own,
        by,
        from: run.from,
        to: run.to,
        state: run.state,
        keep: run.keep,
        seconds: run.seconds,
        gone,
        best: run.best,
        parts: worded::parts(run),
        turned: turned.filter(|(is, usual)| is != usual).map(|((name, n), (_, usual))| (name, n, usual)).collect(),
        problem: run.problem.clone(),
        left: run.left,
        draft: run.draft_id.map(|id| id.to_string()),
        draft_open: false,
        why: None,
    }
}

/// `POST /rota/plans/{id}/cancellation`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office.
pub async fn cancel(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = api::end(&here, id, true).await.map(drop);
    said(&here, &format!("/rota/plans/{id}"), done, "plan-cancelled")
}

/// `POST /rota/plans/{id}/finish`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office.
pub async fn finish(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = api::end(&here, id, false).await.map(drop);
    said(&here, &format!("/rota/plans/{id}"), done, "plan-finishing")
}

/// `POST /rota/plans/{id}/draft`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office.
pub async fn draft(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    let back = format!("/rota/plans/{id}");
    match here.app.db.write(move |conn| api::redraft(conn, &keys, &caller, id)).await {
        Ok(run) => {
            let to = run.draft_id.map_or(back, |draft| format!("/rota?draft={draft}"));
            Ok(see_other(&here, &to, Some(Message::done(t!(here.lang(), "plan-drafted")))))
        }
        Err(error) => said(&here, &back, Err(error), "plan-drafted"),
    }
}
