//! Passwords from files: one alone, or libpq's `.pgpass` with a line for each server.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{PostgresError, Server};

/// Whose password is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The user.
    pub user: &'a str,
    /// The database.
    pub database: &'a str,
}

/// The password that a file holds alone; a line's end behind it is not part of it.
pub fn alone(path: &Path) -> Result<String, PostgresError> {
    let text = fs::read_to_string(path).map_err(|source| PostgresError::File {
        what: "the file with the password",
        path: path.to_owned(),
        source,
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The text of a `.pgpass`: `None` where there is none, and the reason where it may not be used.
pub fn read(path: &Path) -> Result<Option<String>, String> {
    let shown = path.display();
    let facts = match fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("`{shown}` was not used: {error}")),
    };
    if !facts.is_file() {
        return Err(format!("`{shown}` was not used: it is no file"));
    }
    if facts.permissions().mode() & 0o077 != 0 {
        return Err(format!(
            "`{shown}` was not used, because others may read it: `chmod 600 {shown}`"
        ));
    }
    fs::read_to_string(path)
        .map(Some)
        .map_err(|error| format!("`{shown}` was not used: {error}"))
}

/// The password of the first line that is for this server.
pub fn find(text: &str, server: &Server, wanted: &Wanted<'_>) -> Option<String> {
    let port = server.port.to_string();
    // Sockets in the usual folders are called so there.
    let host = match server.host.as_str() {
        "/tmp" | "/var/run/postgresql" | "/run/postgresql" => "localhost",
        other => other,
    };
    text.lines().find_map(|line| {
        if line.starts_with('#') {
            return None;
        }
        let mut rest = line.trim_end_matches('\r');
        for value in [host, &port, wanted.database, wanted.user] {
            let (field, behind) = field(rest)?;
            if field.raw != "*" && field.text != value {
                return None;
            }
            rest = behind;
        }
        let password = unescaped(rest);
        (!password.is_empty()).then_some(password)
    })
}

struct Field<'a> {
    raw: &'a str,
    text: String,
}

/// The text up to a colon that has no backslash before it, and what is behind the colon.
fn field(line: &str) -> Option<(Field<'_>, &str)> {
    let mut escaped = false;
    let end = line.find(|character| {
        let ends = character == ':' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    })?;
    let raw = &line[..end];
    let text = unescaped(raw);
    Some((Field { raw, text }, &line[end + 1..]))
}

fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}
