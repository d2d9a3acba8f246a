//! The repository of a sync: its forms, and what must not stand in it.

use toml::Spanned;

use super::super::problems::Problems;
use super::super::secret_in_clear;
use super::super::table::Table;
use super::Sync;
use crate::diagnostic::{Code, Diagnostic, quoted};

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// Over HTTP, with what stands before the host, if anything does.
    Http {
        /// `user` or `user:password`.
        login: Option<&'a str>,
    },
    /// Over SSH, on this host.
    Ssh {
        /// The host.
        host: &'a str,
        /// The port, where it is not the usual one.
        port: Option<&'a str>,
    },
    /// A folder in the container.
    Path,
}

/// Takes an address apart; none where it has no form that git knows.
pub fn way(repo: &str) -> Option<Way<'_>> {
    let authority = |rest: &'_ str| rest.len() - rest.split('/').next().unwrap_or(rest).len();
    if let Some(rest) = ["https://", "http://"]
        .iter()
        .find_map(|scheme| repo.strip_prefix(scheme))
    {
        let (before, path) = rest.split_at(rest.len() - authority(rest));
        let (login, host) = match before.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, before),
        };
        return (!host.is_empty() && path.len() > 1).then_some(Way::Http { login });
    }
    if let Some(rest) = repo.strip_prefix("ssh://") {
        let before = rest.split('/').next().unwrap_or(rest);
        let address = before.rsplit_once('@').map_or(before, |(_, address)| address);
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        };
        return (!host.is_empty() && rest.len() > before.len() + 1).then_some(Way::Ssh { host, port });
    }
    if repo.starts_with('/')
        || repo
            .strip_prefix("file://")
            .is_some_and(|path| path.starts_with('/'))
    {
        return Some(Way::Path);
    }
    let (before, path) = repo.split_once(':')?;
    let host = before.rsplit_once('@').map_or(before, |(_, host)| host);
    let is_short = !before.contains('/') && !host.is_empty() && !path.is_empty() && !path.starts_with("//");
    is_short.then_some(Way::Ssh { host, port: None })
}

/// The last part of an address without `.git`, as git itself names a clone.
pub fn base_name(repo: &str) -> &str {
    let path = repo.trim_end_matches('/');
    let name = path.rsplit(['/', ':']).next().unwrap_or(path);
    name.strip_suffix(".git").unwrap_or(name)
}

impl Sync {
    /// The repository, where it can be reached with what else the table says.
    pub(super) fn checked_repo(&self, key: &Spanned<String>, problems: &mut Problems) -> Option<String> {
        let Some(repo) = &self.repo else {
            if !self.unreadable().contains(&"repo") {
                problems.push(
                    Diagnostic::error(
                        Code::MissingKey,
                        key.span(),
                        "nothing says which repository is synced",
                    )
                    .help("write `repo = \"https://…\"`"),
                );
            }
            return None;
        };
        let text = repo.get_ref();
        let checked = way(text);
        problems.within("repo", |problems| match checked {
            Some(Way::Http { login: Some(_) }) => problems.push(
                Diagnostic::error(Code::SecretInClear, repo.span(), "the address holds credentials").help(
                    "write the address alone, `username = \"…\"`, and `password = \"NAME\"` for a secret under `[secrets]`",
                ),
            ),
            None => problems.push(
                Diagnostic::error(
                    Code::InvalidValue,
                    repo.span(),
                    format!("{} is not the address of a repository", quoted(text)),
                )
                .help("write `https://HOST/PATH.git`, `ssh://USER@HOST/PATH.git` or `USER@HOST:PATH.git`"),
            ),
            Some(_) => {
                if let Some(reason) = secret_in_clear::suspect_text(text) {
                    problems.push(
                        Diagnostic::error(Code::SecretInClear, repo.span(), "the address holds a secret")
                            .labelled(reason)
                            .help("put it into a secret, and name that as `password`"),
                    );
                }
            }
        });
        if let Some(Way::Ssh { host, port }) = checked {
            self.check_ssh(repo, host, port, problems);
        }
        checked.map(|_| text.clone())
    }

    /// SSH without a key gets nowhere, and without the server's keys it would trust anybody.
    fn check_ssh(&self, repo: &Spanned<String>, host: &str, port: Option<&str>, problems: &mut Problems) {
        let is_missing = |key: &str, is_there: bool| !is_there && !self.unreadable().contains(&key);
        if is_missing("known_hosts", self.known_hosts.is_some()) {
            let option = port.map_or_else(String::new, |port| format!("-p {port} "));
            problems.push(
                Diagnostic::error(
                    Code::MissingKey,
                    repo.span(),
                    "nothing says which key this SSH server has, so anybody could stand in for it",
                )
                .help(format!(
                    "type `ssh-keyscan {option}{host} > known_hosts`, compare the keys with those that the host publishes, and write `known_hosts = \"known_hosts\"`"
                )),
            );
        }
        if is_missing("ssh_key", self.ssh_key.is_some()) {
            problems.push(
                Diagnostic::error(Code::MissingKey, repo.span(), "nothing says with which key to log in").help(
                    "write `ssh_key = \"NAME\"`, and `NAME = { file = \"…\" }` under `[secrets]` for the private key",
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_address_is_known() {
        let ssh = |host, port| Some(Way::Ssh { host, port });
        for (repo, expected) in [
            ("https://example.com/a/b.git", Some(Way::Http { login: None })),
            (
                "https://u:p@example.com/b",
                Some(Way::Http { login: Some("u:p") }),
            ),
            ("http://git:8080/jobs.git", Some(Way::Http { login: None })),
            ("ssh://git@example.com/a.git", ssh("example.com", None)),
            (
                "ssh://git@example.com:2222/a.git",
                ssh("example.com", Some("2222")),
            ),
            ("git@example.com:a/b.git", ssh("example.com", None)),
            ("/srv/a.git", Some(Way::Path)),
            ("file:///srv/a.git", Some(Way::Path)),
            ("https://example.com", None),
            ("https:///x", None),
            ("example.com/a", None),
            ("ftp://example.com/a", None),
            ("", None),
            (":", None),
        ] {
            assert_eq!(way(repo), expected, "{repo}");
        }
    }

    #[test]
    fn a_link_is_named_as_git_names_a_clone() {
        for (repo, name) in [
            ("https://example.com/a/docker_test.git", "docker_test"),
            ("git@example.com:jobs.git", "jobs"),
            ("/srv/jobs/", "jobs"),
        ] {
            assert_eq!(base_name(repo), name);
        }
    }
}
