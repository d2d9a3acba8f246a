//! A service built from Python sources.

use std::fmt;
use std::str::FromStr;

/// A minor release of `CPython`, such as 3.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonVersion {
    /// The second number of 3.x.
    pub minor: u8,
}

/// The text is not a Python version stackctl can build with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a minor version from `3.9` to `3.14`, for example `3.11`")]
pub struct PythonVersionError;

impl FromStr for PythonVersion {
    type Err = PythonVersionError;

    fn from_str(text: &str) -> Result<Self, PythonVersionError> {
        let minor = text
            .strip_prefix("3.")
            .and_then(|minor| minor.parse().ok())
            .ok_or(PythonVersionError)?;
        let shown = Self { minor };
        if (9..=14).contains(&minor) && shown.to_string() == text {
            Ok(shown)
        } else {
            Err(PythonVersionError)
        }
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)
    }
}

/// How to build a Python service's image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    /// The interpreter.
    pub version: PythonVersion,
    /// Requirements files, relative to stack.toml, installed in this order.
    pub requirements: Vec<String>,
    /// Files and folders copied into `/app`, relative to stack.toml; `.` is the whole project.
    pub source: Vec<String>,
    /// Debian packages the running program needs.
    pub packages: Vec<String>,
    /// Debian packages needed only while dependencies are built; none of them is in the final image.
    pub build_packages: Vec<String>,
    /// Names of [`Build::downloads`](super::build::Build::downloads) put into `/usr/local/bin`.
    pub tools: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_minor_releases() {
        assert_eq!(
            "3.11".parse::<PythonVersion>().map(|v| v.to_string()),
            Ok("3.11".to_owned())
        );
        for text in ["3", "3.8", "3.011", "3.11.2", "2.7", "3.x", "3.15"] {
            assert!(text.parse::<PythonVersion>().is_err(), "{text}");
        }
    }
}
