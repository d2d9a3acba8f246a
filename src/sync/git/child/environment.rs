//! What the child finds in its environment: nothing of git's, and where the certificate authorities are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::address::Address;
use super::protocol::{Call, Site};

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
            folder: found.cert_dir.into_iter().find(|folder| has_certificates(folder)),
        }
    }

    /// Whether there are any. A file that was named but is not there counts for none.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.file.as_deref().is_some_and(Path::is_file) || self.folder.is_some()
    }
}

/// Whether OpenSSL would find any certificate there: it looks for names such as `5ad8a5d6.0`.
fn has_certificates(folder: &Path) -> bool {
    const HASH: usize = 8;
    let is_hashed = |name: &str| {
        let hash = name.split_once('.').map_or("", |(hash, _)| hash);
        hash.len() == HASH && hash.bytes().all(|b| b.is_ascii_hexdigit())
    };
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| is_hashed(&entry.file_name().to_string_lossy()))
    })
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

fn may_speak_tls(site: &Site, call: &Call) -> bool {
    let is_https = Address::of(&site.repo) == (Address::Http { is_secure: true });
    match call {
        // A server may lead elsewhere by a redirect, and submodules may lie anywhere.
        Call::Fetch | Call::Look { pinned: None, .. } => {
            is_https || Address::of(&site.repo) == (Address::Http { is_secure: false })
        }
        Call::CheckOut { .. } => true,
        Call::Prepare | Call::Look { .. } => site.is_distrusted(),
        Call::Verify { .. } | Call::Tidy => false,
    }
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

/// The variables of the child. Reading the authorities takes longer than all else, so it gets them only to speak TLS.
pub fn of_child(site: &Site, call: &Call, authorities: &Authorities) -> Vec<(OsString, OsString)> {
    const PROXIES: [&str; 6] = [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "no_proxy",
        "NO_PROXY",
    ];
    // Places that are there and hold no certificate: git2 replaces one that is missing by the system's.
    let (mut file, mut folder) = (PathBuf::from("/dev/null"), site.own());
    if may_speak_tls(site, call) {
        file = authorities.file.clone().unwrap_or(file);
        folder = authorities.folder.clone().unwrap_or(folder);
    }
    let mut variables = vec![
        ("HOME".into(), site.home().into_os_string()),
        ("SSL_CERT_FILE".into(), file.into_os_string()),
        ("SSL_CERT_DIR".into(), folder.into_os_string()),
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

    fn site(repo: &str) -> Site {
        Site {
            root: "/root-of-sync".into(),
            repo: repo.to_owned(),
            reference: String::new(),
            depth: 0,
            submodules: crate::sync::options::Submodules::Off,
            git_config: Vec::new(),
            ssh_key_files: Vec::new(),
            ssh_known_hosts: None,
            proxy: None,
        }
    }

    #[test]
    fn a_given_authority_is_the_only_one_and_is_read_for_tls_alone() {
        let authorities = Authorities::find(Some(Path::new("/ca.pem")));
        let of = |repo: &str, call: &Call| {
            let variables = of_child(&site(repo), call, &authorities);
            let value = |wanted: &str| {
                let found = variables.iter().find(|(name, _)| name == wanted).unwrap();
                found.1.to_str().unwrap().to_owned()
            };
            assert_eq!(value("SSL_CERT_DIR"), "/root-of-sync/.git/stackctl");
            value("SSL_CERT_FILE")
        };
        assert_eq!(of("https://h/x", &Call::Fetch), "/ca.pem");
        assert_eq!(of("https://h/x", &Call::Tidy), "/dev/null");
        assert_eq!(of("git@h:x", &Call::Fetch), "/dev/null");
    }

    #[test]
    fn only_hashed_names_are_certificates() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("openssl.cnf"), "").unwrap();
        assert!(!has_certificates(folder.path()));
        std::fs::write(folder.path().join("5ad8a5d6.0"), "").unwrap();
        assert!(has_certificates(folder.path()));
    }

    #[test]
    fn an_authority_that_is_not_there_is_none() {
        assert!(!Authorities::find(Some(Path::new("/nonexistent"))).are_there());
        assert!(Authorities::find(Some(Path::new("/dev/null"))).folder.is_none());
    }
}
