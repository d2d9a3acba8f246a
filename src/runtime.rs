//! Side effects shared by operations.

pub mod command;
pub mod compose;
pub mod docker;
pub mod interrupt;
pub mod listener;
pub mod lock;
pub mod state_directory;
