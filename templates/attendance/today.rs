//! Today: the broker's poster of the day. One shift, one big button, who is to be contacted.

use chrono::{NaiveDate, NaiveTime};
use maud::{Markup, html};

use super::correction::Asked;
use super::words;
use crate::attendance::Verdict;
use crate::attendance::checkin::Kind;
use crate::attendance::corrections::CorrectionState;
use crate::attendance::records::Review;
use crate::t;
use crate::templates::checkin::{CheckIn, CheckInWords, check_in};
use crate::templates::form;
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, DayLine, Row};
use crate::templates::rota::{Notice, notices};
use crate::templates::{Lang, State};

/// What Today shows.
#[derive(Debug, Clone)]
pub struct TodayView {
    /// The branch's date.
    pub date: NaiveDate,
    /// The branch's time zone by its name.
    pub zone: String,
    /// The time on its wall.
    pub now: NaiveTime,
    /// Today's shift.
    pub shift: Option<ShiftCard>,
    /// Without one, or after it: the next (date, start, outlet).
    pub next: Option<(NaiveDate, NaiveTime, String)>,
    /// What the coordinator asks about check-ins.
    pub questions: Vec<Question>,
    /// What became of what the broker asked for, and what they are asked.
    pub notices: Vec<Notice>,
    /// Today's check-ins, in their order.
    pub seen: Vec<Seen>,
    /// The most pressing follow-ups.
    pub due: Vec<Due>,
    /// How many are open, overdue, due today.
    pub open: i64,
    /// How many of them are overdue.
    pub overdue: i64,
    /// How many of them are due today.
    pub due_today: i64,
    /// The certificate's last day, where it has passed or is near; `Some(None)`: none is recorded.
    pub certificate: Option<Option<NaiveDate>>,
    /// Corrections answered of late.
    pub answered: Vec<Asked>,
    /// Whether the notice about positions was agreed to.
    pub agreed: bool,
    /// For how many days raw positions are kept.
    pub kept_days: u32,
}

impl TodayView {
    /// When the broker left, if the last that was heard of them today is that they did.
    fn left(&self) -> Option<NaiveTime> {
        self.seen.last().filter(|last| last.kind == Kind::Out).map(|last| last.at)
    }
}

/// The day's shift.
#[derive(Debug, Clone)]
pub struct ShiftCard {
    /// The outlet's page.
    pub href: String,
    /// Its name.
    pub outlet: String,
    /// From when, on the wall.
    pub starts: NaiveTime,
    /// Until when, on the wall.
    pub ends: NaiveTime,
    /// Whole minutes until the end; below 0 when it is over.
    pub minutes_left: i64,
    /// Who else is there.
    pub with: Vec<String>,
    /// The outlet's address.
    pub address: String,
    /// The ways there, where its place is known.
    pub way: Option<Way>,
}

/// Links to maps, each in the datum it expects.
#[derive(Debug, Clone)]
pub struct Way {
    /// GCJ-02.
    pub amap: String,
    /// BD-09.
    pub baidu: String,
    /// GCJ-02, which Apple's maps of China are drawn in.
    pub apple: String,
    /// WGS-84 (RFC 5870).
    pub geo: String,
}

/// One of today's check-ins.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Coming or leaving.
    pub kind: Kind,
    /// When.
    pub at: NaiveTime,
    /// Where, if elsewhere than the shift.
    pub outlet: Option<String>,
    /// What the position says.
    pub verdict: Verdict,
    /// Its numbers.
    pub distance_m: Option<f64>,
    /// Its numbers.
    pub accuracy_m: Option<f64>,
    /// Its numbers; none: a polygon.
    pub radius_m: Option<i32>,
    /// Minutes late.
    pub late: Option<i32>,
    /// Minutes early.
    pub early: Option<i32>,
    /// What a person made of it, and said.
    pub review: Option<Reviewed>,
}

/// What a person made of a check-in.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// What.
    pub review: Review,
    /// What they said or asked.
    pub note: Option<String>,
    /// What its broker answered.
    pub answer: Option<String>,
}

/// A check-in that somebody asks about.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// On which date.
    pub date: NaiveDate,
    /// When.
    pub at: NaiveTime,
    /// Whether somebody came or left.
    pub came: bool,
    /// Where.
    pub outlet: Option<String>,
    /// What is asked.
    pub note: Option<String>,
}

/// A follow-up that waits.
#[derive(Debug, Clone)]
pub struct Due {
    /// The prospect's page.
    pub href: String,
    /// Their name.
    pub name: String,
    /// When they were met.
    pub met_on: NaiveDate,
    /// Where they were met.
    pub outlet: Option<String>,
    /// Below 0: overdue.
    pub days_left: i64,
}

/// The form as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The reason.
    pub reason: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What is wrong otherwise.
    pub problem: Option<String>,
    /// The ids of the two forms.
    pub ids: (String, String),
    /// The answer to a question: about which check-in, the text, what is wrong with it.
    pub answer: Option<(String, String, String)>,
}

/// The page.
pub fn today(lang: Lang, view: &TodayView, typed: &Typed, csrf: &str) -> Markup {
    html! {
        @if let Some(problem) = &typed.problem { div.problems role="alert" tabindex="-1" data-focus { h2 { (problem) } } }
        div.split.even data-day=(day_for_the_phone(view)) {
            section.poster { (poster(lang, view)) (act(lang, view, typed, csrf)) (around(lang, view)) }
            div {
                @for one in &view.questions { (question(lang, one, typed, csrf)) }
                (notices(lang, &view.notices))
                (follow_ups(lang, view))
            }
        }
    }
}

/// What the page without a network shows of the day: nothing of any prospect.
fn day_for_the_phone(view: &TodayView) -> String {
    let shift = view.shift.as_ref();
    let clock = |at: Option<NaiveTime>| at.map(words::clock);
    serde_json::json!({
        "date": view.date,
        "zone": view.zone,
        "outlet": shift.map(|shift| &shift.outlet),
        "outlet_id": shift.and_then(|shift| shift.href.rsplit('/').next()),
        "from": clock(shift.map(|shift| shift.starts)),
        "to": clock(shift.map(|shift| shift.ends)),
        "open": view.open,
        "last": view.seen.last().map(|last| last.kind),
        "agreed": view.agreed,
    })
    .to_string()
}

fn poster(lang: Lang, view: &TodayView) -> Markup {
    let date = words::day(lang, view.date);
    html! {
        @match &view.shift {
            Some(shift) => {
                h1 { span.over { (date) " · " (t!(lang, "today-your-shift")) } (shift.outlet) }
                div {
                    p.hours { time { (words::clock(shift.starts)) } " – " time { (words::clock(shift.ends)) } }
                    (line(lang, view, shift))
                }
            }
            None => {
                h1 { span.over { (date) } (t!(lang, "today-no-shift")) }
                (next(lang, view))
            }
        }
        @for one in &view.seen { (seen(lang, one)) }
        @if let Some(certificate) = view.certificate { (certificate_note(lang, view.date, certificate)) }
        @for one in &view.answered { (answered(lang, one)) }
    }
}

fn next(lang: Lang, view: &TodayView) -> Markup {
    html! {
        @if let Some((on, at, outlet)) = &view.next {
            p.quiet { (t!(lang, "today-next", day = words::day(lang, *on), time = words::clock(*at), outlet = outlet.as_str())) }
        }
    }
}

/// What became of a correction asked for.
fn answered(lang: Lang, one: &Asked) -> Markup {
    let accepted = one.state == CorrectionState::Accepted;
    let key = if accepted { "today-correction-accepted" } else { "today-correction-refused" };
    let state = if accepted { State::Fine } else { State::Late };
    parts::note(
        state,
        &html! { p {
            a href=(one.row) { (t!(lang, key, day = words::short_day(lang, one.date))) }
            @if !one.note.is_empty() { " " (one.note) }
        } },
    )
}

fn certificate_note(lang: Lang, today: NaiveDate, last: Option<NaiveDate>) -> Markup {
    let day = |on| words::short_day(lang, on);
    let (state, words) = match last.map(|on| (on, (on - today).num_days())) {
        Some((on, ..=-1)) => (State::Late, t!(lang, "today-certificate-expired", day = day(on))),
        Some((on, left)) => {
            let state = if left <= 7 { State::Late } else { State::Soon };
            (state, t!(lang, "today-certificate-ends", day = day(on), n = left))
        }
        None => (State::Unknown, t!(lang, "today-certificate-none")),
    };
    parts::note(state, &html! { p { (words) } })
}

fn line(lang: Lang, view: &TodayView, shift: &ShiftCard) -> Markup {
    let at = |kind: Kind| view.seen.iter().filter(move |s| s.kind == kind).map(|s| s.at);
    let came = at(Kind::In).min();
    let left = view.left();
    let said = t!(
        lang,
        "today-line",
        from = words::clock(shift.starts),
        to = words::clock(shift.ends),
        now = words::clock(view.now)
    );
    let ends = if shift.ends <= shift.starts { 1439 } else { words::minute_of_day(shift.ends) };
    parts::day_line(&DayLine {
        starts: words::minute_of_day(shift.starts),
        ends,
        came: came.map(words::minute_of_day),
        left: left.map(words::minute_of_day),
        now: Some(words::minute_of_day(view.now)),
        words: &said,
    })
}

/// A check-in with its verdict and its numbers.
pub fn seen(lang: Lang, one: &Seen) -> Markup {
    let did = t!(lang, if one.kind == Kind::In { "today-checked-in" } else { "today-checked-out" });
    let off = match (one.late, one.early) {
        (Some(by), _) if by > 0 => Some(words::late(lang, by)),
        (_, Some(by)) if by > 0 => Some(words::early(lang, by)),
        _ => None,
    };
    html! {
        div.verdict {
            (parts::chip(words::verdict_state(one.verdict), &words::verdict(lang, one.verdict)))
            p {
                b.num { (words::clock(one.at)) } " " (did)
                @if let Some(outlet) = &one.outlet { " · " (outlet) }
                @if let Some(off) = off { " · " (off) }
                br; span.quiet.small { (words::numbers(lang, one.distance_m, one.accuracy_m, one.radius_m)) }
                @if let Some(Reviewed { review, note, answer }) = &one.review {
                    br; span.small { (t!(lang, &format!("today-review-{review}"))) @if let Some(note) = note { (t!(lang, "colon")) (note) } }
                    @if let Some(answer) = answer { br; span.small { (t!(lang, "question-answered", words = answer.as_str())) } }
                }
            }
        }
    }
}

/// One field and one button: the answer to a question about a check-in.
fn question(lang: Lang, one: &Question, typed: &Typed, csrf: &str) -> Markup {
    let did = t!(lang, if one.came { "today-checked-in" } else { "today-checked-out" });
    let when = format!("{} {}", words::short_day(lang, one.date), words::clock(one.at));
    let (text, error) = match &typed.answer {
        Some((id, text, error)) if *id == one.id => (text.as_str(), Some(error.as_str())),
        _ => ("", None),
    };
    let (label, field) = (t!(lang, "question-label"), format!("answer-{}", one.id));
    parts::note(
        State::Soon,
        &html! {
            p {
                b { (t!(lang, "question-title", when = when, did = did)) }
                @if let Some(outlet) = &one.outlet { " · " (outlet) }
                @if let Some(note) = &one.note { br; (note) }
            }
            form.form method="post" action={ "/check-ins/" (one.id) "/answer" } {
                (form::csrf_field(csrf))
                (form::Field::new("answer", &label).id(&field).value(text).required().maxlength(500).error(error).autocomplete("off").text())
                div { button.btn type="submit" { (t!(lang, "question-send")) } }
            }
        },
    )
}

/// What there is to do: the big button, or, after the check-out, nothing but the way back in for who comes again.
fn act(lang: Lang, view: &TodayView, typed: &Typed, csrf: &str) -> Markup {
    let Some(left) = view.left() else { return button(lang, view, typed, csrf) };
    let refused = typed.problem.is_some() || typed.error.is_some();
    let came = view.seen.iter().find(|one| one.kind == Kind::In);
    let early = view.shift.as_ref().filter(|shift| shift.minutes_left > 0);
    let (title, under) = match early {
        Some(shift) => (
            t!(lang, "today-left", time = words::clock(left)),
            t!(lang, "today-until", end = words::clock(shift.ends), left = words::minutes(lang, shift.minutes_left)),
        ),
        None => (
            t!(lang, "today-over"),
            match came {
                Some(came) => t!(lang, "today-from-to", from = words::clock(came.at), to = words::clock(left)),
                None => t!(lang, "today-left", time = words::clock(left)),
            },
        ),
    };
    html! {
        div.big-action.off.day-done role="status" { (icon(Icon::Check)) b { (title) } span { (under) } }
        @if view.shift.is_some() { (next(lang, view)) }
        (form::more(&t!(lang, "today-again"), refused, &button(lang, view, typed, csrf)))
    }
}

fn button(lang: Lang, view: &TodayView, typed: &Typed, csrf: &str) -> Markup {
    let leaving = view.seen.last().is_some_and(|last| last.kind == Kind::In);
    let under = match &view.shift {
        Some(shift) if leaving && shift.minutes_left > 0 => {
            t!(lang, "today-until", end = words::clock(shift.ends), left = words::minutes(lang, shift.minutes_left))
        }
        _ => t!(lang, "today-one-tap"),
    };
    check_in_form(lang, leaving, &under, (!view.agreed).then_some(view.kept_days), typed, csrf)
}

/// The check-in's form; `asks`: for how many days positions are kept, where that was not agreed to yet.
pub(in crate::templates) fn check_in_form(
    lang: Lang,
    leaving: bool,
    under: &str,
    asks: Option<u32>,
    typed: &Typed,
    csrf: &str,
) -> Markup {
    let which = if leaving { "out" } else { "in" };
    let text = |key: &str| t!(lang, key);
    let (agree, agree_after) = (text("today-agree"), t!(lang, "today-agree-after", n = asks.unwrap_or_default()));
    let words = ["locating", "settling", "sending", "denied", "timeout", "unavailable", "insecure"];
    let words = words.map(|word| text(&format!("checkin-{word}")));
    let of_kind = ["do", "without", "send-reason"].map(|word| text(&format!("checkin-{which}-{word}")));
    let (reason, reason_hint) = (text("checkin-reason"), text("checkin-reason-hint"));
    check_in(&CheckIn {
        action: "/check-ins",
        csrf,
        ids: (&typed.ids.0, &typed.ids.1),
        kind: which,
        outlet_id: None,
        consent: asks.map(|_| (agree.as_str(), agree_after.as_str())),
        big: (&of_kind[0], under),
        reason: &typed.reason,
        error: typed.error.as_deref(),
        words: CheckInWords {
            locating: &words[0],
            settling: &words[1],
            sending: &words[2],
            denied: &words[3],
            timeout: &words[4],
            unavailable: &words[5],
            insecure: &words[6],
            without: &of_kind[1],
            reason: &reason,
            reason_hint: &reason_hint,
            send_reason: &of_kind[2],
        },
    })
}

fn around(lang: Lang, view: &TodayView) -> Markup {
    let Some(shift) = &view.shift else { return html! {} };
    html! {
        (form::more(&t!(lang, "today-way"), false, &html! {
            @if !shift.address.is_empty() { p { (shift.address) } }
            div.acts {
                @if let Some(way) = &shift.way {
                    a.btn href=(way.amap) rel="noreferrer" { (t!(lang, "today-amap")) }
                    a.btn href=(way.baidu) rel="noreferrer" { (t!(lang, "today-baidu")) }
                    a.btn href=(way.apple) rel="noreferrer" { (t!(lang, "today-apple")) }
                    a.btn href=(way.geo) { (t!(lang, "today-other-map")) }
                }
                @if !shift.address.is_empty() {
                    button.btn.bare type="button" hidden data-copy=(shift.address) data-copied=(t!(lang, "today-copied")) {
                        (icon(Icon::Copy)) span data-word { (t!(lang, "today-copy")) }
                    }
                }
                a.btn.bare href=(shift.href) { (icon(Icon::Bank)) (t!(lang, "today-outlet")) }
            }
        }))
        p.quiet {
            @if shift.with.is_empty() { (t!(lang, "today-alone")) }
            @else { (t!(lang, "today-with", names = shift.with.join(if lang == Lang::Zh { "、" } else { ", " }))) }
        }
    }
}

fn follow_ups(lang: Lang, view: &TodayView) -> Markup {
    let add = parts::button_link("/prospects/new", "do", Some(Icon::Plus), &t!(lang, "today-add-prospect"));
    if view.open == 0 {
        return html! {
            section { (parts::empty(Icon::PersonAdd, &t!(lang, "today-met"), &t!(lang, "today-met-hint"), Some(&add))) }
        };
    }
    let state = if view.overdue > 0 {
        State::Late
    } else if view.due_today > 0 {
        State::Soon
    } else {
        State::Fine
    };
    let under = t!(lang, "today-due-under", overdue = view.overdue, today = view.due_today);
    html! {
        section {
            (parts::lead_number(&view.open.to_string(), &t!(lang, "today-due", n = view.open), Some(&under), Some(state)))
            ul.rows { @for one in &view.due { (due(lang, one)) } }
        }
        div.acts {
            (add)
            @if view.open > view.due.len() as i64 { a.btn href="/follow-ups" { (t!(lang, "today-all-due")) } }
        }
    }
}

fn due(lang: Lang, one: &Due) -> Markup {
    let (state, word) = match one.days_left {
        n if n < 0 => (State::Late, t!(lang, "today-days-late", n = -n)),
        0 => (State::Soon, t!(lang, "today-due-today")),
        n => (if n == 1 { State::Soon } else { State::Fine }, t!(lang, "today-days-left", n = n)),
    };
    let lead = parts::days(state, &one.days_left.abs().to_string(), &word);
    let met = words::short_day(lang, one.met_on);
    let meta = match &one.outlet {
        Some(outlet) => t!(lang, "today-met-at", day = met, outlet = outlet.as_str()),
        None => t!(lang, "today-met-on", day = met),
    };
    parts::row(&Row::link(&one.href, &one.name).lead(&lead).meta(&html! { (meta) }))
}
