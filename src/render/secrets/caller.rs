//! What the calling shell says about package indexes, proxies and authorities.

use std::collections::BTreeMap;

/// Variables that stand in where `[build]` is silent. They may hold credentials, so `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Caller(BTreeMap<String, String>);

/// Every variable that is looked at; the lower-case twins of proxies count as well.
const NAMES: [&str; 9] = [
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_CERT",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
];

impl Caller {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// The variables that `look_up` knows.
    pub fn new(look_up: impl Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            let value = look_up(name).or_else(|| look_up(&name.to_lowercase()))?;
            (!value.is_empty()).then_some(value)
        };
        let found = NAMES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), find(name)?)));
        Self(found.collect())
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
