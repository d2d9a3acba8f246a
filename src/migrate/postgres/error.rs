//! Errors of the server and of reaching it, with what to do about them.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use postgres::error::{DbError, SqlState};

use crate::error::{Advice, ExitCode};

/// An error of the server, or of reaching it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The address can't be read.
    #[error("{message}")]
    Address {
        /// What is wrong in it; never a password.
        message: String,
        /// What to write.
        hint: String,
    },
    /// A file that belongs to the address can't be read.
    #[error("can't read {what}, `{}`", path.display())]
    File {
        /// What it is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The certificates can't be used.
    #[error("can't use the certificates for TLS")]
    Tls(#[source] native_tls::Error),
    /// No connection.
    #[error(transparent)]
    Connect(Box<NoConnection>),
    /// The server is too old.
    #[error("PostgreSQL at `{server}` has version {version}; {oldest} or later is needed")]
    TooOld {
        /// Host and port.
        server: String,
        /// Its version.
        version: u32,
        /// The oldest that will do.
        oldest: u32,
    },
    /// The database keeps its text in an encoding that can't hold all text.
    #[error("the database `{database}` has the encoding {encoding}; UTF8 is needed")]
    Encoding {
        /// The database.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// A statement failed.
    #[error("the server can't {action}")]
    Statement {
        /// What was tried, such as "make the table `main.users`".
        action: String,
        /// Why.
        source: ServerError,
    },
}

/// Where there is no connection, and why.
#[derive(Debug, thiserror::Error)]
#[error("can't connect to PostgreSQL at `{server}`")]
pub struct NoConnection {
    /// Host and port.
    pub server: String,
    /// The database.
    pub database: String,
    /// The user.
    pub user: String,
    /// Why a password file was not used.
    pub note: Option<String>,
    /// Why.
    pub source: ServerError,
}

/// What the server said, or what kept it from saying something.
#[derive(Debug)]
pub struct ServerError(postgres::Error);

impl PostgresError {
    /// For `map_err`: the statement that was tried, such as "make the table `main.users`".
    pub fn statement(action: impl Into<String>) -> impl FnOnce(postgres::Error) -> Self {
        let action = action.into();
        move |source| Self::Statement {
            action,
            source: ServerError(source),
        }
    }

    /// The SQLSTATE, where the server gave one.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        self.server_error()?.0.code()
    }

    /// What the server said, where it said something.
    #[must_use]
    pub fn database_error(&self) -> Option<&DbError> {
        self.server_error()?.0.as_db_error()
    }

    /// Whether the server was reached and refused.
    pub(super) fn is_refusal(&self) -> bool {
        self.code().is_some() || !matches!(self, Self::Connect(_))
    }

    fn server_error(&self) -> Option<&ServerError> {
        match self {
            Self::Connect(missing) => Some(&missing.source),
            Self::Statement { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl ServerError {
    /// Whether the connection is gone: the server stopped, or the network did.
    fn is_gone(&self) -> bool {
        match self.0.code() {
            None => self.0.is_closed() || self.io().is_some(),
            Some(code) => [
                &SqlState::ADMIN_SHUTDOWN,
                &SqlState::CRASH_SHUTDOWN,
                &SqlState::CANNOT_CONNECT_NOW,
            ]
            .contains(&code),
        }
    }

    fn io(&self) -> Option<&io::Error> {
        self.within()
    }

    /// Why the server's certificate was not accepted, such as `hostname mismatch`.
    fn distrust(&self) -> Option<String> {
        let text = self.within::<native_tls::Error>()?.to_string();
        let (_, reason) = text.rsplit_once(" (")?;
        Some(reason.trim_end_matches(')').to_lowercase())
    }

    fn within<E: Error + 'static>(&self) -> Option<&E> {
        let mut error: &dyn Error = &self.0;
        loop {
            error = error.source()?;
            if let Some(error) = error.downcast_ref() {
                return Some(error);
            }
        }
    }
}

impl From<postgres::Error> for ServerError {
    fn from(error: postgres::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for ServerError {
    /// The server's message with its detail, or the innermost reason: those between say nothing more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = self.0.as_db_error() {
            f.write_str(error.message())?;
            if let Some(detail) = error.detail() {
                write!(f, " ({})", detail.trim_end_matches('.'))?;
            }
            return write!(f, " (SQLSTATE {})", error.code().code());
        }
        if let Some(reason) = self.distrust() {
            return write!(f, "the server's certificate is not accepted: {reason}");
        }
        let mut inner: &dyn Error = &self.0;
        while let Some(source) = inner.source() {
            inner = source;
        }
        if self.0.is_closed() {
            return f.write_str("the server closed the connection");
        }
        write!(f, "{inner}")
    }
}

impl Error for ServerError {}

impl Advice for PostgresError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Address { hint, .. } => Some(hint.clone()),
            Self::File { .. } => None,
            Self::Tls(_) => {
                Some("the files must be in PEM; a key begins with `BEGIN PRIVATE KEY`".to_owned())
            }
            Self::TooOld { .. } => Some("name a newer server, or upgrade this one".to_owned()),
            Self::Encoding { database, .. } => Some(format!(
                "make another: `createdb -E UTF8 -T template0 {database}`"
            )),
            Self::Connect(missing) => connect_hint(missing),
            Self::Statement { source, .. } => statement_hint(source),
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Address { .. } => ExitCode::Usage,
            _ => ExitCode::Failed,
        }
    }
}

fn connect_hint(missing: &NoConnection) -> Option<String> {
    let NoConnection {
        server,
        database,
        user,
        note,
        source,
    } = missing;
    let note = note.as_deref();
    if let Some(code) = source.0.code() {
        return Some(match code.code() {
            "28P01" => password_hint(user, note),
            "28000" => format!(
                "`{user}` may not connect from here to `{database}`: look whether the server has that role, at its \
                 `pg_hba.conf`, and at `sslmode`"
            ),
            "3D000" => {
                let (host, port) = server.rsplit_once(':').unwrap_or((server, "5432"));
                format!("make it: `createdb -h {host} -p {port} -U {user} {database}`")
            }
            "42501" => format!("`grant connect on database \"{database}\" to \"{user}\"`"),
            "53300" => "end other connections, raise `max_connections`, or give fewer `--jobs`".to_owned(),
            "57P03" => "wait until the server has started, and try again".to_owned(),
            _ => return statement_hint(source),
        });
    }
    if let Some(error) = source.io() {
        return Some(match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                format!("nothing listens at `{server}`: is the server started, and is that its port?")
            }
            io::ErrorKind::NotFound => format!("there is no socket at `{server}`: is the server started?"),
            io::ErrorKind::TimedOut => {
                format!("`{server}` does not answer: is a firewall between, or the address wrong?")
            }
            io::ErrorKind::PermissionDenied => "the socket is not yours to use".to_owned(),
            _ if error.to_string().contains("lookup") => "check the host's name in `--to`".to_owned(),
            _ => return None,
        });
    }
    let shown = format!("{} {source}", source.0);
    if shown.contains("password missing") {
        return Some(password_hint(user, note));
    }
    if shown.contains("does not support TLS") {
        return Some(
            "the server has no TLS: turn it on there, or say `sslmode=disable` in a network you trust"
                .to_owned(),
        );
    }
    if shown.contains("TLS") || shown.contains("certificate") {
        return Some(
            "name the certificate that signed the server's: `?sslrootcert=FILE`; for any certificate: `sslmode=require`"
                .to_owned(),
        );
    }
    if shown.contains("does not allow writes") {
        return Some("it is a standby: name the primary server".to_owned());
    }
    None
}

fn password_hint(user: &str, note: Option<&str>) -> String {
    let hint = format!("give the password of `{user}` by `PGPASSWORD`, `~/.pgpass` or `--password-file`");
    match note {
        Some(note) => format!("{hint}; {note}"),
        None => hint,
    }
}

/// An unfinished run has a copy of the file, which nobody mends.
const MEND: &str = "mend that in the SQLite file, then `stackctl migrate run --restart` reads it again";

fn statement_hint(source: &ServerError) -> Option<String> {
    let Some(error) = source.0.as_db_error() else {
        return source
            .is_gone()
            .then(|| "look at the server's log; `stackctl migrate run` with the same options goes on where it stopped".to_owned());
    };
    Some(match error.code().code() {
        "53100" => {
            "make room on the server's disk, then `stackctl migrate run` with the same options goes on where it stopped".to_owned()
        }
        "53200" if error.hint().is_some() => "raise `max_locks_per_transaction` on the server".to_owned(),
        "53200" => "the server has no memory left: lower its `maintenance_work_mem`, or give fewer `--jobs`"
            .to_owned(),
        "53300" => "end other connections, raise `max_connections`, or give fewer `--jobs`".to_owned(),
        "57P01" | "57P02" | "57P03" => {
            "once the server is up again, `stackctl migrate run` with the same options goes on where it stopped".to_owned()
        }
        "25006" => "it is a standby: name the primary server; or `default_transaction_read_only` is on for the role or the database"
            .to_owned(),
        "42501" => format!(
            "let its owner grant that: `grant create on database … to …`, {}",
            "`grant usage, create on schema … to …`, `grant all on all tables in schema … to …`"
        ),
        "40P01" | "40001" => "other sessions were at the same tables: try again".to_owned(),
        "42P01" | "3F000" => {
            "somebody has dropped it meanwhile: `stackctl migrate run --restart` begins again".to_owned()
        }
        "55P03" => "another session holds a lock: see `pg_stat_activity`, then try again".to_owned(),
        "23505" => format!(
            "two rows are the same under a unique key: {MEND}, or keep the column as text (`--column TABLE.COLUMN=text`)"
        ),
        "23503" => format!("rows refer to others that are not there: {MEND}"),
        "23514" | "23502" => format!("rows break a rule of the table: {MEND}"),
        "54000" => format!("a value is too long for an index: {MEND}"),
        "22021" | "22P05" => {
            "the database must have the encoding UTF8: `createdb -E UTF8 -T template0 …`".to_owned()
        }
        "58030" => "the server's disk fails: look at its log".to_owned(),
        _ => return error.hint().map(str::to_owned),
    })
}
