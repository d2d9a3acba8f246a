//! The lines of a crontab, those put together that a backslash continues.

use std::borrow::Cow;

use super::word::legible;
use crate::diagnostic::Span;

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The line it begins on, from 1.
    pub(super) number: usize,
    /// Its bytes; a continued line has neither backslashes nor ends of lines in between.
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether it ends with a backslash that nothing follows.
    pub(super) is_cut: bool,
    /// Where its pieces begin: in `bytes`, and in the file.
    pieces: Vec<(usize, usize)>,
}

impl Line<'_> {
    /// The place in the file of some of its bytes.
    pub(super) fn span(&self, span: Span) -> Span {
        let end = if span.end > span.start {
            self.place(span.end - 1) + 1
        } else {
            self.place(span.end)
        };
        self.place(span.start)..end
    }

    /// The places in the file of some of its bytes, one for each piece.
    pub(super) fn places(&self, span: Span) -> impl Iterator<Item = Span> {
        let ends = self.pieces.iter().skip(1).map(|(start, _)| *start);
        let ends = ends.chain([self.bytes.len()]);
        self.pieces
            .iter()
            .zip(ends)
            .filter_map(move |((start, place), end)| {
                let (first, last) = (span.start.max(*start), span.end.min(end));
                (first < last).then(|| place + first - start..place + last - start)
            })
    }

    fn place(&self, byte: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|(start, _)| *start <= byte);
        let (start, place) = piece.expect("the first piece begins at 0");
        place + byte - start
    }

    /// Its text, in which bytes have the same places.
    pub(super) fn text(&self) -> String {
        legible(&self.bytes)
    }
}

/// What some editors of Windows put in front.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a file. A comment is never continued: its backslash would swallow the job below.
pub(super) fn lines(file: &[u8]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut is_open = false;
    let body = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    let mut start = file.len() - body.len();
    for (index, whole) in body.split(|byte| *byte == b'\n').enumerate() {
        let place = start;
        start += whole.len() + 1;
        if place == file.len() && is_open {
            // Behind the last end of a line is no line that could continue one.
            break;
        }
        let bytes = whole.strip_suffix(b"\r").unwrap_or(whole);
        let is_comment = bytes.trim_ascii_start().starts_with(b"#");
        let backslashes = bytes.iter().rev().take_while(|byte| **byte == b'\\').count();
        // An even number of them are backslashes that a shell takes for themselves.
        let continues = backslashes % 2 == 1 && (is_open || !is_comment);
        let bytes = if continues {
            &bytes[..bytes.len() - 1]
        } else {
            bytes
        };
        match lines.last_mut().filter(|_| is_open) {
            Some(line) => {
                line.pieces.push((line.bytes.len(), place));
                line.bytes.to_mut().extend_from_slice(bytes);
            }
            None => lines.push(Line {
                number: index + 1,
                bytes: Cow::Borrowed(bytes),
                is_cut: false,
                pieces: vec![(0, place)],
            }),
        }
        is_open = continues;
    }
    if let Some(last) = lines.last_mut() {
        last.is_cut = is_open;
    }
    lines
}
