//! Digests and nudges: twelve days against an answer worked out anew and naively, whatever the order of the passes.

use std::collections::{BTreeMap, BTreeSet};

use bankside::app::App;
use bankside::db::schema::{calendar_days, follow_ups, mails, outlets, prospects, shifts, touches, users};
use bankside::db::{At, Id};
use bankside::mail::{Kind, reminders};
use bankside::people::Role;
use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use diesel::prelude::*;

use crate::support::{Person, TestApp};

const CST: i64 = 8;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A wall time in Shanghai, which has no daylight saving.
fn at(date: NaiveDate, minutes: i64) -> DateTime<Utc> {
    (date.and_time(NaiveTime::MIN) + Duration::minutes(minutes) - Duration::hours(CST)).and_utc()
}

fn local(instant: DateTime<Utc>) -> (NaiveDate, i64) {
    let wall = instant.naive_utc() + Duration::hours(CST);
    (wall.date(), (wall - wall.date().and_time(NaiveTime::MIN)).num_minutes())
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A prospect as the test knows it.
#[derive(Clone, Debug)]
struct Known {
    id: Id,
    broker: usize,
    met: DateTime<Utc>,
    due_on: NaiveDate,
    kept: Option<DateTime<Utc>>,
    waived: Option<DateTime<Utc>>,
}

impl Known {
    fn open_at(&self, moment: DateTime<Utc>) -> bool {
        self.met <= moment
            && self.kept.is_none_or(|kept| kept > moment)
            && self.waived.is_none_or(|waived| waived > moment)
            && (local(moment).0 - self.due_on).num_days() <= 30
    }
}

fn add_prospect(app: &TestApp, broker: &Person, known: &Known, outlet: Option<Id>) {
    let (known, broker, branch, now) = (known.clone(), broker.id, broker.branch.unwrap(), app.now());
    app.arrange(move |conn| {
        let met = At::from(known.met);
        diesel::insert_into(prospects::table)
            .values((
                (prospects::id.eq(known.id), prospects::branch_id.eq(branch), prospects::broker_id.eq(broker)),
                (prospects::met_by.eq(broker), prospects::name.eq("王小明"), prospects::name_folded.eq("王小明")),
                (prospects::met_at.eq(met), prospects::met_on.eq(local(known.met).0), prospects::source.eq("on_site")),
                (prospects::preferred_channel.eq("call"), prospects::outlet_id.eq(outlet)),
                (prospects::stage.eq("met"), prospects::stage_at.eq(met)),
                (prospects::created_at.eq(now), prospects::updated_at.eq(now)),
            ))
            .execute(conn)?;
        diesel::insert_into(follow_ups::table)
            .values((
                (follow_ups::id.eq(Id::new()), follow_ups::prospect_id.eq(known.id), follow_ups::branch_id.eq(branch)),
                (follow_ups::broker_id.eq(broker), follow_ups::number.eq(1), follow_ups::starts_at.eq(met)),
                (follow_ups::due_on.eq(known.due_on), follow_ups::kept_at.eq(known.kept.map(At::from))),
                (follow_ups::waived_at.eq(known.waived.map(At::from)), follow_ups::created_at.eq(now)),
            ))
            .execute(conn)?;
        Ok(())
    });
}

fn prospect(app: &TestApp, broker: &Person, met: &str) -> Known {
    let met: DateTime<Utc> = met.parse().unwrap();
    let due_on = local(met).0 + Days::new(3);
    let known = Known { id: Id::new(), broker: 0, met, due_on, kept: None, waived: None };
    add_prospect(app, broker, &known, None);
    known
}

fn outlet(app: &TestApp, branch: Id) -> Id {
    let (id, now) = (Id::new(), app.now());
    app.arrange(move |conn| {
        diesel::insert_into(outlets::table)
            .values((
                (outlets::id.eq(id), outlets::code.eq("A1"), outlets::name.eq("南大街支行")),
                (outlets::name_folded.eq("南大街支行"), outlets::search_text.eq("南大街支行")),
                (outlets::branch_id.eq(branch), outlets::phase.eq("launch"), outlets::datum.eq("wgs84")),
                (outlets::created_at.eq(now), outlets::updated_at.eq(now)),
            ))
            .execute(conn)?;
        Ok(id)
    })
}

fn add_shift(app: &TestApp, broker: &Person, outlet: Id, date: NaiveDate) {
    let (broker, branch, now) = (broker.id, broker.branch.unwrap(), app.now());
    app.arrange(move |conn| {
        diesel::insert_into(shifts::table)
            .values((
                (shifts::id.eq(Id::new()), shifts::branch_id.eq(branch), shifts::outlet_id.eq(outlet)),
                (shifts::broker_id.eq(broker), shifts::date.eq(date), shifts::created_at.eq(now)),
                (shifts::starts_at.eq(At::from(at(date, 540))), shifts::ends_at.eq(At::from(at(date, 1020)))),
            ))
            .execute(conn)?;
        Ok(())
    });
}

fn calendar(app: &TestApp, listed: &[(NaiveDate, bool)]) {
    for (date, worked) in listed.iter().copied() {
        app.arrange(move |conn| {
            diesel::insert_into(calendar_days::table)
                .values((
                    calendar_days::id.eq(Id::new()),
                    calendar_days::date.eq(date),
                    calendar_days::is_workday.eq(worked),
                ))
                .execute(conn)?;
            Ok(())
        });
    }
}

/// A queued mail: its kind, whose, of which day, and what it says.
fn queued(app: &App) -> Vec<(Kind, Id, NaiveDate, String)> {
    let rows: Vec<(Kind, Option<Id>, NaiveDate, Vec<u8>)> = app
        .db
        .read_now(|conn| Ok(mails::table.select((mails::kind, mails::user_id, mails::day, mails::body)).load(conn)?))
        .unwrap();
    rows.into_iter()
        .map(|(kind, user, day, body)| {
            let body: serde_json::Value = serde_json::from_slice(&app.keys.open("mail", &body).unwrap()).unwrap();
            (kind, user.unwrap(), day, body["text"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// The prospects that a text leads to.
fn linked(text: &str) -> BTreeSet<Id> {
    text.lines().filter_map(|line| line.trim().split_once("/prospects/")?.1.parse().ok()).collect()
}

type Mails = BTreeMap<(&'static str, String, NaiveDate), BTreeSet<Id>>;

/// Workdays by counting: the listed ones, else Monday to Friday.
fn works(listed: &[(NaiveDate, bool)], date: NaiveDate) -> bool {
    let weekday = date.format("%u").to_string().parse::<u32>().unwrap();
    listed.iter().find(|(d, _)| *d == date).map_or(weekday <= 5, |(_, worked)| *worked)
}

fn following(listed: &[(NaiveDate, bool)], mut date: NaiveDate) -> NaiveDate {
    loop {
        date = date + Days::new(1);
        if works(listed, date) {
            return date;
        }
    }
}

struct Oracle<'a> {
    listed: &'a [(NaiveDate, bool)],
    people: &'a [Known],
    brokers: usize,
    shifts: &'a BTreeSet<(usize, NaiveDate)>,
    decided: BTreeSet<(String, NaiveDate)>,
    mails: Mails,
}

impl Oracle<'_> {
    fn pass(&mut self, moment: DateTime<Utc>) {
        let (today, minutes) = local(moment);
        if !works(self.listed, today) || minutes >= 20 * 60 {
            return;
        }
        let next = following(self.listed, today);
        let after = following(self.listed, next);
        let open: Vec<_> = self.people.iter().filter(|p| p.open_at(moment)).collect();
        let ids = |wanted: &dyn Fn(&Known) -> bool| -> BTreeSet<Id> {
            open.iter().filter(|p| wanted(p)).map(|p| p.id).collect()
        };
        let mut found: Vec<(&'static str, String, BTreeSet<Id>, bool)> = Vec::new();
        if minutes >= 8 * 60 + 30 {
            for n in 0..self.brokers {
                let ids = ids(&|p| p.broker == n && p.due_on < after);
                let something = !ids.is_empty() || self.shifts.contains(&(n, today));
                found.push(("digest", format!("broker{n}"), ids, something));
            }
            let overdue = ids(&|p| p.due_on < today);
            for who in ["chen", "deng"] {
                found.push(("digest", who.to_owned(), overdue.clone(), !overdue.is_empty()));
            }
            let late = ids(&|p| {
                let mut second = p.due_on;
                for _ in 0..2 {
                    second = following(self.listed, second);
                }
                second <= today
            });
            found.push(("digest", "wu".to_owned(), late.clone(), !late.is_empty()));
        }
        if minutes >= 16 * 60 {
            for n in 0..self.brokers {
                let ids = ids(&|p| p.broker == n && p.due_on >= today && p.due_on < next);
                found.push(("nudge", format!("broker{n}"), ids.clone(), !ids.is_empty()));
            }
        }
        for (kind, who, ids, something) in found {
            let first = kind == "nudge" || self.decided.insert((who.clone(), today));
            if first && something {
                self.mails.entry((kind, who, today)).or_insert(ids);
            }
        }
    }
}

/// National Day 2026 as it might be: 1 to 7 October free, Sunday 27 September and Saturday 10 October worked.
fn national_day() -> Vec<(NaiveDate, bool)> {
    let free = (1..=7).map(|d| (day(&format!("2026-10-0{d}")), false));
    free.chain([(day("2026-09-27"), true), (day("2026-10-10"), true)]).collect()
}

#[test]
fn twelve_days_of_mails_are_as_counted_by_hand_in_any_order() {
    for seed in [1, 2, 3] {
        let app = TestApp::new();
        let (branch, other) = (app.branch("XA01"), app.branch("XA02"));
        let brokers: Vec<_> = (0..4).map(|n| app.broker(&format!("broker{n}"), branch)).collect();
        let rest = [app.coordinator("chen", branch), app.coordinator("deng", branch), app.manager("wu", branch)];
        app.coordinator("elsewhere", other);
        app.person("head", Role::Manager, None);
        app.admin("admin");
        let listed = national_day();
        calendar(&app, &listed);
        let mut dice = Dice(seed);
        let first = day("2026-09-28");
        let place = outlet(&app, branch);
        let mut people = Vec::new();
        for _ in 0..48 {
            let met = at(first, 0) - Duration::days(45) * i32::from(dice.roll(8) == 0)
                + Duration::minutes(dice.roll(16 * 24 * 60) as i64)
                - Duration::days(5);
            let mut later =
                |odds| (dice.roll(odds) == 0).then(|| met + Duration::minutes(1 + dice.roll(9 * 1440) as i64));
            let (kept, waived) = (later(2), later(6));
            let broker = dice.roll(4) as usize;
            let known = Known { id: Id::new(), broker, met, due_on: local(met).0 + Days::new(3), kept, waived };
            add_prospect(&app, &brokers[broker], &known, (dice.roll(2) == 0).then_some(place));
            people.push(known);
        }
        let mut on_shift = BTreeSet::new();
        for (n, broker) in brokers.iter().enumerate() {
            for ahead in 0..12 {
                let date = first + Days::new(ahead);
                if dice.roll(4) == 0 {
                    add_shift(&app, broker, place, date);
                    on_shift.insert((n, date));
                }
            }
        }
        let mut passes: Vec<DateTime<Utc>> = Vec::new();
        for ahead in 0..12 {
            for minutes in [480, 509, 510, 510, 725, 959, 960, 1050, 1199, 1200, 1260] {
                passes.push(at(first + Days::new(ahead), minutes));
            }
        }
        if seed > 1 {
            for n in (1..passes.len()).rev() {
                passes.swap(n, dice.roll(n as u64 + 1) as usize);
            }
        }
        let mut oracle = Oracle {
            listed: &listed,
            people: &people,
            brokers: 4,
            shifts: &on_shift,
            decided: BTreeSet::new(),
            mails: Mails::new(),
        };
        for moment in passes {
            oracle.pass(moment);
            reminders::pass(&app.app, moment.into()).unwrap();
        }
        let logins: BTreeMap<Id, String> = brokers
            .iter()
            .enumerate()
            .map(|(n, p)| (p.id, format!("broker{n}")))
            .chain(rest.iter().zip(["chen", "deng", "wu"]).map(|(p, login)| (p.id, login.to_owned())))
            .collect();
        let mut got = Mails::new();
        for (kind, user, day, text) in queued(&app.app) {
            let who = logins.get(&user).unwrap_or_else(|| panic!("a mail to {user}")).clone();
            assert_eq!(text.contains("小明") && who.starts_with("broker"), text.contains("小明"), "{text}");
            let twice = got.insert((kind.as_str(), who, day), linked(&text));
            assert!(twice.is_none(), "a second mail");
        }
        assert!(got.len() > 40, "{}", got.len());
        assert_eq!(got, oracle.mails, "seed {seed}");
    }
}

#[test]
fn a_digest_names_the_shift_the_place_and_the_sms_until_it_was_sent() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let zhang = app.broker("zhang", branch);
    let place = outlet(&app, branch);
    add_shift(&app, &zhang, place, day("2026-11-23"));
    let met: DateTime<Utc> = "2026-11-20T10:00:00+08:00".parse().unwrap();
    let known = Known { id: Id::new(), broker: 0, met, due_on: day("2026-11-23"), kept: None, waived: None };
    add_prospect(&app, &zhang, &known, Some(place));
    reminders::pass(&app.app, At::from(at(day("2026-11-23"), 520))).unwrap();
    let text = queued(&app.app).remove(0).3;
    for part in ["王小明", "南大街支行", "09:00", "17:00", "先发短信", "zhang Name", "现在要联系（1）"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let (sms_at, by) = (At::from(at(day("2026-11-23"), 600)), zhang.id);
    app.arrange(move |conn| {
        diesel::insert_into(touches::table)
            .values((
                (touches::id.eq(Id::new()), touches::prospect_id.eq(known.id), touches::by_user.eq(by)),
                (touches::channel.eq("sms"), touches::outcome.eq("sent"), touches::at.eq(sms_at)),
                touches::created_at.eq(sms_at),
            ))
            .execute(conn)?;
        Ok(())
    });
    reminders::pass(&app.app, At::from(at(day("2026-11-23"), 960))).unwrap();
    let (kind, _, _, text) = queued(&app.app).into_iter().find(|(kind, ..)| *kind == Kind::Nudge).unwrap();
    assert_eq!(kind, Kind::Nudge);
    assert!(text.contains("短信已发") && !text.contains("先发短信："), "{text}");
}

#[test]
fn who_has_no_address_or_is_disabled_gets_none_and_the_next_language_is_theirs() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, li, zhao) = (app.broker("zhang", branch), app.broker("li", branch), app.broker("zhao", branch));
    for who in [&zhang, &li, &zhao] {
        prospect(&app, who, "2026-11-20T10:00:00+08:00");
    }
    let (li_id, zhao_id, zhang_id, now) = (li.id, zhao.id, zhang.id, app.now());
    app.arrange(move |conn| {
        diesel::update(users::table.find(li_id)).set(users::email.eq(None::<String>)).execute(conn)?;
        diesel::update(users::table.find(zhao_id)).set(users::disabled_at.eq(now)).execute(conn)?;
        diesel::update(users::table.find(zhang_id)).set(users::language.eq("en")).execute(conn)?;
        Ok(())
    });
    assert_eq!(reminders::pass(&app.app, now).unwrap(), 1);
    let all = queued(&app.app);
    assert_eq!(all[0].1, zhang.id);
    assert!(all[0].3.contains("to follow up today"), "{}", all[0].3);
}

#[test]
fn two_instances_at_once_queue_one_mail_a_person() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    for n in 0..20 {
        let broker = app.broker(&format!("broker{n}"), branch);
        prospect(&app, &broker, "2026-11-20T10:00:00+08:00");
    }
    let second = App::open(app.app.settings.clone(), app.clock.clone()).unwrap();
    let now = app.now();
    let total: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = [&*app.app, &second, &*app.app, &second]
            .into_iter()
            .map(|one| scope.spawn(move || reminders::pass(one, now).unwrap()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((total, queued(&app.app).len()), (20, 20));
}

#[test]
fn a_branch_lives_by_its_own_clock_and_calendar() {
    let app = TestApp::new();
    let (here, there) = (app.branch("XA01"), app.branch_in("NY01", "America/New_York"));
    let (zhang, smith) = (app.broker("zhang", here), app.broker("smith", there));
    prospect(&app, &zhang, "2026-11-20T10:00:00+08:00");
    prospect(&app, &smith, "2026-11-20T10:00:00+08:00");
    // 23:00 on Sunday in New York, noon on Monday in Shanghai.
    let noon: DateTime<Utc> = "2026-11-23T12:00:00+08:00".parse().unwrap();
    assert_eq!(reminders::pass(&app.app, noon.into()).unwrap(), 1);
    // 09:00 on Monday in New York.
    assert_eq!(reminders::pass(&app.app, (noon + Duration::hours(10)).into()).unwrap(), 1);
    let days: BTreeSet<_> = queued(&app.app).into_iter().map(|(_, user, day, _)| (user, day)).collect();
    assert_eq!(days, BTreeSet::from([(zhang.id, day("2026-11-23")), (smith.id, day("2026-11-23"))]));
}
