//! The value of an environment variable, or where it comes from.

use super::name::{SecretName, VariableName};

/// What a container finds in one environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentValue {
    /// This text, unchanged.
    Literal(String),
    /// A variable of the `.env` file beside stack.toml or of the shell that runs `up`.
    Env {
        /// The variable's name outside.
        variable: VariableName,
        /// Used where it is not set; without one, `up` refuses to start.
        default: Option<String>,
    },
    /// The secret itself, read from its file when the container starts. Only for images that stackctl builds.
    Secret(SecretName),
    /// The path of the secret's file, for images that read `…_FILE` variables.
    SecretFile(SecretName),
}
