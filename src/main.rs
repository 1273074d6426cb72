//! Parses the arguments and calls the command.
use std::process::ExitCode;

fn main() -> ExitCode {
    signalbox::cli::main()
}
