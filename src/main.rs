//! Reads the command line and dispatches.

/// Many threads that allocate little and often are served faster, and from less memory, than by the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    little_memory();
    bankside::cli::run()
}

/// The allocator's `mi_option_purge_delay`; its crate has no name for it.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// What is no longer used goes back at once: a sign-in takes 19 MB for a moment. SQLite has its memory from the C library, which keeps a heap for each thread
/// that asks, and what one gives back the others do not find: two will do.
#[expect(unsafe_code, reason = "two settings of allocators, made of numbers")]
fn little_memory() {
    // SAFETY: no memory is handed over, and no other thread has begun.
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, 0);
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[expect(unsafe_code, reason = "a setting is read")]
    fn the_number_of_the_setting_is_that_of_how_long_memory_is_kept() {
        // SAFETY: it is only read.
        let usual = unsafe { libmimalloc_sys::mi_option_get(super::PURGE_DELAY) };
        assert_eq!(usual, 1000, "milliseconds, as the allocator has it where nothing is set");
    }
}
