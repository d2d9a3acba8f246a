//! Bytes as they come -> lines.

/// The longest line that is passed on whole. Longer ones come in pieces, each on a line of its own.
pub const LONGEST: usize = 1024 * 1024;
/// A buffer that grew beyond this is given back once its line is out.
const KEPT: usize = 16 * 1024;

/// Collects the bytes of one pipe until a line is whole.
#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
    /// Whether pieces of the present line are out already.
    continues: bool,
}

/// A line or a piece of one, without its newline.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its bytes, whatever they are.
    pub bytes: &'a [u8],
    /// Whether the piece before it was of the same line.
    pub continues: bool,
}

impl Lines {
    /// Takes bytes and gives the lines that they end. At most `longest` bytes are kept for later.
    pub fn push(&mut self, bytes: &[u8], longest: usize, mut give: impl FnMut(Piece<'_>)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(end) = part.strip_suffix(b"\n") else {
                self.keep(part, longest, &mut give);
                continue;
            };
            let continues = std::mem::take(&mut self.continues);
            if self.partial.is_empty() {
                give(Piece {
                    bytes: end,
                    continues,
                });
                continue;
            }
            self.partial.extend_from_slice(end);
            give(Piece {
                bytes: &self.partial,
                continues,
            });
            self.clear();
        }
    }

    /// Gives what stands behind the last newline.
    pub fn flush(&mut self, mut give: impl FnMut(Piece<'_>)) {
        let continues = std::mem::take(&mut self.continues);
        if !self.partial.is_empty() {
            give(Piece {
                bytes: &self.partial,
                continues,
            });
            self.clear();
        }
    }

    /// Bytes that wait for their newline.
    pub fn waiting(&self) -> usize {
        self.partial.len()
    }

    fn keep(&mut self, part: &[u8], longest: usize, give: &mut impl FnMut(Piece<'_>)) {
        self.partial.extend_from_slice(part);
        if self.partial.len() >= longest {
            give(Piece {
                bytes: &self.partial,
                continues: self.continues,
            });
            self.continues = true;
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.partial.clear();
        if self.partial.capacity() > KEPT {
            self.partial = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(parts: &[&[u8]], longest: usize) -> Vec<(Vec<u8>, bool)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for part in parts {
            lines.push(part, longest, |piece| {
                found.push((piece.bytes.to_vec(), piece.continues));
            });
        }
        lines.flush(|piece| found.push((piece.bytes.to_vec(), piece.continues)));
        found
    }

    #[test]
    fn lines_are_whole_however_their_bytes_arrive() {
        let expected: Vec<(Vec<u8>, bool)> = ["one", "", "two\r", "thr\u{0}ee"]
            .map(|line| (line.as_bytes().to_vec(), false))
            .to_vec();
        let whole = b"one\n\ntwo\r\nthr\0ee";
        assert_eq!(pieces(&[whole], 100), expected);
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(pieces(&single, 100), expected);
    }

    #[test]
    fn a_line_that_is_too_long_comes_in_pieces() {
        let found = pieces(&[b"abcd", b"efgh", b"i\nj\n"], 4);
        let found: Vec<_> = found
            .iter()
            .map(|(bytes, continues)| (bytes.as_slice(), *continues))
            .collect();
        assert_eq!(
            found,
            [
                (b"abcd".as_slice(), false),
                (b"efgh", true),
                (b"i", true),
                (b"j", false)
            ]
        );
    }
}
