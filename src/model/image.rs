//! A container image reference.

use std::fmt;
use std::str::FromStr;

/// An image reference `[host[:port]/]path[:tag][@digest]` in the grammar of the distribution project
/// (<https://pkg.go.dev/github.com/distribution/reference>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef(String);

/// The text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageRefError {
    /// Nothing was written, or a part between separators is empty.
    #[error("a part of it is empty; write `name:tag`, for example `redis:7.4`")]
    Empty,
    /// Repository names are lower case.
    #[error(
        "`{0}` is not allowed in an image's name; names are lower-case letters, digits, `.`, `_`, `-` and `/`"
    )]
    Name(char),
    /// The tag breaks its rule.
    #[error("the tag `{0}` is not valid; a tag is letters, digits, `_`, `.` and `-`, at most 128")]
    Tag(String),
    /// The digest is not `algorithm:hex`.
    #[error("the digest `{0}` is not valid; it is `sha256:` and 64 hexadecimal digits")]
    Digest(String),
}

impl ImageRef {
    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the tag or digest says which release it is, so that a later pull brings the same one.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.0.contains('@') || tag(&self.0).is_some_and(|tag| tag != "latest")
    }

    /// The reference with this registry before it, unless it names one of its own.
    #[must_use]
    pub fn at_registry(&self, registry: Option<&str>) -> String {
        let has_registry = self.0.split_once('/').is_some_and(|(host, _)| is_registry(host));
        match registry {
            Some(registry) if !has_registry => format!("{}/{}", registry.trim_end_matches('/'), self.0),
            _ => self.0.clone(),
        }
    }
}

fn tag(name: &str) -> Option<&str> {
    let after_path = name.rfind('/').map_or(0, |slash| slash + 1);
    name[after_path..].split_once(':').map(|(_, tag)| tag)
}

fn check_tag(tag: &str) -> Result<(), ImageRefError> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let valid = tag.len() <= 128
        && tag.chars().next().is_some_and(word)
        && tag.chars().all(|c| word(c) || c == '.' || c == '-');
    if valid {
        Ok(())
    } else {
        Err(ImageRefError::Tag(tag.to_owned()))
    }
}

fn check_digest(digest: &str) -> Result<(), ImageRefError> {
    let valid = digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    });
    if valid {
        Ok(())
    } else {
        Err(ImageRefError::Digest(digest.to_owned()))
    }
}

/// The first component is a registry when it has a dot or a port, or is `localhost`.
fn is_registry(component: &str) -> bool {
    component.contains('.') || component.contains(':') || component == "localhost"
}

impl FromStr for ImageRef {
    type Err = ImageRefError;

    fn from_str(text: &str) -> Result<Self, ImageRefError> {
        let (name, digest) = text
            .split_once('@')
            .map_or((text, None), |(name, digest)| (name, Some(digest)));
        digest.map_or(Ok(()), check_digest)?;
        let tag = tag(name);
        tag.map_or(Ok(()), check_tag)?;
        let path = tag.map_or(name, |tag| &name[..name.len() - tag.len() - 1]);
        let path = match path.split_once('/') {
            Some((host, rest)) if is_registry(host) => rest,
            _ => path,
        };
        for component in path.split('/') {
            let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            if let Some(fault) = component
                .chars()
                .find(|&c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-')))
            {
                return Err(ImageRefError::Name(fault));
            }
            if !edge(component.chars().next()) || !edge(component.chars().last()) {
                return Err(ImageRefError::Empty);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_in_use_are_taken() {
        let digest = format!("postgres:15@sha256:{}", "a".repeat(64));
        for text in [
            "redis",
            "redis:7.4",
            "library/redis",
            "registry.example.com:5000/team/app:v1_2",
            "localhost/app",
            &digest,
        ] {
            assert!(text.parse::<ImageRef>().is_ok(), "{text}");
        }
    }

    #[test]
    fn broken_references_are_refused() {
        for text in [
            "",
            "Redis",
            "redis:",
            "redis:7 4",
            "a//b",
            "/a",
            "a/",
            "redis@sha256:12",
            "https://example.com/a",
        ] {
            assert!(text.parse::<ImageRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_registry_stands_only_before_names_without_one() {
        for (text, shown) in [
            ("redis:7.4", "mirror.example.com/hub/redis:7.4"),
            ("grafana/grafana", "mirror.example.com/hub/grafana/grafana"),
            ("ghcr.io/acme/app:1", "ghcr.io/acme/app:1"),
            ("localhost/app", "localhost/app"),
        ] {
            let image: ImageRef = text.parse().unwrap();
            assert_eq!(image.at_registry(Some("mirror.example.com/hub/")), shown);
            assert_eq!(image.at_registry(None), text);
        }
    }

    #[test]
    fn only_a_tag_other_than_latest_or_a_digest_pins() {
        for (text, pinned) in [
            ("redis", false),
            ("redis:latest", false),
            ("redis:7", true),
            ("localhost:5000/redis", false),
        ] {
            assert_eq!(text.parse::<ImageRef>().unwrap().is_pinned(), pinned, "{text}");
        }
    }
}
