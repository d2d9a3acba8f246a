//! Where a container's server is reached from this host.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::engine::EngineError;
use crate::engine::error::Problem;
use crate::runtime::docker::Container;

/// The server's port in its container.
const PORT: u16 = 5432;
/// On one host an answer comes at once, or never.
const PATIENCE: Duration = Duration::from_secs(2);

/// The first address that takes a connection: the container's own, which goes through no proxy, then its published port.
pub fn find(container: &Container) -> Result<SocketAddr, EngineError> {
    candidates(container)
        .into_iter()
        .find(|address| TcpStream::connect_timeout(address, PATIENCE).is_ok())
        .ok_or_else(|| {
            EngineError::Known(Problem::new(
                "the database does not answer on an address that this host reaches",
                "publish its port: `ports = [\"15432:5432\"]` in `[postgres]`, then `stackctl up`",
            ))
        })
}

fn candidates(container: &Container) -> Vec<SocketAddr> {
    let own = container.addresses.iter().map(|&ip| SocketAddr::new(ip, PORT));
    let published = container
        .ports
        .iter()
        .filter(|binding| binding.container == PORT && binding.protocol == "tcp")
        .map(|binding| {
            let ip = binding
                .address
                .parse()
                .ok()
                .filter(|ip: &IpAddr| !ip.is_unspecified());
            SocketAddr::new(ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), binding.host)
        });
    own.chain(published).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_reached_by_its_own_address_or_by_its_published_port() {
        let container: Container = serde_json::from_value(serde_json::json!({
            "Id": "0", "Name": "/p-postgres-1", "Image": "sha256:1", "State": { "Status": "running" },
            "Config": {},
            "HostConfig": { "PortBindings": {
                "5432/tcp": [{ "HostIp": "", "HostPort": "15432" }, { "HostIp": "10.0.0.7", "HostPort": "6" }],
                "9187/tcp": [{ "HostIp": "", "HostPort": "9187" }],
            } },
            "NetworkSettings": { "Networks": { "p_default": { "IPAddress": "172.18.0.2" } } },
        }))
        .unwrap();
        let shown: Vec<String> = candidates(&container).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["172.18.0.2:5432", "127.0.0.1:15432", "10.0.0.7:6"]);
    }
}
