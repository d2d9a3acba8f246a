//! Ports inside containers and the ones published on the host.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// A TCP or UDP port, 1 to 65535.
pub type Port = std::num::NonZeroU16;

/// The transport of a published port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// The default.
    Tcp,
    /// Asked for with `/udp`.
    Udp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// A container's port made reachable on the host: `[IP:]HOST:CONTAINER[/PROTOCOL]`.
///
/// Without an address it listens on loopback only: Docker's own default, every address, opens a database to
/// the world past the host's firewall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedPort {
    /// The host's address it listens on.
    pub address: IpAddr,
    /// The port on the host.
    pub host: Port,
    /// The port in the container.
    pub container: Port,
    /// Its transport.
    pub protocol: Protocol,
}

/// The text is not a published port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write `HOST:CONTAINER`, `ADDRESS:HOST:CONTAINER` or one number from 1 to 65535")]
pub struct PublishedPortError;

impl PublishedPort {
    /// The same port on both sides, on loopback.
    #[must_use]
    pub fn loopback(port: Port) -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            host: port,
            container: port,
            protocol: Protocol::Tcp,
        }
    }

    /// Whether both can't listen on one host at once.
    #[must_use]
    pub fn clashes_with(&self, other: &Self) -> bool {
        self.host == other.host
            && self.protocol == other.protocol
            && (self.address == other.address
                || self.address.is_unspecified()
                || other.address.is_unspecified())
    }
}

impl FromStr for PublishedPort {
    type Err = PublishedPortError;

    fn from_str(text: &str) -> Result<Self, PublishedPortError> {
        let (text, protocol) = match text.rsplit_once('/') {
            None => (text, Protocol::Tcp),
            Some((text, "tcp")) => (text, Protocol::Tcp),
            Some((text, "udp")) => (text, Protocol::Udp),
            Some(_) => return Err(PublishedPortError),
        };
        let port = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if digits {
                text.parse::<Port>().map_err(|_| PublishedPortError)
            } else {
                Err(PublishedPortError)
            }
        };
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (head, container) = text.rsplit_once(':').unwrap_or((text, text));
        let (address, host) = match head.rsplit_once(':') {
            Some((address, host)) => {
                let bare = address
                    .strip_prefix('[')
                    .and_then(|a| a.strip_suffix(']'))
                    .unwrap_or(address);
                (bare.parse().map_err(|_| PublishedPortError)?, host)
            }
            None => (loopback, head),
        };
        Ok(Self {
            address,
            host: port(host)?,
            container: port(container)?,
            protocol,
        })
    }
}

impl fmt::Display for PublishedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(f, "{address}")?,
            IpAddr::V6(address) => write!(f, "[{address}]")?,
        }
        write!(f, ":{}:{}", self.host, self.container)?;
        if self.protocol == Protocol::Udp {
            f.write_str("/udp")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_address_a_port_is_on_loopback() {
        for (text, shown) in [
            ("8080:80", "127.0.0.1:8080:80"),
            ("80", "127.0.0.1:80:80"),
            ("0.0.0.0:53:5353/udp", "0.0.0.0:53:5353/udp"),
            ("[::1]:80:8000", "[::1]:80:8000"),
        ] {
            assert_eq!(
                text.parse::<PublishedPort>().map(|p| p.to_string()),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
        for text in ["", "0", "65536", "a:80", "80:", "1.2.3:80:80", "80/icmp", "+80"] {
            assert!(text.parse::<PublishedPort>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_address_clashes_with_one() {
        let port = |text: &str| text.parse::<PublishedPort>().unwrap();
        assert!(port("0.0.0.0:80:1").clashes_with(&port("80:2")));
        assert!(!port("127.0.0.2:80:1").clashes_with(&port("80:2")));
        assert!(!port("80:1/udp").clashes_with(&port("80:2")));
    }
}
