//! One person met, with all that followed: consent, touches, stages, follow-ups. What the program works out by itself is worked out here by the same rules.

use chrono::{Duration, NaiveDate};
use chrono_tz::Asia::Shanghai;

use super::bulk::Waiting;
use super::days::{posted_at, wall};
use super::draw::Draw;
use super::rows::{ConsentRow, FollowUpRow, ProspectRow, StageRow, TouchRow};
use super::world::{Broker, World};
use super::{Plan, names};
use crate::db::{At, Id};
use crate::error::{Error, Result};
use crate::followups::due;
use crate::followups::touch::{Channel, Outcome, PreferredChannel};
use crate::keys::Keys;
use crate::prospects::create::CONSENT_TEXT;
use crate::prospects::kinds::{Experience, Source};
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;
use crate::prospects::store::{mobile_hash, seal_mobile};
use crate::text::fold;
use crate::text::mobile::Mobile;

/// A step of the way: to which stage, for which share, after how many days in the mean.
const STEPS: [(Stage, f64, f64); 5] = [
    (Stage::Intent, 0.45, 6.0),
    (Stage::AccountOpened, 0.48, 9.0),
    (Stage::CustodySigned, 0.85, 2.0),
    (Stage::Funded, 0.62, 7.0),
    (Stage::Trading, 0.7, 12.0),
];

const LOST: [&str; 4] = ["暂无投资意向", "已在其他券商开户", "电话多次未接通", "资金另有安排"];

/// Makes the person `number`, met on `day`.
///
/// # Errors
/// Only when sealing fails, or the makers themselves are wrong.
pub fn make(
    plan: &Plan,
    world: &World,
    keys: &Keys,
    day: NaiveDate,
    number: usize,
    waiting: &mut Waiting,
) -> Result<()> {
    let mut draw = Draw::of(plan.seed, "prospect", number as u64);
    let place = draw.below(world.brokers.len());
    let broker = world.brokers[place];
    let met_at = wall(day, "09:05")? + Duration::seconds(draw.between(0, 28_000));
    let created_at = met_at + Duration::seconds(draw.between(60, 4_000));
    let preferred =
        draw.weighted(&[(PreferredChannel::Sms, 40), (PreferredChannel::Call, 25), (PreferredChannel::Wechat, 35)]);
    let reachable = preferred != PreferredChannel::Wechat || draw.chance(0.6);
    let id = draw.id(created_at);
    let mut story = Story {
        draw,
        id,
        broker,
        preferred,
        ends: plan.ends(),
        touches: Vec::new(),
        stages: Vec::new(),
        follow_ups: Vec::new(),
    };
    story.begin(met_at, created_at, reachable, world.branches[broker.branch].id);
    story.go_on(world.branches[broker.branch].coordinator, met_at);
    let site = posted_at(plan, world, place, day).map(|site| site.id);
    let person = story.person(plan, number);
    story.write(&person, site, keys, day, world.branches[broker.branch].id, waiting)
}

/// What is told of one person so far.
struct Story {
    draw: Draw,
    id: Id,
    broker: Broker,
    preferred: PreferredChannel,
    /// Nothing is told from here on.
    ends: At,
    touches: Vec<TouchRow>,
    stages: Vec<StageRow>,
    follow_ups: Vec<FollowUpRow>,
}

/// Name and number of a person; some are met twice.
struct Person {
    name: String,
    mobile: String,
}

impl Story {
    fn person(&mut self, plan: &Plan, number: usize) -> Person {
        let who = if self.draw.chance(0.01) { self.draw.below(number + 1) } else { number };
        let mut draw = Draw::of(plan.seed, "person", who as u64);
        Person { name: names::person(&mut draw), mobile: names::mobile(&mut draw) }
    }

    fn begin(&mut self, met_at: At, created_at: At, reachable: bool, branch: Id) {
        let first = Stage::first(reachable);
        self.stage(None, first, met_at, created_at, None, None);
        self.follow_up(met_at, created_at, branch);
    }

    fn stage(
        &mut self,
        from: Option<Stage>,
        to: Stage,
        at: At,
        recorded_at: At,
        reason: Option<&'static str>,
        touch: Option<Id>,
    ) {
        self.stages.push(StageRow {
            id: self.draw.id(recorded_at),
            prospect_id: self.id,
            number: self.stages.len() as i32 + 1,
            from_stage: from,
            to_stage: to,
            at,
            reason,
            touch_id: touch,
            by_user: self.broker.id,
            recorded_at,
        });
    }

    fn follow_up(&mut self, starts_at: At, created_at: At, branch: Id) {
        self.follow_ups.push(FollowUpRow {
            id: self.draw.id(created_at),
            prospect_id: self.id,
            branch_id: branch,
            broker_id: self.broker.id,
            number: self.follow_ups.len() as i32 + 1,
            starts_at,
            due_on: due::due_on(starts_at.utc(), Shanghai),
            kept_at: None,
            kept_on: None,
            kept_by_touch: None,
            waived_at: None,
            waived_by: None,
            waived_reason: None,
            created_at,
        });
    }

    /// The stage it has, and since when; there is always a first.
    fn now(&self) -> (Stage, At) {
        self.stages.last().map_or((Stage::Met, self.ends), |last| (last.to_stage, last.at))
    }

    /// From the meeting to where it stands today.
    fn go_on(&mut self, coordinator: Id, met_at: At) {
        let kept = self.try_to_reach(met_at);
        if !kept {
            self.give_up(coordinator, met_at);
            return;
        }
        for (stage, share, days) in STEPS {
            let (from, since) = self.now();
            let at = since + self.draw.delay(days);
            if at >= self.ends || !self.draw.chance((share * self.broker.skill).min(0.97)) {
                break;
            }
            self.stage(Some(from), stage, at, at, None, None);
            if self.draw.chance(0.5) {
                let channel = self.channel();
                self.touch(channel, Outcome::Reached, at);
            }
        }
        let (stage, _) = self.now();
        if stage.ordinal() < Stage::Funded.ordinal() && self.draw.chance(0.3) {
            self.lose(25.0);
        }
    }

    /// Up to four tries; true once one keeps the follow-up.
    fn try_to_reach(&mut self, met_at: At) -> bool {
        // Most are prompt, some are late, some never.
        let mut at = match self.draw.weighted(&[(0, 74), (1, 16), (2, 10)]) {
            0 => met_at + Duration::seconds(self.draw.between(3_600, 200_000)),
            1 => met_at + Duration::days(3) + self.draw.delay(6.0),
            _ => return false,
        };
        for _ in 0..4 {
            if at >= self.ends {
                return false;
            }
            let (channel, outcome) = self.attempt();
            self.touch(channel, outcome, at);
            if due::keeps(channel, outcome, self.preferred) {
                self.keep(at);
                return true;
            }
            at = at + self.draw.delay(1.5);
        }
        false
    }

    fn channel(&mut self) -> Channel {
        match self.preferred {
            PreferredChannel::Sms => {
                self.draw.weighted(&[(Channel::Sms, 2), (Channel::Call, 3), (Channel::Meeting, 1)])
            }
            PreferredChannel::Call => self.draw.weighted(&[(Channel::Call, 4), (Channel::Meeting, 1)]),
            PreferredChannel::Wechat => self.draw.weighted(&[(Channel::Wechat, 4), (Channel::Meeting, 1)]),
        }
    }

    fn attempt(&mut self) -> (Channel, Outcome) {
        let channel = match self.preferred {
            PreferredChannel::Sms => Channel::Sms,
            PreferredChannel::Call => Channel::Call,
            PreferredChannel::Wechat => Channel::Wechat,
        };
        let outcome = match channel {
            Channel::Sms => self.draw.weighted(&[(Outcome::Sent, 93), (Outcome::Reached, 5), (Outcome::Refused, 2)]),
            _ => self.draw.weighted(&[(Outcome::Reached, 60), (Outcome::NoAnswer, 36), (Outcome::Refused, 4)]),
        };
        (channel, outcome)
    }

    fn touch(&mut self, channel: Channel, outcome: Outcome, at: At) {
        let created_at =
            (at + Duration::seconds(self.draw.between(20, 3_000))).min(self.ends - Duration::seconds(1)).max(at);
        self.touches.push(TouchRow {
            id: self.draw.id(created_at),
            prospect_id: self.id,
            by_user: self.broker.id,
            channel,
            outcome,
            at,
            note: None,
            created_at,
        });
    }

    /// The last touch keeps the current follow-up and moves an early stage, as the program itself does it.
    fn keep(&mut self, at: At) {
        let Some((touch, recorded_at)) = self.touches.last().map(|touch| (touch.id, touch.created_at)) else { return };
        if let Some(follow_up) = self.follow_ups.last_mut() {
            follow_up.kept_at = Some(at);
            follow_up.kept_on = Some(at.date_in(Shanghai));
            follow_up.kept_by_touch = Some(touch);
        }
        let (stage, _) = self.now();
        if let Some(to) = stage.moved_by_keeping_touch() {
            self.stage(Some(stage), to, at, recorded_at, None, Some(touch));
        }
    }

    /// Nobody was reached: it stays open, is waived, or is lost.
    fn give_up(&mut self, coordinator: Id, met_at: At) {
        let at = met_at.max(self.touches.last().map_or(met_at, |touch| touch.at))
            + Duration::days(8)
            + self.draw.delay(10.0);
        if at >= self.ends {
            return;
        }
        match self.draw.weighted(&[(0, 6), (1, 2), (2, 2)]) {
            0 => {}
            1 => {
                if let Some(follow_up) = self.follow_ups.last_mut() {
                    follow_up.waived_at = Some(at);
                    follow_up.waived_by = Some(coordinator);
                    follow_up.waived_reason = Some("号码已停用");
                }
            }
            _ => self.lose(12.0),
        }
    }

    /// Lost, after a while; a few come back, and with that a new follow-up begins.
    fn lose(&mut self, days: f64) {
        let (had, since) = self.now();
        let latest = self.touches.last().map_or(since, |touch| touch.at.max(since));
        let at = latest + self.draw.delay(days);
        if at >= self.ends {
            return;
        }
        let reason = *self.draw.one_of(&LOST);
        self.stage(Some(had), Stage::Lost, at, at, Some(reason), None);
        if let Some(follow_up) = self.follow_ups.last_mut() {
            follow_up.waived_at = Some(at);
            follow_up.waived_by = Some(self.broker.id);
            follow_up.waived_reason = Some("lost");
        }
        let back = at + Duration::days(20) + self.draw.delay(60.0);
        if back >= self.ends || !self.draw.chance(0.06) {
            return;
        }
        let Some(branch) = self.follow_ups.last().map(|follow_up| follow_up.branch_id) else { return };
        self.stage(Some(Stage::Lost), had, back, back, None, None);
        self.follow_up(back, back, branch);
        self.try_to_reach(back);
    }

    fn write(
        mut self,
        person: &Person,
        site: Option<Id>,
        keys: &Keys,
        day: NaiveDate,
        branch: Id,
        waiting: &mut Waiting,
    ) -> Result<()> {
        let (Some(first), Some(last)) = (self.stages.first().cloned(), self.stages.last().cloned()) else {
            return Err(Error::internal("a person without a stage"));
        };
        let mobile = (first.to_stage == Stage::Reachable)
            .then(|| Mobile::parse(&person.mobile))
            .transpose()
            .map_err(|_| Error::internal("a made-up number"))?;
        let source = self.draw.weighted(&[
            (Source::OnSite, 70),
            (Source::Referral, 14),
            (Source::Event, 8),
            (Source::Community, 5),
            (Source::Other, 3),
        ]);
        let touched = self.touches.last().map_or(first.recorded_at, |touch| touch.created_at);
        if mobile.is_some() {
            waiting.consents.push(ConsentRow {
                id: self.draw.id(first.recorded_at),
                prospect_id: self.id,
                given_at: first.at,
                purpose: "开户咨询与后续联系",
                text_version: CONSENT_TEXT,
                way: "spoken",
                recorded_by: self.broker.id,
                recorded_at: first.recorded_at,
            });
        }
        waiting.prospects.push(ProspectRow {
            id: self.id,
            branch_id: branch,
            broker_id: self.broker.id,
            met_by: self.broker.id,
            name: person.name.clone(),
            name_folded: fold(&person.name),
            mobile: mobile.as_ref().map(|mobile| seal_mobile(keys, mobile)).transpose()?,
            mobile_hash: mobile.as_ref().map(|mobile| mobile_hash(keys, mobile)),
            met_at: first.at,
            met_on: day,
            source,
            preferred_channel: self.preferred,
            outlet_id: site.filter(|_| matches!(source, Source::OnSite | Source::Referral)),
            referrer: (source == Source::Referral).then(|| names::person(&mut self.draw)),
            experience: self.draw.weighted(&[
                (Experience::New, 4),
                (Experience::Experienced, 4),
                (Experience::Unknown, 2),
            ]),
            note: self.draw.weighted(&[
                (None, 7),
                (Some("对基金定投感兴趣"), 1),
                (Some("下午方便联系"), 1),
                (Some("关注新股申购"), 1),
            ]),
            stage: last.to_stage,
            stage_at: last.at,
            stage_before_lost: last.from_stage.filter(|_| last.to_stage == Stage::Lost),
            lost_reason: last.reason.filter(|_| last.to_stage == Stage::Lost).and_then(LostReason::of_text),
            version: last.number,
            created_at: first.recorded_at,
            updated_at: last.recorded_at.max(touched),
        });
        waiting.touches.append(&mut self.touches);
        waiting.stages.append(&mut self.stages);
        waiting.follow_ups.append(&mut self.follow_ups);
        Ok(())
    }
}

#[cfg(test)]
#[path = "prospects_tests.rs"]
mod tests;
