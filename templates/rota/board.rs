//! The rota board: what is to be done, large; then a month at a desk, a day on a phone.

use chrono::{Datelike, Days, NaiveDate};
use maud::{Markup, html};

use super::board_view::{Board, Day, DraftLine, Pointer, Row, Way};
use super::cell::{Words, cell};
use crate::t;
use crate::templates::attendance::words;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Tab};
use crate::templates::{Lang, State};

/// The page.
pub fn board(lang: Lang, board: &Board, csrf: &str, new_id: &str) -> Markup {
    html! {
        (parts::head(Some(&board.branch.name), &period(lang, board), None, Some(&steps(lang, board))))
        (sums(lang, board))
        (draft_bar(lang, board, csrf))
        div.rbar {
            (views(lang, board))
            (filters(lang, board))
            @if board.writes && board.draft.is_none() { (begin(lang, board, csrf, new_id)) }
            @if board.writes && !board.laid { (turn(lang, board, "/rota/undo", ("undo", Icon::Undo), board.undo, csrf)) }
            @if board.writes { (helpers(lang, board)) }
            @if board.wants_reason { (reason(lang)) }
        }
        @if !board.month { (phone_days(lang, board)) }
        @if board.month { div.phone { (phone_days(lang, board)) } }
        (grid(lang, board, csrf))
        @if board.writes { (palette(lang, board)) (copy_week(lang, board, csrf)) }
        (legend(lang, board))
        @if board.writes { dialog.rdlg #chooser aria-label=(t!(lang, "board-choose")) {} }
        p.live #said role="status" aria-live="polite" {}
    }
}

fn period(lang: Lang, board: &Board) -> String {
    match (board.month, board.days.first(), board.days.last()) {
        (false, Some(day), _) => words::day(lang, day.date),
        (true, Some(first), Some(last)) if first.date.month() == last.date.month() => month_name(lang, first.date),
        (_, Some(first), Some(last)) => {
            format!("{} – {}", words::short_day(lang, first.date), words::short_day(lang, last.date))
        }
        _ => t!(lang, "board-title"),
    }
}

fn month_name(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Zh => format!("{} 年 {} 月", date.year(), date.month()),
        Lang::En => date.format("%B %Y").to_string(),
    }
}

/// The months, or the days, before and after; and today's.
fn steps(lang: Lang, board: &Board) -> Markup {
    let first = board.days.first().map_or(board.today, |day| day.date);
    let base = Way::of(board).without("draft").filtered(&board.filters);
    let way = |date: Option<NaiveDate>| {
        let date = date.unwrap_or(first);
        match board.month {
            true => base.clone().with("month", &date.format("%Y-%m").to_string()).href(),
            false => base.clone().with("day", &date.to_string()).href(),
        }
    };
    let (before, after) = match board.month {
        true => (
            first.checked_sub_days(Days::new(1)),
            first.with_day(1).and_then(|d| d.checked_add_months(chrono::Months::new(1))),
        ),
        false => (first.checked_sub_days(Days::new(1)), first.checked_add_days(Days::new(1))),
    };
    let key = |what: &str| t!(lang, &format!("board-{what}-{}", if board.month { "month" } else { "day" }));
    html! {
        a.btn.back-to href=(way(before)) rel="prev" aria-label=(key("before")) title=(key("before")) { (icon(Icon::Chevron)) }
        a.btn href=(way(Some(board.today))) { (key("this")) }
        a.btn href=(way(after)) rel="next" aria-label=(key("after")) title=(key("after")) { (icon(Icon::Chevron)) }
    }
}

/// What is to be done, as numbers that open into lists.
fn sums(lang: Lang, board: &Board) -> Markup {
    let sum = &board.sum;
    html! {
        div.rsum {
            (to_do(lang, board, "gaps", sum.gaps, &board.gaps, if sum.gaps > 0 { State::Soon } else { State::Fine }))
            (to_do(lang, board, "conflicts", sum.conflicts, &board.conflicts, if sum.conflicts > 0 { State::Late } else { State::Fine }))
            @match &board.draft {
                Some(draft) => {
                    a.rs.unknown href={ "/rota/drafts/" (draft.id) "/changes" } {
                        b #n-changes { (draft.changes) } span { (t!(lang, "board-sum-changes")) }
                    }
                }
                None => { div.rs.quiet { b #n-changes { "0" } span { (t!(lang, "board-sum-changes")) } } }
            }
            @if sum.warnings > 0 { div.rs.quiet { b #n-warnings { (sum.warnings) } span { (t!(lang, "board-sum-warnings")) } } }
        }
    }
}

fn to_do(lang: Lang, board: &Board, what: &str, count: usize, list: &[Pointer], state: State) -> Markup {
    let words = t!(lang, &format!("board-sum-{what}"));
    let all = Way::of(board).without("view").with("gaps", "on").href();
    let inside = html! { b #{ "n-" (what) } { (count) } span { (parts::shape(state)) (words) } };
    html! {
        @if list.is_empty() {
            div class={ "rs " (state.class()) } { (inside) }
        } @else {
            details class={ "rs " (state.class()) } {
                summary { (inside) }
                ul {
                    @for one in list {
                        li { @if board.writes { a href=(at(board, one)) { (pointer(lang, one)) } } @else { (pointer(lang, one)) } }
                    }
                    li { a href=(all) { (t!(lang, "board-only-these")) } }
                }
            }
        }
    }
}

/// Where a cell is chosen for: what there is to do is at an outlet, whatever the rows are.
fn at(board: &Board, one: &Pointer) -> String {
    chooser(board, "outlet", &one.outlet, one.date)
}

fn chooser(board: &Board, who: &str, row: &str, date: NaiveDate) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("date", &date.to_string()).append_pair(who, row);
    if let Some(draft) = board.draft.as_ref().filter(|_| board.laid) {
        query.append_pair("draft", &draft.id);
    }
    format!("/rota/cell?{}", query.finish())
}

fn pointer(lang: Lang, one: &Pointer) -> Markup {
    html! {
        time.num { (words::column_day(lang, one.date)) } " "
        b { (one.label) } " "
        @match (&one.who, one.code) {
            (Some(who), Some(code)) => { (who) " · " (Words::new(lang).clash(code)) }
            _ => { (t!(lang, "board-missing", n = one.missing)) }
        }
    }
}

/// The open draft and what can be done with it, or the way to begin one.
fn draft_bar(lang: Lang, board: &Board, csrf: &str) -> Markup {
    html! {
        @match &board.draft {
            Some(draft) if board.laid => { (laid(lang, board, draft, csrf)) }
            Some(draft) => {
                (parts::note(State::Unknown, &html! {
                    div.cluster {
                        p { (t!(lang, "board-draft-waits", from = words::short_day(lang, draft.from), to = words::short_day(lang, draft.to), n = draft.changes)) }
                        a.btn href=(Way::of(board).without("day").without("month").with("draft", &draft.id).href()) { (t!(lang, "board-draft-open")) }
                    }
                }))
            }
            None => {}
        }
    }
}

fn laid(lang: Lang, board: &Board, draft: &DraftLine, csrf: &str) -> Markup {
    let path = |what: &str| format!("/rota/drafts/{}/{what}", draft.id);
    let turn = |way: &str, sign: Icon, on: bool| turn(lang, board, &path(way), (way, sign), on, csrf);
    html! {
        section.rdraft aria-label=(t!(lang, "board-draft")) {
            p { b { (t!(lang, "board-draft")) } " " (words::short_day(lang, draft.from)) " – " (words::short_day(lang, draft.to))
                small { (t!(lang, "board-draft-hint")) } }
            div.acts {
                @if board.writes { (turn("undo", Icon::Undo, draft.undo)) (turn("redo", Icon::Redo, draft.redo)) }
                a.btn.do href=(path("changes")) { (t!(lang, "board-compare")) }
                a.btn.bare href=(Way::of(board).without("draft").href()) { (t!(lang, "board-draft-leave")) }
            }
        }
    }
}

/// A step back or forth.
fn turn(lang: Lang, board: &Board, action: &str, (way, sign): (&str, Icon), on: bool, csrf: &str) -> Markup {
    html! {
        form method="post" action=(action) data-turn=(way) {
            (form::csrf_field(csrf)) (form::hidden("back", &Way::of(board).href()))
            button.btn type="submit" disabled[!on] { (icon(sign)) (t!(lang, &format!("board-{way}"))) }
        }
    }
}

fn begin(lang: Lang, board: &Board, csrf: &str, new_id: &str) -> Markup {
    let (first, last) =
        (board.days.first().map_or(board.today, |d| d.date), board.days.last().map_or(board.today, |d| d.date));
    let first = first.max(board.today).min(last);
    form::more(
        &t!(lang, "board-draft-begin"),
        false,
        &html! {
            form.filters method="post" action="/rota/drafts" {
                (form::csrf_field(csrf)) (form::hidden("id", new_id))
                (Field::new("from", &t!(lang, "board-from")).value(&first.to_string()).required().date())
                (Field::new("to", &t!(lang, "board-to")).value(&last.to_string()).required().date())
                (form::submit(&t!(lang, "board-draft-start")))
            }
            p.hint { (t!(lang, "board-draft-why")) }
        },
    )
}

/// The ways to the planner: a whole period, or what fell open.
fn helpers(lang: Lang, board: &Board) -> Markup {
    let first = board.days.first().map_or(board.today, |day| day.date).max(board.today);
    let last = board.days.last().map_or(board.today, |day| day.date).max(first);
    let plan = match &board.draft {
        Some(draft) => format!("/rota/plans/new?from={}&to={}", draft.from.max(board.today), draft.to),
        None if board.month => format!("/rota/plans/new?from={first}&to={last}"),
        None => "/rota/plans/new".to_owned(),
    };
    let open = board.focus.max(board.today);
    let laid = board.draft.as_ref().filter(|_| board.laid);
    let in_draft = laid.map(|draft| format!("&draft={}", draft.id)).unwrap_or_default();
    html! {
        div.acts {
            a.btn.bare href=(plan) { (t!(lang, "plan-new")) }
            a.btn.bare href={ "/rota/repair?from=" (open) (in_draft) } { (t!(lang, "repair-open")) }
        }
    }
}

fn views(lang: Lang, board: &Board) -> Markup {
    let way = Way::of(board);
    let tab = |label: String, href: String, current: bool| (label, href, current);
    let all = [
        tab(t!(lang, "board-by-outlet"), way.clone().without("view").href(), !board.people),
        tab(t!(lang, "board-by-person"), way.clone().with("view", "people").href(), board.people),
    ];
    let tabs: Vec<Tab<'_>> =
        all.iter().map(|(label, href, current)| Tab { href, label, count: None, current: *current }).collect();
    parts::tabs(&t!(lang, "board-views"), &tabs)
}

fn filters(lang: Lang, board: &Board) -> Markup {
    let filters = &board.filters;
    let choices = |all: &[String]| all.iter().map(|v| (v.clone(), v.clone())).collect::<Vec<_>>();
    let phases: Vec<(String, String)> =
        ["launch", "established", "prospecting", "contacted", "negotiating", "dormant", "ended"]
            .iter()
            .map(|p| ((*p).to_owned(), t!(lang, &format!("phase-{p}"))))
            .collect();
    let any = t!(lang, "board-any");
    let select = |name: &str, all: &[(String, String)], value: &Option<String>| {
        let choices: Vec<Choice<'_>> = all.iter().map(|(value, label)| Choice { value, label }).collect();
        Field::new(name, &t!(lang, &format!("board-filter-{name}")))
            .value(value.as_deref().unwrap_or_default())
            .select(Some(any.as_str()), &choices)
    };
    let branches: Vec<(String, String)> = board.branches.iter().map(|b| (b.code.clone(), b.name.clone())).collect();
    form::more(
        &t!(lang, "board-filter"),
        filters.any(),
        &html! {
            form.filters method="get" action="/rota" {
                @for (name, value) in Way::of(board).without("branch").pairs() { (form::hidden(name, value)) }
                @if branches.len() > 1 {
                    (select("branch", &branches, &Some(board.branch.code.clone())))
                }
                @if !board.people {
                    (select("bank", &choices(&filters.banks), &filters.bank))
                    (select("phase", &phases, &filters.phase))
                    @if !filters.grades.is_empty() { (select("grade", &choices(&filters.grades), &filters.grade)) }
                }
                (Field::new("q", &t!(lang, "board-filter-q")).value(filters.q.as_deref().unwrap_or_default()).maxlength(60).search())
                (Field::new("gaps", &t!(lang, "board-filter-gaps")).value(if filters.gaps { "on" } else { "" }).checkbox())
                button.btn type="submit" { (t!(lang, "board-filter-do")) }
                @if filters.any() { a.btn.bare href=(Way::of(board).href()) { (t!(lang, "board-filter-none")) } }
            }
        },
    )
}

/// Why published days change: asked once, for whatever is changed next.
fn reason(lang: Lang) -> Markup {
    html! {
        div.rwhy {
            label for="why" { (t!(lang, "board-reason")) }
            input.in #why maxlength="200" autocomplete="off" placeholder=(t!(lang, "board-reason-hint"));
        }
    }
}

/// The days as a strip for thumbs.
fn phone_days(lang: Lang, board: &Board) -> Markup {
    let base = Way::of(board).without("month").filtered(&board.filters);
    let near = (-3i64..=3).filter_map(|n| board.focus.checked_add_signed(chrono::Duration::days(n)));
    html! {
        nav.rdays aria-label=(t!(lang, "board-days")) {
            @for date in near {
                a href=(base.clone().with("day", &date.to_string()).href()) aria-current=[(date == board.focus).then_some("date")] {
                    small { (weekday(lang, date)) } b.num { (date.day()) }
                }
            }
        }
    }
}

fn weekday(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Zh => {
            ["一", "二", "三", "四", "五", "六", "日"][date.weekday().num_days_from_monday() as usize].to_owned()
        }
        Lang::En => date.format("%a").to_string(),
    }
}

fn grid(lang: Lang, board: &Board, csrf: &str) -> Markup {
    let words = if board.month { Words::new(lang) } else { Words::new(lang).at_length() };
    let focus = board.days.iter().position(|day| day.date == board.focus).unwrap_or(0);
    let draft = board.draft.as_ref().filter(|_| board.laid).map(|d| d.id.as_str());
    html! {
        @if board.rows.is_empty() {
            (parts::empty(Icon::Calendar, &t!(lang, "board-empty"), &t!(lang, "board-empty-hint"), None))
        } @else {
            div.rwrap.one[!board.month] tabindex="0" role="region" aria-label=(period(lang, board)) {
                table class={ "rt k" (focus + 2) } #board data-csrf=(csrf) data-draft=[draft] data-view=[board.people.then_some("people")]
                    data-writes[board.writes] data-why[board.wants_reason] data-no-reason=(t!(lang, "board-reason-first")) data-failed=(t!(lang, "board-failed")) {
                    caption.vh { (t!(lang, "board-caption")) }
                    colgroup { col; @for day in &board.days { col class=[column(board, day)]; } }
                    (heads(lang, board))
                    tbody { @for row in &board.rows { (line(lang, board, row, &words)) } }
                }
            }
        }
    }
}

fn column(board: &Board, day: &Day) -> Option<&'static str> {
    if day.date == board.today {
        Some("t")
    } else if day.fixed {
        Some("f")
    } else if day.rest {
        Some("r")
    } else if day.date < board.today {
        Some("p")
    } else {
        None
    }
}

fn heads(lang: Lang, board: &Board) -> Markup {
    let base = Way::of(board).without("month").filtered(&board.filters);
    html! {
        thead { tr {
            th scope="col" { (t!(lang, if board.people { "board-person" } else { "board-outlet" })) }
            @for day in &board.days {
                th.r[day.rest] .t[day.date == board.today] .u[!day.published] .f[day.fixed] scope="col" data-d=(day.date) {
                    @if board.month {
                        a href=(base.clone().with("day", &day.date.to_string()).href()) title=(words::day(lang, day.date)) { (day.date.day()) small { (weekday(lang, day.date)) } }
                    } @else { (words::column_day(lang, day.date)) }
                }
            }
            @if !board.month && board.writes { th { span.vh { (t!(lang, "board-choose")) } } }
        } }
    }
}

fn line(lang: Lang, board: &Board, row: &Row, words: &Words) -> Markup {
    html! {
        // An outlet's row is known by its link.
        tr id=[board.people.then_some(&row.id)] class=[row.look.then_some("lk")] {
            th scope="row" title=[(row.title != row.label).then_some(&row.title)] {
                @if board.people { (row.label) } @else { a href={ "/outlets/" (row.id) } { (row.label) } }
                @if let Some(mark) = &row.mark { small class=(mark) { (mark_word(lang, board, mark)) } }
            }
            @for one in &row.cells { (cell(words, one)) }
            @if !board.month && board.writes {
                td.a { a.btn.bare href=(chooser(board, if board.people { "broker" } else { "outlet" }, &row.id, board.focus)) aria-label=(t!(lang, "board-arrange-for", who = row.label.as_str())) { (t!(lang, "board-arrange")) } }
            }
        }
    }
}

fn mark_word(lang: Lang, board: &Board, mark: &str) -> String {
    if board.people { t!(lang, "board-certificate") } else { t!(lang, &format!("phase-{mark}")) }
}

/// Whom, or where, to take by hand.
fn palette(lang: Lang, board: &Board) -> Markup {
    let key = if board.people { "board-palette-outlets" } else { "board-palette-people" };
    html! {
        details.rpal #palette hidden {
            summary { (t!(lang, key)) }
            ul { @for chip in &board.palette { li data-b=(chip.id) { (chip.label) @if chip.count > 0 { b { (chip.count) } } } } }
        }
    }
}

fn copy_week(lang: Lang, board: &Board, csrf: &str) -> Markup {
    let monday = |date: NaiveDate| {
        date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))).unwrap_or(date)
    };
    let first = board.days.first().map_or(board.today, |d| d.date).max(board.today);
    let source = monday(first);
    let target = source.checked_add_days(Days::new(7)).unwrap_or(source);
    let draft = board.draft.as_ref().filter(|_| board.laid).map(|d| d.id.as_str());
    form::more(
        &t!(lang, "board-copy"),
        false,
        &html! {
            form.filters method="post" action="/rota/copies" {
                (form::csrf_field(csrf)) (form::hidden("back", &Way::of(board).href()))
                @if let Some(draft) = draft { (form::hidden("draft", draft)) }
                (Field::new("from", &t!(lang, "board-copy-from")).value(&source.to_string()).required().date())
                (Field::new("to", &t!(lang, "board-copy-to")).value(&target.to_string()).required().date())
                @if board.wants_reason { (Field::new("reason", &t!(lang, "board-reason")).maxlength(200).text()) }
                button.btn type="submit" { (t!(lang, "board-copy-do")) }
            }
            p.hint { (t!(lang, "board-copy-hint")) }
        },
    )
}

fn legend(lang: Lang, board: &Board) -> Markup {
    let words = Words::new(lang);
    let sample = |class: &str, text: String| html! { li { span class={ "sw " (class) } {} (text) } };
    html! {
        ul.rleg {
            (sample("g", t!(lang, "board-legend-gap")))
            (sample("x", t!(lang, "board-legend-conflict", example = words.clash("on_leave"))))
            (sample("n", t!(lang, "board-new-face")))
            (sample("o", t!(lang, "board-overstay")))
            (sample("v", t!(lang, "board-over")))
            @if board.laid { (sample("c", t!(lang, "board-legend-changed"))) }
            (sample("u", t!(lang, "board-legend-unpublished")))
            (sample("r", t!(lang, "board-legend-rest")))
            @if board.writes { li.keys { (t!(lang, "board-legend-keys")) } }
        }
    }
}
