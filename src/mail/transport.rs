//! The ways a mail leaves: SMTP, or a file each in `var/mail/` where no server is set.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use secrecy::ExposeSecret;

use super::Outgoing;
use super::smtp::{Link, Server};
use crate::settings::Settings;

/// Where mail goes, and in whose name.
#[derive(Debug)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

/// Where mail goes.
#[derive(Debug)]
pub enum Way {
    /// One `.eml` file a mail, in this folder.
    Files(PathBuf),
    /// A mail server.
    Smtp(Server),
}

/// Why a mail did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What follows from it.
    pub kind: RefusalKind,
    /// What the server said, on one line, for the admin.
    pub words: String,
}

/// What follows from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The server refuses this mail for good.
    Never,
    /// Not now.
    Later,
    /// The server cannot be reached, or takes nothing from anybody.
    Unreachable,
    /// The login was refused; a busy server says so too, so it is tried again, slowly.
    Login,
    /// The server had the whole mail and did not say whether it keeps it.
    Unanswered,
}

impl Refusal {
    /// With its words cut to a line that can be shown.
    pub fn new(kind: RefusalKind, words: impl Into<String>) -> Refusal {
        let words: String = words.into().chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
        Refusal { kind, words: words.trim().to_owned() }
    }
}

impl Mailer {
    /// The way that the settings name.
    ///
    /// # Errors
    /// When the SMTP address cannot be used.
    pub fn new(settings: &Settings) -> Result<Mailer, String> {
        let from = settings.mail_from.parse().map_err(|e| format!("BANKSIDE_MAIL_FROM: {e}"))?;
        let way = match &settings.smtp_url {
            Some(url) => Way::Smtp(Server::parse(url.expose_secret())?),
            None => Way::Files(settings.var.join("mail")),
        };
        Ok(Mailer { from, way })
    }

    /// Waits at most that long for each answer of a server.
    #[must_use]
    pub fn patience(mut self, at_most: Duration) -> Mailer {
        if let Way::Smtp(server) = &mut self.way {
            server.patience(at_most);
        }
        self
    }

    /// Where mail goes.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// The part of the sender's address after the `@`: every `Message-ID` ends in it.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Begins to send: one connection for what goes out together.
    pub fn open(&self) -> Opened<'_> {
        Opened { mailer: self, link: None }
    }
}

/// A mailer at work.
pub struct Opened<'a> {
    mailer: &'a Mailer,
    link: Option<Link>,
}

impl Opened<'_> {
    /// Sends one mail.
    ///
    /// # Errors
    /// Why it did not leave, or may not have.
    pub fn send(&mut self, mail: &Outgoing) -> Result<(), Refusal> {
        let readable = matches!(self.mailer.way, Way::Files(_));
        let message =
            mail.message(&self.mailer.from, readable).map_err(|words| Refusal::new(RefusalKind::Never, words))?;
        let bytes = message.formatted();
        match &self.mailer.way {
            Way::Files(folder) => {
                let words = |e: std::io::Error| Refusal::new(RefusalKind::Later, format!("{}: {e}", folder.display()));
                write_once(folder, &mail.file_name(), &bytes).map_err(words)
            }
            Way::Smtp(server) => {
                let reused = self.link.take().and_then(|mut link| link.alive().then_some(link));
                let mut link = reused.map_or_else(|| server.connect(), Ok)?;
                link.send(message.envelope(), &bytes)?;
                // Only a link on which the last mail went through is used for the next.
                self.link = Some(link);
                Ok(())
            }
        }
    }
}

/// Writes a file whole or not at all, and never over another: one that is there came from an earlier try.
fn write_once(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    if path.try_exists()? {
        return Ok(());
    }
    let draft = folder.join(format!(".{name}.new"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // It names people, and an invitation's link is as good as a password.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    fs::File::open(folder)?.sync_all()
}

/// The plain text of a mail's file, for the admin's page; none when there is no such file.
///
/// # Errors
/// What the file system says.
pub fn read_text(folder: &Path, name: &str) -> std::io::Result<Option<String>> {
    let raw = match fs::read_to_string(folder.join(name)) {
        Ok(raw) => raw.replace("\r\n", "\n"),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    // As `Outgoing::message` writes it: headers, the text part, the HTML part, each after its boundary.
    let boundary = raw.lines().find(|line| line.starts_with("--")).unwrap_or("--").to_owned();
    let text = raw.split(&boundary).nth(1).and_then(|part| part.split_once("\n\n")).map(|(_, text)| text.trim());
    Ok(text.map(str::to_owned))
}

/// Whether an SMTP address can be used.
///
/// # Errors
/// One line that says why not.
pub fn check_url(url: &str) -> Result<(), String> {
    Server::parse(url).map(drop)
}
