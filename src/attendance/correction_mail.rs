//! The mail with which a broker learns what became of a correction.

use diesel::prelude::*;

use super::corrections::{Correction, CorrectionState};
use crate::db::Conn;
use crate::db::schema::{outlets, shifts};
use crate::error::Result;
use crate::language::Lang;
use crate::mail::letters::{Letter, letter};
use crate::mail::outbox::{self, NewMail};
use crate::mail::{Kind, Post};
use crate::people::Caller;
use crate::rota::tell::recipients;
use crate::t;
use crate::templates::attendance::words;
use crate::templates::mail::{Content, Item, Section};

/// Queues the answer to a correction, in the transaction that answers it; none to who has no address.
///
/// # Errors
/// What the database says.
pub fn tell(conn: &mut Conn, post: &Post, caller: &Caller, row: &Correction) -> Result<()> {
    let Some((user, to, lang)) = recipients(conn, vec![row.broker_id])?.pop() else { return Ok(()) };
    let of_shift = shifts::table.inner_join(outlets::table).filter(shifts::id.eq(row.shift_id));
    let outlet: String = of_shift.select(outlets::name).first(conn)?;
    let Letter { subject, text, html } = answered(lang, row, &outlet, &post.base_url);
    let day = caller.now.date_in(caller.user()?.zone());
    let mail = NewMail { kind: Kind::Rota, user_id: Some(user), to, day, subject, text, html };
    outbox::queue(conn, &post.keys, mail, caller.now)?;
    Ok(())
}

fn answered(lang: Lang, row: &Correction, outlet: &str, base_url: &str) -> Letter {
    let accepted = row.state == CorrectionState::Accepted;
    let key = if accepted { "mail-correction-accepted" } else { "mail-correction-refused" };
    let note = Some(&row.decision_note).filter(|note| !note.is_empty());
    let item = Item {
        title: t!(lang, "mail-correction-look"),
        lines: note.map(|note| t!(lang, "mail-correction-note", note = note.as_str())).into_iter().collect(),
        href: Some(format!("{base_url}/attendance/{}", row.shift_id)),
    };
    let content = Content {
        lead: t!(lang, key, day = words::short_day(lang, row.date), outlet = outlet),
        sections: vec![Section { heading: String::new(), items: vec![item] }],
        foot: t!(lang, "mail-correction-foot"),
        ..Content::default()
    };
    letter(lang, t!(lang, "mail-correction-subject"), content)
}
