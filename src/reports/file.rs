//! A report as a file: CSV with a row a group and all figures beside each other; a workbook with a sheet each, numbers as numbers and days as days.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::figures::{COLUMNS, Figures, Number};
use super::load::{Group, Report};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::t;
use crate::web::download;

/// What a row is of, and which one.
struct Line<'a> {
    of: &'static str,
    period: super::Period,
    name: String,
    figures: &'a Figures,
}

fn lines(lang: Lang, report: &Report) -> Vec<Line<'_>> {
    let (period, before) = (report.period, report.period.before());
    let mut lines = vec![
        Line { of: "total", period, name: scope(lang, report), figures: &report.total },
        Line { of: "before", period: before, name: scope(lang, report), figures: &report.before },
    ];
    lines.extend(report.over_time.iter().map(|piece| Line {
        of: "piece",
        period: piece.period,
        name: piece.period.short_name(lang),
        figures: &piece.figures,
    }));
    for (of, groups) in [("branch", &report.branches), ("person", &report.people), ("outlet", &report.outlets)] {
        let line = |group| Line { of, period, name: label(lang, group), figures: &group.figures };
        lines.extend(groups.iter().map(line));
    }
    lines
}

/// Whose report it is.
pub fn scope(lang: Lang, report: &Report) -> String {
    report.branch.as_ref().map_or_else(|| t!(lang, "report-all-branches"), |branch| branch.name.clone())
}

/// What a group is called.
pub fn label(lang: Lang, group: &Group) -> String {
    if group.label.is_empty() { t!(lang, "report-no-outlet") } else { group.label.clone() }
}

/// What a figure is called.
pub fn name(lang: Lang, key: &str) -> String {
    t!(lang, &format!("report-{key}"))
}

/// As CSV: UTF-8 with the mark that spreadsheets look for; shares as parts of one.
///
/// # Errors
/// Only when memory cannot be written.
pub fn csv(lang: Lang, report: &Report) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![0xef, 0xbb, 0xbf]);
    let heading = ["of", "from", "to", "name"].into_iter().chain(COLUMNS.iter().map(|(key, _)| *key));
    writer.write_record(heading.map(|key| name(lang, key))).map_err(Error::internal)?;
    for line in lines(lang, report) {
        let figures = COLUMNS.iter().map(|(_, of)| match of(line.figures) {
            Number::Count(count) => count.to_string(),
            Number::Share(share) => share.map(|share| format!("{share:.4}")).unwrap_or_default(),
        });
        let (from, to) = (line.period.first.to_string(), line.period.last.to_string());
        let start = [name(lang, &format!("of-{}", line.of)), from, to, download::cell(&line.name)];
        writer.write_record(start.into_iter().chain(figures)).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// As a workbook: the totals, then a sheet for each way they are put together.
///
/// # Errors
/// Only when memory cannot be written.
pub fn xlsx(lang: Lang, report: &Report) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    totals(lang, report, book.add_worksheet()).map_err(Error::internal)?;
    let all = lines(lang, report);
    for of in ["piece", "branch", "person", "outlet"] {
        let some: Vec<&Line<'_>> = all.iter().filter(|line| line.of == of).collect();
        if !some.is_empty() {
            table(lang, of, &some, book.add_worksheet()).map_err(Error::internal)?;
        }
    }
    book.save_to_buffer().map_err(Error::internal)
}

fn totals(lang: Lang, report: &Report, sheet: &mut Worksheet) -> std::result::Result<(), XlsxError> {
    let (bold, day, share) = formats();
    sheet
        .set_name(name(lang, "of-total"))?
        .set_column_width(0, 28)?
        .set_column_width(1, 16)?
        .set_column_width(2, 16)?;
    sheet.write_string_with_format(0, 0, format!("{} · {}", scope(lang, report), report.period.name(lang)), &bold)?;
    for (row, key, period) in [(1, "from", report.period), (2, "to", report.period)] {
        let before = report.period.before();
        let of = |period: super::Period| if key == "from" { period.first } else { period.last };
        sheet.write_string(row, 0, name(lang, key))?;
        sheet.write_datetime_with_format(row, 1, of(period), &day)?;
        sheet.write_datetime_with_format(row, 2, of(before), &day)?;
    }
    sheet.write_string_with_format(3, 1, name(lang, "of-total"), &bold)?;
    sheet.write_string_with_format(3, 2, name(lang, "of-before"), &bold)?;
    for (row, (key, of)) in (4u32..).zip(COLUMNS) {
        sheet.write_string(row, 0, name(lang, key))?;
        number(sheet, row, 1, of(&report.total), &share)?;
        number(sheet, row, 2, of(&report.before), &share)?;
    }
    Ok(())
}

fn table(lang: Lang, of: &str, lines: &[&Line<'_>], sheet: &mut Worksheet) -> std::result::Result<(), XlsxError> {
    let (bold, day, share) = formats();
    sheet.set_name(name(lang, &format!("of-{of}")))?.set_freeze_panes(1, 1)?.set_column_width(0, 26)?;
    for (at, key) in (0u16..).zip(["name", "from", "to"]) {
        sheet.write_string_with_format(0, at, name(lang, key), &bold)?;
    }
    for (at, (key, _)) in (3u16..).zip(COLUMNS) {
        sheet.write_string_with_format(0, at, name(lang, key), &bold)?;
    }
    sheet.set_column_range_width(1, 2 + COLUMNS.len() as u16, 12)?;
    for (row, line) in (1u32..).zip(lines) {
        sheet.write_string(row, 0, &line.name)?;
        sheet.write_datetime_with_format(row, 1, line.period.first, &day)?;
        sheet.write_datetime_with_format(row, 2, line.period.last, &day)?;
        for (at, (_, of)) in (3u16..).zip(COLUMNS) {
            number(sheet, row, at, of(line.figures), &share)?;
        }
    }
    let last = u32::try_from(lines.len()).unwrap_or(0);
    sheet.autofilter(0, 0, last, 2 + COLUMNS.len() as u16)?;
    Ok(())
}

fn formats() -> (Format, Format, Format) {
    (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"), Format::new().set_num_format("0.0%"))
}

fn number(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    number: Number,
    share: &Format,
) -> std::result::Result<(), XlsxError> {
    match number {
        Number::Count(count) => sheet.write_number(row, column, count as f64)?,
        Number::Share(Some(part)) => sheet.write_number_with_format(row, column, part, share)?,
        Number::Share(None) => sheet,
    };
    Ok(())
}
