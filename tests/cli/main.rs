//! The one integration binary: what a person sees of stackctl. One file for each subject.

mod harness;

mod config;
mod explain;
mod global;
mod init;
mod invalid;
mod schema;
