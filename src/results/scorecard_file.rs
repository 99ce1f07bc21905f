//! The scorecard as a file: a row an outlet, numbers as spreadsheets read them.

use chrono_tz::Tz;

use super::scorecard::{ScoreLine, Scorecard};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::t;
use crate::templates::outlets::phase_word;
use crate::text::money::yuan;
use crate::web::download;

/// The columns, by the key of their heading.
const COLUMNS: [&str; 26] = [
    "code",
    "name",
    "phase",
    "grade",
    "footfall",
    "assets",
    "assets-at",
    "prospects",
    "accounts",
    "funded",
    "wanted",
    "shifts",
    "days",
    "coverage",
    "attendance",
    "cost",
    "cost-per-account",
    "prospects-before",
    "accounts-before",
    "funded-before",
    "wanted-before",
    "shifts-before",
    "days-before",
    "cost-before",
    "advice",
    "reasons",
];

/// As CSV: UTF-8 with the mark that spreadsheets look for; shares in per cent, money in yuan.
///
/// # Errors
/// Only when memory cannot be written.
pub fn csv(lang: Lang, zone: Tz, card: &Scorecard) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![0xef, 0xbb, 0xbf]);
    let headings = COLUMNS.map(|column| t!(lang, &format!("score-file-{column}")));
    writer.write_record(headings).map_err(Error::internal)?;
    for line in &card.outlets {
        writer.write_record(record(lang, zone, line)).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

fn record(lang: Lang, zone: Tz, line: &ScoreLine) -> [String; COLUMNS.len()] {
    let (now, before) = (&line.score, &line.before);
    let share = |share: Option<f64>| share.map(|share| format!("{:.1}", share * 100.0)).unwrap_or_default();
    let reasons: Vec<String> = line.reasons.iter().map(|reason| reason_words(lang, *reason)).collect();
    [
        download::cell(&line.code),
        download::cell(&line.name),
        phase_word(lang, line.phase),
        download::cell(line.grade.as_deref().unwrap_or_default()),
        line.footfall.map(|n| n.to_string()).unwrap_or_default(),
        line.assets_fen.map(yuan).unwrap_or_default(),
        line.assets_at.map(|at| at.date_in(zone).to_string()).unwrap_or_default(),
        now.prospects.to_string(),
        now.accounts.to_string(),
        now.funded.to_string(),
        now.wanted.to_string(),
        now.shifts.to_string(),
        now.days.to_string(),
        share(now.coverage),
        share(now.attendance),
        now.cost_fen.map(yuan).unwrap_or_default(),
        now.cost_per_account_fen.map(yuan).unwrap_or_default(),
        before.prospects.to_string(),
        before.accounts.to_string(),
        before.funded.to_string(),
        before.wanted.to_string(),
        before.shifts.to_string(),
        before.days.to_string(),
        before.cost_fen.map(yuan).unwrap_or_default(),
        line.advice.map(|advice| t!(lang, &format!("advice-{}", advice.as_str()))).unwrap_or_default(),
        reasons.join(" / "),
    ]
}

/// A reason in words.
pub fn reason_words(lang: Lang, reason: super::advice::Reason) -> String {
    t!(lang, &format!("advice-why-{}", reason.as_str().replace('_', "-")))
}
