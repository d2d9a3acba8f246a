//! stack.toml as written -> the valid stack, or every problem in it at once.
//!
//! In: the text of stack.toml and the name of an environment. Out: a [`Stack`](crate::model::Stack), or
//! diagnostics with spans. Nothing here reads a file; paths that the file names are handed back as
//! [`Mention`]s for whoever does.

mod build;
mod check;
mod declared;
mod document;
mod environment;
mod environment_ports;
mod environment_variable;
mod healthcheck;
mod hint;
mod jobs;
mod load;
mod names;
mod passthrough;
mod postgres;
mod problems;
mod python;
mod read;
mod role;
mod scalar;
mod schema;
mod secret;
mod secret_in_clear;
mod service;
mod service_model;
mod sqlite;
mod stack;
mod stack_file;
mod sync;
mod syntax;
mod table;
mod volume;
mod words;

pub use environment_ports::environment_port_clashes;
pub use load::{Loaded, Mention, environments, load};
pub use schema::json_schema;
