//! An agreement as it is sent, and checked as far as that goes without the database.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Id;
use crate::error::{Faults, FieldError, Result};
use crate::goals::measure::{Promised, Side, Way};
use crate::goals::period::Period;
use crate::goals::targets::period_of;
use crate::goals::words;

/// The most promises of one agreement.
const LINES: usize = 14;

/// A promise as it is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromiseInput {
    /// Whose.
    #[schema(required, value_type = Side)]
    pub side: Option<String>,
    /// What.
    #[schema(required, value_type = Promised)]
    pub measure: Option<String>,
    /// Counted from our own records, or entered; left out: counted where we can.
    #[schema(value_type = Option<Way>)]
    pub way: Option<String>,
    /// How many; of deposits how many fen. Above 0.
    #[schema(required, value_type = i64, minimum = 1)]
    pub target: Option<i64>,
}

/// An agreement as it is sent: with an outlet or with a bank.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// With which outlet.
    pub outlet_id: Option<Id>,
    /// Or with which bank as a whole, by name.
    pub bank: Option<String>,
    /// The first local date.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The last local date.
    #[schema(required, value_type = NaiveDate)]
    pub to: Option<String>,
    /// At most 500 characters.
    pub note: Option<String>,
    /// What was promised; each thing once a side.
    #[schema(required, value_type = Vec<PromiseInput>, min_items = 1, max_items = 14)]
    pub lines: Option<Vec<PromiseInput>>,
}

/// With whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Partner {
    /// One outlet.
    Outlet(Id),
    /// A bank, by its name.
    Bank(String),
}

/// A promise, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// Whose.
    pub side: Side,
    /// What.
    pub measure: Promised,
    /// How it is known what was done.
    pub way: Way,
    /// How many, or how many fen.
    pub target: i64,
}

/// An agreement, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct NewAgreement {
    pub(super) id: Id,
    pub(super) partner: Partner,
    pub(super) period: Period,
    pub(super) note: String,
    pub(super) lines: Vec<Promise>,
}

impl NewAgreement {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field; of a promise as `lines[2].target`.
    pub fn parse(input: &AgreementInput) -> Result<NewAgreement> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let bank = input.bank.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let partner = match (input.outlet_id, bank) {
            (Some(outlet), None) => Ok(Partner::Outlet(outlet)),
            (None, Some(bank)) => Ok(Partner::Bank(bank.to_owned())),
            (None, None) => Err("required"),
            (Some(_), Some(_)) => Err("outlet_or_bank"),
        };
        let partner = faults.take("outlet_id", partner);
        let period = period_of(&mut faults, input.from.as_deref(), input.to.as_deref());
        let note = faults.take("note", words(input.note.as_deref()));
        let lines = promises(&mut faults, input.lines.as_deref().unwrap_or_default());
        match (id, partner, period, note) {
            (Some(id), Some(partner), Some(period), Some(note)) if faults.is_empty() => {
                Ok(NewAgreement { id, partner, period, note, lines })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// A word that must be there.
fn named(given: &Option<String>) -> std::result::Result<&str, &'static str> {
    given.as_deref().filter(|text| !text.is_empty()).ok_or("required")
}

fn promises(faults: &mut Faults, given: &[PromiseInput]) -> Vec<Promise> {
    match given.len() {
        0 => faults.add("lines", "required"),
        n if n > LINES => faults.add("lines", "too_many"),
        _ => {}
    }
    let mut all: Vec<Promise> = Vec::new();
    for (at, line) in given.iter().enumerate().take(LINES) {
        let field = |name: &str| format!("lines[{at}].{name}");
        let side = named(&line.side).and_then(|given| Side::parse(given).ok_or("unknown_value"));
        let side = faults.take(&field("side"), side);
        let measure = named(&line.measure).and_then(|given| Promised::parse(given).ok_or("unknown_value"));
        let measure = faults.take(&field("measure"), measure);
        let way = line.way.as_deref().filter(|text| !text.is_empty());
        let way = way.map(|given| Way::parse(given).ok_or("unknown_value")).transpose();
        let way = faults.take(&field("way"), way);
        let target = faults.take(&field("target"), line.target.ok_or("required"));
        let (Some(side), Some(measure), Some(way)) = (side, measure, way) else { continue };
        let can = measure.counted_as().is_some();
        let way = way.unwrap_or(if can { Way::Counted } else { Way::Entered });
        if way == Way::Counted && !can {
            faults.add(field("way"), "cannot_be_counted");
        }
        let within = |n: i64| if (1..=measure.most()).contains(&n) { Ok(n) } else { Err("out_of_range") };
        let target = target.and_then(|target| faults.take(&field("target"), within(target)));
        if all.iter().any(|other| (other.side, other.measure) == (side, measure)) {
            faults.push(FieldError::new(field("measure"), "doubled_promise"));
        }
        all.extend(target.map(|target| Promise { side, measure, way, target }));
    }
    all
}
