//! The three-day rule against a naive oracle: touches, corrections, losses and revivals in any order of arrival.

use bankside::db::{At, Id};
use bankside::followups::due::State;
use bankside::people::{Caller, CurrentUser, Role};
use bankside::prospects::input::{Changes, NewProspect, ProspectInput};
use bankside::prospects::move_stage::{StageInput, StageMove, move_stage};
use bankside::prospects::stage::Stage;
use bankside::prospects::touch_input::{NewTouch, TouchChanges, TouchInput};
use bankside::prospects::view::FollowUpView;
use bankside::prospects::{change, create, store, touches, view};
use chrono::{Duration, NaiveDate};
use chrono_tz::Asia::Shanghai;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Person, TestApp};

/// What may happen, `minutes` before the clock's now.
#[derive(Clone, Debug)]
enum Op {
    Touch { minutes: i64, channel: &'static str, outcome: &'static str },
    Edit { which: usize, minutes: i64 },
    Withdraw { which: usize },
    Prefer { channel: &'static str },
    Meet { minutes: i64 },
    Lose { minutes: i64 },
    Revive { minutes: i64 },
}

const SPAN: i64 = 40 * 24 * 60;

fn op() -> impl Strategy<Value = Op> {
    let kinds = prop::sample::select(vec![
        ("sms", "sent"),
        ("sms", "reached"),
        ("call", "reached"),
        ("call", "no_answer"),
        ("wechat", "refused"),
    ]);
    prop_oneof![
        4 => (0..SPAN, kinds).prop_map(|(minutes, (channel, outcome))| Op::Touch { minutes, channel, outcome }),
        2 => (0usize..6, 0..SPAN).prop_map(|(which, minutes)| Op::Edit { which, minutes }),
        2 => (0usize..6).prop_map(|which| Op::Withdraw { which }),
        1 => prop::sample::select(vec!["sms", "call"]).prop_map(|channel| Op::Prefer { channel }),
        1 => (0..SPAN).prop_map(|minutes| Op::Meet { minutes }),
        1 => (0..SPAN).prop_map(|minutes| Op::Lose { minutes }),
        1 => (0..SPAN).prop_map(|minutes| Op::Revive { minutes }),
    ]
}

/// Everything that happened, as a person would list it.
struct Oracle {
    start: At,
    revived: bool,
    lost_at: Option<At>,
    prefers_sms: bool,
    touches: Vec<(Id, At, bool, bool)>, // id, when, reached, SMS sent
}

impl Oracle {
    fn kept_at(&self) -> Option<At> {
        let keeps = |(_, at, reached, sent): &&(Id, At, bool, bool)| {
            *at > self.start && (*reached || (*sent && self.prefers_sms))
        };
        self.touches.iter().filter(keeps).map(|(_, at, ..)| *at).min()
    }

    fn expected(&self, now: At) -> (NaiveDate, State) {
        let due = self.start.date_in(Shanghai) + Duration::days(3);
        let state = match (self.kept_at(), self.lost_at) {
            (Some(kept), Some(lost)) if lost <= kept => State::Waived,
            (None, Some(_)) => State::Waived,
            (Some(kept), _) if kept.date_in(Shanghai) <= due => State::Kept,
            (Some(_), _) => State::KeptLate,
            (None, None) if now.date_in(Shanghai) > due + Duration::days(30) => State::Missed,
            (None, None) => State::Open,
        };
        (due, state)
    }
}

fn caller(app: &TestApp, broker: &Person) -> Caller {
    let id = broker.branch.unwrap();
    let branch = app.arrange(move |conn| bankside::people::store::branch(conn, id));
    let user = CurrentUser {
        id: broker.id,
        login: "zhang".into(),
        name: "zhang".into(),
        role: Role::Broker,
        branch: Some(branch),
        compliance: false,
        language: bankside::language::Lang::En,
        position_agreed_at: None,
        session: broker.session,
    };
    Caller { user: Some(user), ..Caller::program(app.now()) }
}

/// One broker's prospect, driven by the verbs that pages and API share.
struct Driver<'a> {
    app: &'a TestApp,
    caller: Caller,
    id: Id,
}

impl Driver<'_> {
    fn run<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut bankside::db::Conn, &bankside::keys::Keys, &Caller) -> bankside::error::Result<T>
        + Send
        + 'static,
    ) -> bankside::error::Result<T> {
        let (keys, caller) = (self.app.app.keys.clone(), self.caller.clone());
        self.app.app.db.write_now(move |conn| body(conn, &keys, &caller))
    }

    fn ago(&self, minutes: i64) -> At {
        self.caller.now - Duration::minutes(minutes)
    }

    fn stand(&self) -> (FollowUpView, Stage) {
        let id = self.id;
        self.run(move |conn, keys, caller| view::file(conn, keys, caller, id))
            .map(|file| (file.view.item.follow_up, file.view.item.stage))
            .unwrap()
    }

    fn shift_stage(&self, stage: Stage, at: At) -> bool {
        let id = self.id;
        let input = StageInput { stage: Some(stage.as_str().into()), at: Some(at.rfc3339()), reason: Some("x".into()) };
        let wanted = StageMove::parse(&input).unwrap();
        self.run(move |conn, keys, caller| move_stage(conn, keys, caller, id, &wanted)).is_ok()
    }

    fn change(&self, changes: Changes) {
        let id = self.id;
        self.run(move |conn, keys, caller| change::change(conn, keys, caller, id, &changes, None)).unwrap();
    }

    fn apply(&self, op: &Op, oracle: &mut Oracle) {
        let id = self.id;
        match *op {
            Op::Touch { minutes, channel, outcome } => {
                let (touch, at) = (Id(uuid::Uuid::new_v4()), self.ago(minutes));
                let input = TouchInput {
                    id: touch,
                    channel: Some(channel.into()),
                    at: Some(at.rfc3339()),
                    outcome: Some(outcome.into()),
                    note: None,
                };
                let new = NewTouch::parse(id, &input, self.caller.now).unwrap();
                self.run(move |conn, keys, caller| touches::add(conn, keys, caller, &new)).unwrap();
                oracle.touches.push((touch, at, outcome == "reached", outcome == "sent"));
            }
            Op::Edit { which, minutes } if which < oracle.touches.len() => {
                let (touch, at) = (oracle.touches[which].0, self.ago(minutes));
                let changes = TouchChanges { at: Some(at), ..TouchChanges::default() };
                self.run(move |conn, _, caller| touches::change(conn, caller, id, touch, &changes)).unwrap();
                oracle.touches[which].1 = at;
            }
            Op::Withdraw { which } if which < oracle.touches.len() => {
                let touch = oracle.touches.remove(which).0;
                self.run(move |conn, _, caller| touches::withdraw(conn, caller, id, touch)).unwrap();
            }
            Op::Prefer { channel } => {
                let preferred_channel = bankside::followups::touch::PreferredChannel::parse(channel);
                self.change(Changes { preferred_channel, ..Changes::default() });
                oracle.prefers_sms = channel == "sms";
            }
            Op::Meet { minutes } => {
                let met_at = self.ago(minutes);
                self.change(Changes { met_at: Some(met_at), ..Changes::default() });
                if !oracle.revived {
                    oracle.start = met_at;
                }
            }
            Op::Lose { minutes } => {
                let (at, already) = (self.ago(minutes), self.stand().1 == Stage::Lost);
                if self.shift_stage(Stage::Lost, at) && !already {
                    oracle.lost_at = Some(at);
                }
            }
            Op::Revive { minutes } => {
                let (at, reach) = (self.ago(minutes), self.caller.user().unwrap().reach());
                let row = self.run(move |conn, _, _| store::find(conn, reach, id)).unwrap();
                if let Some(before) = row.stage_before_lost
                    && self.shift_stage(before, at)
                {
                    (oracle.start, oracle.revived, oracle.lost_at) = (at, true, None);
                }
            }
            Op::Edit { .. } | Op::Withdraw { .. } => {}
        }
    }
}

#[test]
fn whatever_arrives_in_whatever_order_the_follow_up_is_what_the_list_of_it_says() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(96) });
    let sequences = prop::collection::vec(op(), 1..14);
    let result = runner.run(&(0..SPAN, sequences), |(met, ops)| {
        let caller = caller(&app, &broker);
        let (id, met_at) = (Id(uuid::Uuid::new_v4()), caller.now - Duration::minutes(met));
        let input = ProspectInput {
            id,
            name: Some("李秀英".into()),
            met_at: Some(met_at.rfc3339()),
            source: Some("other".into()),
            preferred_channel: Some("sms".into()),
            mobile: None,
            outlet_id: None,
            referrer: None,
            experience: None,
            consent: None,
            note: None,
        };
        let new = NewProspect::parse(&input, caller.now).unwrap();
        let driver = Driver { app: &app, caller, id };
        driver.run(move |conn, keys, caller| create::create(conn, keys, caller, &new)).unwrap();
        let mut oracle =
            Oracle { start: met_at, revived: false, lost_at: None, prefers_sms: true, touches: Vec::new() };
        for op in &ops {
            driver.apply(op, &mut oracle);
            let (follow_up, stage) = driver.stand();
            prop_assert_eq!((follow_up.due_on, follow_up.state), oracle.expected(driver.caller.now), "after {:?}", op);
            let reached = stage == Stage::Lost || stage.ordinal() >= Stage::Contacted.ordinal();
            prop_assert!(oracle.kept_at().is_none() || reached, "kept, but only {:?}", stage);
            let untouched = oracle.revived || oracle.lost_at.is_some() || oracle.kept_at().is_some();
            prop_assert!(untouched || stage == Stage::Met, "nothing keeps it, but {:?}", stage);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
