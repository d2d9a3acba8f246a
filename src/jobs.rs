//! The agent: it waits for the first sync, builds the dependencies beside the running ones, switches code, dependencies
//! and schedule as one generation, and runs the jobs.

pub mod advice;
pub mod agent;
pub mod atomic_file;
pub mod control;
pub mod elapsed;
pub mod environment;
pub mod generation;
pub mod hexadecimal;
pub mod history;
pub mod listing;
pub mod metrics;
pub mod not_written;
pub mod options;
pub mod output;
pub mod overlap;
pub mod process;
pub mod report;
pub mod scheduler;
pub mod tree_file;
