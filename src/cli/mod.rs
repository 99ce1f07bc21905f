//! The commands, one file each. Exit 0 on success, 1 on failure with a clear line on standard error, 2 on wrong usage.

mod backup;
mod branch;
mod check;
mod demo;
mod demo_goals;
mod demo_rota;
mod generate;
mod import;
mod mail;
mod migrate;
mod openapi;
mod remind;
mod rota;
mod serve;
mod user;

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::error::Error;
use crate::language::Lang;
use crate::settings::{Settings, one_line};
use crate::{audit, web};

/// A command that failed: what to say on standard error.
pub type Outcome = Result<(), String>;

/// The server with which a securities brokerage runs its bank channel.
#[derive(Parser)]
#[command(name = "bankside", version, about)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Settings that the command line may give; all others come from the environment or `bankside.toml`.
#[derive(clap::Args)]
pub struct Common {
    /// Where the data is: sqlite://FILE or postgres://… [default: sqlite://var/bankside.db]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The address to serve on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Migrate the database and exit
    Migrate,
    /// Migrate and serve
    Serve(serve::Options),
    /// Fill an empty database with a made-up brokerage, and serve it
    Demo,
    /// Fill an empty database with made-up people and history, for benches and trials
    Generate(generate::Options),
    /// Copy a live SQLite database, never overwriting
    Backup(backup::Target),
    /// Put a copy back into an empty place
    Restore(backup::Target),
    /// Read everything and say what is wrong
    Check,
    /// Print the OpenAPI document
    Openapi,
    /// Branches of the brokerage
    #[command(subcommand)]
    Branch(branch::Branch),
    /// One reminder pass as if it were a moment: queue, try each waiting mail once
    Remind(remind::Options),
    /// Outgoing mail
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Take in a file of outlets, brokers, contacts, communities or calendar days
    Import(import::Import),
    /// The planner
    #[command(subcommand)]
    Rota(rota::Rota),
    /// People who sign in
    #[command(subcommand)]
    User(user::User),
}

/// Reads the command line and runs the command.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    // What is wrong with a file is told a line a cell.
    let is_import = matches!(cli.command, Command::Import(_));
    let outcome = Settings::load(cli.common.listen, cli.common.database_url).and_then(|settings| {
        log(&settings);
        match cli.command {
            Command::Migrate => migrate::run(settings),
            Command::Serve(options) => serve::run(settings, &options),
            Command::Demo => demo::run(settings),
            Command::Generate(options) => generate::run(settings, &options),
            Command::Backup(target) => backup::run(settings, &target),
            Command::Restore(target) => backup::restore(settings, &target),
            Command::Check => check::run(settings),
            Command::Openapi => openapi::run(),
            Command::Remind(options) => remind::run(settings, &options),
            Command::Mail(command) => mail::run(settings, &command),
            Command::Branch(command) => branch::run(settings, command),
            Command::Import(command) => import::run(settings, command),
            Command::Rota(command) => rota::run(command),
            Command::User(command) => user::run(settings, command),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            eprintln!("bankside: {}", if is_import { line } else { one_line(&line) });
            ExitCode::FAILURE
        }
    }
}

/// The log goes to standard error; commands print their own answers on standard output.
fn log(settings: &Settings) {
    let filter = tracing_subscriber::EnvFilter::new(&settings.log);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    if settings.log_json { builder.json().init() } else { builder.init() }
}

/// A line on standard output. Who reads no further (`| head`) has had enough: that is no failure.
fn tell(line: impl Display) -> Outcome {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// An error as one line for the person at the terminal.
fn say(error: Error) -> String {
    match error {
        Error::Invalid(fields) => {
            let lines: Vec<_> =
                fields.iter().map(|f| format!("{}: {}", f.field, web::api::message(Lang::En, f))).collect();
            lines.join("; ")
        }
        Error::Internal(cause) | Error::Unavailable(cause) | Error::Io(cause) => cause,
        other => web::api::words(Lang::En, &other).1,
    }
}

/// Seals what a command wrote to the audit trail before it ends.
fn sealed(app: &App) -> Outcome {
    audit::seal(&app.db, &audit::head_file(&app.settings.var)).map_err(say)
}
