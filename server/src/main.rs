//! `zhucun`: see `zhucun --help`.

/// A push comes to thousands of small allocations, made on one thread and freed on another: with the C library's allocator they take a sixth of
/// the server's time.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    zhucun::cli::main()
}
