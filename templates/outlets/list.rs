//! The outlets there are: a list and a map of what the filters let through.

use maud::{Markup, html};

use super::{phase_state, phase_word, tier_word};
use crate::outlets::list::OutletQuery;
use crate::outlets::naming::Tier;
use crate::outlets::phase::Phase;
use crate::outlets::view::OutletView;
use crate::t;
use crate::templates::Lang;
use crate::templates::form::{Choice, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::map::{MapPoint, MapWords, svg_map};
use crate::templates::parts::{self, Row, Tab};

/// What both pages show.
pub struct ListView<'a> {
    /// The filters as they were asked for.
    pub query: &'a OutletQuery,
    /// The outlets of this part; of the map none.
    pub items: &'a [OutletView],
    /// The banks to choose from.
    pub banks: &'a [String],
    /// How many of each phase.
    pub phases: &'a [(Phase, i64)],
    /// The place of the next part.
    pub next: Option<&'a str>,
    /// Whether the reader may make and import outlets.
    pub may_write: bool,
    /// Whether the reader sees what came of the outlets.
    pub may_judge: bool,
}

impl ListView<'_> {
    /// An address with these filters, and one of them otherwise.
    fn href(&self, path: &str, other: &[(&str, Option<&str>)]) -> String {
        let q = self.query;
        let all = [
            ("q", &q.q),
            ("bank", &q.bank),
            ("tier", &q.tier),
            ("phase", &q.phase),
            ("grade", &q.grade),
            ("parent", &q.parent),
            ("near", &q.near),
            ("within_m", &q.within_m),
        ];
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in all {
            let value = match other.iter().find(|(n, _)| *n == name) {
                Some((_, value)) => *value,
                None => value.as_deref(),
            };
            if let Some(value) = value {
                out.append_pair(name, value);
            }
        }
        if let Some((_, Some(cursor))) = other.iter().find(|(n, _)| *n == "cursor") {
            out.append_pair("cursor", cursor);
        }
        let query = out.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    fn total(&self) -> i64 {
        let asked = self.query.phase.as_deref();
        self.phases.iter().filter(|(p, _)| asked.is_none_or(|a| a == p.as_str())).map(|(_, n)| n).sum()
    }
}

/// The list.
pub fn list(lang: Lang, view: &ListView<'_>) -> Markup {
    html! {
        (head(lang, view))
        (tabs(lang, view, false))
        (filters(lang, view, "/outlets"))
        (phases(lang, view, "/outlets"))
        @if view.items.is_empty() { (nothing(lang, view)) } @else {
            ul.rows { @for outlet in view.items { (line(lang, outlet)) } }
        }
        @let first = view.href("/outlets", &[]);
        @let next = view.next.map(|cursor| view.href("/outlets", &[("cursor", Some(cursor))]));
        @let (to_first, to_next) = (t!(lang, "outlets-first"), t!(lang, "outlets-next"));
        @if view.next.is_some() || view.query.cursor.is_some() {
            (parts::pagination(&t!(lang, "outlets-pages"), &t!(lang, "outlets-count", n = view.total()),
                view.query.cursor.is_some().then_some((first.as_str(), to_first.as_str())),
                next.as_deref().map(|href| (href, to_next.as_str()))))
        }
    }
}

/// The map.
pub fn map(lang: Lang, view: &ListView<'_>, points: &[MapPoint], left_out: bool) -> Markup {
    let near = |area: crate::templates::map::Bounds| {
        let (path, point, metres) = area.outlets();
        view.href(path, &[("near", Some(&point)), ("within_m", Some(&metres))])
    };
    let words = MapWords {
        title: &t!(lang, "outlets-map-title"),
        caption: &t!(lang, "outlets-map-caption"),
        north: &t!(lang, "map-north"),
        metre: &t!(lang, "map-metre"),
        kilometre: &t!(lang, "map-kilometre"),
        cluster: &|n| t!(lang, "outlets-cluster", n = n),
        cluster_href: &near,
    };
    html! {
        (head(lang, view))
        (tabs(lang, view, true))
        (filters(lang, view, "/outlets/map"))
        (phases(lang, view, "/outlets/map"))
        @if points.is_empty() { (nothing(lang, view)) } @else {
            @if left_out { (parts::note(crate::templates::State::Soon, &html! { p { (t!(lang, "outlets-map-more")) } })) }
            (svg_map(points, &words))
        }
    }
}

fn head(lang: Lang, view: &ListView<'_>) -> Markup {
    let acts = html! {
        @if view.may_judge { (parts::button_link("/outlets/scorecard", "", None, &t!(lang, "score-title"))) }
        @if view.may_write { (writes(lang)) }
    };
    parts::head(
        None,
        &t!(lang, "place-outlets"),
        Some(&t!(lang, "outlets-count", n = view.total())),
        view.may_judge.then_some(&acts),
    )
}

fn writes(lang: Lang) -> Markup {
    html! {
        (parts::button_link("/imports", "", Some(Icon::Upload), &t!(lang, "place-imports")))
        (parts::button_link("/outlets/new", "do", Some(Icon::Plus), &t!(lang, "outlets-new")))
    }
}

fn tabs(lang: Lang, view: &ListView<'_>, is_map: bool) -> Markup {
    let (list, map) = (view.href("/outlets", &[]), view.href("/outlets/map", &[]));
    parts::tabs(
        &t!(lang, "outlets-views"),
        &[
            Tab { href: &list, label: &t!(lang, "outlets-list"), count: None, current: !is_map },
            Tab { href: &map, label: &t!(lang, "outlets-map"), count: None, current: is_map },
        ],
    )
}

fn filters(lang: Lang, view: &ListView<'_>, action: &str) -> Markup {
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    let query = view.query;
    let banks: Vec<Choice<'_>> = view.banks.iter().map(|b| Choice { value: b, label: b }).collect();
    let words: Vec<String> = Tier::ALL.iter().map(|tier| tier_word(lang, Some(*tier))).collect();
    let tiers: Vec<Choice<'_>> =
        Tier::ALL.iter().zip(&words).map(|(tier, word)| Choice { value: tier.as_str(), label: word }).collect();
    let all = t!(lang, "outlets-all");
    html! {
        form.filters method="get" action=(action) role="search" {
            div.field.grow {
                label for="q" { (t!(lang, "outlets-find")) }
                input.in #q type="search" name="q" value=(value(&query.q)) autocomplete="off";
            }
            (Field::new("bank", &t!(lang, "outlet-bank")).value(&value(&query.bank)).select(Some(&all), &banks))
            (Field::new("tier", &t!(lang, "outlet-tier")).value(&value(&query.tier)).select(Some(&all), &tiers))
            @for (name, kept) in [("phase", &query.phase), ("near", &query.near), ("within_m", &query.within_m)] {
                @if let Some(kept) = kept { (crate::templates::form::hidden(name, kept)) }
            }
            button.btn type="submit" { (icon(Icon::Search)) (t!(lang, "outlets-filter")) }
        }
    }
}

fn phases(lang: Lang, view: &ListView<'_>, path: &str) -> Markup {
    let asked = view.query.phase.as_deref();
    let total: i64 = view.phases.iter().map(|(_, n)| n).sum();
    let count = |n: i64| u32::try_from(n).ok();
    let mut hrefs = vec![(view.href(path, &[("phase", None)]), t!(lang, "outlets-all"), total, asked.is_none())];
    for (phase, n) in view.phases.iter().filter(|(p, n)| *n > 0 || asked == Some(p.as_str())) {
        let href = view.href(path, &[("phase", Some(phase.as_str()))]);
        hrefs.push((href, phase_word(lang, *phase), *n, asked == Some(phase.as_str())));
    }
    let tabs: Vec<Tab<'_>> = hrefs
        .iter()
        .map(|(href, label, n, current)| Tab { href, label, count: count(*n), current: *current })
        .collect();
    parts::tabs(&t!(lang, "outlet-phase"), &tabs)
}

fn nothing(lang: Lang, view: &ListView<'_>) -> Markup {
    let q = view.query;
    let filtered = [&q.q, &q.bank, &q.tier, &q.phase, &q.grade, &q.parent, &q.near].iter().any(|f| f.is_some());
    let acts = html! {
        @if filtered { (parts::button_link("/outlets", "", None, &t!(lang, "outlets-show-all"))) }
        @else if view.may_write { (parts::button_link("/imports", "do", Some(Icon::Upload), &t!(lang, "place-imports"))) }
    };
    let (title, words) = if filtered {
        ("outlets-none-found", "outlets-none-found-hint")
    } else {
        ("outlets-none", "outlets-none-hint")
    };
    parts::empty(Icon::Bank, &t!(lang, title), &t!(lang, words), Some(&acts))
}

fn line(lang: Lang, outlet: &OutletView) -> Markup {
    let href = format!("/outlets/{}", outlet.id);
    let tier = tier_word(lang, outlet.tier);
    let distance = outlet.distance_m.map(|m| distance(lang, m)).unwrap_or_default();
    let facts: Vec<&str> = [tier.as_str(), outlet.district.as_str(), outlet.address.as_str(), distance.as_str()]
        .into_iter()
        .filter(|f| !f.is_empty())
        .collect();
    let meta = html! { (facts.join(" · ")) };
    parts::row(
        &Row::link(&href, &outlet.name).meta(&meta).state(phase_state(outlet.phase), &phase_word(lang, outlet.phase)),
    )
}

/// Metres below a kilometre, kilometres with one decimal above.
fn distance(lang: Lang, metres: f64) -> String {
    if metres < 1000.0 {
        format!("{metres:.0} {}", t!(lang, "map-metre"))
    } else {
        format!("{:.1} {}", metres / 1000.0, t!(lang, "map-kilometre"))
    }
}
