//! Where the HTTP endpoint listens.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use super::config_error::ConfigError;
use super::options::missing;
use super::values::Values;
use crate::sync::options::Http;

/// Resolves the endpoint, where one is wanted.
pub fn resolve(values: &Values) -> Result<Option<Http>, ConfigError> {
    let (metrics, pprof) = (values.switch("http-metrics"), values.switch("http-pprof"));
    match values.filled("http-bind") {
        Some(text) => Ok(Some(Http {
            bind: address(text)?,
            metrics,
            pprof,
        })),
        None if metrics => Err(missing("--http-bind, which --http-metrics needs,", HINT)),
        None if pprof => Err(missing("--http-bind, which --http-pprof needs,", HINT)),
        None => Ok(None),
    }
}

const HINT: &str = "say where to listen, such as --http-bind=:1234";

/// An address with a port; without a host it means every address of this host.
fn address(text: &str) -> Result<SocketAddr, ConfigError> {
    let port = text.strip_prefix(':').map(str::parse::<u16>);
    if let Some(Ok(port)) = port {
        return Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port));
    }
    let found = text
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| ConfigError::Value {
        flag: "--http-bind",
        reason: "write a host and a port, such as `127.0.0.1:1234`, or `:1234` for every address".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, shown) in [
            (":1234", "[::]:1234"),
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("[::1]:80", "[::1]:80"),
            ("0.0.0.0:9", "0.0.0.0:9"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), shown);
        }
        for text in ["1234", "127.0.0.1", ":x", ":99999", ""] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
