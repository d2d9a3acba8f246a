//! What only the whole file shows: references, cycles, clashes; and what follows from them.

mod cycle;
mod database;
mod ports;
mod references;
mod volumes;

pub use ports::inherited as inherited_ports;

use super::declared::Declared;
use super::problems::Problems;
use super::stack_file::StackFile;
use crate::model::Stack;

/// Runs every check and completes the stack with what services imply: dependencies and database secrets.
pub fn all(file: &StackFile, declared: &[Declared], stack: &mut Stack, problems: &mut Problems) {
    references::resolve(file, declared, stack, problems);
    cycle::check(declared, problems);
    ports::check(file, declared, problems);
    volumes::check(file, declared, stack, problems);
    database::complete(file, declared, stack, problems);
}
