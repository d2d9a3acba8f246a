//! The buffers that a reader fills: rows, and entries of the quarantine.

use std::mem;

use super::channel::{BUFFER, Gone, Message, Sending};

/// What is sent, in buffers.
#[derive(Debug)]
pub struct Output<'a> {
    to: &'a Sending,
    /// Rows that are not sent yet.
    pub rows: Vec<u8>,
    /// Bytes that were sent.
    pub sent: u64,
}

impl<'a> Output<'a> {
    /// With its first buffer.
    pub fn new(to: &'a Sending) -> Result<Self, Gone> {
        Ok(Self {
            rows: to.buffer()?,
            sent: 0,
            to,
        })
    }

    /// Whether a buffer of rows is as good as full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.len() >= BUFFER - (BUFFER >> 4)
    }

    /// Appends a part of a row. The parts of a row must follow each other.
    pub fn part(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        for piece in bytes.chunks(BUFFER) {
            self.rows.extend_from_slice(piece);
            if self.is_full() {
                self.send_rows()?;
            }
        }
        Ok(())
    }

    /// Sends the rows that there are.
    pub fn send_rows(&mut self) -> Result<(), Gone> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let next = self.to.buffer()?;
        let rows = mem::replace(&mut self.rows, next);
        self.sent += rows.len() as u64;
        self.to.send(Message::Rows(rows))
    }

    /// Sends entries of the quarantine, behind all rows, and empties `entries`.
    pub fn send_quarantine(&mut self, entries: &mut Vec<u8>) -> Result<(), Gone> {
        self.send_rows()?;
        if entries.is_empty() {
            return Ok(());
        }
        let mut buffer = self.to.buffer()?;
        mem::swap(&mut buffer, entries);
        self.sent += buffer.len() as u64;
        self.to.send(Message::Quarantine(buffer))
    }

    /// Sends what is neither.
    pub fn send(&self, message: Message) -> Result<(), Gone> {
        self.to.send(message)
    }
}
