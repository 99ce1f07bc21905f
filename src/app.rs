//! What every handler, job and command works with.

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::attendance::live::Live;
use crate::clock::Clock;
use crate::db::{Conn, Database, migrate};
use crate::error::{Error, Result};
use crate::generate;
use crate::keys::{self, Keys};
use crate::mail::Post;
use crate::mail::transport::Mailer;
use crate::people::outage::Outage;
use crate::rota::planning::runner::Plans;
use crate::settings::Settings;

/// The running program: database, mailer, clock, keys and settings, passed in and never global.
pub struct App {
    /// The database.
    pub db: Database,
    /// Where mail goes.
    pub mailer: Mailer,
    /// The time.
    pub clock: Clock,
    /// What seals, finds and signs.
    pub keys: Arc<Keys>,
    /// The settings.
    pub settings: Settings,
    /// Who watches Now.
    pub live: Live,
    /// What of signing in and out cannot be written for now.
    pub outage: Outage,
    /// The plans that this server makes.
    pub plans: Plans,
}

impl App {
    /// Migrates, opens and binds the database to the key.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn start(settings: Settings) -> std::result::Result<App, String> {
        migrate::migrate(&settings.database)?;
        App::open(settings, Clock::system())
    }

    /// Opens a migrated database with a clock.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn open(settings: Settings, clock: Clock) -> std::result::Result<App, String> {
        let app = App::open_unbound(settings, clock)?;
        let keys = app.keys.clone();
        app.db
            .write_now(move |conn| {
                whole(conn)?;
                keys.bind(conn)
            })
            .map_err(say)?;
        Ok(app)
    }

    /// Opens without looking whether the key fits; for `check`, which says so itself.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn open_unbound(settings: Settings, clock: Clock) -> std::result::Result<App, String> {
        let db = Database::open(&settings.database).map_err(|e| e.to_string())?;
        let keys = App::keys(&settings, &db)?;
        let mailer = Mailer::new(&settings)?;
        let (live, outage, plans) = (Live::default(), Outage::default(), Plans::default());
        Ok(App { db, mailer, clock, keys: Arc::new(keys), settings, live, outage, plans })
    }

    /// What verbs need to write to people.
    pub fn post(&self) -> Post {
        Post { keys: self.keys.clone(), base_url: self.settings.base_url.clone() }
    }

    fn keys(settings: &Settings, db: &Database) -> std::result::Result<Keys, String> {
        match &settings.secret_key {
            Some(key) => Keys::from_base64(key.expose_secret()),
            None => {
                let may_make = db.read_now(|conn| Ok(keys::bound(conn)?.is_none())).map_err(say)?;
                Keys::from_file(&settings.var.join("secret.key"), may_make)
            }
        }
    }
}

/// A database that `generate` did not come to the end of lacks rows and indexes: nobody is to work with it.
fn whole(conn: &mut Conn) -> Result<()> {
    if generate::is_half_filled(conn)? {
        return Err(Error::Internal(
            "the database was only half filled by `bankside generate`: remove it and begin anew".into(),
        ));
    }
    Ok(())
}

fn say(error: Error) -> String {
    match error {
        Error::Internal(cause) => cause,
        other => other.to_string(),
    }
}
