//! Windows and selection by tables, and against counting workdays one by one.

use super::*;
use crate::calendar::workdays::CalendarDay;
use chrono::Days;
use proptest::prelude::*;

const SHANGHAI: Tz = Tz::Asia__Shanghai;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn listed(days: &[(&str, bool)]) -> Workdays {
    let rows = days.iter().map(|(date, worked)| CalendarDay { date: day(date), is_workday: Some(*worked) });
    Workdays::new(rows, [])
}

/// Spring Festival 2026: 15 to 23 February free, Saturdays 14 and 28 worked.
fn spring_festival() -> Workdays {
    let free = (15..=23).map(|d| CalendarDay { date: day(&format!("2026-02-{d}")), is_workday: Some(false) });
    let made_up = ["2026-02-14", "2026-02-28"].map(|d| CalendarDay { date: day(d), is_workday: Some(true) });
    Workdays::new(free.chain(made_up), [])
}

#[test]
fn a_mail_is_decided_in_its_window_on_workdays() {
    let days = listed(&[("2026-03-11", false), ("2026-03-14", true)]);
    let kinds = |moment: &str| {
        let moment = format!("{moment}+08:00").parse().expect("a date and time");
        MailKind::ALL.map(|kind| kind.day_at(moment, SHANGHAI, &days).is_some())
    };
    for (moment, digest, nudge) in [
        ("2026-03-10T00:00:00", false, false),
        ("2026-03-10T08:29:59", false, false),
        ("2026-03-10T08:30:00", true, false),
        ("2026-03-10T15:59:59", true, false),
        ("2026-03-10T16:00:00", true, true),
        ("2026-03-10T19:59:59", true, true),
        ("2026-03-10T20:00:00", false, false),
        ("2026-03-10T21:00:00", false, false),
        ("2026-03-11T16:30:00", false, false), // Wednesday, free
        ("2026-03-14T16:30:00", true, true),   // Saturday, made up
        ("2026-03-15T16:30:00", false, false), // Sunday
    ] {
        assert_eq!(kinds(moment), [digest, nudge], "{moment}");
    }
}

#[test]
fn the_window_and_the_day_are_the_branchs() {
    let moment = "2026-03-10T23:30:00Z".parse().expect("an instant");
    let day_in = |tz| MailKind::Digest.day_at(moment, tz, &Workdays::default());
    assert_eq!(day_in(SHANGHAI), None); // 07:30 on the 11th
    assert_eq!(day_in(Tz::Asia__Tokyo), Some(day("2026-03-11")));
    assert_eq!(day_in(Tz::America__New_York), Some(day("2026-03-10")));
}

#[test]
fn what_falls_due_in_a_holiday_is_due_now_on_the_last_workday_before_it() {
    use Urgency::*;
    let days = spring_festival();
    for (today, due_on, expected) in [
        ("2026-02-13", "2026-02-12", Some(Overdue)),
        ("2026-02-13", "2026-02-13", Some(DueNow)),
        ("2026-02-13", "2026-02-14", Some(Coming)), // the make-up Saturday
        ("2026-02-13", "2026-02-23", Some(Coming)), // before the 24th, the workday after it
        ("2026-02-13", "2026-02-24", None),
        ("2026-02-14", "2026-02-14", Some(DueNow)),
        ("2026-02-14", "2026-02-18", Some(DueNow)),
        ("2026-02-14", "2026-02-23", Some(DueNow)),
        ("2026-02-14", "2026-02-24", Some(Coming)),
        ("2026-02-14", "2026-02-25", None),
        ("2026-02-24", "2026-02-23", Some(Overdue)),
        ("2026-03-06", "2026-03-08", Some(DueNow)), // an ordinary Friday
        ("2026-03-06", "2026-03-09", Some(Coming)),
        ("2026-03-06", "2026-03-10", None),
    ] {
        let found = DigestDays::of(day(today), &days).urgency(day(due_on));
        assert_eq!(found, expected, "due {due_on}, seen on {today}");
    }
}

#[test]
fn a_manager_hears_on_the_second_workday_after_the_due_date() {
    let days = spring_festival();
    for (due_on, first) in [
        ("2026-03-09", "2026-03-11"),
        ("2026-03-05", "2026-03-09"), // Thursday: Friday, Monday
        ("2026-03-07", "2026-03-10"), // Saturday
        ("2026-02-13", "2026-02-24"), // the made-up Saturday counts, the festival does not
        ("2026-02-14", "2026-02-25"),
        ("2026-02-18", "2026-02-25"),
        ("2026-02-26", "2026-02-28"),
    ] {
        let first = day(first);
        assert!(reaches_manager(day(due_on), first, &days), "{due_on}");
        assert!(reaches_manager(day(due_on), first + Days::new(20), &days), "{due_on}");
        assert!(!reaches_manager(day(due_on), first - Days::new(1), &days), "{due_on}");
    }
}

#[test]
fn names_are_cut_to_their_first_character() {
    for (name, short) in [
        ("王小明", "王**"),
        ("欧阳娜娜", "欧**"),
        ("李", "李**"),
        (" 赵六 ", "赵**"),
        ("𠮷田", "𠮷**"),
        ("Émile", "É**"),
        ("E\u{301}mile", "É**"),
        ("Q\u{303}x", "Q\u{303}**"),
        ("Anna Müller", "A**"),
        ("", "**"),
    ] {
        assert_eq!(shortened(name), short, "{name}");
    }
}

#[test]
fn kinds_read_back_from_what_is_stored() {
    assert_eq!(MailKind::ALL.map(|kind| MailKind::parse(kind.as_str())), MailKind::ALL.map(Some));
}

proptest! {
    /// Independent of N and of what comes after it: how many workdays lie after the one date up to the other.
    #[test]
    fn selection_agrees_with_counting_workdays(
        exceptions in prop::collection::vec((0u64..50, any::<bool>()), 0..40),
        today in 10u64..30,
        due_on in 0u64..50,
    ) {
        let place = |offset| day("2026-01-01") + Days::new(offset);
        let rows = exceptions.iter().map(|(offset, worked)| CalendarDay { date: place(*offset), is_workday: Some(*worked) });
        let days = Workdays::new(rows, []);
        let between = |from: u64, to: u64| (from + 1..=to).filter(|offset| days.is_workday(place(*offset))).count();
        let expected = if due_on < today {
            Some(Urgency::Overdue)
        } else {
            match between(today, due_on) {
                0 => Some(Urgency::DueNow),
                1 => Some(Urgency::Coming),
                _ => None,
            }
        };
        prop_assert_eq!(DigestDays::of(place(today), &days).urgency(place(due_on)), expected);
        let escalated = due_on < today && between(due_on, today) >= 2;
        prop_assert_eq!(reaches_manager(place(due_on), place(today), &days), escalated);
    }
}
