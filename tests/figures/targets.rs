//! What targets count beside the records: of the branch, by broker and by outlet, in several periods.

use std::collections::{BTreeMap, HashMap};

use bankside::db::Id;
use bankside::db::schema::branches;
use bankside::goals::counted::{Counted, Of, Row, count};
use bankside::goals::measure::Measure;
use bankside::goals::period::Period;
use bankside::people::store::Branch;
use bankside::prospects::kinds::Source;
use chrono::Duration;
use diesel::prelude::*;
use rand::RngExt;
use rand::rngs::StdRng;

use super::history::World;
use super::records::{self, Records, ZONE};

const MEASURES: [Measure; 8] = [
    Measure::ProspectsMet,
    Measure::Referrals,
    Measure::ContactedInTime,
    Measure::AccountsOpened,
    Measure::CustodySigned,
    Measure::Funded,
    Measure::Trading,
    Measure::ShiftsAttended,
];

type Line = [i64; MEASURES.len()];

/// Numbers by whom or where, without those that have none.
type Sums = BTreeMap<Id, Line>;

/// Compares; answers how much there was to count.
pub fn agree(w: &World, records: &Records, random: &mut StdRng, when: &str) -> i64 {
    let today = records.today;
    let long = Period::new(today - Duration::days(random.random_range(0..70)), today).unwrap();
    let mut seen = 0;
    let whole = [Period::month_of(today), Period::month_of(today).before(), Period::quarter_of(today)];
    for period in [whole[random.random_range(0..3)], long] {
        let when = format!("{when}, targets of {}", period.text());
        let (all, by_broker, by_outlet) = recount(records, w.branch, period);
        let counted = counted_by(w, Of::Branch, period);
        assert_eq!(numbers(&counted.all), all, "{when}");
        let met = records.met.iter().filter(|one| one.branch == w.branch && period.holds(one.met_on));
        let [decided, kept, ..] = records::quality(met, today);
        let share = [counted.all.whole(), counted.all.number(Measure::ContactedShare)];
        assert_eq!(share, [decided as i64, kept as i64], "{when}, the share contacted in three days");
        assert_eq!(sums(&counted.by_broker), by_broker, "{when}");
        assert_eq!(sums(&counted.by_outlet), by_outlet, "{when}");
        for broker in &w.brokers[..3] {
            let own = counted_by(w, Of::Broker(broker.id), period);
            let expected = by_broker.get(&broker.id).copied().unwrap_or_default();
            assert_eq!(numbers(own.by_broker.get(&broker.id).unwrap_or(&Row::default())), expected, "{when}");
        }
        for (outlet, _) in &w.outlets[..2] {
            let own = counted_by(w, Of::Outlet(*outlet), period);
            assert_eq!(numbers(&own.all), by_outlet.get(outlet).copied().unwrap_or_default(), "{when}");
        }
        seen += all.iter().sum::<i64>();
    }
    seen
}

fn recount(records: &Records, branch: Id, period: Period) -> (Line, Sums, Sums) {
    let (mut all, mut by_broker, mut by_outlet) = (Line::default(), Sums::new(), Sums::new());
    let mut add = |at: usize, broker: Id, outlet: Option<Id>| {
        all[at] += 1;
        by_broker.entry(broker).or_default()[at] += 1;
        if let Some(outlet) = outlet {
            by_outlet.entry(outlet).or_default()[at] += 1;
        }
    };
    for one in records.met.iter().filter(|one| one.branch == branch) {
        if period.holds(one.met_on) {
            add(0, one.met_by, one.outlet);
            if one.source == Source::Referral {
                add(1, one.met_by, one.outlet);
            }
        }
        for (at, step) in [(3, 4), (4, 5), (5, 6), (6, 7)] {
            if one.reached(step).is_some_and(|first| period.holds(first.date_in(ZONE))) {
                add(at, one.met_by, one.outlet);
            }
        }
        for due in &one.due {
            if period.holds(due.due_on - Duration::days(3)) && due.kept.is_some_and(|(_, on)| on <= due.due_on) {
                add(2, due.broker, one.outlet);
            }
        }
    }
    for shift in records
        .shifts
        .iter()
        .filter(|one| one.branch == branch && period.holds(one.date) && one.came && one.status != "upcoming")
    {
        add(7, shift.broker, Some(shift.outlet));
    }
    (all, by_broker, by_outlet)
}

fn numbers(row: &Row) -> Line {
    MEASURES.map(|measure| row.number(measure))
}

fn sums(all: &HashMap<Id, Row>) -> Sums {
    all.iter().map(|(id, row)| (*id, numbers(row))).filter(|(_, row)| *row != Line::default()).collect()
}

fn counted_by(w: &World, of: Of, period: Period) -> Counted {
    let (now, branch) = (w.app.now(), w.branch);
    w.app.arrange(move |conn| {
        let branch: Branch = branches::table.find(branch).first(conn)?;
        count(conn, &branch, of, period, &MEASURES, now)
    })
}
