//! Follow-up quality, a broker's own results, the scorecard and the reports beside the records.

use std::collections::{BTreeMap, BTreeSet};

use bankside::db::Id;
use chrono::{Datelike, Duration, NaiveDate};
use serde_json::{Value, json};

use super::funnels::{close, same};
use super::history::World;
use super::records::{self, BANDS, Met, Records, STEPS, Shift, funnel, middle, roll};

const EVER: &str = "from=2000-01-01&to=2100-12-31";

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn day(value: &Value) -> NaiveDate {
    value.as_str().unwrap().parse().unwrap()
}

fn told<const N: usize>(value: &Value, names: [&str; N]) -> [u64; N] {
    names.map(|name| value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}")))
}

fn told_quality(value: &Value) -> [u64; 12] {
    let mut line = [0; 12];
    line[..4].copy_from_slice(&told(value, ["counted", "kept", "waived", "pending"]));
    line[4..].copy_from_slice(&told(&value["days"], BANDS));
    line
}

fn quality_by(people: &[&Met], today: NaiveDate, key: impl Fn(&Met) -> String) -> BTreeMap<String, [u64; 12]> {
    let mut groups: BTreeMap<String, Vec<&Met>> = BTreeMap::new();
    people.iter().filter(|one| !one.due.is_empty()).for_each(|one| groups.entry(key(one)).or_default().push(one));
    groups.into_iter().map(|(key, group)| (key, records::quality(group.into_iter(), today))).collect()
}

fn none_or(id: Option<Id>) -> String {
    id.map_or("none".into(), |id| id.to_string())
}

/// The middle of the shares of a branch's brokers with at least five counted.
fn middle_of(people: &[&Met], today: NaiveDate) -> Option<f64> {
    let brokers = quality_by(people, today, |one| one.due[0].broker.to_string());
    middle(brokers.values().filter(|line| line[0] >= 5).filter_map(|line| share(line[1], line[0])))
}

pub async fn quality(w: &World, records: &Records, when: &str) {
    let today = records.today;
    let here: Vec<&Met> = records.met.iter().filter(|one| one.branch == w.branch).collect();
    let all: Vec<&Met> = records.met.iter().collect();
    for (who, by, people) in
        [(&w.desk, "broker", &here), (&w.desk, "outlet", &here), (&w.desk, "week", &here), (&w.head, "branch", &all)]
    {
        let answer = w.app.get(&format!("/follow-up-quality?{EVER}&group_by={by}"), who).await.expect(200).json();
        let groups = answer["groups"].as_array().unwrap().iter();
        let said: BTreeMap<String, [u64; 12]> =
            groups.map(|group| (group["key"].as_str().unwrap().to_owned(), told_quality(group))).collect();
        let expected = quality_by(people, today, |one| match by {
            "broker" => one.due[0].broker.to_string(),
            "outlet" => none_or(one.outlet),
            "week" => (one.met_on - Duration::days(one.met_on.weekday().num_days_from_monday().into())).to_string(),
            _ => one.branch.to_string(),
        });
        assert_eq!(said, expected, "{when}, by {by}");
        let total = records::quality(people.iter().copied(), today);
        assert_eq!(told_quality(&answer["total"]), total, "{when}, by {by}");
        close(&answer["total"]["share"], share(total[1], total[0]), when);
        close(&answer["median_share"], middle_of(people, today), &format!("{when}, the middle"));
        if by == "broker" {
            waiting(&answer["waiting"], &here, today, when);
        }
    }
}

/// What is open now, of all follow-ups, also those that a revival began: overdue and coming by broker.
fn waiting(said: &Value, people: &[&Met], today: NaiveDate, when: &str) {
    let mut expected: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    // Of the erased nobody is reminded.
    for due in people.iter().filter(|one| !one.erased).flat_map(|one| &one.due) {
        let is_open = due.kept.is_none() && due.waived_at.is_none() && today <= due.due_on + Duration::days(30);
        if is_open {
            expected.entry(due.broker.to_string()).or_default()[usize::from(due.due_on >= today)] += 1;
        }
    }
    let said: BTreeMap<String, [u64; 2]> = said
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["broker_id"].as_str().unwrap().to_owned(), told(one, ["overdue", "coming"])))
        .collect();
    assert_eq!(said, expected, "{when}, waiting");
}

pub async fn mine(w: &World, records: &Records, when: &str) {
    for broker in [&w.brokers[0], &w.brokers[4]] {
        let answer = w.app.get("/my-results", broker).await.expect(200).json();
        let (from, to) = (day(&answer["from"]), day(&answer["to"]));
        let branch: Vec<&Met> = records
            .met
            .iter()
            .filter(|one| Some(one.branch) == broker.branch && from <= one.met_on && one.met_on <= to)
            .collect();
        let own = || branch.iter().copied().filter(|one| one.owner == broker.id);
        let when = format!("{when}, the results of {}", broker.id);
        same(&answer["funnel"]["total"], &funnel(own().filter(|one| one.met_by == broker.id)), &when);
        let follow_ups = own().filter(|one| one.due.first().is_some_and(|due| due.broker == broker.id));
        assert_eq!(told_quality(&answer["follow_ups"]), records::quality(follow_ups, records.today), "{when}");
        close(&answer["follow_ups_middle"], middle_of(&branch, records.today), &when);
        let mut attended: BTreeMap<Id, [u64; 3]> = BTreeMap::new();
        let here =
            records.shifts.iter().filter(|one| Some(one.branch) == broker.branch && from <= one.date && one.date <= to);
        for shift in here.filter(|one| !["upcoming", "open"].contains(&one.status)) {
            let line = attended.entry(shift.broker).or_default();
            line[0] += 1;
            line[1] += u64::from(shift.status == "on_time");
            line[2] += u64::from(shift.status == "absent");
        }
        let own = attended.get(&broker.id).copied().unwrap_or_default();
        assert_eq!(told(&answer["attendance"], ["shifts", "on_time", "absent"]), own, "{when}");
        let shares = attended.values().filter(|line| line[0] >= 5).filter_map(|line| share(line[1], line[0]));
        close(&answer["attendance_middle"], middle(shares), &when);
    }
}

/// Both branches have a broker wanted at each outlet on every day from Monday to Friday.
fn wanted(from: NaiveDate, to: NaiveDate) -> u64 {
    from.iter_days().take_while(|day| *day <= to).filter(|day| day.weekday().num_days_from_monday() < 5).count() as u64
}

pub async fn scorecard(w: &World, records: &Records, when: &str) {
    let answer = w.app.get("/outlet-scorecard", &w.manager).await.expect(200).json();
    let names = ["prospects", "accounts", "funded", "wanted", "covered", "shifts", "days"];
    for (score, total, from, to) in
        [("score", "total", "from", "to"), ("before", "total_before", "before_from", "before_to")]
    {
        let (from, to) = (day(&answer[from]), day(&answer[to]));
        let mut sum = [0; 7];
        for (outlet, _) in w.outlets.iter().filter(|(_, branch)| *branch == w.branch) {
            let met: Vec<&Met> = records
                .met
                .iter()
                .filter(|one| one.outlet == Some(*outlet) && from <= one.met_on && one.met_on <= to)
                .collect();
            let came = |step: usize| met.iter().filter(|one| one.reached(step).is_some()).count() as u64;
            let last = to.min(records.today);
            let here =
                records.shifts.iter().filter(|one| one.outlet == *outlet && from <= one.date && one.date <= last);
            let posted: BTreeSet<NaiveDate> = here.clone().map(|one| one.date).collect();
            let covered = posted.iter().map(|date| wanted(*date, *date)).sum();
            let shifts: Vec<&Shift> = here.filter(|one| one.date < records.today).collect();
            let days = shifts.iter().filter(|shift| shift.came).count() as u64;
            let expected = [came(0), came(4), came(6), wanted(from, last), covered, shifts.len() as u64, days];
            let line = answer["outlets"].as_array().unwrap().iter().find(|one| one["outlet_id"] == outlet.to_string());
            assert_eq!(told(&line.unwrap()[score], names), expected, "{when}, {score} of {outlet}");
            sum.iter_mut().zip(expected).for_each(|(sum, n)| *sum += n);
            close(&line.unwrap()[score]["attendance"], share(days, shifts.len() as u64), when);
            close(&line.unwrap()[score]["coverage"], share(covered, wanted(from, last)), when);
        }
        assert_eq!(told(&answer[total], names), sum, "{when}, {total}");
    }
}

/// What a report says of something: the funnel with the lost, follow-ups, attendance, wanted and covered.
type Line = ([u64; 9], [u64; 4], [u64; 7], [u64; 2]);

fn told_report(value: &Value) -> Line {
    let mut came = [0; 9];
    came[..8].copy_from_slice(&told(&value["funnel"], STEPS));
    came[8] = value["funnel"]["lost"].as_u64().unwrap();
    let attendance = ["shifts", "on_time", "late", "left_early", "absent", "not_confirmed", "off_site"];
    (
        came,
        told(&value["follow_ups"], ["counted", "kept", "waived", "pending"]),
        told(&value["attendance"], attendance),
        told(&value["coverage"], ["wanted", "covered"]),
    )
}

/// Of whom or where, and of which days, something is counted.
struct Of<'a> {
    w: &'a World,
    records: &'a Records,
    first: NaiveDate,
    last: NaiveDate,
}

impl Of<'_> {
    /// `met`, `due` and `shift` say what counts of each kind, `place` at which outlets somebody is wanted.
    fn line(
        &self,
        met: impl Fn(&Met) -> bool,
        due: impl Fn(&Met) -> bool,
        shift: impl Fn(&Shift) -> bool,
        place: impl Fn(Id, Id) -> bool,
    ) -> Line {
        let within = |date: NaiveDate| self.first <= date && date <= self.last;
        let people = funnel(self.records.met.iter().filter(|one| within(one.met_on) && met(one)));
        let mut came = [0; 9];
        came[..8].copy_from_slice(&people.entered);
        came[8] = people.lost;
        let followed = self.records.met.iter().filter(|one| within(one.met_on) && !one.due.is_empty() && due(one));
        let quality = records::quality(followed, self.records.today);
        let last = self.last.min(self.records.today);
        let shifts = || self.records.shifts.iter().filter(|one| self.first <= one.date && one.date <= last);
        let mut posts = [0, 0];
        for (outlet, _) in self.w.outlets.iter().filter(|(outlet, branch)| place(*outlet, *branch)) {
            for date in self.first.iter_days().take_while(|date| *date <= last) {
                let needed = wanted(date, date);
                let there = shifts().filter(|one| one.outlet == *outlet && one.date == date).count() as u64;
                posts[0] += needed;
                posts[1] += there.min(needed);
            }
        }
        (came, [quality[0], quality[1], quality[2], quality[3]], roll(shifts().filter(|one| shift(one))), posts)
    }

    fn branch(&self, of: Id) -> Line {
        self.line(|one| one.branch == of, |one| one.branch == of, |one| one.branch == of, |_, branch| branch == of)
    }

    fn person(&self, of: Id) -> Line {
        let here = self.w.branch;
        let due = |one: &Met| one.branch == here && one.due[0].broker == of;
        self.line(|one| one.branch == here && one.met_by == of, due, |one| one.broker == of, |_, _| false)
    }

    fn outlet(&self, of: Option<Id>) -> Line {
        let here = self.w.branch;
        let met = |one: &Met| one.branch == here && one.outlet == of;
        self.line(met, met, |one| Some(one.outlet) == of, |outlet, _| Some(outlet) == of)
    }
}

pub async fn reports(w: &World, records: &Records, when: &str) {
    let mut last_week = records.today - Duration::days(7);
    for unit in ["week", "month", "quarter"] {
        let report =
            w.app.get(&format!("/reports?period={unit}&date={last_week}"), &w.manager).await.expect(200).json();
        last_week = records.today;
        let of = Of { w, records, first: day(&report["from"]), last: day(&report["to"]) };
        let when = format!("{when}, {unit} from {}", of.first);
        assert_eq!(told_report(&report["total"]), of.branch(w.branch), "{when}");
        let key = |group: &Value| group["key"].as_str().map(|key| key.parse::<Id>().unwrap());
        for person in report["people"].as_array().unwrap() {
            assert_eq!(told_report(person), of.person(key(person).unwrap()), "{when}, {person}");
        }
        for place in report["outlets"].as_array().unwrap() {
            assert_eq!(told_report(place), of.outlet(key(place)), "{when}, {place}");
        }
        for piece in report["over_time"].as_array().unwrap() {
            let of = Of { first: day(&piece["from"]), last: day(&piece["to"]), ..of };
            assert_eq!(told_report(piece), of.branch(w.branch), "{when}, from {}", of.first);
        }
        let before = w
            .app
            .get(&format!("/reports?period={unit}&date={}", of.first - Duration::days(1)), &w.manager)
            .await
            .json();
        assert_eq!(report["before"], before["total"], "{when}");
    }
    let all = w.app.get(&format!("/reports?period=month&date={}", records.today), &w.head).await.expect(200).json();
    let of = Of { w, records, first: day(&all["from"]), last: day(&all["to"]) };
    assert_eq!(told_report(&all["total"]), of.line(|_| true, |_| true, |_| true, |_, _| true), "{when}, head office");
    for (code, branch) in [("XA01", w.branch), ("BJ01", w.elsewhere)] {
        let said = all["branches"].as_array().unwrap().iter().find(|one| one["key"] == json!(code)).unwrap();
        assert_eq!(told_report(said), of.branch(branch), "{when}, {code}");
    }
}
