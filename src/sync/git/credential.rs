//! git asks for a user and a password by its credential protocol, and gets them from a file in memory.
//!
//! git runs `stackctl git-credential /proc/self/fd/N get`, where N is inherited from sync: no secret is in an
//! argument, a variable or a file on disk.

use std::collections::BTreeMap;

use super::Login;

/// The answer to what git asks on stdin of its helper; none where no login fits.
#[must_use]
pub fn answer(question: &str, logins: &[Login]) -> Option<String> {
    let asked: BTreeMap<&str, &str> = question.lines().filter_map(|line| line.split_once('=')).collect();
    let get = |key| asked.get(key).copied().unwrap_or_default();
    let wanted = Place {
        protocol: get("protocol"),
        host: get("host"),
        path: get("path").trim_matches('/'),
    };
    let user = asked.get("username").copied().filter(|user| !user.is_empty());
    let fitting = logins.iter().filter(|login| {
        let place = Place::of(&login.url);
        (place.protocol, place.host) == (wanted.protocol, wanted.host)
            && user.is_none_or(|user| user == login.username)
    });
    // The longest URL that the wanted one lies below; else any of the same host, as git's own cache does it. Of equal
    // ones the first: `max_by_key` would take the last.
    let login = fitting.rev().max_by_key(|login| {
        let path = Place::of(&login.url).path;
        let is_above = path.is_empty()
            || wanted.path == path
            || wanted
                .path
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'));
        (is_above, if is_above { path.len() } else { 0 })
    })?;
    Some(format!(
        "username={}\npassword={}\n",
        login.username, login.password
    ))
}

/// What git tells apart in a URL.
struct Place<'a> {
    protocol: &'a str,
    host: &'a str,
    path: &'a str,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Self {
        let (protocol, rest) = url.split_once("://").unwrap_or(("", url));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Self {
            protocol,
            host,
            path: path.trim_matches('/'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(url: &str, username: &str) -> Login {
        Login {
            url: url.to_owned(),
            username: username.to_owned(),
            password: format!("secret of {username}"),
        }
    }

    #[test]
    fn the_nearest_login_of_the_host_answers() {
        let logins = [
            login("https://one.example/org/repo", "repo"),
            login("https://one.example/org/", "org"),
            login("https://other.example:8443", "other"),
            login("file:///srv/repo", "file"),
        ];
        for (question, user) in [
            ("protocol=https\nhost=one.example\npath=org/repo\n", Some("repo")),
            (
                "protocol=https\nhost=one.example\npath=org/repository\n",
                Some("org"),
            ),
            (
                "protocol=https\nhost=one.example\npath=org/sub/deep.git\n",
                Some("org"),
            ),
            ("protocol=https\nhost=one.example\npath=else\n", Some("repo")),
            ("protocol=https\nhost=one.example\n\n", Some("repo")),
            ("protocol=https\nhost=one.example\nusername=org\n", Some("org")),
            ("protocol=https\nhost=one.example\nusername=nobody\n", None),
            ("protocol=https\nhost=other.example:8443\npath=a\n", Some("other")),
            ("protocol=http\nhost=one.example\npath=org/repo\n", None),
            ("protocol=file\nhost=\npath=srv/repo\n", Some("file")),
            ("protocol=https\nhost=elsewhere.example\n", None),
        ] {
            let expected = user.map(|user| format!("username={user}\npassword=secret of {user}\n"));
            assert_eq!(answer(question, &logins), expected, "{question}");
        }
    }
}
