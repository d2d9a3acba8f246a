//! Versions of the parts of Docker.

use std::fmt;

use serde::Deserialize;

/// Major, minor and patch of a version; what stands behind is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number.
    pub patch: u32,
}

/// The versions that decide whether stackctl can work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// The docker command.
    pub client: Option<Version>,
    /// The engine.
    pub engine: Option<Version>,
    /// The compose plugin.
    pub compose: Option<Version>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Reported {
    client: Option<Part>,
    server: Option<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    version: String,
}

impl Versions {
    pub(super) fn new(reported: Reported, compose: &str) -> Self {
        let part = |part: Option<Part>| part.and_then(|part| Version::within(&part.version));
        Self {
            client: part(reported.client),
            engine: part(reported.server),
            compose: Version::within(compose),
        }
    }
}

impl Version {
    /// A version of two numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            patch: 0,
        }
    }

    /// The first version that stands in a text, such as `v2.26.1-4` or `20.10.24+dfsg1`.
    #[must_use]
    pub fn within(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.trim_start_matches('v');
            let mut numbers = word
                .split(|c: char| !c.is_ascii_digit())
                .map(|number| number.parse().ok());
            let (major, minor) = (numbers.next()??, numbers.next()??);
            Some(Self {
                major,
                minor,
                patch: numbers.next().flatten().unwrap_or(0),
            })
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_is_printed() {
        for (text, shown) in [
            ("2.26.1-4\n", "2.26.1"),
            ("v2.29.7", "2.29.7"),
            ("20.10.24+dfsg1", "20.10.24"),
            ("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3", "0.13.1"),
            ("27.0", "27.0.0"),
        ] {
            assert_eq!(
                Version::within(text).map(|v| v.to_string()).as_deref(),
                Some(shown)
            );
        }
        assert_eq!(Version::within("dev"), None);
        assert!(Version::within("2.9.0") < Version::within("2.20.0"));
    }
}
