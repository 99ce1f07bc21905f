//! No page and no call may walk through a table that grows. Every statement that a page, a call of the API or a job runs is caught on its way to the
//! database, and its plan is asked for over made-up data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use bankside::db::schema::*;
use bankside::db::{At, Conn, Id, Location, open};
use bankside::generate::{self, Plan};
use bankside::keys::{new_token, token_hash};
use bankside::people::Role;
use bankside::routes;
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::row::NamedRow;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, monday};

/// What grows with time and people. Branches, staff, banks, calendars and settings do not.
const GROWING: &[&str] = &[
    "agreement_entries",
    "agreement_lines",
    "agreement_misses",
    "agreements",
    "attendance_corrections",
    "audit_entries",
    "audit_seals",
    "board_edits",
    "checkins",
    "consents",
    "contacts",
    "draft_changes",
    "draft_shifts",
    "follow_ups",
    "funnel_marks",
    "invitations",
    "leaves",
    "mails",
    "outlet_closures",
    "outlet_hours",
    "outlet_phases",
    "outlet_special_hours",
    "outlets",
    "prospect_changes",
    "prospects",
    "reminder_days",
    "requests",
    "roll_days",
    "roll_marks",
    "rota_plans",
    "sessions",
    "shift_changes",
    "shifts",
    "sign_in_tries",
    "spot_checks",
    "stage_changes",
    "swaps",
    "targets",
    "touch_changes",
    "touches",
];

/// Walks that are meant, as a part of the statement and why.
const MEANT: &[(&str, &str)] = &[
    ("(1=0)", "asks for nothing"),
    ("SELECT DISTINCT `banks`.`name`", "the banks to choose from, along one narrow index"),
    ("SELECT DISTINCT \"banks\".\"name\"", "the same on PostgreSQL"),
    ("SELECT `outlets`.`phase` FROM `outlets`", "how many outlets stand in each phase, for the head office"),
    ("SELECT \"outlets\".\"phase\" FROM \"outlets\"", "the same on PostgreSQL"),
    (
        "(SELECT `prospects`.`id` FROM `prospects` WHERE prospects.state <> 'active')",
        "who is not here any more, along an index of them alone",
    ),
    (
        "WHERE (prospects.state <> 'active' AND (`prospects`.`state` = ",
        "a job looks who was erased, along an index of those who are not here any more",
    ),
    ("WHERE (prospects.state <> 'active' AND (\"prospects\".\"state\" = ", "the same on PostgreSQL"),
    ("SELECT COUNT(*) FROM `outlets`", "how many there are in all"),
    ("SELECT COUNT(*) FROM \"outlets\"", "the same on PostgreSQL"),
];

/// Indexes that begin with a day: along them one goes through what everybody has of it.
const OF_EVERYBODY: &[&str] = &[
    "agreements_by_end",
    "attendance_corrections_by_date",
    "checkins_by_date",
    "follow_ups_by_due",
    "leaves_by_date",
    "prospects_by_day",
    "prospects_by_meeting",
    "shifts_by_date",
    "spot_checks_by_date",
    "swaps_by_date",
    "targets_by_period",
];

static WATCHED: Mutex<Option<Watched>> = Mutex::new(None);

struct Watched {
    url: String,
    /// For what the statements of this moment are run.
    label: String,
    /// Each statement, with where it was first seen.
    seen: BTreeMap<String, String>,
}

/// Listens at one connection.
struct Ear {
    url: String,
}

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.url = url.to_owned(),
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut watched = WATCHED.lock().unwrap();
                if let Some(watched) = watched.as_mut().filter(|w| w.url == self.url) {
                    watched.seen.entry(query.to_string()).or_insert_with(|| watched.label.clone());
                }
            }
            _ => {}
        }
    }
}

fn url_of(location: &Location) -> String {
    match location {
        Location::Sqlite(path) => path.to_string_lossy().into_owned(),
        Location::Postgres(url) => url.clone(),
    }
}

fn label(text: String) {
    if let Some(watched) = WATCHED.lock().unwrap().as_mut() {
        watched.label = text;
    }
}

/// A person of the made-up data, signed in.
fn sign_in(app: &TestApp, login: &'static str) -> Person {
    let (session, token, now) = (Id::new(), new_token(), app.now());
    let hash = token_hash(&token);
    let (id, branch, role): (Id, Option<Id>, Role) = app.arrange(move |conn| {
        let row: (Id, Option<Id>, Role) = users::table
            .filter(users::login.eq(login))
            .select((users::id, users::branch_id, users::role))
            .first(conn)?;
        diesel::insert_into(sessions::table)
            .values((
                sessions::id.eq(session),
                sessions::token_hash.eq(hash),
                sessions::user_id.eq(row.0),
                sessions::kept.eq(true),
                sessions::user_agent.eq("test"),
                sessions::address.eq("127.0.0.1"),
                sessions::created_at.eq(now),
                sessions::last_seen_at.eq(now),
                sessions::expires_at.eq(now + chrono::Duration::days(30)),
            ))
            .execute(conn)?;
        Ok(row)
    });
    let csrf = app.app.keys.sign("csrf", &session.to_string());
    Person { id, branch, role, token, csrf, session }
}

/// Records of one broker, to be put into addresses.
struct Records {
    prospect: Id,
    touch: Id,
    outlet: Id,
    contact: Id,
    broker: Id,
}

fn records(app: &TestApp, broker: Id) -> Records {
    app.arrange(move |conn| {
        let (prospect, touch): (Id, Id) = touches::table
            .inner_join(prospects::table)
            .filter(prospects::broker_id.eq(broker))
            .select((prospects::id, touches::id))
            .first(conn)?;
        let (outlet, contact) = contacts::table
            .inner_join(outlets::table)
            .inner_join(branches::table.on(branches::id.eq(outlets::branch_id)))
            .inner_join(users::table.on(users::branch_id.eq(branches::id.nullable())))
            .filter(users::id.eq(broker))
            .select((outlets::id, contacts::id))
            .first(conn)?;
        Ok(Records { prospect, touch, outlet, contact, broker })
    })
}

/// An address of a pattern: ids by what stands before them.
fn address(pattern: &str, records: &Records) -> Option<String> {
    let mut path = pattern.replace("{touch_id}", &records.touch.to_string());
    path = path.replace("{contact}", &records.contact.to_string());
    let id = match pattern {
        p if p.contains("/prospects/{id}") => records.prospect,
        p if p.contains("/outlets/{id}") => records.outlet,
        p if p.contains("/users/{id}") => records.broker,
        _ => Id::new(),
    };
    path = path.replace("{id}", &id.to_string());
    (!path.contains('{')).then_some(path)
}

/// What is asked for beside the plain addresses.
fn asked(records: &Records) -> Vec<String> {
    let Records { outlet, broker, .. } = records;
    [
        "/api/v1/checkins?from=2026-11-01&to=2026-11-23".to_owned(),
        "/api/v1/checkins".to_owned(),
        format!("/api/v1/checkins?from=2026-11-01&to=2026-11-23&broker_id={broker}"),
        format!("/api/v1/checkins?from=2026-11-01&to=2026-11-23&outlet_id={outlet}"),
        "/api/v1/shifts?from=2026-11-16&to=2026-11-29".to_owned(),
        format!("/api/v1/shifts?from=2026-11-16&to=2026-11-29&broker_id={broker}"),
        format!("/api/v1/shifts?from=2026-11-16&to=2026-11-29&outlet_id={outlet}"),
        "/api/v1/attendance?from=2026-11-16&to=2026-11-23".to_owned(),
        "/api/v1/follow-ups?state=open".to_owned(),
        "/api/v1/follow-ups?state=missed".to_owned(),
        "/api/v1/follow-ups?state=kept&due_before=2026-11-01".to_owned(),
        "/api/v1/follow-ups?due_before=2026-11-20".to_owned(),
        "/api/v1/prospects?limit=20".to_owned(),
        "/api/v1/outlets?phase=launch".to_owned(),
        "/api/v1/outlets?bank=%E4%B8%AD%E5%9B%BD%E9%93%B6%E8%A1%8C".to_owned(),
        "/api/v1/outlets?near=39.9,116.4&within_m=2000".to_owned(),
        format!("/api/v1/outlets?parent={outlet}"),
        "/prospects?stage=intent".to_owned(),
        "/prospects?stage=intent&sort=name&page=2".to_owned(),
        "/prospects?sort=due".to_owned(),
        format!("/prospects?broker_id={broker}&outlet_id={outlet}"),
        format!("/prospects?outlet_id={outlet}"),
        "/follow-ups?state=open".to_owned(),
        "/shifts?week=2026-11-16".to_owned(),
        "/rota?month=2026-11&view=people".to_owned(),
        format!("/rota/cell?date=2026-11-25&outlet={outlet}"),
        format!("/rota/cell?date=2026-11-25&broker={broker}"),
        format!("/attendance?month=2026-11&outlet_id={outlet}"),
        "/funnel?from=2026-01-01&to=2026-11-23&group_by=bank&compare=year".to_owned(),
        format!("/funnel?from=2026-09-01&to=2026-11-23&outlet_id={outlet}&group_by=broker"),
        "/funnel/people?from=2026-09-01&to=2026-11-23&standing=contacted&age=8-30".to_owned(),
        "/funnel/people?from=2026-09-01&to=2026-11-23&reason=no_money".to_owned(),
        "/funnel/people?from=2026-09-01&to=2026-11-23&group_by=bank&key=none".to_owned(),
        format!("/follow-ups/quality/people?from=2026-09-01&to=2026-11-23&broker_id={broker}&who=4-7"),
        "/follow-ups/quality/people?from=2026-09-01&to=2026-11-23&week=2026-11-02&who=kept".to_owned(),
        "/follow-ups/quality?branch=N001&from=2026-09-01&to=2026-11-23".to_owned(),
        "/follow-ups/quality/people?branch=N001&from=2026-09-01&to=2026-11-23&who=never".to_owned(),
        "/follow-ups/quality/people?from=2026-09-01&to=2026-11-23&who=pending".to_owned(),
        format!("/follow-ups?broker_id={broker}"),
        "/rota/repair?from=2026-11-24".to_owned(),
        format!("/rota/repair?from=2026-11-24&broker={broker}"),
        "/api/v1/targets?from=2026-11-01&to=2026-11-30".to_owned(),
        format!("/api/v1/targets?subject=outlet&member={outlet}"),
        format!("/api/v1/agreements?outlet_id={outlet}"),
    ]
    .into()
}

async fn ask(app: &TestApp, who: &Person, method: &Method, path: &str, body: Option<Value>) {
    label(format!("{method} {path} as {}", who.role));
    let mut request = TestRequest::with_uri(path).method(method.clone());
    request = if path.starts_with("/api/") {
        request.insert_header((header::AUTHORIZATION, format!("Bearer {}", who.token)))
    } else {
        request.insert_header((header::COOKIE, format!("bankside={}", who.token)))
    };
    if let Some(body) = body {
        request = request.set_json(body);
    }
    let reply = app.send(request).await;
    assert!(reply.status.as_u16() < 500, "{method} {path}: {}", reply.text);
}

/// What a broker's and a coordinator's day writes.
async fn writes(app: &TestApp, broker: &Person, coordinator: &Person, records: &Records) {
    let now = app.now().rfc3339();
    let checkin = json!({ "id": Id::new(), "kind": "in", "at": now, "lat": 39.9, "lon": 116.4, "accuracy_m": 20.0 });
    let again = json!({ "id": Id::new(), "kind": "out", "at": now, "reason": "no signal" });
    let prospect = json!({
        "id": Id::new(), "name": "张三", "met_at": now, "source": "on_site", "preferred_channel": "sms", "mobile": "13812345678",
        "consent": { "given_at": now, "purpose": "开户咨询" }, "outlet_id": records.outlet,
    });
    let touch = json!({ "id": Id::new(), "channel": "call", "at": now, "outcome": "reached" });
    let stage = json!({ "stage": "lost", "reason": "改天再说" });
    let own = format!("/api/v1/prospects/{}", records.prospect);
    for (path, body) in [
        ("/api/v1/checkins".to_owned(), checkin),
        ("/api/v1/checkins".to_owned(), again),
        ("/api/v1/prospects".to_owned(), prospect),
        (format!("{own}/touches"), touch),
        (format!("{own}/stage"), stage),
    ] {
        ask(app, broker, &Method::POST, &path, Some(body)).await;
    }
    ask(app, broker, &Method::PATCH, &own, Some(json!({ "note": "下午联系" }))).await;
    for (who, body) in [(broker, json!({ "q": "张" })), (coordinator, json!({ "mobile": "13812345678" }))] {
        ask(app, who, &Method::POST, "/api/v1/prospects/search", Some(body)).await;
    }
    let shift =
        json!({ "id": Id::new(), "outlet_id": records.outlet, "broker_id": records.broker, "date": "2026-12-30" });
    ask(app, coordinator, &Method::POST, "/api/v1/shifts", Some(shift)).await;
    for to in [json!(null), json!(records.outlet)] {
        let from = if to.is_null() { json!(records.outlet) } else { json!(null) };
        let change =
            json!([{ "broker_id": records.broker, "date": "2026-12-30", "outlet_id": to, "seen_outlet_id": from }]);
        label("a change on the board".to_owned());
        let reply = app.form("/rota/cells", coordinator, &[("changes", &change.to_string()), ("reason", "x")]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    label("a change taken back".to_owned());
    app.form("/rota/undo", coordinator, &[]).await.expect(303);
    let plan = Id::new();
    let body = json!({ "id": plan, "from": "2026-12-07", "to": "2026-12-13", "seconds": 10 });
    ask(app, coordinator, &Method::POST, "/api/v1/rota-plans", Some(body)).await;
    ask(app, coordinator, &Method::POST, &format!("/api/v1/rota-plans/{plan}/finish"), None).await;
    for _ in 0..200 {
        let path = format!("/api/v1/rota-plans/{plan}");
        ask(app, coordinator, &Method::GET, &path, None).await;
        let done: i64 = app.arrange(move |conn| {
            let over = rota_plans::table.find(plan).filter(rota_plans::state.ne("running"));
            Ok(over.count().get_result(conn)?)
        });
        if done > 0 {
            break;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn nothing_walks_through_a_table_that_grows() {
    set_default_instrumentation(|| Some(Box::new(Ear { url: String::new() }))).unwrap();
    let app = TestApp::new();
    let plan = Plan { scale: 0.002, seed: 9, today: monday().date_naive(), keep_positions_days: 90 };
    let location = app.app.db.location().clone();
    let mut conn = open(&location, false).unwrap();
    generate::fill(&mut conn, &app.app.keys, &plan, At::from(monday()), |_| {}).unwrap().unwrap();
    let people =
        ["broker00001", "coordinator-n001-1", "manager-n001", "head", "admin"].map(|login| sign_in(&app, login));
    let records = records(&app, people[0].id);
    *WATCHED.lock().unwrap() = Some(Watched { url: url_of(&location), label: String::new(), seen: BTreeMap::new() });
    for who in &people {
        let table = routes::table();
        let gets = table.iter().filter(|e| e.method == Method::GET && e.access.allows(who.role));
        // A stream of events has no end to wait for.
        let mut paths: Vec<String> =
            gets.filter(|e| !e.path.contains("stream")).filter_map(|e| address(e.path, &records)).collect();
        paths.extend(asked(&records));
        for path in paths {
            ask(&app, who, &Method::GET, &path, None).await;
        }
    }
    writes(&app, &people[0], &people[1], &records).await;
    for schedule in bankside::jobs::SCHEDULES {
        label(format!("job: {}", schedule.name));
        (schedule.run)(&app.app).unwrap();
    }
    let seen = WATCHED.lock().unwrap().take().unwrap().seen;
    assert!(seen.len() > 200, "only {} statements were caught", seen.len());
    let walks = walks(&mut conn, &seen);
    assert!(walks.is_empty(), "{} walks\n\n{}", walks.len(), walks.join("\n"));
    if let Conn::Sqlite(conn) = &mut conn {
        let unused = unused(conn, &seen);
        assert!(unused.is_empty(), "no statement goes by {unused:?}: does it say the words of their conditions?");
    }
}

/// Indexes over some rows only. They are taken where a statement says the same words, and bypassed in silence where it binds them.
const PARTIAL: [&str; 7] = [
    "attendance_corrections_asked",
    "board_edits_standing",
    "leaves_asked",
    "prospects_gone",
    "rota_drafts_open",
    "shift_changes_by_edit",
    "swaps_open",
];

fn unused(conn: &mut SqliteConnection, seen: &BTreeMap<String, String>) -> Vec<&'static str> {
    let mut plans = String::new();
    for statement in seen.keys() {
        let sql = statement.rsplit_once(" -- binds: ").map_or(statement.as_str(), |(sql, _)| sql);
        if ["SELECT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| sql.starts_with(verb)) {
            let plan: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).unwrap();
            plan.iter().for_each(|step| writeln!(plans, "{} ", step.detail).unwrap());
        }
    }
    PARTIAL.into_iter().filter(|index| !plans.contains(&format!("{index} "))).collect()
}

/// The statements that walk through a table, each once, with where it was seen and how.
fn walks(conn: &mut Conn, seen: &BTreeMap<String, String>) -> Vec<String> {
    if let Conn::Postgres(conn) = conn {
        conn.batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").unwrap();
    }
    let mut judged = BTreeSet::new();
    let mut walks = Vec::new();
    for (number, (statement, place)) in seen.iter().enumerate() {
        let (sql, binds) = statement.rsplit_once(" -- binds: ").unwrap_or((statement, "[]"));
        let reads = ["SELECT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| sql.starts_with(verb));
        if !reads || MEANT.iter().any(|(part, _)| sql.contains(part)) {
            continue;
        }
        let (sql, parameters) = match conn {
            // SQLite is built to choose a plan whatever the values are.
            Conn::Sqlite(_) => (sql.to_owned(), 0),
            Conn::Postgres(_) => with_words(sql, &split(binds)),
        };
        if !judged.insert(sql.clone()) {
            continue;
        }
        let bad = match conn {
            Conn::Sqlite(conn) => walked_on_sqlite(conn, &sql),
            Conn::Postgres(conn) => walked_on_postgres(conn, &sql, parameters, number),
        };
        for line in bad {
            walks.push(format!("{place}\n  {line}\n  {sql}\n"));
        }
    }
    walks
}

/// The values of a statement as diesel prints them.
fn split(binds: &str) -> Vec<String> {
    let inner = binds.trim().trim_start_matches('[').strip_suffix(']').unwrap_or_default();
    let (mut values, mut value, mut depth, mut quoted, mut escaped) = (Vec::new(), String::new(), 0, false, false);
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                values.push(std::mem::take(&mut value).trim().to_owned());
                continue;
            }
            _ => {}
        }
        value.push(c);
    }
    if !value.trim().is_empty() {
        values.push(value.trim().to_owned());
    }
    values
}

/// Words stand in the statement itself, as PostgreSQL sees them when it chooses an index with a condition; other values stay open, numbered anew.
fn with_words(sql: &str, binds: &[String]) -> (String, usize) {
    let (mut out, mut open) = (String::new(), 0);
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        let numbered = c == '$' && chars.peek().is_some_and(char::is_ascii_digit);
        if !numbered {
            out.push(c);
            continue;
        }
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let index = digits.parse::<usize>().unwrap() - 1;
        match binds.get(index).and_then(|bind| bind.strip_prefix('"')).and_then(|bind| bind.strip_suffix('"')) {
            Some(word) => {
                let plain = word.replace("\\\"", "\"").replace("\\\\", "\\");
                write!(out, "'{}'", plain.replace('\'', "''")).unwrap();
            }
            None => {
                open += 1;
                write!(out, "${open}").unwrap();
            }
        }
    }
    (out, open)
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// A walk along an index in the order that is wanted ends with the page; any other walk does not.
fn walked_on_sqlite(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let plan: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).unwrap();
    let sorts = plan.iter().any(|step| step.detail.contains("USE TEMP B-TREE FOR ORDER BY"));
    let ends = sql.contains("ORDER BY") && sql.contains("LIMIT") && !sorts;
    plan.into_iter()
        .map(|step| step.detail)
        .filter(|detail| {
            let (how, rest) = detail.split_once(' ').unwrap_or_default();
            let mut words = rest.split_whitespace();
            let table = words.next().unwrap_or_default();
            match how {
                "SCAN" => GROWING.contains(&table) && !ends,
                // Whoever asks for what is one's is not to go through everybody's, for the order they are in.
                "SEARCH" => {
                    let whose = ["branch_id", "broker_id", "outlet_id", "prospect_id"];
                    let is_ones = whose.iter().any(|column| sql.contains(&format!("`{table}`.`{column}` = ?")));
                    is_ones && words.any(|word| OF_EVERYBODY.contains(&word))
                }
                _ => false,
            }
        })
        .collect()
}

struct PgStep(String);

impl QueryableByName<Pg> for PgStep {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Self> {
        NamedRow::get::<diesel::sql_types::Text, String>(row, "QUERY PLAN").map(PgStep)
    }
}

/// With sequential scans made dear, one that is left has no index to go by. Whether an index is read whole is not judged here: beside tables this small the
/// planner rightly joins that way; SQLite's plan of the same statement says it.
fn walked_on_postgres(conn: &mut PgConnection, sql: &str, parameters: usize, number: usize) -> Vec<String> {
    conn.batch_execute(&format!("PREPARE s{number} AS {sql}")).unwrap_or_else(|e| panic!("{e}: {sql}"));
    let values = vec!["NULL"; parameters].join(", ");
    let values = if values.is_empty() { values } else { format!("({values})") };
    let plan: Vec<PgStep> = diesel::sql_query(format!("EXPLAIN EXECUTE s{number}{values}")).load(conn).unwrap();
    let walked = plan.into_iter().map(|step| step.0).filter(|line| {
        let table = line.split(" on ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        line.contains("Seq Scan") && GROWING.contains(&table)
    });
    walked.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn values_are_told_apart_from_words() {
    let binds = split(r#"["wait, \"ing\"", 2026-11-23, [1, 2], At(2026-11-23T00:00:00), "a"]"#);
    assert_eq!(binds.len(), 5, "{binds:?}");
    let (sql, open) = with_words("SELECT $1, $2, $5 FROM t WHERE a = $3 LIMIT $4", &binds[..]);
    assert_eq!(sql, r#"SELECT 'wait, "ing"', $1, 'a' FROM t WHERE a = $2 LIMIT $3"#);
    assert_eq!(open, 3);
}

#[test]
fn sqlite_plans_a_statement_once_whatever_its_values() {
    let app = TestApp::new();
    let options: Vec<String> = app
        .app
        .db
        .read_now(|conn| match conn {
            Conn::Sqlite(conn) => {
                let options = diesel::sql_query("SELECT compile_options AS detail FROM pragma_compile_options");
                Ok(options.load::<Step>(conn)?.into_iter().map(|step| step.detail).collect())
            }
            Conn::Postgres(_) => Ok(Vec::new()),
        })
        .unwrap();
    if !options.is_empty() {
        assert!(options.contains(&"ENABLE_QPSG".to_owned()), "{options:?}");
        for unwanted in ["ENABLE_STAT4", "ENABLE_MEMORY_MANAGEMENT"] {
            assert!(!options.contains(&unwanted.to_owned()), "{options:?}");
        }
    }
}
