//! `--to` -> a `Target`: URLs, `key=value` words and the variables that libpq reads.

mod parameters;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parameters::Parameters;
use postgres::config::{ChannelBinding, TargetSessionAttrs};

use super::password_file::{self, Wanted};
use super::tls::{Tls, TlsMode};
use super::{PostgresError, Secret, Server, Surroundings, Target};

/// How long a connection may take to be made where nothing is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Completes an address. `password_file` holds the password alone; it comes before every other one.
pub fn target(
    address: Option<&str>,
    password_file: Option<&Path>,
    surroundings: &Surroundings<'_>,
) -> Result<Target, PostgresError> {
    let mut given = parameters::parse(address.unwrap_or_default().trim())?;
    given.complete(surroundings);

    let user = given
        .take("user")
        .or_else(|| surroundings.user.clone())
        .ok_or_else(|| {
            wrong(
                "no user is named",
                "name one: `--to postgresql://USER@HOST/DATABASE`",
            )
        })?;
    let database = given.take("dbname").unwrap_or_else(|| user.clone());

    let mut config = postgres::Config::new();
    config.user(&user).dbname(&database);
    let name = given.take("application_name");
    config.application_name(name.as_deref().unwrap_or("stackctl migrate"));
    timeouts(&mut given, &mut config)?;
    sessions(&mut given, &mut config)?;

    let tls = tls(&mut given, surroundings)?;
    let mut servers = servers(&mut given, surroundings)?;
    let password = match password_file {
        Some(path) => Some(password_file::alone(path)?),
        None => given.take("password"),
    };
    let passfile = given
        .take("passfile")
        .map(PathBuf::from)
        .or_else(|| surroundings.home.as_ref().map(|home| home.join(".pgpass")));
    let password_note = passwords(
        &mut servers,
        password,
        passfile.as_deref(),
        &Wanted {
            user: &user,
            database: &database,
        },
    );
    Ok(Target {
        config,
        servers,
        tls,
        password_note,
        owner: BTreeMap::new(),
    })
}

fn timeouts(given: &mut Parameters, config: &mut postgres::Config) -> Result<(), PostgresError> {
    match given.number("connect_timeout")? {
        // As in libpq: no limit.
        Some(0) => {}
        Some(seconds) => {
            config.connect_timeout(Duration::from_secs(seconds));
        }
        None => {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
    }
    config.keepalives(given.number("keepalives")? != Some(0));
    // A load balancer that forgets idle connections is noticed, and kept from it while the server builds an index.
    let idle = given.number("keepalives_idle")?.filter(|&seconds| seconds > 0);
    config.keepalives_idle(Duration::from_secs(idle.unwrap_or(60)));
    if let Some(seconds) = given
        .number("keepalives_interval")?
        .filter(|&seconds| seconds > 0)
    {
        config.keepalives_interval(Duration::from_secs(seconds));
    }
    if let Some(count) = given.number("keepalives_count")?.filter(|&count| count > 0) {
        config.keepalives_retries(u32::try_from(count).unwrap_or(u32::MAX));
    }
    if let Some(milliseconds) = given.number("tcp_user_timeout")?.filter(|&number| number > 0) {
        config.tcp_user_timeout(Duration::from_millis(milliseconds));
    }
    Ok(())
}

fn sessions(given: &mut Parameters, config: &mut postgres::Config) -> Result<(), PostgresError> {
    if let Some(options) = given.take("options") {
        config.options(&options);
    }
    if let Some(value) = given.take("target_session_attrs") {
        config.target_session_attrs(match value.as_str() {
            "any" => TargetSessionAttrs::Any,
            "read-write" | "primary" => TargetSessionAttrs::ReadWrite,
            "read-only" | "standby" | "prefer-standby" => TargetSessionAttrs::ReadOnly,
            _ => {
                return Err(unknown_value(
                    "target_session_attrs",
                    &value,
                    "any, read-write, read-only",
                ));
            }
        });
    }
    if let Some(value) = given.take("channel_binding") {
        config.channel_binding(match value.as_str() {
            "disable" => ChannelBinding::Disable,
            "prefer" => ChannelBinding::Prefer,
            "require" => ChannelBinding::Require,
            _ => {
                return Err(unknown_value(
                    "channel_binding",
                    &value,
                    "disable, prefer, require",
                ));
            }
        });
    }
    Ok(())
}

fn tls(given: &mut Parameters, surroundings: &Surroundings<'_>) -> Result<Tls, PostgresError> {
    let named = given.take("sslmode");
    let beside = |name: &str| {
        let path = surroundings.home.as_ref()?.join(".postgresql").join(name);
        path.exists().then_some(path)
    };
    let root = given
        .take("sslrootcert")
        .map(PathBuf::from)
        .or_else(|| beside("root.crt"));
    let mode = match named.as_deref() {
        None if root.as_deref() == Some(Path::new("system")) => TlsMode::VerifyFull,
        None | Some("prefer" | "allow") => TlsMode::Prefer,
        Some("disable") => TlsMode::Disable,
        // As libpq does: whoever names a root wants it to be looked at.
        Some("require") if root.is_some() => TlsMode::VerifyCa,
        Some("require") => TlsMode::Require,
        Some("verify-ca") => TlsMode::VerifyCa,
        Some("verify-full") => TlsMode::VerifyFull,
        Some(other) => {
            let known = "disable, prefer, require, verify-ca, verify-full";
            return Err(unknown_value("sslmode", other, known));
        }
    };
    Ok(Tls {
        mode,
        root: root.filter(|path| path != Path::new("system")),
        certificate: given
            .take("sslcert")
            .map(PathBuf::from)
            .or_else(|| beside("postgresql.crt")),
        key: given
            .take("sslkey")
            .map(PathBuf::from)
            .or_else(|| beside("postgresql.key")),
    })
}

/// Hosts, addresses and ports are lists of the same length, or one port is for all.
fn servers(given: &mut Parameters, surroundings: &Surroundings<'_>) -> Result<Vec<Server>, PostgresError> {
    let list = |text: Option<String>| -> Vec<String> {
        text.map(|text| text.split(',').map(|part| part.trim().to_owned()).collect())
            .unwrap_or_default()
    };
    let hosts = list(given.take("host"));
    let addresses = list(given.take("hostaddr"));
    let ports = list(given.take("port"));
    let count = hosts.len().max(addresses.len()).max(1);
    let fits = |list: &[String]| list.is_empty() || list.len() == count;
    if !fits(&hosts) || !fits(&addresses) || !(fits(&ports) || ports.len() == 1) {
        return Err(wrong(
            "hosts, addresses and ports are not equally many",
            "give one port for all, or one for each host",
        ));
    }
    (0..count)
        .map(|place| {
            let at = |list: &[String]| list.get(place).filter(|text| !text.is_empty()).cloned();
            let port = match at(&ports).or_else(|| ports.first().filter(|_| ports.len() == 1).cloned()) {
                Some(text) if !text.is_empty() => text
                    .parse()
                    .ok()
                    .filter(|&port: &u16| port > 0)
                    .ok_or_else(|| unknown_value("port", &text, "a number from 1 to 65535"))?,
                _ => 5432,
            };
            let address = at(&addresses)
                .map(|text| {
                    text.parse()
                        .map_err(|_| unknown_value("hostaddr", &text, "an IP address"))
                })
                .transpose()?;
            let host = at(&hosts)
                .or_else(|| at(&addresses))
                .unwrap_or_else(|| local(port, surroundings));
            Ok(Server {
                host,
                address,
                port,
                password: None,
            })
        })
        .collect()
}

/// Where a server on this machine is expected.
fn local(port: u16, surroundings: &Surroundings<'_>) -> String {
    surroundings
        .sockets
        .iter()
        .find(|folder| folder.join(format!(".s.PGSQL.{port}")).exists())
        .and_then(|folder| folder.to_str())
        .unwrap_or("localhost")
        .to_owned()
}

/// Gives each server its password; says why a file with passwords was not used.
fn passwords(
    servers: &mut [Server],
    password: Option<String>,
    passfile: Option<&Path>,
    wanted: &Wanted<'_>,
) -> Option<String> {
    if let Some(password) = password {
        for server in servers {
            server.password = Some(Secret::new(password.clone()));
        }
        return None;
    }
    let lines = match password_file::read(passfile?) {
        Ok(lines) => lines?,
        Err(note) => return Some(note),
    };
    for server in servers {
        server.password = password_file::find(&lines, server, wanted).map(Secret::new);
    }
    None
}

fn wrong(message: &str, hint: &str) -> PostgresError {
    PostgresError::Address {
        message: message.to_owned(),
        hint: hint.to_owned(),
    }
}

fn unknown_value(key: &str, value: &str, known: &str) -> PostgresError {
    wrong(
        &format!("`{key}` can't be `{value}`"),
        &format!("it takes: {known}"),
    )
}
