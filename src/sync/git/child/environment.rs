//! What the child finds in its environment: nothing of git's, and where the certificate authorities are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::address::Address;
use super::protocol::Site;

/// Where OpenSSL looks for certificate authorities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorities {
    file: Option<PathBuf>,
    folder: Option<PathBuf>,
}

impl Authorities {
    /// Those of this file alone, or else those of the system.
    #[must_use]
    pub fn find(ca_file: Option<&Path>) -> Self {
        if let Some(file) = ca_file {
            return Self {
                file: Some(file.to_owned()),
                folder: None,
            };
        }
        let found = openssl_probe::probe();
        Self {
            file: found.cert_file,
            folder: found.cert_dir.into_iter().find(|folder| !is_empty(folder)),
        }
    }

    /// Whether there are any. A file that was named but is not there counts for none.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.file.as_deref().is_some_and(Path::is_file) || self.folder.is_some()
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

/// Whether a URL of plain http is asked through a proxy: libgit2 would go past it, straight to the server.
pub fn has_plain_proxy(option: Option<&str>, url: &str) -> bool {
    if Address::of(url) != (Address::Http { is_secure: false }) {
        return false;
    }
    let variable = |names: [&str; 2]| {
        let values = names.iter().filter_map(|name| std::env::var(name).ok());
        values.into_iter().find(|value| !value.is_empty())
    };
    let is_set = variable(["http_proxy", "HTTP_PROXY"]).or_else(|| variable(["all_proxy", "ALL_PROXY"]));
    option.is_some()
        || (is_set.is_some() && !is_spared(&variable(["no_proxy", "NO_PROXY"]).unwrap_or_default(), url))
}

/// Whether a list of hosts, as in `no_proxy`, holds that of the URL.
fn is_spared(list: &str, url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    list.split(',').map(str::trim).any(|name| {
        let suffix = name.trim_start_matches(['*', '.']);
        let is_below = |host: &str| host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
        name == "*" || (!suffix.is_empty() && (suffix == host || suffix == authority || is_below(host)))
    })
}

/// The variables of the child.
pub fn of_child(site: &Site, authorities: &Authorities) -> Vec<(OsString, OsString)> {
    // A path at which nothing can be: OpenSSL would otherwise take what was compiled into it.
    const NOWHERE: &str = "/dev/null/none";
    const PROXIES: [&str; 6] = [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "no_proxy",
        "NO_PROXY",
    ];
    let or_nowhere = |path: &Option<PathBuf>| path.clone().unwrap_or_else(|| NOWHERE.into()).into_os_string();
    let mut variables = vec![
        ("HOME".into(), site.home().into_os_string()),
        ("SSL_CERT_FILE".into(), or_nowhere(&authorities.file)),
        ("SSL_CERT_DIR".into(), or_nowhere(&authorities.folder)),
    ];
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    variables.extend(PROXIES.iter().filter_map(|name| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some((OsString::from(name), value))
    }));
    // libgit2 does not know this one, which curl and so git go by.
    for name in ["all_proxy", "ALL_PROXY"] {
        let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        for (lower, upper) in [("http_proxy", "HTTP_PROXY"), ("https_proxy", "HTTPS_PROXY")] {
            if !is_set(lower) && !is_set(upper) {
                variables.push((lower.into(), value.clone()));
            }
        }
        break;
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_spared_a_proxy_are_known() {
        let list = "localhost, .example.com,10.0.0.1:8080,*.example.org";
        for host in [
            "localhost:3000",
            "a.example.com",
            "u:p@example.com",
            "10.0.0.1:8080",
            "x.example.org",
        ] {
            assert!(is_spared(list, &format!("http://{host}/x")), "{host}");
        }
        for host in ["badexample.com", "10.0.0.1", "example.net"] {
            assert!(!is_spared(list, &format!("http://{host}/x")), "{host}");
        }
        assert!(is_spared("*", "http://anything/x"));
        assert!(!is_spared("", "http://anything/x"));
    }

    #[test]
    fn an_authority_that_is_not_there_is_none() {
        assert!(!Authorities::find(Some(Path::new("/nonexistent"))).are_there());
        assert!(Authorities::find(Some(Path::new("/dev/null"))).folder.is_none());
    }
}
