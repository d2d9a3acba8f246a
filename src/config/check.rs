//! What only the whole file shows: references, cycles, clashes; and what follows from them.

mod cycle;
mod database;
mod ports;
mod references;
mod volumes;

use super::problems::Problems;
use super::stack_file::StackFile;
use crate::model::Stack;

/// Runs every check and completes the stack with what services imply: dependencies and database secrets.
pub fn all(file: &StackFile, stack: &mut Stack, problems: &mut Problems) {
    references::resolve(file, stack, problems);
    cycle::check(file, stack, problems);
    ports::check(file, stack, problems);
    volumes::check(file, stack, problems);
    database::complete(file, stack, problems);
}
