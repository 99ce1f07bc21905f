//! The mails that this room sends: an invitation and a reset, each with its link. They go into the outbox in the transaction that makes the link.

use super::links::Kind;
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::language::Lang;
use crate::mail;
use crate::mail::outbox::{self, NewMail};
use crate::t;
use crate::templates::people::letter;

/// A mail, written in its reader's language.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What it is: an invitation or a reset.
    pub kind: mail::Kind,
    /// Its subject, without personal data.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The mail with a link that sets a password.
pub fn link(lang: Lang, kind: Kind, name: &str, url: &str) -> Letter {
    let key = |part: &str| format!("letter-{}-{part}", kind.as_str());
    let subject = t!(lang, &key("subject"));
    let hello = t!(lang, "letter-hello", name = name);
    let why = t!(lang, &key("why"));
    let until = t!(lang, "letter-until");
    Letter {
        kind: match kind {
            Kind::Invitation => mail::Kind::Invitation,
            Kind::Reset => mail::Kind::Reset,
        },
        text: format!("{hello}\n\n{why}\n\n{url}\n\n{until}\n"),
        html: letter(lang, &hello, &why, url, &until).into_string(),
        subject,
    }
}

/// Puts a mail into the outbox.
///
/// # Errors
/// What the database says.
pub fn post(conn: &mut Conn, keys: &Keys, now: At, user: Id, email: &str, letter: &Letter) -> Result<()> {
    let mail = NewMail {
        kind: letter.kind,
        user_id: Some(user),
        to: email.to_owned(),
        day: now.utc().date_naive(),
        subject: letter.subject.clone(),
        text: letter.text.clone(),
        html: letter.html.clone(),
    };
    outbox::queue(conn, keys, mail, now).map(drop)
}
