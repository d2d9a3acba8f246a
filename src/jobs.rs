//! The agent: it waits for the first sync, builds the dependencies beside the running ones, switches code, dependencies
//! and schedule as one generation, and runs the jobs.

pub mod atomic_file;
pub mod environment;
pub mod generation;
pub mod report;
