//! The one integration binary: what a person sees of stackctl. One file for each subject.

mod harness;

mod explain;
mod killed;
mod render;
mod secrets;
mod traced;
