//! A change of a user: what is absent stays as it is.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::users::UserRecord;
use super::{Role, fields};
use crate::db::At;
use crate::error::{Error, Faults, Result};
use crate::language::Lang;
use crate::text::filled;

/// Tells a field that is null from one that is absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// A change as it was sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeInput {
    /// Their name.
    pub name: Option<String>,
    /// Their role; a broker hands their prospects over first.
    pub role: Option<String>,
    /// Their branch's code; null only for admins and head-office managers.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub branch: Option<Option<String>>,
    /// Where their mails go; null: nowhere.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// The language of their mails: `zh-CN` or `en`.
    pub language: Option<String>,
    /// Sees compliance matters besides.
    pub compliance: Option<bool>,
    /// The practice certificate's number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub certificate_no: Option<Option<String>>,
    /// The practice certificate's last day, `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    pub certificate_expires_on: Option<Option<String>>,
    /// True ends every session at once; false lets them sign in again.
    pub disabled: Option<bool>,
}

/// A change, checked as far as that goes without the database.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    name: Option<String>,
    role: Option<Role>,
    branch: Option<Option<String>>,
    email: Option<Option<String>>,
    language: Option<Lang>,
    compliance: Option<bool>,
    certificate_no: Option<Option<String>>,
    certificate_expires_on: Option<Option<NaiveDate>>,
    disabled: Option<bool>,
}

impl UserChange {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &ChangeInput) -> Result<UserChange> {
        let mut faults = Faults::new();
        let change = UserChange {
            name: input.name.as_deref().and_then(|n| faults.take("name", fields::name(n))),
            role: input.role.as_deref().and_then(|r| faults.take("role", fields::role(r))),
            branch: input.branch.as_ref().map(|b| b.as_deref().and_then(filled)),
            email: maybe(&input.email, "email", &mut faults, fields::email),
            language: input.language.as_deref().and_then(|l| faults.take("language", fields::language(l))),
            compliance: input.compliance,
            certificate_no: maybe(&input.certificate_no, "certificate_no", &mut faults, fields::code),
            certificate_expires_on: maybe(
                &input.certificate_expires_on,
                "certificate_expires_on",
                &mut faults,
                fields::date,
            ),
            disabled: input.disabled,
        };
        faults.check()?;
        Ok(change)
    }

    /// Only ends or gives back access.
    pub fn access(disabled: bool) -> UserChange {
        UserChange { disabled: Some(disabled), ..UserChange::default() }
    }

    /// The user as changed.
    ///
    /// # Errors
    /// `branch`: `required` where the role needs one.
    pub fn on(&self, before: &UserRecord, now: At) -> Result<UserRecord> {
        let mut after = before.clone();
        let change = self.clone();
        after.name = change.name.unwrap_or(after.name);
        after.role = change.role.unwrap_or(after.role);
        after.branch = change.branch.unwrap_or(after.branch);
        after.email = change.email.unwrap_or(after.email);
        after.language = change.language.map_or(after.language, |l| l.tag().to_owned());
        after.compliance = change.compliance.unwrap_or(after.compliance);
        after.certificate_no = change.certificate_no.unwrap_or(after.certificate_no);
        after.certificate_expires_on = change.certificate_expires_on.unwrap_or(after.certificate_expires_on);
        after.disabled_at = match change.disabled {
            Some(true) => after.disabled_at.or(Some(now)),
            Some(false) => None,
            None => after.disabled_at,
        };
        if matches!(after.role, Role::Broker | Role::Coordinator) && after.branch.is_none() {
            return Err(Error::field("branch", "required"));
        }
        Ok(after)
    }

    /// The names of the fields that a change touched, for the audit trail.
    pub fn names(before: &UserRecord, after: &UserRecord) -> Vec<&'static str> {
        [
            ("name", before.name != after.name),
            ("role", before.role != after.role),
            ("branch", before.branch != after.branch),
            ("email", before.email != after.email),
            ("language", before.language != after.language),
            ("compliance", before.compliance != after.compliance),
            ("certificate_no", before.certificate_no != after.certificate_no),
            ("certificate_expires_on", before.certificate_expires_on != after.certificate_expires_on),
            ("disabled", before.disabled_at != after.disabled_at),
        ]
        .into_iter()
        .filter_map(|(name, changed)| changed.then_some(name))
        .collect()
    }
}

/// A field that may be emptied: absent, empty, or a value to check.
fn maybe<T>(
    given: &Option<Option<String>>,
    field: &str,
    faults: &mut Faults,
    check: impl Fn(&str) -> std::result::Result<T, &'static str>,
) -> Option<Option<T>> {
    let given = given.as_ref()?;
    Some(given.as_deref().and_then(filled).and_then(|text| faults.take(field, check(&text))))
}
