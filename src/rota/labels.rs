//! Short names for a grid: what tells people and outlets apart at a glance, each of them once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::db::Id;
use crate::outlets::banks;

/// A name for each id, no two alike.
pub type Labels = HashMap<Id, Arc<str>>;

/// People by their names; of namesakes all but the first carry a number.
pub fn of_people<'a>(names: impl Iterator<Item = (Id, &'a str)>) -> Labels {
    let in_order: BTreeMap<Id, &str> = names.collect();
    let mut taken = HashSet::new();
    let mut labels = Labels::new();
    for (id, name) in in_order {
        let numbered = (2..).map(|n| format!("{name} {n}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|label| !taken.contains(label));
        let label = free.unwrap_or_else(|| id.to_string());
        taken.insert(label.clone());
        labels.insert(id, label.into());
    }
    labels
}

/// Outlets as people call them: the bank's short name and what is left of the outlet's without the city that most of them share and the word for a
/// sub-branch; by the whole name, and then by the code, where that is not enough.
pub fn of_outlets<'a>(outlets: impl Iterator<Item = (Id, &'a str, &'a str)>) -> Labels {
    let all: BTreeMap<Id, (&str, &str)> = outlets.map(|(id, code, name)| (id, (code, name))).collect();
    let parted = |name: &'a str| banks::spoken(name).unwrap_or(("", name));
    let city = shared_city(all.values().map(|(_, name)| parted(name).1));
    let short = |name: &'a str| {
        let (bank, place) = parted(name);
        let place = city.as_deref().and_then(|city| place.strip_prefix(city)).unwrap_or(place);
        let place = place.trim().trim_matches(['(', ')', '(', ')']);
        let place = place.strip_suffix("支行").unwrap_or(place).trim();
        (place.chars().count() > 1).then(|| format!("{bank}{place}"))
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut full: HashMap<&str, usize> = HashMap::new();
    for (_, name) in all.values() {
        *counts.entry(short(name).unwrap_or_default()).or_default() += 1;
        *full.entry(name).or_default() += 1;
    }
    let label = |code: &str, name: &'a str| match short(name) {
        Some(short) if counts[&short] == 1 => short,
        _ if full[name] == 1 => name.to_owned(),
        _ => format!("{name} {code}"),
    };
    all.iter().map(|(id, (code, name))| (*id, label(code, name).into())).collect()
}

/// The first two characters, where more than half begin with them.
fn shared_city<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut all = 0;
    for name in names {
        *counts.entry(name.chars().take(2).collect()).or_default() += 1;
        all += 1;
    }
    let (city, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count > 3 && count * 2 > all && !city.is_ascii()).then_some(city)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namesakes_are_told_apart() {
        let ids: Vec<Id> = (0..3).map(|_| Id::new()).collect();
        let labels = of_people([(ids[0], "李明"), (ids[1], "李明"), (ids[2], "王芳")].into_iter());
        let said: HashSet<&str> = labels.values().map(|l| &**l).collect();
        assert_eq!(said, HashSet::from(["李明", "李明 2", "王芳"]));
    }

    #[test]
    fn an_outlet_is_called_as_people_call_it() {
        let names = [
            ("A1", "中国工商银行西安南大街支行", "工行南大街"),
            ("A2", "中国建设银行西安高新支行", "建行高新"),
            ("A3", "招商银行西安钟楼支行", "招行钟楼"),
            ("A4", "交通银行西安北关支行", "交行北关"),
            ("A5", "交通银行西安长安路支行", "交行长安路"),
            ("A6", "招商银行股份有限公司西安长安路支行", "招行长安路"),
            ("A7", "北京银行咸阳支行", "北京银行咸阳"),
            ("A8", "Nandajie", "Nandajie"),
            ("A9", "中国银行(吉祥路分理处)", "中行吉祥路分理处"),
        ];
        let ids: Vec<Id> = names.iter().map(|_| Id::new()).collect();
        let labels = of_outlets(names.iter().zip(&ids).map(|((code, name, _), id)| (*id, *code, *name)));
        for ((_, _, label), id) in names.iter().zip(&ids) {
            assert_eq!(&*labels[id], *label);
        }
        let same: Vec<Id> = (0..2).map(|_| Id::new()).collect();
        let labels = of_outlets([(same[0], "B1", "南关支行"), (same[1], "B2", "南关支行")].into_iter());
        assert_eq!((&*labels[&same[0]], &*labels[&same[1]]), ("南关支行 B1", "南关支行 B2"));
    }
}
