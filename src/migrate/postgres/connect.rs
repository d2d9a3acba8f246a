//! Connections, with the same settings whatever the server's, the database's or the role's are.

use std::thread;
use std::time::{Duration, Instant};

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{CancelToken, Client, NoTls, SimpleQueryMessage};
use postgres_native_tls::MakeTlsConnector;

use super::error::NoConnection;
use super::tls::TlsMode;
use super::{PostgresError, Server, ServerError, Target};

/// The oldest server that has all that is used.
const OLDEST: u32 = 14;

/// How long a server that is starting up is waited for.
const STARTING: Duration = Duration::from_secs(60);

/// Names that the server does not know, because it is older or newer, are left out. Row security is off so that rows which
/// a policy hides are an error and not missing.
const SETTINGS: &str = "
    select set_config(name, wanted.value, false)
    from pg_catalog.pg_settings
    join (values
        ('search_path', ''),
        ('TimeZone', 'UTC'),
        ('DateStyle', 'ISO, YMD'),
        ('IntervalStyle', 'postgres'),
        ('bytea_output', 'hex'),
        ('extra_float_digits', '1'),
        ('standard_conforming_strings', 'on'),
        ('client_min_messages', 'warning'),
        ('default_transaction_isolation', 'read committed'),
        ('default_transaction_deferrable', 'off'),
        ('row_security', 'off'),
        ('jit', 'off'),
        ('lock_timeout', '0'),
        ('statement_timeout', '0'),
        ('transaction_timeout', '0'),
        ('idle_session_timeout', '0'),
        ('idle_in_transaction_session_timeout', '0')
    ) as wanted (name, value) using (name);
    select current_setting('server_version_num'), current_setting('server_encoding')";

/// Connects to the first server that takes the connection. One that is starting up is waited for; nothing else is tried
/// again.
pub fn connect(target: &Target) -> Result<Client, PostgresError> {
    let mut last = None;
    for server in &target.servers {
        match to_server(target, server) {
            Ok(client) => return Ok(client),
            // The server is there and says no: another one would be another database.
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => last = Some(error),
        }
    }
    Err(last.expect("a target has a server"))
}

fn to_server(target: &Target, server: &Server) -> Result<Client, PostgresError> {
    let begun = Instant::now();
    loop {
        match once(target, server) {
            Err(error)
                if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW) && begun.elapsed() < STARTING =>
            {
                thread::sleep(Duration::from_millis(200));
            }
            other => return other.and_then(|client| prepared(client, target, server)),
        }
    }
}

fn once(target: &Target, server: &Server) -> Result<Client, PostgresError> {
    let failed = |source: postgres::Error| {
        PostgresError::Connect(Box::new(NoConnection {
            server: server.shown(),
            database: target.database().to_owned(),
            user: target.config.get_user().unwrap_or_default().to_owned(),
            note: target.password_note.clone(),
            source: source.into(),
        }))
    };
    let mut config = config(target, server);
    let tls = target.tls.mode;
    if server.is_socket() || tls == TlsMode::Disable {
        config.ssl_mode(SslMode::Disable);
        return config.connect(NoTls).map_err(failed);
    }
    config.ssl_mode(if tls == TlsMode::Prefer {
        SslMode::Prefer
    } else {
        SslMode::Require
    });
    let answer = config.connect(target.tls.connector()?);
    match answer {
        // As libpq does: without encryption where the server takes none from here.
        Err(error) if tls == TlsMode::Prefer && turned_away(&error) => {
            config.ssl_mode(SslMode::Disable);
            config.connect(NoTls).map_err(failed)
        }
        other => other.map_err(failed),
    }
}

/// Whether encryption may be the reason.
fn turned_away(error: &postgres::Error) -> bool {
    match error.code() {
        Some(code) => *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        None => error.to_string().contains("TLS"),
    }
}

fn config(target: &Target, server: &Server) -> postgres::Config {
    let mut config = target.config.clone();
    config.port(server.port);
    if server.is_socket() {
        config.host_path(&server.host);
    } else {
        config.host(&server.host);
        if let Some(address) = server.address {
            config.hostaddr(address);
        }
    }
    if let Some(password) = &server.password {
        config.password(&password.0);
    }
    config
}

/// With the settings, and not older than what is supported.
fn prepared(mut client: Client, target: &Target, server: &Server) -> Result<Client, PostgresError> {
    let answers = client
        .simple_query(SETTINGS)
        .map_err(PostgresError::statement("take the settings of the session"))?;
    let last = answers.iter().rev().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let told = |place| last.and_then(|row| row.get(place)).unwrap_or_default();
    let version = told(0).parse::<u32>().unwrap_or_default() / 10_000;
    if version < OLDEST {
        return Err(PostgresError::TooOld {
            server: server.shown(),
            version,
            oldest: OLDEST,
        });
    }
    if told(1) != "UTF8" {
        return Err(PostgresError::Encoding {
            database: target.database().to_owned(),
            encoding: told(1).to_owned(),
        });
    }
    Ok(client)
}

/// The server's version as it is written, such as `15.8`.
pub fn server_version(client: &mut Client) -> Result<String, PostgresError> {
    let asked = client.query_one(
        "select split_part(current_setting('server_version'), ' ', 1)",
        &[],
    );
    asked
        .and_then(|row| row.try_get(0))
        .map_err(PostgresError::statement("tell its version"))
}

/// Settings for filling tables and building indexes. A commit is not waited for: what is lost in a crash of the server
/// is lost together with the ledger's row that says it is there.
pub fn prepare_load(client: &mut Client, parallel_workers: usize) -> Result<(), PostgresError> {
    client
        .batch_execute(&format!(
            "set synchronous_commit = off;
             set max_parallel_maintenance_workers = {parallel_workers};
             select set_config('maintenance_work_mem', '256MB', false)
             where pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB')"
        ))
        .map_err(PostgresError::statement("take the settings of the load"))
}

/// Ends the statement that a connection is at, from another thread.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    tls: MakeTlsConnector,
}

impl Canceller {
    /// For this connection.
    pub fn new(client: &Client, target: &Target) -> Result<Self, PostgresError> {
        Ok(Self {
            token: client.cancel_token(),
            tls: target.tls.connector()?,
        })
    }

    /// Asks the server to end the statement; the connection then gets an error with SQLSTATE 57014. Where there is no
    /// statement, nothing happens.
    pub fn cancel(&self) -> Result<(), PostgresError> {
        self.token
            .cancel_query(self.tls.clone())
            .map_err(|source| PostgresError::Statement {
                action: "cancel a statement".to_owned(),
                source: ServerError::from(source),
            })
    }
}
