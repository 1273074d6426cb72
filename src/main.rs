//! Parses the arguments and calls the command.
use std::process::ExitCode;

/// A tenth less CPU a page than the system's allocator (measured with `scripts/bench`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    signalbox::cli::main()
}
