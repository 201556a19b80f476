//! `zhucun`: see `zhucun --help`.

/// A push comes to thousands of small allocations, made on one thread and freed on another: with the C library's allocator they take a sixth of
/// the server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    #[cfg(feature = "broken")]
    if let Ok(rule) = std::env::var("BROKEN_RULE") {
        sync_protocol::broken::choose_everywhere(rule);
    }
    zhucun::cli::main()
}
