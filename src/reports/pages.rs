//! The page of reports, and its files.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::api::read;
use super::figures::{Column, Figures, Number, SHORT, columns};
use super::file::{self, label, name, scope};
use super::load::{self, Group, Report, ReportInput, Wanted, Whose};
use super::period::{Period, Unit};
use super::schedule;
use crate::audit::{self, Subject};
use crate::error::{Error, FieldError, Result};
use crate::language::Lang;
use crate::people::{Role, store};
use crate::prospects::stage::Stage;
use crate::t;
use crate::templates::parts::chart::{Bar, Bars};
use crate::templates::reports::{self as template, Cell, Figure, ReportView, Row, Table, Wish, shown};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, assets, download, refused, see_other};

/// What stands on top.
const HEAD: [&str; 6] = ["met", "follow-share", "account-opened", "on-time-share", "absent", "covered-share"];
/// What a person has no figure of.
const NOT_OF_PEOPLE: &str = "covered-share";
/// What is drawn over time.
const DRAWN: [&str; 3] = ["met", "follow-share", "on-time-share"];
/// The most rows of a table on the page; the files have all.
const SHOWN: usize = 100;

/// `GET /reports`
///
/// # Errors
/// `NotFound` for a branch out of reach; a refused form is shown again.
pub async fn show(here: Here, query: Query<ReportInput>) -> Result<HttpResponse> {
    let input = query.0;
    match page(&here, &input, &input, &[]).await {
        Err(Error::Invalid(faults)) => {
            let faulty = |field: &str| faults.iter().any(|fault| fault.field == field);
            let sound = ReportInput {
                branch: input.branch.clone(),
                period: input.period.clone().filter(|_| !faulty("period")),
                date: input.date.clone().filter(|_| !faulty("date")),
            };
            let shown = page(&here, &sound, &input, &faults).await?;
            Ok(shown.status(StatusCode::UNPROCESSABLE_ENTITY).answer(&here))
        }
        page => Ok(page?.answer(&here)),
    }
}

/// The report of `input`, with the form as it was typed.
async fn page(here: &Here, input: &ReportInput, typed: &ReportInput, faults: &[FieldError]) -> Result<Page> {
    let (lang, user, now) = (here.lang(), here.user()?.clone(), here.app.clock.now());
    let wanted = Wanted::parse(input, now.date_in(user.zone()))?;
    let period = wanted.period;
    let (report, branches, wishes) = here
        .app
        .db
        .read(move |conn| {
            let whose = Whose::of(conn, &user, wanted.branch.as_deref())?;
            let branches = store::branches_in_reach(conn, user.reach())?;
            let wishes = schedule::of(conn, user.id)?;
            Ok((load::report(conn, &whose, period, now)?, branches, wishes))
        })
        .await?;
    let is_manager = here.user()?.role == Role::Manager;
    let wish =
        |unit: &Unit| Wish { value: unit.as_str(), label: unit_name(lang, *unit), is_set: wishes.contains(unit) };
    let links = Links::of(here.user()?.branch.is_some(), &report);
    let view = ReportView {
        csrf: here.csrf().to_owned(),
        units: Unit::ALL.map(|unit| (unit.as_str().to_owned(), unit_name(lang, unit))).to_vec(),
        unit: period.unit.as_str().to_owned(),
        date: typed
            .date
            .clone()
            .unwrap_or_else(|| now.date_in(here.user().map_or(chrono_tz::Asia::Shanghai, |u| u.zone())).to_string()),
        branches: if branches.len() > 1 {
            branches.into_iter().map(|b| (b.code, b.name)).collect()
        } else {
            Vec::new()
        },
        branch: input.branch.clone().unwrap_or_default(),
        scope: scope(lang, &report),
        period: period.name(lang),
        around: [query_of(period.before(), input), query_of(period.after(), input)],
        query: query_of(period, input),
        is_empty: report.total.is_empty(),
        without_shifts: report.without_shifts,
        figures: columns(&HEAD).into_iter().map(|column| figure(lang, column, &report, &links)).collect(),
        charts: charts(lang, &report),
        tables: tables(lang, &report, input, &links),
        wishes: if is_manager { Unit::ALL.iter().map(wish).collect() } else { Vec::new() },
        problems: refused::by_field(lang, faults),
    };
    let title = t!(lang, "period-report-title");
    Ok(Page::new(title, template::page(lang, &view)).wide().style(&assets::hrefs().report_css))
}

fn unit_name(lang: Lang, unit: Unit) -> String {
    t!(lang, &format!("report-unit-{}", unit.as_str()))
}

fn query_of(period: Period, input: &ReportInput) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("period", period.unit.as_str()).append_pair("date", &period.first.to_string());
    if let Some(branch) = input.branch.as_deref().filter(|code| !code.is_empty()) {
        query.append_pair("branch", branch);
    }
    query.finish()
}

fn figure(lang: Lang, column: Column, report: &Report, links: &Links) -> Figure {
    let (key, of) = column;
    let now = links.cell(column, &report.total, report.period, "");
    Figure { name: name(lang, key), now, before: shown(of(&report.before)) }
}

fn charts(lang: Lang, report: &Report) -> Vec<Bars> {
    let bars = |(key, of): Column| {
        let value = |figures: &Figures| match of(figures) {
            Number::Count(count) => Some(count as f64),
            Number::Share(share) => share,
        };
        let is_share = matches!(of(&report.total), Number::Share(_));
        let bar = |piece: &load::Piece| Bar {
            label: piece.period.short_name(lang),
            value: value(&piece.figures),
            words: shown(of(&piece.figures)),
        };
        Bars { title: name(lang, key), bars: report.over_time.iter().map(bar).collect(), full: is_share.then_some(1.0) }
    };
    columns(&DRAWN).into_iter().map(bars).filter(|bars| bars.bars.iter().any(|bar| bar.value.is_some())).collect()
}

fn tables(lang: Lang, report: &Report, input: &ReportInput, links: &Links) -> Vec<Table> {
    let mut tables = Vec::new();
    if !report.over_time.is_empty() {
        let rows = report.over_time.iter().map(|piece| Row {
            label: piece.period.short_name(lang),
            href: Some(format!("/reports?{}", query_of(Period { unit: piece.period.unit, ..piece.period }, input))),
            cells: links.cells(&SHORT, &piece.figures, piece.period, ""),
        });
        tables.push(table(lang, "piece", &SHORT, rows.collect()));
    }
    let of_people: Vec<&str> = SHORT.into_iter().filter(|key| *key != NOT_OF_PEOPLE).collect();
    for (of, keys, groups) in [
        ("branch", &SHORT[..], &report.branches),
        ("person", &of_people[..], &report.people),
        ("outlet", &SHORT[..], &report.outlets),
    ] {
        if !groups.is_empty() {
            let row = |group: &Group| Row {
                label: label(lang, group),
                href: href(of, report, group),
                cells: links.cells(keys, &group.figures, report.period, &narrowed(of, group)),
            };
            tables.push(table(lang, of, keys, groups.iter().map(row).collect()));
        }
    }
    tables
}

/// To the funnel's people behind a number, where they are those that the reader's funnel would show.
struct Links {
    lead: bool,
}

impl Links {
    /// `own`: the reader has a branch. Of one branch among all in reach the funnel knows no people apart.
    fn of(own: bool, report: &Report) -> Links {
        Links { lead: own || report.branch.is_none() }
    }

    fn cells(&self, keys: &[&str], figures: &Figures, period: Period, narrow: &str) -> Vec<Cell> {
        columns(keys).into_iter().map(|column| self.cell(column, figures, period, narrow)).collect()
    }

    fn cell(&self, (key, of): Column, figures: &Figures, period: Period, narrow: &str) -> Cell {
        let number = of(figures);
        let stage = Stage::parse(&key.replace('-', "_"));
        let people = stage.filter(|_| self.lead && narrow != NOWHERE && !matches!(number, Number::Count(0)));
        let (from, to) = (period.first, period.last);
        let href = people.map(|stage| format!("/funnel/people?from={from}&to={to}{narrow}&stage={}", stage.as_str()));
        Cell { words: shown(number), href }
    }
}

/// Of a group whose people have no page of their own.
const NOWHERE: &str = "-";

/// Whose or where, as the funnel's people are narrowed.
fn narrowed(of: &str, group: &Group) -> String {
    let key = group.key.as_deref().unwrap_or("none");
    match of {
        "person" => format!("&group_by=broker&key={key}"),
        "outlet" => format!("&group_by=outlet&key={key}"),
        _ => NOWHERE.to_owned(),
    }
}

fn table(lang: Lang, of: &str, keys: &[&str], mut rows: Vec<Row>) -> Table {
    let hidden = rows.len().saturating_sub(SHOWN);
    rows.truncate(SHOWN);
    Table {
        title: t!(lang, &format!("report-by-{of}")),
        first: name(lang, &format!("of-{of}")),
        columns: keys.iter().map(|key| name(lang, key)).collect(),
        rows,
        hidden,
    }
}

/// To the branch's own report, and to the outlet.
fn href(of: &str, report: &Report, group: &Group) -> Option<String> {
    let key = group.key.as_deref()?;
    match of {
        "branch" => {
            let input = ReportInput { branch: Some(key.to_owned()), ..ReportInput::default() };
            Some(format!("/reports?{}", query_of(report.period, &input)))
        }
        "outlet" => Some(format!("/outlets/{key}")),
        _ => None,
    }
}

/// A report to take along; that it was taken is put on record.
async fn taken(here: &Here, input: &ReportInput, kind: &'static str) -> Result<Report> {
    let report = read(here, input).await?;
    let (caller, period) = (here.caller(), report.period);
    let branch = caller.user()?.branch.as_ref().map(|branch| branch.id);
    let detail = serde_json::json!({
        "kind": kind, "period": period.unit, "from": period.first, "to": period.last,
        "branch": report.branch.as_ref().map(|branch| &branch.code), "people": report.people.len(),
    });
    let subject = Subject { branch, ..Subject::installation("report") };
    here.app.db.write(move |conn| audit::record(conn, &caller, "report.export", subject, detail)).await?;
    Ok(report)
}

fn names(lang: Lang, report: &Report, ending: &str) -> (String, String) {
    let period = report.period;
    let plain = format!("report-{}-{}.{ending}", period.unit.as_str(), period.first);
    let told = format!("{} {} {}.{ending}", t!(lang, "period-report-title"), scope(lang, report), period.name(lang));
    (plain, told)
}

/// `GET /reports.csv`
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for a parameter that is none.
pub async fn csv(here: Here, query: Query<ReportInput>) -> Result<HttpResponse> {
    let report = taken(&here, &query.0, "csv").await?;
    let (plain, told) = names(here.lang(), &report, "csv");
    Ok(download::file("text/csv; charset=utf-8", &plain, &told, file::csv(here.lang(), &report)?))
}

/// `GET /reports.xlsx`
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for a parameter that is none.
pub async fn xlsx(here: Here, query: Query<ReportInput>) -> Result<HttpResponse> {
    let report = taken(&here, &query.0, "xlsx").await?;
    let (plain, told) = names(here.lang(), &report, "xlsx");
    Ok(download::file(download::XLSX, &plain, &told, file::xlsx(here.lang(), &report)?))
}

/// The posted form of what is wanted by mail: a field for each, set or not.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedWishes {
    day: Option<String>,
    week: Option<String>,
    month: Option<String>,
    quarter: Option<String>,
    year: Option<String>,
}

/// `POST /reports/schedule`
///
/// # Errors
/// `Forbidden` for who is no manager.
pub async fn post_schedule(here: Here, form: Form<PostedWishes>) -> Result<HttpResponse> {
    let PostedWishes { day, week, month, quarter, year } = form.fields;
    let ticked = [day, week, month, quarter, year];
    let wanted: Vec<Unit> =
        Unit::ALL.into_iter().zip(ticked).filter(|(_, ticked)| ticked.is_some()).map(|(unit, _)| unit).collect();
    let (caller, lang) = (here.caller(), here.lang());
    let without_address = here.app.db.write(move |conn| {
        schedule::set(conn, &caller, &wanted)?;
        Ok(!wanted.is_empty() && store::email(conn, caller.user()?.id)?.is_none())
    });
    let said = match without_address.await? {
        true => Message::bad(t!(lang, "report-mail-no-address")),
        false => Message::done(t!(lang, "report-mail-kept")),
    };
    Ok(see_other(&here, "/reports", Some(said)))
}
