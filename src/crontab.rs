//! A crontab: its text -> its jobs, all its problems at once, and when each job is due. Pure.
//!
//! ```text
#![doc = include_str!("crontab/format.txt")]
//! ```

pub mod calendar;
pub mod defaults;
pub mod diff;
pub mod environment;
pub mod errors;
pub mod fault;
pub mod job;
pub mod policy;
pub mod schedule;
pub mod timing;

mod command;
mod directive;
mod field;
mod line;
mod name;
mod parse;
mod setting;
mod settle;
mod word;

/// The format in words, as `stackctl jobs check --help` prints it.
pub const FORMAT: &str = include_str!("crontab/format.txt");

pub use defaults::Defaults;
pub use diff::Diff;
pub use environment::Environment;
pub use errors::CrontabErrors;
pub use fault::Fault;
pub use job::{Job, JobId};
pub use parse::parse;
pub use policy::Policy;
pub use settle::settle;
pub use timing::Timing;

pub use crate::model::Overlap;

#[cfg(test)]
mod tests;
