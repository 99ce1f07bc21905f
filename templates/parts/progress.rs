//! How far something has come: the stages, what happened, a target against its time, a working day.

use maud::{Markup, html};

/// One stage of the way.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    pub label: &'a str,
    /// When it was reached.
    pub when: Option<&'a str>,
}

/// The way as steps, `at` being the one reached (`None`: not begun). `place` says it in words ("contacted, 3 of 8").
pub fn steps(all: &[Step<'_>], at: Option<usize>, lost: bool, place: &str) -> Markup {
    html! {
        div {
            ol.steps aria-label=(place) {
                @for (index, step) in all.iter().enumerate() {
                    @let here = at == Some(index);
                    li.done[at.is_some_and(|at| index < at)] .now[here && !lost] .lost[here && lost]
                        aria-current=[here.then_some("step")] {
                        span { (step.label) }
                        @if let Some(when) = step.when { small { (when) } }
                    }
                }
            }
            p.steps-now { (place) }
        }
    }
}

/// Something that happened.
pub struct Happening<'a> {
    /// When, as people say it.
    pub when: &'a str,
    /// The same for machines, RFC 3339.
    pub at: &'a str,
    pub by: Option<&'a str>,
    pub title: &'a str,
    pub text: Option<&'a str>,
    pub actions: Option<&'a Markup>,
    /// It moved something: a full mark.
    pub strong: bool,
}

/// What happened, the latest first.
pub fn timeline(all: &[Happening<'_>]) -> Markup {
    html! {
        ol.timeline {
            @for one in all {
                li.strong[one.strong] {
                    time datetime=(one.at) { (one.when) }
                    @if let Some(by) = one.by { span.by { " · " (by) } }
                    b { (one.title) }
                    @if let Some(text) = one.text { p { (text) } }
                    @if let Some(actions) = one.actions { div.acts { (actions) } }
                }
            }
        }
    }
}

/// How far along, in per cent, against how much of the time is gone. `words` says both.
pub fn meter(percent: f64, time_percent: Option<f64>, words: &str) -> Markup {
    let done = percent.clamp(0.0, 100.0);
    let class = if time_percent.is_some_and(|time| done < time) { "behind" } else { "part" };
    html! {
        svg.meter role="img" aria-label=(words) {
            rect.rail width="100%" height="100%" rx="4" {}
            rect class=(class) width={ (format!("{done:.1}")) "%" } height="100%" rx="4" {}
            @if let Some(time) = time_percent {
                rect.mark x={ (format!("{:.1}", time.clamp(0.0, 100.0))) "%" } y="-3" width="2" height="16" {}
            }
        }
    }
}

/// The line of a working day, in minutes since midnight: the hours, the shift, how much of it is done, and now.
#[derive(Debug, Clone, Copy)]
pub struct DayLine<'a> {
    pub starts: u16,
    pub ends: u16,
    /// When the broker came, and left.
    pub came: Option<u16>,
    pub left: Option<u16>,
    pub now: Option<u16>,
    /// The line in words, for those who do not see it.
    pub words: &'a str,
}

/// Draws the day from an hour before the shift to an hour after it.
pub fn day_line(day: &DayLine<'_>) -> Markup {
    let first = day.starts.min(1439).saturating_sub(1) / 60;
    let last = (day.ends / 60 + 1).clamp(first + 1, 24);
    let span = f64::from(last - first) * 60.0;
    let place = |minute: u16| {
        let gone = f64::from(minute) - f64::from(first) * 60.0;
        format!("{:.2}%", (gone / span * 100.0).clamp(0.0, 100.0))
    };
    let until = day.left.or(day.now).map(|end| end.clamp(day.starts, day.ends));
    html! {
        svg.dayline role="img" aria-label=(day.words) {
            line.rail x1="0" x2="100%" y1="12" y2="12" {}
            line.shift x1=(place(day.starts)) x2=(place(day.ends)) y1="12" y2="12" {}
            @if let Some(came) = day.came {
                @let came = came.max(day.starts);
                @if came > day.starts { line.late x1=(place(day.starts)) x2=(place(came)) y1="12" y2="12" {} }
                @if let Some(until) = until.filter(|until| *until > came) {
                    line.done x1=(place(came)) x2=(place(until)) y1="12" y2="12" {}
                }
            }
            @for hour in (first + 1)..last {
                text x=(place(hour * 60)) y="38" text-anchor="middle" { (hour) }
            }
            @if let Some(now) = day.now { circle.now cx=(place(now)) cy="12" r="7" {} }
        }
    }
}
