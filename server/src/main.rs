//! `zhucun`: see `zhucun --help`.

fn main() -> std::process::ExitCode {
    zhucun::cli::main()
}
