//! Parses arguments, runs one command, turns an error into an exit code.

fn main() {}
