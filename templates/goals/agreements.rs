//! Agreements with banks: what both sides promised, how far each promise has come against the time, and where an explanation is owed.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{Problems, amount, bar, error, period, promised, summary, time};
use crate::goals::measure::{Promised, Side, Way};
use crate::goals::period::Period;
use crate::goals::progress::{Progress, Time};
use crate::t;
use crate::templates::attendance::{Branch, words};
use crate::templates::form::{self, Choice, Field, csrf_field};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// A promise and how far it has come.
#[derive(Clone, Debug)]
pub struct PromiseLine {
    pub side: Side,
    pub measure: Promised,
    pub way: Way,
    pub progress: Progress,
}

/// An agreement in a list.
#[derive(Clone, Debug)]
pub struct AgreementCard {
    pub href: String,
    pub partner: String,
    pub period: Period,
    pub time: Time,
    pub lines: Vec<PromiseLine>,
    /// How many explanations are owed.
    pub owed: usize,
    pub is_ended: bool,
}

/// The list.
pub struct AgreementsView<'a> {
    pub branches: &'a [Branch],
    pub branch: &'a Branch,
    pub writes: bool,
    pub all: Vec<AgreementCard>,
    pub next: Option<String>,
}

/// The list of a branch.
pub fn list(lang: Lang, view: &AgreementsView<'_>) -> Markup {
    let new = parts::button_link("/agreements/new", "do", Some(Icon::Plus), &t!(lang, "agreement-new"));
    let branches: Vec<Choice<'_>> = view.branches.iter().map(|b| Choice { value: &b.code, label: &b.name }).collect();
    let owed: usize = view.all.iter().map(|one| one.owed).sum();
    html! {
        (parts::head(Some(&view.branch.name), &t!(lang, "agreements-title"), Some(&t!(lang, "agreements-about")), view.writes.then_some(&new)))
        @if branches.len() > 1 {
            form.filters method="get" action="/agreements" {
                (Field::new("branch", &t!(lang, "targets-branch")).value(&view.branch.code).select(None, &branches))
                button.btn type="submit" { (t!(lang, "targets-show")) }
            }
        }
        @if owed > 0 { (parts::note(State::Late, &html! { p { (t!(lang, "agreements-owed", n = owed)) } })) }
        @if view.all.is_empty() {
            (parts::empty(Icon::Bank, &t!(lang, "agreements-none"), &t!(lang, "agreements-none-words"), view.writes.then_some(&new)))
        }
        (cards(lang, &view.all))
        @if let Some(next) = &view.next { (parts::pagination(&t!(lang, "targets-rows"), "", None, Some((next, &t!(lang, "targets-rows-after"))))) }
    }
}

/// Agreements as lines of a list.
pub fn cards(lang: Lang, all: &[AgreementCard]) -> Markup {
    html! {
        ul.rows {
            @for one in all {
                @let worst = one.lines.iter().min_by_key(|line| line.progress.stand.rank());
                @let said = match (one.owed, worst) {
                    _ if one.is_ended => (State::Unknown, t!(lang, "agreement-ended")),
                    (n, _) if n > 0 => (State::Late, t!(lang, "agreement-owed", n = n)),
                    (_, Some(line)) => (super::state(line.progress.stand), super::standing(lang, &line.progress)),
                    (_, None) => (State::Unknown, String::new()),
                };
                @let meta = html! { (period(lang, one.period)) " · " (one.lines.iter().map(|line| short(lang, line)).collect::<Vec<_>>().join(" · ")) };
                (parts::row(&Row::link(&one.href, &one.partner).meta(&meta).state(said.0, &said.1)))
            }
        }
    }
}

/// `三方存管 12 / 20`.
fn short(lang: Lang, line: &PromiseLine) -> String {
    t!(
        lang,
        "agreement-short",
        what = promised(lang, line.measure),
        done = amount(lang, line.measure, line.progress.done),
        target = amount(lang, line.measure, line.progress.target)
    )
}

/// A promise that was missed.
pub struct MissLine {
    /// Where an answer is posted.
    pub action: String,
    /// What was missed, and how, in words.
    pub what: String,
    pub noticed_on: NaiveDate,
    /// What was said, by whom, when.
    pub answer: Option<(String, String, String)>,
    pub is_settled: bool,
    /// As typed, with what is wrong.
    pub typed: String,
    pub error: Option<String>,
}

/// An entry.
pub struct EntryLine {
    /// Where its counter-entry is posted, and the id that it would have; none: it cannot be taken back.
    pub correction: Option<(String, String)>,
    pub on_date: NaiveDate,
    pub what: String,
    pub value: String,
    pub note: String,
    /// By whom and when.
    pub by: String,
    pub is_correction: bool,
    pub is_corrected: bool,
}

/// An entry as it is typed.
#[derive(Clone, Debug, Default)]
pub struct TypedEntry {
    pub id: String,
    pub line_id: String,
    pub on_date: String,
    pub value: String,
    pub note: String,
}

/// One agreement.
pub struct AgreementPage<'a> {
    pub csrf: &'a str,
    pub base: String,
    pub card: AgreementCard,
    pub outlet: Option<String>,
    pub note: String,
    /// Whether the reader writes here.
    pub writes: bool,
    pub misses: Vec<MissLine>,
    pub entries: Vec<EntryLine>,
    /// Promises that are entered, with whether each is money.
    pub entered: Vec<(String, Promised, Side)>,
    pub typed: TypedEntry,
    pub problems: &'a Problems,
}

/// The page of one.
pub fn one(lang: Lang, view: &AgreementPage<'_>) -> Markup {
    let acts = html! { (parts::button_link(&format!("{}/report", view.base), "", Some(Icon::List), &t!(lang, "agreement-report"))) };
    let open = view.writes && !view.card.is_ended;
    html! {
        div {
            (parts::back("/agreements", &t!(lang, "agreements-title")))
            (parts::head(Some(&period(lang, view.card.period)), &view.card.partner, Some(&time(lang, view.card.time)), Some(&acts)))
        }
        div.cluster {
            @if view.card.is_ended { (parts::chip(State::Unknown, &t!(lang, "agreement-ended"))) }
            @if let Some(outlet) = &view.outlet { a href=(outlet) { (t!(lang, "agreement-outlet")) } }
            @if !view.note.is_empty() { span.quiet { (view.note) } }
        }
        @for miss in view.misses.iter().filter(|miss| miss.answer.is_none() && !miss.is_settled) { (asked(lang, view, miss)) }
        @for side in Side::ALL { (promises(lang, side, &view.card.lines)) }
        @if open && !view.entered.is_empty() { (entry_form(lang, view)) }
        (entries(lang, view))
        (past_misses(lang, view))
        @if open {
            section {
                (form::more(&t!(lang, "agreement-end"), false, &html! {
                    p { (t!(lang, "agreement-end-about")) }
                    (form::button_form(&format!("{}/end", view.base), view.csrf, &[], "grave", &html! { (t!(lang, "agreement-end")) }))
                }))
            }
        }
    }
}

/// The promises of a side.
pub fn promises(lang: Lang, side: Side, lines: &[PromiseLine]) -> Markup {
    let own: Vec<&PromiseLine> = lines.iter().filter(|line| line.side == side).collect();
    html! {
        @if !own.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, &format!("agreement-{}", side.as_str()))) } }
                ul.rows {
                    @for line in own {
                        @let title = promised(lang, line.measure);
                        @let said = super::standing(lang, &line.progress);
                        @let done = amount(lang, line.measure, line.progress.done);
                        @let target = amount(lang, line.measure, line.progress.target);
                        @let meta = html! {
                            span.num { (t!(lang, "targets-done", done = done, target = target)) } " · " (t!(lang, &format!("promise-{}", line.way.as_str())))
                            (bar(lang, &line.progress))
                        };
                        (parts::row(&Row::plain(&title).meta(&meta).state(super::state(line.progress.stand), &said)))
                    }
                }
            }
        }
    }
}

fn asked(lang: Lang, view: &AgreementPage<'_>, miss: &MissLine) -> Markup {
    let label = t!(lang, "miss-why");
    let id = format!("text-{}", miss.action.rsplit('/').nth(1).unwrap_or_default());
    parts::note(
        State::Late,
        &html! {
            p { b { (miss.what) } " " span.quiet { (t!(lang, "miss-noticed", day = words::short_day(lang, miss.noticed_on))) } }
            @if view.writes {
                form.form method="post" action=(miss.action) {
                    (csrf_field(view.csrf))
                    (Field::new("text", &label).id(&id).hint(&t!(lang, "miss-hint")).value(&miss.typed).error(miss.error.as_deref()).required().maxlength(500).textarea(3))
                    div { (form::submit(&t!(lang, "miss-answer"))) }
                }
            } @else { p.quiet { (t!(lang, "miss-waits")) } }
        },
    )
}

fn past_misses(lang: Lang, view: &AgreementPage<'_>) -> Markup {
    let past: Vec<&MissLine> = view.misses.iter().filter(|miss| miss.answer.is_some() || miss.is_settled).collect();
    html! {
        @if !past.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "miss-past")) } }
                ul.rows {
                    @for miss in past {
                        @let meta = html! {
                            @match &miss.answer {
                                Some((text, by, at)) => { (text) br; span.num { (by) " · " (at) } },
                                None => { (t!(lang, "miss-settled")) },
                            }
                        };
                        (parts::row(&Row::plain(&miss.what).meta(&meta)))
                    }
                }
            }
        }
    }
}

fn entry_form(lang: Lang, view: &AgreementPage<'_>) -> Markup {
    let of = |field: &str| error(view.problems, field);
    let labels: Vec<(String, String)> = view
        .entered
        .iter()
        .map(|(id, measure, side)| {
            let what = promised(lang, *measure);
            let what = if measure.is_money() { t!(lang, "entry-in-yuan", what = what) } else { what };
            (id.clone(), t!(lang, &format!("entry-of-{}", side.as_str()), what = what))
        })
        .collect();
    let lines: Vec<Choice<'_>> = labels.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "entry-new")) } }
            (summary(lang, view.problems))
            form.form method="post" action={ (view.base) "/entries" } {
                (csrf_field(view.csrf))
                (form::hidden("id", &view.typed.id))
                (Field::new("line_id", &t!(lang, "entry-line")).value(&view.typed.line_id).error(of("line_id")).required().select(None, &lines))
                div.pair {
                    (Field::new("value", &t!(lang, "entry-value")).hint(&t!(lang, "entry-value-hint")).value(&view.typed.value).error(of("value")).required().inputmode("decimal").maxlength(20).text())
                    (Field::new("on_date", &t!(lang, "entry-on")).value(&view.typed.on_date).error(of("on_date")).required().date())
                }
                (Field::new("note", &t!(lang, "entry-note")).optional(&t!(lang, "entry-optional")).value(&view.typed.note).error(of("note")).maxlength(500).text())
                div { (form::submit(&t!(lang, "entry-add"))) }
            }
        }
    }
}

fn entries(lang: Lang, view: &AgreementPage<'_>) -> Markup {
    html! {
        @if !view.entries.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "entries-title")) } }
                ul.rows {
                    @for one in &view.entries {
                        @let title = format!("{} {}", one.what, one.value);
                        @let meta = html! {
                            (words::short_day(lang, one.on_date)) " · " (one.by)
                            @if !one.note.is_empty() { " · " (one.note) }
                            @if one.is_correction { " · " (t!(lang, "entry-is-correction")) }
                            @if one.is_corrected { " · " (t!(lang, "entry-corrected")) }
                        };
                        @let row = Row::plain(&title).meta(&meta);
                        @let act = one.correction.as_ref().map(|(action, id)| form::button_form(action, view.csrf, &[("id", id)], "bare", &html! { (t!(lang, "entry-take-back")) }));
                        (parts::row(&if let Some(act) = &act { row.actions(act) } else { row }))
                    }
                }
            }
        }
    }
}

/// A promise as it is typed.
#[derive(Clone, Debug, Default)]
pub struct TypedPromise {
    pub target: String,
    /// `on`: entered by hand although it could be counted.
    pub by_hand: String,
}

/// The form of a new agreement.
pub struct AgreementForm<'a> {
    pub csrf: &'a str,
    pub id: &'a str,
    pub partner: &'a str,
    /// Outlets and banks: value and label.
    pub partners: &'a [(String, String)],
    pub from: &'a str,
    pub to: &'a str,
    pub note: &'a str,
    pub lines: &'a dyn Fn(Side, Promised) -> TypedPromise,
    pub problems: &'a Problems,
}

/// The page of a new one.
pub fn form_page(lang: Lang, view: &AgreementForm<'_>) -> Markup {
    let of = |field: &str| error(view.problems, field);
    let partners: Vec<Choice<'_>> = view.partners.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        div {
            (parts::back("/agreements", &t!(lang, "agreements-title")))
            (parts::head(None, &t!(lang, "agreement-new"), Some(&t!(lang, "agreement-new-about")), None))
        }
        (summary(lang, view.problems))
        form.form method="post" action="/agreements" {
            (csrf_field(view.csrf))
            (form::hidden("id", view.id))
            (Field::new("partner", &t!(lang, "agreement-partner")).value(view.partner).error(of("partner")).required().select(Some(&t!(lang, "agreement-choose")), &partners))
            div.pair {
                (Field::new("from", &t!(lang, "targets-from")).value(view.from).error(of("from")).required().date())
                (Field::new("to", &t!(lang, "targets-to")).value(view.to).error(of("to")).required().date())
            }
            @for side in Side::ALL { (side_fields(lang, view, side)) }
            (Field::new("note", &t!(lang, "entry-note")).optional(&t!(lang, "entry-optional")).value(view.note).error(of("note")).maxlength(500).textarea(2))
            div { (form::submit(&t!(lang, "agreement-save"))) }
        }
    }
}

fn side_fields(lang: Lang, view: &AgreementForm<'_>, side: Side) -> Markup {
    // What a side usually promises stands first, the rest behind "more".
    let usual: &[Promised] = match side {
        Side::Ours => &[Promised::CustodySigned, Promised::Cards, Promised::Deposits],
        Side::Theirs => &[Promised::Referrals, Promised::DeskDays, Promised::Events],
    };
    let field = |measure: Promised| {
        let typed = (view.lines)(side, measure);
        let name = format!("{side}_{measure}");
        let hand = format!("{name}_by_hand");
        let label = promised(lang, measure);
        let label = if measure.is_money() { t!(lang, "entry-in-yuan", what = label) } else { label };
        html! {
            (Field::new(&name, &label).value(&typed.target).error(error(view.problems, &name)).short().inputmode("decimal").maxlength(20).text())
            @if measure.counted_as().is_some() {
                (Field::new(&hand, &t!(lang, "promise-by-hand")).value(&typed.by_hand).checkbox())
            }
        }
    };
    let rest = || Promised::ALL.into_iter().filter(|one| !usual.contains(one));
    let open = rest().any(|one| {
        !(view.lines)(side, one).target.is_empty() || error(view.problems, &format!("{side}_{one}")).is_some()
    });
    html! {
        fieldset.form {
            legend { h2 { (t!(lang, &format!("agreement-{}", side.as_str()))) } }
            @for one in usual { (field(*one)) }
            (form::more(&t!(lang, "agreement-more"), open, &html! { @for one in rest() { (field(one)) } }))
        }
    }
}

/// The agreements of an outlet, on its own page.
pub struct OfOutlet {
    pub cards: Vec<AgreementCard>,
    /// Where a new one is made; none: the reader only reads.
    pub new: Option<String>,
    /// Where its links for the bank are.
    pub links: Option<String>,
}

/// The section of an outlet's page.
pub fn of_outlet(lang: Lang, view: &OfOutlet) -> Markup {
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "agreements-title")) } }
            @if view.cards.is_empty() { p.quiet { (t!(lang, "agreements-outlet-none")) } }
            (cards(lang, &view.cards))
            div.acts {
                @if let Some(new) = &view.new { (parts::button_link(new, "", Some(Icon::Plus), &t!(lang, "agreement-new"))) }
                @if let Some(links) = &view.links { (parts::button_link(links, "bare", Some(Icon::Bank), &t!(lang, "partner-links-title"))) }
            }
        }
    }
}

/// What a branch owes, on the desk's first page.
pub fn owed(lang: Lang, n: i64) -> Markup {
    html! {
        @if n > 0 {
            (parts::note(State::Late, &html! { p { (t!(lang, "agreements-owed", n = n)) " " a href="/agreements" { (t!(lang, "agreements-look")) } } }))
        }
    }
}
