//! libgit2's errors in the terms of the backend.

use git2::{Error, ErrorClass, ErrorCode};

use super::super::child::Failure;

/// What the system says when a disk can't be written.
const DISK: [&str; 5] = [
    "No space left on device",
    "Disk quota exceeded",
    "Read-only file system",
    "Permission denied",
    "Input/output error",
];

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.message().trim().to_owned();
        let is_network = matches!(
            error.class(),
            ErrorClass::Net | ErrorClass::Http | ErrorClass::Ssh | ErrorClass::Ssl | ErrorClass::Callback
        );
        if !is_network && DISK.iter().any(|text| message.contains(text)) {
            return Self::Disk(message);
        }
        match (error.class(), error.code()) {
            (ErrorClass::Ssl, _) => Self::Untrusted(message),
            (_, ErrorCode::Auth) => Self::Denied(message),
            (ErrorClass::Http, _) if message.ends_with(": 401") || message.ends_with(": 403") => {
                Self::Denied(format!("the server refused it: {message}"))
            }
            (ErrorClass::Ssh, _) if message.contains("Access denied") || message.contains("authenticat") => {
                Self::Denied(message)
            }
            (
                ErrorClass::Odb
                | ErrorClass::Zlib
                | ErrorClass::Object
                | ErrorClass::Tree
                | ErrorClass::Indexer
                | ErrorClass::Sha1,
                _,
            ) => Self::Corrupted(message),
            _ => Self::Other(message),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error.to_string())
    }
}

/// A failure at a path.
pub fn at(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Failure + '_ {
    move |error| Failure::Disk(format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_fall_into_the_classes_that_the_core_tells_apart() {
        use ErrorCode::{Auth, GenericError, NotFound};
        let failure = |class, code, text: &str| Failure::from(Error::new(code, class, text));
        assert!(matches!(
            failure(ErrorClass::Http, GenericError, "unexpected http status code: 403"),
            Failure::Denied(_)
        ));
        assert!(matches!(failure(ErrorClass::Http, Auth, "x"), Failure::Denied(_)));
        assert!(matches!(
            failure(ErrorClass::Http, GenericError, "unexpected http status code: 502"),
            Failure::Other(_)
        ));
        assert!(matches!(
            failure(
                ErrorClass::Os,
                GenericError,
                "failed to write: No space left on device"
            ),
            Failure::Disk(_)
        ));
        assert!(matches!(
            failure(ErrorClass::Odb, NotFound, "object not found"),
            Failure::Corrupted(_)
        ));
    }
}
