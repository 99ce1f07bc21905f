//! The funnel put into words for its page.

use std::collections::HashMap;

use super::address;
use super::facts::STEPS;
use super::groups::{Funnel, Group};
use super::people::Who;
use super::query::{Compare, FunnelQuery, GroupBy};
use super::stands::Age;
use super::tally::Figures;
use super::yardstick::{FEWEST_TO_JUDGE, Yardstick};
use crate::language::Lang;
use crate::prospects::stage::Stage;
use crate::t;
use crate::templates::funnel::{Cell, FunnelView, GroupRow, Link, ReasonRow, StandRow, StepRow, WeakView, percent};

/// Groups shown; the rest is for the API.
const GROUPS: usize = 60;
/// So much below the middle is shown as such.
const CLEARLY: f64 = 0.05;

/// The page of a funnel.
pub fn view(lang: Lang, asked: &FunnelQuery, funnel: &Funnel, narrowed_to: Vec<String>) -> FunnelView {
    let before = |is_empty: bool| {
        let other = funnel.compared.as_ref().filter(|other| (other.total.entered.met == 0) == is_empty);
        other.map(|other| (other.from.to_string(), other.to.to_string()))
    };
    FunnelView {
        from: asked.from.to_string(),
        to: asked.to.to_string(),
        group_by: asked.group_by.as_str().into(),
        groupings: GroupBy::OFFERED
            .map(|by| (by.as_str().to_owned(), t!(lang, &format!("funnel-by-{}", by.as_str()))))
            .into(),
        compare: asked.compare.as_str().into(),
        compares: Compare::OFFERED
            .map(|one| (one.as_str().to_owned(), t!(lang, &format!("funnel-compare-{}", one.as_str()))))
            .into(),
        only: address::only(asked),
        narrowed_to,
        before: before(false),
        before_empty: before(true),
        weakest: weakest(lang, funnel),
        step_names: Stage::ALL[..STEPS].iter().map(|stage| stage_name(lang, *stage)).collect(),
        steps: steps(lang, asked, funnel),
        lost: Link { count: funnel.total.lost, href: address::people(asked, None, Who::Lost) },
        stands: stands(lang, asked, funnel),
        ages: Age::ALL.map(|age| t!(lang, &format!("funnel-age-{}", age.as_str().trim_end_matches('-')))).into(),
        erased: funnel.erased,
        reasons: reasons(lang, asked, funnel),
        groups: groups(asked, funnel),
        middle: middle(funnel).map(|one| one.conversion.in_order().to_vec()),
        hidden: funnel.groups.len().saturating_sub(GROUPS),
        problems: Vec::new(),
    }
}

/// A stage in words.
pub fn stage_name(lang: Lang, stage: Stage) -> String {
    t!(lang, &format!("prospect-stage-{}", stage.as_str().replace('_', "-")))
}

fn weakest(lang: Lang, funnel: &Funnel) -> Option<WeakView> {
    let weakest = funnel.weakest?;
    let name = |step: usize| stage_name(lang, Stage::ALL[step]);
    let (from, to) = (name(weakest.step - 1), name(weakest.step));
    let than = weakest.than.map(percent);
    let is_beside = funnel.whole.is_some() || funnel.compared.as_ref().is_some_and(|other| other.total.entered.met > 0);
    let under = match (than, &funnel.whole) {
        (None, _) if is_beside => t!(lang, "funnel-weakest-alone", n = weakest.people),
        (None, _) => t!(lang, "funnel-weakest-only", n = weakest.people),
        (Some(than), Some(_)) => t!(lang, "funnel-weakest-whole", than = than, n = weakest.people),
        (Some(than), None) => t!(lang, "funnel-weakest-before", than = than, n = weakest.people),
    };
    let key = if weakest.than.is_some() { "funnel-weakest" } else { "funnel-steepest" };
    Some(WeakView { share: weakest.share, words: t!(lang, key, from = from, to = to), under })
}

fn steps(lang: Lang, asked: &FunnelQuery, funnel: &Funnel) -> Vec<StepRow> {
    let none = Figures::default();
    let (total, before) = (&funnel.total, funnel.compared.as_ref().map_or(&none, |other| &other.total));
    let weak = funnel.weakest.filter(|weakest| weakest.than.is_some()).map(|weakest| weakest.step);
    let step = |step: usize| StepRow {
        name: stage_name(lang, Stage::ALL[step]),
        people: Link {
            count: total.entered.in_order()[step],
            href: address::people(asked, None, Who::Reached(Stage::ALL[step])),
        },
        before: before.entered.in_order()[step],
        conversion: total.conversion.in_order()[step],
        conversion_before: before.conversion.in_order()[step],
        conversion_whole: funnel.whole.as_ref().and_then(|whole| whole.conversion.in_order()[step]),
        median: total.median_days.in_order()[step],
        p90: total.p90_days.in_order()[step],
        weak: weak == Some(step),
    };
    (0..STEPS).map(step).collect()
}

fn stands(lang: Lang, asked: &FunnelQuery, funnel: &Funnel) -> Vec<StandRow> {
    let row = |standing: &super::stands::Standing| {
        let ages = standing.days.in_order();
        let href = |age| address::people(asked, None, Who::At(standing.stage, age));
        StandRow {
            name: stage_name(lang, standing.stage),
            all: Link { count: ages.iter().sum(), href: href(None) },
            ages: Age::ALL.into_iter().zip(ages).map(|(age, count)| Link { count, href: href(Some(age)) }).collect(),
        }
    };
    funnel.standing.iter().map(row).collect()
}

fn reasons(lang: Lang, asked: &FunnelQuery, funnel: &Funnel) -> Vec<ReasonRow> {
    let row = |lost: &super::stands::Lost| ReasonRow {
        label: match lost.reason {
            Some(reason) => t!(lang, &format!("lost-{}", reason.as_str().replace('_', "-"))),
            None => t!(lang, "lost-own-words"),
        },
        people: Link { count: lost.people, href: address::people(asked, None, Who::LostFor(lost.reason)) },
    };
    funnel.lost_reasons.iter().map(row).collect()
}

/// The yardstick of all groups, where there is one alone.
fn middle(funnel: &Funnel) -> Option<&Yardstick> {
    let [one] = funnel.yardsticks.as_slice() else { return None };
    one.conversion.in_order().iter().any(Option::is_some).then_some(one)
}

fn groups(asked: &FunnelQuery, funnel: &Funnel) -> Vec<GroupRow> {
    let before: HashMap<&str, u64> = funnel.compared.as_ref().map_or_else(HashMap::new, |other| {
        other.groups.iter().map(|group| (group.key.as_str(), group.figures.entered.met)).collect()
    });
    let row = |group: &Group| GroupRow {
        label: group.label.clone(),
        href: address::group(asked, &group.key),
        before: before.get(group.key.as_str()).copied(),
        steps: (0..STEPS).map(|step| cell(asked, funnel, group, step)).collect(),
        lost: Link { count: group.figures.lost, href: address::people(asked, Some(&group.key), Who::Lost) },
    };
    funnel.groups.iter().take(GROUPS).map(row).collect()
}

fn cell(asked: &FunnelQuery, funnel: &Funnel, group: &Group, step: usize) -> Cell {
    let entered = group.figures.entered.in_order();
    let conversion = group.figures.conversion.in_order()[step];
    let yardstick = funnel.yardsticks.iter().find(|one| one.branch_id == group.branch_id);
    let middle = yardstick.and_then(|one| one.conversion.in_order()[step]);
    let enough = step > 0 && entered[step - 1] >= FEWEST_TO_JUDGE;
    Cell {
        people: Link {
            count: entered[step],
            href: address::people(asked, Some(&group.key), Who::Reached(Stage::ALL[step])),
        },
        conversion,
        below: enough && conversion.zip(middle).is_some_and(|(here, middle)| here <= middle - CLEARLY),
    }
}
