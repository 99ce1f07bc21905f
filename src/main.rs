//! Reads the command line and dispatches.

fn main() -> std::process::ExitCode {
    bankside::cli::run()
}
