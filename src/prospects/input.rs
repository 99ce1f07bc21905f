//! A prospect as it is sent or typed, made into what cannot be wrong: new ones and changes.

use chrono::{DateTime, Datelike, Duration, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::kinds::{Experience, Source};
use super::stage::MINUTES_AHEAD;
use super::words;
use crate::db::{At, Id};
use crate::error::{Error, Faults, Result};
use crate::followups::touch::PreferredChannel;
use crate::text::mobile::{Mobile, MobileError};

/// What the person agreed to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentInput {
    /// When they agreed, RFC 3339.
    #[schema(value_type = At, required = true)]
    pub given_at: Option<String>,
    /// What for.
    #[schema(value_type = String, required = true)]
    pub purpose: Option<String>,
}

/// A new prospect, as sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProspectInput {
    /// Made by the client.
    pub id: Id,
    /// The person's name.
    #[schema(value_type = String, required = true)]
    pub name: Option<String>,
    /// When they met, RFC 3339.
    #[schema(value_type = At, required = true)]
    pub met_at: Option<String>,
    /// How they met.
    #[schema(value_type = Source, required = true)]
    pub source: Option<String>,
    /// How the person likes to be reached.
    #[schema(value_type = PreferredChannel, required = true)]
    pub preferred_channel: Option<String>,
    /// The mobile as typed; only with a consent.
    pub mobile: Option<String>,
    /// Where they met: an outlet of the own branch.
    pub outlet_id: Option<Id>,
    /// Who introduced them.
    pub referrer: Option<String>,
    /// New to the market or not.
    #[schema(value_type = Option<Experience>)]
    pub experience: Option<String>,
    /// What the person agreed to.
    pub consent: Option<ConsentInput>,
    /// What else there is to know; no card numbers.
    pub note: Option<String>,
}

/// A consent, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewConsent {
    /// When it was given.
    pub given_at: At,
    /// What for.
    pub purpose: String,
}

/// A new prospect, checked as far as that goes without the database. Serialised it is what a keyed request is compared by.
#[derive(Clone, Debug, Serialize)]
pub struct NewProspect {
    /// Made by the client.
    pub id: Id,
    /// The person's name.
    pub name: String,
    /// When they met.
    pub met_at: At,
    /// How they met.
    pub source: Source,
    /// How the person likes to be reached.
    pub preferred_channel: PreferredChannel,
    /// The mobile; never without a consent.
    #[serde(serialize_with = "as_e164")]
    pub mobile: Option<Mobile>,
    /// Where they met.
    pub outlet_id: Option<Id>,
    /// Who introduced them.
    pub referrer: Option<String>,
    /// New to the market or not.
    pub experience: Experience,
    /// What the person agreed to.
    pub consent: Option<NewConsent>,
    /// What else there is to know.
    pub note: Option<String>,
}

fn as_e164<S: Serializer>(mobile: &Option<Mobile>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    mobile.as_ref().map(Mobile::e164).serialize(serializer)
}

impl NewProspect {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &ProspectInput, now: At) -> Result<NewProspect> {
        let mut faults = Faults::new();
        let name = take(&mut faults, "name", input.name.as_deref(), words::line);
        let met_at = take(&mut faults, "met_at", input.met_at.as_deref(), |given| past(given, now));
        let source = take(&mut faults, "source", input.source.as_deref(), known(Source::parse));
        let channel =
            take(&mut faults, "preferred_channel", input.preferred_channel.as_deref(), known(PreferredChannel::parse));
        let mobile = input.mobile.as_deref().and_then(|given| faults.take("mobile", mobile(given)));
        let referrer = input.referrer.as_deref().and_then(|given| faults.take("referrer", optional_line(given)));
        let experience = input
            .experience
            .as_deref()
            .map_or(Some(Experience::Unknown), |given| faults.take("experience", known(Experience::parse)(given)));
        let consent = input.consent.as_ref().and_then(|given| consent(&mut faults, given, now));
        let note = input.note.as_deref().and_then(|given| faults.take("note", words::note(given)));
        if input.mobile.is_some() && input.consent.is_none() {
            faults.add("consent", "consent_required");
        }
        match (name, met_at, source, channel, experience) {
            (Some(name), Some(met_at), Some(source), Some(preferred_channel), Some(experience))
                if faults.is_empty() =>
            {
                Ok(NewProspect {
                    id: input.id,
                    name,
                    met_at,
                    source,
                    preferred_channel,
                    mobile,
                    outlet_id: input.outlet_id,
                    referrer: referrer.flatten(),
                    experience,
                    consent,
                    note: note.flatten(),
                })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// A change of a prospect, as sent: a field that is absent stays, null empties it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProspectPatch {
    /// The person's name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    pub name: Option<Option<String>>,
    /// When they met; moves the follow-up's due date and is kept in history.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = At, required = false)]
    pub met_at: Option<Option<String>>,
    /// How they met.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Source, required = false)]
    pub source: Option<Option<String>>,
    /// How the person likes to be reached.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = PreferredChannel, required = false)]
    pub preferred_channel: Option<Option<String>>,
    /// The mobile; only while a consent holds. Null removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub mobile: Option<Option<String>>,
    /// Where they met.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Id>)]
    pub outlet_id: Option<Option<Id>>,
    /// Who introduced them.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub referrer: Option<Option<String>>,
    /// New to the market or not.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Experience>)]
    pub experience: Option<Option<String>>,
    /// A consent, or null: it is withdrawn, the mobile removed and the follow-up waived.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ConsentInput>)]
    pub consent: Option<Option<ConsentInput>>,
    /// What else there is to know.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Option<String>>,
}

/// Tells null (`Some(None)`) from absent (`None`).
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> std::result::Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

/// A change, checked as far as that goes without the database. `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The person's name.
    pub name: Option<String>,
    /// When they met.
    pub met_at: Option<At>,
    /// How they met.
    pub source: Option<Source>,
    /// How the person likes to be reached.
    pub preferred_channel: Option<PreferredChannel>,
    /// The mobile, or that it goes.
    pub mobile: Option<Option<Mobile>>,
    /// Where they met.
    pub outlet_id: Option<Option<Id>>,
    /// Who introduced them.
    pub referrer: Option<Option<String>>,
    /// New to the market or not.
    pub experience: Option<Experience>,
    /// A consent, or that it is withdrawn.
    pub consent: Option<Option<NewConsent>>,
    /// What else there is to know.
    pub note: Option<Option<String>>,
}

impl Changes {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(patch: &ProspectPatch, now: At) -> Result<Changes> {
        let mut faults = Faults::new();
        let changes = Changes {
            name: must(&mut faults, "name", &patch.name, words::line),
            met_at: must(&mut faults, "met_at", &patch.met_at, |given| past(given, now)),
            source: must(&mut faults, "source", &patch.source, known(Source::parse)),
            preferred_channel: must(
                &mut faults,
                "preferred_channel",
                &patch.preferred_channel,
                known(PreferredChannel::parse),
            ),
            mobile: may(&mut faults, "mobile", &patch.mobile, |given| mobile(given).map(Some)),
            outlet_id: patch.outlet_id,
            referrer: may(&mut faults, "referrer", &patch.referrer, optional_line),
            experience: may(&mut faults, "experience", &patch.experience, |g| known(Experience::parse)(g).map(Some))
                .map(|experience| experience.unwrap_or(Experience::Unknown)),
            consent: patch
                .consent
                .as_ref()
                .map(|given| given.as_ref().and_then(|given| consent(&mut faults, given, now))),
            note: may(&mut faults, "note", &patch.note, words::note),
        };
        faults.check()?;
        Ok(changes)
    }
}

/// A field that must be there.
fn take<T>(
    faults: &mut Faults,
    field: &str,
    given: Option<&str>,
    read: impl FnOnce(&str) -> std::result::Result<T, &'static str>,
) -> Option<T> {
    faults.take(field, given.ok_or("required").and_then(read))
}

/// A field of a change that cannot be emptied.
fn must<T>(
    faults: &mut Faults,
    field: &str,
    given: &Option<Option<String>>,
    read: impl FnOnce(&str) -> std::result::Result<T, &'static str>,
) -> Option<T> {
    given.as_ref().and_then(|given| take(faults, field, given.as_deref(), read))
}

/// A field of a change that null empties.
fn may<T>(
    faults: &mut Faults,
    field: &str,
    given: &Option<Option<String>>,
    read: impl FnOnce(&str) -> std::result::Result<Option<T>, &'static str>,
) -> Option<Option<T>> {
    match given {
        None => None,
        Some(None) => Some(None),
        Some(Some(given)) => faults.take(field, read(given)),
    }
}

fn known<T>(parse: impl Fn(&str) -> Option<T>) -> impl Fn(&str) -> std::result::Result<T, &'static str> {
    move |given| parse(given).ok_or("unknown_value")
}

fn mobile(given: &str) -> std::result::Result<Mobile, &'static str> {
    Mobile::parse(given).map_err(MobileError::code)
}

fn optional_line(given: &str) -> std::result::Result<Option<String>, &'static str> {
    if given.trim().is_empty() { Ok(None) } else { words::line(given).map(Some) }
}

fn consent(faults: &mut Faults, given: &ConsentInput, now: At) -> Option<NewConsent> {
    let given_at = take(faults, "consent.given_at", given.given_at.as_deref(), |at| past(at, now));
    let purpose = take(faults, "consent.purpose", given.purpose.as_deref(), words::line);
    Some(NewConsent { given_at: given_at?, purpose: purpose? })
}

/// An instant, RFC 3339.
///
/// # Errors
/// `not_a_time`; `out_of_range` before 1990, when there was no such trade.
pub fn instant(given: &str) -> std::result::Result<At, &'static str> {
    let at = DateTime::parse_from_rfc3339(given).map_err(|_| "not_a_time")?.with_timezone(&Utc);
    if at.year() < 1990 { Err("out_of_range") } else { Ok(at.into()) }
}

/// An instant that has come, as far as clocks agree.
///
/// # Errors
/// As `instant`; `in_the_future` where it is over five minutes ahead.
pub fn past(given: &str, now: At) -> std::result::Result<At, &'static str> {
    let at = instant(given)?;
    if at > now + Duration::minutes(MINUTES_AHEAD) { Err("in_the_future") } else { Ok(at) }
}

/// Whether a change is of the version that is kept: by `If-Match` or the form's own; without one it is not asked.
///
/// # Errors
/// `Stale` where the version is another by now.
pub fn still(version: Option<i32>, kept: i32) -> Result<()> {
    if version.is_none_or(|version| version == kept) { Ok(()) } else { Err(Error::Stale) }
}
