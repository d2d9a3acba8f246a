//! URLs that may hold a user and a password.

/// A URL taken apart, where its text has that form.
struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    rest: &'a str,
}

/// A user and perhaps a password from a URL.
#[derive(Debug, PartialEq, Eq)]
pub struct UserInfo {
    /// The user; may be empty.
    pub username: String,
    /// The password.
    pub password: Option<String>,
}

fn parts(url: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if !is_scheme {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let parts = match rest[..end].rsplit_once('@') {
        Some((user, _)) => Parts {
            scheme,
            user: Some(user),
            rest: &rest[user.len() + 1..],
        },
        None => Parts {
            scheme,
            user: None,
            rest,
        },
    };
    Some(parts)
}

/// Takes user and password out of a URL. The user of other schemes than HTTP is part of the address and stays.
pub fn take_out(url: &str) -> (String, Option<UserInfo>) {
    let Some(parts) = parts(url) else {
        return (url.to_owned(), None);
    };
    let Some(user) = parts.user else {
        return (url.to_owned(), None);
    };
    let (name, password) = user
        .split_once(':')
        .map_or((user, None), |(name, password)| (name, Some(password)));
    let scheme = parts.scheme.to_ascii_lowercase();
    if matches!(scheme.as_str(), "http" | "https") {
        let info = UserInfo {
            username: decoded(name),
            password: password.map(decoded),
        };
        return (format!("{}://{}", parts.scheme, parts.rest), Some(info));
    }
    (format!("{}://{name}@{}", parts.scheme, parts.rest), None)
}

/// Whether a URL names a user.
pub fn has_user(url: &str) -> bool {
    parts(url).is_some_and(|parts| parts.user.is_some())
}

/// A URL as it may be seen: neither user nor password of HTTP, no password of others.
pub fn shown(url: &str) -> String {
    take_out(url).0
}

/// Scheme and host of a URL, where the rest may be secret.
pub fn host(url: &str) -> String {
    let Some(parts) = parts(url) else {
        return "***".to_owned();
    };
    let end = parts.rest.find(['/', '?', '#']).unwrap_or(parts.rest.len());
    let more = if end < parts.rest.len() { "/…" } else { "" };
    format!("{}://{}{more}", parts.scheme, &parts.rest[..end])
}

/// Whether it is a path of this host, or a URL of one.
pub fn is_local(url: &str) -> bool {
    match parts(url) {
        Some(parts) => parts.scheme.eq_ignore_ascii_case("file"),
        // `host:path` is ssh, unless a slash comes first.
        None => url.find(':').is_none_or(|colon| url[..colon].contains('/')),
    }
}

/// Resolves `%40` and the like; what is not of that form stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                decoded.push(byte);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(username: &str, password: Option<&str>) -> Option<UserInfo> {
        Some(UserInfo {
            username: username.to_owned(),
            password: password.map(str::to_owned),
        })
    }

    #[test]
    fn user_and_password_are_taken_out() {
        for (url, left, found) in [
            ("https://a:b@host/x", "https://host/x", info("a", Some("b"))),
            ("https://token@host:8/x", "https://host:8/x", info("token", None)),
            (
                "http://a%40b:c%3Ad@host/x@y",
                "http://host/x@y",
                info("a@b", Some("c:d")),
            ),
            ("https://a:p@ss@host/x", "https://host/x", info("a", Some("p@ss"))),
            ("HTTPS://a:b@host", "HTTPS://host", info("a", Some("b"))),
            ("https://host/a@b", "https://host/a@b", None),
            ("ssh://git:pw@host/x", "ssh://git@host/x", None),
            ("git@host:x", "git@host:x", None),
            ("/srv/git/x", "/srv/git/x", None),
        ] {
            assert_eq!(take_out(url), (left.to_owned(), found), "{url}");
        }
        assert!(has_user("ssh://git@host/x") && !has_user("git@host:x") && !has_user("https://h/@"));
    }

    #[test]
    fn what_may_be_secret_is_hidden() {
        assert_eq!(host("https://u:p@h:1/services/T0/B0?token=x"), "https://h:1/…");
        assert_eq!(host("http://h"), "http://h");
        assert_eq!(host("not a url"), "***");
    }

    #[test]
    fn paths_and_file_urls_are_local() {
        for url in ["/srv/x", "./x", "file:///srv/x", "../a:b"] {
            assert!(is_local(url), "{url}");
        }
        for url in ["git@host:x", "host:x", "https://host/x", "ssh://host/x"] {
            assert!(!is_local(url), "{url}");
        }
    }
}
