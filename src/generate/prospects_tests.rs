use std::collections::BTreeSet;

use super::*;
use crate::followups::touch::Touch;
use crate::prospects::stage::{Move, StageNow, WantedMove, decide};
use base64::Engine;

fn all() -> Waiting {
    let today = "2026-11-23".parse().expect("a date");
    let plan = Plan { scale: 0.0, seed: 5, today, keep_positions_days: 90 };
    let mut waiting = Waiting::default();
    let world = super::super::world::make(&plan, "-", &mut waiting);
    let key = base64::engine::general_purpose::STANDARD.encode([7; 32]);
    let keys = Keys::from_base64(&key).expect("a key");
    for number in 0..3_000 {
        let day = plan.today - Duration::days(1 + number as i64 % 400);
        make(&plan, &world, &keys, day, number, &mut waiting).expect("a person");
    }
    waiting
}

#[test]
fn every_step_is_one_that_the_program_would_have_allowed() {
    let waiting = all();
    let mut reached = BTreeSet::new();
    for pair in waiting.stages.windows(2).filter(|pair| pair[0].prospect_id == pair[1].prospect_id) {
        let (before, change) = (&pair[0], &pair[1]);
        let from = StageNow {
            stage: before.to_stage,
            before_lost: before.from_stage.filter(|_| before.to_stage == Stage::Lost),
            last_change_at: before.at.utc(),
            has_keeping_touch: change.touch_id.is_some(),
        };
        let wanted = WantedMove { stage: change.to_stage, at: change.at.utc(), reason: change.reason };
        let moved = decide(&from, &wanted, change.recorded_at.utc());
        assert!(matches!(moved, Ok(Move::Forward | Move::Lost | Move::Revived)), "{before:?} {change:?}: {moved:?}");
        assert_eq!(change.number, before.number + 1);
        reached.insert(change.to_stage.as_str());
    }
    assert!(reached.contains("trading") && reached.contains("lost"), "{reached:?}");
}

#[test]
fn the_rule_finds_the_touch_that_is_said_to_keep_each_follow_up() {
    let waiting = all();
    for (place, follow_up) in waiting.follow_ups.iter().enumerate() {
        let prospect = waiting.prospects.iter().find(|p| p.id == follow_up.prospect_id).expect("its prospect");
        let next = waiting.follow_ups.get(place + 1).filter(|next| next.prospect_id == prospect.id);
        let rows: Vec<_> = waiting
            .touches
            .iter()
            .filter(|t| t.prospect_id == prospect.id && next.is_none_or(|next| t.at <= next.starts_at))
            .collect();
        let touches: Vec<_> =
            rows.iter().map(|t| Touch { at: t.at.utc(), channel: t.channel, outcome: t.outcome }).collect();
        let keeping = due::keeping_touch(follow_up.starts_at.utc(), prospect.preferred_channel, &touches);
        assert_eq!(keeping.map(|place| rows[place].id), follow_up.kept_by_touch);
        assert!(touches.iter().zip(&rows).all(|(touch, _)| touch.channel.allows(touch.outcome)));
    }
}
