//! `bankside rota plan`: plans an instance from a file into a file; its cost is the last line on standard output.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Subcommand;

use super::Outcome;
use crate::planner::{self, Budget, Instance};

/// What can be done with rotas.
#[derive(Subcommand)]
pub enum Rota {
    /// Propose who sits where; prints what the plan costs
    Plan {
        /// The instance, as JSON
        #[arg(long, value_name = "FILE")]
        instance: PathBuf,
        /// Where the plan goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// How long it may take [default: 60, or as long as the iterations take]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=86_400))]
        seconds: Option<u32>,
        /// What the random numbers follow from
        #[arg(long, value_name = "K", default_value_t = 1)]
        seed: u64,
        /// Steps of the search; with the same seed they give the same plan on every machine
        #[arg(long, value_name = "K")]
        iterations: Option<u64>,
    },
}

/// What reading and writing take of the time that was given.
const ASIDE: Duration = Duration::from_millis(100);

/// Runs it.
///
/// # Errors
/// What is wrong with the instance and where, or why a file cannot be read or written.
pub fn run(command: Rota) -> Outcome {
    let Rota::Plan { instance: from, out, seconds, seed, iterations } = command;
    let began = Instant::now();
    let seconds = seconds.or(if iterations.is_none() { Some(60) } else { None });
    let deadline = seconds.map(|n| began + Duration::from_secs(n.into()).saturating_sub(ASIDE));
    let text = read(&from).map_err(|cause| format!("{}: {cause}", from.display()))?;
    let instance = Instance::parse(&text).map_err(|cause| format!("{}: {cause}", from.display()))?;
    drop(text);
    // Better now than after the planning.
    writable(&out).map_err(|cause| format!("{}: {cause}", out.display()))?;
    let (plan, cost) = planner::plan(&instance, Budget { deadline, iterations, seed })?;
    let plan = serde_json::to_vec(&plan).map_err(|e| e.to_string())?;
    write(&out, &plan).map_err(|cause| format!("{}: {cause}", out.display()))?;
    super::tell(serde_json::to_string(&cost).map_err(|e| e.to_string())?)
}

/// Reads a file that is no larger than any instance.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let file = fs::File::open(path).map_err(|e| e.to_string())?;
    file.take(planner::LARGEST_FILE + 1).read_to_end(&mut text).map_err(|e| e.to_string())?;
    if text.len() as u64 > planner::LARGEST_FILE {
        return Err(format!("larger than {} MB, no instance", planner::LARGEST_FILE >> 20));
    }
    Ok(text)
}

/// Whether there is a directory for a file to be in.
fn writable(path: &Path) -> Result<(), String> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let there = fs::metadata(directory).map_err(|e| e.to_string())?;
    if there.is_dir() && !path.is_dir() { Ok(()) } else { Err("no place for a file".into()) }
}

/// Writes beside the target first, so that a plan is there whole or not at all; what is no file (a pipe) is written to.
fn write(path: &Path, plan: &[u8]) -> Result<(), String> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return fs::write(path, plan).map_err(|e| e.to_string());
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(plan)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).map_err(|e| e.to_string())
}
