//! The funnel beside the records: by everything, for every reader, of any period, narrowed and compared.

use std::collections::BTreeMap;

use bankside::prospects::stage::Stage;
use chrono::{Duration, NaiveDate};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::history::World;
use super::records::{Funnel, Met, Records, STEPS, ZONE, funnel, middle};
use crate::support::Person;

/// Everything by each grouping, and one question at random.
pub async fn agree(w: &World, records: &Records, random: &mut StdRng, when: &str) {
    let ever = ("2000-01-01".parse().unwrap(), "2100-12-31".parse().unwrap());
    for by in ["outlet", "broker", "source", "month", "bank", "event"] {
        ask(w, records, &w.head, ever, by, Only::Nothing, when).await;
    }
    let readers = [&w.desk, &w.brokers[0], &w.brokers[3], &w.head];
    let reader = readers[random.random_range(0..readers.len())];
    let to = records.today - Duration::days(random.random_range(0..40));
    let period = (to - Duration::days(random.random_range(0..60)), to);
    let by = ["outlet", "broker", "source", "month", "bank"][random.random_range(0..5)];
    let only = [Only::Nothing, Only::Source("on_site"), Only::Broker, Only::Outlet][random.random_range(0..4)];
    ask(w, records, reader, period, by, only, when).await;
}

/// To what it is narrowed.
#[derive(Clone, Copy, Debug)]
enum Only {
    Nothing,
    Source(&'static str),
    /// The first broker.
    Broker,
    /// The first outlet.
    Outlet,
}

fn key(one: &Met, by: &str) -> String {
    let of = |id: Option<bankside::db::Id>| id.map_or("none".into(), |id| id.to_string());
    match by {
        "outlet" => of(one.outlet),
        "broker" => one.met_by.to_string(),
        "source" => one.source.as_str().into(),
        "month" => one.met_on.format("%Y-%m").to_string(),
        "bank" => of(one.bank),
        _ => "none".into(),
    }
}

fn grouped<'a>(people: &[&'a Met], by: &str) -> BTreeMap<String, Vec<&'a Met>> {
    let mut groups: BTreeMap<String, Vec<&Met>> = BTreeMap::new();
    people.iter().for_each(|one| groups.entry(key(one, by)).or_default().push(one));
    groups
}

async fn ask(
    w: &World,
    records: &Records,
    reader: &Person,
    (from, to): (NaiveDate, NaiveDate),
    by: &str,
    only: Only,
    when: &str,
) {
    let narrow = match only {
        Only::Nothing => String::new(),
        Only::Source(source) => format!("&source={source}"),
        Only::Broker => format!("&broker_id={}", w.brokers[0].id),
        Only::Outlet => format!("&outlet_id={}", w.outlets[0].0),
    };
    let path = format!("/funnel?from={from}&to={to}&group_by={by}&compare=year{narrow}");
    let when = format!("{when}: {path} for {:?} {:?}", reader.role, reader.branch);
    let held = |one: &&Met| match only {
        Only::Nothing => true,
        Only::Source(source) => one.source.as_str() == source,
        Only::Broker => one.met_by == w.brokers[0].id,
        Only::Outlet => one.outlet == Some(w.outlets[0].0),
    };
    let own = reader.role == bankside::people::Role::Broker;
    let branch: Vec<&Met> =
        met(records, from, to).filter(|one| reader.branch.is_none_or(|of| one.branch == of)).collect();
    let reached: Vec<&Met> = branch.iter().copied().filter(|one| !own || one.owner == reader.id).collect();
    let chosen: Vec<&Met> = reached.iter().copied().filter(held).collect();
    // Another branch's is not there, unless somebody in reach was met by them, or at it, on whatever day.
    let home = match only {
        Only::Nothing | Only::Source(_) => None,
        Only::Broker => w.brokers[0].branch,
        Only::Outlet => Some(w.outlets[0].1),
    };
    let in_reach = |one: &&Met| match own {
        true => one.owner == reader.id,
        false => reader.branch.is_none_or(|of| one.branch == of),
    };
    let is_known = home.is_none() || reader.branch.is_none() || reader.branch == home;
    if !is_known && !met(records, NaiveDate::MIN, NaiveDate::MAX).filter(in_reach).any(|one| held(&one)) {
        w.app.get(&path, reader).await.expect(404);
        return;
    }
    let answer = w.app.get(&path, reader).await.expect(200).json();
    same_groups(&answer["groups"], &chosen, by, &when);
    same(&answer["total"], &funnel(chosen.iter().copied()), &when);
    stands(&answer, &chosen, records.today, &when);
    if own || !matches!(only, Only::Nothing) {
        let whole = if own { &branch } else { &reached };
        same(&answer["whole"], &funnel(whole.iter().copied()), &format!("{when}, whole"));
    }
    if matches!(only, Only::Nothing) && matches!(by, "source" | "month") {
        yardstick(&answer["yardsticks"], if own { &branch } else { &chosen }, by, &when);
    }
    let other = &answer["compared"];
    let day = |field: &str| other[field].as_str().unwrap().parse::<NaiveDate>().unwrap();
    let before: Vec<&Met> = met(records, day("from"), day("to"))
        .filter(|one| reader.branch.is_none_or(|of| one.branch == of) && (!own || one.owner == reader.id))
        .filter(held)
        .collect();
    same_groups(&other["groups"], &before, by, &when);
}

fn met(records: &Records, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = &Met> {
    records.met.iter().filter(move |one| from <= one.met_on && one.met_on <= to)
}

fn same_groups(groups: &Value, people: &[&Met], by: &str, when: &str) {
    let (groups, expected) = (groups.as_array().unwrap(), grouped(people, by));
    assert_eq!(groups.len(), expected.len(), "{when}");
    for group in groups {
        let key = group["key"].as_str().unwrap();
        same(group, &funnel(expected[key].iter().copied()), &format!("{when}, {key}"));
    }
}

/// What is said is what was counted.
pub fn same(said: &Value, counted: &Funnel, when: &str) {
    assert_eq!(said["lost"], counted.lost, "{when}");
    for (step, name) in STEPS.iter().enumerate() {
        assert_eq!(said["entered"][name], counted.entered[step], "{when}, {name}");
        close(&said["conversion"][name], counted.conversion(step), &format!("{when}, conversion {name}"));
        close(&said["median_days"][name], counted.median(step), &format!("{when}, median {name}"));
        close(&said["p90_days"][name], counted.p90(step), &format!("{when}, ninety {name}"));
    }
}

pub fn close(said: &Value, counted: Option<f64>, when: &str) {
    let said = said.as_f64();
    let same = said.zip(counted).map_or(said.is_none() && counted.is_none(), |(a, b)| (a - b).abs() < 1e-9);
    assert!(same, "{when}: {said:?}, counted {counted:?}");
}

/// The middle of the groups with at least five people at the step before.
fn yardstick(said: &Value, people: &[&Met], by: &str, when: &str) {
    let groups: Vec<Funnel> = grouped(people, by).into_values().map(|group| funnel(group.into_iter())).collect();
    for (step, name) in STEPS.iter().enumerate().skip(1) {
        let enough = groups.iter().filter(|group| group.entered[step - 1] >= 5);
        let expected = middle(enough.filter_map(|group| group.conversion(step)));
        close(&said[0]["conversion"][name], expected, &format!("{when}, middle {name}"));
    }
}

/// Who is where, by how many days, and why the lost were lost, from the history and not from what the prospect repeats of it.
fn stands(answer: &Value, people: &[&Met], today: NaiveDate, when: &str) {
    let mut standing: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut lost: BTreeMap<&str, u64> = BTreeMap::new();
    let mut gone = 0;
    for one in people {
        let (to, at, words) = one.history.last().unwrap();
        if *to == Stage::Lost {
            let reason = match words.as_deref() {
                Some("资金另有安排") => "no_money",
                Some("Has moved away: to Beijing") => "moved",
                // Of the erased the words are gone, and the usual reason stays.
                None => "erased",
                Some(_) => "null",
            };
            *lost.entry(reason).or_default() += 1;
        } else if one.erased {
            gone += 1;
        } else {
            let band = match (today - at.date_in(ZONE)).num_days() {
                ..=7 => "0-7",
                8..=30 => "8-30",
                31..=90 => "31-90",
                _ => "91-",
            };
            *standing.entry((to.as_str(), band)).or_default() += 1;
        }
    }
    let mut said = BTreeMap::new();
    for stage in answer["standing"].as_array().unwrap() {
        for (band, n) in stage["days"].as_object().unwrap() {
            if *n != json!(0) {
                said.insert((stage["stage"].as_str().unwrap(), band.as_str()), n.as_u64().unwrap());
            }
        }
    }
    assert_eq!(said, standing, "{when}");
    assert_eq!(answer["erased"], gone, "{when}");
    let reasons: BTreeMap<&str, u64> = answer["lost_reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["reason"].as_str().unwrap_or("null"), one["people"].as_u64().unwrap()))
        .collect();
    assert_eq!(reasons.values().sum::<u64>(), lost.values().sum::<u64>(), "{when}");
    let erased = lost.get("erased").copied().unwrap_or(0);
    for (name, n) in lost.iter().filter(|(name, _)| **name != "erased") {
        let said = reasons.get(name).copied().unwrap_or(0);
        assert!((*n..=n + erased).contains(&said), "{when}: {name} {reasons:?} {lost:?}");
    }
}
