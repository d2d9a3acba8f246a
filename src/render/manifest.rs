//! `.manifest.json`: which files stackctl wrote into the rendered folder, and what they held.
//!
//! Deterministic: the same files give the same manifest on every machine, so that it can be committed with them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::artifact::File;

/// Its name in the rendered folder.
pub const FILE_NAME: &str = ".manifest.json";

const FORMAT: u32 = 1;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The release that wrote it.
    pub stackctl: String,
    /// SHA-256 in hexadecimal digits by path.
    pub files: BTreeMap<String, String>,
}

/// The manifest as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There is none.
    Missing,
    /// There is one that says nothing.
    Unreadable,
    /// There is one.
    Readable(Manifest),
}

impl Manifest {
    /// The manifest of these files.
    pub fn of(files: &[File]) -> Self {
        let sums = files
            .iter()
            .map(|file| (file.path.clone(), sha256(&file.bytes)))
            .collect();
        Self {
            format: FORMAT,
            stackctl: env!("CARGO_PKG_VERSION").to_owned(),
            files: sums,
        }
    }

    /// The file to write.
    pub fn file(&self) -> File {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has string keys only");
        text.push('\n');
        File {
            path: FILE_NAME.to_owned(),
            bytes: text.into_bytes(),
            executable: false,
        }
    }

    /// Whether a later release wrote it.
    pub fn is_newer(&self) -> bool {
        self.format > FORMAT || numbers(&self.stackctl) > numbers(env!("CARGO_PKG_VERSION"))
    }
}

impl Found {
    /// Reads what is on disk.
    pub fn read(bytes: Option<&[u8]>) -> Self {
        match bytes.map(serde_json::from_slice) {
            None => Self::Missing,
            Some(Ok(manifest)) => Self::Readable(manifest),
            Some(Err(_)) => Self::Unreadable,
        }
    }

    /// The sum that the file at this path had when it was written.
    pub fn sum(&self, path: &str) -> Option<&str> {
        match self {
            Self::Readable(manifest) => manifest.files.get(path).map(String::as_str),
            Self::Missing | Self::Unreadable => None,
        }
    }

    /// Every path that was written.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let files = match self {
            Self::Readable(manifest) => Some(&manifest.files),
            Self::Missing | Self::Unreadable => None,
        };
        files.into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// Whether it must be written anew for these files. Another release alone is no reason: what it tells of the
    /// files is still true.
    pub fn is_stale(&self, wanted: &Manifest) -> bool {
        !matches!(self, Self::Readable(found) if found.files == wanted.files)
    }
}

/// The sum of a content, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes every text");
            text
        })
}

fn numbers(version: &str) -> Vec<u64> {
    version
        .split(['.', '-', '+'])
        .map_while(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(version: &str) -> Manifest {
        Manifest {
            stackctl: version.to_owned(),
            ..Manifest::of(&[])
        }
    }

    #[test]
    fn later_releases_are_told_by_number() {
        assert!(manifest("99.0.0").is_newer());
        assert!(!manifest("0.0.9").is_newer());
        assert!(!manifest(env!("CARGO_PKG_VERSION")).is_newer());
    }

    #[test]
    fn a_manifest_reads_back() {
        let file = File {
            path: "compose.yaml".to_owned(),
            bytes: b"x".to_vec(),
            executable: false,
        };
        let manifest = Manifest::of(&[file]);
        let found = Found::read(Some(&manifest.file().bytes));
        assert_eq!(found.sum("compose.yaml"), Some(sha256(b"x").as_str()));
        assert!(!found.is_stale(&manifest));
        assert_eq!(Found::read(Some(b"{")), Found::Unreadable);
        assert!(Found::read(None).is_stale(&manifest));
    }

    #[test]
    fn sums_are_hexadecimal() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
