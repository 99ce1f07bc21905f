//! One outlet: what it is, where, when it is open, who sits there, how the co-operation went.

use maud::{Markup, html};

use super::{phase_state, phase_word, tier_word};
use crate::outlets::naming;
use crate::outlets::phase::Phase;
use crate::outlets::view::{OpeningView, OutletView};
use crate::t;
use crate::templates::goals::agreements::{self, OfOutlet};
use crate::templates::icons::{Icon, icon};
use crate::templates::map::{MapPoint, MapWords, svg_map};
use crate::templates::parts::{self, Happening, Row};
use crate::templates::results::scorecard::{ScoreView, on_outlet};
use crate::templates::{Lang, State};

/// Another outlet, as a link.
pub struct Crumb {
    /// Where it is.
    pub href: String,
    /// What it is called.
    pub name: String,
}

/// Days on which it is closed.
pub struct ClosureLine {
    /// The form that takes it away posts here.
    pub action: String,
    /// From when to when.
    pub days: String,
    /// Why.
    pub reason: String,
    /// Where it is found what becomes of its people, for the desk and as long as it is not over.
    pub repair: Option<String>,
}

/// Hours of one day.
pub struct SpecialLine {
    /// Which day, as its form sends it.
    pub date: String,
    /// From when to when.
    pub hours: String,
    /// Why.
    pub reason: String,
}

/// Somebody at the outlet.
pub struct ContactLine {
    /// Their form.
    pub href: String,
    /// Their name.
    pub name: String,
    /// Role, influence, birthday and so on, in words.
    pub facts: String,
    /// How to call them.
    pub phone: String,
    /// Whether they are our client.
    pub is_client: bool,
}

/// A step of the co-operation.
pub struct PhaseLine {
    /// The phase.
    pub phase: Phase,
    /// When, in words and as an instant.
    pub when: String,
    /// As above.
    pub at: String,
    /// Who moved it.
    pub by: Option<String>,
    /// Why.
    pub reason: String,
}

/// Somebody who sits there today.
pub struct SitsLine {
    /// Their row of the roll, where a spot check is written down.
    pub href: String,
    /// Who.
    pub name: String,
    /// From when to when.
    pub hours: String,
}

/// A spot check.
pub struct SpotLine {
    /// That day there.
    pub href: String,
    /// Of whom.
    pub name: String,
    /// When.
    pub when: String,
    /// Whether they were there.
    pub present: bool,
    /// Whether something was wrong.
    pub wrong: bool,
    /// What else.
    pub note: String,
}

/// Who sits there today, and what spot checks found.
pub struct OnSite {
    /// All of its attendance.
    pub all: String,
    /// Today's.
    pub sits: Vec<SitsLine>,
    /// The latest.
    pub spots: Vec<SpotLine>,
}

/// Links to maps, each in the system it expects.
pub struct WayThere {
    /// 高德, GCJ-02.
    pub amap: String,
    /// 百度, BD-09.
    pub baidu: String,
    /// Apple, GCJ-02 in China.
    pub apple: String,
    /// Anything else, WGS-84.
    pub geo: String,
}

/// All of an outlet's page.
pub struct Profile<'a> {
    /// The outlet.
    pub outlet: &'a OutletView,
    /// Whether the reader may change it.
    pub may_write: bool,
    /// The form token.
    pub csrf: &'a str,
    /// The outlet above it.
    pub parent: Option<Crumb>,
    /// Those below it.
    pub children: Vec<Crumb>,
    /// Days on which it is closed.
    pub closures: Vec<ClosureLine>,
    /// Days with hours of their own.
    pub specials: Vec<SpecialLine>,
    /// Whether the reader is of the branch's desk, which knows whom the outlet does not want.
    pub desk: bool,
    /// Who sits there.
    pub contacts: Vec<ContactLine>,
    /// What was promised each other; none for who has no part in it.
    pub agreements: Option<&'a OfOutlet>,
    /// How the co-operation went, the latest first.
    pub phases: Vec<PhaseLine>,
    /// How to get there.
    pub way: Option<WayThere>,
    /// For whom attendance is open to.
    pub on_site: Option<OnSite>,
    /// What the outlet did in the last months, and the address of its funnel; not for brokers.
    pub score: Option<(ScoreView, String)>,
}

/// The page.
pub fn profile(lang: Lang, view: &Profile<'_>) -> Markup {
    let outlet = view.outlet;
    let over: Vec<String> = [outlet.bank.clone().unwrap_or_default(), tier_word(lang, outlet.tier)]
        .into_iter()
        .filter(|w| !w.is_empty())
        .collect();
    let edit = html! {
        (parts::button_link(&format!("/outlets/{}/edit", outlet.id), "", Some(Icon::Pencil), &t!(lang, "outlet-edit")))
        (parts::button_link(&format!("/outlets/{}/calendar", outlet.id), "bare", Some(Icon::Calendar), &t!(lang, "feed-title")))
    };
    html! {
        div {
            (parts::back("/outlets", &t!(lang, "place-outlets")))
            (parts::head(Some(&over.join(" · ")), &outlet.name, None, view.may_write.then_some(&edit)))
        }
        div.cluster {
            (parts::chip(phase_state(outlet.phase), &phase_word(lang, outlet.phase)))
            @if let Some(since) = view.phases.first() { span.quiet { (t!(lang, "outlet-since", when = since.when.as_str())) } }
        }
        div.split {
            section { (facts(lang, view)) }
            (place(lang, view))
        }
        @if let Some(seen) = &view.on_site { (on_site(lang, seen, view.desk)) }
        @if let Some((score, funnel)) = &view.score { (on_outlet(lang, score, funnel)) }
        @if let Some(agreements) = view.agreements { (agreements::of_outlet(lang, agreements)) }
        (contacts(lang, view))
        (closures(lang, view))
        (specials(lang, view))
        @if view.desk {
            div.acts { (parts::button_link(&format!("/outlets/{}/unwelcome", outlet.id), "bare", Some(Icon::Shield), &t!(lang, "unwelcome-title"))) }
        }
        @if !view.children.is_empty() {
            @let rows: Vec<Row<'_>> = view.children.iter().map(|c| Row::link(&c.href, &c.name)).collect();
            (parts::section(&t!(lang, "outlet-children"), None, &parts::rows(&rows)))
        }
        (history(lang, view))
    }
}

fn facts(lang: Lang, view: &Profile<'_>) -> Markup {
    let outlet = view.outlet;
    let unknown = t!(lang, "outlet-unknown");
    let word = |text: &str| html! { @if text.is_empty() { span.quiet { (unknown) } } @else { (text) } };
    let fence = if outlet.fence.is_some() {
        t!(lang, "outlet-fence-polygon")
    } else {
        t!(lang, "outlet-fence-circle", n = outlet.radius_m)
    };
    let labels: Vec<String> = [
        "code",
        "address",
        "district",
        "phone",
        "parent",
        "opening",
        "fence",
        "grade",
        "note",
        "wanted-short",
        "footfall-short",
    ]
    .iter()
    .map(|k| t!(lang, &format!("outlet-{k}")))
    .collect();
    let parent = html! {
        @match &view.parent { Some(parent) => a href=(parent.href) { (parent.name) }, None => span.quiet { (unknown) } }
    };
    parts::kv(&[
        (&labels[0], html! { span.num { (outlet.code) } }),
        (&labels[1], word(&outlet.address)),
        (&labels[2], word(&outlet.district)),
        (&labels[3], html! { span.num { (word(&outlet.phone)) } }),
        (&labels[4], parent),
        (&labels[5], opening(lang, &outlet.opening)),
        (&labels[6], word(&fence)),
        (&labels[7], word(outlet.grade.as_deref().unwrap_or_default())),
        (&labels[8], word(&outlet.note)),
        (&labels[9], html! { (t!(lang, "outlet-wanted-n", n = outlet.wanted_brokers)) }),
        (&labels[10], html! { @match outlet.footfall { Some(n) => (n), None => span.quiet { (unknown) } } }),
    ])
}

/// Opening hours, a line a weekday.
fn opening(lang: Lang, hours: &[OpeningView]) -> Markup {
    html! {
        @if hours.is_empty() { span.quiet { (t!(lang, "outlet-opening-default")) } }
        @for day in 1..=7 {
            @let of_day: Vec<String> = hours.iter().filter(|h| h.weekday == day).map(|h| format!("{} – {}", h.from, h.to)).collect();
            @if !of_day.is_empty() {
                (t!(lang, &format!("weekday-{day}"))) " " span.num { (of_day.join(", ")) } br;
            }
        }
    }
}

fn place(lang: Lang, view: &Profile<'_>) -> Markup {
    let outlet = view.outlet;
    let (Some(lat), Some(lon), Some(way)) = (outlet.lat, outlet.lon, &view.way) else {
        return parts::empty(Icon::Pin, &t!(lang, "outlet-no-place"), &t!(lang, "outlet-no-place-hint"), None);
    };
    let point = MapPoint {
        lat,
        lon,
        label: outlet.name.clone(),
        short: naming::short(&outlet.name),
        href: way.geo.clone(),
        state: phase_state(outlet.phase),
        fence_m: outlet.fence.is_none().then_some(f64::from(outlet.radius_m)),
    };
    let caption = format!("{lat:.6}, {lon:.6}");
    let words = MapWords {
        title: &t!(lang, "outlet-place"),
        caption: &caption,
        north: &t!(lang, "map-north"),
        metre: &t!(lang, "map-metre"),
        kilometre: &t!(lang, "map-kilometre"),
        cluster: &|n| n.to_string(),
        cluster_href: &|_| "#main".to_owned(),
    };
    html! {
        div {
            (svg_map(&[point], &words))
            div.acts {
                a.btn href=(way.amap) rel="noreferrer" { (t!(lang, "map-amap")) }
                a.btn href=(way.baidu) rel="noreferrer" { (t!(lang, "map-baidu")) }
                a.btn href=(way.apple) rel="noreferrer" { (t!(lang, "map-apple")) }
                a.btn href=(way.geo) { (t!(lang, "map-other")) }
                @if !outlet.address.is_empty() {
                    button.btn.bare type="button" hidden data-copy=(outlet.address) data-copied=(t!(lang, "map-copied")) {
                        (icon(Icon::Copy)) span data-word { (t!(lang, "map-copy")) }
                    }
                }
            }
        }
    }
}

fn on_site(lang: Lang, seen: &OnSite, desk: bool) -> Markup {
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "outlet-on-site")) } }
            @if seen.sits.is_empty() { p.quiet { (t!(lang, "outlet-on-site-none")) } }
            @else {
                @if desk { p.hint { (t!(lang, "outlet-on-site-hint")) } }
                ul.rows { @for one in &seen.sits { (parts::row(&Row::link(&one.href, &one.name).meta(&html! { span.num { (one.hours) } }))) } }
            }
            @if !seen.spots.is_empty() {
                h3 { (t!(lang, "outlet-spots")) }
                ul.rows { @for one in &seen.spots { (spot(lang, one)) } }
            }
            div.acts { (parts::button_link(&seen.all, "bare", Some(Icon::Calendar), &t!(lang, "outlet-attendance"))) }
        }
    }
}

fn spot(lang: Lang, one: &SpotLine) -> Markup {
    let word = match (one.present, one.wrong) {
        (false, _) => t!(lang, "spot-not-there"),
        (true, true) => t!(lang, "spot-found"),
        (true, false) => t!(lang, "spot-fine"),
    };
    let state = if one.wrong { State::Late } else { State::Fine };
    let meta = html! { (one.when) @if !one.note.is_empty() { " · " (one.note) } };
    parts::row(&Row::link(&one.href, &one.name).meta(&meta).state(state, &word))
}

fn contacts(lang: Lang, view: &Profile<'_>) -> Markup {
    let new = format!("/outlets/{}/contacts/new", view.outlet.id);
    let add = parts::button_link(&new, "", Some(Icon::PersonAdd), &t!(lang, "contact-new"));
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "outlet-contacts")) } }
            @if view.contacts.is_empty() {
                (parts::empty(Icon::People, &t!(lang, "contact-none"), &t!(lang, "contact-none-hint"), view.may_write.then_some(&add)))
            } @else {
                ul.rows {
                    @for one in &view.contacts {
                        @let meta = html! { (one.facts) @if !one.phone.is_empty() { " " span.num { (one.phone) } } };
                        @let client = t!(lang, "contact-client");
                        @let row = if view.may_write { Row::link(&one.href, &one.name) } else { Row::plain(&one.name) };
                        @let row = row.meta(&meta);
                        (parts::row(&if one.is_client { row.state(crate::templates::State::Fine, &client) } else { row }))
                    }
                }
                @if view.may_write { div.acts { (add) } }
            }
        }
    }
}

fn closures(lang: Lang, view: &Profile<'_>) -> Markup {
    html! {
        @if view.may_write || !view.closures.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "outlet-closures")) } }
                @if view.closures.is_empty() { p.quiet { (t!(lang, "closure-none")) } }
                ul.rows {
                    @for one in &view.closures {
                        @let meta = html! { (one.reason) };
                        @let act = html! {
                            @if let Some(repair) = &one.repair { (parts::button_link(repair, "bare", None, &t!(lang, "repair-open"))) }
                            (crate::templates::form::button_form(&one.action, view.csrf, &[], "bare", &html! { (t!(lang, "closure-remove")) }))
                        };
                        @let row = Row::plain(&one.days).meta(&meta);
                        (parts::row(&if view.may_write { row.actions(&act) } else { row }))
                    }
                }
                @if view.may_write {
                    div.acts { (parts::button_link(&format!("/outlets/{}/closures/new", view.outlet.id), "", Some(Icon::Plus), &t!(lang, "closure-new"))) }
                }
            }
        }
    }
}

fn specials(lang: Lang, view: &Profile<'_>) -> Markup {
    let base = format!("/outlets/{}/special-hours", view.outlet.id);
    html! {
        @if view.may_write || !view.specials.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "outlet-special")) } }
                @if view.specials.is_empty() { p.quiet { (t!(lang, "special-none")) } }
                ul.rows {
                    @for one in &view.specials {
                        @let meta = html! { span.num { (one.hours) } @if !one.reason.is_empty() { " · " (one.reason) } };
                        @let act = crate::templates::form::button_form(&format!("{base}/removal"), view.csrf, &[("date", &one.date)], "bare", &html! { (t!(lang, "special-remove")) });
                        @let row = Row::plain(&one.date).meta(&meta);
                        (parts::row(&if view.may_write { row.actions(&act) } else { row }))
                    }
                }
                @if view.may_write {
                    div.acts { (parts::button_link(&format!("{base}/new"), "", Some(Icon::Plus), &t!(lang, "special-new"))) }
                }
            }
        }
    }
}

fn history(lang: Lang, view: &Profile<'_>) -> Markup {
    let words: Vec<String> = view.phases.iter().map(|p| phase_word(lang, p.phase)).collect();
    let all: Vec<Happening<'_>> = view
        .phases
        .iter()
        .zip(&words)
        .enumerate()
        .map(|(at, (line, title))| Happening {
            when: &line.when,
            at: &line.at,
            by: line.by.as_deref(),
            title,
            text: Some(line.reason.as_str()).filter(|r| !r.is_empty()),
            actions: None,
            strong: at == 0,
        })
        .collect();
    parts::section(&t!(lang, "outlet-history"), None, &parts::timeline(&all))
}
