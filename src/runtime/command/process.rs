//! A child in its own process group, whose lines, end and interrupts arrive in one channel.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::Cmd;
use crate::runtime::interrupt::{Interrupt, Listening};

/// How long a child may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);
/// How long pipes may stay open behind a child that has ended, held by its own children.
const DRAIN: Duration = Duration::from_secs(1);

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What happens to a child.
#[derive(Debug)]
pub enum Message {
    /// It printed a line.
    Line(Stream, String),
    /// It will print no more there.
    Closed(Stream),
    /// It has ended.
    Exited,
    /// The user wants to stop.
    Signal(i32),
}

/// A running child.
pub struct Process {
    child: Child,
    messages: Receiver<Message>,
    open: BTreeSet<Stream>,
    exited: bool,
    _listening: Listening,
}

impl Process {
    /// Starts it.
    pub fn spawn(cmd: &Cmd, interrupt: &Interrupt) -> io::Result<Self> {
        let mut command = cmd.to_std();
        command
            .process_group(0)
            .stdin(if cmd.input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        end_with_parent(&mut command);
        let mut child = command.spawn()?;
        let (sender, messages) = channel();
        let streams: [(Stream, Option<Box<dyn Read + Send>>); 2] = [
            (
                Stream::Stdout,
                child.stdout.take().map(|pipe| Box::new(pipe) as _),
            ),
            (
                Stream::Stderr,
                child.stderr.take().map(|pipe| Box::new(pipe) as _),
            ),
        ];
        let mut open = BTreeSet::new();
        for (stream, pipe) in streams {
            if let Some(pipe) = pipe {
                open.insert(stream);
                let sender = sender.clone();
                std::thread::spawn(move || read_lines(stream, pipe, &sender));
            }
        }
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), cmd.input.clone()) {
            // A child that does not read all of its input has ended or will say why.
            std::thread::spawn(move || stdin.write_all(&input));
        }
        let pid = pid(&child);
        let ended = sender.clone();
        std::thread::spawn(move || {
            // It is left unreaped, so that its number can't become another process's before it is killed.
            let _status = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
            ended.send(Message::Exited)
        });
        let listening = interrupt.listen(move |signal| {
            // Nobody waits for the child any more.
            let _gone = sender.send(Message::Signal(signal));
        });
        Ok(Self {
            child,
            messages,
            open,
            exited: false,
            _listening: listening,
        })
    }

    /// The next thing that happens before `until`; `None` at that time.
    ///
    /// `Exited` comes once, after the last line.
    pub fn next(&mut self, until: Option<Instant>) -> Option<Message> {
        loop {
            let drained = self.exited && self.open.is_empty();
            if drained {
                return Some(Message::Exited);
            }
            let limit = match until {
                _ if self.exited => Some(DRAIN),
                Some(until) => Some(until.saturating_duration_since(Instant::now())),
                None => None,
            };
            let received = match limit {
                Some(limit) => self.messages.recv_timeout(limit),
                None => self.messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(Message::Closed(stream)) => {
                    self.open.remove(&stream);
                }
                Ok(Message::Exited) => self.exited = true,
                Ok(message) => return Some(message),
                Err(_) if self.exited => self.open.clear(),
                Err(_) => return None,
            }
        }
    }

    /// Sends a signal to the child and all its children.
    pub fn signal(&self, signal: Signal) {
        // The only error is a group that has gone.
        let _gone = killpg(pid(&self.child), signal);
    }

    /// Asks it to end, and ends it after a grace or at the second signal.
    pub fn stop(&mut self, signal: Signal) {
        self.signal(signal);
        let until = Instant::now() + GRACE;
        loop {
            match self.next(Some(until)) {
                Some(Message::Exited) => break,
                Some(Message::Line(..) | Message::Closed(_)) => {}
                Some(Message::Signal(_)) | None => {
                    self.signal(Signal::SIGKILL);
                    break;
                }
            }
        }
    }

    /// How it ended; waits for that.
    pub fn status(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::SIGKILL);
            // It was just killed, and there is nobody to tell of an error.
            let _status = self.child.wait();
        }
    }
}

/// Lets the kernel end the child when stackctl is killed, so that nothing goes on changing the stack unseen.
fn end_with_parent(command: &mut std::process::Command) {
    // SAFETY: prctl is async-signal-safe, and nothing else happens between fork and exec.
    unsafe {
        command.pre_exec(|| nix::sys::prctl::set_pdeathsig(Signal::SIGTERM).map_err(io::Error::from));
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

fn read_lines(stream: Stream, pipe: impl Read, sender: &Sender<Message>) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(length) if length > 0) {
        let text = String::from_utf8_lossy(&line);
        // A terminal would show only what stands behind the last carriage return.
        let text = text.trim_end_matches(['\n', '\r']);
        let text = text.rsplit('\r').next().unwrap_or_default().to_owned();
        line.clear();
        if sender.send(Message::Line(stream, text)).is_err() {
            return;
        }
    }
    // Nobody listens any more.
    let _gone = sender.send(Message::Closed(stream));
}
