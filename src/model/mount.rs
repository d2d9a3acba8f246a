//! Volumes and host folders mounted into a container.

use std::str::FromStr;

use super::name::VolumeName;

/// Where the content comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MountSource {
    /// A named volume of the stack.
    Volume(VolumeName),
    /// A file or folder of the host: absolute, or relative to stack.toml and then starting with `./` or `../`.
    Host(String),
}

/// `SOURCE:TARGET[:ro|:rw]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted.
    pub source: MountSource,
    /// The absolute path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// The text is not a mount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// No colon, or too many.
    #[error("write `SOURCE:/path` or `SOURCE:/path:ro`, for example `uploads:/app/uploads`")]
    Form,
    /// The target is not an absolute, normal path.
    #[error("the path in the container, `{0}`, must be absolute and without `..`")]
    Target(String),
    /// The option is neither `ro` nor `rw`.
    #[error("`{0}` is not an option; write `ro` or `rw`")]
    Option(String),
    /// A source that is neither a path nor a volume's name.
    #[error("`{name}` is not a volume's name: {source}; a folder of the host starts with `./`, `../` or `/`")]
    Source {
        /// What was written.
        name: String,
        /// Why it is not a name.
        source: super::name::NameError,
    },
}

impl FromStr for Mount {
    type Err = MountError;

    fn from_str(text: &str) -> Result<Self, MountError> {
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, read_only) = match parts[..] {
            [source, target] | [source, target, "rw"] => (source, target, false),
            [source, target, "ro"] => (source, target, true),
            [_, _, option] => return Err(MountError::Option(option.to_owned())),
            _ => return Err(MountError::Form),
        };
        if source.is_empty() {
            return Err(MountError::Form);
        }
        if !is_container_path(target) {
            return Err(MountError::Target(target.to_owned()));
        }
        let is_path =
            source.starts_with('/') || source == "." || source.starts_with("./") || source.starts_with("../");
        let source = if is_path {
            MountSource::Host(source.to_owned())
        } else {
            MountSource::Volume(source.parse().map_err(|error| MountError::Source {
                name: source.to_owned(),
                source: error,
            })?)
        };
        Ok(Self {
            source,
            target: target.trim_end_matches('/').to_owned(),
            read_only,
        })
    }
}

/// Absolute, not the root, without a step upward, and on one line: it stands in lines of a Dockerfile.
#[must_use]
pub fn is_container_path(path: &str) -> bool {
    path.len() > 1
        && path.starts_with('/')
        && !path.contains('\n')
        && !path.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read() {
        let mount: Mount = "uploads:/app/uploads/:ro".parse().unwrap();
        assert!(mount.read_only);
        assert_eq!(mount.target, "/app/uploads");
        assert!(
            matches!("./a b:/x".parse::<Mount>().unwrap().source, MountSource::Host(path) if path == "./a b")
        );
        for text in [
            "",
            "a",
            "a:b",
            ":/x",
            "a:/x:rx",
            "A:/x",
            "a:/x/../y",
            "a:/",
            "a:/x:ro:z",
            "a:/x\nUSER root",
        ] {
            assert!(text.parse::<Mount>().is_err(), "{text}");
        }
    }
}
