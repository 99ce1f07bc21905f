//! `bankside user add`: the password comes from standard input, never from the command line.

use std::io::IsTerminal as _;

use clap::Subcommand;

use super::{Outcome, say};
use crate::app::App;
use crate::error::Error;
use crate::people::store::{self, NewUser, UserInput};
use crate::people::{Caller, password};
use crate::settings::Settings;

/// What can be done with users.
#[derive(Subcommand)]
pub enum User {
    /// Add a user; the password is read from standard input
    Add {
        /// Their login
        #[arg(long)]
        login: String,
        /// Their name
        #[arg(long)]
        name: String,
        /// What they do
        #[arg(long, value_parser = ["broker", "coordinator", "manager", "admin"])]
        role: String,
        /// Their branch's code; only an admin or a head-office manager may lack one
        #[arg(long, value_name = "CODE")]
        branch: Option<String>,
        /// Where their mails go
        #[arg(long)]
        email: Option<String>,
    },
}

/// Runs it.
///
/// # Errors
/// What is wrong with the user.
pub fn run(settings: Settings, command: User) -> Outcome {
    let User::Add { login, name, role, branch, email } = command;
    let input = UserInput { login, name, role, branch, email, ..UserInput::default() };
    let new = NewUser::parse(&input).map_err(say)?;
    let mut given = String::new();
    if std::io::stdin().is_terminal() {
        eprint!("password for {} (at least 12 characters, shown as you type): ", new.login);
    }
    std::io::stdin().read_line(&mut given).map_err(|e| format!("standard input: {e}"))?;
    let given = given.trim_end_matches(['\r', '\n']);
    password::check(given, &new.login).map_err(|code| say(Error::field("password", code)))?;
    let hash = password::hash_now(given).map_err(say)?;
    let app = App::start(settings)?;
    let caller = Caller::program(app.clock.now());
    let login = new.login.clone();
    app.db.write_now(move |conn| store::add_user(conn, &caller, &new, Some(&hash))).map_err(say)?;
    super::sealed(&app)?;
    super::tell(format!("added: {login}"))
}
