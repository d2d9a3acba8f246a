//! One stack.toml becomes a running Docker Compose stack.
//!
//! The modules stand in the order in which data flows, from the floor up; each uses only those before it, which
//! tests/cli/architecture.rs holds. Empty lines keep rustfmt from sorting them.

/// Problems of stack.toml with code, place and help.
pub mod diagnostic;
/// Exit codes, and what errors say besides their message.
pub mod error;
/// What an operation tells while it works.
pub mod event;

/// The valid stack.
pub mod model;

/// A crontab -> its jobs, and when each of them is due.
pub mod crontab;

/// Side effects shared by operations.
pub mod runtime;

/// stack.toml as written -> the valid stack, or every problem in it.
pub mod config;

/// The valid stack -> files in memory.
pub mod artifact;

/// The set of rendered files on disk, and the secrets beside it.
pub mod render;

/// A new project from an example.
pub mod scaffold;

/// A git repository -> a published worktree that follows it.
pub mod sync;

/// SQLite files -> schemas of one PostgreSQL database.
pub mod migrate;

/// The agent in an app container: code, dependencies and schedule as one generation, and the jobs that run in it.
pub mod jobs;

/// up, down, status and what belongs to them, on Docker Compose.
pub mod engine;

/// Drawing events, results and problems for people and programs.
pub mod ui;

/// The command line.
pub mod cli;
