//! A new project from one of the examples.
//!
//! In: a folder, a name, a time zone and which example. Out: a stack.toml that runs, the files it names, its JSON
//! Schema for editors, and lines in .gitignore. Nothing that is there is overwritten.

mod host;
mod plan;
mod template;
mod write;

pub use host::{default_name, default_time_zone};
pub use plan::{Choice, Plan, plan};
pub use template::Template;
pub use write::{ScaffoldError, in_the_way, write};
