//! What stands in a row of prospects, cell by cell.

use chrono::{Duration, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::known::{Brokers, Outlets};
use crate::calendar::local::at_local;
use crate::db::{At, Id};
use crate::followups::touch::PreferredChannel;
use crate::imports::cells;
use crate::imports::error::Problem;
use crate::imports::run::Findings;
use crate::imports::table::{Row, Table};
use crate::imports::values::{self, Moment};
use crate::people::store::Branch;
use crate::prospects::input::NewConsent;
use crate::prospects::kinds::{Experience, Source};
use crate::prospects::stage::MINUTES_AHEAD;
use crate::text::fold;
use crate::text::mobile::{Mobile, MobileError};

/// A moment as written; `whole_day` where no time stands beside the date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct When {
    pub at: At,
    pub whole_day: bool,
}

impl When {
    /// Whether this is the moment `other`, or its day where only that was written.
    pub fn is(self, other: At, zone: Tz) -> bool {
        self.at == other || (self.whole_day && self.at.date_in(zone) == other.date_in(zone))
    }
}

/// The row's values; none where the cell is empty, and then nothing of it is kept: very many wait together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Given {
    pub row: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, with = "e164", skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Mobile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met_at: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_channel: Option<PreferredChannel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlet: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<NewConsent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experience: Option<Experience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What makes two rows of a file one person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    Mobile(String, Option<Id>),
    Meeting(String, Option<At>, Option<Id>),
}

impl Given {
    /// Reads a row; none where a cell is bad, which is then among the findings.
    pub fn read(
        table: &Table,
        row: &Row,
        brokers: &Brokers,
        outlets: &Outlets,
        branch: &Branch,
        now: At,
        findings: &mut Findings,
    ) -> Option<Given> {
        let before = findings.errors.len();
        let zone = branch.zone();
        let broker = findings.take(table.value(row, "broker", |text| brokers.find(text)));
        let given = Given {
            row: row.number,
            name: findings.take(cells::line(table, row, "name", 100)),
            mobile: findings.take(table.value(row, "mobile", |t| Mobile::parse(t).map_err(MobileError::code))),
            met_at: findings.take(table.value(row, "met_at", |text| when(text, zone, now))),
            source: findings.take(table.value(row, "source", values::source)).and_then(Source::parse),
            preferred_channel: findings
                .take(table.value(row, "preferred_channel", values::channel))
                .and_then(PreferredChannel::parse),
            outlet: outlets.of_row(table, row, findings),
            broker,
            consent: consent(table, row, zone, now, findings),
            referrer: findings.take(cells::line(table, row, "referrer", 100)),
            experience: findings.take(table.value(row, "experience", values::experience)).and_then(Experience::parse),
            note: findings.take(cells::note(table, row, "note")),
        };
        if given.name.is_none() && given.mobile.is_none() && findings.errors.len() == before {
            findings.errors.push(table.at(row, "name", "required"));
        }
        (findings.errors.len() == before).then_some(given)
    }

    /// What the row is known by within its file.
    pub fn key(&self) -> Key {
        match &self.mobile {
            Some(mobile) => Key::Mobile(mobile.e164(), self.broker),
            None => {
                let name = fold(self.name.as_deref().unwrap_or_default());
                Key::Meeting(name, self.met_at.map(|when| when.at), self.broker)
            }
        }
    }
}

fn when(text: &str, zone: Tz, now: At) -> Result<When, Problem> {
    let when = match values::moment(text)? {
        Moment::Fixed(at) => When { at: at.into(), whole_day: false },
        Moment::Local(wall) => When {
            at: at_local(wall.date(), wall.time(), zone).into(),
            // A midnight in a spreadsheet is a date that was formatted with a time.
            whole_day: wall.time() == NaiveTime::MIN,
        },
    };
    if when.at > now + Duration::minutes(MINUTES_AHEAD) { Err("in_the_future".into()) } else { Ok(when) }
}

/// Both columns or neither.
fn consent(table: &Table, row: &Row, zone: Tz, now: At, findings: &mut Findings) -> Option<NewConsent> {
    let given_at = findings.take(table.value(row, "consent_given_at", |text| when(text, zone, now)));
    let purpose = findings.take(cells::line(table, row, "consent_purpose", 100));
    match (given_at, purpose) {
        (Some(when), Some(purpose)) => Some(NewConsent { given_at: when.at, purpose }),
        (Some(_), None) if table.text(row, "consent_purpose").is_ok_and(|text| text.is_none()) => {
            findings.errors.push(table.at(row, "consent_purpose", "required"));
            None
        }
        _ => None,
    }
}

/// A mobile within a sealed part.
mod e164 {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::text::mobile::Mobile;

    pub fn serialize<S: Serializer>(mobile: &Option<Mobile>, serializer: S) -> Result<S::Ok, S::Error> {
        mobile.as_ref().map(Mobile::e164).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Mobile>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Mobile::parse(&text).map_err(serde::de::Error::custom)).transpose()
    }
}
