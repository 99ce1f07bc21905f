//! The page of a broker's own results.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::mine::{self, Mine, MineInput};
use crate::error::Result;
use crate::funnel::address;
use crate::funnel::facts::STEPS;
use crate::funnel::people::Who;
use crate::funnel::query::{FunnelInput, FunnelQuery};
use crate::funnel::view::stage_name;
use crate::language::Lang;
use crate::prospects::stage::Stage;
use crate::t;
use crate::templates::funnel::{Link, StepRow};
use crate::templates::results::mine::{self as template, Beside, MinePage};
use crate::web::{Here, Page, Query, refused};

/// `GET /my-results`
///
/// # Errors
/// What the database says; a wrong date is shown at its field.
pub async fn show(here: Here, query: Query<MineInput>) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let today = now.date_in(user.zone());
    let usual = || mine::period(&MineInput::default(), today);
    let ((from, to), problems) = refused::or_usual(lang, mine::period(&query.0, today), usual)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let asked = FunnelQuery::parse(
        &FunnelInput {
            from: Some(from.to_string()),
            to: Some(to.to_string()),
            broker_id: Some(user.id),
            group_by: Some("month".into()),
            compare: Some("before".into()),
            ..FunnelInput::default()
        },
        today,
    )?;
    let found = here.app.db.read(move |conn| mine::mine(conn, &user, lang, from, to, now)).await?;
    let mut view = view(lang, &asked, &found);
    if !problems.is_empty() {
        (view.from, view.to) = (query.0.from.unwrap_or_default(), query.0.to.unwrap_or_default());
        view.problems = problems;
    }
    Ok(Page::new(t!(lang, "mine-title"), template::page(lang, &view)).status(status).answer(&here))
}

fn view(lang: Lang, asked: &FunnelQuery, mine: &Mine) -> MinePage {
    let (follow_ups, attendance, total) = (&mine.follow_ups, &mine.attendance, &mine.funnel.total);
    let step = |step: usize| StepRow {
        name: stage_name(lang, Stage::ALL[step]),
        people: Link {
            count: total.entered.in_order()[step],
            href: address::people(asked, None, Who::Reached(Stage::ALL[step])),
        },
        before: 0,
        conversion: total.conversion.in_order()[step],
        conversion_before: None,
        conversion_whole: None,
        median: total.median_days.in_order()[step],
        p90: None,
        weak: false,
    };
    MinePage {
        from: mine.from.to_string(),
        to: mine.to.to_string(),
        follow_ups: Beside {
            share: follow_ups.share,
            middle: mine.follow_ups_middle,
            part: follow_ups.kept,
            all: follow_ups.counted,
        },
        attendance: Beside {
            share: attendance.share,
            middle: mine.attendance_middle,
            part: attendance.on_time,
            all: attendance.shifts,
        },
        absent: attendance.absent,
        steps: (0..STEPS).map(step).collect(),
        middle: mine.middle.as_ref().map(|one| one.conversion.in_order().to_vec()).unwrap_or_default(),
        funnel: address::funnel(asked),
        problems: Vec::new(),
    }
}
