//! An instant as both databases keep it.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, Timelike, Utc};
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Timestamp;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};

use super::Conn;

/// An instant in UTC, to the microsecond (what both databases keep).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Timestamp)]
pub struct At(NaiveDateTime);

impl At {
    /// The same instant as chrono has it.
    pub fn utc(self) -> DateTime<Utc> {
        self.0.and_utc()
    }

    /// RFC 3339 in UTC: `2026-11-21T01:02:03Z`.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }

    /// The local date in a zone.
    pub fn date_in(self, zone: chrono_tz::Tz) -> chrono::NaiveDate {
        self.utc().with_timezone(&zone).date_naive()
    }

    /// The date and the time on the clocks of a zone: `2026-11-22 09:30`.
    pub fn minute_in(self, zone: chrono_tz::Tz) -> String {
        self.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
    }
}

impl<Z: chrono::TimeZone> From<DateTime<Z>> for At {
    fn from(instant: DateTime<Z>) -> At {
        At(instant.with_timezone(&Utc).naive_utc().trunc_subsecs(6))
    }
}

impl std::ops::Add<chrono::Duration> for At {
    type Output = At;
    fn add(self, by: chrono::Duration) -> At {
        At(self.0 + by)
    }
}

impl std::ops::Sub<chrono::Duration> for At {
    type Output = At;
    fn sub(self, by: chrono::Duration) -> At {
        At(self.0 - by)
    }
}

impl std::ops::Sub for At {
    type Output = chrono::Duration;
    fn sub(self, other: At) -> chrono::Duration {
        self.0 - other.0
    }
}

impl Serialize for At {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text).map(At::from).map_err(serde::de::Error::custom)
    }
}

type Either = <Conn as Connection>::Backend;

impl ToSql<Timestamp, Either> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Either>) -> serialize::Result {
        out.set_value((Timestamp, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Either> for At {
    fn from_sql(value: <Either as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<At, Timestamp>()
    }
}

impl ToSql<Timestamp, Pg> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamp, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Timestamp, Pg> for At {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Pg>::from_sql(value).map(At)
    }
}

impl ToSql<Timestamp, Sqlite> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(text(self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Sqlite> for At {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match read(value.read_text().as_bytes()) {
            Some(at) => Ok(At(at)),
            None => FromSql::<Timestamp, Sqlite>::from_sql(value).map(At),
        }
    }
}

const ANY: &str = "%F %T%.f";

// A row of anything has several instants, and what formats and parses any format takes ten times as long as these two. What they do not know, it does.

/// The text that SQLite keeps: `2026-11-21 01:02:03`, then `.004` or `.004005` where there is more.
fn text(at: NaiveDateTime) -> String {
    let (year, micros) = (at.year(), at.nanosecond() / 1000);
    // A leap second is a second of more than a million microseconds.
    let Ok(year @ 0..=9999) = u32::try_from(year) else { return any(at) };
    if micros >= 1_000_000 {
        return any(at);
    }
    let mut text = *b"0000-00-00 00:00:00.000000";
    let mut put = |last: usize, mut number: u32| {
        for digit in text[..=last].iter_mut().rev() {
            if number == 0 {
                break;
            }
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    let fields = [
        (3, year),
        (6, at.month()),
        (9, at.day()),
        (12, at.hour()),
        (15, at.minute()),
        (18, at.second()),
        (25, micros),
    ];
    fields.into_iter().for_each(|(last, number)| put(last, number));
    let length = match micros {
        0 => 19,
        _ if micros % 1000 == 0 => 23,
        _ => 26,
    };
    text[..length].iter().copied().map(char::from).collect()
}

fn any(at: NaiveDateTime) -> String {
    at.format(ANY).to_string()
}

/// Reads what `text` writes.
fn read(text: &[u8]) -> Option<NaiveDateTime> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
    };
    let (seconds, rest) = text.split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ', h1, h2, b':', min1, min2, b':', s1, s2] = *seconds else {
        return None;
    };
    let micros = match rest {
        [] => 0,
        [b'.', millis @ ..] if millis.len() == 3 => number(millis)? * 1000,
        [b'.', micros @ ..] if micros.len() == 6 => number(micros)?,
        _ => return None,
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)?;
    date.and_hms_micro_opt(number(&[h1, h2])?, number(&[min1, min2])?, number(&[s1, s2])?, micros)
}

impl utoipa::PartialSchema for At {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl utoipa::ToSchema for At {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_instant_is_kept_as_what_formats_any_format_would(seconds in -70_000_000_000_i64..260_000_000_000, micros in prop_oneof![Just(0), (0..1000_u32).prop_map(|millis| millis * 1000), 0..1_000_000_u32]) {
            let at = DateTime::from_timestamp(seconds, micros * 1000).expect("in range").naive_utc();
            let kept = text(at);
            prop_assert_eq!(&kept, &at.format(ANY).to_string());
            let known = (0..=9999).contains(&at.year());
            prop_assert_eq!(read(kept.as_bytes()), known.then_some(at));
        }

        #[test]
        fn what_is_read_is_what_is_written(kept in "[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{3}|\\.[0-9]{6})?") {
            let theirs = NaiveDateTime::parse_from_str(&kept, ANY).ok();
            // A leap second is none of ours.
            prop_assert_eq!(read(kept.as_bytes()), theirs.filter(|_| !kept.contains(":60")));
        }
    }

    #[test]
    fn a_leap_second_is_left_to_who_formats_any_instant() {
        let leap = NaiveDate::from_ymd_opt(2016, 12, 31).and_then(|day| day.and_hms_micro_opt(23, 59, 59, 1_500_000));
        assert_eq!(leap.map(text).as_deref(), Some("2016-12-31 23:59:60.500"));
    }

    #[test]
    fn anything_else_is_left_to_who_reads_any_format() {
        for kept in [
            "",
            "2026-11-21",
            "2026-11-21T01:02:03",
            "2026-11-21 01:02",
            "2026-11-21 01:02:03Z",
            "2026-11-21 01:02:03.",
            "2026-11-21 01:02:03.1",
            "2026-+1-21 01:02:03",
        ] {
            assert_eq!(read(kept.as_bytes()), None, "{kept}");
        }
    }
}
