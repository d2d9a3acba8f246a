//! Users and passwords as they are at this moment, from wherever they come.

mod askpass;
mod github_app;
mod refresh;

pub use refresh::Refresh;
