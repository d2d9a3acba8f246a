//! The server: how it is reached, what it holds, what is written to it.

pub mod address;
pub mod catalog;
pub mod connect;
mod error;
mod password_file;
mod surroundings;
pub mod tls;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

pub use connect::{Canceller, connect, prepare_load, server_version};
pub use error::{NoConnection, PostgresError, ServerError};
pub use surroundings::Surroundings;
use tls::Tls;

/// Where the data go.
#[derive(Debug, Clone)]
pub struct Target {
    /// What is the same for each of `servers`: user, database, timeouts.
    pub config: postgres::Config,
    /// Where the server may be; the first that takes a connection is the one.
    pub servers: Vec<Server>,
    /// How connections are encrypted.
    pub tls: Tls,
    /// Why a password file was not used, if one was there.
    pub password_note: Option<String>,
    /// The role that shall own what is made in a schema, where it is not the one that connects.
    pub owner: BTreeMap<String, String>,
}

/// One place where the server may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A host's name or address, or the folder of a socket, which begins with `/`.
    pub host: String,
    /// The address to connect to, where the host's name shall not be looked up.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// The password.
    pub password: Option<Secret>,
}

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Target {
    /// Host, port and database for people, such as `localhost:5432/app`; never a password.
    #[must_use]
    pub fn shown(&self) -> String {
        let servers: Vec<String> = self.servers.iter().map(Server::shown).collect();
        let database = self.config.get_dbname().unwrap_or_default();
        format!("{}/{database}", servers.join(","))
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }
}

impl Server {
    /// Whether it is reached over a socket in the file system.
    #[must_use]
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// Host and port for people.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}
