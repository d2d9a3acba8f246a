//! Parses arguments, runs one command, turns an error into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    stackctl::cli::main().into()
}
