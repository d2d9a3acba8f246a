//! One stack.toml becomes a running Docker Compose stack.
//!
//! The modules stand in the order in which data flows from the floor up; each uses only those before it.

pub mod diagnostic;
pub mod model;

pub mod artifact;
pub mod config;
