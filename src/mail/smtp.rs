//! SMTP: how a server is named, and one mail handed to it step by step, so that each refusal is judged by where it came.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use url::{Host, Url};

use super::transport::{Refusal, RefusalKind};

const CONNECT: Duration = Duration::from_secs(10);
const COMMAND: Duration = Duration::from_secs(30);
/// How long a server that is left may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// How the way to the server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// From the first byte (`smtps://`).
    Implicit,
    /// By STARTTLS.
    Required,
    /// Not at all: `tls=none`, or on this machine unless `tls=required`.
    None,
}

/// A mail server.
pub struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    timeouts: (Duration, Duration),
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {:?}", self.host, self.port, self.tls)
    }
}

impl Server {
    /// Reads `smtp://[user:password@]host[:port][?tls=required|none]` or `smtps://…`. To another machine the way is always encrypted, unless
    /// `tls=none` says otherwise. Ports by default: 465 for `smtps`, 587 with a login, else 25.
    ///
    /// # Errors
    /// One line that says what is wrong, without the address: it may hold a password.
    pub fn parse(text: &str) -> Result<Server, String> {
        let wrong = |what: &str| format!("BANKSIDE_SMTP_URL: {what}");
        let url = Url::parse(text).map_err(|e| wrong(&e.to_string()))?;
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err(wrong("must begin with smtp:// or smtps://"));
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong("nothing but ?tls= may follow the host and port"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("a host is missing"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let implicit = url.scheme() == "smtps";
        let mut asked = None;
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("tls", "required") => asked = Some(if implicit { Tls::Implicit } else { Tls::Required }),
                ("tls", "none") if !implicit => asked = Some(Tls::None),
                _ => return Err(wrong("only ?tls=required or, for smtp://, ?tls=none may follow")),
            }
        }
        let usual = match (implicit, is_loopback(&host)) {
            (true, _) => Tls::Implicit,
            (false, true) => Tls::None,
            (false, false) => Tls::Required,
        };
        let credentials = match (decoded(url.username()), url.password()) {
            (Some(user), password) if !user.is_empty() => {
                let password =
                    decoded(password.unwrap_or_default()).ok_or_else(|| wrong("the password is not UTF-8"))?;
                Some(Credentials::new(user, password))
            }
            (None, _) => return Err(wrong("the user is not UTF-8")),
            _ => None,
        };
        let port = url.port().unwrap_or(match (implicit, &credentials) {
            (true, _) => 465,
            (false, Some(_)) => 587,
            (false, None) => 25,
        });
        Ok(Server { host, port, tls: asked.unwrap_or(usual), credentials, timeouts: (CONNECT, COMMAND) })
    }

    /// Waits at most that long for each answer.
    pub fn patience(&mut self, at_most: Duration) {
        self.timeouts = (at_most, at_most);
    }

    /// Connects, encrypts and signs in.
    ///
    /// # Errors
    /// `Unreachable`, or `Login`.
    pub fn connect(&self) -> Result<Link, Refusal> {
        let unreachable = |e: Error| Refusal::new(RefusalKind::Unreachable, words(&e));
        let hello = ClientId::default();
        let tls = match self.tls {
            Tls::None => None,
            Tls::Implicit | Tls::Required => Some(TlsParameters::new(self.host.clone()).map_err(unreachable)?),
        };
        let (connect, command) = self.timeouts;
        let at_once = tls.as_ref().filter(|_| self.tls == Tls::Implicit);
        let mut conn = SmtpConnection::connect((self.host.as_str(), self.port), Some(connect), &hello, at_once, None)
            .map_err(unreachable)?;
        conn.set_timeout(Some(command)).map_err(|e| Refusal::new(RefusalKind::Unreachable, e.to_string()))?;
        if let (Tls::Required, Some(tls)) = (self.tls, &tls) {
            conn.starttls(tls, &hello).map_err(unreachable)?;
        }
        let mut link = Link { conn: Some(conn) };
        if let (Some(credentials), Some(conn)) = (&self.credentials, link.conn.as_mut()) {
            conn.auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .map_err(|e| Refusal::new(RefusalKind::Login, words(&e)))?;
        }
        Ok(link)
    }
}

fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => host == "::1",
    }
}

/// A connection to a server, signed in. Closed with a goodbye when dropped.
pub struct Link {
    conn: Option<SmtpConnection>,
}

impl Link {
    /// Whether the server still answers on it.
    pub fn alive(&mut self) -> bool {
        self.conn.as_mut().is_some_and(SmtpConnection::test_connected)
    }

    /// Hands over one mail. After a refusal the link is not to be used again.
    ///
    /// # Errors
    /// By the step at which it was refused.
    pub fn send(&mut self, envelope: &Envelope, bytes: &[u8]) -> Result<(), Refusal> {
        let Some(conn) = self.conn.as_mut() else {
            return Err(Refusal::new(RefusalKind::Later, "the connection is closed"));
        };
        let result = hand_over(conn, envelope, bytes);
        if result.as_ref().is_err_and(|(_, spoken)| !spoken) {
            // Nobody answers there: there is no goodbye to wait for.
            self.conn = None;
        }
        result.map_err(|(refusal, _)| refusal)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.as_mut()
            && conn.set_timeout(Some(GOODBYE)).is_ok()
        {
            conn.abort();
        }
    }
}

/// The refusal, and whether the server spoke it.
type Refused = (Refusal, bool);

fn hand_over(conn: &mut SmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Result<(), Refused> {
    conn.command(Mail::new(envelope.from().cloned(), Vec::new())).map_err(before_data)?;
    for to in envelope.to() {
        conn.command(Rcpt::new(to.clone(), Vec::new())).map_err(before_data)?;
    }
    conn.command(Data).map_err(before_data)?;
    let handed = Cell::new(false);
    // Asked for another piece, lettre has handed over all before it; only the final dot follows.
    let ended = std::iter::from_fn(|| {
        handed.set(true);
        None::<&[u8]>
    });
    match conn.message_iter(bytes.chunks(16 * 1024).chain(ended)) {
        Ok(_) => Ok(()),
        Err(e) if e.status().is_none() && handed.get() => {
            Err((Refusal::new(RefusalKind::Unanswered, words(&e)), false))
        }
        Err(e) => Err(before_data(e)),
    }
}

fn before_data(e: Error) -> Refused {
    let kind = match e.status().map(u16::from) {
        Some(454 | 530 | 534 | 535 | 538) => RefusalKind::Login,
        Some(500..=599) => RefusalKind::Never,
        _ => RefusalKind::Later,
    };
    (Refusal::new(kind, words(&e)), e.status().is_some())
}

/// The error with what is under it; lettre's own words leave the cause out.
fn words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// Undoes percent-encoding; none when it is not UTF-8 then.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_the_way_to_another_machine_is_encrypted() {
        for (url, port, tls, login) in [
            ("smtp://mail.example.com", 25, Tls::Required, false),
            ("smtp://u:p@mail.example.com", 587, Tls::Required, true),
            ("smtp://u:p@mail.example.com:2525?tls=required", 2525, Tls::Required, true),
            ("smtp://mail.example.com?tls=none", 25, Tls::None, false),
            ("smtps://u:p%40%3A%2F@mail.example.com", 465, Tls::Implicit, true),
            ("smtps://mail.example.com?tls=required", 465, Tls::Implicit, false),
            ("smtp://127.0.0.1:1025", 1025, Tls::None, false),
            ("smtp://localhost:1025/", 1025, Tls::None, false),
            ("smtp://[::1]:1025", 1025, Tls::None, false),
            ("smtp://localhost?tls=required", 25, Tls::Required, false),
        ] {
            let server = Server::parse(url).unwrap_or_else(|e| panic!("{url}: {e}"));
            assert_eq!((server.port, server.tls, server.credentials.is_some()), (port, tls, login), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_saying_the_password() {
        for url in [
            "http://u:secret@x",
            "smtp://",
            "smtp://u:secret@x/path",
            "smtp://u:secret@x?tls=maybe",
            "smtps://u:secret@x?tls=none",
            "smtp://u:secret@x?other=1",
            "smtp://u:secret@x:99999",
            "smtp://%ff:secret@x",
            "u:secret",
        ] {
            let line = Server::parse(url).expect_err(url);
            assert!(line.starts_with("BANKSIDE_SMTP_URL") && !line.contains("secret"), "{line}");
        }
        let server = Server::parse("smtp://user:secret@mail.example.com").unwrap();
        assert_eq!(format!("{server:?}"), "mail.example.com:587 Required");
    }

    #[test]
    fn a_login_is_percent_decoded() {
        assert_eq!(decoded("a%40b%3a%2F%e4%b8%ad%").as_deref(), Some("a@b:/中%"));
        assert_eq!(decoded("%ff"), None);
    }
}
