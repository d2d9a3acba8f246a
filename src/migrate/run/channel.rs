//! What passes between the thread that reads a table and the one that writes it: a few buffers, used again and again.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// A buffer is sent when it holds about this many bytes.
pub const BUFFER: usize = 256 << 10;

/// How many buffers a table has.
const BUFFERS: usize = 4;

/// What the reader sends.
#[derive(Debug)]
pub enum Message {
    /// Bytes of rows for the table; a row may go on in the next buffer.
    Rows(Vec<u8>),
    /// Bytes of rows for the quarantine.
    Quarantine(Vec<u8>),
    /// What was sent so far is to be committed with this.
    Chunk {
        /// How far the table is.
        progress: Box<super::progress::Progress>,
        /// Whether these were its last rows.
        finished: bool,
    },
}

/// The reader's end.
#[derive(Debug)]
pub struct Sending {
    messages: SyncSender<Message>,
    free: Receiver<Vec<u8>>,
}

/// The writer's end.
#[derive(Debug)]
pub struct Receiving {
    messages: Receiver<Message>,
    free: Sender<Vec<u8>>,
}

/// The writer is gone; it tells why itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// Both ends.
#[must_use]
pub fn pipe() -> (Sending, Receiving) {
    let (messages, received) = sync_channel(BUFFERS);
    let (returned, free) = channel();
    for _ in 0..BUFFERS {
        returned.send(Vec::new()).expect("its receiver is here");
    }
    (
        Sending { messages, free },
        Receiving {
            messages: received,
            free: returned,
        },
    )
}

impl Sending {
    /// An empty buffer, once the writer has given one back.
    pub fn buffer(&self) -> Result<Vec<u8>, Gone> {
        let mut buffer = self.free.recv().map_err(|_| Gone)?;
        // One huge row must not keep its memory for the rest of the table.
        if buffer.capacity() > 2 * BUFFER {
            buffer = Vec::new();
        }
        buffer.reserve(BUFFER);
        Ok(buffer)
    }

    /// Sends.
    pub fn send(&self, message: Message) -> Result<(), Gone> {
        self.messages.send(message).map_err(|_| Gone)
    }
}

impl Receiving {
    /// The next message; `None` when the reader has ended.
    pub fn next(&self) -> Option<Message> {
        self.messages.recv().ok()
    }

    /// Gives a buffer back.
    pub fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        // A reader that has ended needs none.
        let _ = self.free.send(buffer);
    }
}
