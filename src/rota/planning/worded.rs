//! An explanation in words: names for ids, days for dates, and what another choice would cost.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::explained::{Choice, Explanation, Gap, Stretch};
use super::runs::{Costs, Run};
use crate::db::Id;
use crate::language::Lang;
use crate::rota::labels::{self, Labels};
use crate::rota::rules::Book;
use crate::t;
use crate::templates::attendance::words;
use crate::templates::rota::plan::{GapLine, PartLine, Reason, StretchLine, Why};

/// The most names that are told of those whom one rule keeps out.
const NAMED: usize = 6;
/// The most lines of a kind.
const LINES: usize = 40;

/// The parts of the cost, what stood before beside what is proposed.
pub fn parts(run: &Run) -> Vec<PartLine> {
    let Some(cost) = run.cost else { return Vec::new() };
    let before = run.cost_before.unwrap_or_default();
    let line = |key: &'static str, of: fn(&Costs) -> i64| PartLine { key, before: of(&before), after: of(&cost) };
    vec![
        line("uncovered", |c| c.uncovered),
        line("new-face", |c| c.new_face),
        line("overstay", |c| c.overstay),
        line("travel", |c| c.travel),
        line("imbalance", |c| c.imbalance),
        line("total", |c| c.total),
    ]
}

/// What there is to say.
pub fn words(lang: Lang, book: &Book, why: &Explanation, run: &Run) -> Why {
    let names = Names::of(lang, book, run.draft_id);
    let stretches = |all: &[Stretch], within: &dyn Fn(&Stretch) -> bool| {
        let told = all.iter().filter(|one| within(one)).take(LINES);
        told.map(|one| names.stretch(one, (run.from, run.to))).collect::<Vec<_>>()
    };
    let asked_for = |one: &Stretch| one.dates.iter().any(|date| (run.from..=run.to).contains(date));
    let gaps: Vec<&Gap> = why.gaps.iter().filter(|gap| (run.from..=run.to).contains(&gap.date)).collect();
    Why {
        missing: gaps.iter().map(|gap| gap.missing).sum(),
        more: gaps.len().saturating_sub(LINES) + why.more_gaps,
        gaps: gaps.into_iter().take(LINES).map(|gap| names.gap(gap)).collect(),
        faces: stretches(&why.new_faces, &asked_for),
        overstays: stretches(&why.overstays, &asked_for),
        ways: stretches(&why.long_ways, &asked_for),
        people: why.changed.0,
        days: why.changed.1,
        hints: names.hints(why),
    }
}

/// The gaps of a proposal alone.
pub fn gaps(lang: Lang, book: &Book, gaps: &[Gap]) -> Vec<GapLine> {
    let names = Names::of(lang, book, None);
    gaps.iter().take(LINES).map(|gap| names.gap(gap)).collect()
}

/// What people and outlets are called.
pub struct Names {
    lang: Lang,
    people: Labels,
    outlets: Labels,
    draft: Option<Id>,
}

impl Names {
    /// Of a branch.
    pub fn of(lang: Lang, book: &Book, draft: Option<Id>) -> Names {
        Names {
            lang,
            people: labels::of_people(book.brokers.iter().map(|(id, facts)| (*id, facts.name.as_str()))),
            outlets: labels::of_outlets(book.outlets.iter().map(|(id, f)| (*id, f.code.as_str(), f.name.as_str()))),
            draft,
        }
    }

    /// A broker.
    pub fn person(&self, id: Id) -> String {
        self.people.get(&id).map(ToString::to_string).unwrap_or_default()
    }

    /// An outlet.
    pub fn outlet(&self, id: Id) -> String {
        self.outlets.get(&id).map(ToString::to_string).unwrap_or_default()
    }

    fn gap(&self, gap: &Gap) -> GapLine {
        let draft = self.draft.map(|id| format!("&draft={id}")).unwrap_or_default();
        // Who is busy elsewhere could come after all; who is not wanted or too far could not.
        let reason = |kept: &super::explained::KeptOut| {
            let names: Vec<String> = kept.broker_ids.iter().take(NAMED).map(|id| self.person(*id)).collect();
            let n = kept.broker_ids.len();
            let names = names.join(&t!(self.lang, "plan-comma"));
            Reason {
                rule: t!(self.lang, &format!("plan-rule-{}", kept.rule.replace('_', "-"))),
                n,
                names: if n > NAMED { t!(self.lang, "plan-and-more", names = names) } else { names },
            }
        };
        GapLine {
            href: format!("/rota/cell?date={}&outlet={}{draft}", gap.date, gap.outlet_id),
            place: self.outlet(gap.outlet_id),
            date: gap.date,
            missing: gap.missing,
            reasons: gap.kept_out.iter().filter(|kept| !kept.broker_ids.is_empty()).map(reason).collect(),
            choices: gap.choices.iter().map(|choice| self.choice(choice)).collect(),
        }
    }

    fn stretch(&self, one: &Stretch, within: (NaiveDate, NaiveDate)) -> StretchLine {
        let dates: Vec<NaiveDate> =
            one.dates.iter().copied().filter(|date| (within.0..=within.1).contains(date)).collect();
        StretchLine {
            who: self.person(one.broker_id),
            place: self.outlet(one.outlet_id),
            days: self.days(&dates),
            cost: one.cost,
            km: one.km,
            next: self.choice(&one.next_best),
        }
    }

    /// `12 月 1 日 – 12 月 5 日，5 天`.
    fn days(&self, dates: &[NaiveDate]) -> String {
        match dates {
            [] => String::new(),
            [one] => words::column_day(self.lang, *one),
            [first, .., last] => {
                let (from, to) = (words::short_day(self.lang, *first), words::short_day(self.lang, *last));
                t!(self.lang, "plan-days", from = from, to = to, n = dates.len())
            }
        }
    }

    fn choice(&self, choice: &Choice) -> String {
        let who = choice.broker_id.map(|id| self.person(id)).unwrap_or_default();
        let from = choice.from_outlet_id.map(|id| self.outlet(id)).unwrap_or_default();
        let day = choice.date.map(|date| words::column_day(self.lang, date)).unwrap_or_default();
        let what = t!(self.lang, &format!("plan-choice-{}", choice.how), who = who, from = from, day = day);
        let open = match choice.left_open {
            0 => String::new(),
            _ if choice.how == "open" => String::new(),
            n => t!(self.lang, "plan-choice-left-open", n = n),
        };
        let more = choice.more.total;
        let key = if more < 0 { "plan-choice-less" } else { "plan-choice-more" };
        t!(self.lang, key, what = format!("{what}{open}"), n = more.abs(), why = self.parts(&choice.more))
    }

    /// Where the difference comes from, the largest part first.
    fn parts(&self, more: &Costs) -> String {
        let all = [
            ("uncovered", more.uncovered),
            ("new-face", more.new_face),
            ("overstay", more.overstay),
            ("travel", more.travel),
            ("imbalance", more.imbalance),
        ];
        let mut told: Vec<(&str, i64)> = all.into_iter().filter(|(_, n)| *n != 0).collect();
        told.sort_by_key(|(_, n)| -n.abs());
        let one = |(key, n): &(&str, i64)| format!("{} {n:+}", t!(self.lang, &format!("plan-part-{key}")));
        told.iter().map(one).collect::<Vec<_>>().join(&t!(self.lang, "plan-comma"))
    }

    fn hints(&self, why: &Explanation) -> Vec<String> {
        let lang = self.lang;
        let mut all = Vec::new();
        for one in &why.hires {
            let place = self.outlet(one.outlet_id);
            all.push(t!(lang, "plan-hint-hire", place = place, level = one.level, n = one.days));
        }
        for one in why.lacking.iter().take(LINES) {
            let place = self.outlet(one.outlet_id);
            let kept = one.kept_out.iter().map(|(rule, n)| {
                t!(lang, "plan-hint-kept", why = t!(lang, &format!("plan-rule-{}", rule.replace('_', "-"))), n = *n)
            });
            let kept = kept.collect::<Vec<_>>().join(&t!(lang, "plan-comma"));
            all.push(t!(
                lang,
                "plan-hint-lacking",
                place = place,
                n = one.in_reach,
                days = one.dates.len(),
                kept = kept
            ));
        }
        // A week tells more than each of its days.
        let weeks: BTreeMap<NaiveDate, (i64, i64)> =
            why.thin_weeks.iter().map(|one| (one.date, (one.posts, one.people))).collect();
        for (date, (posts, people)) in &weeks {
            let day = words::short_day(lang, *date);
            all.push(t!(lang, "plan-hint-week", day = day, posts = *posts, people = *people));
        }
        if weeks.is_empty() {
            for one in why.thin_days.iter().take(NAMED) {
                let day = words::column_day(lang, one.date);
                all.push(t!(lang, "plan-hint-day", day = day, posts = one.posts, people = one.people));
            }
        }
        all
    }
}
