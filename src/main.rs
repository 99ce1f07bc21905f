//! Reads the command line and dispatches.

/// Many threads that allocate little and often are served faster, and from less memory, than by the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    bankside::cli::run()
}
