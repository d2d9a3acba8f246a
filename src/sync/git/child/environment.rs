//! What the child finds in its environment: nothing of git's, and where the certificate authorities are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

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
