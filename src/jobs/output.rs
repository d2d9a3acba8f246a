//! What jobs print: in by one pipe for each run, out on one stream, line by line with the job's name before it.
//!
//! A thread of its own does it, so that a slow reader of stdout never delays a start. It holds at most
//! [`pump::FULL`] bytes that are not written yet; from there on it stops reading, the pipes fill, and the jobs wait
//! for the reader: nothing is lost, and memory stays bounded. The agent's own notes go the same way, because stderr
//! is usually as slow as stdout; of those the newest are dropped, and counted, where thousands pile up.

mod lines;
mod pump;
mod tail;

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// Notes that may wait to be written.
const MOST_NOTES: usize = 2_000;

/// One process whose output is read.
pub type Source = u64;

enum Order {
    Watch {
        source: Source,
        prefix: String,
        pipe: PipeReader,
        to: Stream,
    },
    Ended(Source),
    Note(String),
    Close,
}

/// Where the lines of a process go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// With what jobs print: stdout.
    Data,
    /// With what the agent says: stderr.
    Status,
}

/// What a process printed last, told once it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Which one.
    pub source: Source,
    /// Its last lines that are not empty, shortened; the last one last.
    pub tail: Vec<String>,
}

/// The thread that passes output on.
#[derive(Debug)]
pub struct Output {
    orders: Sender<Order>,
    wake: PipeWriter,
    finished: Receiver<Finished>,
    finished_wake: PipeReader,
    notes: Arc<AtomicUsize>,
    dropped: AtomicUsize,
    thread: Option<JoinHandle<()>>,
}

impl Output {
    /// Starts the thread. Jobs' lines go to `data`, the agent's notes to `status`.
    pub fn start(data: File, status: File) -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel();
        let (outbox, finished) = mpsc::channel();
        let (wake_read, wake) = io::pipe()?;
        let (finished_wake, finished_write) = io::pipe()?;
        for end in [
            wake_read.as_fd(),
            wake.as_fd(),
            finished_wake.as_fd(),
            finished_write.as_fd(),
        ] {
            set_nonblocking(end)?;
        }
        let notes = Arc::new(AtomicUsize::new(0));
        let pump = pump::Pump::new(
            inbox,
            wake_read,
            outbox,
            finished_write,
            Arc::clone(&notes),
            [data, status],
        );
        let thread = std::thread::Builder::new()
            .name("output".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || pump.run())?;
        Ok(Self {
            orders,
            wake,
            finished,
            finished_wake,
            notes,
            dropped: AtomicUsize::new(0),
            thread: Some(thread),
        })
    }

    /// Reads a pipe until all of its writers are gone, and puts `prefix` before each line.
    pub fn watch(&self, source: Source, prefix: String, pipe: PipeReader, to: Stream) -> io::Result<()> {
        set_nonblocking(pipe.as_fd())?;
        self.order(Order::Watch {
            source,
            prefix,
            pipe,
            to,
        });
        Ok(())
    }

    /// Says that the process has ended: what it printed is passed on, and [`Finished`] comes back. Children of it
    /// that hold the pipe are read on.
    pub fn ended(&self, source: Source) {
        self.order(Order::Ended(source));
    }

    /// Prints one line of the agent's own on stderr.
    pub fn note(&self, text: &str) {
        if self.notes.load(Ordering::Relaxed) >= MOST_NOTES {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            self.send_note(format!(
                "stackctl: {dropped} notes were not printed, because stderr was not read"
            ));
        }
        self.send_note(format!("stackctl: {text}"));
    }

    fn send_note(&self, line: String) {
        self.notes.fetch_add(1, Ordering::Relaxed);
        self.order(Order::Note(line));
    }

    /// Readable once there is something in [`Self::finished`].
    #[must_use]
    pub fn readiness(&self) -> BorrowedFd<'_> {
        self.finished_wake.as_fd()
    }

    /// Takes what has come back.
    pub fn finished(&self) -> Vec<Finished> {
        drain(&self.finished_wake);
        self.finished.try_iter().collect()
    }

    /// Passes on what there is and ends the thread; waits for a slow reader at most this long. Tells whether all
    /// was written.
    pub fn close(mut self, patience: Duration) -> bool {
        self.order(Order::Close);
        let Some(thread) = self.thread.take() else {
            return true;
        };
        let deadline = Instant::now() + patience;
        // The pump drops its end of this pipe when it ends, so the wait is for an event, not for time.
        while !thread.is_finished() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            wait_for_end(self.finished_wake.as_fd(), left);
            drain(&self.finished_wake);
            if thread.is_finished() {
                break;
            }
            std::thread::yield_now();
        }
        thread.join().is_ok()
    }

    fn order(&self, order: Order) {
        // The thread ends only after `Close`, and a full pipe means that it is awake already.
        let _ended = self.orders.send(order);
        let _awake = (&self.wake).write(&[0]);
    }
}

fn wait_for_end(fd: BorrowedFd<'_>, patience: Duration) {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    // Interrupted or not, the caller looks again.
    let _woken = poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], timeout);
}

fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Empties a pipe that only wakes.
fn drain(mut pipe: &PipeReader) {
    use std::io::Read;
    let mut bytes = [0; 256];
    while matches!(pipe.read(&mut bytes), Ok(count) if count == bytes.len()) {}
}

#[cfg(test)]
mod tests;
