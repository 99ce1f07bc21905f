//! The people at an outlet (联系人): role, influence, who introduced them, birthday, whether they are our client.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::store::writable;
use crate::audit::{self, Subject};
use crate::db::schema::contacts;
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::imports::values;
use crate::people::Caller;
use crate::text::{self, TextError, fold};

crate::text_enum! {
    /// What weight a contact's word has.
    pub enum Influence: Text {
        /// Decides.
        Decides = "decides",
        /// Is heard before it is decided.
        Advises = "advises",
        /// Has no power to decide, but may shut the door.
        GateKeeps = "gate_keeps",
    }
}

/// A contact as it is kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contacts)]
pub struct Contact {
    /// Their id.
    pub id: Id,
    /// Where they sit.
    pub outlet_id: Id,
    /// Their name.
    pub name: String,
    /// What they do there.
    pub role: String,
    /// What weight their word has.
    pub influence: Option<Influence>,
    /// Who introduced them.
    pub introduced_by: String,
    /// `MM-DD`, or a whole date.
    pub birthday: String,
    /// How to call them.
    pub phone: String,
    /// Whether they are our client.
    pub is_client: bool,
    /// Anything else.
    pub note: String,
}

/// What is known of a contact, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactFacts {
    /// Their name.
    pub name: String,
    /// What they do there.
    pub role: String,
    /// What weight their word has.
    pub influence: Option<Influence>,
    /// Who introduced them.
    pub introduced_by: String,
    /// `MM-DD`, or a whole date.
    pub birthday: String,
    /// How to call them.
    pub phone: String,
    /// Whether they are our client.
    pub is_client: bool,
    /// Anything else.
    pub note: String,
}

impl Contact {
    /// What is known of them.
    pub fn facts(&self) -> ContactFacts {
        ContactFacts {
            name: self.name.clone(),
            role: self.role.clone(),
            influence: self.influence,
            introduced_by: self.introduced_by.clone(),
            birthday: self.birthday.clone(),
            phone: self.phone.clone(),
            is_client: self.is_client,
            note: self.note.clone(),
        }
    }
}

/// The form of a contact as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContactInput {
    /// Made by the server with the form, so that a form sent twice is one contact.
    pub id: String,
    /// At most 100 characters.
    pub name: String,
    /// At most 60 characters.
    pub role: String,
    /// A word of `Influence`, or nothing.
    pub influence: String,
    /// At most 100 characters.
    pub introduced_by: String,
    /// `MM-DD`, `YYYY-MM-DD`, or nothing.
    pub birthday: String,
    /// At most 200 characters.
    pub phone: String,
    /// Ticked or absent.
    pub is_client: Option<String>,
    /// At most 2,000 characters.
    pub note: String,
}

impl ContactInput {
    /// The form filled from a contact.
    pub fn of(contact: &Contact) -> ContactInput {
        ContactInput {
            id: contact.id.to_string(),
            name: contact.name.clone(),
            role: contact.role.clone(),
            influence: contact.influence.map(|i| i.as_str().to_owned()).unwrap_or_default(),
            introduced_by: contact.introduced_by.clone(),
            birthday: contact.birthday.clone(),
            phone: contact.phone.clone(),
            is_client: contact.is_client.then(|| "on".to_owned()),
            note: contact.note.clone(),
        }
    }
}

/// A birthday as it is kept: `MM-DD` where the year is not known.
///
/// # Errors
/// `not_a_birthday`.
pub fn birthday(text: &str) -> std::result::Result<String, &'static str> {
    let text = text::nfkc(text);
    let text = text.trim();
    // A leap year, so that 29 February is a day.
    let of_any_year = text.replace('月', "-").replace('日', "");
    if let Ok(day) = NaiveDate::parse_from_str(&format!("2024-{of_any_year}"), "%Y-%m-%d") {
        return Ok(day.format("%m-%d").to_string());
    }
    values::date(text).map(|day| day.to_string()).map_err(|_| "not_a_birthday")
}

impl ContactFacts {
    /// Checks a form.
    ///
    /// # Errors
    /// Everything wrong, by field.
    pub fn parse(input: &ContactInput) -> Result<ContactFacts> {
        let mut faults = Faults::new();
        let short = |text: &str, max| match text::clean_name(text, max) {
            Err(TextError::Empty) => Ok(String::new()),
            other => other.map_err(TextError::code),
        };
        let name = faults.take("name", text::clean_name(&input.name, 100).map_err(TextError::code));
        let role = faults.take("role", short(&input.role, 60));
        let influence = match input.influence.as_str() {
            "" => None,
            word => faults.take("influence", Influence::parse(word).ok_or("unknown_value")),
        };
        let introduced_by = faults.take("introduced_by", short(&input.introduced_by, 100));
        let day = match input.birthday.trim() {
            "" => Some(String::new()),
            text => faults.take("birthday", birthday(text)),
        };
        let phone = faults.take("phone", short(&input.phone, 200));
        let note = faults.take("note", text::clean_note(&input.note, 2000).map_err(TextError::code));
        if let Some(found) = note.as_deref().and_then(text::sensitive::find) {
            faults.add("note", found.code());
        }
        faults.check()?;
        Ok(ContactFacts {
            name: name.unwrap_or_default(),
            role: role.unwrap_or_default(),
            influence,
            introduced_by: introduced_by.unwrap_or_default(),
            birthday: day.unwrap_or_default(),
            phone: phone.unwrap_or_default(),
            is_client: input.is_client.is_some(),
            note: note.unwrap_or_default(),
        })
    }
}

/// The contacts of an outlet, those who decide first.
///
/// # Errors
/// What the database says.
pub fn of_outlet(conn: &mut Conn, outlet: Id) -> Result<Vec<Contact>> {
    let mut all: Vec<Contact> = contacts::table
        .filter(contacts::outlet_id.eq(outlet))
        .order(contacts::name)
        .select(Contact::as_select())
        .load(conn)?;
    all.sort_by_key(|c| Influence::ALL.iter().position(|i| Some(*i) == c.influence).unwrap_or(Influence::ALL.len()));
    Ok(all)
}

/// A contact of an outlet.
///
/// # Errors
/// `NotFound`.
pub fn find(conn: &mut Conn, outlet: Id, id: Id) -> Result<Contact> {
    Ok(contacts::table
        .filter(contacts::id.eq(id).and(contacts::outlet_id.eq(outlet)))
        .select(Contact::as_select())
        .first(conn)?)
}

/// Adds a contact; a form sent twice adds one.
///
/// # Errors
/// As `store::writable`; `name`: `taken` where the outlet has one of that name and role.
pub fn add(conn: &mut Conn, caller: &Caller, outlet: Id, id: Id, facts: &ContactFacts) -> Result<()> {
    let branch = writable(conn, caller.user()?, outlet)?.branch_id;
    crate::db::serialise(conn, outlet)?;
    match find(conn, outlet, id) {
        Err(Error::NotFound(_)) => {}
        there => return there.map(drop),
    }
    is_free(conn, outlet, facts, None)?;
    insert_as(conn, caller, id, outlet, facts)?;
    audit::record(
        conn,
        caller,
        "contact.create",
        Subject::new("contact", id, Some(branch)),
        json!({ "outlet": outlet }),
    )
}

/// Changes a contact.
///
/// # Errors
/// As `add`; `NotFound`.
pub fn change(conn: &mut Conn, caller: &Caller, outlet: Id, id: Id, facts: &ContactFacts) -> Result<()> {
    let branch = writable(conn, caller.user()?, outlet)?.branch_id;
    crate::db::serialise(conn, outlet)?;
    if find(conn, outlet, id)?.facts() == *facts {
        return Ok(());
    }
    is_free(conn, outlet, facts, Some(id))?;
    write(conn, caller, id, facts)?;
    audit::record(
        conn,
        caller,
        "contact.change",
        Subject::new("contact", id, Some(branch)),
        json!({ "outlet": outlet }),
    )
}

/// Takes a contact away.
///
/// # Errors
/// As `change`.
pub fn remove(conn: &mut Conn, caller: &Caller, outlet: Id, id: Id) -> Result<()> {
    let branch = writable(conn, caller.user()?, outlet)?.branch_id;
    find(conn, outlet, id)?;
    diesel::delete(contacts::table.find(id)).execute(conn)?;
    audit::record(
        conn,
        caller,
        "contact.remove",
        Subject::new("contact", id, Some(branch)),
        json!({ "outlet": outlet }),
    )
}

fn is_free(conn: &mut Conn, outlet: Id, facts: &ContactFacts, but: Option<Id>) -> Result<()> {
    let holder: Option<Id> = contacts::table
        .filter(contacts::outlet_id.eq(outlet))
        .filter(contacts::name_folded.eq(fold(&facts.name)).and(contacts::role.eq(&facts.role)))
        .select(contacts::id)
        .first(conn)
        .optional()?;
    match holder {
        Some(holder) if Some(holder) != but => Err(Error::field("name", "taken")),
        _ => Ok(()),
    }
}

/// Writes a new contact.
///
/// # Errors
/// What the database says.
pub fn insert(conn: &mut Conn, caller: &Caller, outlet: Id, facts: &ContactFacts) -> Result<Id> {
    let id = Id::new();
    insert_as(conn, caller, id, outlet, facts)?;
    Ok(id)
}

fn insert_as(conn: &mut Conn, caller: &Caller, id: Id, outlet: Id, facts: &ContactFacts) -> Result<()> {
    diesel::insert_into(contacts::table)
        .values((
            contacts::id.eq(id),
            contacts::outlet_id.eq(outlet),
            contacts::name.eq(&facts.name),
            contacts::name_folded.eq(fold(&facts.name)),
            contacts::role.eq(&facts.role),
            contacts::influence.eq(facts.influence),
            contacts::introduced_by.eq(&facts.introduced_by),
            contacts::birthday.eq(&facts.birthday),
            contacts::phone.eq(&facts.phone),
            contacts::is_client.eq(facts.is_client),
            contacts::note.eq(&facts.note),
            contacts::created_at.eq(caller.now),
            contacts::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes a contact as it now is.
///
/// # Errors
/// What the database says.
pub fn write(conn: &mut Conn, caller: &Caller, id: Id, facts: &ContactFacts) -> Result<()> {
    diesel::update(contacts::table.find(id))
        .set((
            contacts::name.eq(&facts.name),
            contacts::name_folded.eq(fold(&facts.name)),
            contacts::role.eq(&facts.role),
            contacts::influence.eq(facts.influence),
            contacts::introduced_by.eq(&facts.introduced_by),
            contacts::birthday.eq(&facts.birthday),
            contacts::phone.eq(&facts.phone),
            contacts::is_client.eq(facts.is_client),
            contacts::note.eq(&facts.note),
            contacts::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    Ok(())
}
