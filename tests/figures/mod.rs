//! Every figure is that of a plain recount, whatever happened: one random history, and after some steps of it the funnel, follow-up quality, a broker's
//! own results, the outlets' scorecard, the reports and what targets count, each beside the records themselves, packed or not.
//!
//! Short in every run; `RANDOM_CASES` says how many histories instead.

mod funnels;
mod history;
mod others;
mod records;
mod targets;

use std::collections::BTreeMap;
use std::time::{Duration as Span, Instant};

use bankside::funnel::packing::pack;
use chrono::Duration;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::results::numbers_lead_to_people;
use history::{World, something};
use records::Records;

/// What can happen; all of it does.
const KINDS: usize = 13;

#[actix_web::test]
async fn every_figure_is_that_of_a_plain_recount_whatever_happened_packed_or_not() {
    let cases = std::env::var("RANDOM_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3);
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut counted, mut numbers) = (0, 0);
    for seed in 0..cases {
        let w = World::new();
        let mut random = StdRng::seed_from_u64(seed);
        for round in 0..90 {
            w.app.later(Duration::minutes(random.random_range(1..2000)));
            let (what, ok) = something(&w, &mut random).await;
            *accepted.entry(what).or_default() += usize::from(ok);
            if random.random_range(0..4) == 0 {
                pack(&w.app.app, Instant::now() + Span::from_secs(60)).unwrap();
            }
            if round % 15 == 14 {
                let when = format!("seed {seed}, round {round} ({what})");
                let records = Records::of(&w.app);
                funnels::agree(&w, &records, &mut random, &when).await;
                others::quality(&w, &records, &when).await;
                others::mine(&w, &records, &when).await;
                others::scorecard(&w, &records, &when).await;
                others::reports(&w, &records, &when).await;
                counted += targets::agree(&w, &records, &mut random, &when);
            }
        }
        if seed == 0 {
            numbers = lead_to_people(&w).await;
        }
    }
    assert!(counted > 5 * cases as i64, "something was counted: {counted}");
    assert!(numbers > 100, "there were numbers: {numbers}");
    assert!(accepted.len() == KINDS && accepted.values().all(|n| *n > 0), "{accepted:?}");
}

/// Every number on a page leads to just as many people; answers how many numbers there were.
async fn lead_to_people(w: &World) -> usize {
    let period = "from=2000-01-01&to=2100-12-31";
    let (quality, funnel) = ("/follow-ups/quality", "/funnel");
    let mut numbers = 0;
    for who in [&w.desk, &w.brokers[0], &w.head] {
        let to = format!("{quality}/people");
        numbers += numbers_lead_to_people(&w.app, &format!("{quality}?{period}"), &to, who).await;
        let page = format!("{funnel}?{period}&group_by=broker");
        numbers += numbers_lead_to_people(&w.app, &page, "/funnel/people", who).await;
    }
    for (page, who) in [
        (format!("/my-results?{period}"), &w.brokers[1]),
        ("/reports?period=quarter".to_owned(), &w.manager),
        ("/reports?period=quarter".to_owned(), &w.head),
    ] {
        numbers += numbers_lead_to_people(&w.app, &page, "/funnel/people", who).await;
    }
    numbers
}
