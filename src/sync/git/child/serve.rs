//! The child's side: reads one request, does it, prints the answer.

use std::io::{self, BufRead, Read, Write};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::libgit2;
use super::protocol::Request;

/// Answers the request on stdin. Ends at once when stdin does, because then whoever asked has gone.
///
/// # Errors
/// stdin holds no request, or stdout is closed.
pub fn serve() -> io::Result<()> {
    let mut line = Vec::new();
    io::stdin().lock().read_until(b'\n', &mut line)?;
    let request: Request = serde_json::from_slice(&line).map_err(io::Error::from)?;
    drop(line);
    thread::spawn(end_with_parent);
    let outcome = libgit2::answer(&request);
    let text = serde_json::to_vec(&outcome).map_err(io::Error::from)?;
    let mut stdout = io::stdout().lock();
    stdout.write_all(&text)?;
    stdout.flush()
}

fn end_with_parent() {
    // Nothing more is ever sent; whatever ends this means that the parent has gone.
    let _end = io::stdin().lock().read_to_end(&mut Vec::new());
    // 0 is the own process group, which the parent made for this child alone.
    let _killed = kill(Pid::from_raw(0), Signal::SIGKILL);
}
