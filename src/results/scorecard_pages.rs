//! The pages of the outlets' scorecard.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::advice::Advice;
use super::scorecard::{self, ScoreLine, Scorecard, ScorecardInput};
use super::scorecard_file::{self, reason_words};
use crate::attendance::now::{Choice, choose};
use crate::attendance::pages::no_branch;
use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::t;
use crate::templates::funnel::{Link, number};
use crate::templates::outlets::{phase_state, phase_word};
use crate::templates::results::scorecard::{self as template, OutletRow, ScoreView, ScorecardPage};
use crate::text::money::yuan;
use crate::web::{Here, Page, Query, download, refused};

/// `GET /outlets/scorecard`
///
/// # Errors
/// 404 for a branch out of reach; a wrong date is shown at its field.
pub async fn show(here: Here, query: Query<ScorecardInput>) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let today = now.date_in(user.zone());
    let usual = || ScorecardInput::default().period(today);
    let (period, problems) = refused::or_usual(lang, query.0.period(today), usual)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let code = query.0.branch.clone().filter(|code| !code.is_empty());
    let (asked, several) = (code.is_some(), user.branch.is_none());
    let read = here.app.db.read(move |conn| {
        let choice = choose(conn, &user, code.as_deref())?;
        let card = scorecard::load(conn, &choice.chosen, period, None, now)?;
        Ok((choice, card))
    });
    let (choice, card) = match read.await {
        Err(Error::NotFound(_)) if !asked => {
            return Ok(Page::new(t!(lang, "score-title"), no_branch(lang)).answer(&here));
        }
        read => read?,
    };
    let mut view = view(lang, &choice, &card, several);
    if !problems.is_empty() {
        (view.from, view.to) = (query.0.from.unwrap_or_default(), query.0.to.unwrap_or_default());
        view.problems = problems;
    }
    Ok(Page::new(t!(lang, "score-title"), template::page(lang, &view)).wide().status(status).answer(&here))
}

/// `GET /outlets/scorecard.csv`; that it was taken is put on record.
///
/// # Errors
/// 404 for a branch out of reach; 422 for a date that is none.
pub async fn csv(here: Here, query: Query<ScorecardInput>) -> Result<HttpResponse> {
    let (caller, lang, zone) = (here.caller(), here.lang(), here.user()?.zone());
    let period = query.0.period(caller.now.date_in(zone))?;
    let code = query.0.branch.clone().filter(|code| !code.is_empty());
    let write = here.app.db.write(move |conn| {
        let choice = choose(conn, caller.user()?, code.as_deref())?;
        let card = scorecard::load(conn, &choice.chosen, period, None, caller.now)?;
        let subject = Subject { branch: Some(choice.chosen.id), ..Subject::installation("scorecard") };
        let detail = serde_json::json!({ "from": card.from, "to": card.to, "rows": card.outlets.len() });
        audit::record(conn, &caller, "scorecard.export", subject, detail)?;
        Ok(card)
    });
    let card = write.await?;
    let days = format!("{}-{}", card.from, card.to);
    let name = format!("{} {} {days}.csv", t!(lang, "score-title"), card.branch);
    let plain = format!("scorecard-{}-{days}.csv", card.branch);
    Ok(download::file("text/csv; charset=utf-8", &plain, &name, scorecard_file::csv(lang, zone, &card)?))
}

fn view(lang: Lang, choice: &Choice, card: &Scorecard, several: bool) -> ScorecardPage {
    let counts = scorecard::counts(card);
    let code = &choice.chosen.code;
    let period = format!("from={}&to={}&branch={code}", card.from, card.to);
    ScorecardPage {
        from: card.from.to_string(),
        to: card.to.to_string(),
        before: (card.before_from.to_string(), card.before_to.to_string()),
        branches: choice.all.iter().filter(|_| several).map(|one| (one.code.clone(), one.name.clone())).collect(),
        branch: code.clone(),
        branch_name: choice.chosen.name.clone(),
        total: score(&card.total, &card.total_before, card.assets_fen),
        rate: card.day_rate_fen.map(|fen| yuan(i64::from(fen))),
        may_set_rate: choice.writes,
        counts: Advice::ALL.map(|one| (one.as_str(), counts.get(&one).copied().unwrap_or(0))).into(),
        rows: card.outlets.iter().map(|line| row(lang, card, line)).collect(),
        csv: format!("/outlets/scorecard.csv?{period}"),
        problems: Vec::new(),
    }
}

fn row(lang: Lang, card: &Scorecard, line: &ScoreLine) -> OutletRow {
    let href =
        |who: &str| format!("/funnel/people?from={}&to={}&outlet_id={}&{who}", card.from, card.to, line.outlet_id);
    OutletRow {
        href: format!("/outlets/{}", line.outlet_id),
        name: line.name.clone(),
        phase: (phase_state(line.phase), phase_word(lang, line.phase)),
        grade: line.grade.clone(),
        footfall: line.footfall,
        prospects: Link { count: line.score.prospects, href: href("stage=met") },
        accounts: Link { count: line.score.accounts, href: href("stage=account_opened") },
        funded: Link { count: line.score.funded, href: href("stage=funded") },
        score: score(&line.score, &line.before, line.assets_fen),
        advice: line.advice.map(|advice| advice.as_str()),
        reasons: line.reasons.iter().map(|reason| reason_words(lang, *reason)).collect(),
    }
}

/// Fen, which are never below nothing, by ten thousands of yuan as people say them: small sums with one decimal.
fn in_wan(fen: i64) -> String {
    let tenths = (fen.unsigned_abs() + 50_000) / 100_000;
    if tenths < 1000 { format!("{}.{}", tenths / 10, tenths % 10) } else { number((tenths + 5) / 10) }
}

/// A score as the page writes it.
pub fn score(now: &scorecard::Score, before: &scorecard::Score, assets_fen: Option<i64>) -> ScoreView {
    ScoreView {
        prospects: now.prospects,
        prospects_before: before.prospects,
        accounts: now.accounts,
        accounts_before: before.accounts,
        funded: now.funded,
        funded_before: before.funded,
        days: now.days,
        coverage: now.coverage,
        attendance: now.attendance,
        cost: now.cost_fen.map(yuan),
        assets: assets_fen.map(in_wan),
        cost_per_account: now.cost_per_account_fen.map(yuan),
    }
}
