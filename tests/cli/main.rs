//! The one integration binary: what a person sees of stackctl. One file for each subject.

mod harness;

mod config;
mod explain;
mod golden;
mod invalid;
mod render;
mod schema;
mod secrets;
