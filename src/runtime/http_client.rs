//! Small HTTP requests to hooks and token services: over HTTP or HTTPS, with a deadline, perhaps through a proxy.

use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::{Method, Request, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Proxy};

/// Redirects that are followed where any are.
const REDIRECTS: u32 = 10;
/// Bytes of an answer that are read; the rest is left out.
const LONGEST: u64 = 64 * 1024;

/// How servers are reached.
#[derive(Debug, Clone, Default)]
pub struct HttpClient {
    /// Certificate authorities in PEM, in place of the system's. Read for each request.
    pub ca_file: Option<PathBuf>,
    /// The proxy's URL; without one, the usual variables are looked at.
    pub proxy: Option<String>,
}

/// A request without a body.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL.
    pub url: &'a str,
    /// Headers, by name and value.
    pub headers: &'a [(&'a str, &'a str)],
    /// Time that all of it may take.
    pub timeout: Duration,
    /// Whether to go where the answer sends one.
    pub follows: bool,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its beginning.
    pub body: String,
}

/// Why there is no answer. No message holds the URL, which may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The authorities can't be read.
    #[error("can't read the certificate authorities in `{}`", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no certificate.
    #[error("`{}` holds no certificate in PEM", .0.display())]
    NoAuthority(PathBuf),
    /// The URL can't be read.
    #[error("this is not the URL of an HTTP server")]
    Url,
    /// Method, URL or header can't be.
    #[error("the request can't be made: {0}")]
    Request(ureq::http::Error),
    /// The proxy's URL can't be.
    #[error("the proxy's URL can't be read")]
    Proxy,
    /// It took too long.
    #[error("no answer within {}ms", .0.as_millis())]
    Timeout(Duration),
    /// The server could not be reached or understood.
    #[error("{0}")]
    Failed(String),
}

impl HttpClient {
    /// Sends it and waits for the answer.
    pub fn send(&self, call: &Call<'_>) -> Result<Answer, HttpError> {
        let until = Instant::now() + call.timeout;
        let method = Method::from_bytes(call.method.as_bytes());
        let mut method = method.map_err(|error| HttpError::Request(error.into()))?;
        let mut url: Uri = call.url.parse().map_err(|_| HttpError::Url)?;
        let first = url.clone();
        let mut left = if call.follows { REDIRECTS } else { 0 };
        loop {
            // A secret in a header belongs to the first server alone.
            let is_trusted = is_same_server(&first, &url);
            let headers = call
                .headers
                .iter()
                .filter(|(name, _)| is_trusted || *name != "Authorization");
            let mut request = Request::builder().method(method.clone()).uri(url.clone());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let request = request.body(()).map_err(HttpError::Request)?;
            let (answer, location) = self.send_once(request, until, call.timeout)?;
            let Some(location) = location.filter(|_| call.follows) else {
                return Ok(answer);
            };
            if left == 0 {
                return Err(HttpError::Failed("it redirects without end".to_owned()));
            }
            left -= 1;
            url = moved(&url, &location).ok_or(HttpError::Url)?;
            if !matches!(answer.status, 307 | 308) && method != Method::HEAD {
                method = Method::GET;
            }
        }
    }

    /// Sends a request, and gives back where its answer sends one to. ureq's own way follows no 307 of a POST.
    fn send_once(
        &self,
        request: Request<()>,
        until: Instant,
        timeout: Duration,
    ) -> Result<(Answer, Option<String>), HttpError> {
        let proxy = self.proxy_for(request.uri())?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(HttpError::Timeout(timeout));
        }
        let config = Config::builder()
            .tls_config(self.tls()?)
            .proxy(proxy)
            .timeout_global(Some(left))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .user_agent(concat!("stackctl/", env!("CARGO_PKG_VERSION")))
            .build();
        let failed = |error| failed(error, timeout);
        let mut response = Agent::new_with_config(config).run(request).map_err(failed)?;
        let status = response.status().as_u16();
        let location = response
            .headers()
            .get("Location")
            .and_then(|location| location.to_str().ok());
        let location = location
            .filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308))
            .map(str::to_owned);
        let mut body = Vec::new();
        let mut reader = response.body_mut().as_reader().take(LONGEST);
        reader
            .read_to_end(&mut body)
            .map_err(|error| failed(error.into()))?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok((Answer { status, body }, location))
    }

    fn tls(&self) -> Result<TlsConfig, HttpError> {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls);
        let Some(path) = &self.ca_file else {
            return Ok(tls.root_certs(RootCerts::PlatformVerifier).build());
        };
        let pem = std::fs::read(path).map_err(|source| HttpError::Authorities {
            path: path.clone(),
            source,
        })?;
        let certificates: Vec<_> = parse_pem(&pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if certificates.is_empty() {
            return Err(HttpError::NoAuthority(path.clone()));
        }
        Ok(tls.root_certs(RootCerts::new_with_certs(&certificates)).build())
    }

    /// The proxy for a URL: the one that was given, or the one of the environment for its scheme.
    fn proxy_for(&self, url: &Uri) -> Result<Option<Proxy>, HttpError> {
        let host = url.host().unwrap_or_default();
        if is_direct(host, &variable("NO_PROXY").unwrap_or_default()) {
            return Ok(None);
        }
        let proxy = match &self.proxy {
            Some(proxy) => Some(proxy.clone()),
            None if is_loopback(host) => None,
            None if url.scheme_str() == Some("https") => variable("HTTPS_PROXY"),
            None => variable("HTTP_PROXY"),
        };
        let proxy = proxy.map(|proxy| Proxy::new(&proxy)).transpose();
        proxy.map_err(|_| HttpError::Proxy)
    }
}

/// Whether both are at one server, reached in the same way: what was encrypted must not be said in the clear.
fn is_same_server(one: &Uri, other: &Uri) -> bool {
    (one.scheme(), one.authority()) == (other.scheme(), other.authority())
}

/// Where an answer sends one to, which may be said from where one is.
fn moved(from: &Uri, location: &str) -> Option<Uri> {
    if location.contains("://") {
        return location.parse().ok();
    }
    let scheme = from.scheme_str()?;
    if let Some(rest) = location.strip_prefix("//") {
        return format!("{scheme}://{rest}").parse().ok();
    }
    let (folder, slash) = if location.starts_with('/') {
        ("", "")
    } else {
        (from.path().rsplit_once('/').map_or("", |(folder, _)| folder), "/")
    };
    format!("{scheme}://{}{folder}{slash}{location}", from.authority()?)
        .parse()
        .ok()
}

/// A variable in either case, where it is not empty.
fn variable(name: &str) -> Option<String> {
    [name.to_owned(), name.to_ascii_lowercase()]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether `NO_PROXY` names the host, itself or by its domain.
fn is_direct(host: &str, no_proxy: &str) -> bool {
    no_proxy.split(',').map(str::trim).any(|entry| {
        let domain = entry.trim_start_matches('*').trim_start_matches('.');
        let is_below = host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        entry == "*" || (!domain.is_empty() && (host == domain || is_below))
    })
}

fn failed(error: ureq::Error, timeout: Duration) -> HttpError {
    match error {
        ureq::Error::Timeout(_) => HttpError::Timeout(timeout),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => HttpError::Timeout(timeout),
        // These say the URL itself.
        ureq::Error::BadUri(_) => HttpError::Url,
        error => HttpError::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
