//! The server: how it is reached, what it holds, what is written to it.

use crate::error::Advice;

/// An error of the server, or of reaching it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// A statement failed.
    #[error("the server can't {action}")]
    Statement {
        /// What was tried, such as "make the table `main.users`".
        action: String,
        /// Why.
        source: postgres::Error,
    },
}

impl Advice for PostgresError {}

/// Where the data go.
#[derive(Debug, Clone)]
pub struct Target {
    /// How to connect.
    pub config: postgres::Config,
    /// The role that shall own what is made in a schema, where it is not the one that connects.
    pub owner: std::collections::BTreeMap<String, String>,
}
