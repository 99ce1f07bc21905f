//! Reads the command line and dispatches.

/// Many threads that allocate little and often are served faster, and from less memory, than by the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    few_heaps();
    bankside::cli::run()
}

/// The C library, from which SQLite has its memory, keeps a heap for each thread that asks, and what one gives back the others do not find: two will do.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a setting of the C library, two numbers")]
fn few_heaps() {
    // SAFETY: no memory is handed over, and no other thread has begun.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn few_heaps() {}
