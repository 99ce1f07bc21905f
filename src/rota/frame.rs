//! The grid behind the board: a book, where everybody is, and what each cell of it says. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::edits;
use super::labels::{self, Labels};
use super::posts::{self, Place, Post, Posts, Wanted};
use super::rules::Book;
use super::shifts::Shift;
use super::warnings::Warning;
use crate::db::Id;
use crate::templates::rota::{Cell, Who};

/// Everything that cells are made of.
pub struct Frame {
    /// The rules and what stands.
    pub book: Book,
    /// What stands.
    pub live: Posts,
    /// Where everybody is: what stands, with the draft laid over it.
    pub posts: Posts,
    /// Who stands at an outlet on a day.
    pub there: HashMap<(Id, NaiveDate), Vec<Id>>,
    /// Who is taken away from an outlet on a day by the draft.
    gone: HashMap<(Id, NaiveDate), Vec<Id>>,
    /// What is wrong with what stands.
    flaws: HashMap<Place, &'static str>,
    /// Whether a draft is laid over.
    pub drafted: bool,
    /// What people are called.
    pub people: Labels,
    /// What outlets are called.
    pub outlets: Labels,
    /// The first day that can still be changed for the better.
    pub today: NaiveDate,
}

/// What is to be done, counted over coming days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Brokers missing.
    pub gaps: usize,
    /// People whom a hard rule forbids.
    pub conflicts: usize,
    /// People to think about: launch outlets, overstays, too many.
    pub warnings: usize,
}

impl Frame {
    /// Lays a draft over what a book has.
    pub fn new(book: Book, wanted: Option<&Wanted>, today: NaiveDate) -> Frame {
        let live = edits::standing(&book);
        let posts = wanted.map_or_else(|| live.clone(), |wanted| posts::laid_over(&live, wanted));
        let mut gone: HashMap<(Id, NaiveDate), Vec<Id>> = HashMap::new();
        for place in wanted.into_iter().flatten().map(|(place, _)| *place) {
            if let Some(old) = live.get(&place)
                && posts.get(&place).is_none_or(|new| new.outlet_id != old.outlet_id)
            {
                gone.entry((old.outlet_id, place.1)).or_default().push(place.0);
            }
        }
        let people = labels::of_people(book.brokers.iter().map(|(id, facts)| (*id, facts.name.as_str())));
        let outlets = labels::of_outlets(book.outlets.iter().map(|(id, f)| (*id, f.code.as_str(), f.name.as_str())));
        let there = by_outlet(&posts, &people);
        let flaw = |s: &Shift| Some(((s.broker_id, s.date), book.flaw(s, today)?));
        let flaws = book.shifts.iter().filter_map(flaw).collect();
        Frame { drafted: wanted.is_some(), flaws, book, live, posts, there, gone, people, outlets, today }
    }

    /// Who stands at an outlet on a day.
    pub fn at(&self, outlet: Id, date: NaiveDate) -> &[Id] {
        self.there.get(&(outlet, date)).map_or(&[], Vec::as_slice)
    }

    /// How many brokers an outlet misses on a day.
    pub fn missing(&self, outlet: Id, date: NaiveDate) -> usize {
        self.book.wanted(outlet, date).saturating_sub(self.at(outlet, date).len())
    }

    /// The hard rule that forbids somebody's post, or what is wrong with it where it stands.
    pub fn conflict(&self, (broker, date): Place, post: &Post) -> Option<&'static str> {
        if self.live.get(&(broker, date)) == Some(post) {
            return self.flaws.get(&(broker, date)).copied();
        }
        self.book.judge(broker, post.outlet_id, date, post.starts_at, post.ends_at).err().map(|clash| clash.code())
    }

    fn who(&self, place: Place, post: &Post, label: &std::sync::Arc<str>) -> Who {
        let others = self.at(post.outlet_id, place.1).len().saturating_sub(1);
        let warnings = self.book.warnings(place.0, post.outlet_id, place.1, others);
        let changed = self.drafted && self.live.get(&place).is_none_or(|old| old.outlet_id != post.outlet_id);
        Who {
            label: label.clone(),
            conflict: self.conflict(place, post),
            new_face: warnings.contains(&Warning::NewFace),
            overstay: warnings.contains(&Warning::Overstay),
            over: warnings.contains(&Warning::OverWanted),
            changed,
            gone: false,
        }
    }

    /// An outlet's day.
    pub fn of_outlet(&self, outlet: Id, date: NaiveDate) -> Cell {
        let mut people: Vec<Who> = Vec::new();
        for broker in self.at(outlet, date) {
            let place = (*broker, date);
            if let (Some(post), Some(label)) = (self.posts.get(&place), self.people.get(broker)) {
                people.push(self.who(place, post, label));
            }
        }
        for broker in self.gone.get(&(outlet, date)).into_iter().flatten() {
            people.extend(self.people.get(broker).map(Who::gone));
        }
        Cell { people, missing: self.missing(outlet, date), away: None, past: date < self.today }
    }

    /// A person's day.
    pub fn of_person(&self, broker: Id, date: NaiveDate) -> Cell {
        let place = (broker, date);
        let mut people = Vec::new();
        if let Some(post) = self.posts.get(&place)
            && let Some(label) = self.outlets.get(&post.outlet_id)
        {
            people.push(self.who(place, post, label));
        }
        if let Some(old) = self.live.get(&place).filter(|_| self.drafted)
            && self.posts.get(&place).is_none_or(|new| new.outlet_id != old.outlet_id)
        {
            people.extend(self.outlets.get(&old.outlet_id).map(Who::gone));
        }
        let away = self.book.on_leave(broker, date).then_some("on_leave");
        Cell { people, missing: 0, away, past: date < self.today }
    }

    /// What is to be done at one outlet on a day.
    pub fn counts_at(&self, outlet: Id, date: NaiveDate) -> Counts {
        if date < self.today {
            return Counts::default();
        }
        Counts::of(&self.of_outlet(outlet, date))
    }
}

impl Counts {
    /// What a cell of an outlet leaves to be done.
    pub fn of(cell: &Cell) -> Counts {
        let people = || cell.people.iter().filter(|who| !who.gone);
        Counts {
            gaps: cell.missing,
            conflicts: people().filter(|who| who.conflict.is_some()).count(),
            warnings: people().filter(|who| who.new_face || who.overstay || who.over).count(),
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        self.gaps += more.gaps;
        self.conflicts += more.conflicts;
        self.warnings += more.warnings;
    }
}

fn by_outlet(posts: &Posts, people: &Labels) -> HashMap<(Id, NaiveDate), Vec<Id>> {
    let mut there: HashMap<(Id, NaiveDate), Vec<Id>> = HashMap::new();
    for ((broker, date), post) in posts {
        there.entry((post.outlet_id, *date)).or_default().push(*broker);
    }
    for all in there.values_mut().filter(|all| all.len() > 1) {
        all.sort_by(|a, b| people.get(a).cmp(&people.get(b)));
    }
    there
}
