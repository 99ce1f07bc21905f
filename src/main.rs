//! Reads the command line and dispatches.

/// Many threads that allocate little and often are served faster, and from less memory, than by the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    little_memory();
    bankside::cli::run()
}

/// SQLite has its memory from the C library, which keeps a heap for each thread that asks, and what one gives back the others do not find: two will do.
/// And where memory is had in pages of 2 MB, what holds much of it for a moment leaves most of it behind.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "two settings of the process, made of numbers")]
fn little_memory() {
    // SAFETY: no memory is handed over, and no other thread has begun.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn little_memory() {}
