//! The thread behind [`super::Output`]: pipes in, two streams out, one `poll` for all of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::lines::{LONGEST, Lines, Piece};
use super::tail::Tail;
use super::{Finished, Order, Source, Stream, drain};

/// Bytes that wait for the reader of stdout before no more are read.
pub const FULL: usize = 256 * 1024;
/// Bytes of unfinished lines of all pipes together before long lines are cut short.
const MOST_PARTIAL: usize = 4 * LONGEST;
/// Where long lines are cut then.
const SHORT: usize = 64 * 1024;
/// What a pipe that polls as writable takes without blocking (`PIPE_BUF`).
const CHUNK: usize = 4096;

struct Feed {
    prefix: Vec<u8>,
    pipe: PipeReader,
    to: Stream,
    lines: Lines,
    tail: Tail,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    /// Its process runs.
    Running,
    /// Its process has ended, but not all that it printed has been read.
    Ending,
    /// All is told; children of it still hold the pipe.
    Told,
}

/// A stream and what waits for it.
struct Sink {
    file: File,
    waiting: Vec<u8>,
    /// Nobody reads it any more; what comes is dropped, as there is nobody to lose it.
    gone: bool,
}

pub struct Pump {
    inbox: Receiver<Order>,
    wake: PipeReader,
    outbox: Sender<Finished>,
    finished_wake: PipeWriter,
    notes: Arc<AtomicUsize>,
    data: Sink,
    status: Sink,
    feeds: BTreeMap<Source, Feed>,
    /// What came from pipes that are closed, until their processes are known to have ended.
    closed: BTreeMap<Source, Vec<String>>,
    closing: bool,
    buffer: Vec<u8>,
}

/// What `poll` found.
struct Ready {
    woken: bool,
    data: bool,
    status: bool,
    feeds: Vec<Source>,
}

impl Pump {
    pub fn new(
        inbox: Receiver<Order>,
        wake: PipeReader,
        outbox: Sender<Finished>,
        finished_wake: PipeWriter,
        notes: Arc<AtomicUsize>,
        [data, status]: [File; 2],
    ) -> Self {
        Self {
            inbox,
            wake,
            outbox,
            finished_wake,
            notes,
            data: Sink::new(data),
            status: Sink::new(status),
            feeds: BTreeMap::new(),
            closed: BTreeMap::new(),
            closing: false,
            buffer: vec![0; 32 * 1024],
        }
    }

    /// Works until it is closed and all is written.
    pub fn run(mut self) {
        loop {
            let ready = self.wait();
            if ready.woken {
                drain(&self.wake);
                self.take_orders();
            }
            for source in ready.feeds {
                self.read(source);
            }
            if ready.data || !self.data.waiting.is_empty() {
                self.data.write();
            }
            if ready.status || !self.status.waiting.is_empty() {
                let before = self.status.waiting.len();
                self.status.write();
                if before > 0 && self.status.waiting.is_empty() {
                    self.notes.store(0, Ordering::Relaxed);
                }
            }
            self.finish();
            let is_idle = self.data.waiting.is_empty() && self.status.waiting.is_empty();
            if self.closing && is_idle {
                return;
            }
        }
    }

    /// Waits until something can be read or written. No pipe is read while stdout is not.
    fn wait(&self) -> Ready {
        let is_full = self.is_full();
        let mut fds = vec![
            PollFd::new(self.wake.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.data.file.as_fd(), self.data.interest()),
            PollFd::new(self.status.file.as_fd(), self.status.interest()),
        ];
        let sources: Vec<Source> = if is_full {
            Vec::new()
        } else {
            self.feeds.keys().copied().collect()
        };
        fds.extend(
            sources
                .iter()
                .map(|source| PollFd::new(self.feeds[source].pipe.as_fd(), PollFlags::POLLIN)),
        );
        // A stream without interest still reports that its reader has gone, again and again; it is left out.
        for (index, sink) in [(1, &self.data), (2, &self.status)] {
            if sink.waiting.is_empty() {
                fds[index] = PollFd::new(self.wake.as_fd(), PollFlags::empty());
            }
        }
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            // Only a lack of memory in the kernel is left; the next turn tries again.
            Err(_) => std::thread::yield_now(),
        }
        let is_ready = |index: usize| fds[index].any().unwrap_or(false);
        Ready {
            woken: is_ready(0),
            data: is_ready(1),
            status: is_ready(2),
            feeds: sources
                .into_iter()
                .enumerate()
                .filter(|(index, _)| is_ready(index + 3))
                .map(|(_, source)| source)
                .collect(),
        }
    }

    fn take_orders(&mut self) {
        while let Ok(order) = self.inbox.try_recv() {
            match order {
                Order::Watch {
                    source,
                    prefix,
                    pipe,
                    to,
                } => {
                    let feed = Feed {
                        prefix: prefix.into_bytes(),
                        pipe,
                        to,
                        lines: Lines::default(),
                        tail: Tail::default(),
                        state: State::Running,
                    };
                    self.feeds.insert(source, feed);
                }
                Order::Ended(source) => {
                    if let Some(feed) = self.feeds.get_mut(&source) {
                        feed.state = State::Ending;
                    } else {
                        let tail = self.closed.remove(&source).unwrap_or_default();
                        self.tell(source, tail);
                    }
                }
                Order::Note(line) => {
                    self.status.waiting.extend_from_slice(line.as_bytes());
                    self.status.waiting.push(b'\n');
                }
                Order::Close => self.closing = true,
            }
        }
    }

    /// Reads a pipe once; gives it up at its end.
    fn read(&mut self, source: Source) {
        let partial: usize = self.feeds.values().map(|feed| feed.lines.waiting()).sum();
        let Some(feed) = self.feeds.get_mut(&source) else {
            return;
        };
        match feed.pipe.read(&mut self.buffer) {
            Ok(0) => self.give_up(source),
            Ok(count) => {
                let longest = if partial > MOST_PARTIAL { SHORT } else { LONGEST };
                let sink = match feed.to {
                    Stream::Data => &mut self.data,
                    Stream::Status => &mut self.status,
                };
                let (waiting, prefix, tail) = (&mut sink.waiting, &feed.prefix, &mut feed.tail);
                feed.lines.push(&self.buffer[..count], longest, |piece| {
                    put(waiting, prefix, tail, &piece);
                });
            }
            Err(error) if is_temporary(&error) => {}
            Err(_) => self.give_up(source),
        }
    }

    /// Reads on what ended processes left in their pipes, as far as the reader of stdout lets us.
    fn finish(&mut self) {
        let ending: Vec<Source> = self
            .feeds
            .iter()
            .filter(|(_, feed)| feed.state == State::Ending)
            .map(|(source, _)| *source)
            .collect();
        for source in ending {
            while !self.is_full()
                && let Some(feed) = self.feeds.get(&source)
            {
                if has_more(&feed.pipe) {
                    self.read(source);
                    continue;
                }
                self.flush(source);
                let feed = self.feeds.get_mut(&source).expect("it was there a line above");
                feed.state = State::Told;
                let tail = feed.tail.lines();
                self.tell(source, tail);
                break;
            }
        }
        self.data.write();
    }

    /// Whether a reader is so far behind that no more is read.
    fn is_full(&self) -> bool {
        self.data.waiting.len().max(self.status.waiting.len()) >= FULL
    }

    fn flush(&mut self, source: Source) {
        if let Some(feed) = self.feeds.get_mut(&source) {
            let sink = match feed.to {
                Stream::Data => &mut self.data,
                Stream::Status => &mut self.status,
            };
            let (waiting, prefix, tail) = (&mut sink.waiting, &feed.prefix, &mut feed.tail);
            feed.lines.flush(|piece| put(waiting, prefix, tail, &piece));
        }
    }

    /// The pipe has no writer left. Its process may not have been reaped yet: its tail is kept until then.
    fn give_up(&mut self, source: Source) {
        self.flush(source);
        let Some(feed) = self.feeds.remove(&source) else {
            return;
        };
        match feed.state {
            State::Told => {}
            State::Ending => self.tell(source, feed.tail.lines()),
            State::Running => {
                self.closed.insert(source, feed.tail.lines());
            }
        }
    }

    fn tell(&mut self, source: Source, tail: Vec<String>) {
        // The agent hangs up only when it ends itself, and a full pipe means that it is awake already.
        let _gone = self.outbox.send(Finished { source, tail });
        let _awake = self.finished_wake.write(&[0]);
    }
}

impl Sink {
    fn new(file: File) -> Self {
        Self {
            file,
            waiting: Vec::new(),
            gone: false,
        }
    }

    fn interest(&self) -> PollFlags {
        if self.waiting.is_empty() {
            PollFlags::empty()
        } else {
            PollFlags::POLLOUT
        }
    }

    /// Writes as much as goes without waiting. Whatever the stream is shared with keeps its mode: instead of
    /// `O_NONBLOCK`, no more is written than a pipe that polls as writable takes.
    fn write(&mut self) {
        let mut written = 0;
        while written < self.waiting.len() && !self.gone && self.is_writable() {
            let end = self.waiting.len().min(written + CHUNK);
            match self.file.write(&self.waiting[written..end]) {
                Ok(count) => written += count,
                Err(error) if is_temporary(&error) => break,
                Err(_) => self.gone = true,
            }
        }
        if self.gone {
            written = self.waiting.len();
        }
        self.waiting.drain(..written);
        if self.waiting.is_empty() && self.waiting.capacity() > CHUNK * 16 {
            self.waiting = Vec::new();
        }
    }

    fn is_writable(&self) -> bool {
        let mut fds = [PollFd::new(self.file.as_fd(), PollFlags::POLLOUT)];
        poll(&mut fds, PollTimeout::ZERO).is_ok_and(|count| count > 0)
    }
}

fn put(waiting: &mut Vec<u8>, prefix: &[u8], tail: &mut Tail, piece: &Piece<'_>) {
    waiting.push(b'[');
    waiting.extend_from_slice(prefix);
    waiting.extend_from_slice(if piece.continues { b"]+ " } else { b"] " });
    waiting.extend_from_slice(piece.bytes);
    waiting.push(b'\n');
    tail.push(piece.bytes);
}

fn has_more(pipe: &PipeReader) -> bool {
    let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::ZERO).is_ok_and(|count| count > 0)
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
