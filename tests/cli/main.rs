//! The one integration binary: what a person sees of stackctl. One file for each subject.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may panic; that is how it fails"
)]

mod harness;

mod config;
mod explain;
mod golden;
mod invalid;
mod render;
mod schema;
mod secrets;
#[cfg(feature = "docker")]
mod survival;
