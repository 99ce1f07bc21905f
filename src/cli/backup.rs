//! `bankside backup FILE` and `bankside restore FILE`: consistent copies of a live SQLite database, and their way back.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::{Outcome, say, tell};
use crate::app::App;
use crate::audit;
use crate::db::migrate::{self, beside};
use crate::db::schema::settings as kept;
use crate::db::{Conn, Location, open};
use crate::people::Caller;
use crate::prospects::erasure;
use crate::settings::Settings;

/// What both commands take.
#[derive(clap::Args)]
pub struct Target {
    /// The file of the copy
    file: PathBuf,
}

fn database(settings: &Settings) -> Result<PathBuf, String> {
    match &settings.database {
        Location::Sqlite(path) => Ok(path.clone()),
        Location::Postgres(_) => {
            Err("a PostgreSQL database is backed up and restored with pg_dump and pg_restore".into())
        }
    }
}

/// Makes a copy, never over another file: written beside it, synced, then linked to its name.
///
/// # Errors
/// Why there is no copy.
pub fn run(settings: Settings, target: &Target) -> Outcome {
    let from = database(&settings)?;
    if !from.exists() {
        return Err(format!("{} is not there", from.display()));
    }
    let (file, shown) = (&target.file, target.file.display());
    if file.exists() {
        return Err(format!("{shown} is there already and is not overwritten"));
    }
    let draft = beside(file, &format!("{}.part", std::process::id()));
    let text = draft.to_str().ok_or("the file's name is not UTF-8")?.to_owned();
    let mut conn = open(&settings.database, false).map_err(|e| e.to_string())?;
    let copied = diesel::sql_query("VACUUM INTO $1").bind::<Text, _>(text).execute(&mut conn);
    let result = copied.map_err(|e| format!("{shown}: {e}")).and_then(|_| {
        File::open(&draft).and_then(|f| f.sync_all()).map_err(|e| format!("{shown}: {e}"))?;
        fs::hard_link(&draft, file).map_err(|e| format!("{shown}: {e}"))
    });
    if draft.exists() {
        fs::remove_file(&draft).map_err(|e| format!("{}: {e}", draft.display()))?;
    }
    result?;
    tell(format!("{shown}: a copy of {}. The secret key is not in it: keep it apart.", from.display()))
}

/// Puts a copy into an empty place. The restored database sends no mail until `bankside mail resume`.
///
/// # Errors
/// Why nothing was restored.
pub fn restore(settings: Settings, target: &Target) -> Outcome {
    let to = database(&settings)?;
    for place in [to.clone(), wal(&to, "-wal")] {
        if place.exists() {
            return Err(format!("{} is there already: restore goes into an empty place", place.display()));
        }
    }
    if let Some(folder) = to.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let draft = beside(&to, "restoring");
    let ready = bring(&target.file, &draft).and_then(|()| erase_again(&settings, &draft));
    let placed = ready.and_then(|erased| {
        make_whole(&draft)?;
        fs::rename(&draft, &to).map_err(|e| format!("{}: {e}", to.display()))?;
        Ok(erased)
    });
    let beside_it = [wal(&draft, "-wal"), wal(&draft, "-shm"), beside(&draft, "lock"), beside(&draft, "installed")];
    for left in [draft].into_iter().chain(beside_it) {
        if let Err(e) = fs::remove_file(&left)
            && e.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("{}: {e}. Remove it: it may hold people who were erased.", left.display());
        }
    }
    let erased = placed?;
    let head = audit::head_file(&settings.var);
    if head.exists() {
        // The chain of the copy may be shorter than what was kept of the lost one.
        fs::rename(&head, head.with_extension("head.before-restore"))
            .map_err(|e| format!("{}: {e}", head.display()))?;
    }
    let list = erasure::list_file(&settings.var);
    if !list.exists() {
        let list = list.display();
        tell(format!(
            "{list} is not there: whoever was erased after the backup is not known, and nobody was erased again"
        ))?;
    }
    if erased > 0 {
        tell(format!("erased again {erased} records of people who were erased after the backup"))?;
    }
    let app = App::start(settings)?;
    audit::seal(&app.db, &head).map_err(say)?;
    // Where all of the copy was sealed already, that wrote nothing.
    audit::note_head(&app.db, &head).map_err(say)?;
    tell(format!("restored {}. It sends no mail until `bankside mail resume`.", to.display()))
}

/// Erases in the copy, before it has its name, whoever was erased after the backup: a restore that is cut short or lacks its key brings nobody back.
fn erase_again(settings: &Settings, draft: &Path) -> Result<usize, String> {
    let app = App::start(Settings { database: Location::Sqlite(draft.to_path_buf()), ..settings.clone() })?;
    let (keys, caller, var) = (app.keys.clone(), Caller::program(app.clock.now()), app.settings.var.clone());
    app.db.write_now(move |conn| erasure::erase_again(conn, &keys, &caller, &var)).map_err(say)
}

/// Moves the log into the file, so that all of it is in one, and on the disk.
fn make_whole(draft: &Path) -> Outcome {
    let shown = draft.display();
    let mut conn = open(&Location::Sqlite(draft.to_path_buf()), false).map_err(|e| format!("{shown}: {e}"))?;
    let moved = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(&mut conn);
    let log: Log = moved.map_err(|e| format!("{shown}: {e}"))?;
    if log.busy != 0 {
        return Err(format!("{shown} is in use"));
    }
    drop(conn);
    File::open(draft).and_then(|f| f.sync_all()).map_err(|e| format!("{shown}: {e}"))
}

#[derive(QueryableByName)]
struct Log {
    /// Not zero where some of it could not be moved into the file.
    #[diesel(sql_type = Integer)]
    busy: i32,
}

fn wal(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// Copies, looks whether it is whole and ours, and marks it as a restored copy.
fn bring(from: &Path, draft: &Path) -> Outcome {
    let shown = from.display();
    let mut source = File::open(from).map_err(|e| format!("{shown}: {e}"))?;
    let mut copy = OpenOptions::new().write(true).create(true).truncate(true).open(draft).map_err(|e| e.to_string())?;
    std::io::copy(&mut source, &mut copy).map_err(|e| format!("{shown}: {e}"))?;
    drop(copy);
    migrate::look_at_file(draft)?;
    let location = Location::Sqlite(draft.to_path_buf());
    let mut conn = open(&location, false).map_err(|e| format!("{shown}: {e}"))?;
    migrate::must_be_ours(&mut conn).map_err(|e| format!("{shown}: {e}"))?;
    let lines: Vec<Line> = diesel::sql_query("SELECT integrity_check AS line FROM pragma_integrity_check")
        .load(&mut conn)
        .map_err(|e| format!("{shown}: {e}"))?;
    if lines.iter().any(|l| l.line != "ok") {
        return Err(format!("{shown} is damaged"));
    }
    suspend_mail(&mut conn).map_err(|e| format!("{shown}: {e}"))
}

fn suspend_mail(conn: &mut Conn) -> QueryResult<()> {
    diesel::delete(kept::table.find("mail_suspended")).execute(conn)?;
    diesel::insert_into(kept::table).values((kept::name.eq("mail_suspended"), kept::value.eq("1"))).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}
