//! `bankside check`: reads everything and says what is wrong. Exit 1 where something is; what only wants attention is told and does no harm.

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Outcome, say, tell};
use crate::app::App;
use crate::audit;
use crate::calendar::store::workdays;
use crate::clock::Clock;
use crate::db::schema::{mails, prospects, settings as kept};
use crate::db::{Conn, Id, Location, migrate};
use crate::error::Result;
use crate::keys::Keys;
use crate::settings::Settings;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// What must hold between tables beyond foreign keys: a name, and a query that counts what breaks it.
const INVARIANTS: &[(&str, &str)] = &[
    (
        "every active prospect has a follow-up",
        "SELECT COUNT(*) AS n FROM prospects p WHERE p.state = 'active' AND NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.prospect_id = p.id)",
    ),
    (
        "every prospect has a history of stages",
        "SELECT COUNT(*) AS n FROM prospects p WHERE p.state = 'active' AND NOT EXISTS (SELECT 1 FROM stage_changes s WHERE s.prospect_id = p.id)",
    ),
    (
        "follow-ups belong to their prospect's owner and branch",
        "SELECT COUNT(*) AS n FROM follow_ups f JOIN prospects p ON p.id = f.prospect_id WHERE p.state = 'active' AND f.kept_at IS NULL AND f.waived_at IS NULL AND (f.broker_id <> p.broker_id OR f.branch_id <> p.branch_id)",
    ),
    (
        "a number is kept sealed and findable, or not at all",
        "SELECT COUNT(*) AS n FROM prospects WHERE (mobile IS NULL) <> (mobile_hash IS NULL)",
    ),
    (
        "a check-in at a shift is at the shift's outlet",
        "SELECT COUNT(*) AS n FROM checkins c JOIN shifts s ON s.id = c.shift_id WHERE c.outlet_id IS NULL OR c.outlet_id <> s.outlet_id",
    ),
    (
        "a check-in is of its outlet's branch",
        "SELECT COUNT(*) AS n FROM checkins c JOIN outlets o ON o.id = c.outlet_id WHERE c.branch_id <> o.branch_id",
    ),
    (
        "brokers and coordinators have a branch",
        "SELECT COUNT(*) AS n FROM users WHERE role IN ('broker', 'coordinator') AND branch_id IS NULL",
    ),
    (
        "a decided reminder's mail is there",
        "SELECT COUNT(*) AS n FROM reminder_days r LEFT JOIN mails m ON m.id = r.mail_id WHERE r.mail_id IS NOT NULL AND m.id IS NULL",
    ),
    // The rota.
    (
        "nobody has two shifts on a date",
        "SELECT COUNT(*) AS n FROM (SELECT broker_id FROM shifts GROUP BY broker_id, date HAVING COUNT(*) > 1) AS twice",
    ),
    ("a shift ends after it begins", "SELECT COUNT(*) AS n FROM shifts WHERE ends_at <= starts_at"),
    (
        "nobody has a shift while on approved leave",
        "SELECT COUNT(*) AS n FROM shifts s JOIN leaves l ON l.broker_id = s.broker_id AND l.state = 'approved' AND s.date >= l.from_date AND s.date <= l.to_date",
    ),
    (
        "what was not removed stands",
        "SELECT COUNT(*) AS n FROM shift_changes c WHERE c.kind <> 'removed' AND NOT EXISTS (SELECT 1 FROM shift_changes l WHERE l.shift_id = c.shift_id AND l.sequence > c.sequence) AND NOT EXISTS (SELECT 1 FROM shifts s WHERE s.id = c.shift_id)",
    ),
    (
        "what was removed stands no more",
        "SELECT COUNT(*) AS n FROM shift_changes c JOIN shifts s ON s.id = c.shift_id WHERE c.kind = 'removed'",
    ),
    (
        "a shift's number is that of its last change",
        "SELECT COUNT(*) AS n FROM shifts s WHERE s.sequence > 0 AND s.sequence <> COALESCE((SELECT MAX(c.sequence) FROM shift_changes c WHERE c.shift_id = s.id), 0)",
    ),
    (
        "a change on the board knows which",
        "SELECT COUNT(*) AS n FROM shift_changes c WHERE c.edit_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM board_edits e WHERE e.id = c.edit_id)",
    ),
    (
        "a swap that waits is about shifts that stand, of the people in it",
        "SELECT COUNT(*) AS n FROM swaps w WHERE w.state IN ('offered', 'taken') AND (NOT EXISTS (SELECT 1 FROM shifts s WHERE s.id = w.shift_id AND s.broker_id = w.from_broker_id) OR (w.other_shift_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM shifts s WHERE s.id = w.other_shift_id AND s.broker_id = w.to_broker_id)))",
    ),
    (
        "a correction is of its shift's broker, date and branch",
        "SELECT COUNT(*) AS n FROM attendance_corrections c JOIN shifts s ON s.id = c.shift_id WHERE c.broker_id <> s.broker_id OR c.date <> s.date OR c.branch_id <> s.branch_id",
    ),
    (
        "one correction of a shift waits at a time",
        "SELECT COUNT(*) AS n FROM (SELECT shift_id FROM attendance_corrections WHERE state = 'asked' GROUP BY shift_id HAVING COUNT(*) > 1) AS twice",
    ),
    (
        "leave and publications end no earlier than they begin",
        "SELECT (SELECT COUNT(*) FROM leaves WHERE to_date < from_date) + (SELECT COUNT(*) FROM rota_publications WHERE to_date < from_date) AS n",
    ),
    (
        "open drafts of a branch share no day",
        "SELECT COUNT(*) AS n FROM rota_drafts a JOIN rota_drafts b ON b.branch_id = a.branch_id AND b.id > a.id AND b.from_date <= a.to_date AND b.to_date >= a.from_date WHERE a.state = 'open' AND b.state = 'open'",
    ),
    (
        "a draft's steps are within its days",
        "SELECT COUNT(*) AS n FROM draft_changes c LEFT JOIN rota_drafts d ON d.id = c.draft_id WHERE d.id IS NULL OR c.date < d.from_date OR c.date > d.to_date",
    ),
    (
        "a publication is of a draft of its own branch",
        "SELECT COUNT(*) AS n FROM rota_publications p JOIN rota_drafts d ON d.id = p.draft_id WHERE d.branch_id <> p.branch_id OR d.state <> 'published'",
    ),
];

/// Runs it.
///
/// # Errors
/// How many things are wrong; each was printed.
pub fn run(settings: Settings) -> Outcome {
    if let Location::Sqlite(path) = &settings.database
        && !path.exists()
    {
        return Err(format!("{} is not there", path.display()));
    }
    let app = App::open_unbound(settings, Clock::system())?;
    let mut report = Report::default();
    // Before the snapshot, which a server at work would leave behind.
    let head = audit::read_head(&audit::head_file(&app.settings.var));
    let found = app.db.read_now(|conn| examine(conn, &app, head, &mut report));
    if let Err(error) = found {
        report.wrong(&format!("the database could not be read to its end: {}", say(error)));
    }
    match &app.settings.smtp_url {
        Some(_) => report.good("mail goes out by SMTP"),
        None => report.note(&format!(
            "BANKSIDE_SMTP_URL is not set: mail becomes files in {}",
            app.settings.var.join("mail").display()
        )),
    }
    report.note("the secret key is in no backup: keep it apart (BANKSIDE_SECRET_KEY, or secret.key in the var folder)");
    match report.wrong {
        0 => report.unheard.map_or(Ok(()), Err),
        n => Err(format!("{n} of the checks failed")),
    }
}

#[derive(Default)]
struct Report {
    wrong: usize,
    /// Why not all of it could be printed.
    unheard: Option<String>,
}

impl Report {
    fn line(&mut self, line: String) {
        self.unheard = self.unheard.take().or(tell(line).err());
    }

    fn good(&mut self, line: &str) {
        self.line(format!("fine   {line}"));
    }

    fn note(&mut self, line: &str) {
        self.line(format!("note   {line}"));
    }

    fn wrong(&mut self, line: &str) {
        self.line(format!("WRONG  {line}"));
        self.wrong += 1;
    }

    fn judge(&mut self, holds: bool, line: &str) {
        if holds { self.good(line) } else { self.wrong(line) }
    }
}

fn examine(conn: &mut Conn, app: &App, head: audit::KeptHead, report: &mut Report) -> Result<()> {
    match migrate::must_be_ours(conn) {
        Ok(()) => report.judge(migrate::is_current(conn)?, "the schema is this program's"),
        Err(why) => report.wrong(&why),
    }
    if matches!(conn, Conn::Sqlite(_)) {
        let lines: Vec<Line> =
            diesel::sql_query("SELECT integrity_check AS line FROM pragma_integrity_check").load(conn)?;
        report.judge(lines.iter().all(|l| l.line == "ok"), "the file is whole");
        let broken: Count = diesel::sql_query("SELECT COUNT(*) AS n FROM pragma_foreign_key_check").get_result(conn)?;
        report.judge(broken.n == 0, "no row refers to one that is gone");
    }
    for (name, sql) in INVARIANTS {
        let broken: Count = diesel::sql_query(*sql).get_result(conn)?;
        if broken.n == 0 { report.good(name) } else { report.wrong(&format!("{name}: {} do not", broken.n)) }
    }
    keys(conn, app, report)?;
    let is_kept = !matches!(head, Ok(None));
    match audit::verify(conn, head)? {
        Ok(sealed) => {
            report.good(&format!("the audit chain holds over {sealed} entries"));
            if sealed > 0 && !is_kept {
                report.note("audit.head is not in the folder var: that the end of the trail was cut would not be seen");
            }
        }
        Err(what) => report.wrong(&format!("audit: {what}")),
    }
    calendar(conn, app, report)?;
    let waiting: i64 = mails::table.filter(mails::state.eq("failed")).count().get_result(conn)?;
    if waiting > 0 {
        report.note(&format!("{waiting} mails failed for good: see the mail page"));
    }
    let suspended: i64 = kept::table.filter(kept::name.eq("mail_suspended")).count().get_result(conn)?;
    if suspended > 0 {
        report.note("this is a restored copy: it sends no mail until `bankside mail resume`");
    }
    Ok(())
}

/// The key must be the one the data was written with, and open what is sealed.
fn keys(conn: &mut Conn, app: &App, report: &mut Report) -> Result<()> {
    let fits = app.keys.fits(conn)?;
    report.judge(fits, "the secret key is the one that the data was written with");
    if fits {
        let broken = broken_numbers(conn, &app.keys)?;
        report.judge(broken == 0, "sealed numbers open, and are found by their own hashes");
    }
    Ok(())
}

/// How many mobile numbers cannot be read, or are kept under a hash by which they would not be found.
fn broken_numbers(conn: &mut Conn, keys: &Keys) -> Result<usize> {
    type Number = (Id, Option<Vec<u8>>, Option<Vec<u8>>);
    let (mut broken, mut last) = (0, Id(uuid::Uuid::nil()));
    loop {
        let some: Vec<Number> = prospects::table
            .filter(prospects::id.gt(last).and(prospects::mobile.is_not_null()))
            .order(prospects::id)
            .select((prospects::id, prospects::mobile, prospects::mobile_hash))
            .limit(10_000)
            .load(conn)?;
        let Some((id, ..)) = some.last() else { return Ok(broken) };
        last = *id;
        let holds = |(_, sealed, hash): &Number| {
            let sealed = sealed.as_ref().and_then(|sealed| keys.open("mobile", sealed).ok());
            sealed.is_some_and(|mobile| hash.as_ref() == Some(&keys.find(&mobile)))
        };
        broken += some.iter().filter(|number| !holds(number)).count();
    }
}

fn calendar(conn: &mut Conn, app: &App, report: &mut Report) -> Result<()> {
    let year = app.clock.now().utc().year();
    let (Some(from), Some(to)) = (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year + 1, 12, 31))
    else {
        return Ok(());
    };
    let missing = workdays(conn, None, from, to)?.years_without_holiday(year..=year + 1);
    if missing.is_empty() {
        report.good("the calendar has holidays for this year and the next");
    }
    for year in missing {
        report.note(&format!(
            "no holiday is listed for {year}: its workdays are Monday to Friday until a calendar is imported"
        ));
    }
    Ok(())
}
