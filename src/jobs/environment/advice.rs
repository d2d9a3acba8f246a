//! What to do about what installers say.

use super::install::CHECKING;

/// Words of pip, uv and what they start, and what to do where one of them is said. The first that fits is told,
/// because an untrusted certificate is also told as a failed connection.
const KNOWN: [(&[&str], &str); 8] = [
    (
        &["No space left on device", "Disk quota exceeded", "os error 28"],
        "the disk is full; make room in the state volume or in /tmp",
    ),
    (
        &["CERTIFICATE_VERIFY_FAILED", "invalid peer certificate"],
        "the package index's certificate is not trusted; name its authority's file in PIP_CERT (pip) or SSL_CERT_FILE (uv)",
    ),
    (
        &[
            "401 Error",
            "403 Error",
            "401 Unauthorized",
            "403 Forbidden",
            "User for ",
        ],
        "the package index refuses the user or password in its URL",
    ),
    (
        &[
            "Temporary failure in name resolution",
            "Failed to establish a new connection",
            "NewConnectionError",
            "Connection refused",
            "dns error",
            "error sending request",
            "timed out",
        ],
        "the package index is not reached; the agent tries again by itself",
    ),
    (
        &["Read-only file system", "os error 30"],
        "packages are built and kept in the state volume and /tmp; is one of them mounted read-only?",
    ),
    (
        &[
            "command 'gcc' failed",
            "command 'cc' failed",
            "gcc: not found",
            "pg_config executable not found",
        ],
        "a package is compiled, and the image lacks what that needs; is there one with a wheel, as `psycopg2-binary`?",
    ),
    (
        &["Cannot find command 'git'", "Git executable not found"],
        "a package comes from a repository, and the image lacks git",
    ),
    (
        &["(from versions: none)", "was not found in the package registry"],
        "no index that was asked has it; check its name, and the index in PIP_INDEX_URL (pip) or UV_DEFAULT_INDEX (uv)",
    ),
];

/// What to do where a step failed with these lines.
#[must_use]
pub fn on(step: &str, lines: &[String]) -> Option<&'static str> {
    let says = |words: &[&str]| {
        lines
            .iter()
            .any(|line| words.iter().any(|word| line.contains(word)))
    };
    let known = KNOWN.iter().find(|(words, _)| says(words));
    let conflict = (step == CHECKING).then_some("these versions do not go together; change requirements.txt");
    known.map(|(_, advice)| *advice).or(conflict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_installers_say_is_told_with_what_to_do() {
        for (line, advice) in [
            ("OSError: [Errno 28] No space left on device", "the disk is full"),
            (
                "error: failed to write to file: No space left on device (os error 28)",
                "the disk is full",
            ),
            (
                "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
                "the package index is not reached",
            ),
            (
                "  cause: invalid peer certificate: UnknownIssuer",
                "the package index's certificate",
            ),
            (
                "ERROR: 403 Error: Forbidden for url: https://host/",
                "the package index refuses",
            ),
            (
                "ERROR: Cannot find command 'git' - do you have 'git' installed",
                "a package comes from a repository",
            ),
        ] {
            let told = on("installing packages", &[line.to_owned()]).unwrap();
            assert!(told.starts_with(advice), "{line}: {told}");
        }
        let both = [
            "error sending request".to_owned(),
            "invalid peer certificate: UnknownIssuer".to_owned(),
        ];
        assert!(on("installing packages", &both).unwrap().contains("certificate"));
        assert_eq!(on("installing packages", &["something else".to_owned()]), None);
        assert!(on(CHECKING, &[]).unwrap().starts_with("these versions"));
    }
}
