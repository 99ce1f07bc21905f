//! Where people are by day, and what a draft makes of it: pure, no database.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{At, Id};

/// Whose day: the broker and the local date. One broker is at one outlet a day at most.
pub type Place = (Id, NaiveDate);

/// Where somebody is on a day, and from when to when (none: by the outlet's hours on that day).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Post {
    /// The outlet.
    pub outlet_id: Id,
    /// From when.
    pub starts_at: Option<At>,
    /// Until when.
    pub ends_at: Option<At>,
}

impl Post {
    /// Whether `wanted` asks for nothing else than what this one is: times left out are whatever they are.
    pub fn satisfies(&self, wanted: &Post) -> bool {
        self.outlet_id == wanted.outlet_id
            && wanted.starts_at.is_none_or(|at| self.starts_at == Some(at))
            && wanted.ends_at.is_none_or(|at| self.ends_at == Some(at))
    }
}

/// Where everybody is.
pub type Posts = BTreeMap<Place, Post>;

/// What a draft sets: days that it does not name stay as they stand.
pub type Wanted = BTreeMap<Place, Option<Post>>;

/// A step of a draft: one person's day, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its place in the draft.
    pub number: i32,
    /// Steps of one batch were one move of the hand, and are taken back together.
    pub batch: i32,
    /// Whose day.
    pub place: Place,
    /// Where they were.
    pub old: Option<Post>,
    /// Where they are to be.
    pub new: Option<Post>,
    /// Who did it.
    pub by: Id,
    /// When.
    pub at: At,
    /// Taken back.
    pub undone: bool,
}

/// What the steps come to: of each day the last one that was not taken back.
pub fn wanted(steps: &[Step]) -> Wanted {
    steps.iter().filter(|step| !step.undone).map(|step| (step.place, step.new)).collect()
}

/// What stands, with a draft laid over it.
pub fn laid_over(live: &Posts, wanted: &Wanted) -> Posts {
    let mut all = live.clone();
    for (place, post) in wanted {
        match (post, live.get(place)) {
            (None, _) => drop(all.remove(place)),
            (Some(post), Some(standing)) if standing.satisfies(post) => {}
            (Some(post), _) => drop(all.insert(*place, *post)),
        }
    }
    all
}

/// What publishing does to one person's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Nobody stood there; now somebody does.
    Added(Post),
    /// From here to there, on the same day.
    Moved(Post, Post),
    /// Free that day.
    Removed(Post),
}

/// Everything in which a draft differs from what stands, by date and person.
pub fn differences(live: &Posts, wanted: &Wanted) -> Vec<(Place, Difference)> {
    let mut found: Vec<(Place, Difference)> = wanted
        .iter()
        .filter_map(|(place, new)| {
            let difference = match (live.get(place), new) {
                (None, None) => return None,
                (None, Some(new)) => Difference::Added(*new),
                (Some(old), None) => Difference::Removed(*old),
                (Some(old), Some(new)) if old.satisfies(new) => return None,
                (Some(old), Some(new)) => Difference::Moved(*old, *new),
            };
            Some((*place, difference))
        })
        .collect();
    found.sort_by_key(|((broker, date), _)| (*date, *broker));
    found
}

/// The batch that somebody may take back: their last one that stands.
pub fn to_undo(steps: &[Step], by: Id) -> Option<i32> {
    steps.iter().filter(|step| step.by == by && !step.undone).map(|step| step.batch).max()
}

/// The batch that somebody may put back: the first they took back after their last one that stands.
pub fn to_redo(steps: &[Step], by: Id) -> Option<i32> {
    let last = to_undo(steps, by).unwrap_or(0);
    steps.iter().filter(|step| step.by == by && step.undone && step.batch > last).map(|step| step.batch).min()
}

/// The steps of others that stand in the way of undoing (`back`) or redoing a batch: later ones on the same days.
pub fn in_the_way(steps: &[Step], batch: i32, back: bool) -> Vec<Step> {
    let of_batch = steps.iter().filter(|step| step.batch == batch);
    of_batch
        .filter_map(|step| {
            let last = steps.iter().rev().find(|s| s.place == step.place && !s.undone && s.batch != batch)?;
            let before = last.number < step.number;
            // To put a step back, the day must be as it was when the step was made.
            let as_it_was = before || (!back && last.new == step.old);
            (!as_it_was).then_some(*last)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id(n: u8) -> Id {
        Id(Uuid::from_bytes([n; 16]))
    }

    fn day(n: u8) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 1 + u32::from(n)).expect("a date")
    }

    fn at(hour: i64) -> At {
        At::from(DateTime::<Utc>::from_timestamp(1_800_000_000 + hour * 3600, 0).expect("an instant"))
    }

    fn post(outlet: u8, from: Option<u8>) -> Post {
        Post { outlet_id: id(outlet), starts_at: from.map(|h| at(i64::from(h))), ends_at: None }
    }

    fn standing(outlet: u8) -> Post {
        Post { outlet_id: id(outlet), starts_at: Some(at(9)), ends_at: Some(at(17)) }
    }

    #[derive(Debug, Clone)]
    enum Act {
        Put(u8, Vec<(u8, u8, Option<u8>)>),
        Undo(u8),
        Redo(u8),
    }

    fn act() -> impl Strategy<Value = Act> {
        let cell = (0u8..4, 0u8..3, prop::option::of(1u8..4));
        prop_oneof![
            3 => (1u8..3, prop::collection::vec(cell, 1..4)).prop_map(|(by, cells)| Act::Put(by, cells)),
            2 => (1u8..3).prop_map(Act::Undo),
            1 => (1u8..3).prop_map(Act::Redo),
        ]
    }

    fn put(steps: &mut Vec<Step>, live: &Posts, by: u8, cells: &[(u8, u8, Option<u8>)]) {
        let batch = steps.iter().map(|s| s.batch).max().unwrap_or(0) + 1;
        let first = steps.last().map_or(0, |s| s.number) + 1;
        // As `drafts::add` does: what was taken back is given up by going on another way.
        steps.retain(|s| !(s.undone && s.by == id(by)));
        for ((broker, date, outlet), number) in cells.iter().zip(first..) {
            let place = (id(100 + broker), day(*date));
            let old = laid_over(live, &wanted(steps)).get(&place).copied();
            let new = outlet.map(|outlet| post(outlet, None));
            steps.push(Step { number, batch, place, old, new, by: id(by), at: at(0), undone: false });
        }
    }

    fn run(live: &Posts, acts: &[Act]) -> Vec<Step> {
        let mut steps = Vec::new();
        for act in acts {
            match act {
                Act::Put(by, cells) => put(&mut steps, live, *by, cells),
                Act::Undo(by) => {
                    if let Some(batch) = to_undo(&steps, id(*by)).filter(|b| in_the_way(&steps, *b, true).is_empty()) {
                        steps.iter_mut().filter(|s| s.batch == batch).for_each(|s| s.undone = true);
                    }
                }
                Act::Redo(by) => {
                    if let Some(batch) = to_redo(&steps, id(*by)).filter(|b| in_the_way(&steps, *b, false).is_empty()) {
                        steps.iter_mut().filter(|s| s.batch == batch).for_each(|s| s.undone = false);
                    }
                }
            }
        }
        steps
    }

    fn posts() -> impl Strategy<Value = Posts> {
        prop::collection::btree_map((0u8..4, 0u8..3), 1u8..4, 0..8)
            .prop_map(|all| all.into_iter().map(|((b, d), o)| ((id(100 + b), day(d)), standing(o))).collect())
    }

    fn apply(live: &Posts, differences: &[(Place, Difference)]) -> Posts {
        let mut all = live.clone();
        for (place, difference) in differences {
            match difference {
                Difference::Added(new) | Difference::Moved(_, new) => drop(all.insert(*place, *new)),
                Difference::Removed(_) => drop(all.remove(place)),
            }
        }
        all
    }

    proptest! {
        #[test]
        fn what_differs_applied_to_what_stands_is_the_draft(live in posts(), acts in prop::collection::vec(act(), 0..20)) {
            let wanted = wanted(&run(&live, &acts));
            let found = differences(&live, &wanted);
            prop_assert_eq!(apply(&live, &found), laid_over(&live, &wanted));
            // Each day once, and never a change that changes nothing.
            for (at, (place, difference)) in found.iter().enumerate() {
                prop_assert!(found[..at].iter().all(|(other, _)| other != place));
                if let Difference::Moved(old, new) = difference {
                    prop_assert!(!old.satisfies(new));
                }
            }
            let after = apply(&live, &found);
            prop_assert!(differences(&after, &wanted).is_empty(), "published once, nothing is left to publish");
        }

        #[test]
        fn undone_to_the_end_nothing_is_left_of_ones_own_steps(live in posts(), acts in prop::collection::vec(act(), 0..20)) {
            let one_author: Vec<Act> = acts.iter().map(|act| match act {
                Act::Put(_, cells) => Act::Put(1, cells.clone()),
                Act::Undo(_) => Act::Undo(1),
                Act::Redo(_) => Act::Redo(1),
            }).collect();
            let mut with_undos = one_author.clone();
            with_undos.extend(vec![Act::Undo(1); one_author.len()]);
            prop_assert!(wanted(&run(&live, &with_undos)).is_empty());
            // Undo and redo cancel out.
            let once = run(&live, &one_author);
            if to_undo(&once, id(1)).is_some() {
                let again: Vec<Act> = one_author.iter().cloned().chain([Act::Undo(1), Act::Redo(1)]).collect();
                prop_assert_eq!(wanted(&run(&live, &again)), wanted(&once));
            }
        }
    }

    #[test]
    fn times_left_out_are_whatever_stands() {
        assert!(standing(1).satisfies(&post(1, None)));
        assert!(standing(1).satisfies(&post(1, Some(9))));
        assert!(!standing(1).satisfies(&post(1, Some(10))));
        assert!(!standing(1).satisfies(&post(2, None)));
    }

    #[test]
    fn a_step_that_a_colleague_changed_since_is_not_taken_back() {
        let live = Posts::new();
        let acts = [Act::Put(1, vec![(0, 0, Some(1))]), Act::Put(2, vec![(0, 0, Some(2))])];
        let steps = run(&live, &acts);
        let batch = to_undo(&steps, id(1)).expect("one's own");
        let met = in_the_way(&steps, batch, true);
        assert_eq!(met.iter().map(|s| s.by).collect::<Vec<_>>(), [id(2)]);
        // When the colleague takes theirs back, one's own can follow.
        let acts: Vec<Act> = acts.into_iter().chain([Act::Undo(2), Act::Undo(1)]).collect();
        assert!(wanted(&run(&live, &acts)).is_empty());
    }
}
