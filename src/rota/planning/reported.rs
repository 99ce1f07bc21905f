//! What a run leaves behind besides its costs: the changes it proposes and why, by places in lists of ids; sealed, since distances tell of homes.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::instance::Prepared;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::planner::{Compared, Explained, Plan, compare, explain};
use crate::rota::edits::Edit;
use crate::rota::posts::Post;

const PURPOSE: &str = "rota_plan";

/// A plan's changes and its explanation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The first day that the planner saw.
    pub start: NaiveDate,
    /// The brokers, as the explanation counts them.
    pub brokers: Vec<Id>,
    /// The outlets, as the explanation counts them.
    pub outlets: Vec<Id>,
    /// Why it is as it is.
    pub explained: Explained,
    /// Beside what stood.
    pub compared: Compared,
    /// Everybody who is named in the changes.
    people: Vec<Id>,
    /// Every outlet that is named in the changes.
    places: Vec<Id>,
    /// Who, on which day from the start, where to, where from; places in the two lists.
    changes: Vec<(u32, i32, Option<u32>, Option<u32>)>,
}

impl Report {
    /// Explains a plan.
    pub fn new(prepared: &Prepared, plan: &Plan, edits: &[Edit]) -> Report {
        let start = prepared.instance.horizon.start;
        let ids = |all: &mut dyn Iterator<Item = &String>| all.filter_map(|id| id.parse().ok()).collect::<Vec<Id>>();
        let (mut people, mut places) = (Numbered::default(), Numbered::default());
        let mut change = |edit: &Edit| {
            let day = i32::try_from((edit.place.1 - start).num_days()).unwrap_or_default();
            let to = edit.wanted.map(|post| places.of(post.outlet_id));
            (people.of(edit.place.0), day, to, edit.seen.map(|outlet| places.of(outlet)))
        };
        let changes = edits.iter().map(&mut change).collect();
        Report {
            start,
            brokers: ids(&mut prepared.instance.brokers.iter().map(|b| &b.id)),
            outlets: ids(&mut prepared.instance.outlets.iter().map(|o| &o.id)),
            explained: explain(&prepared.instance, plan),
            compared: compare(&prepared.instance, &prepared.now, plan),
            people: people.all,
            places: places.all,
            changes,
        }
    }

    /// The changes as edits of a draft.
    pub fn edits(&self) -> Vec<Edit> {
        let person = |n: &u32| self.people.get(*n as usize).copied();
        let place = |n: Option<u32>| n.and_then(|n| self.places.get(n as usize).copied());
        let edit = |(who, day, to, from): &(u32, i32, Option<u32>, Option<u32>)| {
            let wanted = place(*to).map(|outlet_id| Post { outlet_id, starts_at: None, ends_at: None });
            let date = self.date(usize::try_from(*day).ok()?);
            Some(Edit { place: (person(who)?, date), wanted, seen: place(*from), there: None })
        };
        self.changes.iter().filter_map(edit).collect()
    }

    /// The date of a day that the planner saw.
    pub fn date(&self, day: usize) -> NaiveDate {
        self.start + Days::new(day as u64)
    }

    /// Seals it.
    ///
    /// # Errors
    /// Only when the cipher fails.
    pub fn seal(&self, keys: &Keys) -> Result<Vec<u8>> {
        keys.seal(PURPOSE, &serde_json::to_vec(self).map_err(Error::internal)?)
    }

    /// Opens a sealed one.
    ///
    /// # Errors
    /// When it is not what `seal` made.
    pub fn open(keys: &Keys, sealed: &[u8]) -> Result<Report> {
        serde_json::from_slice(&keys.open(PURPOSE, sealed)?).map_err(Error::internal)
    }
}

/// Ids with the numbers they were given.
#[derive(Default)]
struct Numbered {
    all: Vec<Id>,
    at: HashMap<Id, u32>,
}

impl Numbered {
    fn of(&mut self, id: Id) -> u32 {
        *self.at.entry(id).or_insert_with(|| {
            self.all.push(id);
            self.all.len() as u32 - 1
        })
    }
}
