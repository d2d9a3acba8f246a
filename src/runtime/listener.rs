//! Who listens on a port of this host, as the kernel tells it in /proc.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// A socket that waits for connections or datagrams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// The address it waits on.
    pub address: IpAddr,
    /// The port it waits on.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    inode: u64,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub pid: u32,
    /// Its name.
    pub name: String,
}

const TABLES: [(&str, &str); 4] = [
    ("/proc/net/tcp", "tcp"),
    ("/proc/net/tcp6", "tcp"),
    ("/proc/net/udp", "udp"),
    ("/proc/net/udp6", "udp"),
];
/// The kernel's numbers of the states in which a socket waits.
const TCP_LISTEN: &str = "0A";
const UDP_UNCONNECTED: &str = "07";

/// Every listener of this host; none where /proc can't be read.
#[must_use]
pub fn all() -> Vec<Listener> {
    TABLES
        .iter()
        .filter_map(|(path, protocol)| Some((fs::read_to_string(path).ok()?, *protocol)))
        .flat_map(|(table, protocol)| parse(&table, protocol))
        .collect()
}

impl Listener {
    /// The process that holds it, where that may be known: other users' processes are hidden from all but root.
    #[must_use]
    pub fn owner(&self) -> Option<Owner> {
        let wanted = format!("socket:[{}]", self.inode);
        fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
            let pid = process.file_name().to_str()?.parse().ok()?;
            let holds = fs::read_dir(process.path().join("fd"))
                .ok()?
                .flatten()
                .any(|file| fs::read_link(file.path()).is_ok_and(|target| target == Path::new(&wanted)));
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            holds.then(|| Owner {
                pid,
                name: name.trim().to_owned(),
            })
        })
    }
}

fn parse(table: &str, protocol: &'static str) -> Vec<Listener> {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let state = *fields.get(3)?;
            let waits = state
                == match protocol {
                    "tcp" => TCP_LISTEN,
                    _ => UDP_UNCONNECTED,
                };
            let (address, port) = fields.get(1)?.split_once(':')?;
            waits.then_some(Listener {
                address: parse_address(address)?,
                port: u16::from_str_radix(port, 16).ok()?,
                protocol,
                inode: fields.get(9)?.parse().ok()?,
            })
        })
        .collect()
}

/// The kernel prints words of four bytes in the order of the machine.
fn parse_address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        u32::from_str_radix(hex.get(at..at + 8)?, 16)
            .ok()
            .map(u32::to_ne_bytes)
    };
    if hex.len() == 8 {
        return Some(IpAddr::V4(Ipv4Addr::from(word(0)?)));
    }
    let mut bytes = [0; 16];
    for (index, chunk) in bytes.chunks_exact_mut(4).enumerate() {
        chunk.copy_from_slice(&word(index * 8)?);
    }
    Some(IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_read_from_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0\n\
             1: 0100007F:1F41 0100007F:1F40 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0\n";
        let listeners = parse(table, "tcp");
        assert_eq!(listeners.len(), 1);
        assert_eq!((listeners[0].port, listeners[0].inode), (8000, 4242));
        assert_eq!(listeners[0].address.to_string(), "127.0.0.1");
    }

    #[test]
    fn a_listener_of_this_process_has_an_owner() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let listener = all()
            .into_iter()
            .find(|l| l.port == port && l.protocol == "tcp")
            .unwrap();
        assert_eq!(listener.owner().unwrap().pid, std::process::id());
    }
}
