//! What of the funnel is looked up: who stands where, and the groups.

use maud::{Markup, html};

use super::{Cell, FunnelView, GroupRow, Lang, Link, linked, number, percent};
use crate::t;

/// Who is at each stage now, by how long.
pub fn stands(lang: Lang, view: &FunnelView) -> Markup {
    let words = t!(lang, "funnel-stands-days");
    html! {
        section {
            h2 { (t!(lang, "funnel-stands")) }
            p.quiet.small { (t!(lang, "funnel-stands-words")) }
            div.scroll tabindex="0" role="region" aria-label=(t!(lang, "funnel-stands")) {
                table.table.keep {
                    thead { tr {
                        th scope="col" { (words) }
                        @for age in &view.ages { th.n scope="col" { (age) } }
                        th.n scope="col" { (t!(lang, "funnel-stands-all")) }
                    } }
                    tbody { @for row in &view.stands {
                        tr {
                            th scope="row" { (row.name) }
                            @for age in &row.ages { td.n { (linked(age)) } }
                            td.n { (linked(&row.all)) }
                        }
                    } }
                }
            }
            @if view.erased > 0 { p.quiet.small { (t!(lang, "funnel-erased", n = view.erased)) } }
        }
    }
}

/// The groups.
pub fn groups(lang: Lang, view: &FunnelView) -> Markup {
    let title = t!(lang, &format!("funnel-title-by-{}", view.group_by));
    let compared = view.before.is_some();
    html! {
        section {
            h2 { (title) }
            p.quiet.small { (t!(lang, "funnel-groups-words")) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.table.keep.groups {
                    thead { tr {
                        th scope="col" { (t!(lang, &format!("funnel-by-{}", view.group_by))) }
                        @if compared { th.n scope="col" { (t!(lang, "funnel-met-before")) } }
                        @for name in &view.step_names { th.n scope="col" { (name) } }
                        th.n scope="col" { (t!(lang, "prospect-stage-lost")) }
                    } }
                    tbody {
                        @if let Some(middle) = &view.middle { (yardstick(lang, middle, compared)) }
                        @for group in &view.groups { (row(lang, group, compared)) }
                    }
                }
            }
            @if view.hidden > 0 { p.quiet { (t!(lang, "funnel-hidden", n = view.hidden)) } }
        }
    }
}

/// The middle of the groups, by which they are measured.
fn yardstick(lang: Lang, middle: &[Option<f64>], compared: bool) -> Markup {
    html! {
        tr.quiet {
            th scope="row" { (t!(lang, "funnel-middle")) }
            @if compared { td.n {} }
            @for share in middle { td.n { @if let Some(share) = share { (percent(*share)) "%" } } }
            td.n {}
        }
    }
}

fn row(lang: Lang, group: &GroupRow, compared: bool) -> Markup {
    let lost = |link: &Link| html! { td.n { (linked(link)) } };
    html! {
        tr {
            th scope="row" { @if let Some(href) = &group.href { a href=(href) { (group.label) } } @else { (group.label) } }
            @if compared { td.n.quiet { (number(group.before.unwrap_or(0))) } }
            @for step in &group.steps { td.n { (cell(lang, step)) } }
            (lost(&group.lost))
        }
    }
}

fn cell(lang: Lang, cell: &Cell) -> Markup {
    html! {
        (linked(&cell.people))
        @if let Some(share) = cell.conversion {
            small.low[cell.below] {
                @if cell.below { span aria-hidden="true" { "▾" } span.vh { (t!(lang, "funnel-below")) " " } }
                (percent(share)) "%"
            }
        }
    }
}
