//! Every setting of the program: command line > environment (`BANKSIDE_…`) > `bankside.toml` > defaults. An invalid one stops the start.

use std::env::VarError;
use std::net::SocketAddr;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::db::Location;

/// The settings as they are written; `Settings::load` checks them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    listen: String,
    database_url: String,
    base_url: Option<String>,
    smtp_url: Option<String>,
    mail_from: String,
    firm: String,
    secret_key: Option<String>,
    var: PathBuf,
    trusted_proxies: Vec<String>,
    metrics_token: Option<String>,
    log: String,
    log_format: String,
    workers: usize,
    keep_positions_days: u32,
    require_second_factor: Vec<String>,
}

/// The settings that are text, whatever it looks like.
const TEXTS: &[&str] = &[
    "listen",
    "database_url",
    "base_url",
    "smtp_url",
    "mail_from",
    "firm",
    "secret_key",
    "var",
    "metrics_token",
    "log",
    "log_format",
];

/// Whether a variable is not to be read as a value: it is text, or none of ours though it begins as ours do (what tests and benches read, and what
/// Kubernetes sets for a service of this name).
fn is_no_value(name: &str) -> bool {
    TEXTS.contains(&name)
        || matches!(name, "trial_data" | "bin" | "port")
        || name.starts_with("port_")
        || name.starts_with("service_")
}

impl Default for Raw {
    fn default() -> Self {
        Raw {
            listen: "127.0.0.1:8080".into(),
            database_url: "sqlite://var/bankside.db".into(),
            base_url: None,
            smtp_url: None,
            mail_from: "Bankside <bankside@localhost>".into(),
            firm: String::new(),
            secret_key: None,
            var: "var".into(),
            trusted_proxies: Vec::new(),
            metrics_token: None,
            log: "info".into(),
            log_format: "text".into(),
            workers: 0,
            keep_positions_days: 90,
            require_second_factor: Vec::new(),
        }
    }
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `BANKSIDE_LISTEN`: the address to serve on.
    pub listen: SocketAddr,
    /// `BANKSIDE_DATABASE_URL`: `sqlite://…` or `postgres://…`.
    pub database: Location,
    /// `BANKSIDE_BASE_URL`: how people reach the server, without a slash at the end; in mails and links. Default: `http://` and the listen address.
    pub base_url: String,
    /// `BANKSIDE_SMTP_URL`: where mail goes; unset: each becomes a file in `var/mail/`.
    pub smtp_url: Option<SecretString>,
    /// `BANKSIDE_MAIL_FROM`: the sender of every mail.
    pub mail_from: String,
    /// `BANKSIDE_FIRM`: the brokerage's name as clients know it, put before the branch's in what brokers write to them. Default: none.
    pub firm: String,
    /// `BANKSIDE_SECRET_KEY`: 32 bytes in base64; unset: made once and kept in `var/secret.key`.
    pub secret_key: Option<SecretString>,
    /// `BANKSIDE_VAR`: the folder for what the program keeps beside the database (key, mail files, audit head). Default `var`.
    pub var: PathBuf,
    /// `BANKSIDE_TRUSTED_PROXIES`: addresses whose `X-Forwarded-For` is believed, e.g. `["127.0.0.1"]`.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// `BANKSIDE_METRICS_TOKEN`: the bearer token for `/metrics` from elsewhere than loopback.
    pub metrics_token: Option<SecretString>,
    /// `BANKSIDE_LOG`: what is logged, e.g. `info,bankside=debug`.
    pub log: String,
    /// `BANKSIDE_LOG_FORMAT`: `text` or `json`.
    pub log_json: bool,
    /// `BANKSIDE_WORKERS`: threads that serve requests; 0: one a core.
    pub workers: usize,
    /// `BANKSIDE_KEEP_POSITIONS_DAYS`: after how many days a check-in's coordinates are dropped.
    pub keep_positions_days: u32,
    /// `BANKSIDE_REQUIRE_SECOND_FACTOR`: roles that must sign in with a second factor, e.g. `["admin"]`.
    pub require_second_factor: Vec<crate::people::Role>,
    /// For how many seconds one stream of events lasts before the browser asks for the next; each is judged anew.
    pub live_seconds: u64,
}

impl Settings {
    /// Reads the settings of this process; `listen` and `database_url` from the command line win.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn load(listen: Option<String>, database_url: Option<String>) -> Result<Settings, String> {
        let mut figment = Figment::from(Serialized::defaults(Raw::default()))
            .merge(Toml::file("bankside.toml"))
            .merge(Env::prefixed("BANKSIDE_").filter(|name| !is_no_value(&name.as_str().to_lowercase())));
        // Else a password of digits would be a number.
        for name in TEXTS {
            let variable = format!("BANKSIDE_{}", name.to_uppercase());
            match std::env::var(&variable) {
                Ok(text) => figment = figment.merge((*name, text)),
                Err(VarError::NotPresent) => {}
                Err(VarError::NotUnicode(_)) => return Err(format!("{variable}: not UTF-8")),
            }
        }
        if let Some(listen) = listen {
            figment = figment.merge(("listen", listen));
        }
        if let Some(url) = database_url {
            figment = figment.merge(("database_url", url));
        }
        let raw: Raw = figment.extract().map_err(|e| format!("setting {}", one_line(&e.to_string())))?;
        Settings::check(raw)
    }

    fn check(raw: Raw) -> Result<Settings, String> {
        let listen: SocketAddr =
            raw.listen.parse().map_err(|_| format!("BANKSIDE_LISTEN: not an address and port: {}", raw.listen))?;
        let base_url = match raw.base_url.filter(|url| !url.is_empty()) {
            Some(url) => check_base_url(&url)?,
            None => format!("http://{listen}"),
        };
        let smtp_url = raw.smtp_url.filter(|url| !url.is_empty());
        if let Some(url) = &smtp_url {
            crate::mail::transport::check_url(url)?;
        }
        raw.mail_from.parse::<lettre::message::Mailbox>().map_err(|e| format!("BANKSIDE_MAIL_FROM: {e}"))?;
        let trusted_proxies = raw
            .trusted_proxies
            .iter()
            .map(|a| a.parse().map_err(|_| format!("BANKSIDE_TRUSTED_PROXIES: not an address: {a}")))
            .collect::<Result<_, _>>()?;
        let require_second_factor = raw
            .require_second_factor
            .iter()
            .map(|r| {
                crate::people::Role::parse(r).ok_or_else(|| format!("BANKSIDE_REQUIRE_SECOND_FACTOR: not a role: {r}"))
            })
            .collect::<Result<_, _>>()?;
        EnvFilter::try_new(&raw.log).map_err(|e| format!("BANKSIDE_LOG: {e}"))?;
        let log_json = match raw.log_format.as_str() {
            "text" => false,
            "json" => true,
            other => return Err(format!("BANKSIDE_LOG_FORMAT: text or json, not {other}")),
        };
        Ok(Settings {
            listen,
            database: Location::parse(&raw.database_url)?,
            base_url,
            smtp_url: smtp_url.map(SecretString::from),
            mail_from: raw.mail_from,
            firm: raw.firm.trim().to_owned(),
            secret_key: raw.secret_key.filter(|k| !k.is_empty()).map(SecretString::from),
            var: raw.var,
            trusted_proxies,
            metrics_token: raw.metrics_token.filter(|t| !t.is_empty()).map(SecretString::from),
            log: raw.log,
            log_json,
            workers: raw.workers,
            keep_positions_days: raw.keep_positions_days,
            require_second_factor,
            live_seconds: 300,
        })
    }

    /// The defaults with a database, for tests.
    pub fn for_tests(database: Location, var: PathBuf) -> Settings {
        let mut settings = Settings::check(Raw::default()).unwrap_or_else(|e| panic!("default settings: {e}"));
        settings.database = database;
        settings.var = var;
        // A test reads each answer to its end.
        settings.live_seconds = 0;
        settings
    }

    /// How somebody of a branch says where they are from: the firm, then the branch. A branch that is named with its firm is not named twice.
    pub fn house(&self, branch: &str) -> String {
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        match self.firm.as_str() {
            "" => branch.to_owned(),
            firm if branch.starts_with(firm) => branch.to_owned(),
            firm if latin(firm.chars().last()) && latin(branch.chars().next()) => format!("{firm} {branch}"),
            firm => format!("{firm}{branch}"),
        }
    }

    /// Whether people reach the server over https, so that cookies are `Secure` and HSTS is sent.
    pub fn https(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

fn check_base_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|e| format!("BANKSIDE_BASE_URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("BANKSIDE_BASE_URL: must begin with http:// or https://".into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A text with what it is broken into lines by as single spaces.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_logged_is_said_in_words_that_are_known() {
        for (log, is_right) in [("info,bankside=debug", true), ("info,bankside=dbug", false)] {
            let checked = Settings::check(Raw { log: log.into(), ..Raw::default() });
            assert_eq!(checked.is_ok(), is_right, "{log}");
            assert!(checked.err().is_none_or(|said| said.starts_with("BANKSIDE_LOG:")));
        }
    }

    #[test]
    fn a_broker_is_of_the_firm_and_the_branch_each_named_once() {
        let mut settings = Settings::for_tests(Location::parse("sqlite://x").unwrap(), "var".into());
        for (firm, branch, house) in [
            ("", "西安高新营业部", "西安高新营业部"),
            ("长安证券", "西安高新营业部", "长安证券西安高新营业部"),
            ("长安证券", "长安证券西安高新营业部", "长安证券西安高新营业部"),
            ("Changan", "Xi'an branch", "Changan Xi'an branch"),
        ] {
            firm.clone_into(&mut settings.firm);
            assert_eq!(settings.house(branch), house);
        }
    }
}
