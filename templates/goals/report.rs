//! What leaves the house: the page behind a partner's link, the report of an agreement, and the links themselves.
//!
//! Names and hours of those posted, and totals; of clients no more than `goals::small` lets through.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{amount, bar, chip, measure, number, period, promised, time};
use crate::goals::measure::{Measure, Side};
use crate::goals::partner::{Came, Told, ToldAgreement};
use crate::goals::period::Period;
use crate::t;
use crate::templates::Lang;
use crate::templates::State;
use crate::templates::attendance::words;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Figure, Row};

/// Who is posted on a day: names and hours.
pub struct PostedDay {
    pub date: NaiveDate,
    pub people: Vec<(String, String)>,
}

/// What a partner sees.
pub struct PartnerView<'a> {
    pub outlet: &'a str,
    pub bank: Option<&'a str>,
    pub branch: &'a str,
    pub today: NaiveDate,
    pub days: Vec<PostedDay>,
    pub came: Came,
    pub agreements: &'a [ToldAgreement],
    pub clients: &'a [(Measure, Option<i64>)],
    pub quarter: Period,
    pub clients_until: NaiveDate,
}

/// The page behind a link.
pub fn partner(lang: Lang, view: &PartnerView<'_>) -> Markup {
    let over = match view.bank {
        Some(bank) if !view.outlet.contains(bank) => format!("{bank} · {}", view.branch),
        _ => view.branch.to_owned(),
    };
    let until = words::short_day(lang, view.clients_until);
    html! {
        (parts::head(Some(&over), view.outlet, Some(&t!(lang, "partner-as-of", day = words::day(lang, view.today))), None))
        (posted(lang, view))
        (attendance(lang, view.came, &t!(lang, "partner-attendance")))
        @for one in view.agreements { (balance(lang, one)) }
        @if !view.clients.is_empty() {
            section {
                h2 { (t!(lang, "partner-clients", period = period(lang, view.quarter))) }
                (parts::kv(&view.clients.iter().map(|(of, n)| (measure(lang, *of), *n)).collect::<Vec<_>>().iter().map(|(of, n)| (of.as_str(), hidden_or(lang, n.map(number)))).collect::<Vec<_>>()))
            }
        }
        p.quiet.small { (t!(lang, "partner-privacy", day = until)) }
    }
}

fn hidden_or(lang: Lang, number: Option<String>) -> Markup {
    html! { @match number { Some(number) => span.num { (number) }, None => span.quiet { (t!(lang, "partner-hidden")) } } }
}

fn posted(lang: Lang, view: &PartnerView<'_>) -> Markup {
    let monday = crate::goals::partner::monday_of(view.today);
    let next = monday + chrono::Days::new(7);
    let week = |title: &str, days: Vec<&PostedDay>| {
        html! {
            section {
                h2 { (title) }
                @if days.is_empty() { p.quiet { (t!(lang, "partner-nobody")) } } @else {
                    ul.rows {
                        @for day in days {
                            @let title = words::column_day(lang, day.date);
                            @let meta = html! { @for (at, (name, hours)) in day.people.iter().enumerate() { @if at > 0 { br; } (name) " " span.num { (hours) } } };
                            @let row = Row::plain(&title).meta(&meta);
                            @let today = t!(lang, "partner-today");
                            (parts::row(&if day.date == view.today { row.state(State::Fine, &today) } else { row }))
                        }
                    }
                }
            }
        }
    };
    html! {
        div.split.even {
            (week(&t!(lang, "partner-this-week"), view.days.iter().filter(|day| day.date < next).collect()))
            (week(&t!(lang, "partner-next-week"), view.days.iter().filter(|day| day.date >= next).collect()))
        }
    }
}

fn attendance(lang: Lang, came: Came, title: &str) -> Markup {
    let numbers = [came.shifts.to_string(), came.attended.to_string(), came.on_time.to_string()];
    let labels = ["shifts", "attended", "on-time"].map(|key| t!(lang, &format!("partner-came-{key}")));
    let all: Vec<Figure<'_>> =
        numbers.iter().zip(&labels).map(|(number, label)| Figure { number, label, state: None }).collect();
    html! { section { h2 { (title) } (parts::figures(&all)) } }
}

fn balance(lang: Lang, one: &ToldAgreement) -> Markup {
    let asked = Period { from: one.of.from_date, to: one.of.to_date };
    html! {
        section.balance {
            h2 { (t!(lang, "partner-balance", period = period(lang, asked))) }
            p.quiet { (time(lang, one.time)) }
            @for side in Side::ALL { (side_of(lang, side, one)) }
        }
    }
}

fn side_of(lang: Lang, side: Side, one: &ToldAgreement) -> Markup {
    let own: Vec<&Told> = one.lines.iter().filter(|line| line.line.side == side).collect();
    html! {
        @if !own.is_empty() {
            h3 { (t!(lang, &format!("report-{}", side.as_str()))) }
            ul.rows { @for told in own { (line(lang, told)) } }
        }
    }
}

fn line(lang: Lang, told: &Told) -> Markup {
    let of = told.line.measure;
    let title = promised(lang, of);
    let target = amount(lang, of, told.line.target);
    let split = html! {
        @if !told.by_outlet.is_empty() {
            ul.plain { @for (name, n) in &told.by_outlet { li { (name) " " (hidden_or(lang, n.map(|n| amount(lang, of, n)))) } } }
        }
    };
    match &told.progress {
        Some(progress) => {
            let done = amount(lang, of, progress.done);
            let meta = html! { span.num { (t!(lang, "targets-done", done = done, target = target)) } (bar(lang, progress)) (split) };
            let acts = chip(lang, progress);
            html! { li.row { div { span.row-title { (title) } span.row-meta { (meta) } } div.row-end { (acts) } } }
        }
        None => {
            let meta = html! { (t!(lang, "partner-of-target", target = target)) " · " span { (t!(lang, "partner-hidden")) } (split) };
            parts::row(&Row::plain(&title).meta(&meta))
        }
    }
}

/// The report of an agreement.
pub struct ReportView<'a> {
    pub back: &'a str,
    pub partner: &'a str,
    pub branch: &'a str,
    pub today: NaiveDate,
    pub agreement: &'a ToldAgreement,
    pub came: Option<Came>,
    pub clients_until: NaiveDate,
}

/// One page, A4 when printed.
pub fn report(lang: Lang, view: &ReportView<'_>) -> Markup {
    let about = t!(lang, "report-about", day = words::day(lang, view.today));
    html! {
        div {
            (parts::back(view.back, view.partner))
            (parts::head(Some(view.branch), &t!(lang, "report-title", partner = view.partner), Some(&about), None))
        }
        (balance(lang, view.agreement))
        @if let Some(came) = view.came { (attendance(lang, came, &t!(lang, "report-attendance"))) }
        p.quiet.small { (t!(lang, "partner-privacy", day = words::short_day(lang, view.clients_until))) }
        p.quiet.small.no-print { (t!(lang, "report-print")) }
    }
}

/// A link that works.
pub struct LinkRow {
    /// Where its end is posted.
    pub revoke: String,
    pub made: String,
    pub until: String,
    pub read: String,
}

/// The links of an outlet.
pub struct LinksView<'a> {
    pub csrf: &'a str,
    /// The id that the next one will have.
    pub id: &'a str,
    pub base: &'a str,
    pub outlet: &'a str,
    pub name: &'a str,
    /// How many days one may last.
    pub lasts: &'a [i64],
    pub problem: Option<String>,
    pub links: Vec<LinkRow>,
}

/// The links.
pub fn links(lang: Lang, view: &LinksView<'_>) -> Markup {
    let lasts: Vec<(String, String)> =
        view.lasts.iter().map(|days| (days.to_string(), t!(lang, "partner-link-days", n = *days))).collect();
    let lasts: Vec<Choice<'_>> = lasts.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        div {
            (parts::back(view.outlet, view.name))
            (parts::head(Some(view.name), &t!(lang, "partner-links-title"), Some(&t!(lang, "partner-links-about")), None))
        }
        form.form method="post" action=(view.base) {
            (form::csrf_field(view.csrf)) (form::hidden("id", view.id))
            (Field::new("days", &t!(lang, "partner-link-lasts")).value("90").error(view.problem.as_deref()).required().radio(&lasts))
            div.acts { (form::submit(&t!(lang, "partner-link-make"))) }
        }
        @if !view.links.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "partner-links-working")) } }
                ul.rows {
                    @for link in &view.links {
                        @let meta = html! { span.num { (link.until) " · " (link.read) } };
                        @let end = form::button_form(&link.revoke, view.csrf, &[], "grave", &html! { (t!(lang, "partner-link-revoke")) });
                        (parts::row(&Row::plain(&link.made).meta(&meta).actions(&end)))
                    }
                }
            }
        }
    }
}

/// A link that was just made.
pub struct NewLinkView<'a> {
    pub back: &'a str,
    pub name: &'a str,
    /// Its address, shown only now.
    pub url: &'a str,
    pub until: &'a str,
}

/// The link, shown once.
pub fn new_link(lang: Lang, view: &NewLinkView<'_>) -> Markup {
    html! {
        div {
            (parts::back(view.back, &t!(lang, "partner-links-title")))
            (parts::head(Some(view.name), &t!(lang, "partner-link-new-title"), Some(&t!(lang, "partner-link-once")), None))
        }
        pre #link { (view.url) }
        div.acts {
            button.btn type="button" hidden data-copy=(view.url) data-copied=(t!(lang, "link-copied")) { (icon(Icon::Copy)) span data-word { (t!(lang, "link-copy")) } }
            (parts::button_link(view.url, "bare", None, &t!(lang, "partner-link-look")))
        }
        p.quiet { (t!(lang, "partner-link-until", day = view.until)) }
        (parts::note(State::Soon, &html! { p { (t!(lang, "partner-link-warning")) } }))
    }
}
