//! Telling people what changed for them: one mail a person and operation, about days that were published and are not past.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono_tz::Tz;
use diesel::prelude::*;

use super::changes::{Change, Made};
use super::letters::{self, Answered, Told};
use super::rules::{Book, Published};
use super::swaps::Swap;
use crate::db::schema::{outlets, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::language::Lang;
use crate::mail::letters::Letter;
use crate::mail::outbox::{self, NewMail};
use crate::mail::{Kind, Post};
use crate::people::Caller;

/// Queues the mails about what was made, one a person: the changes of their days that were published and are not past, and the swaps of theirs that lapsed
/// by it. Answers to how many people went one.
///
/// # Errors
/// What the database says.
pub fn tell(conn: &mut Conn, post: &Post, caller: &Caller, book: &Book, made: &Made) -> Result<usize> {
    let today = caller.now.date_in(book.zone);
    let coming = || made.changes.iter().filter(|change| change.date >= today);
    let mut by_broker: BTreeMap<Id, Vec<&Change>> = BTreeMap::new();
    if let Some((first, last)) = coming().map(|c| c.date).min().zip(coming().map(|c| c.date).max()) {
        let published = Published::load(conn, book.branch, first, last)?;
        for change in coming().filter(|change| published.holds(change.date)) {
            by_broker.entry(change.broker_id).or_default().push(change);
        }
    }
    let mut people: BTreeSet<Id> = by_broker.keys().copied().collect();
    people.extend(made.lapsed.iter().flat_map(Swap::people));
    if people.is_empty() {
        return Ok(0);
    }
    let places = names_of_places(conn, by_broker.values().flatten())?;
    let people = recipients(conn, people.into_iter().collect())?;
    for (broker, address, lang) in &people {
        let changes: &[&Change] = by_broker.get(broker).map_or(&[], Vec::as_slice);
        let by = caller.user().ok().map(|u| u.name.as_str());
        let told = Told { changes, lapsed: &of(*broker, &made.lapsed), places: &places, zone: book.zone, by };
        send(conn, post, caller, book.zone, (*broker, address), letters::changes(*lang, &told, &post.base_url))?;
    }
    Ok(people.len())
}

/// Queues the mails about swaps that lapsed to those of their people who get no other mail about the same.
///
/// # Errors
/// What the database says.
pub fn lapsed(
    conn: &mut Conn,
    post: &Post,
    caller: &Caller,
    zone: Tz,
    lapsed: &[Swap],
    told_otherwise: &[Id],
) -> Result<()> {
    let mut people: BTreeSet<Id> = lapsed.iter().flat_map(Swap::people).collect();
    people.retain(|person| !told_otherwise.contains(person));
    for (person, address, lang) in recipients(conn, people.into_iter().collect())? {
        let told = Told { changes: &[], lapsed: &of(person, lapsed), places: &HashMap::new(), zone, by: None };
        send(conn, post, caller, zone, (person, &address), letters::changes(lang, &told, &post.base_url))?;
    }
    Ok(())
}

/// Those that somebody is in.
fn of(person: Id, lapsed: &[Swap]) -> Vec<&Swap> {
    lapsed.iter().filter(|swap| swap.people().any(|one| one == person)).collect()
}

/// Queues one letter about the rota to one broker.
///
/// # Errors
/// What the database says.
pub fn send(
    conn: &mut Conn,
    post: &Post,
    caller: &Caller,
    zone: Tz,
    (user, address): (Id, &str),
    letter: Letter,
) -> Result<()> {
    let Letter { subject, text, html } = letter;
    let day = caller.now.date_in(zone);
    let to = address.to_owned();
    let mail = NewMail { kind: Kind::Rota, user_id: Some(user), to, day, subject, text, html };
    outbox::queue(conn, &post.keys, mail, caller.now)?;
    Ok(())
}

/// Writes to one person what became of what they asked for or were asked, with what it changed in their rota.
///
/// # Errors
/// What the database says.
pub fn answer(
    conn: &mut Conn,
    post: &Post,
    caller: &Caller,
    zone: Tz,
    person: Id,
    made: &Made,
    words: &dyn Fn(Lang) -> Answered,
) -> Result<()> {
    let Some((id, address, lang)) = recipients(conn, vec![person])?.pop() else { return Ok(()) };
    let theirs: Vec<&Change> = made.changes.iter().filter(|change| change.broker_id == person).collect();
    let places = names_of_places(conn, theirs.iter())?;
    let told = Told { changes: &theirs, lapsed: &of(person, &made.lapsed), places: &places, zone, by: None };
    let letter = letters::answered(lang, words(lang), &told, &post.base_url);
    send(conn, post, caller, zone, (id, &address), letter)
}

/// Who of some people can be written to: id, address, language.
///
/// # Errors
/// What the database says.
pub fn recipients(conn: &mut Conn, people: Vec<Id>) -> Result<Vec<(Id, String, Lang)>> {
    let rows: Vec<(Id, Option<String>, Lang)> = users::table
        .filter(users::id.eq_any(people))
        .filter(users::disabled_at.is_null().and(users::email.is_not_null()))
        .order(users::id)
        .select((users::id, users::email, users::language))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, email, lang)| Some((id, email?, lang))).collect())
}

fn names_of_places<'a>(conn: &mut Conn, changes: impl Iterator<Item = &'a &'a Change>) -> Result<HashMap<Id, String>> {
    let mut ids: Vec<Id> = changes.flat_map(|c| [c.old, c.new]).flatten().map(|stand| stand.outlet_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<(Id, String)> =
        outlets::table.filter(outlets::id.eq_any(ids)).select((outlets::id, outlets::name)).load(conn)?;
    Ok(rows.into_iter().collect())
}
