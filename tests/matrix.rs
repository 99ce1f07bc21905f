//! The MATRIX: every route of the table × every role and nobody × records of the own branch, of a colleague and of another branch.
//!
//! New routes are covered by being in the table. What to add with them: a line in `KINDS` for a new kind of record in an address (an unlisted one fails),
//! a body in `BODIES` for a write to a record (so that 404 is reached past the validation), a line in `DECIDED_WITHIN` where a verb refuses a role that
//! the table lets through.

mod records;

use std::collections::HashMap;

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use bankside::db::At;
use bankside::people::Role;
use bankside::routes::{self, Access, Entry};

use crate::support::{Person, Reply, TestApp, id};

/// A kind of record that an address can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    User,
    Outlet,
    Contact,
    Closure,
    Shift,
    /// A draft of the rota.
    Draft,
    /// A run of the planner.
    Plan,
    CheckIn,
    Prospect,
    /// Another prospect of the same set, for bodies that name two.
    Twin,
    Touch,
    FollowUp,
    Leave,
    Swap,
    Unwelcome,
    Mail,
    Session,
    Invitation,
    /// A file waiting to be imported: its owner's alone, so nobody here finds it.
    Upload,
    /// A shift as a row of the roll: a broker's own.
    Attended,
    Correction,
    /// A link to a calendar: its owner's alone, so nobody here finds it.
    Feed,
    /// The secret of one, which anybody may read by.
    FeedSecret,
    AssetHash,
    AssetName,
    Target,
    Agreement,
    Entered,
    Miss,
    /// A partner's link: of the desk's own outlets alone, so nobody here finds it.
    PartnerLink,
    /// The secret of one, which anybody may read by.
    PartnerSecret,
}

/// What the parameter after a segment names, on pages and in the API alike.
const KINDS: &[(&str, Kind)] = &[
    ("users", Kind::User),
    ("outlets", Kind::Outlet),
    ("contacts", Kind::Contact),
    ("closures", Kind::Closure),
    ("shifts", Kind::Shift),
    ("attendance", Kind::Attended),
    ("attendance-corrections", Kind::Correction),
    ("corrections", Kind::Correction),
    ("rota-drafts", Kind::Draft),
    ("rota-plans", Kind::Plan),
    ("plans", Kind::Plan),
    ("brokers", Kind::User),
    ("drafts", Kind::Draft),
    ("checkins", Kind::CheckIn),
    ("check-ins", Kind::CheckIn),
    ("prospects", Kind::Prospect),
    ("touches", Kind::Touch),
    ("follow-ups", Kind::FollowUp),
    ("leaves", Kind::Leave),
    ("swaps", Kind::Swap),
    ("unwelcome", Kind::Unwelcome),
    ("mail", Kind::Mail),
    ("sessions", Kind::Session),
    ("invitation", Kind::Invitation),
    ("imports", Kind::Upload),
    ("import", Kind::Upload),
    ("calendar", Kind::Feed),
    ("feeds", Kind::FeedSecret),
    ("assets", Kind::AssetHash),
    ("{hash}", Kind::AssetName),
    ("targets", Kind::Target),
    ("broker-tiers", Kind::User),
    ("agreements", Kind::Agreement),
    ("entries", Kind::Entered),
    ("misses", Kind::Miss),
    ("partner-links", Kind::PartnerLink),
    ("partners", Kind::PartnerSecret),
];

impl Kind {
    /// Whether it belongs to a branch, so that people of another one do not find it.
    fn of_a_branch(self) -> bool {
        !matches!(
            self,
            Kind::Mail
                | Kind::Session
                | Kind::Invitation
                | Kind::Upload
                | Kind::Feed
                | Kind::FeedSecret
                | Kind::AssetHash
                | Kind::AssetName
                | Kind::PartnerLink
                | Kind::PartnerSecret
        )
    }

    /// Whether it belongs to one broker, so that a colleague does not find it.
    fn of_a_broker(self) -> bool {
        matches!(
            self,
            Kind::Prospect
                | Kind::Touch
                | Kind::FollowUp
                | Kind::CheckIn
                | Kind::Attended
                | Kind::Correction
                | Kind::Leave
                | Kind::Swap
        )
    }
}

/// A body that is accepted, for writes to a record: `$id` is a fresh id, `$now` the moment, `$prospect` … a record of the same set.
/// Without one an API write is sent `{}` and a form nothing but its token.
const BODIES: &[(&str, &str)] = &[
    ("POST /api/v1/prospects/{id}/touches", r#"{"id":"$id","channel":"call","at":"$now","outcome":"reached"}"#),
    ("PATCH /api/v1/prospects/{id}/touches/{touch_id}", r#"{"outcome":"no_answer"}"#),
    ("POST /api/v1/prospects/{id}/stage", r#"{"stage":"lost","reason":"moved away"}"#),
    ("POST /api/v1/checkins/{id}/review", r#"{"decision":"accepted"}"#),
    ("POST /check-ins/{id}/review", "decision=accepted"),
    ("POST /api/v1/checkins/{id}/answer", r#"{"answer":"the train was late"}"#),
    ("POST /check-ins/{id}/answer", "answer=the+train+was+late"),
    ("POST /api/v1/attendance-corrections/{id}/decision", r#"{"decision":"accepted"}"#),
    ("POST /attendance/{id}/corrections/{correction}/decision", "decision=accepted"),
    ("POST /attendance/{id}/corrections", "id=$id&in_at=09:00&reason=flat+battery"),
    ("POST /attendance/{id}/spot-checks", "id=$id&present=yes&at=09:30"),
    (
        "PUT /api/v1/rota-drafts/{id}/cells",
        r#"{"changes":[{"broker_id":"$user","date":"2026-11-24","outlet_id":"$outlet"}]}"#,
    ),
    ("POST /api/v1/rota-drafts/{id}/steps", r#"{"way":"undo"}"#),
    ("POST /api/v1/rota-drafts/{id}/copies", r#"{"from":"2026-11-16","to":"2026-11-23"}"#),
    ("POST /api/v1/rota-drafts/{id}/publication", r#"{"version":1}"#),
    ("POST /rota/drafts/{id}/publication", "version=1"),
    ("POST /api/v1/leaves/{id}/decision", r#"{"approve":false}"#),
    ("POST /leaves/{id}/decision", "decision=refuse"),
    ("POST /api/v1/swaps/{id}/answer", r#"{"take":false}"#),
    ("POST /swaps/{id}/answer", "take=no"),
    ("POST /api/v1/swaps/{id}/decision", r#"{"approve":false}"#),
    ("POST /swaps/{id}/decision", "decision=refuse"),
    ("POST /api/v1/prospects/{id}/merges", r#"{"other_id":"$twin"}"#),
    ("PATCH /api/v1/targets/{id}", r#"{"value":21}"#),
    ("PUT /api/v1/broker-tiers/{id}", r#"{"tier":"senior"}"#),
    ("POST /api/v1/agreements/{id}/entries", r#"{"id":"$id","corrects_id":"$entered"}"#),
    ("POST /api/v1/agreements/{id}/misses/{miss}/explanation", r#"{"text":"the desk was closed"}"#),
    ("POST /agreements/{id}/misses/{miss}/explanation", "text=the+desk+was+closed"),
    ("POST /agreements/{id}/entries/{entry}/correction", "id=$id"),
    ("POST /api/v1/outlets/{id}/partner-links", r#"{"id":"$id","days":90}"#),
    ("POST /outlets/{id}/partner-links", "id=$id&days=90"),
];

const NOT_BROKERS: &[Role] = &[Role::Coordinator, Role::Manager, Role::Admin];

/// Where the table lets a role through and the verb still answers 403: reading and writing share an address, or it depends on the record.
const DECIDED_WITHIN: &[(&str, &[Role])] = &[
    ("PATCH /api/v1/prospects/{id}", NOT_BROKERS),
    ("POST /api/v1/prospects/{id}/touches", NOT_BROKERS),
    ("PATCH /api/v1/prospects/{id}/touches/{touch_id}", NOT_BROKERS),
    ("DELETE /api/v1/prospects/{id}/touches/{touch_id}", NOT_BROKERS),
    ("POST /api/v1/prospects/{id}/stage", NOT_BROKERS),
    ("POST /prospects/{id}", NOT_BROKERS),
    ("GET /prospects/{id}/edit", NOT_BROKERS),
    ("POST /prospects/{id}/consent-withdrawal", NOT_BROKERS),
    ("POST /prospects/{id}/touches", NOT_BROKERS),
    ("POST /prospects/{id}/touches/{touch_id}", NOT_BROKERS),
    ("GET /prospects/{id}/touches/{touch_id}/edit", NOT_BROKERS),
    ("POST /prospects/{id}/touches/{touch_id}/withdrawal", NOT_BROKERS),
    ("POST /prospects/{id}/stage", NOT_BROKERS),
];

/// Pages that only lead to a write, besides `…/new` and `…/edit`: the head office, which writes nothing, is refused them.
const BEFORE_A_WRITE: &[&str] = &[
    "/branch-settings",
    "/handovers",
    "/merges",
    "/merges/confirmation",
    "/imports",
    "/imports/{id}",
    "/rota/import",
    "/rota/import/{id}",
    "/calendars",
    "/calendars/removal",
    "/outlets/{id}/contacts/{contact}",
    "/rota/cell",
    "/rota/repair",
    "/rota/conditions",
    "/rota/brokers/{id}",
    "/rota/outlets/{id}",
    "/outlets/{id}/calendar",
    "/leaves/{id}",
    "/outlets/{id}/unwelcome",
    "/targets/edit",
    "/targets/settings",
    "/outlets/{id}/partner-links",
    "/api/v1/outlets/{id}/partner-links",
];

/// Whose records an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Other,
    Colleague,
    Own,
}

const ALL_SETS: [Whose; 3] = [Whose::Other, Whose::Colleague, Whose::Own];

/// What stands for each kind in an address.
type Records = HashMap<Kind, String>;

/// A program with people of every role, and records in the own branch and in another.
struct World {
    app: TestApp,
    people: Vec<(&'static str, Person)>,
    records: HashMap<Whose, Records>,
}

impl World {
    fn new() -> World {
        let app = TestApp::new();
        let (own, other) = (app.branch("XA01"), app.branch("XA02"));
        let broker = app.broker("broker", own);
        let (colleague, stranger) = (app.broker("colleague", own), app.broker("stranger", other));
        let sets =
            [(Whose::Own, own, broker.id), (Whose::Colleague, own, colleague.id), (Whose::Other, other, stranger.id)];
        let (now, keys) = (app.now(), app.app.keys.clone());
        let records = app.arrange(move |conn| {
            sets.into_iter()
                .map(|(whose, branch, broker)| Ok((whose, records::arrange(conn, &keys, now, branch, broker)?)))
                .collect()
        });
        let people = vec![
            ("broker", broker),
            ("coordinator", app.coordinator("coordinator", own)),
            ("manager", app.manager("manager", own)),
            ("head office", app.person("head", Role::Manager, None)),
            ("admin", app.admin("admin")),
        ];
        World { app, people, records }
    }
}

/// The kinds of record that a pattern's parameters name, in order.
fn kinds(pattern: &str) -> Vec<Kind> {
    let segments: Vec<&str> = pattern.split('/').collect();
    let named = segments.windows(2).filter(|pair| pair[1].starts_with('{'));
    named
        .map(|pair| {
            let known = KINDS.iter().find(|(segment, _)| *segment == pair[0]);
            known.unwrap_or_else(|| panic!("{pattern}: say in KINDS what {} after {} names", pair[1], pair[0])).1
        })
        .collect()
}

fn filled(pattern: &str, kinds: &[Kind], records: &Records) -> String {
    let mut kinds = kinds.iter();
    let segments = pattern.split('/').map(|segment| match segment.starts_with('{') {
        true => kinds.next().and_then(|kind| records.get(kind)).cloned().unwrap_or_default(),
        false => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn name(entry: &Entry) -> String {
    format!("{} {}", entry.method, entry.path)
}

fn body_of(entry: &Entry, records: &Records, now: At) -> Option<String> {
    let (_, body) = BODIES.iter().find(|(route, _)| *route == name(entry))?;
    let mut body = body.replace("$id", &id()).replace("$now", &now.rfc3339());
    for (kind, record) in records {
        body = body.replace(&format!("${}", format!("{kind:?}").to_lowercase()), record);
    }
    Some(body)
}

/// Asks as a browser (pages) or as a client (API) would.
async fn ask(world: &World, entry: &Entry, who: Option<&Person>, whose: Whose) -> Reply {
    let records = &world.records[&whose];
    let path = filled(entry.path, &kinds(entry.path), records);
    let mut request = TestRequest::with_uri(&path).method(entry.method.clone());
    let api = path.starts_with("/api/");
    if let Some(person) = who {
        request = match api {
            true => request.insert_header((header::AUTHORIZATION, format!("Bearer {}", person.token))),
            false => request.insert_header((header::COOKIE, format!("bankside={}", person.token))),
        };
    }
    if entry.method != Method::GET {
        let body = body_of(entry, records, world.app.now());
        let csrf = who.map_or("", |person| person.csrf.as_str());
        let (kind, body) = match api {
            true => ("application/json", body.unwrap_or_else(|| "{}".into())),
            false => ("application/x-www-form-urlencoded", format!("{}&csrf={csrf}", body.unwrap_or_default())),
        };
        request = request.insert_header((header::CONTENT_TYPE, kind)).set_payload(body);
    }
    world.app.send(request).await
}

fn leads_to_sign_in(reply: &Reply) -> bool {
    reply.status == 303 && reply.header("location").is_some_and(|to| to.starts_with("/sign-in"))
}

/// What is wrong with the answer that nobody in particular got.
fn wrong_for_nobody(entry: &Entry, reply: &Reply) -> Option<&'static str> {
    let status = reply.status.as_u16();
    match entry.access {
        _ if status >= 500 => Some("must not fail"),
        Access::Public if matches!(status, 401 | 403) => Some("is for anybody"),
        Access::Public => None,
        _ if entry.path.starts_with("/api/") => (status != 401).then_some("wants 401"),
        _ => (!leads_to_sign_in(reply)).then_some("leads to sign-in"),
    }
}

/// What is wrong with the answer that a person got.
fn wrong_for(entry: &Entry, person: &Person, whose: Whose, reply: &Reply) -> Option<&'static str> {
    let status = reply.status.as_u16();
    if status >= 500 {
        return Some("must not fail");
    }
    if entry.access == Access::Public {
        return matches!(status, 401 | 403).then_some("is for anybody");
    }
    if !entry.access.allows(person.role) {
        return (status != 403).then_some("wants 403");
    }
    if status == 401 || (leads_to_sign_in(reply) && entry.path != "/sign-out") {
        return Some("is for those who are signed in");
    }
    let within = DECIDED_WITHIN.iter().any(|(route, roles)| *route == name(entry) && roles.contains(&person.role));
    let head_office = person.role == Role::Manager && person.branch.is_none();
    // The head office reads everything and writes nothing, which the verb decides.
    let before_a_write =
        BEFORE_A_WRITE.contains(&entry.path) || entry.path.ends_with("/new") || entry.path.ends_with("/edit");
    let may_refuse = within || (head_office && (entry.method != Method::GET || before_a_write));
    if status == 403 {
        return (!may_refuse).then_some("is allowed by the table");
    }
    wrong_record(entry, person, whose, reply)
}

fn wrong_record(entry: &Entry, person: &Person, whose: Whose, reply: &Reply) -> Option<&'static str> {
    let (kinds, status) = (kinds(entry.path), reply.status.as_u16());
    let bound = person.branch.is_some() && kinds.iter().any(|kind| kind.of_a_branch());
    let personal = person.role == Role::Broker && kinds.iter().any(|kind| kind.of_a_broker());
    if (bound && whose == Whose::Other) || (personal && whose == Whose::Colleague) {
        // A page's form may be refused before its record is looked for; the API's bodies above are accepted ones.
        let refused_before = !entry.path.starts_with("/api/") && status == 422;
        return (status != 404 && !refused_before)
            .then_some("must not find what is out of reach (or wants a line in BODIES)");
    }
    let in_reach = person.branch.is_none() || whose == Whose::Own || bound;
    let found = status < 400 || kinds.is_empty();
    if entry.method == Method::GET && in_reach && !found && kinds.iter().any(|kind| kind.of_a_branch()) {
        return Some("must find what is in reach");
    }
    None
}

async fn check(world: &World, entry: &Entry, faults: &mut Vec<String>) {
    let sets = if kinds(entry.path).is_empty() { &ALL_SETS[2..] } else { &ALL_SETS[..] };
    for whose in sets.iter().copied() {
        let reply = ask(world, entry, None, whose).await;
        if let Some(wrong) = wrong_for_nobody(entry, &reply) {
            faults.push(format!("{} by nobody: {} {wrong}", name(entry), reply.status.as_u16()));
        }
        for (title, person) in &world.people {
            let reply = ask(world, entry, Some(person), whose).await;
            if let Some(wrong) = wrong_for(entry, person, whose, &reply) {
                let told: String = reply.text.chars().take(300).collect();
                let status = reply.status.as_u16();
                faults.push(format!("{} by {title}, {whose:?}: {status} {wrong}: {told}", name(entry)));
            }
        }
    }
}

#[actix_web::test]
async fn every_route_answers_every_role_as_the_table_says() {
    let table = routes::table();
    let shared = World::new();
    let mut faults = Vec::new();
    for entry in &table {
        if entry.method == Method::GET {
            check(&shared, entry, &mut faults).await;
        } else {
            // What changes things does so in a world of its own.
            check(&World::new(), entry, &mut faults).await;
        }
    }
    assert!(faults.is_empty(), "{} of the matrix:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn what_the_matrix_lists_exists() {
    let table = routes::table();
    let known: Vec<String> = table.iter().map(name).collect();
    // Only the routes of rooms that are there: a stale line would hide a hole.
    let stale: Vec<_> = BODIES
        .iter()
        .map(|(route, _)| *route)
        .chain(DECIDED_WITHIN.iter().map(|(route, _)| *route))
        .filter(|route| {
            let path = route.split(' ').nth(1).unwrap_or_default();
            let room = path.split('/').take(4).collect::<Vec<_>>().join("/");
            table.iter().any(|e| e.path.starts_with(&room)) && !known.iter().any(|k| k == route)
        })
        .collect();
    assert!(stale.is_empty(), "{stale:?}");
}
