//! A mail as it goes over the wire: headers set by type, so that nothing typed by anybody becomes one; text and HTML.

use std::time::SystemTime;

use chrono::NaiveDate;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart, header};
use lettre::{Address, Message};

use crate::db::{At, Id};

crate::text_enum! {
    /// What a mail is for.
    #[schema(as = MailPurpose)]
    pub enum Kind: Text {
        /// The morning's list.
        Digest = "digest",
        /// The afternoon's reminder.
        Nudge = "nudge",
        /// A new user sets a password.
        Invitation = "invitation",
        /// A user sets a new password.
        Reset = "reset",
        /// Somebody's rota changed, or what they asked for about it was answered.
        Rota = "rota",
        /// A manager's report on a period.
        Report = "report",
        /// The admin tries whether mail goes out.
        Test = "test",
    }
}

/// A mail ready to go.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its row.
    pub id: Id,
    /// What it is for.
    pub kind: Kind,
    /// The one recipient.
    pub to: String,
    /// The day it speaks of.
    pub day: NaiveDate,
    /// The subject, without personal data.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Without angle brackets; the same on every try.
    pub message_id: String,
    /// When it was queued: its `Date`, the same on every try too.
    pub created_at: At,
}

impl Outgoing {
    /// The name of its file, the same on every try: a second one finds the first.
    pub fn file_name(&self) -> String {
        file_name(self.created_at, self.kind, self.id)
    }

    /// The MIME message. `readable`: bodies as they are (8bit), for a file; else in what every server takes.
    ///
    /// # Errors
    /// What is wrong with the address or the headers: it will not be better on another try.
    pub fn message(&self, from: &Mailbox, readable: bool) -> Result<Message, String> {
        let to: Address = self.to.parse().map_err(|e| format!("{e}"))?;
        let mut builder = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.subject))
            .message_id(Some(format!("<{}>", self.message_id)))
            .date(SystemTime::from(self.created_at.utc()));
        let day = self.day.to_string();
        for (name, value) in [
            ("X-Bankside-Mail", self.kind.as_str()),
            ("X-Bankside-Date", day.as_str()),
            ("Auto-Submitted", "auto-generated"),
        ] {
            let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|e| e.to_string())?;
            builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
        }
        let parts = MultiPart::alternative()
            .singlepart(part(header::ContentType::TEXT_PLAIN, &self.text, readable))
            .singlepart(part(header::ContentType::TEXT_HTML, &self.html, readable));
        builder.multipart(parts).map_err(|e| e.to_string())
    }
}

/// `20261121T010203Z-digest-….eml`
pub fn file_name(created_at: At, kind: Kind, id: Id) -> String {
    format!("{}-{}-{id}.eml", created_at.utc().format("%Y%m%dT%H%M%SZ"), kind.as_str())
}

fn part(content_type: header::ContentType, text: &str, readable: bool) -> SinglePart {
    let builder = SinglePart::builder().header(content_type);
    if readable && let Ok(body) = Body::new_with_encoding(text.to_owned(), header::ContentTransferEncoding::EightBit) {
        return builder.body(body);
    }
    builder.body(text.to_owned())
}

/// A header is one line, whatever was put into it.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing() -> Outgoing {
        Outgoing {
            id: Id::new(),
            kind: Kind::Digest,
            to: "zhang@example.com".into(),
            day: "2026-11-23".parse().unwrap(),
            subject: "今天要跟进 3 位".into(),
            text: "王小明\nhttp://x/prospects/1\n".into(),
            html: "<p>王小明</p>\n".into(),
            message_id: "1@example.com".into(),
            created_at: "2026-11-23T00:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into(),
        }
    }

    fn written(mail: &Outgoing, readable: bool) -> String {
        let from: Mailbox = "Bankside <bankside@example.com>".parse().unwrap();
        String::from_utf8(mail.message(&from, readable).unwrap().formatted()).unwrap()
    }

    #[test]
    fn the_headers_are_as_the_contract_has_them() {
        for readable in [true, false] {
            let text = written(&outgoing(), readable);
            for line in [
                "X-Bankside-Mail: digest\r\n",
                "X-Bankside-Date: 2026-11-23\r\n",
                "Auto-Submitted: auto-generated\r\n",
                "Message-ID: <1@example.com>\r\n",
                "To: zhang@example.com\r\n",
                "Date: Mon, 23 Nov 2026 00:30:00 +0000\r\n",
                "Content-Type: text/plain; charset=utf-8\r\n",
                "Content-Type: text/html; charset=utf-8\r\n",
            ] {
                assert!(text.contains(line), "{line} is not in {text}");
            }
            assert_eq!(text.is_ascii(), !readable, "{text}");
        }
    }

    #[test]
    fn no_header_comes_out_of_a_subject_or_an_address() {
        let mut mail = outgoing();
        mail.subject = "a\r\nBcc: eve@example.com\r\n\r\nx".into();
        let text = written(&mail, false);
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
        mail.to = "zhang@example.com\r\nBcc: eve@example.com".into();
        assert!(mail.message(&"a@example.com".parse().unwrap(), false).is_err());
        mail.to = "zhang@example.com, eve@example.com".into();
        assert!(mail.message(&"a@example.com".parse().unwrap(), false).is_err());
    }

    #[test]
    fn kinds_read_back_from_what_is_stored() {
        assert_eq!(Kind::ALL.map(|kind| Kind::parse(kind.as_str())), Kind::ALL.map(Some));
    }
}
