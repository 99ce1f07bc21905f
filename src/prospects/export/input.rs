//! What is to be exported.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attendance::filter::date;
use crate::db::Conn;
use crate::error::{Faults, FieldError, Result};
use crate::followups::waivers::reason;
use crate::people::store::{self, Branch};
use crate::text;
use crate::web::table_file::Format;

/// What is to be exported, as sent.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportInput {
    /// A branch's code; all of them where it is absent.
    pub branch: Option<String>,
    /// First met on this local date or later.
    #[schema(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// First met on this local date or earlier.
    #[schema(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// `csv` (where it is absent) or `xlsx`.
    pub format: Option<String>,
    /// Whether a CSV file begins with a byte order mark; it does where this is absent.
    pub mark: Option<bool>,
    /// Whether mobile numbers stand there in full: then a reason is required. Masked where this is absent.
    pub mobiles: Option<bool>,
    /// Why the numbers are wanted, at most 500 characters; kept in the register.
    pub reason: Option<String>,
}

/// The same, checked.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// One branch's.
    pub branch: Option<Branch>,
    /// First met on or after.
    pub from: Option<NaiveDate>,
    /// First met on or before.
    pub to: Option<NaiveDate>,
    /// As what.
    pub format: Format,
    /// Why mobile numbers stand there in full; none: they do not.
    pub reason: Option<String>,
}

impl ExportInput {
    /// A form may leave a date empty; the API leaves it out.
    ///
    /// # Errors
    /// By field.
    pub fn as_said(&self) -> Result<()> {
        let mut faults = Faults::new();
        for (field, given) in [("from", &self.from), ("to", &self.to)] {
            given.as_deref().map(|text| faults.take(field, date(text)));
        }
        faults.check()
    }

    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(&self, conn: &mut Conn) -> Result<Wanted> {
        let given = |text: &Option<String>| text.as_deref().and_then(text::filled);
        let mut faults = Faults::new();
        let mut day = |field: &str, text: &Option<String>| given(text).and_then(|d| faults.take(field, date(&d)));
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            faults.push(FieldError::new("to", "from_after_to"));
        }
        let branch = match given(&self.branch) {
            Some(code) => faults.take("branch", store::branch_by_code(conn, &code)?.ok_or("not_found")),
            None => None,
        };
        let format = match given(&self.format).as_deref() {
            None | Some("csv") => Some(Format::Csv { mark: self.mark.unwrap_or(true) }),
            Some("xlsx") => Some(Format::Xlsx),
            Some(_) => faults.take("format", Err("unknown_value")),
        };
        let why = match (self.mobiles.unwrap_or(false), given(&self.reason)) {
            (true, None) => faults.take("reason", Err("required")),
            (true, Some(text)) => faults.take("reason", reason(&text)),
            (false, _) => None,
        };
        match format {
            Some(format) if faults.is_empty() => Ok(Wanted { branch, from, to, format, reason: why }),
            _ => Err(faults.into_error()),
        }
    }
}
