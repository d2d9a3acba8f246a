//! What git says on stderr -> what kind of failure it is.

use crate::sync::git::GitError;

/// The disk's own limits. They are looked for first: git then also complains about objects that it could not write.
const DISK: &[&str] = &[
    "no space left on device",
    "out of diskspace",
    "disk quota exceeded",
    "read-only file system",
    "file too large",
    // git does not say why.
    "unable to write file",
    "unable to write new index file",
    "unable to write new_index file",
];

/// A lock that a killed process left: removing it is enough.
const LOCKED: &[&str] = &[".lock': file exists", "another git process seems to be running"];

/// The server's refusals.
const DENIED: &[&str] = &[
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied (",
    "the requested url returned error: 401",
    "the requested url returned error: 403",
    "http basic: access denied",
    "invalid username or password",
];

/// What ssh says of the server's key, and of ours; git's own line below it names no reason.
const HOST_KEY: &str = "Host key verification failed";
const OWN_KEY: &str = "Permission denied (";

/// The repository on disk is not what git left there.
const CORRUPTED: &[&str] = &[
    "not a git repository",
    "bad object",
    "bad config",
    "bad numeric config",
    "bad tree object",
    "bad index",
    "index file corrupt",
    "index file smaller than expected",
    "bad signature",
    "is corrupt",
    "corrupt loose object",
    "object corrupt or missing",
    "object file",
    "inflate: data stream error",
    "unable to read",
    "unable to parse",
    "unable to unpack",
    "could not parse",
    "could not read",
    "missing blob",
    "missing tree",
    "missing commit",
    "missing object",
    "invalid object",
    "invalid index-pack output",
    "did not send all necessary objects",
    "remote did not send all",
    "packfile",
    "pack has",
    "broken link",
    "hash mismatch",
    "sha1 mismatch",
    "not a tree object",
    "not a commit",
    "cannot lock ref",
    "unable to resolve reference",
    "bad ref",
    "shallow file has changed",
    "error in object",
    "unresolved deltas",
    "invalid gitfile format",
    "unknown repository extension",
    "expected git repo version",
    "bad boolean config",
    "bad zlib",
    "fsck error",
];

/// The connection ended too soon.
const CUT: &[&str] = &[
    "early eof",
    "hung up unexpectedly",
    "unexpected disconnect",
    "bytes of body are still expected",
];

/// What git then also says, of a pack that did not come whole.
const BEHIND_CUT: &[&str] = &["invalid index-pack output", "index-pack failed", "packfile"];

/// A failed step of git.
#[derive(Debug)]
pub enum Failure {
    /// Locks of a killed process are in the way.
    Locked(String),
    /// Anything else.
    Error(GitError),
}

/// Sorts a failure by what was printed.
pub fn classify(step: &'static str, printed: &str) -> Failure {
    let told = printed.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| told.contains(phrase));
    let message = summary(printed);
    if says(DISK) {
        return Failure::Error(GitError::Disk(message));
    }
    if says(LOCKED) {
        return Failure::Locked(message);
    }
    if let Some(reference) = missing_reference(printed) {
        return Failure::Error(GitError::NoReference { reference });
    }
    if printed.contains(HOST_KEY) {
        return Failure::Error(GitError::UntrustedHost(message));
    }
    if says(DENIED) {
        return Failure::Error(GitError::Denied(message));
    }
    // What the server says of its own repository is no reason to make this one again.
    let is_cut = says(CUT);
    let own: Vec<&str> = told
        .lines()
        .filter(|line| !line.trim_start().starts_with("remote:"))
        .filter(|line| !is_cut || !BEHIND_CUT.iter().any(|phrase| line.contains(phrase)))
        .collect();
    let is_about_server = own.iter().any(|line| {
        line.contains("could not read from remote repository")
            || line.contains("does not appear to be a git repository")
            || line.contains("upload-pack: not our ref")
            || line.contains("unable to access")
            || line.contains("repository not found")
    });
    if !is_about_server
        && own
            .iter()
            .any(|line| CORRUPTED.iter().any(|phrase| line.contains(phrase)))
    {
        return Failure::Error(GitError::Corrupted(message));
    }
    Failure::Error(GitError::Other { step, message })
}

fn missing_reference(printed: &str) -> Option<String> {
    let (_, rest) = printed.split_once("couldn't find remote ref ")?;
    Some(rest.lines().next().unwrap_or_default().trim().to_owned())
}

/// The lines that say why, in one.
fn summary(printed: &str) -> String {
    let lines: Vec<&str> = printed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let is_reason = |line: &&str| {
        let starts = ["fatal:", "error:", "remote:", "ERROR:", "ssh:"];
        let parts = [HOST_KEY, OWN_KEY];
        starts.iter().any(|start| line.starts_with(start)) || parts.iter().any(|part| line.contains(part))
    };
    let reasons: Vec<&str> = lines.iter().copied().filter(is_reason).collect();
    let chosen = if reasons.is_empty() { lines } else { reasons };
    let first_lines = chosen.iter().take(6).copied().collect::<Vec<_>>().join("; ");
    if first_lines.is_empty() {
        "it said nothing".to_owned()
    } else {
        first_lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(printed: &str) -> &'static str {
        match classify("fetching", printed) {
            Failure::Locked(_) => "locked",
            Failure::Error(GitError::Disk(_)) => "disk",
            Failure::Error(GitError::Denied(_)) => "denied",
            Failure::Error(GitError::UntrustedHost(_)) => "host",
            Failure::Error(GitError::NoReference { .. }) => "reference",
            Failure::Error(GitError::Corrupted(_)) => "corrupted",
            Failure::Error(_) => "other",
        }
    }

    #[test]
    fn what_git_says_tells_the_kind() {
        for (printed, expected) in [
            (
                "fatal: Unable to create '/r/.git/shallow.lock': File exists.\n\nAnother git process",
                "locked",
            ),
            (
                "error: unable to write file x: No space left on device\nfatal: bad object",
                "disk",
            ),
            (
                "fatal: sha1 file 'tmp_pack_1' write error. Out of diskspace\nfatal: packfile x",
                "disk",
            ),
            ("fatal: couldn't find remote ref nowhere\n", "reference"),
            (
                "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://h/r'",
                "denied",
            ),
            (
                "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                "denied",
            ),
            (
                "No ED25519 host key is known for h.\nHost key verification failed.\nfatal: Could not read from remote repository.",
                "host",
            ),
            (
                "error: object file .git/objects/ab/cd is empty\nfatal: loose object abcd is corrupt",
                "corrupted",
            ),
            ("fatal: bad config line 1 in file .git/config", "corrupted"),
            ("fatal: not a git repository: '/r/.git'", "corrupted"),
            (
                "fatal: '/no/repo' does not appear to be a git repository\nfatal: Could not read from remote repository.",
                "other",
            ),
            (
                "fatal: unable to access 'https://h/': Could not resolve host: h",
                "other",
            ),
            (
                "remote: fatal: bad object on the server\nfatal: early EOF",
                "other",
            ),
            ("fatal: remote error: upload-pack: not our ref 0123", "other"),
            (
                "error: RPC failed; curl 18 transfer closed\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
                "other",
            ),
            (
                "error: object file x is empty\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
                "corrupted",
            ),
            ("fatal: fetch-pack: invalid index-pack output", "corrupted"),
            (
                "error: unable to write file big\nfatal: Could not reset index file to revision '01'.",
                "disk",
            ),
        ] {
            assert_eq!(kind(printed), expected, "{printed}");
        }
    }

    #[test]
    fn the_reasons_stand_in_one_line() {
        let Failure::Error(error) = classify("fetching", "From h\n * branch main\nfatal: early EOF\n") else {
            panic!("not an error");
        };
        assert_eq!(error.to_string(), "fetching failed: fatal: early EOF");
        // What ssh says matters more than what git makes of it.
        let printed = "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.\n\nPlease make sure";
        let Failure::Error(error) = classify("fetching", printed) else {
            panic!("not an error");
        };
        assert!(
            error.to_string().contains("Connection refused; fatal:"),
            "{error}"
        );
    }

    #[test]
    fn what_ssh_said_is_told() {
        for words in [
            "Host key verification failed.",
            "git@h: Permission denied (publickey).",
        ] {
            let printed = format!("{words}\r\nfatal: Could not read from remote repository.\n");
            let Failure::Error(error) = classify("fetching", &printed) else {
                panic!("{printed}");
            };
            assert!(error.to_string().starts_with(words), "{error}");
        }
    }
}
