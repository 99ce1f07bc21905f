//! Running it: the audit trail and its chain, backup and restore, `check`, the API's document, the commands' exits.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bankside::audit::{self, Subject};
use bankside::db::{Conn, Location, open};
use bankside::people::Caller;
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::support::TestApp;

fn note(app: &TestApp, count: usize) {
    let now = app.now();
    app.arrange(move |conn| {
        for n in 0..count {
            audit::record(conn, &Caller::program(now), "test.note", Subject::installation("test"), json!({ "n": n }))?;
        }
        Ok(())
    });
}

fn verdict(app: &TestApp, head: &Path) -> Result<i64, String> {
    let head = head.to_path_buf();
    app.app.db.read_now(move |conn| audit::verify(conn, audit::read_head(&head))).unwrap()
}

/// Changes the trail as somebody with the database's own tools could.
fn tamper(app: &TestApp, sql: &str) {
    let mut conn = open(app.app.db.location(), false).unwrap();
    let (off, on) = match &conn {
        Conn::Sqlite(_) => (
            "DROP TRIGGER audit_entries_no_update; DROP TRIGGER audit_entries_no_delete; DROP TRIGGER audit_seals_no_update; DROP TRIGGER audit_seals_no_delete; PRAGMA foreign_keys = OFF;",
            "",
        ),
        Conn::Postgres(_) => (
            "ALTER TABLE audit_entries DISABLE TRIGGER ALL; ALTER TABLE audit_seals DISABLE TRIGGER ALL;",
            "ALTER TABLE audit_entries ENABLE TRIGGER ALL; ALTER TABLE audit_seals ENABLE TRIGGER ALL;",
        ),
    };
    conn.batch_execute(&format!("{off} {sql}; {on}")).unwrap();
}

#[test]
fn the_chain_holds_until_somebody_changes_deletes_swaps_or_cuts() {
    for (sql, wanted) in [
        ("SELECT 1", Ok(6)),
        ("UPDATE audit_entries SET action = 'test.other' WHERE seq = 3", Err("breaks at seal 3")),
        ("DELETE FROM audit_entries WHERE seq = 3", Err("seal 3 is gone")),
        (
            "UPDATE audit_seals SET entry_seq = -1 WHERE position = 2; UPDATE audit_seals SET entry_seq = 2 WHERE position = 3; UPDATE audit_seals SET entry_seq = 3 WHERE position = 2",
            Err("breaks at seal 2"),
        ),
        ("DELETE FROM audit_seals WHERE position > 4; DELETE FROM audit_entries WHERE seq > 4", Err("tail")),
    ] {
        let app = TestApp::new();
        let head = audit::head_file(&app.app.settings.var);
        note(&app, 4);
        audit::seal(&app.app.db, &head).unwrap();
        note(&app, 2);
        audit::seal(&app.app.db, &head).unwrap();
        tamper(&app, sql);
        match (verdict(&app, &head), wanted) {
            (Ok(n), Ok(m)) => assert_eq!(n, m),
            (Err(said), Err(part)) => assert!(said.contains(part), "{sql}: {said}"),
            (said, wanted) => panic!("{sql}: {said:?}, wanted {wanted:?}"),
        }
    }
}

#[test]
fn the_trail_refuses_updates_and_deletions() {
    let app = TestApp::new();
    note(&app, 1);
    for sql in ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"] {
        let mut conn = open(app.app.db.location(), false).unwrap();
        assert!(conn.batch_execute(sql).unwrap_err().to_string().contains("append-only"), "{sql}");
    }
}

#[actix_web::test]
async fn the_audit_page_shows_the_own_branch_and_the_denials_are_noted() {
    let app = TestApp::new();
    let (own, other) = (app.branch("XA01"), app.branch("XA02"));
    let (chen, wu, root) = (app.coordinator("chen", own), app.broker("wu", own), app.admin("root"));
    let now = app.now();
    app.arrange(move |conn| {
        for (branch, action) in [(own, "test.ours"), (other, "test.theirs")] {
            let subject = Subject { kind: "test", id: None, branch: Some(branch) };
            audit::record(conn, &Caller::program(now), action, subject, json!({}))?;
        }
        Ok(())
    });
    let page = app.page("/audit", Some(&chen)).await.expect(200).text;
    assert!(page.contains("test.ours") && !page.contains("test.theirs"));
    app.page("/audit", Some(&wu)).await.expect(403);
    let page = app.page("/audit", Some(&root)).await.expect(200).text;
    assert!(page.contains("test.theirs") && page.contains("access.denied"));
    app.page("/audit?cursor=!", Some(&root)).await.expect(422);
}

fn bankside(home: &Path, args: &[&str], stdin: &str) -> Output {
    bankside_in(home, args, stdin, &[])
}

fn bankside_in(home: &Path, args: &[&str], stdin: &str, environment: &[(&str, &str)]) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_bankside"))
        .args(args)
        .current_dir(home)
        .env_remove("BANKSIDE_DATABASE_URL")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn error_line(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.lines().count(), 1, "one line, not: {text}");
    text
}

#[test]
fn a_backup_comes_back_whole_and_sends_no_mail() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    assert!(bankside(home, &["migrate"], "").status.success());
    assert!(bankside(home, &["branch", "add", "--code", "XA01", "--name", "西安"], "").status.success());
    assert!(bankside(home, &["backup", "copy.db"], "").status.success());
    assert!(error_line(&bankside(home, &["backup", "copy.db"], "")).contains("not overwritten"));
    assert!(error_line(&bankside(home, &["restore", "copy.db"], "")).contains("empty place"));
    for name in ["bankside.db", "bankside.db-wal", "bankside.db-shm"] {
        drop(std::fs::remove_file(home.join("var").join(name)));
    }
    assert!(error_line(&bankside(home, &["migrate"], "")).contains("gone"));
    assert!(bankside(home, &["restore", "copy.db"], "").status.success());
    let check = bankside(home, &["check"], "");
    let text = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.status.success() && text.contains("sends no mail until"), "{text}");
    let taken = error_line(&bankside(home, &["branch", "add", "--code", "XA01", "--name", "again"], ""));
    assert!(taken.contains("code"), "{taken}");
    std::fs::write(home.join("var/secret.key"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    assert!(error_line(&bankside(home, &["branch", "add", "--code", "B", "--name", "B"], "")).contains("secret key"));
    std::fs::remove_file(home.join("var/secret.key")).unwrap();
    assert!(error_line(&bankside(home, &["branch", "add", "--code", "B", "--name", "B"], "")).contains("secret.key"));
}

#[test]
fn what_is_no_copy_of_ours_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    std::fs::write(home.join("junk"), vec![7u8; 5000]).unwrap();
    error_line(&bankside(home, &["restore", "junk"], ""));
    error_line(&bankside(home, &["restore", "nothing"], ""));
    {
        let mut conn = open(&Location::Sqlite(home.join("other.db")), false).unwrap();
        conn.batch_execute("CREATE TABLE notes (x TEXT)").unwrap();
    }
    error_line(&bankside(home, &["restore", "other.db"], ""));
    assert!(!home.join("var/bankside.db").exists());
    let other = format!("sqlite://{}", home.join("other.db").display());
    assert!(error_line(&bankside(home, &["--database-url", &other, "migrate"], "")).contains("another program"));
}

#[test]
fn wrong_usage_exits_with_2_and_a_wrong_setting_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    assert_eq!(bankside(home, &["nothing"], "").status.code(), Some(2));
    assert_eq!(bankside(home, &["user", "add", "--login", "x"], "").status.code(), Some(2));
    assert!(
        error_line(&bankside(home, &["--database-url", "mysql://x", "migrate"], "")).contains("BANKSIDE_DATABASE_URL")
    );
    assert!(error_line(&bankside(home, &["--listen", "nowhere", "migrate"], "")).contains("BANKSIDE_LISTEN"));
    let nobody = bankside(home, &["--database-url", "postgres://postgres@127.0.0.1:1/x", "migrate"], "");
    assert!(error_line(&nobody).contains("PostgreSQL"));
    std::fs::write(home.join("bankside.toml"), "listn = \"127.0.0.1:1\"\n").unwrap();
    assert!(error_line(&bankside(home, &["migrate"], "")).contains("listn"));
}

#[test]
fn what_is_text_stays_text_and_what_is_not_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("BANKSIDE_METRICS_TOKEN", "12345"),
        ("BANKSIDE_FIRM", "[证券]"),
        ("BANKSIDE_VAR", "2026"),
        ("BANKSIDE_PORT", "tcp://10.0.0.1:80"),
        ("BANKSIDE_PORT_80_TCP", "x"),
        ("BANKSIDE_SERVICE_HOST", "10.0.0.1"),
    ] {
        let output = bankside_in(folder.path(), &["migrate"], "", &[(name, value)]);
        assert!(output.status.success(), "{name}: {output:?}");
    }
    let mistyped = bankside_in(folder.path(), &["migrate"], "", &[("BANKSIDE_LISTN", "127.0.0.1:1")]);
    assert!(error_line(&mistyped).contains("listn"));
}

#[test]
fn who_reads_no_further_has_had_enough() {
    let folder = tempfile::tempdir().unwrap();
    for (stdout, code) in [(Stdio::piped(), 0), (std::fs::File::create("/dev/full").unwrap().into(), 1)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankside"));
        command.arg("openapi").current_dir(folder.path()).stdout(stdout).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn a_demo_is_for_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let add = ["user", "add", "--login", "root", "--name", "Root", "--role", "admin"];
    assert!(bankside(home, &add, "a rather good sentence\n").status.success());
    assert!(error_line(&bankside(home, &["demo"], "")).contains("not empty"));
    assert!(!home.join("var/demo.json").exists());
}

#[test]
fn a_check_sees_a_newer_schema_and_a_number_that_would_not_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let generate = ["generate", "--national", "--scale", "0.0001"];
    assert!(bankside(home, &generate, "").status.success());
    assert!(bankside(home, &["check"], "").status.success());
    for (sql, undo, told) in [
        (
            "UPDATE prospects SET mobile_hash = x'00' WHERE id = (SELECT MAX(id) FROM prospects WHERE mobile IS NOT NULL)",
            "UPDATE prospects SET mobile = NULL, mobile_hash = NULL WHERE mobile_hash = x'00'",
            "WRONG  sealed numbers",
        ),
        (
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')",
            "DELETE FROM __diesel_schema_migrations WHERE version = '29991231000000'",
            "newer version",
        ),
    ] {
        let mut conn = open(&Location::Sqlite(home.join("var/bankside.db")), false).unwrap();
        conn.batch_execute(sql).unwrap();
        let check = bankside(home, &["check"], "");
        let text = String::from_utf8_lossy(&check.stdout).into_owned();
        assert!(check.status.code() == Some(1) && text.contains(told), "{text}");
        conn.batch_execute(undo).unwrap();
    }
    assert!(bankside(home, &["check"], "").status.success());
}

#[test]
fn the_document_and_the_routes_name_the_same_calls() {
    let document = serde_json::to_value(bankside::openapi::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut documented: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        documented.extend(methods.as_object().unwrap().keys().map(|m| format!("{} {path}", m.to_uppercase())));
    }
    let mut served: Vec<String> = bankside::routes::table()
        .iter()
        .filter(|e| e.path.starts_with("/api/"))
        .map(|e| format!("{} {}", e.method, e.path))
        .collect();
    documented.sort();
    served.sort();
    assert_eq!(documented, served);
}

/// The names by which a document refers to its schemas.
fn referred(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| referred(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| referred(item, into)),
        _ => {}
    }
}

#[test]
fn every_schema_referred_to_is_in_the_document() {
    let document = serde_json::to_value(bankside::openapi::document()).unwrap();
    let mut names = BTreeSet::new();
    referred(&document, &mut names);
    assert!(names.len() > 100);
    let missing: Vec<_> = names.iter().filter(|name| document.pointer(&name[1..]).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The name that a type has in the document, for each type of a source file that may stand there.
fn schemas_of(source: &str) -> Vec<String> {
    let (mut names, mut attributes) = (Vec::new(), String::new());
    for line in source.lines().map(str::trim) {
        let item = line.strip_prefix("pub ").unwrap_or(line);
        let word = item.strip_prefix("struct ").or_else(|| item.strip_prefix("enum "));
        if let Some(word) = word.filter(|_| attributes.contains("ToSchema")) {
            let own = word.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let renamed = attributes.split("schema(as = ").nth(1).and_then(|rest| rest.split(')').next());
            names.push(renamed.unwrap_or(own).to_owned());
        }
        match line {
            "crate::text_enum! {" => attributes = "ToSchema".into(),
            _ if line.starts_with(['#', '/']) => attributes.push_str(line),
            _ => attributes.clear(),
        }
    }
    names
}

#[test]
fn no_two_types_have_one_name_in_the_document() {
    // The one would stand for the other without a word.
    let (mut seen, mut twice) = (BTreeSet::new(), Vec::new());
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                twice.extend(
                    schemas_of(&std::fs::read_to_string(path).unwrap()).into_iter().filter(|n| !seen.insert(n.clone())),
                );
            }
        }
    }
    assert!(seen.len() > 200, "{}", seen.len());
    assert!(twice.is_empty(), "{twice:?}");
}

#[actix_web::test]
async fn who_was_erased_after_the_backup_is_erased_again_at_the_restore() {
    use bankside::db::schema::prospects;
    use diesel::prelude::*;
    let app = TestApp::new();
    let wang = app.broker("wang", app.branch("XA01"));
    let met = app.now() - chrono::Duration::hours(1);
    let prospect = crate::support::id();
    let body =
        json!({"id": prospect, "name": "王小明", "met_at": met, "source": "on_site", "preferred_channel": "call"});
    app.post("/prospects", &wang, body).await.expect(201);
    let id: bankside::Id = prospect.parse().unwrap();
    let var = app.app.settings.var.clone();
    bankside::prospects::erasure::note_outside(&var, &[id, bankside::Id::new()]).unwrap();
    let again = |var: std::path::PathBuf| {
        let (keys, caller) = (app.app.keys.clone(), Caller::program(app.now()));
        app.arrange(move |conn| bankside::prospects::erasure::erase_again(conn, &keys, &caller, &var))
    };
    assert_eq!((again(var.clone()), again(var)), (1, 0));
    let (name, state): (String, String) = app
        .arrange(move |conn| Ok(prospects::table.find(id).select((prospects::name, prospects::state)).first(conn)?));
    assert_eq!((name.as_str(), state.as_str()), ("", "erased"));
    app.get(&format!("/prospects/{prospect}"), &wang).await.expect(410);
}

#[test]
fn a_restore_without_its_key_leaves_nothing_behind_and_with_it_nobody_erased_comes_back() {
    use bankside::db::schema::prospects;
    use diesel::prelude::*;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (var, file) = (home.join("var"), home.join("var/bankside.db"));
    let location = Location::Sqlite(file.clone());
    assert!(bankside(home, &["migrate"], "").status.success());
    assert!(bankside(home, &["branch", "add", "--code", "XA01", "--name", "西安"], "").status.success());
    let person = ["user", "add", "--login", "wang", "--name", "王", "--role", "broker", "--branch", "XA01"];
    assert!(bankside(home, &person, "seven herons over the weir\n").status.success());
    std::fs::write(home.join("p.csv"), "name,met_at,broker\n王小明,2026-11-01 10:00,wang\n").unwrap();
    let came = bankside(home, &["import", "prospects", "p.csv", "--branch", "XA01"], "");
    assert!(came.status.success(), "{}", String::from_utf8_lossy(&came.stderr));
    let person: bankside::Id =
        prospects::table.select(prospects::id).first(&mut open(&location, true).unwrap()).unwrap();
    assert!(bankside(home, &["backup", "copy.db"], "").status.success());
    bankside::prospects::erasure::note_outside(&var, &[person]).unwrap();
    for suffix in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{suffix}", file.display())));
    }
    std::fs::write(var.join("audit.head"), "1 00\n").unwrap();
    std::fs::rename(var.join("secret.key"), home.join("secret.key")).unwrap();
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(&var).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    assert!(error_line(&bankside(home, &["restore", "copy.db"], "")).contains("secret.key"));
    assert_eq!(names(), before);
    std::fs::rename(home.join("secret.key"), var.join("secret.key")).unwrap();
    let restored = bankside(home, &["restore", "copy.db"], "");
    let text = String::from_utf8_lossy(&restored.stdout).into_owned();
    assert!(restored.status.success() && text.contains("erased again 1"), "{text}");
    let state: String =
        prospects::table.find(person).select(prospects::state).first(&mut open(&location, true).unwrap()).unwrap();
    assert_eq!(state, "erased");
    assert!(bankside(home, &["check"], "").status.success());
    // A copy of which all is sealed has its end noted as well; that nobody knows whom to erase is said.
    assert!(bankside(home, &["backup", "whole.db"], "").status.success());
    let lost = ["bankside.db", "bankside.db-wal", "bankside.db-shm", "audit.head", "erased.list"];
    lost.iter().for_each(|name| drop(std::fs::remove_file(var.join(name))));
    let restored = bankside(home, &["restore", "whole.db"], "");
    let text = String::from_utf8_lossy(&restored.stdout).into_owned();
    assert!(restored.status.success() && text.contains("erased.list is not there"), "{text}");
    assert!(var.join("audit.head").exists());
    let checked = bankside(home, &["check"], "");
    let text = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success() && !text.contains("audit.head"), "{text}");
}
