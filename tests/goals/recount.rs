//! What targets count is what somebody with paper and pencil would, whatever happened to people meanwhile.

use std::collections::BTreeMap;

use bankside::db::schema::{branches, follow_ups, prospects, stage_changes};
use bankside::db::{At, Id};
use bankside::goals::counted::{Counted, Of, Row, count};
use bankside::goals::measure::Measure;
use bankside::goals::period::Period;
use bankside::people::store::Branch;
use bankside::prospects::kinds::Source;
use bankside::prospects::stage::Stage;
use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::funnel::something;
use crate::prospects::outlet;
use crate::support::TestApp;

const MEASURES: [Measure; 7] = [
    Measure::ProspectsMet,
    Measure::Referrals,
    Measure::ContactedInTime,
    Measure::AccountsOpened,
    Measure::CustodySigned,
    Measure::Funded,
    Measure::Trading,
];

/// Numbers by whom or where, without those that have none.
type Sums = BTreeMap<Id, [i64; 7]>;

fn recount(app: &TestApp, period: Period) -> ([i64; 7], Sums, Sums) {
    type Person = (Id, Id, NaiveDate, Option<Id>, Source);
    type FollowUp = (Id, Id, NaiveDate, Option<NaiveDate>);
    let (people, history, followed): (Vec<Person>, Vec<(Id, Stage, At)>, Vec<FollowUp>) = app.arrange(|conn| {
        let people = prospects::table
            .filter(prospects::merged_into.is_null())
            .select((prospects::id, prospects::met_by, prospects::met_on, prospects::outlet_id, prospects::source))
            .load(conn)?;
        let history = stage_changes::table
            .select((stage_changes::prospect_id, stage_changes::to_stage, stage_changes::at))
            .load(conn)?;
        let followed = follow_ups::table
            .select((follow_ups::prospect_id, follow_ups::broker_id, follow_ups::due_on, follow_ups::kept_on))
            .load(conn)?;
        Ok((people, history, followed))
    });
    let (mut all, mut by_broker, mut by_outlet) = ([0; 7], Sums::new(), Sums::new());
    let mut add = |at: usize, broker: Id, outlet: Option<Id>| {
        all[at] += 1;
        by_broker.entry(broker).or_default()[at] += 1;
        if let Some(outlet) = outlet {
            by_outlet.entry(outlet).or_default()[at] += 1;
        }
    };
    for (id, met_by, met_on, outlet, source) in people {
        if period.holds(met_on) {
            add(0, met_by, outlet);
            if source == Source::Referral {
                add(1, met_by, outlet);
            }
        }
        for (at, stage) in [(3, 4), (4, 5), (5, 6), (6, 7)] {
            let reached = history.iter().filter(|(of, to, _)| *of == id && (stage..8).contains(&to.ordinal()));
            let first = reached.map(|(.., at)| *at).min();
            if first.is_some_and(|first| period.holds(first.date_in(chrono_tz::Asia::Shanghai))) {
                add(at, met_by, outlet);
            }
        }
        for (_, broker, due_on, kept_on) in followed.iter().filter(|(of, ..)| *of == id) {
            if period.holds(*due_on - Duration::days(3)) && kept_on.is_some_and(|on| on <= *due_on) {
                add(2, *broker, outlet);
            }
        }
    }
    (all, by_broker, by_outlet)
}

fn numbers(row: &Row) -> [i64; 7] {
    MEASURES.map(|measure| row.number(measure))
}

fn sums(all: &std::collections::HashMap<Id, Row>) -> Sums {
    all.iter().map(|(id, row)| (*id, numbers(row))).filter(|(_, row)| *row != [0; 7]).collect()
}

fn counted(app: &TestApp, of: Of, period: Period) -> Counted {
    let now = app.now();
    app.arrange(move |conn| {
        let branch: Branch = branches::table.first(conn)?;
        count(conn, &branch, of, period, &MEASURES, now)
    })
}

#[actix_web::test]
async fn targets_count_what_a_plain_recount_does_whatever_happened() {
    let mut seen = 0;
    for seed in 0..3 {
        let app = TestApp::new();
        let branch = app.branch("XA01");
        let people = [app.broker("zhang", branch), app.broker("wang", branch), app.broker("zhao", branch)];
        let (desk, admin) = (app.coordinator("li", branch), app.admin("root"));
        let outlets = [outlet(&app, branch, "A1"), outlet(&app, branch, "A2")];
        let mut random = StdRng::seed_from_u64(100 + seed);
        for round in 0..60 {
            app.later(Duration::minutes(random.random_range(1..3000)));
            something(&app, &mut random, &people, &outlets, &admin, &desk).await;
            if round % 6 != 5 {
                continue;
            }
            let today = app.now().date_in(chrono_tz::Asia::Shanghai);
            let long = Period::new(today - Duration::days(random.random_range(0..70)), today).unwrap();
            for period in [Period::month_of(today), Period::month_of(today).before(), Period::quarter_of(today), long] {
                let when = format!("seed {seed}, round {round}, {}", period.text());
                let (all, by_broker, by_outlet) = recount(&app, period);
                let counted_all = counted(&app, Of::Branch, period);
                assert_eq!(numbers(&counted_all.all), all, "{when}");
                assert_eq!(sums(&counted_all.by_broker), by_broker, "{when}");
                assert_eq!(sums(&counted_all.by_outlet), by_outlet, "{when}");
                for person in &people {
                    let own = counted(&app, Of::Broker(person.id), period);
                    let expected = by_broker.get(&person.id).copied().unwrap_or_default();
                    assert_eq!(numbers(own.by_broker.get(&person.id).unwrap_or(&Row::default())), expected, "{when}");
                }
                for place in &outlets {
                    let own = counted(&app, Of::Outlet(*place), period);
                    assert_eq!(numbers(&own.all), by_outlet.get(place).copied().unwrap_or_default(), "{when}");
                }
                seen += all.iter().sum::<i64>();
            }
        }
    }
    assert!(seen > 500, "something was counted: {seen}");
}
