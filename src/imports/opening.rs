//! Opening hours as people write them: `周一至周五 09:00-17:00，周六 10:00-15:00，周日休息`, `Mon-Fri 9:00-12:00, 13:00-17:00`. Hours without
//! days are those of Monday to Friday.

use chrono::NaiveTime;

use super::values::{self, Read};
use crate::text::fold;

/// From one time to another on a weekday, 1 Monday to 7 Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    pub weekday: u8,
    pub from: NaiveTime,
    pub to: NaiveTime,
}

const BAD: &str = "bad_opening_hours";

/// All hours in a text, by weekday. Days said to be closed have none.
pub fn read(text: &str) -> Read<Vec<Hours>> {
    let folded = fold(text);
    let mut rest = folded.as_str();
    let mut state = State::default();
    while let Some((token, after)) = Token::first(rest)? {
        state.take(token)?;
        rest = after;
    }
    state.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Days(&'static [u8]),
    To,
    Time(NaiveTime),
    Closed,
    Mark,
}

impl Token {
    /// The first token and the rest; none at the end.
    fn first(text: &str) -> Read<Option<(Self, &str)>> {
        const SIGNS: &[(&str, Token)] = &[
            ("至", Token::To),
            ("到", Token::To),
            ("to", Token::To),
            ("-", Token::To),
            ("~", Token::To),
            ("–", Token::To),
            ("—", Token::To),
            ("休息", Token::Closed),
            ("不营业", Token::Closed),
            ("休", Token::Closed),
            ("closed", Token::Closed),
            ("营业时间", Token::Mark),
            ("营业", Token::Mark),
            ("和", Token::Mark),
            ("及", Token::Mark),
            ("and", Token::Mark),
            ("&", Token::Mark),
        ];
        let text = text.trim_start();
        let Some(c) = text.chars().next() else { return Ok(None) };
        if c.is_ascii_digit() || text.starts_with("上午") || text.starts_with("下午") {
            return Self::time(text).map(Some);
        }
        if let Some((word, days)) = DAYS.iter().find(|(word, _)| text.starts_with(word)) {
            return Ok(Some((Self::Days(days), &text[word.len()..])));
        }
        if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| text.starts_with(sign)) {
            return Ok(Some((*token, &text[sign.len()..])));
        }
        if matches!(c, ',' | ';' | '、' | '。' | ':' | '/' | '(' | ')' | '.' | '|') {
            return Ok(Some((Self::Mark, &text[c.len_utf8()..])));
        }
        Err(BAD)
    }

    fn time(text: &str) -> Read<(Self, &str)> {
        let half = if text.starts_with("上午") || text.starts_with("下午") { "上午".len() } else { 0 };
        let is_of_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '时' | '点' | '分');
        let length = text[half..].find(|c| !is_of_time(c)).unwrap_or(text.len() - half);
        let (time, rest) = text.split_at(half + length);
        let suffix = ["am", "pm"].into_iter().find(|suffix| rest.trim_start().starts_with(suffix));
        let rest = suffix.map_or(rest, |suffix| &rest.trim_start()[suffix.len()..]);
        let time = values::time(&format!("{time}{}", suffix.unwrap_or(""))).map_err(|_| BAD)?;
        Ok((Self::Time(time), rest))
    }
}

const WEEK: &[u8] = &[1, 2, 3, 4, 5, 6, 7];

/// Longest first, so that `monday` is not `mon` with a rest.
const DAYS: &[(&str, &[u8])] = &[
    ("monday", &[1]),
    ("tuesday", &[2]),
    ("wednesday", &[3]),
    ("thursday", &[4]),
    ("friday", &[5]),
    ("saturday", &[6]),
    ("sunday", &[7]),
    ("weekdays", &[1, 2, 3, 4, 5]),
    ("workdays", &[1, 2, 3, 4, 5]),
    ("weekend", &[6, 7]),
    ("daily", WEEK),
    ("every day", WEEK),
    ("mon", &[1]),
    ("tue", &[2]),
    ("wed", &[3]),
    ("thu", &[4]),
    ("fri", &[5]),
    ("sat", &[6]),
    ("sun", &[7]),
    ("星期一", &[1]),
    ("星期二", &[2]),
    ("星期三", &[3]),
    ("星期四", &[4]),
    ("星期五", &[5]),
    ("星期六", &[6]),
    ("星期日", &[7]),
    ("星期天", &[7]),
    ("礼拜一", &[1]),
    ("礼拜二", &[2]),
    ("礼拜三", &[3]),
    ("礼拜四", &[4]),
    ("礼拜五", &[5]),
    ("礼拜六", &[6]),
    ("礼拜日", &[7]),
    ("礼拜天", &[7]),
    ("周六日", &[6, 7]),
    ("周六周日", &[6, 7]),
    ("周末", &[6, 7]),
    ("双休日", &[6, 7]),
    ("工作日", &[1, 2, 3, 4, 5]),
    ("每天", WEEK),
    ("每日", WEEK),
    ("全周", WEEK),
    ("周一", &[1]),
    ("周二", &[2]),
    ("周三", &[3]),
    ("周四", &[4]),
    ("周五", &[5]),
    ("周六", &[6]),
    ("周日", &[7]),
    ("周天", &[7]),
    ("一", &[1]),
    ("二", &[2]),
    ("三", &[3]),
    ("四", &[4]),
    ("五", &[5]),
    ("六", &[6]),
    ("日", &[7]),
];

/// Days are gathered until a time comes; the next days after it begin anew.
#[derive(Default)]
struct State {
    days: Vec<u8>,
    days_are_used: bool,
    range_open: bool,
    from: Option<NaiveTime>,
    hours: Vec<Hours>,
}

impl State {
    fn take(&mut self, token: Token) -> Read<()> {
        match token {
            Token::Days(days) => self.take_days(days),
            Token::Time(time) => self.take_time(time),
            Token::To if self.range_open => Err(BAD),
            Token::To => {
                self.range_open = true;
                Ok(())
            }
            Token::Closed if self.days.is_empty() || self.from.is_some() => Err(BAD),
            Token::Closed => {
                self.days_are_used = true;
                Ok(())
            }
            Token::Mark => Ok(()),
        }
    }

    fn take_days(&mut self, days: &'static [u8]) -> Read<()> {
        if self.from.is_some() {
            return Err(BAD);
        }
        if std::mem::take(&mut self.range_open) {
            let (Some(first), [last], false) = (self.days.last().copied(), days, self.days_are_used) else {
                return Err(BAD);
            };
            if first >= *last {
                return Err(BAD);
            }
            self.days.extend(first + 1..=*last);
            return Ok(());
        }
        if std::mem::take(&mut self.days_are_used) {
            self.days.clear();
        }
        self.days.extend(days);
        Ok(())
    }

    fn take_time(&mut self, time: NaiveTime) -> Read<()> {
        let Some(from) = self.from.take() else {
            if self.range_open {
                return Err(BAD);
            }
            self.from = Some(time);
            return Ok(());
        };
        if !std::mem::take(&mut self.range_open) || time <= from {
            return Err(BAD);
        }
        if self.days.is_empty() {
            self.days.extend(1..=5);
        }
        self.days_are_used = true;
        self.hours.extend(self.days.iter().map(|weekday| Hours { weekday: *weekday, from, to: time }));
        Ok(())
    }

    fn finish(mut self) -> Read<Vec<Hours>> {
        if self.from.is_some() || self.range_open || !self.days_are_used {
            return Err(BAD);
        }
        self.hours.sort_unstable();
        self.hours.dedup();
        let overlaps =
            self.hours.windows(2).any(|pair| pair[0].weekday == pair[1].weekday && pair[1].from < pair[0].to);
        if overlaps { Err(BAD) } else { Ok(self.hours) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Result<String, &'static str> {
        let show = |h: &Hours| format!("{}:{}-{}", h.weekday, h.from.format("%H%M"), h.to.format("%H%M"));
        read(text).map(|hours| hours.iter().map(show).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        let week = "1:0900-1700 2:0900-1700 3:0900-1700 4:0900-1700 5:0900-1700";
        for text in [
            "09:00-17:00",
            "9:00~17:00",
            "周一至周五 9:00-17:00",
            "周一到周五：９：００－１７：００",
            "工作日 09:00 至 17:00",
            "星期一至五 上午9点-下午5点",
            "Mon-Fri 9:00 am - 5:00 pm",
            "周一、周二、周三、周四、周五 9:00-17:00；周六、周日休息",
        ] {
            assert_eq!(shown(text).as_deref(), Ok(week), "{text}");
        }
        assert_eq!(shown("周六、周日 10:00-15:00").as_deref(), Ok("6:1000-1500 7:1000-1500"));
        assert_eq!(
            shown("周一 9:00-12:00, 13:00-17:00; 周六 10:00-15:00").as_deref(),
            Ok("1:0900-1200 1:1300-1700 6:1000-1500")
        );
    }

    #[test]
    fn what_is_no_opening_time_is_refused() {
        for text in [
            "",
            "详询网点",
            "9:00",
            "9:00-",
            "17:00-9:00",
            "周五至周一 9:00-17:00",
            "周一",
            "9:00-17:00-18:00",
            "周一 9:00-12:00 11:00-13:00",
            "休息",
        ] {
            assert_eq!(shown(text), Err(BAD), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_never_panics(text in "(周一|周五|至|休息|上午|mon|[0-9:,; -]|\\PC){0,16}") {
            let _ = read(&text);
        }
    }
}
