//! The three-day rule by a table of cases, and against an answer that replays the events one by one.

use super::*;
use chrono::Duration;
use proptest::prelude::*;

const SHANGHAI: Tz = Tz::Asia__Shanghai;

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00+08:00").parse().expect("a date and time")
}

fn touch(text: &str, channel: Channel, outcome: Outcome) -> Touch {
    Touch { at: at(text), channel, outcome }
}

fn state_at(facts: FollowUpFacts<'_>, moment: &str) -> Option<State> {
    standing_at(&facts, at(moment), SHANGHAI).map(|standing| standing.state)
}

fn met<'a>(touches: &'a [Touch], waived: Option<&str>) -> FollowUpFacts<'a> {
    FollowUpFacts {
        start_at: at("2026-03-10T23:59"),
        preferred: PreferredChannel::Call,
        touches,
        waived_at: waived.map(at),
    }
}

#[test]
fn due_three_local_days_after_the_meeting() {
    let cases = [
        ("2026-03-10T23:59", "2026-03-13"),
        ("2026-03-11T00:01", "2026-03-14"),
        ("2026-12-30T12:00", "2027-01-02"),
        ("2028-02-27T12:00", "2028-03-01"),
    ];
    for (met_at, due) in cases {
        assert_eq!(due_on(at(met_at), SHANGHAI).to_string(), due, "{met_at}");
    }
    assert_eq!(due_on(at("2026-03-11T00:01"), Tz::America__New_York).to_string(), "2026-03-13");
}

#[test]
fn which_touch_keeps_it() {
    use Channel::*;
    use Outcome::*;
    for (channel, outcome, preferred, expected) in [
        (Sms, Sent, PreferredChannel::Sms, true),
        (Sms, Sent, PreferredChannel::Call, false),
        (Sms, Sent, PreferredChannel::Wechat, false),
        (Sms, Reached, PreferredChannel::Call, true),
        (Sms, Refused, PreferredChannel::Sms, false),
        (Call, Reached, PreferredChannel::Sms, true),
        (Call, NoAnswer, PreferredChannel::Call, false),
        (Meeting, Reached, PreferredChannel::Wechat, true),
        (Email, Refused, PreferredChannel::Call, false),
    ] {
        assert_eq!(keeps(channel, outcome, preferred), expected, "{channel:?} {outcome:?} {preferred:?}");
    }
}

#[test]
fn the_earliest_by_its_own_time_keeps_it_and_none_at_the_meeting_itself() {
    let touches = [
        touch("2026-03-12T10:00", Channel::Call, Outcome::Reached),
        touch("2026-03-11T10:00", Channel::Call, Outcome::NoAnswer),
        touch("2026-03-11T09:00", Channel::Wechat, Outcome::Reached),
        touch("2026-03-10T23:59", Channel::Meeting, Outcome::Reached),
        touch("2026-03-11T09:00", Channel::Call, Outcome::Reached),
    ];
    let keeping = |touches| keeping_touch(at("2026-03-10T23:59"), PreferredChannel::Call, touches);
    assert_eq!(keeping(&touches), Some(2));
    assert_eq!(keeping(&touches[3..4]), None);
    assert_eq!(keeping(&[]), None);
}

#[test]
fn kept_until_the_end_of_the_due_date_then_late() {
    for (reached, expected) in [
        ("2026-03-11T00:00", State::Kept),
        ("2026-03-13T23:59", State::Kept),
        ("2026-03-14T00:00", State::KeptLate),
        ("2026-06-01T09:00", State::KeptLate), // had been missed
    ] {
        let touches = [touch(reached, Channel::Call, Outcome::Reached)];
        assert_eq!(state_at(met(&touches, None), "2026-07-01T09:00"), Some(expected), "{reached}");
    }
}

#[test]
fn open_through_thirty_days_past_due_then_missed() {
    for (moment, expected) in [
        ("2026-03-10T23:58", None),
        ("2026-03-10T23:59", Some(State::Open)),
        ("2026-03-14T00:00", Some(State::Open)),
        ("2026-04-12T23:59", Some(State::Open)),
        ("2026-04-13T00:00", Some(State::Missed)),
    ] {
        assert_eq!(state_at(met(&[], None), moment), expected, "{moment}");
    }
}

#[test]
fn a_waiver_holds_unless_the_person_was_reached_before_it() {
    let touches = [touch("2026-03-12T10:00", Channel::Call, Outcome::Reached)];
    for (waived, expected) in
        [("2026-03-12T09:59", State::Waived), ("2026-03-12T10:00", State::Waived), ("2026-03-12T10:01", State::Kept)]
    {
        assert_eq!(state_at(met(&touches, Some(waived)), "2026-07-01T09:00"), Some(expected), "{waived}");
    }
    assert_eq!(state_at(met(&[], Some("2026-05-01T09:00")), "2026-07-01T09:00"), Some(State::Waived));
}

#[test]
fn what_is_dated_later_than_the_moment_is_left_out() {
    let touches = [touch("2026-03-12T10:00", Channel::Call, Outcome::Reached)];
    assert_eq!(state_at(met(&touches, None), "2026-03-12T09:59"), Some(State::Open));
    assert_eq!(state_at(met(&touches, None), "2026-03-12T10:00"), Some(State::Kept));
    assert_eq!(state_at(met(&[], Some("2026-03-12T10:00")), "2026-03-12T09:59"), Some(State::Open));
}

#[test]
fn days_left_count_down_through_the_due_date() {
    let left = |moment| standing_at(&met(&[], None), at(moment), SHANGHAI).map(|standing| standing.days_left);
    assert_eq!(["2026-03-11T08:00", "2026-03-13T23:59", "2026-03-15T00:01"].map(left), [Some(2), Some(0), Some(-2)]);
}

#[test]
fn names_are_the_same_stored_and_in_json() {
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
        assert_eq!(serde_json::json!(state), state.as_str());
    }
    assert_eq!(State::parse("done"), None);
}

/// Plays everything up to the moment in its order, and a waiver before a touch at the same moment: whatever
/// closes the follow-up first has closed it.
fn replayed(facts: &FollowUpFacts<'_>, moment: DateTime<Utc>) -> &'static str {
    let mut events: Vec<(DateTime<Utc>, u8, Option<Touch>)> =
        facts.waived_at.map(|at| (at, 0, None)).into_iter().collect();
    events.extend(facts.touches.iter().map(|touch| (touch.at, 1, Some(*touch))));
    events.sort_by_key(|(at, kind, _)| (*at, *kind));
    let date = |at: DateTime<Utc>| (at + Duration::hours(8)).date_naive(); // Shanghai, without a time zone library
    let due = date(facts.start_at) + Duration::days(3);
    for (at, _, touch) in events.into_iter().filter(|(at, ..)| *at <= moment) {
        let Some(touch) = touch else { return "waived" };
        let reached = touch.outcome.as_str() == "reached"
            || (touch.outcome.as_str(), touch.channel.as_str(), facts.preferred.as_str()) == ("sent", "sms", "sms");
        if reached && at > facts.start_at {
            return if date(at) > due { "kept_late" } else { "kept" };
        }
    }
    if (0..=30).any(|days| due + Duration::days(days) == date(moment)) || date(moment) < due {
        "open"
    } else {
        "missed"
    }
}

fn touches() -> impl Strategy<Value = Vec<Touch>> {
    let kinds: Vec<_> =
        Channel::ALL.into_iter().flat_map(|c| c.outcomes().iter().map(move |outcome| (c, *outcome))).collect();
    // Hours, so that equal moments and days either side of midnight come up often.
    let touch = (-24i64..24 * 40, prop::sample::select(kinds));
    let touch = touch.prop_map(|(hours, (channel, outcome))| Touch {
        at: at("2026-03-10T12:00") + Duration::hours(hours),
        channel,
        outcome,
    });
    prop::collection::vec(touch, 0..6)
}

proptest! {
    #[test]
    fn the_rule_agrees_with_a_replay_of_the_events(
        touches in touches(),
        preferred in prop::sample::select(PreferredChannel::ALL.to_vec()),
        waived in prop::option::of(0i64..24 * 40),
        moment in 0i64..24 * 50,
    ) {
        let start_at = at("2026-03-10T12:00");
        let waived_at = waived.map(|hours| start_at + Duration::hours(hours));
        let facts = FollowUpFacts { start_at, preferred, touches: &touches, waived_at };
        let moment = start_at + Duration::hours(moment);
        let standing = standing_at(&facts, moment, SHANGHAI).expect("it has begun");
        prop_assert_eq!(standing.state.as_str(), replayed(&facts, moment));
    }

    #[test]
    fn the_order_in_which_touches_arrive_changes_nothing(touches in touches(), hours in 0i64..24 * 50) {
        let facts = |touches| FollowUpFacts { start_at: at("2026-03-10T12:00"), preferred: PreferredChannel::Sms, touches, waived_at: None };
        let moment = at("2026-03-10T12:00") + Duration::hours(hours);
        let reversed: Vec<_> = touches.iter().rev().copied().collect();
        let state = |touches| standing_at(&facts(touches), moment, SHANGHAI).map(|standing| standing.state);
        prop_assert_eq!(state(&touches), state(&reversed));
    }
}
