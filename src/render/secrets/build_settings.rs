//! `mounts/build/`: the network of this host, as image builds and dependency installs mount it.
//!
//! `env` is a POSIX shell file that a build step reads with `.`; `ca.crt` is a bundle of authorities, empty where
//! the images' own are enough. Neither has any influence on rendered files, so that hosts on different networks
//! render the same bytes.

use std::fs;
use std::path::Path;

use super::super::error::shown;
use super::caller::Caller;
use super::consumer::{self, Copy};
use super::error::SecretError;
use super::secret_text::SecretText;
use crate::model::{Build, Stack};

/// The consumer's name: the folder below `mounts/`.
pub const CONSUMER: &str = "build";

/// The names of the two in a container's folder: the paths there are those of a build step.
const IN_CONTAINERS: [&str; 2] = ["build_env", "build_ca"];

/// Where a build step finds the bundle.
const BUNDLE_IN_BUILD: &str = "/run/secrets/build_ca";

/// The bundles of the common systems; `[build] ca_file` is added to the first that is there.
const SYSTEM_BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Both files, for image builds and for each container that installs by itself.
pub fn copies(
    root: &Path,
    stack: &Stack,
    caller: &Caller,
    warnings: &mut Vec<String>,
) -> Result<Vec<Copy>, SecretError> {
    let build = &stack.build;
    let bundle = match &build.ca_file {
        Some(file) => extended_bundle(&root.join(file))?,
        None => callers_bundle(caller, warnings),
    };
    let credentials = match &build.index_credentials {
        Some(file) => Some(Credentials::read(&root.join(file))?),
        None => None,
    };
    let variables = variables(build, caller, credentials.as_ref(), !bundle.is_empty());
    let env = SecretText::new(shell_file(&variables).into_bytes());
    let bundle = SecretText::new(bundle);
    let copy = |name: &str, content: &SecretText| Copy {
        consumer: CONSUMER.to_owned(),
        name: name.to_owned(),
        content: Some(content.clone()),
        mode: 0o600,
        owner: None,
    };
    let mut copies = vec![copy("env", &env), copy("ca.crt", &bundle)];
    for service in stack
        .services
        .iter()
        .filter(|service| service.role.jobs().is_some())
    {
        let (mode, owner) = consumer::readable_by(service.user);
        for (name, content) in IN_CONTAINERS.into_iter().zip([&env, &bundle]) {
            copies.push(Copy {
                consumer: service.name.to_string(),
                mode,
                owner,
                ..copy(name, content)
            });
        }
    }
    Ok(copies)
}

/// The user and password of the package index, ready to stand in an address.
struct Credentials(String);

impl Credentials {
    fn read(path: &Path) -> Result<Self, SecretError> {
        let bytes = fs::read(path).map_err(SecretError::read(path))?;
        let line = SecretText::of_file(bytes);
        let mut halves = line.expose().splitn(2, |byte| *byte == b':');
        match (halves.next(), halves.next()) {
            (Some(user), Some(password)) if !user.is_empty() && !line.expose().contains(&b'\n') => {
                let encoded = |part: &[u8]| SecretText::new(part).percent_encoded();
                Ok(Self(format!("{}:{}", encoded(user), encoded(password))))
            }
            _ => Err(SecretError::IndexCredentials(shown(path))),
        }
    }

    fn added_to(&self, url: &str) -> String {
        match url.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{}@{rest}", self.0),
            None => url.to_owned(),
        }
    }
}

/// The variables of the `env` file, in its order.
fn variables(
    build: &Build,
    caller: &Caller,
    credentials: Option<&Credentials>,
    has_bundle: bool,
) -> Vec<(&'static str, String)> {
    let mut variables = Vec::new();
    let mut set = |names: &[&'static str], value: Option<String>| {
        if let Some(value) = value {
            variables.extend(names.iter().map(|name| (*name, value.clone())));
        }
    };
    let of_caller = |name: &str| caller.get(name).map(str::to_owned);
    let index = build.index_url.as_deref();
    // Another host must not get the password of the first one: it may be the public index.
    let with_credentials = |url: &str| match credentials {
        Some(credentials) if index.is_none_or(|index| host(index) == host(url)) => credentials.added_to(url),
        _ => url.to_owned(),
    };
    set(
        &["PIP_INDEX_URL"],
        index.map(with_credentials).or_else(|| of_caller("PIP_INDEX_URL")),
    );
    let extra: Vec<String> = build
        .extra_index_urls
        .iter()
        .map(|url| with_credentials(url))
        .collect();
    set(
        &["PIP_EXTRA_INDEX_URL"],
        if extra.is_empty() {
            of_caller("PIP_EXTRA_INDEX_URL")
        } else {
            Some(extra.join(" "))
        },
    );
    set(
        &[
            "PIP_CERT",
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
        ],
        has_bundle.then(|| BUNDLE_IN_BUILD.to_owned()),
    );
    let proxy = |name| build.proxy.clone().or_else(|| of_caller(name));
    set(&["HTTP_PROXY", "http_proxy"], proxy("HTTP_PROXY"));
    set(&["HTTPS_PROXY", "https_proxy"], proxy("HTTPS_PROXY"));
    set(
        &["NO_PROXY", "no_proxy"],
        if build.no_proxy.is_empty() {
            of_caller("NO_PROXY")
        } else {
            Some(build.no_proxy.join(","))
        },
    );
    variables
}

fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    rest.split('/').next().map(str::to_lowercase)
}

fn shell_file(variables: &[(&str, String)]) -> String {
    let lines: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", quoted(value)))
        .collect();
    lines.concat()
}

/// Text in single quotes, within which a POSIX shell changes nothing
/// (<https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_02_02>).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The system's authorities and the user's: pip and curl take one bundle in place of their own, and public hosts
/// must still be trusted.
fn extended_bundle(file: &Path) -> Result<Vec<u8>, SecretError> {
    let mut bundle = SYSTEM_BUNDLES
        .iter()
        .find_map(|path| fs::read(path).ok())
        .unwrap_or_default();
    if !bundle.is_empty() && !bundle.ends_with(b"\n") {
        bundle.push(b'\n');
    }
    bundle.extend(fs::read(file).map_err(SecretError::read(file))?);
    Ok(bundle)
}

/// The bundle that the calling shell names, as it is: there it stands in place of the system's already.
fn callers_bundle(caller: &Caller, warnings: &mut Vec<String>) -> Vec<u8> {
    let names = [
        "PIP_CERT",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ];
    for (name, path) in names.iter().filter_map(|name| Some((name, caller.get(name)?))) {
        match fs::read(path) {
            Ok(bundle) => return bundle,
            Err(error) => warnings.push(format!(
                "`{name}` names `{path}`, which can't be read ({error}); builds do without it"
            )),
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build() -> Build {
        Build {
            index_url: Some("https://pypi.example.com/simple".to_owned()),
            extra_index_urls: vec![
                "https://PyPI.example.com/team/simple".to_owned(),
                "https://pypi.org/simple".to_owned(),
            ],
            ..Build::default()
        }
    }

    fn text(build: &Build, caller: &Caller, credentials: Option<&str>, has_bundle: bool) -> String {
        let credentials = credentials.map(|text| Credentials(text.to_owned()));
        shell_file(&variables(build, caller, credentials.as_ref(), has_bundle))
    }

    #[test]
    fn nothing_said_is_nothing_exported() {
        assert_eq!(text(&Build::default(), &Caller::default(), None, false), "");
    }

    #[test]
    fn credentials_go_to_their_own_host_only() {
        assert_eq!(
            text(&build(), &Caller::default(), Some("me:s3%40"), false),
            "export PIP_INDEX_URL='https://me:s3%40@pypi.example.com/simple'\n\
             export PIP_EXTRA_INDEX_URL='https://me:s3%40@PyPI.example.com/team/simple https://pypi.org/simple'\n"
        );
    }

    #[test]
    fn the_shell_stands_in_where_the_file_is_silent() {
        let caller = Caller::new(|name| match name {
            "PIP_INDEX_URL" => Some("https://other.example.com".to_owned()),
            "https_proxy" => Some("http://it's:3128".to_owned()),
            "NO_PROXY" => Some("localhost,.example.com".to_owned()),
            "HTTP_PROXY" => Some(String::new()),
            _ => None,
        });
        let build = Build {
            extra_index_urls: Vec::new(),
            ..build()
        };
        assert_eq!(
            text(&build, &caller, None, true),
            "export PIP_INDEX_URL='https://pypi.example.com/simple'\n\
             export PIP_CERT='/run/secrets/build_ca'\n\
             export SSL_CERT_FILE='/run/secrets/build_ca'\n\
             export REQUESTS_CA_BUNDLE='/run/secrets/build_ca'\n\
             export CURL_CA_BUNDLE='/run/secrets/build_ca'\n\
             export HTTPS_PROXY='http://it'\\''s:3128'\n\
             export https_proxy='http://it'\\''s:3128'\n\
             export NO_PROXY='localhost,.example.com'\n\
             export no_proxy='localhost,.example.com'\n"
        );
        assert!(!format!("{caller:?}").contains("3128"));
    }

    #[test]
    fn credentials_are_one_line_of_two_halves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            Credentials::read(&path)
                .map(|credentials| credentials.0)
                .map_err(|error| error.to_string())
        };
        assert_eq!(read("a b:c:d\n").unwrap(), "a%20b:c%3Ad");
        for wrong in ["", "user\n", ":x", "a:b\nc:d\n"] {
            let told = read(wrong).unwrap_err();
            assert!(told.ends_with("does not hold `user:password`"), "{told}");
        }
    }
}
