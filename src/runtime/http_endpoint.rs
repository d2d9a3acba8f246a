//! A small HTTP server for probes and metrics.
//!
//! It answers one request for each connection. A slow or hostile client can't hold it up or make it grow: requests
//! have a size and a deadline, and where too many connections are open the oldest makes room.

mod connection;

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Connections at a time.
const MOST: usize = 32;
/// The stack of a connection's thread in bytes; handlers only put text together.
const STACK: usize = 256 * 1024;
/// Time until the next try where the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// A request, as far as handlers need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Response {
    /// An answer in plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: body.into(),
        }
    }

    /// Metrics in Prometheus' text format.
    pub fn metrics(body: impl Into<String>) -> Self {
        Self {
            content_type: "text/plain; version=0.0.4; charset=utf-8",
            ..Self::text(200, body)
        }
    }
}

/// A server that listens already and answers once it serves.
#[derive(Debug)]
pub struct HttpEndpoint {
    listener: TcpListener,
}

type Connections = Arc<Mutex<Vec<(u64, TcpStream)>>>;

impl HttpEndpoint {
    /// Listens. Every address of IPv6 includes those of IPv4, and means them alone where there is no IPv6.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = match TcpListener::bind(address) {
            Err(error) if address.ip().is_unspecified() && error.kind() != io::ErrorKind::AddrInUse => {
                TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port()))
            }
            bound => bound,
        };
        listener.map(|listener| Self { listener })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers from now on, in threads of its own, as long as the process lives.
    pub fn serve(self, handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> io::Result<()> {
        let handler = Arc::new(handler);
        thread("http", move || {
            let connections = Connections::default();
            for (number, accepted) in (0_u64..).zip(self.listener.incoming()) {
                let Ok(stream) = accepted else {
                    // No more files or memory at this moment: it would fail again at once.
                    std::thread::sleep(PAUSE);
                    continue;
                };
                let Ok(own) = stream.try_clone() else { continue };
                make_room(&connections, number, own);
                let (handler, left) = (Arc::clone(&handler), Arc::clone(&connections));
                let spawned = thread("http-connection", move || {
                    connection::answer(&stream, &*handler);
                    leave(&left, number);
                });
                if spawned.is_err() {
                    leave(&connections, number);
                }
            }
        })
    }
}

/// Notes a connection, and ends the oldest where there are too many.
fn make_room(connections: &Connections, number: u64, stream: TcpStream) {
    let mut open = connections.lock().unwrap_or_else(PoisonError::into_inner);
    if open.len() >= MOST {
        let (_, oldest) = open.remove(0);
        // Where it has just been closed there is nothing to end.
        let _closed = oldest.shutdown(Shutdown::Both);
    }
    open.push((number, stream));
}

fn leave(connections: &Connections, number: u64) {
    let mut open = connections.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|(other, _)| *other != number);
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let builder = std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(STACK);
    builder.spawn(work).map(drop)
}

#[cfg(test)]
mod tests;
