//! The stack's life on Docker Compose: up, down, status and what belongs to them.
//!
//! In: a valid stack and its folder. Each operation observes (what is rendered, what runs), plans (pure: what
//! `--dry-run` prints) and acts by commands that a person could type. Errors of the engine are told as their
//! cause and the command that mends it.

mod access;
mod action;
mod blame;
pub mod database_target;
pub mod doctor;
pub mod down;
mod error;
mod images;
pub mod interactive;
mod lock;
mod ownership;
mod plan;
mod preflight;
mod prepare;
mod progress;
mod project;
pub mod restart;
mod service_name;
mod stackctl_image;
mod stand;
mod start;
pub mod status;
mod translate;
mod unfinished;
pub mod up;
mod variables;
mod wait;

pub use action::{Action, Planned};
pub use blame::{Blame, Reason};
pub use error::{EngineError, Problem, UpFailure};
pub use plan::{Plan, Step};
pub use project::Project;
pub use stand::{Stand, Version};
