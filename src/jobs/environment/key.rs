//! Which environment belongs to a request.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::EnvironmentError;
use super::{Request, python, requirements, settings};
use crate::jobs::hexadecimal::hexadecimal;

/// An environment's name: a hash over everything that decides which packages are in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Key(String);

/// A text that is no key.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not the name of an environment: 32 hexadecimal digits")]
pub struct KeyError(String);

impl Key {
    /// Bytes of the hash. The folder's name stands in the first line of every script in it, which old kernels cut at
    /// 127 bytes.
    const BYTES: usize = 16;

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Over these parts, each with its length.
    pub(super) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hexadecimal(&hash.finalize()[..Self::BYTES]))
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let is_key = text.len() == 2 * Self::BYTES
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_key {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The environment that a request asks for; none where it has no requirements file, or there is no such file in the
/// tree.
///
/// Over: the requirements with what they include and the trees that they name, the interpreter, the installer and its
/// settings. Users and passwords in URLs are left out, so that a token that is replaced installs nothing again.
///
/// The interpreter is asked once and then known by its file, so this usually starts no process.
///
/// # Errors
/// A file is missing or can't be read, or the interpreter does not answer.
pub fn key(request: &Request) -> Result<Option<Key>, EnvironmentError> {
    let Some(contents) = requirements::read(request)? else {
        return Ok(None);
    };
    let facts = python::facts(&request.state_dir, &request.python, &request.variables)?;
    let installer = request.installer.to_string();
    let settings = settings::read(request, &facts)?;
    let mut parts: Vec<&[u8]> = vec![b"environment 1", installer.as_bytes()];
    let interpreter = facts.identity();
    parts.extend(interpreter.iter().map(|text| text.as_bytes()));
    // Numbers of parts, so that a setting is never taken for a requirement.
    let counts = format!("{} {}", contents.hashed.len(), settings.len());
    parts.push(counts.as_bytes());
    parts.extend(contents.hashed.iter().map(Vec::as_slice));
    parts.extend(settings.iter().map(Vec::as_slice));
    Ok(Some(Key::of(parts)))
}
