//! Side effects shared by operations.

pub mod lock;
pub mod state_directory;
