//! The funnel itself: groups with their names and figures.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::thread;

use chrono::NaiveDate;
use diesel::prelude::*;
use foldhash::fast::RandomState;
use serde::Serialize;
use utoipa::ToSchema;

use super::known;
use super::query::{FunnelQuery, GroupBy, Only};
use super::segment::{Month, Names, One, Parts};
use super::stands::{Ages, Lost, Standing, Stands};
use super::store;
use super::tally::{Figures, Tally};
use super::yardstick::{self, Weakest, Yardstick, weakest};
use crate::db::schema::{banks, outlets, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::language::Lang;
use crate::people::Reach;
use crate::prospects::kinds::Source;
use crate::t;

/// What a group is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// No value.
    None,
    /// An outlet, a broker, a bank.
    Of(Id),
    /// A source.
    Source(Source),
    /// A month, by its first day.
    Month(NaiveDate),
}

impl Key {
    /// As the API writes it.
    pub fn text(self) -> String {
        match self {
            Key::None => "none".into(),
            Key::Of(id) => id.to_string(),
            Key::Source(source) => source.as_str().into(),
            Key::Month(first) => first.format("%Y-%m").to_string(),
        }
    }
}

/// A group and its figures.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Group {
    /// The id of the outlet, broker, event or bank; the source; the month as `YYYY-MM`; `none` without a value.
    pub key: String,
    /// Its name in the reader's language.
    pub label: String,
    /// The branch of an outlet or a broker, by which its yardstick is found.
    pub branch_id: Option<Id>,
    /// What was counted.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Another period beside the one asked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Compared {
    /// Its first date.
    pub from: NaiveDate,
    /// Its last date.
    pub to: NaiveDate,
    /// By the same.
    pub groups: Vec<Group>,
    /// All together.
    pub total: Figures,
}

/// A funnel: of those first met in a period, as it is known now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Funnel {
    /// The first local date of a first meeting.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// By what.
    pub group_by: GroupBy,
    /// Months in their order; else the largest first, then by name.
    pub groups: Vec<Group>,
    /// All together.
    pub total: Figures,
    /// Who is at each stage now, by how many days.
    pub standing: Vec<Standing>,
    /// How many of those who are not lost were erased: they count, and stand nowhere.
    pub erased: u64,
    /// Why those who are lost were lost.
    pub lost_reasons: Vec<Lost>,
    /// The middle of each branch's groups: of outlets and brokers a line a branch, else one over all.
    pub yardsticks: Vec<Yardstick>,
    /// The whole branch in the same period, where the funnel is narrowed or a broker's own.
    pub whole: Option<Figures>,
    /// The other period.
    pub compared: Option<Compared>,
    /// Where most are lost, beside the whole branch, else beside the other period.
    pub weakest: Option<Weakest>,
}

/// Each group's place among them. The hash is seeded and quick.
type Places = HashMap<Key, usize, RandomState>;

/// A group while it is counted: its key, its branch, what is counted.
type Counting = (Key, Option<Id>, Tally);

/// What is counted in one go.
#[derive(Default)]
struct Counted {
    places: Places,
    groups: Vec<Counting>,
    /// The groups of the month that is counted just now, by what the month calls them: nobody is looked for by a whole id.
    here: Vec<Option<usize>>,
}

impl Counted {
    /// Where a group is counted.
    fn place(&mut self, key: Key, branch: Option<Id>) -> usize {
        let groups = &mut self.groups;
        let place = *self.places.entry(key).or_insert_with(|| {
            groups.push((key, branch, Tally::default()));
            groups.len() - 1
        });
        // Who met people for two branches is measured by neither.
        if groups[place].1 != branch {
            groups[place].1 = None;
        }
        place
    }

    /// Another month begins.
    fn begin(&mut self, known: usize) {
        self.here.clear();
        self.here.resize(known, None);
    }

    /// Counts one more of the month, in the group that it calls so.
    #[inline]
    fn add(&mut self, called: usize, one: &One<'_>, key: impl FnOnce() -> (Key, Option<Id>)) {
        let place = self.here[called].unwrap_or_else(|| {
            let (key, branch) = key();
            let place = self.place(key, branch);
            self.here[called] = Some(place);
            place
        });
        let tally = &mut self.groups[place].2;
        tally.count(one.furthest, one.lost);
        one.waits(|step, seconds| tally.wait(step, seconds));
    }

    fn merge(&mut self, other: Counted) {
        if self.groups.is_empty() {
            *self = other;
            return;
        }
        for (key, branch, more) in other.groups {
            let place = self.place(key, branch);
            self.groups[place].2.merge(more);
        }
    }
}

/// The sums of one who counts.
struct Sums {
    counted: Counted,
    stands: Stands,
    /// All within reach, where the funnel is narrowed.
    whole: Option<Counted>,
}

impl Sums {
    /// Counts a branch's month.
    fn add(&mut self, by: GroupBy, only: &Only, branch: Id, month: &Month<'_>) {
        let called = Called { by, branch, month };
        let only = Within::of(only, month);
        self.counted.begin(called.known());
        if let Some(whole) = &mut self.whole {
            whole.begin(called.known());
        }
        month.each(|one| {
            let place = called.place(one);
            if let Some(whole) = &mut self.whole {
                whole.add(place, one, || called.key(place));
            }
            if only.holds(one) {
                self.counted.add(place, one, || called.key(place));
                self.stands.add(one.now);
            }
        });
    }

    fn merge(&mut self, other: Sums) {
        self.counted.merge(other.counted);
        self.stands.merge(&other.stands);
        if let Some((whole, more)) = self.whole.as_mut().zip(other.whole) {
            whole.merge(more);
        }
    }
}

/// What a month calls the groups: outlets and people by their places in it. Banks are told apart by their outlets first.
struct Called<'a> {
    by: GroupBy,
    branch: Id,
    month: &'a Month<'a>,
}

impl Called<'_> {
    /// By whose names; nobody's where a group has none.
    fn names(&self) -> Names<'_> {
        match self.by {
            GroupBy::Outlet | GroupBy::Bank => self.month.outlets(),
            GroupBy::Broker => self.month.brokers(),
            GroupBy::Source | GroupBy::Event | GroupBy::Community | GroupBy::Month => Names::default(),
        }
    }

    fn known(&self) -> usize {
        self.names().last().max(Source::ALL.len()) + 1
    }

    #[inline]
    fn place(&self, one: &One<'_>) -> usize {
        match self.by {
            GroupBy::Outlet | GroupBy::Bank => one.outlet,
            GroupBy::Broker => one.met_by,
            GroupBy::Source => one.source,
            // Nobody is tied to a joint event or a community yet.
            GroupBy::Event | GroupBy::Community | GroupBy::Month => 0,
        }
    }

    /// The key, and for what belongs to a branch, the branch.
    fn key(&self, place: usize) -> (Key, Option<Id>) {
        let of = self.names().id(place).map_or(Key::None, Key::Of);
        match self.by {
            GroupBy::Outlet => (of, (of != Key::None).then_some(self.branch)),
            GroupBy::Broker => (of, Some(self.branch)),
            GroupBy::Bank => (of, None),
            GroupBy::Source => (Key::Source(Source::ALL[place]), None),
            GroupBy::Month => (Key::Month(self.month.first), None),
            GroupBy::Event | GroupBy::Community => (Key::None, None),
        }
    }
}

/// To what a month is narrowed. Whom a month does not know has the place that nobody has.
struct Within {
    broker: Option<usize>,
    outlet: Option<usize>,
    source: Option<Source>,
}

impl Within {
    fn of(only: &Only, month: &Month<'_>) -> Within {
        let place = |names: Names<'_>, id| names.place(id).unwrap_or(usize::MAX);
        Within {
            broker: only.broker.map(|id| place(month.brokers(), id)),
            outlet: only.outlet.map(|id| place(month.outlets(), id)),
            source: only.source,
        }
    }

    #[inline]
    fn holds(&self, one: &One<'_>) -> bool {
        self.broker.is_none_or(|broker| one.met_by == broker)
            && self.outlet.is_none_or(|outlet| one.outlet == outlet)
            && self.source.is_none_or(|source| Source::ALL[one.source] == source)
    }
}

/// A group's key, its branch and its figures.
type Line = (Key, Option<Id>, Figures);

/// Figures of groups, and of all.
type Counts = (Vec<Line>, Figures);

/// Of more people than this the groups and the whole are worked out at once.
const MANY: u64 = 100_000;

/// The groups as they are asked for: outlets are put together by their banks.
fn figures(conn: &mut Conn, by: GroupBy, mut counted: Counted) -> Result<Counts> {
    if by == GroupBy::Bank {
        let bank_of = banks_of(conn, &ids(counted.groups.iter().map(|(key, ..)| key)))?;
        let mut banks = Counted::default();
        for (key, _, tally) in counted.groups {
            let bank = if let Key::Of(outlet) = key { bank_of.get(&outlet).copied() } else { None };
            let place = banks.place(bank.map_or(Key::None, Key::Of), None);
            banks.groups[place].2.merge(tally);
        }
        counted = banks;
    }
    let all: Vec<&Tally> = counted.groups.iter().map(|(.., tally)| tally).collect();
    let total = || Tally::figures_of(&all, &mut Vec::new());
    let lines = || {
        let mut room = Vec::new();
        let line = |(key, branch, tally): &Counting| (*key, *branch, Tally::figures_of(&[tally], &mut room));
        counted.groups.iter().map(line).collect()
    };
    if all.iter().map(|tally| tally.people()).sum::<u64>() < MANY {
        return Ok((lines(), total()));
    }
    // Both look at all waits: of very many, side by side.
    Ok(thread::scope(|scope| {
        let total = scope.spawn(total);
        (lines(), total.join().unwrap_or_else(|panic| resume_unwind(panic)))
    }))
}

/// Counts those in reach, and beside them all of the branch where the funnel is narrowed or a broker's own.
fn sums(conn: &mut Conn, reach: Reach, query: &FunnelQuery, ages: Ages) -> Result<Sums> {
    if let Reach::Own { branch, .. } = reach {
        // Of a broker's own prospects nothing is known of the branch.
        let mut sums = together(conn, reach, query, query.only, ages, false)?;
        sums.whole = Some(together(conn, Reach::Branch(branch), query, Only::default(), ages, false)?.counted);
        return Ok(sums);
    }
    together(conn, reach, query, query.only, ages, query.only.narrows())
}

/// Counts those in reach; `beside` them all that it is narrowed from.
fn together(conn: &mut Conn, reach: Reach, query: &FunnelQuery, only: Only, ages: Ages, beside: bool) -> Result<Sums> {
    let new = || Sums { counted: Counted::default(), stands: Stands::new(ages), whole: beside.then(Counted::default) };
    let each = |sums: &mut Sums, branch, month: &Month<'_>| sums.add(query.group_by, &only, branch, month);
    let read = Parts {
        outlets: matches!(query.group_by, GroupBy::Outlet | GroupBy::Bank) || only.outlet.is_some(),
        brokers: query.group_by == GroupBy::Broker || only.broker.is_some(),
    };
    let parts = store::sweep_apart(conn, reach, query.from, query.to, read, new, each)?;
    let mut sums = new();
    parts.into_iter().for_each(|part| sums.merge(part));
    Ok(sums)
}

/// Counts the funnel of those in reach, as they stand on the days of `ages`.
///
/// # Errors
/// `NotFound` naming `broker_id` or `outlet_id` out of reach.
pub fn funnel(conn: &mut Conn, reach: Reach, lang: Lang, query: &FunnelQuery, ages: Ages) -> Result<Funnel> {
    known::check(conn, reach, &query.only)?;
    let by = query.group_by;
    let Sums { counted, stands, whole } = sums(conn, reach, query, ages)?;
    let (lines, total) = figures(conn, by, counted)?;
    let whole = whole.map(|whole| figures(conn, by, whole)).transpose()?;
    let measured = whole.as_ref().map_or(&lines, |(groups, _)| groups);
    let of_branches = matches!(by, GroupBy::Outlet | GroupBy::Broker);
    let measured = measured.iter().filter(|(key, of, _)| *key != Key::None && of.is_some() == of_branches);
    let yardsticks = yardstick::of(measured.map(|(_, of, figures)| (*of, figures)));
    let compared = query.compared().map(|other| count(conn, reach, &other, ages)).transpose()?;
    let named = lines.iter().chain(compared.iter().flat_map(|((groups, _), _)| groups));
    let names = names(conn, query.group_by, named.map(|(key, ..)| key))?;
    let whole = whole.map(|(_, total)| total);
    let than = whole.as_ref().or(compared.as_ref().map(|((_, total), _)| total));
    Ok(Funnel {
        from: query.from,
        to: query.to,
        group_by: query.group_by,
        weakest: weakest(&total, than),
        groups: in_order(lang, by, lines, &names),
        total,
        standing: stands.standing(),
        erased: stands.erased(),
        lost_reasons: stands.lost(),
        yardsticks,
        whole,
        compared: compared.map(|((groups, total), other)| Compared {
            from: other.from,
            to: other.to,
            groups: in_order(lang, query.group_by, groups, &names),
            total,
        }),
    })
}

fn count(conn: &mut Conn, reach: Reach, query: &FunnelQuery, ages: Ages) -> Result<(Counts, FunnelQuery)> {
    let counted = together(conn, reach, query, query.only, ages, false)?.counted;
    Ok((figures(conn, query.group_by, counted)?, *query))
}

fn in_order(lang: Lang, by: GroupBy, figures: Vec<Line>, names: &HashMap<Id, String>) -> Vec<Group> {
    let group =
        |(key, branch_id, figures): Line| Group { key: key.text(), label: label(lang, key, names), branch_id, figures };
    let mut groups: Vec<Group> = figures.into_iter().map(group).collect();
    groups.sort_unstable_by(|a, b| {
        let size = |group: &Group| group.figures.entered.met;
        let by_size = size(b).cmp(&size(a)).then_with(|| a.label.cmp(&b.label));
        let by_key = a.key.cmp(&b.key);
        if by == GroupBy::Month { by_key } else { by_size.then(by_key) }
    });
    groups
}

/// Ids in one question; both databases take this many.
const AT_ONCE: usize = 10_000;

fn ids<'a>(keys: impl Iterator<Item = &'a Key>) -> Vec<Id> {
    keys.filter_map(|key| if let Key::Of(id) = key { Some(*id) } else { None }).collect()
}

/// The banks of outlets.
fn banks_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Id>> {
    let mut all = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(Id, Option<Id>)> =
            outlets::table.filter(outlets::id.eq_any(some)).select((outlets::id, outlets::bank_id)).load(conn)?;
        all.extend(found.into_iter().filter_map(|(outlet, bank)| Some((outlet, bank?))));
    }
    Ok(all)
}

fn names<'a>(conn: &mut Conn, by: GroupBy, keys: impl Iterator<Item = &'a Key>) -> Result<HashMap<Id, String>> {
    let ids = ids(keys);
    let mut names = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(Id, String)> = match by {
            GroupBy::Broker => {
                users::table.filter(users::id.eq_any(some)).select((users::id, users::name)).load(conn)?
            }
            GroupBy::Bank => banks::table.filter(banks::id.eq_any(some)).select((banks::id, banks::name)).load(conn)?,
            _ => outlets::table.filter(outlets::id.eq_any(some)).select((outlets::id, outlets::name)).load(conn)?,
        };
        names.extend(found);
    }
    Ok(names)
}

fn label(lang: Lang, key: Key, names: &HashMap<Id, String>) -> String {
    match key {
        Key::None => t!(lang, "funnel-none"),
        Key::Of(id) => names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        Key::Source(source) => t!(lang, &format!("prospect-source-{}", source.as_str().replace('_', "-"))),
        Key::Month(_) => key.text(),
    }
}

/// What the funnel is narrowed to, in words: the names of its broker and its outlet, its source. Whether it may be is for `known` to say.
///
/// # Errors
/// What the database says.
pub fn narrowed_to(conn: &mut Conn, lang: Lang, only: &Only) -> Result<Vec<String>> {
    let mut words = Vec::new();
    if let Some(broker) = only.broker {
        words.push(users::table.find(broker).select(users::name).first(conn)?);
    }
    if let Some(outlet) = only.outlet {
        words.push(outlets::table.find(outlet).select(outlets::name).first(conn)?);
    }
    words.extend(only.source.map(|source| label(lang, Key::Source(source), &HashMap::new())));
    Ok(words)
}
