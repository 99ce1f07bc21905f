//! `bankside demo`: fills an empty database with a made-up brokerage and serves it. Everything goes through the verbs that people use, in one
//! transaction; the passwords are made anew for each installation and kept in `var/demo.json`, so that a second run can print them again.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Asia::Shanghai;
use diesel::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::demo_rota::Asked;
use super::{Outcome, demo_goals, say, tell};
use crate::app::App;
use crate::attendance::checkin::NewCheckin;
use crate::attendance::receive;
use crate::calendar::local::at_local;
use crate::db::schema::settings as kept;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::imports::run::{self as imports, Kind, Terms};
use crate::keys::{Keys, new_token};
use crate::language::Lang;
use crate::mail::Post;
use crate::outlets::input::NewOutlet;
use crate::people::store::{self, Branch, NewBranch, NewUser, UserInput};
use crate::people::{Caller, CurrentUser, Role, password};
use crate::place::Datum;
use crate::prospects::input::NewProspect;
use crate::prospects::move_stage::StageMove;
use crate::prospects::touch_input::NewTouch;
use crate::rota::shifts::{self, NewShift};
use crate::settings::Settings;
use crate::{generate, outlets, prospects, server};

const CALENDAR: &[u8] = include_bytes!("../../fixtures/calendar-cn-2024-2026.csv");
const BROKERAGE: &str = include_str!("../../fixtures/demo.json");

#[derive(Deserialize)]
struct Brokerage {
    branches: Vec<BranchRecord>,
    people: Vec<PersonRecord>,
    /// Whose logins are printed, a line a role.
    shown: Vec<String>,
    outlets: Vec<OutletRecord>,
    shifts: Vec<ShiftRecord>,
    prospects: Vec<ProspectRecord>,
    asked: Asked,
}

#[derive(Deserialize)]
struct BranchRecord {
    code: String,
    name: String,
}

#[derive(Deserialize)]
struct PersonRecord {
    login: String,
    name: String,
    role: String,
    branch: Option<String>,
    certificate_no: Option<String>,
    /// For how many days the certificate still holds.
    certificate_days: Option<i64>,
}

#[derive(Deserialize)]
struct OutletRecord {
    key: String,
    branch: String,
    lat: f64,
    lon: f64,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct ShiftRecord {
    broker: String,
    outlet: String,
}

#[derive(Deserialize)]
struct ProspectRecord {
    broker: String,
    outlet: String,
    days_ago: i64,
    /// The local time of the meeting, `HH:MM`.
    at: String,
    #[serde(default)]
    touches: Vec<TouchRecord>,
    #[serde(default)]
    stages: Vec<StageRecord>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct TouchRecord {
    after_days: i64,
    channel: String,
    outcome: String,
}

#[derive(Deserialize)]
struct StageRecord {
    after_days: i64,
    stage: String,
    reason: Option<String>,
}

/// Fills an empty database, or serves the demo that is there.
///
/// # Errors
/// When the database holds something else, or the server does not start.
pub fn run(settings: Settings) -> Outcome {
    let app = App::start(settings)?;
    let file = app.settings.var.join("demo.json");
    let filled = app.db.read_now(|conn| Ok((is_demo(conn)?, generate::is_empty(conn)?))).map_err(say)?;
    let logins = match filled {
        (true, _) => read_logins(&file)?,
        (false, true) => fill(&app, &file)?,
        (false, false) => return Err("the database is not empty: the demo fills only an empty one".into()),
    };
    super::sealed(&app)?;
    let base = app.settings.base_url.clone();
    server::serve(app, true, move |_| {
        let lines = logins.iter().map(|[role, login, password]| format!("{role} {login} {password}"));
        let all: Vec<String> = std::iter::once(base).chain(lines).collect();
        if let Err(error) = tell(all.join("\n")) {
            tracing::warn!(%error, "who may sign in could not be told: it stands in demo.json");
        }
    })
}

fn is_demo(conn: &mut Conn) -> Result<bool> {
    let marked: i64 = kept::table.filter(kept::name.eq("demo")).count().get_result(conn)?;
    Ok(marked > 0)
}

fn read_logins(file: &Path) -> std::result::Result<Vec<[String; 3]>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))
}

fn fill(app: &App, file: &Path) -> std::result::Result<Vec<[String; 3]>, String> {
    let brokerage: Brokerage = serde_json::from_str(BROKERAGE).map_err(|e| format!("the demo's records: {e}"))?;
    // One password for all: a demo is tried, not run.
    let password = format!("demo-{}", &new_token()[..16]);
    let hash = password::hash_now(&password).map_err(say)?;
    let shown = brokerage.people.iter().filter(|p| brokerage.shown.contains(&p.login));
    let logins: Vec<_> = shown.map(|p| [p.role.clone(), p.login.clone(), password.clone()]).collect();
    let text = serde_json::to_string(&logins).map_err(|e| e.to_string())?;
    std::fs::create_dir_all(&app.settings.var).map_err(|e| e.to_string())?;
    std::fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))?;
    let (post, now) = (app.post(), app.clock.now());
    app.db
        .write_now(move |conn| {
            Filler { keys: &post.keys, post: &post, now, users: HashMap::new(), outlets: HashMap::new() }
                .fill(conn, &brokerage, &hash)
        })
        .map_err(say)?;
    Ok(logins)
}

/// Fills through the verbs, each as the person who would do it at the time they would.
pub(super) struct Filler<'a> {
    pub(super) keys: &'a Keys,
    pub(super) post: &'a Post,
    pub(super) now: At,
    users: HashMap<String, CurrentUser>,
    outlets: HashMap<String, (Id, f64, f64)>,
}

impl Filler<'_> {
    fn fill(mut self, conn: &mut Conn, brokerage: &Brokerage, hash: &str) -> Result<()> {
        diesel::insert_into(kept::table).values((kept::name.eq("demo"), kept::value.eq("1"))).execute(conn)?;
        let branches = self.branches(conn, brokerage)?;
        for person in &brokerage.people {
            self.person(conn, person, &branches, hash)?;
        }
        let terms =
            Terms { branch: None, datum: Datum::Wgs84, keys: self.keys.clone().into(), now: self.now, emails: true };
        imports::run(conn, &Caller::program(self.now), Kind::Calendar, CALENDAR, &terms)?;
        for outlet in &brokerage.outlets {
            self.outlet(conn, outlet)?;
        }
        self.shifts(conn, &brokerage.shifts)?;
        for prospect in &brokerage.prospects {
            self.prospect(conn, prospect)?;
        }
        self.asked(conn, &brokerage.asked)?;
        self.goals(conn, brokerage)
    }

    /// The goals of the first branch that has a coordinator.
    fn goals(&self, conn: &mut Conn, brokerage: &Brokerage) -> Result<()> {
        let Some(desk) = brokerage.people.iter().find(|person| person.role == Role::Coordinator.as_str()) else {
            return Ok(());
        };
        let own = |branch: &Option<String>| *branch == desk.branch;
        let outlets = brokerage.outlets.iter().filter(|outlet| own(&Some(outlet.branch.clone())));
        let outlets: Vec<Id> = outlets.map(|outlet| Ok(self.place(&outlet.key)?.0)).collect::<Result<_>>()?;
        let brokers =
            brokerage.people.iter().filter(|person| person.role == Role::Broker.as_str() && own(&person.branch));
        let brokers = brokers.filter_map(|person| self.users.get(&person.login)).map(|user| user.id);
        let brokers: Vec<Id> = brokers.collect();
        demo_goals::fill(conn, self.keys, &self.as_user(&desk.login, self.now)?, &outlets, &brokers)
    }

    fn branches(&self, conn: &mut Conn, brokerage: &Brokerage) -> Result<BTreeMap<String, Branch>> {
        let mut branches = BTreeMap::new();
        for record in &brokerage.branches {
            let new = NewBranch::parse(&record.code, &record.name, Shanghai.name())?;
            let branch = store::add_branch(conn, &Caller::program(self.now), &new)?;
            branches.insert(record.code.clone(), branch);
        }
        Ok(branches)
    }

    fn person(
        &mut self,
        conn: &mut Conn,
        person: &PersonRecord,
        branches: &BTreeMap<String, Branch>,
        hash: &str,
    ) -> Result<()> {
        let today = self.now.date_in(Shanghai);
        let new = NewUser::parse(&UserInput {
            login: person.login.clone(),
            name: person.name.clone(),
            role: person.role.clone(),
            branch: person.branch.clone(),
            email: Some(format!("{}@example.com", person.login)),
            certificate_no: person.certificate_no.clone(),
            certificate_expires_on: person.certificate_days.map(|days| (today + Duration::days(days)).to_string()),
            compliance: false,
        })?;
        let id = store::add_user(conn, &Caller::program(self.now), &new, Some(hash))?;
        let user = CurrentUser {
            id,
            login: new.login.clone(),
            name: new.name.clone(),
            role: new.role,
            branch: person.branch.as_ref().and_then(|code| branches.get(code).cloned()),
            compliance: false,
            language: Lang::Zh,
            position_agreed_at: None,
            session: Id::new(),
        };
        self.users.insert(person.login.clone(), user);
        Ok(())
    }

    pub(super) fn as_user(&self, login: &str, now: At) -> Result<Caller> {
        let user = self.users.get(login).cloned().ok_or_else(|| Error::internal(format!("no {login} in the demo")))?;
        Ok(Caller { user: Some(user), ..Caller::program(now) })
    }

    /// The coordinator of a branch; where the demo has none, the admin.
    fn coordinator(&self, branch: &str) -> Result<Caller> {
        let of = |u: &&CurrentUser| u.role == Role::Coordinator && u.branch.as_ref().is_some_and(|b| b.code == branch);
        let login = self.users.values().find(of).map_or("admin", |u| u.login.as_str()).to_owned();
        self.as_user(&login, self.now)
    }

    fn outlet(&mut self, conn: &mut Conn, record: &OutletRecord) -> Result<()> {
        let mut body = record.rest.clone();
        let id = Id::new();
        let opening: Vec<Value> =
            (1..=5).map(|weekday| json!({ "weekday": weekday, "from": "09:00", "to": "17:00" })).collect();
        body.extend([
            ("id".to_owned(), json!(id)),
            ("branch".to_owned(), json!(record.branch)),
            ("lat".to_owned(), json!(record.lat)),
            ("lon".to_owned(), json!(record.lon)),
            ("opening".to_owned(), json!(opening)),
        ]);
        let caller = self.coordinator(&record.branch)?;
        outlets::store::create(conn, self.keys, &caller, &NewOutlet::parse(&input(body)?)?)?;
        self.outlets.insert(record.key.clone(), (id, record.lat, record.lon));
        Ok(())
    }

    pub(super) fn place(&self, key: &str) -> Result<(Id, f64, f64)> {
        self.outlets.get(key).copied().ok_or_else(|| Error::internal(format!("no outlet {key} in the demo")))
    }

    /// Two weeks around today; check-ins for the days that have begun.
    fn shifts(&self, conn: &mut Conn, records: &[ShiftRecord]) -> Result<()> {
        let today = self.now.date_in(Shanghai);
        let first = today - Duration::days(i64::from(today.weekday().num_days_from_monday()) + 7);
        for (n, record) in records.iter().enumerate() {
            let broker = self.as_user(&record.broker, self.now)?;
            let branch = broker.user()?.own_branch()?.code.clone();
            let coordinator = self.coordinator(&branch)?;
            if coordinator.user()?.branch.is_none() {
                continue;
            }
            for date in first.iter_days().take(21).filter(|d| d.weekday().num_days_from_monday() < 5 || *d == today) {
                self.shift(conn, &coordinator, record, date)?;
                self.attend(conn, record, date, n as i64)?;
            }
        }
        Ok(())
    }

    fn shift(&self, conn: &mut Conn, coordinator: &Caller, record: &ShiftRecord, date: NaiveDate) -> Result<()> {
        let broker = self.as_user(&record.broker, self.now)?.user()?.id;
        let body = json!({
            "id": Id::new(),
            "outlet_id": self.place(&record.outlet)?.0,
            "broker_id": broker,
            "date": date,
            "starts_at": instant(date, 9, 0),
            "ends_at": instant(date, 17, 0),
        });
        shifts::create(conn, self.post, coordinator, &NewShift::parse(&input(body)?)?)?;
        Ok(())
    }

    fn attend(&self, conn: &mut Conn, record: &ShiftRecord, date: NaiveDate, n: i64) -> Result<()> {
        let day = i64::from(date.day());
        let moments = [
            ("in", instant(date, 8, 50) + Duration::minutes((n * 7 + day * 3) % 19)),
            ("out", instant(date, 17, 1) + Duration::minutes((n * 5 + day) % 14)),
        ];
        for (kind, at) in moments {
            // Today the first broker is left to try the button.
            if At::from(at) > self.now || (date == self.now.date_in(Shanghai) && n == 0) {
                continue;
            }
            let (outlet, lat, lon) = self.place(&record.outlet)?;
            let away = if (n * 5 + day) % 23 == 0 { 0.012 } else { 0.0003 + (day % 7) as f64 * 0.00008 };
            let body = json!({ "id": Id::new(), "outlet_id": outlet, "kind": kind, "at": at, "lat": lat + away + n as f64 * 0.00001 + day as f64 * 0.000002, "lon": lon, "accuracy_m": 18 + (n * 13 + day) % 60 });
            receive::check_in(
                conn,
                self.keys,
                &self.as_user(&record.broker, At::from(at))?,
                &NewCheckin::parse(&input(body)?)?,
            )?;
        }
        Ok(())
    }

    fn prospect(&self, conn: &mut Conn, record: &ProspectRecord) -> Result<()> {
        let day = self.now.date_in(Shanghai) - Duration::days(record.days_ago);
        let time = NaiveTime::parse_from_str(&record.at, "%H:%M").map_err(Error::internal)?;
        // Early in the morning, who was to be met today was met just now.
        let met_at = At::from(at_local(day, time, Shanghai)).min(self.now - Duration::minutes(30));
        let id = Id::new();
        let mut body = record.rest.clone();
        body.extend([
            ("id".to_owned(), json!(id)),
            ("met_at".to_owned(), json!(met_at)),
            ("outlet_id".to_owned(), json!(self.place(&record.outlet)?.0)),
        ]);
        if body.contains_key("mobile") {
            body.insert("consent".to_owned(), json!({ "given_at": met_at, "purpose": "开户咨询与跟进" }));
        }
        let caller = self.as_user(&record.broker, met_at + Duration::minutes(5))?;
        prospects::create::create(conn, self.keys, &caller, &NewProspect::parse(&input(body)?, caller.now)?)?;
        for touch in &record.touches {
            let at = met_at + Duration::days(touch.after_days) + Duration::minutes(20);
            let caller = self.as_user(&record.broker, at)?;
            let body = json!({ "id": Id::new(), "channel": touch.channel, "at": at, "outcome": touch.outcome });
            prospects::touches::add(conn, self.keys, &caller, &NewTouch::parse(id, &input(body)?, at)?)?;
        }
        for stage in &record.stages {
            let at = met_at + Duration::days(stage.after_days) + Duration::hours(1);
            let caller = self.as_user(&record.broker, at)?;
            let body = json!({ "stage": stage.stage, "at": at, "reason": stage.reason });
            prospects::move_stage::move_stage(conn, self.keys, &caller, id, &StageMove::parse(&input(body)?)?)?;
        }
        Ok(())
    }
}

fn instant(date: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    at_local(date, NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default(), Shanghai)
}

/// The demo's records are read as the API reads a body.
fn input<T: DeserializeOwned>(body: impl Into<Value>) -> Result<T> {
    serde_json::from_value(body.into()).map_err(|e| Error::internal(format!("the demo's records: {e}")))
}
