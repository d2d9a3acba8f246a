//! The words of an address: a URL or `key=value` pairs -> names and values, as libpq reads them.

use std::collections::BTreeMap;

use super::{unknown_value, wrong};
use crate::migrate::postgres::{PostgresError, Surroundings};

const EXAMPLE: &str =
    "write it as `postgresql://USER@HOST:PORT/DATABASE`; special characters in it as `%40` for `@`";

/// What may be said, with the variable that says it where the address does not.
const KNOWN: &[(&str, Option<&str>)] = &[
    ("application_name", Some("PGAPPNAME")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("dbname", Some("PGDATABASE")),
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("keepalives", None),
    ("keepalives_count", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("options", Some("PGOPTIONS")),
    ("passfile", Some("PGPASSFILE")),
    ("password", Some("PGPASSWORD")),
    ("port", Some("PGPORT")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("sslmode", Some("PGSSLMODE")),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("tcp_user_timeout", None),
    ("user", Some("PGUSER")),
];

/// What libpq takes and what has no meaning here: text is always UTF-8, and there is no GSSAPI.
const WITHOUT_MEANING: &[&str] = &[
    "client_encoding",
    "fallback_application_name",
    "gssencmode",
    "krbsrvname",
    "load_balance_hosts",
    "sslcompression",
    "sslsni",
];

/// Names and values, each name one of `KNOWN`.
#[derive(Debug, Default)]
pub struct Parameters(BTreeMap<String, String>);

/// Reads a URL, `key=value` pairs, or the name of a database alone.
pub fn parse(address: &str) -> Result<Parameters, PostgresError> {
    let mut parameters = Parameters::default();
    if let Some((scheme, rest)) = address.split_once("://") {
        // SQLAlchemy's addresses name a driver behind a plus.
        match scheme.split('+').next() {
            Some("postgres" | "postgresql") => url(rest, &mut parameters)?,
            _ => {
                return Err(wrong(
                    &format!("`{scheme}://` is no address of PostgreSQL"),
                    EXAMPLE,
                ));
            }
        }
    } else if address.contains('=') {
        pairs(address, &mut parameters)?;
    } else if address.contains(['/', '@', ':']) {
        // Hardly a database's name: `--to db.example.com:5432/app` lacks its beginning.
        return Err(wrong("the address does not begin with `postgresql://`", EXAMPLE));
    } else if !address.is_empty() {
        parameters.set("dbname", address.to_owned())?;
    }
    Ok(parameters)
}

impl Parameters {
    /// Takes from the environment what was not said.
    pub fn complete(&mut self, surroundings: &Surroundings<'_>) {
        // A host that was typed is not looked for at an address from the environment.
        let placed = self.0.contains_key("host") || self.0.contains_key("hostaddr");
        for (name, variable) in KNOWN {
            if placed && matches!(*name, "host" | "hostaddr") {
                continue;
            }
            if let Some(value) = variable.and_then(|variable| surroundings.filled(variable)) {
                self.0.entry((*name).to_owned()).or_insert(value);
            }
        }
    }

    /// A value, which is then gone; one that is empty was not said.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    /// A value that is a whole number; libpq takes negative ones as 0.
    pub fn number(&mut self, name: &str) -> Result<Option<u64>, PostgresError> {
        self.take(name)
            .map(|text| {
                text.trim()
                    .parse::<i64>()
                    .map(|number| u64::try_from(number).unwrap_or(0))
                    .map_err(|_| unknown_value(name, &text, "a whole number"))
            })
            .transpose()
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), PostgresError> {
        if KNOWN.iter().any(|(known, _)| *known == name) {
            self.0.insert(name.to_owned(), value);
            return Ok(());
        }
        match (name, value.as_str()) {
            // As JDBC's addresses write it.
            ("ssl", "true") => self.set("sslmode", "require".to_owned()),
            _ if WITHOUT_MEANING.contains(&name) => Ok(()),
            _ => {
                let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
                Err(wrong(
                    &format!("the address says `{name}`, which is not known"),
                    &format!("it takes: {}", known.join(", ")),
                ))
            }
        }
    }
}

fn url(rest: &str, parameters: &mut Parameters) -> Result<(), PostgresError> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));

    let hosts = match authority.rsplit_once('@') {
        None => authority,
        Some((credentials, hosts)) => {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            parameters.set("user", decoded(user)?)?;
            if !password.is_empty() {
                parameters.set("password", decoded(password)?)?;
            }
            hosts
        }
    };
    if !hosts.is_empty() {
        let pairs = hosts
            .split(',')
            .map(host_and_port)
            .collect::<Result<Vec<_>, _>>()?;
        let column = |pick: fn(&(String, String)) -> &str| pairs.iter().map(pick).collect::<Vec<_>>();
        let (names, ports) = (column(|pair| &pair.0), column(|pair| &pair.1));
        if names.iter().any(|name| !name.is_empty()) {
            parameters.set("host", names.join(","))?;
        }
        if ports.iter().any(|port| !port.is_empty()) {
            parameters.set("port", ports.join(","))?;
        }
    }
    if let Some(database) = path.strip_prefix('/').filter(|name| !name.is_empty()) {
        parameters.set("dbname", decoded(database)?)?;
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| wrong(&format!("`{pair}` in the address has no `=`"), EXAMPLE))?;
        parameters.set(&decoded(name)?, decoded(value)?)?;
    }
    Ok(())
}

fn host_and_port(text: &str) -> Result<(String, String), PostgresError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest
            .split_once(']')
            .ok_or_else(|| wrong("an IPv6 address in the address has no `]`", EXAMPLE))?;
        return Ok((decoded(host)?, port.trim_start_matches(':').to_owned()));
    }
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    if port.contains(':') {
        return Err(wrong(
            &format!("`{text}` has more than one `:`"),
            "write an IPv6 address in brackets, as `[::1]:5432`",
        ));
    }
    Ok((decoded(host)?, decoded(port)?))
}

/// Without `%xx`. The text is in no error: it may be a password.
fn decoded(text: &str) -> Result<String, PostgresError> {
    let refused = || {
        wrong(
            "a `%` in the address is not followed by two hexadecimal digits of UTF-8",
            EXAMPLE,
        )
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = digit().zip(digit()).ok_or_else(refused)?;
        // 0 ends a text in libpq.
        match u8::try_from(high * 16 + low) {
            Ok(byte) if byte != 0 => bytes.push(byte),
            _ => return Err(refused()),
        }
    }
    String::from_utf8(bytes).map_err(|_| refused())
}

/// `key = 'it\'s' other=value`.
fn pairs(text: &str, parameters: &mut Parameters) -> Result<(), PostgresError> {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, behind) = rest
            .split_once('=')
            .ok_or_else(|| wrong("the last word of the address has no `=`", EXAMPLE))?;
        let name = name.trim();
        let (value, behind) = value(behind.trim_start())
            .ok_or_else(|| wrong(&format!("the value of `{name}` has no closing quote"), EXAMPLE))?;
        parameters.set(name, value)?;
        rest = behind.trim_start();
    }
    Ok(())
}

/// A value, quoted or up to a space, and what is behind it.
fn value(text: &str) -> Option<(String, &str)> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((place, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            '\'' if quoted => return Some((value, &text[place + 1..])),
            space if !quoted && space.is_whitespace() => return Some((value, &text[place..])),
            other => value.push(other),
        }
    }
    (!quoted).then_some((value, ""))
}
