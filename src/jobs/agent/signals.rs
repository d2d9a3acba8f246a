//! The signals that the agent acts on, as something that `poll` can wait for.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

/// Signals since the last look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arrived {
    /// A child may have ended.
    pub child: bool,
    /// SIGHUP: look at the link now.
    pub look: bool,
    /// SIGTERM or SIGINT: end.
    pub end: bool,
}

/// Takes the signals over for the rest of the process.
#[derive(Debug)]
pub struct Signals(SignalDelivery<UnixStream, SignalOnly>);

impl Signals {
    /// Takes them over.
    pub fn install() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        let delivery =
            SignalDelivery::with_pipe(read, write, SignalOnly, [SIGCHLD, SIGHUP, SIGINT, SIGTERM])?;
        Ok(Self(delivery))
    }

    /// Readable when a signal has arrived.
    #[must_use]
    pub fn readiness(&self) -> BorrowedFd<'_> {
        self.0.get_read().as_fd()
    }

    /// Takes what has arrived.
    pub fn take(&mut self) -> Arrived {
        let mut arrived = Arrived::default();
        for signal in self.0.pending() {
            match signal {
                SIGCHLD => arrived.child = true,
                SIGHUP => arrived.look = true,
                _ => arrived.end = true,
            }
        }
        arrived
    }
}
