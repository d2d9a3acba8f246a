//! The one integration binary: what a person sees of stackctl. One file for each subject.

// A test that fails by a panic is what a test is; clippy's own exception covers only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;
mod traced;

mod architecture;
mod config;
mod documentation;
mod explain;
mod global;
mod golden;
mod init;
mod invalid;
mod killed;
mod render;
mod schema;
mod secrets;
#[cfg(feature = "docker")]
mod survival;
