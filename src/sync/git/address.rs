//! What a repository's URL says: how it is spoken to, and which login is meant for it. Pure.

use super::Login;

/// How a repository is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `http://` or `https://`.
    Http {
        /// Whether it is https.
        is_secure: bool,
    },
    /// `ssh://user@host:port/path` or `user@host:path`.
    Ssh {
        /// The host's name or address, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// `git://`.
    Daemon,
    /// `file://` or a path.
    Local,
}

impl Address {
    /// Reads a URL in any form that git takes.
    #[must_use]
    pub fn of(url: &str) -> Self {
        let Some((scheme, rest)) = url.split_once("://") else {
            // Brackets stand around what holds colons of its own.
            let host = match url.split_once("]:") {
                Some((host, _)) if host.contains('[') => Some(&url[..=host.len()]),
                _ => url.split_once(':').map(|(host, _)| host),
            };
            // As git sees it: a slash before the colon makes it a path.
            return match host {
                Some(host) if !host.contains('/') && !host.is_empty() => Self::ssh(host),
                _ => Self::Local,
            };
        };
        match scheme.to_ascii_lowercase().as_str() {
            "http" => Self::Http { is_secure: false },
            "https" => Self::Http { is_secure: true },
            "ssh" | "git+ssh" | "ssh+git" => Self::ssh(rest.split('/').next().unwrap_or_default()),
            "git" => Self::Daemon,
            _ => Self::Local,
        }
    }

    fn ssh(authority: &str) -> Self {
        const PORT: u16 = 22;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = host.strip_prefix('[').unwrap_or(host);
        let (host, port) = match host.split_once(']') {
            // `[host:port]` as opposed to `[::1]:port`.
            Some((host, _)) if host.matches(':').count() == 1 => host.split_once(':').unwrap_or((host, "")),
            Some((host, port)) => (host, port.trim_start_matches(':')),
            None => host.split_once(':').unwrap_or((host, "")),
        };
        Self::Ssh {
            host: host.to_owned(),
            port: port.parse().unwrap_or(PORT),
        }
    }
}

/// The login for a URL: of those whose URL it lies below, the longest; of equals the last. Else, as with git's own
/// cache, any for the same server: a submodule beside its repository is mostly read by the same token.
#[must_use]
pub fn login_for<'a>(logins: &'a [Login], url: &str) -> Option<&'a Login> {
    let wanted = Parts::of(url)?;
    let fits = logins.iter().filter_map(|login| {
        let parts = Parts::of(&login.url)?;
        let nearness = wanted.is_below(&parts).then_some(parts.path.len());
        (parts.place == wanted.place).then_some((nearness, login))
    });
    fits.max_by_key(|(nearness, _)| *nearness).map(|(_, login)| login)
}

/// Whether what is meant for the server of `meant` may be told to that of `url`, where a redirect led: it must be the
/// same, down to the port, or the same over TLS.
#[must_use]
pub fn is_same_server(url: &str, meant: &str) -> bool {
    let (Some(url), Some(meant)) = (Parts::of(url), Parts::of(meant)) else {
        return url == meant;
    };
    let is_same_over_tls = || {
        let host = meant.place.strip_prefix("http://");
        host.is_some_and(|host| !host.contains(':') && url.place == format!("https://{host}"))
    };
    url.place == meant.place || is_same_over_tls()
}

struct Parts {
    /// Scheme, host and port, in one spelling.
    place: String,
    path: String,
}

impl Parts {
    fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let port = match scheme.as_str() {
            "http" => ":80",
            "https" => ":443",
            "ssh" => ":22",
            _ => "",
        };
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(port).unwrap_or(&authority);
        let path = path.trim_end_matches('/');
        Some(Self {
            place: format!("{scheme}://{authority}"),
            path: path.strip_suffix(".git").unwrap_or(path).to_owned(),
        })
    }

    fn is_below(&self, other: &Self) -> bool {
        match self.path.strip_prefix(other.path.as_str()) {
            Some(rest) => rest.is_empty() || rest.starts_with('/') || other.path.is_empty(),
            None => false,
        }
    }
}

/// The URL of a submodule, which may be relative to the URL of the repository that holds it.
#[must_use]
pub fn resolve(parent: &str, url: &str) -> String {
    if !url.starts_with("./") && !url.starts_with("../") {
        return url.to_owned();
    }
    let mut base = parent.trim_end_matches('/').to_owned();
    let mut rest = url;
    loop {
        if let Some(next) = rest.strip_prefix("./") {
            rest = next;
        } else if let Some(next) = rest.strip_prefix("../") {
            rest = next;
            let root = base.find("://").map_or(0, |index| index + "://".len());
            match base[root..].rfind('/') {
                Some(index) => base.truncate(root + index),
                // `host:repo` has its parent behind the colon.
                None => match base[root..].rfind(':') {
                    Some(index) => {
                        base.truncate(root + index);
                        return format!("{base}:{}", rest.trim_end_matches('/'));
                    }
                    None => break,
                },
            }
        } else {
            break;
        }
    }
    format!("{base}/{}", rest.trim_end_matches('/'))
}

/// A text without the users and passwords of the URLs in it, and without these secrets.
#[must_use]
pub fn redact(text: &str, secrets: &[&str]) -> String {
    const HIDDEN: &str = "***";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = behind
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"' || c == '`')
            .unwrap_or(behind.len());
        rest = match behind[..end].rfind('@') {
            Some(at) => {
                shown.push_str(HIDDEN);
                &behind[at..]
            }
            None => behind,
        };
    }
    shown.push_str(rest);
    secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(shown, |shown, secret| shown.replace(secret, HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ssh(host: &str, port: u16) -> Address {
        Address::Ssh {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn every_form_of_a_url_is_known() {
        let cases = [
            ("https://example.com/a.git", Address::Http { is_secure: true }),
            ("HTTP://example.com/a", Address::Http { is_secure: false }),
            ("ssh://git@example.com:2222/a", ssh("example.com", 2222)),
            ("ssh://git@[::1]:2222/a", ssh("::1", 2222)),
            ("ssh://example.com/a", ssh("example.com", 22)),
            ("git@example.com:a/b.git", ssh("example.com", 22)),
            ("git@[::1]:a/b.git", ssh("::1", 22)),
            ("[git@example.com:2222]:a/b.git", ssh("example.com", 2222)),
            ("git://example.com/a", Address::Daemon),
            ("file:///srv/a", Address::Local),
            ("/srv/a:b", Address::Local),
            ("../a", Address::Local),
        ];
        for (url, address) in cases {
            assert_eq!(Address::of(url), address, "{url}");
        }
    }

    fn login(url: &str) -> Login {
        Login {
            url: url.to_owned(),
            username: url.to_owned(),
            password: String::new(),
        }
    }

    #[test]
    fn the_nearest_login_counts() {
        let logins = [
            login("https://example.com"),
            login("https://example.com/team"),
            login("https://example.com/team/app.git"),
        ];
        let found = |url| login_for(&logins, url).map(|login| login.url.as_str());
        assert_eq!(found("https://example.com/other"), Some("https://example.com"));
        assert_eq!(
            found("https://EXAMPLE.com:443/team/x"),
            Some("https://example.com/team")
        );
        assert_eq!(
            found("https://example.com/team/app"),
            Some("https://example.com/team/app.git")
        );
        assert_eq!(found("https://example.com/teammate"), Some("https://example.com"));
        assert_eq!(found("http://example.com/team"), None);
        assert_eq!(found("https://example.com.evil.org/team"), None);
        let beside = [login("https://example.com/team/app")];
        let found = |url| login_for(&beside, url).map(|login| login.url.as_str());
        assert_eq!(
            found("https://example.com/team/library"),
            Some("https://example.com/team/app")
        );
        assert_eq!(found("https://example.com:8443/team/app"), None);
    }

    #[test]
    fn a_password_stays_with_its_server() {
        let meant = "http://example.com/x";
        for url in [
            "http://EXAMPLE.com:80/y",
            "https://example.com/x",
            "https://example.com:443/x",
        ] {
            assert!(is_same_server(url, meant), "{url}");
        }
        for url in [
            "http://example.com:8080/x",
            "https://example.com:8443/x",
            "http://example.com.evil.org/x",
            "http://example.com@evil.org/x",
        ] {
            assert!(!is_same_server(url, meant), "{url}");
        }
        assert!(!is_same_server("http://example.com/x", "https://example.com/x"));
        assert!(!is_same_server(
            "https://example.com/x",
            "http://example.com:3000/x"
        ));
        assert!(is_same_server("git@example.com:x", "git@example.com:x"));
    }

    #[test]
    fn a_submodule_is_found_beside_its_parent() {
        let cases = [
            ("https://h/a/b.git", "../c.git", "https://h/a/c.git"),
            ("https://h/a/b", "../../c", "https://h/c"),
            ("https://h/a/b/", "./c", "https://h/a/b/c"),
            ("git@h:a/b", "../c", "git@h:a/c"),
            ("git@h:b", "../c", "git@h:c"),
            ("/srv/a/b", "../c", "/srv/a/c"),
            ("https://h/a", "ssh://x/y", "ssh://x/y"),
        ];
        for (parent, url, resolved) in cases {
            assert_eq!(resolve(parent, url), resolved, "{parent} + {url}");
        }
    }

    #[test]
    fn no_credential_is_shown() {
        assert_eq!(
            redact(
                "can't reach https://me:pw@h/x and 'http://h/y@z' hunter2",
                &["hunter2", ""]
            ),
            "can't reach https://***@h/x and 'http://h/y@z' ***"
        );
    }
}
