//! `bankside branch add`

use clap::Subcommand;

use super::{Outcome, say};
use crate::app::App;
use crate::people::Caller;
use crate::people::store::{self, NewBranch};
use crate::settings::Settings;

/// What can be done with branches.
#[derive(Subcommand)]
pub enum Branch {
    /// Add a branch of the brokerage
    Add {
        /// Its code
        #[arg(long)]
        code: String,
        /// Its name
        #[arg(long)]
        name: String,
        /// The zone in which its days are judged
        #[arg(long, default_value = "Asia/Shanghai")]
        time_zone: String,
    },
}

/// Runs it.
///
/// # Errors
/// What is wrong with the branch.
pub fn run(settings: Settings, command: Branch) -> Outcome {
    let app = App::start(settings)?;
    let Branch::Add { code, name, time_zone } = command;
    let new = NewBranch::parse(&code, &name, &time_zone).map_err(say)?;
    let caller = Caller::program(app.clock.now());
    app.db.write_now(move |conn| store::add_branch(conn, &caller, &new)).map_err(say)?;
    super::sealed(&app)?;
    super::tell(format!("added: {code}"))
}
