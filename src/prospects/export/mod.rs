//! The export of prospects: as many as there are, written while they are read, a part at a time, each in a short look of its own, so that neither memory
//! nor the database's log grows with it. Whoever goes away ends the work.
//!
//! For admins. Mobile numbers are in it only with a reason, which is kept in the register; else they are masked. What is exported is put on record before
//! the first row leaves, and how many rows left when the last one has.

pub mod input;
pub mod pages;
mod part;

use std::collections::HashMap;
use std::sync::{Arc, mpsc};

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use diesel::prelude::*;
use futures_util::stream;
use serde_json::json;
use tokio::sync::oneshot;

use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::prospects;
use crate::db::{At, Conn, Database, Id};
use crate::error::{Error, Result};
use crate::jobs;
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::store::{self, Branch};
use crate::people::{Caller, Role};
use crate::prospects::person;
use crate::t;
use crate::web::download;
use crate::web::table_file::{SHEET_ROWS, TableFile};
use input::Wanted;

/// How many rows are read together.
const PART: i64 = 2_000;

/// Begins an export: judges whether it may be, and puts it on record.
///
/// # Errors
/// `Forbidden` for others than admins; `format`: `too_many_rows` where a sheet would not hold them.
pub async fn begin(app: Arc<App>, caller: Caller, lang: Lang, wanted: Wanted) -> Result<HttpResponse> {
    caller.user()?.must_be(&[Role::Admin])?;
    let look = wanted.clone();
    let (branches, most) = app
        .db
        .read(move |conn| {
            let branches: Vec<Branch> = store::branches_in_reach(conn, crate::people::Reach::All)?;
            Ok((branches, most(conn, &look)?))
        })
        .await?;
    if wanted.format == crate::web::table_file::Format::Xlsx && most + 1 > SHEET_ROWS as i64 {
        return Err(Error::field("format", "too_many_rows"));
    }
    let (by, asked) = (caller.clone(), wanted.clone());
    app.db.write(move |conn| record(conn, &by, &asked, most)).await?;
    let plain = format!("prospects-{}.{}", caller.now.date_in(caller.user()?.zone()), wanted.format.ending());
    let name = format!("{} {}", t!(lang, "export-file"), plain.trim_start_matches("prospects-"));
    let answer = download::head(wanted.format.kind(), &plain, &name)
        // Packed already, and nobody on the way is to wait for more before passing it on.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(rows(Export::new(app, caller, lang, wanted, branches)?)?);
    Ok(answer)
}

/// How many it will be at most: those merged or erased are counted along, since that takes one index only.
fn most(conn: &mut Conn, wanted: &Wanted) -> Result<i64> {
    let mut query = prospects::table.into_boxed();
    if let Some(branch) = &wanted.branch {
        query = query.filter(prospects::branch_id.eq(branch.id));
    }
    if let Some(from) = wanted.from {
        query = query.filter(prospects::met_on.ge(from));
    }
    if let Some(to) = wanted.to {
        query = query.filter(prospects::met_on.le(to));
    }
    Ok(query.count().get_result(conn)?)
}

fn detail(wanted: &Wanted) -> serde_json::Value {
    let branch = wanted.branch.as_ref().map(|branch| &branch.code);
    json!({
        "format": wanted.format.ending(), "branch": branch, "from": wanted.from, "to": wanted.to, "mobiles": wanted.reason.is_some(),
    })
}

fn subject(wanted: &Wanted) -> Subject {
    Subject { branch: wanted.branch.as_ref().map(|branch| branch.id), ..Subject::installation("prospects") }
}

fn record(conn: &mut Conn, caller: &Caller, wanted: &Wanted, most: i64) -> Result<()> {
    let mut detail = detail(wanted);
    detail["at_most"] = json!(most);
    if let Some(reason) = &wanted.reason {
        let found = usize::try_from(most).unwrap_or_default();
        detail["request"] = json!(person::register(conn, caller, "export", None, found, reason)?);
    }
    audit::record(conn, caller, "prospect.export", subject(wanted), detail)
}

/// What is known while the rows go by.
struct Export {
    db: Database,
    keys: Arc<Keys>,
    lang: Lang,
    wanted: Wanted,
    branches: HashMap<Id, Branch>,
    file: Option<TableFile>,
    /// Whether the heading is on its way: it leaves at once, before anything is read.
    is_begun: bool,
    after: Option<(At, Id)>,
    sent: Sent,
}

/// How many rows left; put on record at the end, or when whoever asked goes away.
struct Sent {
    app: Arc<App>,
    caller: Caller,
    wanted: Wanted,
    rows: u64,
    is_told: bool,
}

impl Sent {
    fn entry(&self, whole: bool) -> impl FnOnce(&mut Conn) -> Result<()> + Send + 'static {
        let (caller, subject, mut detail) = (self.caller.clone(), subject(&self.wanted), detail(&self.wanted));
        detail["rows"] = json!(self.rows);
        detail["whole"] = json!(whole);
        let now = self.app.clock.now();
        move |conn| audit::record(conn, &Caller { now, ..caller }, "prospect.export_end", subject, detail)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if self.is_told {
            return;
        }
        let (app, entry) = (self.app.clone(), self.entry(false));
        // Nobody waits for it, and a thread of the server must not.
        std::thread::spawn(move || {
            if let Err(error) = app.db.write_now(entry) {
                tracing::error!(%error, "the end of an export is not on record");
            }
        });
    }
}

impl Export {
    fn new(app: Arc<App>, caller: Caller, lang: Lang, wanted: Wanted, branches: Vec<Branch>) -> Result<Export> {
        let heading = part::heading(lang, wanted.reason.is_some());
        let file = TableFile::begin(wanted.format, &t!(lang, "export-file"), &heading)?;
        Ok(Export {
            db: app.db.clone(),
            keys: app.keys.clone(),
            lang,
            wanted: wanted.clone(),
            branches: branches.into_iter().map(|branch| (branch.id, branch)).collect(),
            file: Some(file),
            is_begun: false,
            after: None,
            sent: Sent { app, caller, wanted, rows: 0, is_told: false },
        })
    }

    /// The next rows as bytes; none after the end.
    fn next(mut self) -> Result<Option<(Bytes, Export)>> {
        let Some(mut file) = self.file.take() else { return Ok(None) };
        if !std::mem::replace(&mut self.is_begun, true) {
            let heading = file.take()?;
            self.file = Some(file);
            return Ok(Some((heading.into(), self)));
        }
        let rows = self.db.read_now(|conn| part::read(conn, &self.wanted, self.after, PART))?;
        let is_last = (rows.len() as i64) < PART;
        self.after = rows.last().map(part::Row::place);
        self.sent.rows += rows.len() as u64;
        for row in rows {
            let branch = self.branches.get(&row.branch());
            file.row(&row.values(&self.keys, self.lang, branch, self.wanted.reason.is_some())?)?;
        }
        let bytes = if is_last {
            let end = file.end()?;
            self.db.write_now(self.sent.entry(true))?;
            self.sent.is_told = true;
            end
        } else {
            let bytes = file.take()?;
            self.file = Some(file);
            bytes
        };
        Ok(Some((bytes.into(), self)))
    }
}

/// Who wants the next rows as bytes; none after the end.
type Asked = oneshot::Sender<Result<Option<Bytes>>>;

/// The rows as they are asked for: nothing is read before what was read is on its way. All of it on one thread: each keeps some of what it has freed for
/// itself, and those of a pool, taking turns, would all keep that of a part.
fn rows(export: Export) -> Result<impl futures_util::Stream<Item = Result<Bytes>>> {
    let (ask, asked) = mpsc::channel();
    let span = tracing::Span::current();
    let work = move || {
        jobs::give_way();
        span.in_scope(|| answer_all(export, &asked));
    };
    std::thread::Builder::new().name("export".into()).spawn(work).map_err(Error::internal)?;
    Ok(stream::unfold(Some(ask), |ask| async {
        let (tell, told) = oneshot::channel();
        let asked = ask?;
        // A thread that ended before the file did is no end of the file.
        let sent = asked.send(tell).map_err(|_| Error::internal("an export ended early"));
        let made = match sent {
            Ok(()) => told.await.unwrap_or_else(|_| Err(Error::internal("an export panicked"))),
            Err(error) => Err(error),
        };
        match made {
            Ok(Some(bytes)) => Some((Ok(bytes), Some(asked))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "an export was cut off");
                Some((Err(error), None))
            }
        }
    }))
}

/// Until the end, or until whoever asks has gone.
fn answer_all(export: Export, asked: &mpsc::Receiver<Asked>) {
    let mut left = Some(export);
    while let (Some(export), Ok(tell)) = (left.take(), asked.recv()) {
        let made = export.next().map(|part| {
            part.map(|(bytes, rest)| {
                left = Some(rest);
                bytes
            })
        });
        // Who has gone meanwhile asks no more.
        drop(tell.send(made));
    }
}
