//! The agent's end of the socket. It never blocks: whoever connects and is slow waits for itself alone.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::{LONGEST_PATH, Reply, Request, socket};

/// Connections at once; more wait in the kernel's queue.
const MOST: usize = 32;
/// How long one may last.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest request.
const LONGEST: usize = 64 * 1024;

/// Listens, and holds the connections that are not done.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    connections: Vec<Connection>,
}

#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    request: Vec<u8>,
    reply: Vec<u8>,
    state: State,
    deadline: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Reading,
    Writing,
    Done,
}

impl Server {
    /// Listens in a state folder. Call it where no other agent can run on it: what is left there is replaced.
    pub fn bind(state_dir: &Path) -> io::Result<Self> {
        let path = socket(state_dir);
        if path.as_os_str().len() > LONGEST_PATH {
            let length = path.as_os_str().len();
            return Err(io::Error::new(
                io::ErrorKind::InvalidFilename,
                format!("it has {length} bytes, and the path of a socket may have {LONGEST_PATH}"),
            ));
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            path,
            connections: Vec::new(),
        })
    }

    /// What to wait for.
    pub fn interests(&self) -> impl Iterator<Item = (BorrowedFd<'_>, PollFlags)> {
        let listener = (self.connections.len() < MOST).then(|| (self.listener.as_fd(), PollFlags::POLLIN));
        let connections = self.connections.iter().map(|connection| {
            let flags = match connection.state {
                State::Reading => PollFlags::POLLIN,
                State::Writing | State::Done => PollFlags::POLLOUT,
            };
            (connection.stream.as_fd(), flags)
        });
        listener.into_iter().chain(connections)
    }

    /// When the next connection has lasted long enough.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.connections
            .iter()
            .map(|connection| connection.deadline)
            .min()
    }

    /// Does what can be done without waiting; `answer` is called for each whole request.
    pub fn serve(&mut self, mut answer: impl FnMut(Request) -> Reply) {
        self.accept();
        for connection in &mut self.connections {
            if connection.state == State::Reading {
                connection.read(&mut answer);
            }
            if connection.state == State::Writing {
                connection.write();
            }
        }
        let now = Instant::now();
        self.connections
            .retain(|connection| connection.state != State::Done && connection.deadline > now);
    }

    fn accept(&mut self) {
        while self.connections.len() < MOST
            && let Ok((stream, _)) = self.listener.accept()
        {
            // One that can't be made non-blocking would hold everything up; it is dropped.
            if stream.set_nonblocking(true).is_ok() {
                self.connections.push(Connection {
                    stream,
                    request: Vec::new(),
                    reply: Vec::new(),
                    state: State::Reading,
                    deadline: Instant::now() + PATIENCE,
                });
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whoever finds it later finds nobody behind it and replaces it.
        let _left = fs::remove_file(&self.path);
    }
}

impl Connection {
    fn read(&mut self, answer: &mut impl FnMut(Request) -> Reply) {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break self.state = State::Done,
                Ok(count) => self.request.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => break self.state = State::Done,
            }
            if let Some(end) = self.request.iter().position(|byte| *byte == b'\n') {
                let reply = match serde_json::from_slice(&self.request[..end]) {
                    Ok(request) => answer(request),
                    Err(error) => Reply::refused(
                        format!("the request is not understood: {error}"),
                        "use the stackctl that the agent runs: `stackctl --version` in both places",
                    ),
                };
                self.reply = serde_json::to_vec(&reply).expect("replies have string keys and finite numbers");
                self.reply.push(b'\n');
                self.state = State::Writing;
                break;
            }
            if self.request.len() > LONGEST {
                break self.state = State::Done;
            }
        }
    }

    fn write(&mut self) {
        while !self.reply.is_empty() {
            match self.stream.write(&self.reply) {
                Ok(count) => drop(self.reply.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => break,
            }
        }
        self.state = State::Done;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::client;
    use super::*;
    use nix::poll::{PollFd, PollTimeout, poll};

    fn serve_until(server: &mut Server, done: &mpsc::Receiver<()>) {
        while done.try_recv().is_err() {
            let mut fds: Vec<PollFd> = server
                .interests()
                .map(|(fd, flags)| PollFd::new(fd, flags))
                .collect();
            poll(&mut fds, PollTimeout::from(50_u8)).unwrap();
            drop(fds);
            server.serve(|request| Reply::done(format!("{request:?}")));
        }
    }

    #[test]
    fn a_request_is_answered_beside_one_that_never_comes() {
        let folder = tempfile::tempdir().unwrap();
        // What a killed agent left.
        drop(UnixListener::bind(socket(folder.path())).unwrap());
        let mut server = Server::bind(folder.path()).unwrap();
        let mode = fs::metadata(socket(folder.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut silent = UnixStream::connect(socket(folder.path())).unwrap();
        silent.write_all(b"{\"command\"").unwrap();
        let (sender, done) = mpsc::channel();
        let path = folder.path().to_owned();
        let asking = std::thread::spawn(move || {
            let reply = client::ask(&path, &Request::Pause);
            sender.send(()).unwrap();
            reply
        });
        serve_until(&mut server, &done);
        assert_eq!(asking.join().unwrap().unwrap(), Reply::done("Pause"));
        drop(server);
        assert!(matches!(
            client::ask(folder.path(), &Request::Pause),
            Err(client::ControlError::NotRunning { .. })
        ));
    }

    #[test]
    fn nonsense_is_refused_and_a_flood_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Server::bind(folder.path()).unwrap();
        let path = socket(folder.path());
        let (sender, done) = mpsc::channel();
        let asking = std::thread::spawn(move || {
            let mut stream = UnixStream::connect(&path).unwrap();
            stream.write_all(b"hello\n").unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            let mut flood = UnixStream::connect(&path).unwrap();
            let cut = (0..10_000).any(|_| flood.write_all(&[b'x'; 1000]).is_err());
            sender.send(()).unwrap();
            (text, cut)
        });
        serve_until(&mut server, &done);
        let (text, cut) = asking.join().unwrap();
        assert!(text.contains("not understood"), "{text}");
        assert!(cut);
    }

    #[test]
    fn a_path_that_is_too_long_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(120));
        let error = Server::bind(&long).unwrap_err().to_string();
        assert!(error.contains("may have 107"), "{error}");
    }
}
