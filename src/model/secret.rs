//! Secrets: named in stack.toml, kept in files.

use super::name::{Identifier, SecretName, ServiceName};

/// Where a secret's value comes from. It never stands in stack.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOrigin {
    /// stackctl makes it up once: so many random bytes as hexadecimal digits.
    Generated {
        /// Random bytes; the text has two characters for each.
        bytes: u16,
    },
    /// The user keeps it in this file, relative to stack.toml or absolute.
    File(String),
    /// The connection string of a service's role, made from the role's password.
    DatabaseUrl {
        /// The service, which is also the role's name.
        role: ServiceName,
        /// The secret with the role's password.
        password: SecretName,
        /// The database.
        database: Identifier,
        /// The only schema in which names without one are looked for; none for those of the role.
        schema: Option<Identifier>,
    },
}

/// One secret of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its name, also the file's under `/run/secrets`.
    pub name: SecretName,
    /// Where its value comes from.
    pub origin: SecretOrigin,
}
